"""A lab as a reader runs it: cell after cell, then the solutions of its tasks."""

import contextlib
import functools
import html
import io
import json
import re
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
from conftest import ROOT

import figures

LABS = ROOT / "docs/practice/labs"
PATHS = sorted(LABS.glob("*.ipynb"))
SOLUTION = re.compile(r"<summary>Solution</summary>(.*?)</details>", re.S)
OUTPUT = re.compile(r'<div class="jp-RenderedText[^>]*>\s*<pre>(.*?)</pre>', re.S)
LABEL = re.compile(r'<figure class="plot"><svg\b[^>]*? aria-label="(.*?)"')
CODE = re.compile(r"^```python\n(.*?)^```", re.S | re.M)


def cells(path: Path, kind: str) -> list[dict]:
    """The notebook's cells of a kind; `text` is their source."""
    stored = json.loads(path.read_text(encoding="utf-8"))["cells"]
    kept = [cell for cell in stored if cell["cell_type"] == kind]
    return [cell | {"text": "".join(cell["source"])} for cell in kept]


@functools.cache  # once per session, for all test files
def run(stem: str) -> SimpleNamespace:
    """All names after all code cells, and what each of them printed."""
    path, names = LABS / f"{stem}.ipynb", {"__name__": "__main__"}
    figures.use_style()
    plt.show = lambda: plt.close("all")
    printed = {cell["id"]: execute(cell["text"], names) for cell in cells(path, "code")}
    return SimpleNamespace(**names, printed=printed, live=names)


def shown(stem: str, site: Path) -> tuple[list[str], list[str]]:
    """What its page on the built site shows: outputs, and texts of its figures."""
    page = (site / "practice/labs" / stem / "index.html").read_text("utf-8")
    outputs, labels = OUTPUT.findall(page), LABEL.findall(page)
    return [*map(html.unescape, outputs)], [*map(html.unescape, labels)]


def expected(stem: str) -> tuple[list[str], list[str]]:
    """What that should be: what the cells print here, and what they say they draw."""
    outputs = [text for text in run(stem).printed.values() if text]
    code = cells(LABS / f"{stem}.ipynb", "code")
    return outputs, [it["metadata"]["alt"] for it in code if "alt" in it["metadata"]]


@functools.cache
def solutions(stem: str) -> list[str]:
    """What each solution prints, run one after the other at the notebook's end."""
    text = "\n".join(cell["text"] for cell in cells(LABS / f"{stem}.ipynb", "markdown"))
    return [
        "".join(execute(code, run(stem).live) for code in CODE.findall(solution))
        for solution in SOLUTION.findall(text)
    ]


def execute(code: str, names: dict) -> str:
    """Run code in a notebook's names; return what it printed.

    Runs in an empty folder: a notebook brings all that it needs.
    """
    output = io.StringIO()
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        contextlib.redirect_stdout(output),
        warnings.catch_warnings(action="error"),
    ):
        exec(compile(code, "cell", "exec"), names)
    return output.getvalue()


def numbers(text: str) -> list[float]:
    """All numbers in a printed text."""
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", text)]


def central_difference(
    loss: Callable[[], np.ndarray], values: np.ndarray, place: tuple, h: float
) -> np.ndarray:
    """The slope of a loss (seeds,) by one entry of each seed's weights or biases."""
    start = values[place].copy()
    values[place] = start + h
    above = loss()
    values[place] = start - h
    below = loss()
    values[place] = start
    return (above - below) / (2 * h)
