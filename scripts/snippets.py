"""Snippets, the values that they name to try, and what is known of their runs."""

import ast
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from common import ROOT, SNIPPETS, ProblemError, digest, load, problem

# A constant at the margin with values to try, or what was perhaps meant to be one.
TRY = re.compile(r"^([A-Z]\w*) = (.+?)  # try (.+)$|^.*#\s*try\b.*$", re.M)
STORED = {"recipes": ".txt", "studies": ".md"}  # shown, but run by commands only
SECONDS = int(os.environ.get("SNIPPET_SECONDS", "60"))  # of processor time, each run
PATIENCE = 10 * SECONDS  # on the clock: a loaded machine fails no build
ENVIRONMENT = {  # snippets run side by side, so each gets one thread; no display
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    **dict.fromkeys(("MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"),
    **{"MPLBACKEND": "agg", "PYTHONHASHSEED": "0"},
}
RAN_BY = "child.py", "figures.py", "figures.mplstyle", "inline.py"
MACHINERY = digest(  # whatever may change a result besides the snippet itself
    *(Path(__file__).with_name(n).read_bytes() for n in RAN_BY),
    *(sys.version, version("numpy"), version("matplotlib")),
)


class Choice(NamedTuple):
    """A value to try in place of a constant's own."""

    name: str
    value: str

    @property
    def slug(self) -> str:
        """Its part of an address and of file names, such as `DEPTH=10`."""
        return f"{self.name}=" + re.sub(r"[^\w.+-]+", "_", self.value).strip("_")


@dataclass(frozen=True)
class Job:
    """A snippet as it is now, perhaps with another value of one constant, to be run."""

    path: Path
    source: bytes
    choice: Choice | None = None

    @property
    def name(self) -> str:
        """The stem, and the value tried: `born_dead`, `born_dead:DEPTH=10`."""
        return f"{self.path.stem}:{self.choice.slug}" if self.choice else self.path.stem

    @property
    def place(self) -> tuple[str, str]:
        """Where its cache entry is, and under which key."""
        key = digest(MACHINERY, self.name, self.source)
        return f"runs/{self.name.replace(':', '~')}.json", key

    def problem(self, line: int, message: str) -> ProblemError:
        """What is wrong at a line, with the value that was tried."""
        tried = "with {} = {}: ".format(*self.choice) if self.choice else ""
        return problem(self.path, line, tried + message)


@dataclass
class Result:
    """One run: what it printed and drew (SVG; PNG as base64)."""

    job: Job
    output: str
    figure: str = ""
    card: str = ""

    @property
    def room(self) -> str:
        """Path without ending below snippets/."""
        return self.job.path.relative_to(SNIPPETS).with_suffix("").as_posix()

    @property
    def source(self) -> str:
        """The text that ran."""
        return self.job.source.decode()

    @property
    def about(self) -> tuple[str, str]:
        """The docstring's first line, which is the message; how it was measured."""
        title, _, rest = docstring(self.job.source).partition("\n")
        return title.strip(), " ".join(rest.split())

    def function(self, name: str) -> str | None:
        """The text of one function or class of the script, with its docstring."""
        for node in ast.parse(self.source).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
                return ast.get_source_segment(self.source, node)
        return None


def docstring(source: bytes | str) -> str:
    """The docstring of a script, or nothing where it has none or cannot be parsed."""
    try:
        return (ast.get_docstring(ast.parse(source)) or "").strip()
    except (SyntaxError, ValueError):
        return ""


def find() -> dict[str, Path]:
    """Every snippet by its stem, which names its figure, its output and its test."""
    found: dict[str, Path] = {}
    for path in sorted(SNIPPETS.rglob("*.py")):
        if path.parent.name in STORED:
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
        where = path, source.count("\n", 0, match.start()) + 1
        name, own, named = match.groups()
        if not name:
            what = "`# try` stands behind a constant: `NAME = 1  # try 2, 3`"
            raise problem(*where, what)
        text = f"({named},)"
        try:
            tree: Any = ast.parse(text, mode="eval").body
            ast.literal_eval(tree)
        except (SyntaxError, ValueError):
            what = "`# try` names values as Python writes them, with commas between"
            raise problem(*where, what) from None
        values = (ast.get_source_segment(text, it) or "" for it in tree.elts)
        tried = [Choice(name, value) for value in values]
        if len({it.slug for it in (Choice(name, own), *tried)}) <= len(tried):
            raise problem(*where, "`# try` names a value twice, or the one in place")
        before, after = source[: match.start(2)], source[match.end(2) :]
        for choice in tried:
            yield choice, before + choice.value + after


def jobs() -> dict[str, Job]:
    """All that there is to run, by name: each snippet, then its values to try."""
    found = {}
    for stem, path in find().items():
        source = path.read_bytes()
        found[stem] = Job(path, source)
        for choice, text in choices(path, source.decode("utf-8", "replace")):
            found[f"{stem}:{choice.slug}"] = Job(path, text.encode(), choice)
    return found


def cached(job: Job) -> Result | None:
    """What is known of a run, or None."""
    entry = load(*job.place)
    return Result(job, **entry) if entry else None


def recipes() -> dict[str, Result]:
    """Scripts that the build does not run: they need a framework, or minutes.

    Their output is stored; `make recipes` and `make study` compare it.
    """
    found = {}
    folders = (SNIPPETS.rglob(f"{name}/*.py") for name in STORED)
    for path in sorted(it for folder in folders for it in folder):
        stored = path.with_suffix(STORED[path.parent.name])
        try:
            output = stored.read_text("utf-8")
        except FileNotFoundError:
            raise problem(path, 1, f"has no stored output {stored.name}") from None
        found[path.stem] = Result(Job(path, path.read_bytes()), output)
    return found
