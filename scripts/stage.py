"""Finished Markdown in build/docs: what any generator renders; written where it changed.

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

import yaml

import cards
import formulas
import inline
import labs
import pages
import prose
import run
import snippets
from common import BUILD, DOCS, ROOT, STAGED, ProblemError, digest, problem, write
from pages import Page
from snippets import Result

MARKDOWN = BUILD / "markdown"  # each page as it is published for those who read no HTML
GLOSSARY, GALLERY = "reference/glossary.md", "reference/gallery.md"
TERM = re.compile(r"^(?P<terms>\S.*)\n:   (?P<text>.+(?:\n    .+)*)", re.M)
LINKS = re.compile(r"\[(.*?)\]\(.*?\)|[*`$]|\[\^.*?\]")
GITHUB, COLAB = "https://github.com/", "https://colab.research.google.com/github/"


class Stage:
    """One staging: what is known of the pages, and what is wrong with them."""

    def __init__(self, first_only: bool) -> None:
        """Read all pages, run what is stale."""
        self.pages = pages.read_all()
        self.runs, self.labs = run.results(first_only)
        self.results = {n: it for n, it in self.runs.items() if not it.job.choice}
        self.recipes = {it.room: it for it in snippets.recipes().values()}
        self.rooms = {it.room: it for it in self.results.values()} | self.recipes
        self.jobs = snippets.jobs()
        self.choices = {  # None: still under way, in the background
            name: self.runs[name].output if name in self.runs else None
            for name, job in self.jobs.items()
            if job.choice
        }
        self.formulas = formulas.Renderer()
        self.written: set[Path] = set()
        self.problems: list[str] = []
        self.dates = dates()

    def complain(self, page: Page, line: int, message: str) -> None:
        """Note what is wrong with a page."""
        self.problems.append(str(problem(page.path, line, message)))

    def put(self, path: Path, data: str | bytes) -> None:
        """Write a file unless it is there: its time tells a generator what changed."""
        made = data if isinstance(data, bytes) else data.encode()
        self.written.add(path)
        if not path.exists() or path.read_bytes() != made:
            write(path, made)

    # ---- What is checked, at its line -----------------------------------------------
    def check_navigation(self) -> None:
        """Every page is in the navigation, and every entry is a page."""
        listed, known = {name for _, name in pages.nav()}, {p.name: p for p in self.pages}
        for name in known.keys() - listed:
            self.complain(known[name], 1, "is in no navigation; add it to mkdocs.yml")
        config = Page(ROOT / "mkdocs.yml", "")
        for name in listed - known.keys():
            self.complain(config, config.line_of(name), f"there is no page docs/{name}")

    def check(self, page: Page) -> None:
        """Images, includes, formulas and numbers of a page."""
        for line, _, (source, text) in page.images():
            if not text.strip():
                name = source.rpartition("/")[2]
                self.complain(page, line, f"the image {name} has no alternative text")
        for line, _, (room, ending, function) in page.includes:
            known = self.rooms.get(room)
            if not known or (function and not snippets.function(known, function)):
                wanted = f"{room}{ending}" + (f":{function}" if function else "")
                self.complain(page, line, f"no snippet makes {wanted}; see snippets/")
        for line, _, (_, stem) in page.figures:
            if stem not in self.results:
                self.complain(page, line, f"no snippet makes figures/{stem}.svg")
        for line, tex, display in page.formulas():
            try:
                self.formulas.render(tex, display)
            except ProblemError as error:
                self.complain(page, line, str(error))
        if page.name == GALLERY:  # its texts are checked on the pages they are from
            return
        for line, message in prose.unprinted(page, self.outputs(page), self.choices):
            self.complain(page, line, message)

    def stems(self, page: Page) -> list[str]:
        """The snippets whose figures a page shows."""
        return [it.parts[1] for it in page.figures if it.parts[1] in self.results]

    def outputs(self, page: Page) -> list[str]:
        """What the snippets, recipes or cells of a page print."""
        shown = [self.results[stem].output for stem in self.stems(page)]
        rooms = {it.parts[0] for it in page.includes} & set(self.recipes)
        cells = self.labs.get(page.path.name, {}).values()
        return [*shown, *(self.recipes[it].output for it in rooms), *(it[0] for it in cells)]

    # ---- What is written --------------------------------------------------------------
    def markdown(self, page: Page, terms: dict[str, str]) -> str:
        """The page with its cards, includes, gallery, tooltips and date in place."""
        lines = page.text.split("\n")
        for found in page.figures:
            if result := self.results.get(found.parts[1]):
                stem = found.parts[1]
                choices = [j.choice for j in self.jobs.values() if j.path.stem == stem and j.choice]
                lines[found.line - 1] = cards.card(found, result, choices, page.name)
        for line, margin, (room, ending, function) in page.includes:
            if result := self.rooms.get(room):
                whole = result.output if ending == ".txt" else result.source
                text = (function and snippets.function(result, function)) or whole
                lines[line - 1] = "\n".join(margin + it for it in text.rstrip("\n").split("\n"))
        text = "\n".join(lines)
        if page.name == GALLERY:
            text = text.replace('--8<-- "gallery"', self.gallery())
        used = [] if page.name == GLOSSARY else [term for term in terms if term in text]
        tooltips = "\n".join(f"*[{term}]: {terms[term]}" for term in used)
        front, body = self.front(page), pages.FRONT.sub("", text, count=1)
        return f"---\n{front}---\n\n{body.strip()}\n\n{self.date(page)}{tooltips}\n"

    def front(self, page: Page) -> str:
        """The page's front matter, with what the templates need."""
        stems = self.stems(page)
        card = next((stem for stem in stems if self.results[stem].card), None)
        front = {"title": page.name, **page.front, "card": card}
        return yaml.safe_dump(front, allow_unicode=True, sort_keys=False)

    def date(self, page: Page) -> str:
        """When the page or one of its snippets changed last, if Git can tell."""
        sources = [page.path, *(self.results[stem].job.path for stem in self.stems(page))]
        found = [self.dates.get(it.relative_to(ROOT).as_posix(), "") for it in sources]
        return f"Last changed on {max(found)}.\n{{: .updated }}\n\n" if any(found) else ""

    def gallery(self) -> str:
        """Every figure of the site, in reading order."""
        known = {page.name: page for page in self.pages}
        shown = (
            (part, name, str(known[name].front.get("title", name)), found)
            for part, name in pages.nav()
            if name in known and name.endswith(".md")
            for found in known[name].figures
            if found.parts[1] in self.results
        )
        return cards.gallery(shown, self.results)

    def lab(self, page: Page) -> None:
        """A notebook: the one to publish, the one to download, and as Markdown."""
        known = self.labs[page.path.name]
        up = "../" * (page.name.count("/") + 1)
        links = f'<a href="{up}downloads/{page.path.name}" download>Download this notebook</a>'
        if (repository := os.environ.get("REPO_URL", "")).startswith(GITHUB):
            place = f"{repository.replace(GITHUB, COLAB)}/blob/main/docs/{page.name}"
            links += f' · <a href="{place}">Open in Colab</a>'
        made = labs.finished(page, known, self.formulas, f"<p>{links}</p>")
        self.put(STAGED / page.name, json.dumps(made, indent=1, ensure_ascii=False))
        self.put(STAGED / "downloads" / page.path.name, page.path.read_bytes())
        self.put((MARKDOWN / page.name).with_suffix(".md"), labs.markdown(page, known))

    def files(self) -> Iterator[tuple[str, str | bytes]]:
        """All that is no page: assets, figures, scripts, values to try, KaTeX."""
        for path in DOCS.rglob("*"):
            if path.is_file() and path.suffix not in (".md", ".ipynb"):
                yield path.relative_to(DOCS).as_posix(), path.read_bytes()
        for result in [*self.runs.values(), *self.recipes.values()]:
            job, room = result.job, f"snippets/{result.room}"
            if job.choice:
                room += f"/{job.choice.slug}"
                yield f"{room}.svg", inline.coloured(result.figure)
                yield f"{room}.txt", result.output
            elif result.figure:
                yield f"figures/{job.path.stem}.svg", result.figure
            if result.card:
                yield f"figures/{job.path.stem}.png", base64.b64decode(result.card)
            yield f"{room}.py", result.job.source
        for name in formulas.install():
            if name.endswith(".woff2"):
                yield f"assets/katex/{name}", (formulas.DIST / name).read_bytes()
        yield "assets/katex/katex.min.css", formulas.stylesheet()
        yield "llms.txt", "# Why deep networks stop learning\n\n" + "".join(
            f"- [{page.front.get('title')}]({page.name.replace('.ipynb', '.md')}): "
            f"{page.front.get('description')}\n"
            for page in self.pages
        )

    def write_all(self) -> list[Page]:
        """Check and write everything, or raise all that is wrong."""
        formulas.install()
        self.check_navigation()
        for page in self.pages:
            self.check(page)
        if self.problems:
            raise ProblemError("\n".join(dict.fromkeys(self.problems)))
        terms = abbreviations((DOCS / GLOSSARY).read_text("utf-8"))
        for page in self.pages:
            if page.path.suffix == ".ipynb":
                self.lab(page)
            else:
                text = self.markdown(page, terms)
                self.put(STAGED / page.name, text)
                self.put(MARKDOWN / page.name, text)
        for name, data in self.files():
            self.put(STAGED / name, data)
        for folder in (STAGED, MARKDOWN):
            for path in {it for it in folder.rglob("*") if it.is_file()} - self.written:
                path.unlink(missing_ok=True)
        self.formulas.save()
        self.touch()
        return self.pages

    def touch(self) -> None:
        """Have every page rendered anew if what they all show changed: titles, theme."""
        theme = sorted((ROOT / "scripts/overrides").rglob("*.html"))
        shared = [path.read_bytes() for path in (ROOT / "mkdocs.yml", *theme)]
        key = digest(*shared, *(str(page.front.get("title")) for page in self.pages))
        state = BUILD / "shared.txt"
        if not state.exists() or state.read_text() != key:
            for page in self.pages:
                os.utime(STAGED / page.name)
            write(state, key.encode())


def abbreviations(glossary: str) -> dict[str, str]:
    """The glossary's definitions, by term, for tooltips."""
    found = {}
    for match in TERM.finditer(glossary):
        text = LINKS.sub(r"\1", " ".join(match["text"].split()))
        found |= dict.fromkeys(match["terms"].split(", "), text)
    return found


def dates() -> dict[str, str]:
    """The day of the last commit of each source, as far as Git knows."""
    command = ["git", "log", "--format=%x00%cs", "--name-only", "--", "docs", "snippets"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return {}
    found: dict[str, str] = {}
    for commit in done.stdout.split("\0")[1:]:
        day, *names = commit.split()
        for name in names:
            found.setdefault(name, day)
    return found


def stage(first_only: bool = False) -> list[Page]:
    """All of it. With `first_only`, values to try are those whose runs are known."""
    return Stage(first_only).write_all()


if __name__ == "__main__":
    try:
        stage()
    except ProblemError as error:
        sys.exit(str(error))
