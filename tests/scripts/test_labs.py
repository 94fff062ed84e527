"""A lab is published with what its cells made, or one line says which is at fault."""

import json
import re
from pathlib import Path

import nbclient
import nbformat
import pytest

import common
import formulas
import labs
import pages
import snippets

pytestmark = pytest.mark.filterwarnings("ignore")  # of the client and its kernel
FIGURE = "import matplotlib.pyplot as plt\nplt.plot([0, 1]); plt.show()\n"
TEXT = """\
# Lab

The answer is 1.25, see [start](../index.md#why) and [this](other.ipynb).

<details class="success" markdown="1">
<summary>What "happens"</summary>

As $x_1 * y_1$.

</details>

## Next

More.

## And again
"""
FAULTS = {  # code, metadata -> what is said
    "raises": ("print(1)\n1 / 0", {}, "ZeroDivisionError: division by zero"),
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
EACH_PUSH = {"raises", "uses a colour of its own"}  # a kernel takes two seconds


def shown(kind: str, **data: str) -> dict:
    """An output of a cell, as a kernel sends it."""
    return {"output_type": kind, "metadata": {}, "data": data}


def plot(svg: str = "<svg></svg>") -> dict:
    """The output of a figure, with the words that stand for it in a terminal."""
    data = {"text/plain": "<Figure at 0x1>", "image/svg+xml": svg}
    return shown("display_data", **data)


def stream(name: str, text: str) -> dict:
    """What was printed."""
    return {"output_type": "stream", "name": name, "text": text}


ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
SENT = {  # outputs, metadata -> what is said of them
    "warns": (
        [stream("stderr", "x.py:1: UserWarning: old\n  x()\n")],
        {},
        "UserWarning",
    ),
    "complains": (
        [stream("stderr", "one\ntwo\n")],
        {},
        "writes to the error stream: t",
    ),
    "fails to draw": ([ERROR], {}, "ValueError: no"),
    "draws twice": ([plot(), plot()], {"alt": "x"}, "makes 2 figures"),
    "no text": ([plot()], {}, "makes 1 figures"),
    "no figure": ([stream("stdout", "1")], {"alt": "x"}, "makes 0 figures"),
    "address": (
        [shown("execute_result", **{"text/plain": "[<Line2D at 0x7f>]"})],
        {},
        "prints an address",
    ),
    "HTML": (
        [shown("execute_result", **{"text/plain": "x", "text/html": "<b>x</b>"})],
        {},
        "shows text/html",
    ),
    "PNG": ([shown("display_data", **{"image/png": "x"})], {"alt": "x"}, "shows image"),
    "nothing": ([], {}, "prints nothing and draws nothing"),
}


def notebook(code: str, text: str = TEXT, **metadata: object) -> str:
    """A notebook with a text, a hidden cell and a cell of the code."""
    parts = {"text": text, "data": "# @title Data\nx = 1", "only": code}
    cells = [
        {"id": name, "cell_type": "code", "metadata": {}}
        | {"source": part.splitlines(keepends=True)}
        | {"execution_count": None, "outputs": []}
        for name, part in parts.items()
    ]
    cells[0] = {"id": "text", "cell_type": "markdown", "metadata": {}}
    cells[0]["source"] = text.splitlines(keepends=True)
    cells[1]["metadata"] = {"jupyter": {"source_hidden": True}}
    cells[2]["metadata"] = metadata
    about = {"title": "Lab", "language_info": {"name": "python"}}
    about["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    stored = {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(stored, indent=1)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a test puts its notebook; cache and time limit are its own."""
    formulas.install()
    monkeypatch.setattr(common, "BUILD", tmp_path / "build")
    monkeypatch.setattr(pages, "DOCS", tmp_path / "docs")
    monkeypatch.setattr(labs, "DOCS", tmp_path / "docs", raising=False)
    path = tmp_path / "docs/labs/lab.ipynb"
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def send(monkeypatch: pytest.MonkeyPatch):
    """Let the last cell send some outputs, without a kernel."""

    def sending(outputs: list[dict]) -> None:
        def execute(client: nbclient.NotebookClient, **_: object) -> None:
            client.nb.cells[-1]["outputs"] = [*map(nbformat.from_dict, outputs)]

        monkeypatch.setattr(nbclient.NotebookClient, "execute", execute)

    return sending


def finished(path: Path, extra: str = "") -> tuple[dict, str]:
    """The notebook to publish, and as Markdown."""
    renderer = formulas.Renderer()
    return labs.finished(pages.read(path), labs.cached(path), renderer, extra)


def assert_named(path: Path, cell: str, message: str) -> None:
    """One line says which cell is at fault, and nothing is kept."""
    line = 1
    if cell:
        lines = enumerate(path.read_text("utf-8").splitlines(), 1)
        line = next(n for n, text in lines if f'"id": "{cell}"' in text)
    with pytest.raises(common.ProblemError) as caught:
        labs.run(path)
    place = f"{path}:{line}: " + (f"cell {cell}: " if cell else "")
    assert str(caught.value).startswith(place)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert labs.cached(path) is None


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(it, marks=[] if it in EACH_PUSH else [pytest.mark.weekly])
        for it in FAULTS
    ],
)
def test_a_cell_at_fault_is_named_with_its_line_and_not_kept(fault, lab, monkeypatch):
    monkeypatch.setattr(snippets, "PATIENCE", 600 if fault in EACH_PUSH else 9)
    code, metadata, message = FAULTS[fault]
    lab.write_text(notebook(code, **metadata), encoding="utf-8")
    assert_named(lab, "only", message)


