"""The one reader of pages: what a page's source holds, and on which line."""

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from common import DOCS, ROOT, ProblemError, problem

FRONT = re.compile(r"\A---\n(.*?)^---\n", re.M | re.S)
FENCE = re.compile(r"^( *)(```+)[^`\n]*\n.*?^\1\2 *$", re.M | re.S)
CODE = re.compile(r"<!--.*?-->|(?<!`)(`+)(?!`)(?:(?!\n\n).)+?(?<!`)\1(?!`)", re.S)
FIGURE = re.compile(r"^( *)!\[([^\]]*)\]\((?:\.\./)*figures/(\w+)\.svg\) *$", re.M)
INCLUDE = re.compile(r'^( *)--8<-- "([\w/]+)(\.\w+)(?::(\w+))?" *$', re.M)
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]*)[^)]*\)|<img\b[^>]*>")
DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.S)
STOPS = r"([.,;:!?)]*)"  # what must not begin a line
INLINE = re.compile(
    r"(?<![\\$])\$(?![\s$])((?:\\.|[^\\$])+?)(?<!\s)\$" + STOPS,
)
CHOICE = re.compile(r"\]\([^)\s]*#(\w+:\w+=[\w.+-]+)\)")  # a link to a value to try
ANCHOR = re.compile(r"\]\([^)\s]*#(\w+)")
FOLD = re.compile(r"^( *)(?:!!!|\?\?\?\+?) .*\n(?:(?:\1    .*|\s*)\n)*", re.M)
CELL = re.compile(  # what matters of a line of a notebook
    r'\s*"cell_type": "(\w+)"|\s*(?:"(source|alt)": )?("(?:[^"\\]|\\.)*"),?$'
)


@dataclass
class Page:
    """A page's source; `text` has its prose, on the lines where the file has it."""

    path: Path
    text: str
    front: dict = field(default_factory=dict)  # or the metadata of a notebook

    @property
    def name(self) -> str:
        """Path below docs/."""
        return self.path.relative_to(DOCS).as_posix()

    @property
    def address(self) -> str:
        """Where the page is below the address of the site."""
        return re.sub(r"(^|/)index/$", r"\1", self.name.rpartition(".")[0] + "/")

    @cached_property
    def prose(self) -> str:
        """The text with code, comments and front matter as blanks."""
        prose = self.text
        for pattern in (FRONT, FENCE, CODE):
            prose = pattern.sub(blank, prose)
        return prose

    @property
    def unfolded(self) -> str:
        """What a reader sees who opens nothing, titles of folds among it."""
        fold = FOLD.pattern.replace("!!!|", "")
        return re.sub(fold, lambda m: m[0].split("\n")[0], self.prose, flags=re.M)

    def line(self, match: re.Match[str]) -> int:
        """The line where something was found, in the text or the prose."""
        return self.text.count("\n", 0, match.start()) + 1

    def line_of(self, *words: str) -> int:
        """The first line of the file that has these words, or else the next, or 1."""
        text = self.path.read_text("utf-8")
        place = next((text.index(it) for it in words if it in text), 0)
        return text.count("\n", 0, place) + 1

    def figures(self) -> Iterator[tuple[int, str, str, str]]:
        """Figures on a line of their own: line, indent, alternative text, stem."""
        for m in FIGURE.finditer(self.prose):
            yield self.line(m), m[1], m[2], m[3]

    def includes(self) -> Iterator[tuple[int, str, str, str, str | None]]:
        """Scripts in fences: line, indent, path below snippets/, ending, function."""
        for m in INCLUDE.finditer(self.text):
            yield self.line(m), m[1], m[2], m[3], m[4]

    def images(self) -> Iterator[tuple[int, str, str]]:
        """Every image, in Markdown or HTML: line, alternative text, source."""
        for m in IMAGE.finditer(self.prose):
            html = dict(re.findall(r'(\w+)="([^"]*)"', m[0]))
            yield self.line(m), m[1] or html.get("alt", ""), m[2] or html.get("src", "")

    def formulas(self) -> Iterator[tuple[int, str, bool, str]]:
        """Every formula: line, LaTeX, whether on lines of its own, what touches it."""
        for m in DISPLAY.finditer(self.prose):
            yield self.line(m) + 1, m[1].strip(), True, ""
        for m in INLINE.finditer(DISPLAY.sub(blank, self.prose)):
            yield self.line(m), m[1].strip(), False, m[2]

    def choices(self) -> Iterator[tuple[int, str]]:
        """Links to values to try: line, name of the run."""
        for m in CHOICE.finditer(self.prose):
            yield self.line(m), m[1]

    @cached_property
    def anchors(self) -> set[str]:
        """What the page links to: stems of snippets, of tables, of rows of these."""
        return set(ANCHOR.findall(self.prose))

    def linked(self) -> Iterator[tuple[range, list[str]]]:
        """The lines of each fold or box, and the values to try that it links to.

        An answer may rest on the runs that its question links to, and on its own; the
        answers to choose from, on those of the fold after them.
        """
        folds, asked = [*FOLD.finditer(self.prose)], list[str]()
        for m, after in itertools.zip_longest(folds, folds[1:]):
            first, asks = self.line(m), m[0].lstrip().startswith("!!!")
            named = CHOICE.findall(m[0])
            later = CHOICE.findall(after[0]) if asks and after else []
            yield range(first, first + m[0].count("\n")), asked + named + later
            asked = named if asks else []


