"""Snippets, the values that they name to try, and what is known of their runs."""

import ast
import base64
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import pages
from common import DOCS, ROOT, SNIPPETS, digest, load, problem, save

RECIPES = "recipes"  # folder of scripts that need a framework: shown, not run here
TRY = re.compile(r"^(?P<name>[A-Z]\w*) = (?P<value>.+?)  # try (?P<values>.+)$", re.M)
SECONDS = int(os.environ.get("SNIPPET_SECONDS", "60"))  # of processor time, for each run
PATIENCE = 10 * SECONDS  # on the clock: a loaded machine fails no build
ENVIRONMENT = {  # snippets run side by side, so each gets one thread; no display
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    **dict.fromkeys(("MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"),
    "MPLBACKEND": "agg",
    "PYTHONHASHSEED": "0",
}
MACHINERY = digest(  # whatever may change a result besides the snippet itself
    *(Path(__file__).with_name(n).read_bytes() for n in ("child.py", "figures.py")),
    *(sys.version, version("numpy"), version("matplotlib")),
)


class Choice(NamedTuple):
    """A value to try in place of a constant's own."""

    name: str
    value: str
    line: int

    @property
    def slug(self) -> str:
        """Its part of an address and of file names, such as `DEPTH=10`."""
        return f"{self.name}=" + re.sub(r"[^\w.+-]", "", self.value)


@dataclass(frozen=True)
class Job:
    """A snippet as it is now, perhaps with another value of one constant, to be run."""

    path: Path
    source: bytes
    choice: Choice | None = None
    card: bool = False  # whether links to its page show its figure

    @property
    def name(self) -> str:
        """The stem, and the value tried: `born_dead`, `born_dead:DEPTH=10`."""
        return f"{self.path.stem}:{self.choice.slug}" if self.choice else self.path.stem

    @property
    def room(self) -> str:
        """Path without ending below snippets/."""
        return self.path.relative_to(SNIPPETS).with_suffix("").as_posix()

    @property
    def key(self) -> str:
        """The cache key of a run of these bytes."""
        return digest(MACHINERY, self.path.stem, self.source, str(self.card))

    @property
    def file(self) -> str:
        """Where its cache entry is."""
        return f"runs/{self.name.replace(':', '~')}.json"

    def place(self, line: int, message: str) -> Exception:
        """A problem at a line, with the value that was tried."""
        tried = f"with {self.choice.name} = {self.choice.value}: " if self.choice else ""
        return problem(self.path, line, tried + message)


@dataclass
class Result:
    """One run: what it printed and drew (SVG; PNG as base64)."""

    job: Job
    output: str
    figure: str = ""
    card: str = ""
    seconds: float = 0.0

    @property
    def room(self) -> str:
        """Path without ending below snippets/."""
        return self.job.room

    @property
    def source(self) -> str:
        """The text that ran."""
        return self.job.source.decode()

    @property
    def about(self) -> tuple[str, str]:
        """The docstring's first line, which is the message; how it was measured."""
        title, _, rest = docstring(self.source).partition("\n")
        return title.strip(), " ".join(rest.split())


def docstring(source: str | bytes) -> str:
    """The docstring of a script, or nothing where it has none or cannot be parsed."""
    try:
        return (ast.get_docstring(ast.parse(source)) or "").strip()
    except (SyntaxError, ValueError):
        return ""


def find() -> dict[str, Path]:
    """Every snippet by its stem, which names its figure, its output and its test."""
    found: dict[str, Path] = {}
    for path in sorted(SNIPPETS.rglob("*.py")):
        if path.parent.name == RECIPES:
            continue
        if not path.stem.isidentifier():
            raise problem(path, 1, "name it in letters, digits and underscores")
        if other := found.get(path.stem):
            shown = other.relative_to(ROOT)
            raise problem(path, 1, f"{shown} has this stem; rename one")
        found[path.stem] = path
    return found


def choices(path: Path, source: str) -> Iterator[tuple[Choice, str]]:
    """The values that a snippet names to try, and the script with each in place."""
    for match in TRY.finditer(source):
        line = source.count("\n", 0, match.start()) + 1
        text = f"({match['values']},)"
        try:
            (values,) = ast.parse(text).body
            parts = [ast.get_source_segment(text, it) for it in values.value.elts]
            for it in values.value.elts:
                ast.literal_eval(it)
        except (SyntaxError, ValueError, AttributeError):
            message = "`# try` names values as Python writes them, with commas between"
            raise problem(path, line, message) from None
        found = [Choice(match["name"], part, line) for part in parts]
        if len({it.slug for it in found} | {Choice(*match.group(1, 2), 0).slug}) <= len(found):
            raise problem(path, line, "`# try` names a value twice, or the one in place")
        for choice in found:
            start, end = match.span("value")
            yield choice, source[:start] + choice.value + source[end:]


def jobs() -> dict[str, Job]:
    """All that there is to run, by name: each snippet, then its values to try."""
    found, shown = {}, {}
    for page in DOCS.rglob("*.md"):  # a card of its first figure stands for a page
        if figure := pages.FIGURE.search(page.read_text("utf-8", "replace")):
            shown[figure[3]] = True
    for stem, path in find().items():
        source = path.read_bytes()
        found[stem] = Job(path, source, card=stem in shown)
        for choice, text in choices(path, source.decode("utf-8", "replace")):
            job = Job(path, text.encode(), choice)
            found[job.name] = job
    return found


def cached(job: Job) -> Result | None:
    """What is known of a run, or None."""
    entry = load(job.file, job.key)
    return Result(job, **entry) if entry else None


def keep(job: Job, output: str, answer: tuple[str, bytes, float]) -> Result:
    """Remember a run."""
    svg, card, seconds = answer
    entry = {"output": output, "figure": svg, "seconds": seconds}
    entry["card"] = base64.b64encode(card).decode()
    save(job.file, job.key, entry)
    return Result(job, **entry)


def recipes() -> dict[str, Result]:
    """Scripts that need a framework, with the output that `make recipes` checks."""
    found = {}
    for path in sorted(SNIPPETS.rglob(f"{RECIPES}/*.py")):
        try:
            output = path.with_suffix(".txt").read_text("utf-8")
        except FileNotFoundError:
            raise problem(path, 1, f"has no stored output {path.stem}.txt") from None
        found[path.stem] = Result(Job(path, path.read_bytes()), output)
    return found


def function(result: Result, name: str) -> str | None:
    """The text of one function of a script, with its docstring."""
    for node in ast.parse(result.source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return ast.get_source_segment(result.source, node)
    return None
