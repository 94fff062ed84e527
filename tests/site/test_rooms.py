"""Page, snippet, figure and test of one stem belong together; nothing is an orphan."""

import ast
import posixpath
import sys
from collections import Counter
from pathlib import Path

import sources

import prose
import snippets
from common import ROOT, SNIPPETS

ALL = {**sources.SCRIPTS, **sources.RECIPES, **sources.STUDIES}


def part_of(path: Path) -> str:
    """The part that a script belongs to, as docs/ calls it."""
    return path.relative_to(SNIPPETS).parts[0].replace("_", "-")


def test_each_figure_stands_once_on_a_page_of_its_own_part():
    assert Counter(it.stem for it in sources.SHOWN) == dict.fromkeys(sources.SCRIPTS, 1)
    for page, _, stem in sources.SHOWN:
        folder = (
            ""
            if len(sources.SCRIPTS[stem].relative_to(SNIPPETS).parts) == 1
            else (part_of(sources.SCRIPTS[stem]))
        )
        assert posixpath.dirname(page) == folder, stem


def test_each_figure_has_a_text_that_says_what_it_shows():
    assert not [it.stem for it in sources.SHOWN if len(it.alt.split()) < 10]


def test_each_recipe_is_shown_or_offered_on_a_page_of_its_part():
    for stem, path in sources.RECIPES.items():
        room = path.relative_to(SNIPPETS).with_suffix("").as_posix()
        ways = f'--8<-- "{room}.py', f"(../snippets/{room}.py)"
        found = [
            it
            for it, page in sources.NAMES.items()
            if any(w in page.text for w in ways)
        ]
        assert part_of(path) in map(posixpath.dirname, found), stem


def test_an_output_of_a_recipe_stands_beside_its_script():
    for name, page in sources.NAMES.items():
        for _, _, room, ending, _ in page.includes():
            if ending == ".txt" and "/recipes/" in room:
                ways = f'--8<-- "{room}.py', f"(../snippets/{room}.py)"
                assert any(it in page.text for it in ways), (name, room)


def test_each_study_is_shown_once_on_a_page_of_its_part_where_its_links_lead():
    for stem, path in sources.STUDIES.items():
        room = path.relative_to(SNIPPETS).with_suffix("").as_posix()
        line = f'--8<-- "{room}.md"\n'
        found = [name for name, it in sources.NAMES.items() if line in it.text]
        assert [*map(posixpath.dirname, found)] == [part_of(path)], stem
        assert sources.NAMES[found[0]].text.count(f"{{: #{stem} }}") == 1, stem


def test_a_lesson_points_to_each_study():
    linked = set().union(*(page.anchors for page in sources.NAMES.values()))
    assert set(sources.STUDIES) <= linked


def test_studies_read_in_one_sitting_and_say_how_they_measure():
    for stem, path in sources.STUDIES.items():
        lines = path.read_text("utf-8").splitlines()
        assert len(lines) <= 120, stem
        assert max(map(len, lines)) <= 88, stem
        assert len(snippets.docstring("\n".join(lines)).split()) >= 20, stem


def test_each_card_says_in_a_sentence_what_it_shows_and_how_it_was_measured():
    for stem, path in sources.SCRIPTS.items():
        title, _, rest = snippets.docstring(path.read_text("utf-8")).partition("\n")
        assert len(title.split()) >= 4, stem
        assert title.endswith("."), stem
        assert len(rest.split()) >= 4, stem


def test_values_to_try_are_few_and_enough_snippets_have_some():
    constants: dict[str, Counter] = {}
    for job in sources.VALUES.values():
        constants.setdefault(job.path.stem, Counter())[job.choice.name] += 1
    assert len(constants) >= 25
    for stem, counts in constants.items():
        assert len(counts) <= 2, stem
        assert max(counts.values()) <= 4, stem


def test_links_to_a_value_lead_to_the_page_that_shows_it():
    linked = set()
    for name, page in sources.NAMES.items():
        for path, stem, slug in sources.VALUE.findall(page.prose):
            assert f"{stem}:{slug}" in sources.VALUES, name
            target = posixpath.normpath(f"{posixpath.dirname(name)}/{path}")
            shown = [it.page for it in sources.SHOWN if it.stem == stem]
            assert shown == [target if path else name], f"{name}: {stem}:{slug}"
            linked.add(stem)
    assert len(linked) >= 20  # a prediction is answered by the run itself


def test_each_script_has_a_test_file_and_each_test_file_a_script():
    rooms = {
        path.relative_to(SNIPPETS).with_name(f"test_{stem}.py").as_posix()
        for stem, path in ALL.items()
        if path.parent.name != "recipes"
    }
    machinery = ("live", "site", "scripts", "practice/labs")
    tests = {
        path.relative_to(ROOT / "tests").as_posix()
        for path in (ROOT / "tests").rglob("test_*.py")
        if "def test_" in path.read_text("utf-8")
    }
    recipes = {
        it for it in tests if posixpath.basename(posixpath.dirname(it)) == "recipes"
    }
    assert {
        it for it in tests - recipes if posixpath.dirname(it) not in machinery
    } == rooms
    texts = {it: (ROOT / "tests" / it).read_text("utf-8") for it in recipes}
    for stem in sources.RECIPES:  # several share a file where they share a network
        assert any(stem in it + text for it, text in texts.items()), stem
    for it, text in texts.items():
        assert any(stem in it + text for stem in sources.RECIPES), it


def test_snippets_import_only_what_a_reader_has():
    allowed = {"numpy", "matplotlib", *sys.stdlib_module_names}
    for stem, path in sources.SCRIPTS.items():
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = getattr(node, "module", None)
                names = [module] if module else [it.name for it in node.names]
                assert {name.split(".")[0] for name in names} <= allowed, stem


def test_snippets_read_in_one_sitting():
    for stem, path in sources.SCRIPTS.items():
        lines = path.read_text("utf-8").splitlines()
        assert 15 <= len(lines) <= 64, stem  # 60, and a few that the field asks for
        assert max(map(len, lines)) <= 88, stem


def test_pages_have_a_title_and_a_description_for_search_engines():
    for name, page in sources.NAMES.items():
        assert page.front["title"], name
        assert 50 <= len(page.front["description"]) <= 160, name


def test_exempt_numbers_are_few_and_each_has_a_reason():
    kinds = "definition: ", "convention: ", "reference: "
    for name, page in sources.NAMES.items():
        exempt = page.front.get("numbers", {})
        assert len(exempt) <= 8, name
        for number, reason in exempt.items():
            assert prose.numbers(str(number)), (name, number)
            assert reason.startswith(kinds), (name, number)
