"""Page, snippet, figure and test of one stem belong together; nothing is an orphan."""

import ast
import json
import re
import sys
from pathlib import Path

import pytest
import yaml

import prose
import snippets

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path for path in (ROOT / "docs").rglob("*.md") if path.parent.name != "assets"
)
LABS = sorted((ROOT / "docs").rglob("*.ipynb"))
PATHS = sorted(snippets.find().values())
RECIPES = [recipe.path for recipe in snippets.recipes().values()]
stem = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
script = pytest.mark.parametrize("path", PATHS + RECIPES, ids=lambda path: path.stem)


def shown(path: Path, ending: str) -> list[Path]:
    """Pages that include the snippet's code (.py) or output (.txt)."""
    room = path.relative_to(ROOT / "snippets").with_suffix(ending).as_posix()
    return [page for page in PAGES if f'--8<-- "{room}"' in page.read_text()]


@script
def test_code_and_output_are_on_one_page_of_their_own_part(path):
    code, output = shown(path, ".py"), shown(path, ".txt")
    assert len(code) == 1
    assert output == code
    room = path.relative_to(ROOT / "snippets").as_posix().replace("_", "-")
    part = room.replace(f"{snippets.RECIPES}/", "").rpartition("/")[0]
    assert code[0].parent == ROOT / "docs" / part


@stem
def test_figure_is_on_that_page_with_a_text_that_says_what_it_shows(path):
    source = shown(path, ".py")[0].read_text()
    texts = re.findall(rf"!\[([^\]]*)\]\((?:\.\./)*figures/{path.stem}\.svg\)", source)
    assert len(texts) == 1
    assert len(texts[0].split()) >= 10


@script
def test_snippet_has_a_test_file_of_its_own(path):
    room = path.relative_to(ROOT / "snippets")
    test = ROOT / "tests" / room.with_name(f"test_{path.stem}.py")
    assert "def test_" in test.read_text()


def test_no_test_of_a_snippet_is_left_over():
    scripts = PATHS + RECIPES
    rooms = {path.relative_to(ROOT / "snippets").with_suffix("") for path in scripts}
    machinery = {ROOT / f"tests/{n}" for n in ("site", "scripts", "practice/labs")}
    for test in (ROOT / "tests").rglob("test_*.py"):
        if not machinery & set(test.parents):
            room = test.relative_to(ROOT / "tests")
            assert room.with_name(room.stem.removeprefix("test_")) in rooms


@stem
def test_snippet_imports_only_what_a_reader_has(path):
    tree = ast.parse(path.read_text())
    names = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert names <= {"numpy", "matplotlib", *sys.stdlib_module_names}


@stem
def test_snippet_reads_in_one_sitting(path):
    lines = path.read_text().splitlines()
    assert 15 <= len(lines) <= 60
    assert max(map(len, lines)) <= 88


def nav(entries: list) -> list[str]:
    """Pages of the nav in reading order."""
    pages = []
    for entry in entries:
        value = next(iter(entry.values())) if isinstance(entry, dict) else entry
        pages += nav(value) if isinstance(value, list) else [value]
    return pages


def about(page: Path) -> dict:
    """The front matter of a page, or the metadata of a notebook."""
    text = page.read_text()
    if page.suffix == ".ipynb":
        return json.loads(text)["metadata"]
    return yaml.safe_load(text.split("---")[1])


def test_every_page_is_in_the_nav_once():
    text = re.sub(r"!ENV", "", (ROOT / "mkdocs.yml").read_text())
    listed = nav(yaml.safe_load(text)["nav"])
    assert sorted(listed) == [
        page.relative_to(ROOT / "docs").as_posix() for page in sorted(PAGES + LABS)
    ]


@pytest.mark.parametrize("page", PAGES + LABS, ids=lambda page: page.stem)
def test_page_has_a_title_and_a_description_for_search_engines(page):
    meta = about(page)
    assert meta["title"]
    assert 50 <= len(meta["description"]) <= 160


@pytest.mark.parametrize("page", PAGES + LABS, ids=lambda page: page.stem)
def test_exempt_numbers_are_few_and_each_has_a_reason(page):
    exempt = about(page).get("numbers", {})
    assert len(exempt) <= 8
    for number, reason in exempt.items():
        assert prose.numbers(number)
        assert reason.startswith(("definition: ", "convention: ", "reference: "))


def test_stems_are_unique():
    assert len({path.stem for path in PATHS + RECIPES}) == len(PATHS + RECIPES)
