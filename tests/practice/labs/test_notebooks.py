"""Every lab: stored clean, alone with its data, light, and as its page shows it."""

import ast
import base64
import bz2
import hashlib
import html
import json
import re
import sys

import notebooks
import pytest

FILE = (notebooks.LABS / "digits.txt").read_text(encoding="utf-8")
TEXT = "".join(line for line in FILE.splitlines() if not line.startswith("#"))
DIGEST = "7e23636e6bf0b51c6086af27eff3d59450263a3a8547a68c1a307c5cc663b80b"
each = pytest.mark.parametrize("path", notebooks.PATHS, ids=lambda path: path.stem)


def test_digits_are_those_of_the_source_and_say_whose_they_are():
    data = bz2.decompress(base64.b85decode(TEXT))
    assert hashlib.sha256(data).hexdigest() == DIGEST
    assert len(data) == 10 * 100 * 64
    assert set(data) == set(range(5))
    for word in (DIGEST, "Alpaydin", "10.24432/C50P49", "CC BY 4.0", "Changed"):
        assert word in FILE


@each
def test_embedded_digits_are_the_file_with_source_and_licence(path):
    (cell,) = (c for c in notebooks.cells(path, "code") if c["id"] == "digits")
    (text,) = re.findall(r'DIGITS = """\n(.*?)"""', cell["text"], re.S)
    assert "".join(text.split()) == TEXT
    assert "10.24432/C50P49, licence CC BY 4.0. Changed" in cell["text"]
    assert cell["metadata"] == {"cellView": "form", "jupyter": {"source_hidden": True}}
    assert cell["text"].startswith("# @title ")


@each
def test_notebook_is_stored_without_outputs_and_with_stable_ids(path):
    source = path.read_text(encoding="utf-8")
    notebook = json.loads(source)
    assert source == json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in notebooks.cells(path, "code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        assert not re.fullmatch("[0-9a-f]{8}", cell["id"]), "give it a name that says"


@each
def test_code_is_short_and_needs_only_what_a_reader_has(path):
    for cell in notebooks.cells(path, "code"):
        lines = cell["text"].splitlines()
        assert max(map(len, lines)) <= 88
        assert len(lines) <= 60 or cell["id"] == "digits"
        for node in ast.walk(ast.parse(cell["text"])):
            if isinstance(node, ast.Import | ast.ImportFrom):
                name = getattr(node, "module", None) or node.names[0].name
                allowed = {"numpy", "matplotlib", *sys.stdlib_module_names}
                assert name.split(".")[0] in allowed


@each
def test_lab_asks_before_it_runs_and_ends_with_solved_tasks(path):
    text = "\n".join(cell["text"] for cell in notebooks.cells(path, "markdown"))
    predictions = text.count("> **Predict before you run**")
    assert predictions >= 3
    assert text.count("<summary>What happens</summary>") == predictions
    tasks = text[text.index("\n## Tasks\n") :]
    solutions = notebooks.SOLUTION.findall(tasks)
    assert len(solutions) == tasks.count("\n### ") >= 3
    assert all(notebooks.CODE.search(solution) for solution in solutions)


@each
def test_page_offers_the_notebook_itself_and_colab(path, site):
    folder = site / "practice/labs" / path.stem
    page = (folder / "index.html").read_text("utf-8")
    (link,) = re.findall(rf'<a download(?:="")? href="(\S*/{path.name})">', page)
    assert (folder / link).resolve().read_bytes() == path.read_bytes()
    address = "colab.research.google.com/github/owner/project/blob/main/docs/practice"
    assert f'<a href="https://{address}/labs/{path.name}">' in page
    assert TEXT[:50] not in html.unescape(page)  # the page hides the data
