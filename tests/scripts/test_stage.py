"""The small project's pages: each room of a snippet is where a reader expects it."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import small_project
from small_project import said, tree


@pytest.fixture(scope="module")
def good(base: Path) -> Path:
    """The good project, only to look at."""
    return small_project.good(base)


def page(root: Path, address: str) -> str:
    """The HTML of a built page."""
    return (root / "site" / address / "index.html").read_text("utf-8")


def blocks(text: str) -> list[tuple[str, str]]:
    """(title, text) of each block of code."""
    found = re.findall(
        r'<div[^>]* class="[^"]*highlight">(?:<span class="filename">(.*?)</span>)?'
        r"<pre>.*?<code>(.*?)</code>",
        text,
        re.S,
    )
    return [(t, html.unescape(re.sub("<[^>]*>", "", code))) for t, code in found]


def stage(root: Path) -> None:
    """Write the finished Markdown."""
    command = [sys.executable, "scripts/stage.py"]
    done = subprocess.run(command, cwd=root, text=True, capture_output=True, timeout=60)
    assert done.returncode == 0, said(done)


def test_card_has_message_figure_how_measured_script_and_output(good):
    text, source = page(good, ""), good / "snippets/part/good.py"
    card = text[text.index('class="admonition card"') :]
    order = [
        '<p class="admonition-title">A rising line.</p>',
        '<figure class="plot" id="card-good"><svg role="img" aria-label="A line that',
        '<button type="button" class="copy" hidden>',
        'href="snippets/part/good.py"',
        "<details",
        'id="good:as-written"',
        'id="good:TOP=-0.75"',
        "<details",
        "<p>One line of three points.</p>",
        'id="good"',
        '<span class="filename">good.py</span>',
        '<span class="filename">Output</span>',
    ]
    place = 0
    for words in order:
        assert words in card[place:], words
        place = card.index(words, place) + len(words)
    assert blocks(card)[:2] == [
        ("good.py", source.read_text("utf-8")),
        ("Output", "1.25\n"),
    ]
    downloaded = good / "site/snippets/part/good.py"
    assert downloaded.read_bytes() == source.read_bytes()


def test_each_value_has_the_figure_output_and_script_of_its_run(good):
    (tag,) = re.findall(r'<input [^>]*id="good:TOP=-0.75"[^>]*>', page(good, ""))
    attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
    assert attributes["data-constant"] == "TOP"
    assert attributes["data-value"] == "-0.75"
    files = good / "site" / attributes["data-files"]
    source = (good / "snippets/part/good.py").read_text("utf-8")
    run = {kind: Path(f"{files}.{kind}").read_text("utf-8") for kind in ("py", "txt")}
    assert run["py"] == source.replace("TOP = 1.25 ", "TOP = -0.75 ")
    assert run["txt"] == "-0.75\n"
    figure, first = Path(f"{files}.svg"), good / "site/figures/good.svg"
    assert "var(--c0,#0068a8)" in figure.read_text("utf-8")
    assert "var(" not in first.read_text("utf-8"), "it is opened alone, too"


def test_a_function_or_a_whole_recipe_stands_inline_where_a_page_wants_it(good):
    function = 'def top():\n    """What stands inline."""\n    return TOP\n'
    assert blocks(page(good, ""))[0] == ("", function)
    folder = good / "snippets/practice/recipes"
    assert blocks(page(good, "practice/recipes")) == [
        ("monitor_x.py", (folder / "monitor_x.py").read_text()),
        ("Output", (folder / "monitor_x.txt").read_text()),
    ]
    download = good / "site/snippets/practice/recipes/monitor_x.py"
    assert download.read_bytes() == (folder / "monitor_x.py").read_bytes()


def test_a_study_is_shown_as_a_table_whose_rows_have_addresses(good):
    text = page(good, "practice/recipes")
    assert re.search('<td id="wide-2">2</td>\n<td>7.5.×.10⁻⁷</td>', text)
    assert 'href="../../snippets/practice/studies/wide.py"' in text


def test_gallery_has_every_figure_that_a_page_shows_with_its_message_and_page(good):
    text = page(good, "reference/gallery")
    shown = r'<a href="../../#card-good"><img [^>]*src="../../figures/good.svg"[^>]*>'
    assert len(re.findall(rf"{shown} A rising line\.</a>", text)) == 1


def test_glossary_explains_its_terms_on_all_pages_but_its_own(good):
    tip = '<abbr[^>]* title="How steep it is."[^>]*>slope</abbr>'
    assert len(re.findall(tip, page(good, ""))) == 1
    assert len(re.findall(tip, page(good, "practice/recipes"))) == 1
    assert "<abbr" not in page(good, "reference/glossary")


def test_link_previews_show_the_first_figure_of_the_page(good):
    text = page(good, "")
    assert (
        'property="og:image" content="http://127.0.0.1:8000/figures/good.png"' in text
    )
    assert 'property="og:description" content="Where it begins."' in text
    assert (good / "site/figures/good.png").read_bytes().startswith(b"\x89PNG")


def test_navigation_has_the_title_of_each_page_in_order(good):
    nav = re.findall(
        r'<span class="md-ellipsis">\s*([\w ]+?)\s*</span>', page(good, "")
    )
    titles = ["Start", "Recipes", "Glossary", "Gallery"]
    assert [it for it in nav if it in titles][-4:] == titles


def test_every_page_is_there_as_markdown_and_named_in_the_index_for_machines(good):
    text = (good / "site/index.md").read_text("utf-8")
    assert "The number 1.25" in text or "the number 1.25" in text
    assert '!!! card "A rising line."' in text
    index = (good / "site/llms.txt").read_text("utf-8")
    assert "- [Start](index.md): Where it begins." in index
    assert "- [Recipes](practice/recipes.md)" in index


LAB = {
    "cells": [
        {
            "cell_type": "markdown",
            "id": "text",
            "metadata": {},
            "source": ["# Lab\n", "\n", "It is 0.75 and $x$.\n", "\n", "## Next"],
        },
        {
            "cell_type": "code",
            "id": "code",
            "metadata": {"alt": "A line."},
            "source": [
                "import matplotlib.pyplot as plt\n",
                "print(3 / 4)\n",
                "plt.plot([1, 2])\n",
                "plt.show()",
            ],
            "outputs": [],
            "execution_count": None,
        },
    ],
    "metadata": {
        "title": "A lab",
        "description": "To run.",
        "kernelspec": {"name": "python3", "display_name": "", "language": "python"},
        "language_info": {"name": "python"},
    },
    "nbformat": 4,
    "nbformat_minor": 5,
}


def test_a_lab_is_a_page_with_its_outputs_and_can_be_downloaded_and_opened(project):
    stored = json.dumps(LAB, indent=1)
    name = "practice/labs/lab.ipynb"
    small_project.write(project, {f"docs/{name}": stored, **small_project.config(name)})
    small_project.must_build(project)
    text = page(project, "practice/labs/lab")
    assert "<title>A lab - " in text
    assert '<meta name="description" content="To run.">' in text
    words = html.unescape(re.sub("<[^>]*>", "", text))
    assert "0.75\n" in words.rpartition("plt.show()")[2]
    assert re.search('<figure class="plot"><svg [^>]*aria-label="A line."', text)
    assert '<var class="formula"><span class="katex">' in text
    assert 'href="../../../downloads/lab.ipynb"' in text
    assert (project / "site/downloads/lab.ipynb").read_text("utf-8") == stored
    colab = "https://colab.research.google.com/github/owner/project/blob/main/docs"
    assert f'href="{colab}/{name}"' in text
    markdown = (project / "site/practice/labs/lab.md").read_text("utf-8")
    assert "It is 0.75 and $x$." in markdown
    assert "```\n0.75\n```" in markdown
    assert "- [A lab](practice/labs/lab.md): To run." in (
        project / "site/llms.txt"
    ).read_text("utf-8")


def times(root: Path) -> dict[str, int]:
    """When each staged file was written."""
    return {
        path.relative_to(root / "build").as_posix(): path.stat().st_mtime_ns
        for folder in ("docs", "markdown")
        for path in (root / "build" / folder).rglob("*")
        if path.is_file()
    }


def test_only_what_changed_is_written_and_what_nothing_makes_is_removed(project):
    for name in times(project):
        os.utime(project / "build" / name, ns=(1, 1))
    path = project / "docs/practice/recipes.md"
    path.write_text(path.read_text().replace("there", "here"))
    small_project.write(project, {"build/docs/old.md": "x", "build/markdown/o.md": "x"})
    before = times(project)
    stage(project)
    after = times(project)
    assert set(before) - set(after) == {"docs/old.md", "markdown/o.md"}
    changed = {name for name in after if after[name] != 1}
    assert changed == {"docs/practice/recipes.md", "markdown/practice/recipes.md"}


def test_staging_from_nothing_gives_the_same_files(project, base):
    shutil.rmtree(project / "build/docs")
    shutil.rmtree(project / "build/markdown")
    stage(project)
    for folder in ("build/docs", "build/markdown"):
        assert tree(project / folder) == tree(small_project.good(base) / folder)


def test_a_page_says_when_it_or_its_snippet_changed_last(project):
    def git(*command: str, day: str = "2026-01-02") -> None:
        own = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        made = {"GIT_AUTHOR_DATE": f"{day}T12:00:00", "GIT_CONFIG_GLOBAL": os.devnull}
        made["GIT_COMMITTER_DATE"] = made["GIT_AUTHOR_DATE"]
        subprocess.run(
            ["git", *own, *command],
            cwd=project,
            env={**os.environ, **made},
            check=True,
            capture_output=True,
        )

    def last(name: str) -> list[str]:
        text = (project / "build/docs" / name).read_text("utf-8")
        return re.findall("Last changed on (.*)[.]", text)

    assert last("index.md") == []
    git("init")
    git("add", "docs", "snippets")
    git("commit", "-m", "first")
    with (project / "snippets/part/good.py").open("a") as file:
        file.write("# a comment\n")
    git("commit", "-a", "-m", "second", day="2026-03-04")
    stage(project)
    assert last("index.md") == ["2026-03-04"]
    assert last("practice/recipes.md") == ["2026-01-02"]
