"""Wide runs: kept row by row, and compared with the table within what it allows."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from small_project import said

import study

SOURCE = '''"""Wide."""

import pathlib

CASES = [{"rate": r, "by": "Adam, fast"} for r in (0.5, 1e-5)]
ALLOWED = {"loss": "×2", "dead, %": "±1"}


def measure(rate, by):
    with pathlib.Path(__file__).with_name("ran").open("a") as file:
        file.write("x")
    return {"loss": rate / 4e3, "dead, %": 12.34, "range": "1 to 3"}
'''
TABLE = """\
| rate | by | loss | dead, % | range |
| --- | --- | --- | --- | --- |
| 0.5 {#wide-0.5-Adam_fast} | Adam, fast | 1.25 × 10⁻⁴ | 12.3 | 1 to 3 |
| 1 × 10⁻⁵ {#wide-1e_05-Adam_fast} | Adam, fast | 2.5 × 10⁻⁹ | 12.3 | 1 to 3 |
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one study."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    path = tmp_path / "snippets/part/studies"
    path.mkdir(parents=True)
    (path / "wide.py").write_text(SOURCE, "utf-8")
    return path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess:
    """Run the studies as an author would."""
    command = [sys.executable, "scripts/study.py", *words]
    top = folder.parents[2]
    return subprocess.run(command, cwd=top, text=True, capture_output=True, timeout=60)


def test_a_table_is_kept_then_compared_and_each_row_runs_once(folder):
    done = run(folder, "wide")
    assert done.returncode == 0, said(done)
    text = (folder / "wide.md").read_text("utf-8")
    assert text.startswith(f"{TABLE}\n[Script](../snippets/part/studies/wide.py); ")
    assert f"NumPy {study.np.__version__}" in text
    next(folder.glob("../../../build/study/*0.5*")).unlink()  # as if stopped there
    assert run(folder).returncode == 0
    assert (folder / "ran").read_text() == "xxx"


def test_a_rerun_that_differs_says_where_and_keeps_the_table(folder):
    table = TABLE.replace("12.3", "11.4").replace("1.25 ×", "2.6 ×")
    (folder / "wide.md").write_text(table, "utf-8")
    done = run(folder)
    words = "loss: 0.00026 is kept, 0.000125 found, ×2 allowed"
    # Last, since a spare process of the pool may complain that it is no longer needed.
    assert done.stderr.splitlines()[-1] == f"snippets/part/studies/wide.md:3: {words}"
    assert done.returncode == 1
    assert (folder / "wide.md").read_text("utf-8") == table
    assert run(folder, "--write").returncode == 0
    assert (folder / "wide.md").read_text("utf-8").startswith(TABLE)
    (folder / "wide.md").write_text(TABLE.replace("rate", "step"), "utf-8")
    assert "has other rows or columns now" in run(folder).stderr
    assert "there is no study wild" in run(folder, "wild").stderr


def test_rows_are_read_with_numbers_as_numbers():
    first, second = study.rows(TABLE)
    assert first == {
        "rate": 0.5,
        "by": "Adam, fast",
        "loss": 1.25e-4,
        "dead, %": 12.3,
        "range": "1 to 3",
    }
    assert (second["rate"], second["loss"]) == (1e-5, 2.5e-9)


@pytest.mark.parametrize(
    ("was", "now", "allowed", "near"),
    [
        (10, 13, "±3", True),
        (10, 13.1, "±3", False),
        (0, 0, "×2", True),
        (0, 1e-9, "×2", False),
        (1, 2, "×2", True),
        (2, 0.9, "×2", False),
        (-1, 1, "×2", False),
        (float("nan"), float("nan"), "±0", True),
        (float("nan"), 1, "±1", False),
    ],
)
def test_near_means_what_the_study_allows(was, now, allowed, near):
    assert study.near(was, now, allowed) is near


def test_digits_are_a_hundred_of_each_in_five_levels_of_ink():
    images, labels = study.digits()
    assert images.shape == (1000, 64)
    assert set(images.ravel()) == {0, 1, 2, 3, 4}
    assert [(labels == digit).sum() for digit in range(10)] == [100] * 10
    zero, one = images[labels == 0].mean(0), images[labels == 1].mean(0)
    center = 8 * 3 + 3
    assert zero[center] < 1 < 2 < one[center]  # a ring is empty inside, a stroke is not
