"""A reader copies the code from the page, and it does what the page shows."""

import html
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import sources

from common import SNIPPETS

BLOCK = re.compile(
    r'<div(?: id="(?P<id>\w*)")? class="[^"]*highlight">'
    r'<span class="filename">(?P<title>.*?)</span><pre>.*?<code>(?P<code>.*?)</code>',
    re.S,
)
INPUT = re.compile(r'<input type="radio" name="try-[^>]*>')
VALUES = list(sources.VALUES)
PASTED = ["product_of_slopes", "fatal_update", "gains"]  # the build has run all


def pairs(
    blocks: list[SimpleNamespace],
) -> Iterator[tuple[SimpleNamespace, SimpleNamespace]]:
    """Each script and its output: the next block, or, if a fold hides it, the last."""
    taken = set()
    for i, block in enumerate(blocks):
        if block.title.endswith(".py"):
            near = [k for k in (i + 1, i - 1) if 0 <= k < len(blocks)]
            free = [k for k in near if blocks[k].title == "Output" and k not in taken]
            assert free, f"{block.title} has no output beside it"
            taken.add(free[0])
            yield block, blocks[free[0]]


@pytest.fixture(scope="module")
def shown(site: Path) -> dict[str, SimpleNamespace]:
    """Page, id, code and output of each script on the site, by its stem."""
    found, pages = {}, {page: sources.html_of(site, page) for page in sources.PAGES}
    for page, text in pages.items():
        blocks = [
            SimpleNamespace(
                id=block["id"],
                title=html.unescape(block["title"]),
                text=html.unescape(re.sub(r"<[^>]*>", "", block["code"])),
            )
            for block in BLOCK.finditer(text)
        ]
        for code, output in pairs(blocks):
            stem = code.title.removesuffix(".py")
            assert stem not in found, f"{stem} is on two pages"
            found[stem] = SimpleNamespace(
                page=page, id=code.id, code=code.text, output=output.text
            )
    return found


@pytest.fixture(scope="module")
def controls(site: Path) -> dict[str, SimpleNamespace]:
    """The controls of all cards: by id, what they offer and where its files are."""
    found = {}
    for page in sources.PAGES:
        for tag in INPUT.findall(sources.html_of(site, page)):
            said = re.findall(r'([\w-]+)="([^"]*)"', tag)
            it = {name: html.unescape(value) for name, value in said}
            if "data-files" in it:
                files = (site / page / it["data-files"]).resolve()
                found[it["id"]] = SimpleNamespace(
                    page=page,
                    group=it["name"],
                    constant=it["data-constant"],
                    value=it["data-value"],
                    files=files,
                )
    return found


def ran(code: str, folder: Path) -> str:
    """What a script prints that somebody pasted into a file of their own."""
    (folder / "pasted.py").write_bytes(code.encode())
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "pasted.py"],
        cwd=folder,
        env={**os.environ, "MPLBACKEND": "agg", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        timeout=60,
    )
    assert done.stderr.decode() == ""
    assert [file.name for file in folder.iterdir()] == ["pasted.py"]
    return done.stdout.decode()


def test_code_on_the_page_and_the_download_are_the_file(shown, site):
    files = {**sources.SCRIPTS, **sources.RECIPES}
    offered = {stem for stem in sources.RECIPES if stem not in shown}  # by a link only
    assert shown.keys() == files.keys() - offered
    assert offered <= {"monitor_keras", "monitor_jax", "monitor_numpy"}
    for stem, path in files.items():
        if stem in shown:
            assert shown[stem].code.encode() == path.read_bytes(), stem
        room = path.relative_to(SNIPPETS)
        assert (site / "snippets" / room).read_bytes() == path.read_bytes(), stem


def test_a_script_is_on_the_page_of_its_figure_and_has_its_name_as_id(shown):
    for stem in sources.SCRIPTS:
        assert (shown[stem].page, shown[stem].id) == (sources.page_of(stem), stem)


def test_output_of_a_recipe_is_the_one_that_its_test_compares(shown):
    for stem, path in sources.RECIPES.items():
        if stem not in shown:
            continue
        printed = path.with_suffix(".txt").read_text("utf-8")
        assert shown[stem].output.strip() == printed.strip(), stem


def test_controls_of_cards_are_the_values_that_scripts_name(controls):
    named = {
        name: (job.choice.name, job.choice.value, f"try-{job.path.stem}")
        for name, job in sources.VALUES.items()
    }
    assert named == {
        name: (it.constant, it.value, it.group) for name, it in controls.items()
    }
    for name, it in controls.items():
        assert it.page == sources.page_of(name.partition(":")[0]), name


def test_files_of_a_value_are_a_run_with_only_this_value_changed(controls, shown, site):
    for name, it in controls.items():
        files = {end: Path(f"{it.files}.{end}") for end in ("py", "txt", "svg")}
        assert files["svg"].read_text("utf-8").startswith("<svg"), name
        assert files["txt"].read_text("utf-8").strip(), name
        stem = name.partition(":")[0]
        before, after = shown[stem].code, files["py"].read_text("utf-8")
        lines = zip(before.splitlines(), after.splitlines(), strict=True)
        ((old, new),) = (pair for pair in lines if pair[0] != pair[1])
        start = f"{it.constant} = "
        assert new.startswith(f"{start}{it.value}  # try "), name
        assert old.startswith(start), name
        assert old.partition("  # ")[2] == new.partition("  # ")[2], name


def test_a_value_shows_something_else_than_the_script_as_written(controls, shown, site):
    for name, it in controls.items():
        stem = name.partition(":")[0]
        first = site / f"figures/{stem}.svg"
        drawn = Path(f"{it.files}.svg").read_text("utf-8")
        printed = Path(f"{it.files}.txt").read_text("utf-8")
        plain = re.sub(r"var\([^,()]*,([^()]*)\)", r"\1", drawn)
        assert printed != shown[stem].output or plain != first.read_text("utf-8"), name


@pytest.mark.parametrize("stem", PASTED)
def test_pasted_code_runs_alone_and_prints_what_the_page_shows(stem, shown, tmp_path):
    assert ran(shown[stem].code, tmp_path) == shown[stem].output


def test_a_pasted_value_prints_what_the_card_shows_for_it(controls, tmp_path):
    files = controls[VALUES[0]].files
    code, output = (Path(f"{files}.{end}").read_text("utf-8") for end in ("py", "txt"))
    assert ran(code, tmp_path) == output
