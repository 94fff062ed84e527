"""What runs and what does not, and what a snippet finds when it runs."""

import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
import small_project

import child


def run(root: Path, *names: str) -> subprocess.CompletedProcess:
    """Run the snippets as an author would."""
    command = [sys.executable, "scripts/run.py", *names]
    return subprocess.run(command, cwd=root, text=True, capture_output=True, timeout=60)


def ran(done: subprocess.CompletedProcess) -> set[str]:
    """What ran, as the command says."""
    assert done.returncode == 0, small_project.said(done)
    lines = [line.split() for line in done.stdout.splitlines()]
    names = {words[1] for words in lines if words[0].startswith("[")}
    assert lines[-1][:2] == [str(len(names)), "ran,"]
    return names


def test_only_what_changed_runs_again(project):
    def entries() -> dict[str, int]:
        return {it.name: it.stat().st_ino for it in (project / "build/runs").iterdir()}

    before = entries()
    assert ran(run(small_project.edit(project))) == {"good"}, "the value is as it was"
    after = entries()
    assert {name for name in after if after[name] != before[name]} == {"good.json"}
    path = project / "snippets/part/good.py"
    path.write_text(path.read_text("utf-8") + "# a comment\n", "utf-8")
    assert ran(run(project)) == {"good", "good:TOP=-0.75"}
    assert ran(run(project)) == set()


def test_only_what_is_asked_for_runs(project):
    shutil.rmtree(project / "build/runs")
    assert ran(run(project, "good:TOP=-0.75")) == {"good:TOP=-0.75"}
    done = run(project, "nobody", "good")
    assert done.returncode != 0
    assert "nobody" in done.stderr
    assert "Traceback" not in done.stderr


def test_new_machinery_runs_everything_again(project):
    call = "import snippets; print(snippets.jobs()['good'].place[1])"
    keys = []
    for name in ("", "child.py", "figures.py", "inline.py"):
        if name:
            with (project / "scripts" / name).open("a") as file:
                file.write("# a change\n")
        command = [sys.executable, "-c", call]
        keys.append(subprocess.check_output(command, cwd=project / "scripts"))
    assert len(set(keys)) == len(keys)


def test_under_serve_values_are_known_or_left_for_later(project):
    for entry in ("good.json", "good~TOP=-0.75.json"):
        (project / "build/runs" / entry).unlink()
    known = {}
    for first_only in (True, False):
        call = f"import run; print(*run.results(first_only={first_only})[0])"
        done = subprocess.run(
            [sys.executable, "-c", call],
            cwd=project / "scripts",
            text=True,
            capture_output=True,
            timeout=60,
        )
        known[first_only] = set(done.stdout.splitlines()[-1].split())
    assert known[True] == {"good", "slow"}
    assert known[False] == {"good", "slow", "good:TOP=-0.75"}


FIRST = """\
\"\"\"Title.\"\"\"
import matplotlib.pyplot as plt
X = 2
name = __name__, __file__
plt.plot([X, 1])
plt.show()
"""


def test_a_snippet_runs_as_a_reader_runs_it_in_the_style_of_the_site(tmp_path):
    plt.rcParams["lines.linewidth"] = 9
    names = child.execute(FIRST.encode(), tmp_path / "x.py")
    assert names["X"] == 2
    assert names["name"] == ("__main__", str(tmp_path / "x.py"))
    assert len(plt.get_fignums()) == 1, "shown, and kept"
    assert plt.gcf().axes[0].lines[0].get_linewidth() == 2
    child.execute(FIRST.encode(), tmp_path / "x.py")
    assert len(plt.get_fignums()) == len(plt.gcf().axes[0].lines) == 1, "a new one"
    plt.close("all")


def test_a_warning_of_a_snippet_is_an_error(tmp_path):
    source = "import numpy as np\nnp.log(np.zeros(1))\n"
    with pytest.raises(RuntimeWarning, match="divide by zero"):
        child.execute(source.encode(), tmp_path / "x.py")


def test_a_run_has_one_thread_no_display_and_leaves_nothing_in_the_project(project):
    source = """\"\"\"Title.\"\"\"

import os

import matplotlib.pyplot as plt

print(*(os.environ[name] for name in ("OMP_NUM_THREADS", "MPLBACKEND")))
plt.plot([0])
plt.show()
"""
    small_project.write(project, {"snippets/part/own.py": source})
    before = {it for it in project.rglob("*") if "__pycache__" not in it.parts}
    assert ran(run(project)) == {"own"}
    after = {it for it in project.rglob("*") if "__pycache__" not in it.parts}
    assert {it.name for it in after - before} == {"own.json"}
    assert r'"output": "1 agg\n"' in (project / "build/runs/own.json").read_text(
        "utf-8"
    )
