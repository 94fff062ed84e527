"""Finished Markdown in build/docs: what any generator renders; only changes are written.

python scripts/stage.py    run what is stale, check every page, write the folder
"""

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import yaml

import formulas
import inline
import labs
import pages
import prose
import run
import snippets
from common import DOCS, MARKDOWN, ROOT, STAGED, ProblemError, problem, write
from pages import Page

GLOSSARY, GALLERY = "reference/glossary.md", "reference/gallery.md"
TERM = re.compile(r"^(?P<terms>\S.*)\n:   (?P<text>.+(?:\n    .+)*)", re.M)
MARKUP = re.compile(r"\[(.*?)\]\(.*?\)|[*`$]|\[\^.*?\]")
GITHUB, COLAB = "https://github.com/", "https://colab.research.google.com/github/"
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(ROOT / "scripts"), trim_blocks=True, autoescape=False
)


class Stage:
    """One staging: what is known of the pages, of the runs, of dates and formulas."""

    def __init__(self, first_only: bool) -> None:
        """Read all pages, run what is stale."""
        self.pages = pages.read_all()
        self.runs, self.labs = run.results(first_only)
        self.jobs, recipes = snippets.jobs(), snippets.recipes()
        self.results = {n: it for n, it in self.runs.items() if not it.job.choice}
        self.recipes = {it.room: it for it in recipes.values()}
        self.rooms = {it.room: it for it in [*self.results.values(), *recipes.values()]}
        outputs = {name: run.output for name, run in self.runs.items()}
        self.choices = {n: outputs.get(n) for n, job in self.jobs.items() if job.choice}
        self.formulas, self.dates = formulas.Renderer(), dates()
        glossary = (DOCS / GLOSSARY).read_text("utf-8")
        self.terms = {
            term: MARKUP.sub(r"\1", " ".join(match["text"].split()))
            for match in TERM.finditer(glossary)
            for term in match["terms"].split(", ")
        }

    def problems(self) -> Iterator[ProblemError]:
        """All that is wrong with the pages, each thing at its line."""
        listed, config = (
            [name for _, name in pages.nav()],
            Page(ROOT / "mkdocs.yml", ""),
        )
        for name in set(listed) - {page.name for page in self.pages}:
            yield problem(config.path, config.line_of(name), f"there is no docs/{name}")
        for page in self.pages:
            if page.name not in listed:
                yield problem(page.path, 1, "is in no navigation; add it to mkdocs.yml")
            for line, message in self.wrong(page):
                yield problem(page.path, line, message)

    def wrong(self, page: Page) -> Iterator[tuple[int, str]]:
        """(line, what is wrong) for images, figures, includes, formulas, numbers."""
        for line, text, source in page.images():
            if not text.strip():
                yield (
                    line,
                    f"the image {source.rpartition('/')[2]} has no alternative text",
                )
        for line, _, _, stem in page.figures():
            if stem not in self.results:
                yield line, f"no snippet makes figures/{stem}.svg"
        for line, _, room, ending, function in page.includes():
            known = self.rooms.get(room)
            if not known or (function and not known.function(function)):
                wanted = f"{room}{ending}" + (f":{function}" if function else "")
                yield line, f"no snippet makes {wanted}; see snippets/"
        for line, tex, display in page.formulas():
            try:
                self.formulas.render(tex, display)
            except ProblemError as error:
                yield line, str(error)
        outputs = [self.results[stem].output for stem in self.stems(page)]
        outputs += [
            self.recipes[it[2]].output
            for it in page.includes()
            if it[2] in self.recipes
        ]
        outputs += [text for text, _ in self.labs.get(page.path.stem, {}).values()]
        if page.name != GALLERY:  # its texts are checked on the pages they are from
            yield from prose.unprinted(page, outputs, self.choices)

    def stems(self, page: Page) -> list[str]:
        """The snippets whose figures a page shows."""
        return [stem for *_, stem in page.figures() if stem in self.results]

    def markdown(self, page: Page) -> str:
        """A page with its cards, includes, gallery, tooltips and date in place."""
        lines = page.text.split("\n")
        for line, margin, alt, stem in page.figures():
            lines[line - 1] = re.sub(
                "^(?=.)", margin, self.card(page, alt, stem), flags=re.M
            )
        for line, margin, room, ending, function in page.includes():
            whole = (
                self.rooms[room].output if ending == ".txt" else self.rooms[room].source
            )
            text = self.rooms[room].function(function) if function else whole
            lines[line - 1] = re.sub(
                "^(?=.)", margin, (text or "").rstrip("\n"), flags=re.M
            )
        text = pages.FRONT.sub("", "\n".join(lines)).strip()
        if page.name == GALLERY:
            text = text.replace('--8<-- "gallery"', self.gallery())
        stems = self.stems(page)
        sources = [page.path, *(self.results[stem].job.path for stem in stems)]
        if day := max(
            self.dates.get(it.relative_to(ROOT).as_posix(), "") for it in sources
        ):
            text += f"\n\nLast changed on {day}.\n{{: .updated }}"
        used = [] if page.name == GLOSSARY else [it for it in self.terms if it in text]
        tooltips = "\n".join(f"*[{term}]: {self.terms[term]}" for term in used)
        front = {"card": stems[0] if stems else None, **page.front}
        head = yaml.safe_dump(front, allow_unicode=True, sort_keys=False)
        return f"---\n{head}---\n\n{text}\n\n{tooltips}\n"

    def card(self, page: Page, alt: str, stem: str) -> str:
        """A figure as a card."""
        result, constants = self.results[stem], dict[str, list[snippets.Choice]]()
        for job in self.jobs.values():
            if job.choice and job.path == result.job.path:
                constants.setdefault(job.choice.name, []).append(job.choice)
        title, measured = result.about
        up = "../" * page.name.count("/")
        return TEMPLATES.get_template("card.md").render(
            {"alt": alt, "stem": stem, "title": title, "measured": measured, "up": up},
            room=result.room,
            address=up
            + "../" * (page.path.stem != "index"),  # as the built page sees it
            constants=constants,
            source=result.source.rstrip("\n"),
            output=result.output.rstrip("\n"),
        )

    def gallery(self) -> str:
        """Every figure of the site, in reading order."""
        known, parts = {page.name: page for page in self.pages}, dict[str, list[dict]]()
        for part, name in pages.nav():
            for _, _, alt, stem in known[name].figures():
                made = {"alt": alt, "stem": stem, "title": self.results[stem].about[0]}
                made |= {"name": name, "page": known[name].front["title"]}
                made["room"] = self.results[stem].room
                parts.setdefault(part, []).append(made)
        return TEMPLATES.get_template("gallery.md").render(parts=parts)

    def files(self) -> Iterator[tuple[Path, str | bytes]]:
        """All that is written."""
        for path in DOCS.rglob("*"):
            if path.is_file() and path.suffix not in (".md", ".ipynb"):
                yield STAGED / path.relative_to(DOCS), path.read_bytes()
        index = "# Why deep networks stop learning\n\n"
        for page in self.pages:
            name = Path(page.name)
            if name.suffix == ".ipynb":
                book, text = self.lab(page)
                yield STAGED / name, json.dumps(book, indent=1, ensure_ascii=False)
                yield STAGED / "downloads" / name.name, page.path.read_bytes()
            else:
                text = self.markdown(page)
                yield STAGED / name, text
            yield MARKDOWN / name.with_suffix(".md"), text
            link = f"[{page.front.get('title')}]({name.with_suffix('.md').as_posix()})"
            index += f"- {link}: {page.front.get('description')}\n"
        yield STAGED / "llms.txt", index
        for result in [*self.runs.values(), *self.recipes.values()]:
            choice, stem = result.job.choice, result.job.path.stem
            room = STAGED / "snippets" / result.room / (choice.slug if choice else "")
            if choice:
                yield (
                    room.with_name(f"{choice.slug}.svg"),
                    inline.coloured(result.figure),
                )
                yield room.with_name(f"{choice.slug}.txt"), result.output
            elif result.figure:
                yield STAGED / f"figures/{stem}.svg", result.figure
                yield STAGED / f"figures/{stem}.png", base64.b64decode(result.card)
            yield room.with_name(f"{room.name}.py"), result.job.source
        fonts = [name for name in formulas.install() if name.endswith(".woff2")]
        yield from (
            (STAGED / "assets/katex" / it, (formulas.DIST / it).read_bytes())
            for it in fonts
        )
        yield STAGED / "assets/katex/katex.min.css", formulas.stylesheet()

    def lab(self, page: Page) -> tuple[dict, str]:
        """A notebook to publish, and as Markdown."""
        up = "../" * (page.name.count("/") + 1)
        links = f'<a href="{up}downloads/{page.path.name}" download>Download this notebook</a>'
        if (repository := os.environ.get("REPO_URL", "")).startswith(GITHUB):
            place = f"{repository.replace(GITHUB, COLAB)}/blob/main/docs/{page.name}"
            links += f' · <a href="{place}">Open in Colab</a>'
        known = self.labs[page.path.stem]
        return labs.finished(page, known, self.formulas, f"<p>{links}</p>")


