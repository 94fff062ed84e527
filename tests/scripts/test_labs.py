"""A lab becomes a page like others, or one line says which cell is at fault."""

import functools
import json
import shutil
from pathlib import Path

import pytest
import small_project
from conftest import build
from mkdocs_jupyter import convert

import common
import labs

pytestmark = pytest.mark.filterwarnings("ignore")  # of the executor and its kernel
FIGURE = "import matplotlib.pyplot as plt\nplt.plot([0, 1]); plt.show()\n"
TEXT = """\
# Lab

The answer is 1.25.

> **Predict before you run**
>
> How many?

<details class="success">
<summary>What "happens"</summary>

As $x^2$.

</details>

## Next
"""
PAGE = """\
# Lab

The answer is 1.25.

!!! example "Predict before you run"

    How many?

??? success "What &quot;happens&quot;"

    As $x^2$.

<p><a href="lab.ipynb" download>Download this notebook</a>{colab}</p>

## Next

``` python
# Data
```

``` python
print(5 / 4)
```

``` text title="Output"
1.25
```
"""
FAULTS = {  # code, metadata -> what is said
    "raises": ("1 / 0", {}, "ZeroDivisionError: division by zero"),
    "is no Python": ("def", {}, "SyntaxError: invalid syntax"),
    "warns": (
        "import numpy as np\nnp.log(np.zeros(1))",
        {},
        "writes to the error stream: RuntimeWarning: divide by zero encountered in log",
    ),
    "ends the kernel": ("import os\nos._exit(0)", {}, "DeadKernelError: Kernel died"),
    "does not end": ("while True:\n    pass", {}, "CellTimeoutError: A cell timed out"),
    "asks": ("input()", {}, "StdinNotImplementedError: "),
    "draws twice": (FIGURE * 2, {"alt": "Lines."}, "makes 2 figures"),
    "has no text for a figure": (FIGURE, {}, "makes 1 figures"),
    "has a text without figure": ("print(1)", {"alt": "A line."}, "makes 0 figures"),
    "uses a colour of its own": (
        FIGURE.replace("1]", "1], color='#123456'"),
        {"alt": "A line."},
        "ValueError: #123456 follows no colour scheme",
    ),
    "forgets to show": (
        FIGURE.replace("plt.show()", "").replace("; ", ""),
        {},
        "prints an address; is plt.show() missing?",
    ),
    "shows HTML": (
        "from IPython.display import HTML\nHTML('<b>x</b>')",
        {},
        "shows text/html",
    ),
}