@pytest.mark.parametrize("fault", SENT)
def test_outputs_that_a_page_cannot_show_are_named_with_their_line(fault, lab, send):
    outputs, metadata, message = SENT[fault]
    lab.write_text(notebook("print(5 / 4)", **metadata), encoding="utf-8")
    send(outputs)
    assert_named(lab, "only" * (fault != "nothing"), message)


@pytest.mark.parametrize("text", ["", "{", "[1]", "{}", '{"cells": [{}]}'])
def test_what_is_no_notebook_is_named_with_its_line(text, lab):
    lab.write_text(text)
    with pytest.raises(common.ProblemError, match=r"lab.ipynb:1: .*no notebook"):
        labs.run(lab)


def test_what_the_cells_print_and_draw_is_kept_in_the_style_of_the_site(lab):
    lab.write_text(notebook("print(5 / 4)\n" + FIGURE, alt="A line."), encoding="utf-8")
    labs.run(lab)
    known = labs.cached(lab)
    assert set(known) == {"data", "only"}
    assert known["data"] == ["", ""]
    printed, svg = known["only"]
    assert printed == "1.25\n"
    assert 'viewBox="0 0 403.2 259.2"' in svg
    assert "#0068a8" in svg
    assert "<metadata" not in svg
    lab.write_text(notebook("print(5 / 4)", TEXT + "more"), encoding="utf-8")
    assert labs.cached(lab) is None, "it is another notebook"


def test_page_has_the_outputs_and_no_more_code_than_a_reader_wants(lab, send):
    lab.write_text(notebook("print(5 / 4)", alt='A "line".'), encoding="utf-8")
    send([stream("stdout", "1.25\n"), plot('<svg><path stroke="#0068a8"/></svg>')])
    labs.run(lab)
    made, _ = finished(lab)
    text, hidden, cell = made["cells"]
    assert hidden["source"] == "# Data"
    assert hidden["outputs"] == []
    printed, drawn = cell["outputs"]
    assert (printed["name"], printed["text"]) == ("stdout", "1.25\n")
    figure = drawn["data"]["text/html"]
    assert figure.startswith(
        '<figure class="plot"><svg role="img" aria-label="A &quot;'
    )
    assert 'stroke="var(--c0)"' in figure
    nbformat.validate(nbformat.from_dict(made))
    assert text["cell_type"] == "markdown"


def test_links_and_formulas_of_a_lab_are_those_of_its_page(lab, send):
    lab.write_text(notebook("print(5 / 4)"), encoding="utf-8")
    send([stream("stdout", "1.25\n")])
    labs.run(lab)
    made, _ = finished(lab, "<p>EXTRA</p>")
    text = "".join(made["cells"][0]["source"])
    assert "[start](../../#why)" in text
    assert "[this](../other/)" in text
    assert "$" not in text
    assert '<var class="formula"><span class="katex">' in text
    assert text.count("EXTRA") == 1
    assert text.index("</details>") < text.index("EXTRA") < text.index("## Next")


def test_only_the_cell_after_a_prediction_is_marked_as_predicted(lab, send):
    asked = TEXT + "\n> **Predict before you run**\n>\n> How much?\n"
    lab.write_text(notebook("print(5 / 4)", asked), encoding="utf-8")
    send([stream("stdout", "1.25\n")])
    labs.run(lab)
    made, markdown = finished(lab)
    tags = [cell["metadata"].get("tags") for cell in made["cells"]]
    assert tags == [None, ["predicted"], None]
    assert "Reveal" in "".join(made["cells"][0]["source"])
    assert "Reveal" not in markdown


def test_lab_as_markdown_has_its_text_its_code_and_what_it_prints(lab, send):
    lab.write_text(notebook("print(5 / 4)"), encoding="utf-8")
    send([stream("stdout", "1.25\n")])
    labs.run(lab)
    _, markdown = finished(lab, "<p>EXTRA</p>")
    assert "As $x_1 * y_1$." in markdown
    assert "[start](../index.md#why)" in markdown
    assert re.search("``` ?python\nprint\\(5 / 4\\)\n```\n\n```\n1.25\n```", markdown)
    assert "x = 1" not in markdown
    assert "EXTRA" not in markdown


def test_machinery_and_versions_are_part_of_the_key(lab, send, monkeypatch):
    lab.write_text(notebook("print(5 / 4)"), encoding="utf-8")
    send([stream("stdout", "1.25\n")])
    labs.run(lab)
    assert labs.cached(lab)["only"] == ["1.25\n", ""]
    monkeypatch.setattr(snippets, "MACHINERY", "another NumPy")
    assert labs.cached(lab) is None


def test_labs_are_found_but_not_the_copies_that_jupyter_keeps(lab):
    for name in ("b.ipynb", "a.ipynb", ".ipynb_checkpoints/draft.ipynb"):
        (lab.parent / name).parent.mkdir(exist_ok=True)
        (lab.parent / name).write_text("x")
    assert [path.name for path in labs.find()] == ["a.ipynb", "b.ipynb"]