def dates() -> dict[str, str]:
    """The day of the last commit of each source, as far as Git knows."""
    command = [
        "git",
        "log",
        "--format=%x00%cs",
        "--name-only",
        "--",
        "docs",
        "snippets",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    commits = [commit.split() for commit in done.stdout.split("\0")[1:]]
    return {name: day for day, *names in reversed(commits) for name in names}


def titled(entry: Any, known: dict[str, Page]) -> Any:
    """MkDocs' navigation with every page's title, also of pages that it does not read."""
    if isinstance(entry, str):
        return {known[entry].front["title"]: entry}
    if isinstance(entry, list):
        return [titled(it, known) for it in entry]
    return {
        k: it if isinstance(it, str) else titled(it, known) for k, it in entry.items()
    }


def stage(first_only: bool = False) -> dict[str, Page]:
    """Check and write all; the pages. With `first_only`, values to try are those that are known."""
    formulas.install()
    under_way = Stage(first_only)
    if wrong := dict.fromkeys(map(str, under_way.problems())):
        raise ProblemError("\n".join(wrong))
    written = set()
    for path, data in under_way.files():
        made = data if isinstance(data, bytes) else data.encode()
        written.add(path)
        if (
            not path.exists() or path.read_bytes() != made
        ):  # its time tells what changed
            write(path, made)
    for folder in (STAGED, MARKDOWN):
        for path in {it for it in folder.rglob("*") if it.is_file()} - written:
            path.unlink(missing_ok=True)
    under_way.formulas.save()
    return {page.name: page for page in under_way.pages}


if __name__ == "__main__":
    try:
        stage()
    except ProblemError as error:
        sys.exit(str(error))
