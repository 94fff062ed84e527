"""Finished Markdown in build/docs for any generator; only changes are written.

python scripts/stage.py    run what is stale, check every page, write the folder
"""

import base64
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import minify

import cards
import formulas
import inline
import labs
import rules
from common import DOCS, MARKDOWN, STAGED, ProblemError, problem, write
from known import Known
from pages import Page

GITHUB, COLAB = "https://github.com/", "https://colab.research.google.com/github/"
KINDS = {".js": "application/javascript", ".css": "text/css"}


def asset(path: Path) -> bytes:
    """A file as readers load it: scripts and styles without comments and long names."""
    if path.suffix not in KINDS:
        return path.read_bytes()
    try:
        return minify.string(KINDS[path.suffix], path.read_text("utf-8")).encode()
    except minify.MinifyError as error:
        place = re.search(r"on line (\d+)", str(error))
        line = int(place[1]) if place else 1
        raise problem(path, line, f"cannot be minified: {error}") from None


def files(known: Known) -> Iterator[tuple[Path, str | bytes]]:
    """All that is written."""
    for path in DOCS.rglob("*"):
        if path.is_file() and path.suffix not in (".md", ".ipynb"):
            yield STAGED / path.relative_to(DOCS), asset(path)
    index = "# Why deep networks stop learning\n\n"
    for page in known.pages:
        name = Path(page.name).with_suffix(".md")
        if page.path.suffix == ".ipynb":
            book, text = lab(page, known)
            yield STAGED / page.name, json.dumps(book, indent=1, ensure_ascii=False)
            yield STAGED / "downloads" / page.path.name, page.path.read_bytes()
        else:
            text = cards.markdown(page, known)
            yield STAGED / name, text
        yield MARKDOWN / name, text
        title, description = page.front["title"], page.front.get("description")
        index += f"- [{title}]({name.as_posix()}): {description}\n"
    yield STAGED / "llms.txt", index
    for result in [*known.runs.values(), *known.recipes.values()]:
        stem, place = result.job.path.stem, f"snippets/{result.room}"
        if choice := result.job.choice:
            place += f"/{choice.slug}"
            yield STAGED / f"{place}.svg", inline.coloured(result.figure)
            yield STAGED / f"{place}.txt", result.output
        elif result.figure:
            yield STAGED / f"figures/{stem}.svg", result.figure
            yield STAGED / f"figures/{stem}.png", base64.b64decode(result.card)
        yield STAGED / f"{place}.py", result.job.source
    katex = STAGED / "assets/katex"
    yield katex / "katex.min.css", formulas.stylesheet()
    for font, cut in known.formulas.fonts().items():
        yield katex / font, cut


def lab(page: Page, known: Known) -> tuple[dict, str]:
    """A notebook to publish, with links to its own file, and as Markdown."""
    file = "../" * page.address.count("/") + f"downloads/{page.path.name}"
    links = f'<a href="{file}" download>Download this notebook</a>'
    if (repository := os.environ.get("REPO_URL", "")).startswith(GITHUB):
        place = f"{repository.replace(GITHUB, COLAB)}/blob/main/docs/{page.name}"
        links += f' · <a href="{place}">Open in Colab</a>'
    made = known.labs[page.path.stem]
    return labs.finished(page, made, known.formulas, f"<p>{links}</p>")


def titled(entry: Any, known: dict[str, Page]) -> Any:
    """The navigation with all titles, also of pages that MkDocs does not read again."""
    if isinstance(entry, str):
        return {known[entry].front["title"]: entry}
    if isinstance(entry, list):
        return [titled(it, known) for it in entry]
    parts = {name: it for name, it in entry.items() if not isinstance(it, str)}
    return entry | {name: titled(it, known) for name, it in parts.items()}


def stage(first_only: bool = False) -> dict[str, Page]:
    """Check and write all; the pages. `first_only`: run no values to try."""
    formulas.install()
    known = Known(first_only)
    if wrong := dict.fromkeys(map(str, rules.problems(known))):
        raise ProblemError("\n".join(wrong))
    written = set()
    for path, data in files(known):
        made = data if isinstance(data, bytes) else data.encode()
        written.add(path)
        if not path.exists() or path.read_bytes() != made:  # its time says: changed
            write(path, made)
    for folder in (STAGED, MARKDOWN):
        for path in {it for it in folder.rglob("*") if it.is_file()} - written:
            path.unlink(missing_ok=True)
    known.formulas.save()
    return {page.name: page for page in known.pages}


if __name__ == "__main__":
    try:
        stage()
    except ProblemError as error:
        sys.exit(str(error))
