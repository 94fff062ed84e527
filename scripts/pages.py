"""The one reader of pages: what a page's source holds, and on which line."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import yaml

from common import DOCS, ROOT, ProblemError, problem

FRONT = re.compile(r"\A---\n(.*?)^---\n", re.M | re.S)
FENCE = re.compile(r"^( *)(```+)[^`\n]*\n.*?^\1\2 *$", re.M | re.S)
CODE = re.compile(r"(?<!`)(`+)(?!`)(?:(?!\n\n).)+?(?<!`)\1(?!`)", re.S)
COMMENT = re.compile(r"<!--.*?-->", re.S)
FIGURE = re.compile(r"^( *)!\[([^\]]*)\]\((?:\.\./)*figures/(\w+)\.svg\) *$", re.M)
INCLUDE = re.compile(r'^( *)--8<-- "([\w/]+)(\.\w+)(?::(\w+))?" *$', re.M)
IMAGE = re.compile(r'!\[(?P<alt>[^\]]*)\]\((?P<src>[^)\s]*)[^)]*\)|<img\b(?P<html>[^>]*)>')
DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.S)
INLINE = re.compile(r"(?<![\\$])\$(?![\s$])((?:\\.|[^\\$])+?)(?<!\s)\$")
CHOICE = re.compile(r"\]\([^)\s]*#(\w+:\w+=[\w.+-]+)\)")  # a link to a value to try
FOLD = re.compile(r"^( *)(?:!!!|\?\?\?\+?) .*\n(?:(?:\1    .*|\s*)\n)*", re.M)
CELL = re.compile(r'\s*"cell_type": "(\w+)"|\s*(?:"(?:source|alt)": )?("(?:[^"\\]|\\.)*"),?$')


class Found(NamedTuple):
    """Something in a page's source: its line, how far it is indented, its parts."""

    line: int
    indent: str
    parts: tuple[str, ...]


@dataclass
class Page:
    """A page's source. `text` has its prose, on the lines where the file has it."""

    path: Path
    text: str
    front: dict = field(default_factory=dict)  # or the metadata of a notebook

    @property
    def name(self) -> str:
        """Path below docs/."""
        return self.path.relative_to(DOCS).as_posix()

    @cached_property
    def prose(self) -> str:
        """The text with code, comments and front matter as blanks."""
        prose = self.text
        for pattern in (FRONT, FENCE, COMMENT, CODE):
            prose = pattern.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), prose)
        return prose

    def line(self, position: int) -> int:
        """The line of a position in the text or the prose."""
        return self.text.count("\n", 0, position) + 1

    def line_of(self, words: str) -> int:
        """The first line that has these words, or 1."""
        return self.line(max(self.path.read_text("utf-8").find(words), 0))

    @property
    def figures(self) -> list[Found]:
        """Figures on a line of their own: alternative text, stem."""
        return [
            Found(self.line(m.start()), m[1], (m[2], m[3]))
            for m in FIGURE.finditer(self.prose)
        ]

    @property
    def includes(self) -> list[Found]:
        """Scripts and outputs inside fences: path below snippets/, ending, function."""
        return [
            Found(self.line(m.start()), m[1], (m[2], m[3], m[4] or ""))
            for m in INCLUDE.finditer(self.text)
        ]

    def images(self) -> Iterator[Found]:
        """Every image, in Markdown or HTML: source, alternative text."""
        for m in IMAGE.finditer(self.prose):
            html = dict(re.findall(r'(\w+)="([^"]*)"', m["html"] or ""))
            parts = m["src"] or html.get("src", ""), m["alt"] or html.get("alt", "")
            yield Found(self.line(m.start()), "", parts)

    def formulas(self) -> Iterator[tuple[int, str, bool]]:
        """Every formula: line, LaTeX, whether it stands on lines of its own."""
        for m in DISPLAY.finditer(self.prose):
            yield self.line(m.start(1)), m[1].strip(), True
        rest = DISPLAY.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), self.prose)
        for m in INLINE.finditer(rest):
            yield self.line(m.start()), m[1].strip(), False

    def choices_at(self) -> Iterator[tuple[range, list[str]]]:
        """The lines of each fold or box, and the values to try that it links to.

        An answer may rest on the runs that its question links to, and on its own.
        """
        before: list[str] = []
        for m in FOLD.finditer(self.prose):
            named = CHOICE.findall(m[0])
            first = self.line(m.start())
            yield range(first, first + m[0].count("\n")), before + named
            before = named if m[0].lstrip().startswith("!!!") else []


def read(path: Path) -> Page:
    """Read a page or a notebook; ProblemError where it cannot be read."""
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise problem(path, line, str(error)) from None
    if path.suffix == ".ipynb":
        return Page(path, *notebook(path, text))
    try:
        front = yaml.safe_load(match[1]) if (match := FRONT.match(text)) else {}
        return Page(path, text, dict(front or {}))
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        raise problem(path, line, f"front matter: {error}") from None


def notebook(path: Path, text: str) -> tuple[str, dict]:
    """The prose of a notebook, line for line as in its file, and its metadata."""
    try:
        stored = json.loads(text)
        _ = [cell["id"] for cell in stored["cells"]]
        front = {"title": "", **stored["metadata"]}
    except (ValueError, KeyError, TypeError) as error:
        line = getattr(error, "lineno", 1)
        raise problem(path, line, f"is no notebook of format 4.5: {error!r}") from None
    lines, kind = [], ""
    for line in text.split("\n"):
        match = CELL.match(line)
        kind = match[1] or kind if match else kind
        said = match and match[2] and (kind == "markdown" or '"alt":' in line)
        lines.append(json.loads(match[2]).rstrip("\n") if match and said else "")
    return "\n".join(lines), front


def read_all() -> list[Page]:
    """Every page, in order of their names; all that cannot be read is reported."""
    found, problems = [], []
    for path in sorted([*DOCS.rglob("*.md"), *DOCS.rglob("*.ipynb")]):
        if path.parent.name == ".ipynb_checkpoints":
            continue
        try:
            found.append(read(path))
        except ProblemError as error:
            problems.append(str(error))
    if problems:
        raise ProblemError("\n".join(problems))
    return found


def nav() -> list[tuple[str, str]]:
    """(part, page) of the navigation, in reading order."""

    class Loader(yaml.SafeLoader):
        """Reads MkDocs' own tags as nothing: only the navigation is wanted."""

    Loader.add_multi_constructor("!", lambda *_: None)
    Loader.add_multi_constructor("tag:", lambda *_: None)
    stored = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Loader)

    def leaves(entry: list | dict | str) -> Iterator[str]:
        if isinstance(entry, str):
            yield entry
        else:
            for it in entry.values() if isinstance(entry, dict) else entry:
                yield from leaves(it)

    entries = (it if isinstance(it, dict) else {"Pages": it} for it in stored["nav"])
    return [(part, leaf) for it in entries for part, x in it.items() for leaf in leaves(x)]
