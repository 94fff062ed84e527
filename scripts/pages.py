"""The one reader of pages: what a page's source holds, and on which line."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml

from common import DOCS, ROOT, ProblemError, problem

FRONT = re.compile(r"\A---\n(.*?)^---\n", re.M | re.S)
FENCE = re.compile(r"^( *)(```+)[^`\n]*\n.*?^\1\2 *$", re.M | re.S)
CODE = re.compile(r"<!--.*?-->|(?<!`)(`+)(?!`)(?:(?!\n\n).)+?(?<!`)\1(?!`)", re.S)
FIGURE = re.compile(r"^( *)!\[([^\]]*)\]\((?:\.\./)*figures/(\w+)\.svg\) *$", re.M)
INCLUDE = re.compile(r'^( *)--8<-- "([\w/]+)(\.\w+)(?::(\w+))?" *$', re.M)
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]*)[^)]*\)|<img\b[^>]*>")
DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.S)
INLINE = re.compile(r"(?<![\\$])\$(?![\s$])((?:\\.|[^\\$])+?)(?<!\s)\$")
CHOICE = re.compile(r"\]\([^)\s]*#(\w+:\w+=[\w.+-]+)\)")  # a link to a value to try
FOLD = re.compile(r"^( *)(?:!!!|\?\?\?\+?) .*\n(?:(?:\1    .*|\s*)\n)*", re.M)
CELL = re.compile(
    r'\s*"cell_type": "(\w+)"|\s*(?:"(source|alt)": )?("(?:[^"\\]|\\.)*"),?$'
)
# in the nav


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

    @cached_property
    def prose(self) -> str:
        """The text with code, comments and front matter as blanks."""
        prose = self.text
        for pattern in (FRONT, FENCE, CODE):
            prose = pattern.sub(blank, prose)
        return prose

    def line(self, match: re.Match[str]) -> int:
        """The line where something was found, in the text or the prose."""
        return self.text.count("\n", 0, match.start()) + 1

    def line_of(self, words: str) -> int:
        """The first line of the file that has these words, or 1."""
        text = self.path.read_text("utf-8")
        return text.count("\n", 0, max(text.find(words), 0)) + 1

    def figures(self) -> Iterator[tuple[int, str, str, str]]:
        """Figures on a line of their own: line, indent, alternative text, stem."""
        yield from ((self.line(m), *m.groups()) for m in FIGURE.finditer(self.prose))

    def includes(self) -> Iterator[tuple[int, str, str, str, str | None]]:
        """Scripts in fences: line, indent, path below snippets/, ending, function."""
        yield from ((self.line(m), *m.groups()) for m in INCLUDE.finditer(self.text))

    def images(self) -> Iterator[tuple[int, str, str]]:
        """Every image, in Markdown or HTML: line, alternative text, source."""
        for m in IMAGE.finditer(self.prose):
            html = dict(re.findall(r'(\w+)="([^"]*)"', m[0]))
            yield self.line(m), m[1] or html.get("alt", ""), m[2] or html.get("src", "")

    def formulas(self) -> Iterator[tuple[int, str, bool]]:
        """Every formula: line, LaTeX, whether it stands on lines of its own."""
        for pattern, text in (
            (DISPLAY, self.prose),
            (INLINE, DISPLAY.sub(blank, self.prose)),
        ):
            for m in pattern.finditer(text):
                line = self.line(m) + (pattern is DISPLAY)
                yield line, m[1].strip(), pattern is DISPLAY

    def linked(self) -> Iterator[tuple[range, list[str]]]:
        """The lines of each fold or box, and the values to try that it links to.

        An answer may rest on the runs that its question links to, and on its own.
        """
        asked: list[str] = []
        for m in FOLD.finditer(self.prose):
            named, first = CHOICE.findall(m[0]), self.line(m)
            yield range(first, first + m[0].count("\n")), asked + named
            asked = named if m[0].lstrip().startswith("!!!") else []


def blank(match: re.Match[str]) -> str:
    """Nothing but spaces, on as many lines."""
    return re.sub(r"[^\n]", " ", match[0])


def read(path: Path) -> Page:
    """Read a page or a notebook; ProblemError where it cannot be read."""
    line = 1
    try:
        text = path.read_bytes().decode()
        if path.suffix == ".ipynb":
            cells = json.loads(text)
            front = {
                "title": "",
                **cells["metadata"],
                "ids": [it["id"] for it in cells["cells"]],
            }
            return Page(path, "\n".join(notebook(text)), front)
        line = 2
        match = FRONT.match(text)
        front = dict(yaml.safe_load(match[1]) or {}) if match else {}
        return Page(path, text, {"title": path.stem, **front})
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise problem(path, line, str(error)) from None
    except (ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        what = "front matter" if path.suffix == ".md" else "no notebook of format 4.5"
        line += getattr(getattr(error, "problem_mark", None), "line", 0)
        raise problem(
            path, getattr(error, "lineno", line), f"{what}: {error!r}"
        ) from None


def notebook(text: str) -> Iterator[str]:
    """The prose of a notebook, line for line as in its file."""
    kind = ""
    for line in text.split("\n"):
        match = CELL.match(line)
        kind = match[1] or kind if match else kind
        said = match and match[3] and (kind == "markdown" or match[2] == "alt")
        yield json.loads(match[3]).rstrip("\n") if match and said else ""


def read_all() -> list[Page]:
    """Every page, in order of their names; all that cannot be read is reported."""
    found, problems = [], []
    for path in sorted([*DOCS.rglob("*.md"), *DOCS.rglob("*.ipynb")]):
        try:
            found += [] if ".ipynb_checkpoints" in path.parts else [read(path)]
        except ProblemError as error:
            problems.append(str(error))
    if problems:
        raise ProblemError("\n".join(problems))
    return found


def nav() -> list[tuple[str, str]]:
    """(part, page) of the navigation, in reading order."""

    def walk(entry: list | dict | str, part: str) -> list[tuple[str, str]]:
        if isinstance(entry, str):
            return [(part, entry)]
        pairs = (
            entry.items() if isinstance(entry, dict) else [(part, it) for it in entry]
        )
        return [leaf for name, it in pairs for leaf in walk(it, part or name)]

    text = (ROOT / "mkdocs.yml").read_text("utf-8").replace("!ENV", "")
    return walk(yaml.safe_load(text)["nav"], "")
