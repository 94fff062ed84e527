"""The wide runs behind the lessons: run what is stale, compare with the tables kept.

python scripts/study.py [stem ...]            a line for each cell that differs
python scripts/study.py [stem ...] --write    keeps what it finds instead

A study, snippets/part/studies/stem.py, has CASES (the rows), measure(**case) (the cells
of a row) and ALLOWED: how far a number may be off when somebody runs it again, as "±4"
or "×3". Each row is kept in build/study: what was stopped goes on where it was.
"""

import json
import platform
import re
import runpy
import sys
import time
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import prose
import run
from common import DOCS, SNIPPETS, ProblemError, digest, load, problem, save, write

DIGITS = DOCS / "practice/labs/kill-and-revive.ipynb"
Row = dict[str, Any]


def find() -> dict[str, Path]:
    """Every study by its stem."""
    return {path.stem: path for path in sorted(SNIPPETS.rglob("studies/*.py"))}


def measure(path: Path, case: Row) -> Row:
    """The cells of one row of a study's table, and the seconds they took."""
    start = time.process_time()
    cells = runpy.run_path(str(path))["measure"](**case)
    plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in cells.items()}
    return {"cells": plain, "seconds": time.process_time() - start}


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """The labs' 1000 digits: ink, 0 to 4, of shape (1000, 64), and what they are."""
    cells = json.loads(DIGITS.read_text("utf-8"))["cells"]
    (source,) = ("".join(it["source"]) for it in cells if it["id"] == "digits")
    names: Row = {}
    exec("import base64, bz2\nimport numpy as np\n" + source, names)
    images = names["images"].reshape(1000, 64).astype(float)
    return images, np.repeat(np.arange(10), 100)


# ---- Tables ------------------------------------------------------------------------
def slug(stem: str, case: Row) -> str:
    """The address of a row."""
    return "-".join(
        [stem, *(re.sub(r"[^\w.+]+", "_", str(it)) for it in case.values())]
    )


def shown(value: Any) -> str:
    """A cell: three digits of a number, with a power of ten where it is far from 1."""
    if not isinstance(value, float) or value == 0 or value - value != 0:
        return str(value)
    text = f"{value:.3g}"
    if not 1e-3 <= abs(value) < 1e5:
        factor, power = f"{value:.2e}".split("e")
        digits = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{float(factor):g} × 10{digits}"
    return f"{float(text):g}" if "e" in text else text


def table(path: Path, rows: list[tuple[Row, Row]]) -> str:
    """The rows in Markdown, each with its address, and what made them."""
    head = [*rows[0][0], *rows[0][1]]
    lines = [head, ["---"] * len(head)]
    for case, cells in rows:
        first, *rest = map(shown, [*case.values(), *cells.values()])
        lines.append([f"{first} {{#{slug(path.stem, case)}}}", *rest])
    room = path.relative_to(SNIPPETS).as_posix()
    made = f"Python {platform.python_version()}, NumPy {np.__version__}"
    if "import torch" in path.read_text("utf-8"):
        made += f", PyTorch {version('torch')}"
    made += f", {platform.system()} on {platform.machine()}"
    text = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"{text}\n[Script](../snippets/{room}); made with {made}.\n"


def rows(text: str) -> list[Row]:
    """The rows of a table, numbers as numbers."""
    lines = [it.strip("| ") for it in text.split("\n") if it.startswith("|")]
    head, _, *body = (re.split(r" *\| *", re.sub(r" \{#.*?\}", "", it)) for it in lines)
    return [dict(zip(head, map(parsed, line), strict=True)) for line in body]


def parsed(cell: str) -> Any:
    """A cell's number, or its text."""
    try:
        return float(prose.plain(cell))
    except ValueError:
        return cell


def near(was: float, now: float, allowed: str) -> bool:
    """Whether two numbers are as near as "±4" or "×3" allows."""
    kind, size = allowed[0], float(allowed[1:])
    if was == now or (was != was and now != now):  # both may be NaN
        return True
    if kind == "×":
        return was * now > 0 and 1 / size <= was / now <= size
    return abs(was - now) <= size


def differences(path: Path, text: str, allowed: dict[str, str]) -> Iterator[str]:
    """Numbers of a rerun that the table kept does not have, within what is allowed."""
    old, new = rows(path.read_text("utf-8")), rows(text)
    if [*map(list, old)] != [*map(list, new)]:
        yield str(problem(path, 1, "has other rows or columns now; use --write"))
        return
    for line, (was, now) in enumerate(zip(old, new, strict=True), 3):
        for name, how in allowed.items():
            a, b = was[name], now[name]
            both = isinstance(a, float) and isinstance(b, float)
            if not (near(a, b, how) if both else a == b):
                what = f"{name}: {a} is kept, {b} found, {how} allowed"
                yield str(problem(path, line, what))


# ---- Runs --------------------------------------------------------------------------
def results(found: dict[str, Path]) -> Iterator[tuple[str, Row, Row]]:
    """Each stem, case and cells; what is not known yet runs now, side by side."""
    waiting = []
    start = time.monotonic()
    with run.start_pool() as pool:
        for stem, path in found.items():
            key = digest(path.read_bytes(), sys.version, np.__version__)
            for case in runpy.run_path(str(path))["CASES"]:
                place = f"study/{slug(stem, case)}.json", key
                known = load(*place)
                task = None if known else pool.schedule(measure, [path, case])
                waiting.append((stem, case, place, known, task))
        for count, (stem, case, place, known, task) in enumerate(waiting, 1):
            if task:
                known = task.result()
                save(*place, known)
                clock = time.strftime("%M:%S", time.gmtime(time.monotonic() - start))
                print(
                    f"[{count}/{len(waiting)}] {clock} {slug(stem, case)}", flush=True
                )
            yield stem, case, known or {}


def main(names: list[str], keep: bool) -> None:
    """Run all cases of the studies named, or of all; compare or keep their tables."""
    found = find()
    if unknown := set(names) - set(found):
        raise ProblemError(
            f"snippets:1: there is no study {', '.join(sorted(unknown))}"
        )
    found = {stem: found[stem] for stem in names or found}
    tables: dict[str, list[tuple[Row, Row]]] = {stem: [] for stem in found}
    seconds = dict.fromkeys(found, 0.0)
    for stem, case, known in results(found):
        tables[stem].append((case, known["cells"]))
        seconds[stem] += known["seconds"]
    wrong: list[str] = []
    for stem, path in found.items():
        text, stored = table(path, tables[stem]), path.with_suffix(".md")
        print(f"{stem}: {len(tables[stem])} rows, {seconds[stem]:.0f} s of work")
        if keep or not stored.exists():
            write(stored, text.encode())
        else:
            allowed = runpy.run_path(str(path))["ALLOWED"]
            wrong += differences(stored, text, allowed)
    if wrong:
        raise ProblemError("\n".join(wrong))


if __name__ == "__main__":
    words = sys.argv[1:]
    try:
        main([it for it in words if it != "--write"], "--write" in words)
    except ProblemError as error:
        sys.exit(str(error))