def notebook(code: str, text: str = TEXT, **metadata: object) -> str:
    """A notebook with a text, a hidden cell and a cell of the code."""
    parts = {"text": text, "data": "# @title Data\nx = 1", "only": code}
    cells = [
        {"id": name, "cell_type": "code", "metadata": {}, "source": [part]}
        | {"execution_count": None, "outputs": []}
        for name, part in parts.items()
    ]
    cells[0] = {"id": "text", "cell_type": "markdown", "metadata": {}, "source": [text]}
    cells[1]["metadata"] = {"jupyter": {"source_hidden": True}}
    cells[2]["metadata"] = metadata
    about = {"title": "Lab", "language_info": {"name": "python"}}
    about["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    stored = {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(stored, indent=1)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a test puts its notebook; cache and time limit are its own."""
    monkeypatch.setattr(common, "CACHE", tmp_path / "cache")
    limit = f"timeout = {labs.snippets.TIME_LIMIT:.0f}"
    short = {n: text.replace(limit, "timeout = 2") for n, text in labs.SETTINGS.items()}
    assert short != labs.SETTINGS
    monkeypatch.setattr(labs, "SETTINGS", short)
    return tmp_path / "lab.ipynb"


def show(path: Path, edit_url: str | None = None) -> tuple[str, dict]:
    """The page, by the same executor as in the build."""
    render = functools.partial(
        convert.nb2html, str(path), execute=True, allow_errors=False
    )
    return labs.to_markdown(path, render, edit_url)


def lines(text: str) -> list[str]:
    """The lines of a text that are not empty."""
    return [line for line in text.splitlines() if line.strip()]


def never() -> None:
    """In place of the executor where it must not be called."""
    raise AssertionError("executes again")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_cell_at_fault_is_named_with_its_line_and_not_kept(fault, lab):
    code, metadata, message = FAULTS[fault]
    lab.write_text(notebook(code, **metadata))
    line = next(n for n, x in enumerate(lab.open(), 1) if '"id": "only"' in x)
    for _ in range(2 if fault == "raises" else 1):  # a fault must not be remembered
        with pytest.raises(common.ProblemError) as caught:
            show(lab)
        assert str(caught.value).startswith(f"{lab}:{line}: cell only: {message}")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[1]", "{}", '{"cells": [{}]}'])
def test_what_is_no_notebook_is_named_with_its_line(text, lab):
    lab.write_text(text)
    with pytest.raises(common.ProblemError, match=r"lab.ipynb:1: is no notebook"):
        labs.to_markdown(lab, never, None)


def test_a_notebook_that_shows_nothing_is_a_fault(lab):
    lab.write_text(notebook("x = 1"))
    with pytest.raises(common.ProblemError, match="prints nothing and draws nothing"):
        show(lab)


def test_page_is_markdown_of_this_site_and_offers_colab_only_on_github(lab):
    lab.write_text(notebook("print(5 / 4)"))
    markdown, page = show(lab)
    assert lines(markdown) == lines(PAGE.format(colab=""))
    assert page["printed"] == ["", "1.25\n"]
    assert page["title"] == "Lab"
    colab = ' · <a href="https://colab.research.google.com/github/me/it/blob/main/a">'
    known = labs.to_markdown(lab, never, "https://github.com/me/it/edit/main/a")[0]
    assert lines(known) == lines(PAGE.format(colab=f"{colab}Open in Colab</a>"))
    elsewhere = labs.to_markdown(lab, never, "https://example.org/edit/main/a")[0]
    assert elsewhere == markdown


def test_figure_is_drawn_in_the_style_of_the_site_and_the_same_in_every_run(lab):
    lab.write_text(notebook(FIGURE, alt="A line that rises."))
    markdown, page = show(lab)
    ((name, svg),) = page["drawn"].items()
    assert f"![A line that rises.](figures/{name}.svg)" in markdown
    assert 'viewBox="0 0 403.2 259.2"' in svg
    assert "#0068a8" in svg
    shutil.rmtree(common.CACHE)
    assert show(lab) == (markdown, page)


def test_machinery_and_versions_are_part_of_the_key(lab, monkeypatch):
    lab.write_text(notebook("print(5 / 4)"))
    show(lab)
    monkeypatch.setattr(labs.snippets, "VERSIONS", ("another NumPy",))
    with pytest.raises(common.ProblemError, match="executes again"):
        labs.to_markdown(lab, never, None)


def test_a_lab_that_ran_beside_the_snippets_does_not_run_again(lab):
    lab.write_text(notebook("print(5 / 4)"))
    labs.run_alone(str(lab))
    labs.to_markdown(lab, never, None)
    draft = lab.parent / ".ipynb_checkpoints/draft.ipynb"
    draft.parent.mkdir()
    draft.write_text("Jupyter's own copy")
    assert labs.start(lab.parent) == []


def test_a_failing_lab_leaves_the_last_good_site_untouched(tmp_path):
    root = small_project.make(tmp_path / "project")
    config, path = root / "mkdocs.yml", root / "docs/practice/labs/lab.ipynb"
    nav = "nav: [index.md, practice/labs/lab.ipynb, reference/glossary.md]\n"
    config.write_text(f"INHERIT: base.yml\n{nav}")
    small_project.write(root, {"docs/practice/labs/lab.ipynb": notebook("print(5/4)")})
    small_project.must_build(root)
    good = small_project.tree(root / "site")
    assert (root / "site/practice/labs/lab/lab.ipynb").read_bytes() == path.read_bytes()
    path.write_text(notebook("print(5/4)", TEXT.replace("1.25", "1.26")))
    loose = build(root / "site", root=root)
    path.write_text(notebook("1 / 0"))
    failing = build(root / "site", root=root)
    for done, said in ((loose, "prints 1.26"), (failing, "cell only: ZeroDivision")):
        assert done.returncode == 1
        (line,) = small_project.said(done).strip().splitlines()
        assert line.startswith("docs/practice/labs/lab.ipynb:")
        assert said in line
    assert small_project.tree(root / "site") == good
    assert small_project.leftovers(root) == []