def blank(match: re.Match[str]) -> str:
    """Nothing but spaces, on as many lines."""
    return re.sub(r"[^\n]", " ", match[0])


def read(path: Path) -> Page:
    """Read a page or a notebook; ProblemError where it cannot be read."""
    data = path.read_bytes()
    try:
        text = data.decode()
        if path.suffix == ".ipynb":
            book = json.loads(text)
            ids = [cell["id"] for cell in book["cells"]]
            front = {"title": "", **book["metadata"], "ids": ids}
            return Page(path, "\n".join(notebook(text)), front)
        match = FRONT.match(text)
        front = dict(yaml.safe_load(match[1]) or {}) if match else {}
        return Page(path, text, {"title": path.stem, **front})
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise problem(path, line, str(error)) from None
    except (ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        what = (
            "front matter" if path.suffix == ".md" else "is no notebook of format 4.5"
        )
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else getattr(error, "lineno", 1)
        raise problem(path, line, f"{what}: {error!r}") from None


def notebook(text: str) -> Iterator[str]:
    """The prose of a notebook, line for line as in its file."""
    kind = ""
    for line in text.split("\n"):
        cell_type, key, string = m.groups() if (m := CELL.match(line)) else ("", "", "")
        kind = cell_type or kind
        said = string and (kind == "markdown" or key == "alt")
        yield json.loads(string).rstrip("\n") if said else ""


def find() -> list[Path]:
    """The files of all pages, but not the copies that Jupyter keeps of notebooks."""
    found = sorted([*DOCS.rglob("*.md"), *DOCS.rglob("*.ipynb")])
    return [path for path in found if ".ipynb_checkpoints" not in path.parts]


def read_all() -> list[Page]:
    """Every page, in order of their names; all that cannot be read is reported."""
    found, problems = [], []
    for path in find():
        try:
            found.append(read(path))
        except ProblemError as error:
            problems.append(str(error))
    if problems:
        raise ProblemError("\n".join(problems))
    return found


def nav() -> list[tuple[str, str]]:
    """(innermost part, page) of the navigation, in reading order."""
    text = (ROOT / "mkdocs.yml").read_text("utf-8").replace("!ENV", "")
    return [*leaves(yaml.safe_load(text)["nav"])]


def leaves(entry: Any, part: str = "") -> Iterator[tuple[str, str]]:
    """(part, page) of an entry of the navigation."""
    if isinstance(entry, str):
        yield part, entry
        return
    named = entry.items() if isinstance(entry, dict) else [("", it) for it in entry]
    for name, it in named:
        section = isinstance(it, list) or not part  # or a page with a title of its own
        yield from leaves(it, (section and name) or part)
