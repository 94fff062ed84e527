"""The one reader of pages: everything that stands on a page, each on its line."""

import json
from pathlib import Path

import pytest

import common
import pages

PAGE = """\
---
title: A page
numbers: {"0.5": why}
---

# A *page*

<!-- ![hidden](../figures/hidden.svg) $h$ -->

![What a figure shows, at 0.5.](../figures/one.svg)

!!! note "Box"

    ![In a box.](../../figures/two.svg)

    ``` python title="two.py"
    --8<-- "part/two.py"
    ```

``` python
--8<-- "part/two.py:function"
y = 1

x = "![not a figure](../figures/not.svg) $n$ <img src=n.svg>"
```

``` text
--8<-- "part/two.txt"
```

Text ![in it](../figures/three.svg) with `$code$` and <img class="x" src="four.svg">
and <img src="five.svg" alt="Five."> costs \\$5–$x^2$, $a$
and $b
c$.

$$
\\frac{1}{2}
$$
"""


@pytest.fixture
def page(tmp_path: Path) -> pages.Page:
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf-8")
    return pages.read(path)


def line_of(text: str) -> int:
    """Where the page above has a text."""
    return PAGE[: PAGE.index(text)].count("\n") + 1


def test_front_matter_is_read_and_is_no_prose(page):
    assert page.front == {"title": "A page", "numbers": {"0.5": "why"}}
    assert "title" not in page.prose


def test_prose_has_every_line_of_the_file_and_no_code_or_comment(page):
    assert page.prose.count("\n") == PAGE.count("\n")
    for hidden in ("code", "function", "hidden", "not a figure"):
        assert hidden not in page.prose
    assert "costs" in page.prose.splitlines()[line_of("costs") - 1]


def test_figures_on_a_line_of_their_own_are_found_also_in_a_box(page):
    assert [tuple(it) for it in page.figures()] == [
        (line_of("![What"), "", "What a figure shows, at 0.5.", "one"),
        (line_of("![In a"), "    ", "In a box.", "two"),
    ]


def test_includes_of_scripts_functions_and_outputs_are_found_in_fences(page):
    assert [tuple(it) for it in page.includes()] == [
        (line_of('--8<-- "part/two.py"'), "    ", "part/two", ".py", None),
        (line_of('--8<-- "part/two.py:'), "", "part/two", ".py", "function"),
        (line_of('--8<-- "part/two.txt'), "", "part/two", ".txt", None),
    ]


def test_images_are_found_in_markdown_and_html_with_their_text(page):
    found = [tuple(it) for it in page.images()]
    assert found[2:] == [
        (line_of("Text !["), "in it", "../figures/three.svg"),
        (line_of("Text !["), "", "four.svg"),
        (line_of('and <img src="five'), "Five.", "five.svg"),
    ]
    assert [it[1] for it in found[:2]] == ["What a figure shows, at 0.5.", "In a box."]


def test_formulas_are_found_but_no_prices_and_none_in_code(page):
    found = {(tex, display): line for line, tex, display, _ in page.formulas()}
    assert found.keys() == {
        ("x^2", False),
        ("a", False),
        ("b\nc", False),
        ("\\frac{1}{2}", True),
    }
    assert found["x^2", False] == found["a", False] == line_of("costs")
    assert found["b\nc", False] == line_of("and $b")
    assert found["\\frac{1}{2}", True] in (line_of("\\frac") - 1, line_of("\\frac"))


BOOK = {
    "cells": [
        {
            "cell_type": "markdown",
            "id": "text",
            "metadata": {},
            "source": ["# Lab\n", "\n", 'It is "0.5" and $x$, `0.25`.\n', "\n", "End."],
        },
        {
            "cell_type": "code",
            "id": "code",
            "metadata": {"alt": "A line to 0.75."},
            "source": ["x = 0.99\n", "# $y$"],
            "outputs": [],
            "execution_count": None,
        },
    ],
    "metadata": {"title": "Lab", "numbers": {"0.5": "why"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def test_prose_of_a_notebook_is_on_the_lines_of_its_file(tmp_path):
    path = tmp_path / "lab.ipynb"
    path.write_text(json.dumps(BOOK, indent=1), encoding="utf-8")
    lab, lines = pages.read(path), path.read_text("utf-8").splitlines()
    assert lab.front["title"] == "Lab"
    assert lab.front["numbers"] == {"0.5": "why"}
    said = {n: text for n, text in enumerate(lab.prose.splitlines(), 1) if text.strip()}
    assert [text.split(",")[0] for text in said.values()] == [
        "# Lab",
        'It is "0.5" and $x$',
        "End.",
        "A line to 0.75.",
    ]
    for number, text in said.items():
        assert text.split('"')[0].strip() in lines[number - 1]
    ((line, tex, *_),) = lab.formulas()
    assert "$x$" in lines[line - 1]
    assert tex == "x"
    wanted = next(n for n, text in enumerate(lines, 1) if '"id": "code"' in text)
    assert lab.line_of('"id": "code"') == wanted


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.md", b"---\ntitle: [x\n---\n", "a.md:[23]: front matter"),
        ("a.md", b"---\ntitle: x\ntitle: : y\n---\n", "a.md:3: front matter"),
        ("a.md", b"---\njust words\n---\n", "a.md:[12]: front matter"),
        ("a.md", b"one\ntwo \xff\n", "a.md:2: .*0xff"),
        ("a.ipynb", b"", "a.ipynb:1: .*no notebook"),
        ("a.ipynb", b"{\n]", "a.ipynb:2: .*no notebook"),
        ("a.ipynb", b"[1]", "a.ipynb:1: .*no notebook"),
        ("a.ipynb", b"{}", "a.ipynb:1: .*no notebook"),
        ("a.ipynb", b'{"cells": [{}], "metadata": {}}', "a.ipynb:1: .*no notebook"),
        ("a.ipynb", b"\xff", "a.ipynb:1: .*0xff"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(common.ProblemError, match=message) as caught:
        pages.read(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_front_matter_stands_at_the_beginning_or_is_none(tmp_path):
    (tmp_path / "a.md").write_text("# A\n\n---\nb: c\n---\n")
    assert "b" not in pages.read(tmp_path / "a.md").front


def test_all_pages_are_read_in_order_but_no_checkpoints_and_all_that_is_wrong_is_told(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(pages, "DOCS", tmp_path)
    for name in ("b/x.md", "a.md", "b/.ipynb_checkpoints/x.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [page.name for page in pages.read_all()] == ["a.md", "b/x.md"]
    (tmp_path / "c.md").write_bytes(b"\xff")
    (tmp_path / "d.ipynb").write_bytes(b"{")
    with pytest.raises(common.ProblemError) as caught:
        pages.read_all()
    first, second = str(caught.value).split("\n")
    assert "c.md:1: " in first
    assert "d.ipynb:1: " in second


def test_navigation_is_read_in_order_with_the_part_of_each_page(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    (tmp_path / "mkdocs.yml").write_text(
        "site_url: !ENV [SITE_URL, x]\nnav:\n- Start: index.md\n"
        "- One:\n  - one/a.md\n  - B: one/b.md\n  - Deep:\n    - one/c.md\n"
    )
    parts = {leaf: part for part, leaf in pages.nav()}
    assert list(parts) == ["index.md", "one/a.md", "one/b.md", "one/c.md"]
    assert parts["one/a.md"] == parts["one/b.md"] == "One"
    assert parts["one/c.md"] == "Deep"
