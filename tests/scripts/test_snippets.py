"""Snippets and the values they name to try: how they are read, named and kept."""

import re
from pathlib import Path

import pytest

import common
import snippets

HEAD = '"""A title.\n\nHow, in\ntwo lines."""\n\n'
SOURCE = (
    HEAD
    + """\
WIDTH = 8  # try 2, 128
PLACE = "top"  # try "end", ('a', 1), [-1.5, 2e-3], -1.52e-3, True, None
OTHER = 3  # a comment
inner = 1


def double(x):
    '''Twice.'''
    return 2 * x


print(WIDTH, double(OTHER))
"""
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without anything."""
    for module in (common, snippets):
        for name in ("ROOT", "SNIPPETS", "BUILD"):
            folder = tmp_path / ("" if name == "ROOT" else name.lower())
            monkeypatch.setattr(module, name, folder, raising=False)
    (tmp_path / "snippets").mkdir()
    return tmp_path


@pytest.fixture
def snippet(project: Path) -> Path:
    """One that names values to try."""
    path = project / "snippets/part/one.py"
    path.parent.mkdir()
    path.write_text(SOURCE, encoding="utf-8")
    return path


def test_each_value_is_a_run_with_only_that_constant_changed(snippet):
    found = snippets.jobs()
    values = {name: job.choice.value for name, job in found.items() if job.choice}
    assert list(values.values()) == [
        *("2", "128", '"end"', "('a', 1)", "[-1.5, 2e-3]", "-1.52e-3", "True", "None")
    ]
    assert found["one"].source.decode() == SOURCE
    changed = "WIDTH = 8  #", "WIDTH = 128  #"
    assert found["one:WIDTH=128"].source.decode() == SOURCE.replace(*changed)
    for name, value in list(values.items())[2:]:
        changed = '= "top"  #', f"= {value}  #"
        assert found[name].source.decode() == SOURCE.replace(*changed)


def test_each_value_has_an_address_of_its_own_without_quotes_or_spaces(snippet):
    names = list(snippets.jobs())
    assert {"one", "one:WIDTH=2", "one:PLACE=end", "one:PLACE=-1.52e-3"} <= set(names)
    assert len(names) == 9
    for name in names[1:]:
        assert re.fullmatch(r"one:[A-Z]+=[\w.+-]+", name)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("A = 1  # try half", "as Python writes them"),
        ("A = 1  # try 1 +", "as Python writes them"),
        ("A = 1  # try 2 (which fails)", "as Python writes them"),
        ("A = 1  # try f(2)", "as Python writes them"),
        ("A = 1  # try 2, 2", "twice"),
        ("A = 1  # try 2, 1", "twice"),
        ("A = 'x'  # try \"x\"", "twice"),
    ],
)
def test_values_that_cannot_be_read_or_are_no_others_are_named(snippet, line, message):
    snippet.write_text(f"{HEAD}{line}\n")
    with pytest.raises(common.ProblemError, match=message) as caught:
        snippets.jobs()
    assert str(caught.value).startswith("snippets/part/one.py:6: `# try` ")


@pytest.mark.parametrize(
    "line",
    [
        "small = 1  # try 2",
        "    A = 1  # try 2",
        "A = 1 # try 2",
        "A = 1  # try",
        "A, B = 1, 2  # try 3",
        "f(1)  # try 2",
    ],
)
def test_values_that_would_be_overlooked_are_named(snippet, line):
    snippet.write_text(f"{HEAD}if 1:\n{line}\n    pass\n")
    with pytest.raises(common.ProblemError, match=r"one.py:7: .*# try"):
        snippets.jobs()


def test_prose_about_trying_is_no_value(snippet):
    snippet.write_text(
        '"""Title.\n\nA = 1: try 2."""\nprint(1)  # trying is learning\n'
    )
    assert list(snippets.jobs()) == ["one"]


def test_what_a_run_is_about_comes_from_its_docstring(snippet):
    result = snippets.Result(snippets.jobs()["one:WIDTH=2"], "")
    assert result.about == ("A title.", "How, in two lines.")
    assert result.room == "part/one"
    assert "WIDTH = 2 " in result.source
    snippet.write_text('"""Only a title."""\n')
    assert snippets.Result(snippets.jobs()["one"], "").about == ("Only a title.", "")


def test_one_function_is_its_text_with_its_docstring(snippet):
    result = snippets.Result(snippets.jobs()["one"], "")
    expected = "def double(x):\n    '''Twice.'''\n    return 2 * x"
    assert result.function("double") == expected
    assert result.function("triple") is None


def test_two_of_one_stem_and_a_stem_that_is_no_name_are_refused(snippet):
    second = snippet.parent.parent / "second/one.py"
    second.parent.mkdir()
    second.write_text(SOURCE)
    with pytest.raises(common.ProblemError, match=r"second/one.py:1: .*part/one.py"):
        snippets.find()
    second.rename(second.with_name("two-three.py"))
    with pytest.raises(common.ProblemError, match=r"two-three.py:1: "):
        snippets.find()


@pytest.mark.parametrize("stored", ["recipes/monitor_x.txt", "studies/wide.md"])
def test_a_recipe_or_study_is_shown_with_its_stored_output_and_never_run(
    snippet, stored
):
    output = snippet.parent / stored
    script = output.with_suffix(".py")
    script.parent.mkdir()
    script.write_text("import x\n")
    assert script.stem not in snippets.jobs()
    with pytest.raises(common.ProblemError, match=rf"{script.name}:1: .*{output.name}"):
        snippets.recipes()
    output.write_text("x 1.0\n")
    (found,) = snippets.recipes().values()
    assert (found.room, found.output) == (f"part/{stored.split('.')[0]}", "x 1.0\n")


def keys() -> dict[str, tuple[str, str]]:
    """Where each run is kept, and under which key."""
    return {name: job.place for name, job in snippets.jobs().items()}


def test_an_edit_of_a_snippet_makes_its_runs_stale_and_no_other(snippet):
    (snippet.parent / "two.py").write_text(HEAD)
    before = keys()
    assert len(set(before.values())) == len(before)
    snippet.write_text(SOURCE + "\n")
    after = keys()
    assert {name for name in before if before[name] == after[name]} == {"two"}


def test_a_run_is_known_until_its_entry_is_stale_cut_or_damaged(snippet):
    job = snippets.jobs()["one:WIDTH=2"]
    assert snippets.cached(job) is None
    common.save(*job.place, {"output": "1\n", "figure": "<svg/>"})
    assert snippets.cached(job).output == "1\n"
    assert snippets.cached(snippets.jobs()["one"]) is None
    entry = common.BUILD / job.place[0]
    whole = entry.read_bytes()
    for damaged in (whole[:-1], whole[: len(whole) // 2], b"", b"\xff" + whole[1:]):
        entry.write_bytes(damaged)
        assert snippets.cached(job) is None
    entry.write_bytes(whole.replace(b'"1', b'"2'))
    assert snippets.cached(job) is None
    entry.write_bytes(whole)
    snippet.write_text(SOURCE + "# more\n")
    assert snippets.cached(snippets.jobs()["one:WIDTH=2"]) is None


def test_a_problem_is_one_line_with_a_path_that_a_terminal_can_follow(project):
    error = common.problem(project / "docs/a.md", 3, "two\n  lines")
    assert str(error) == "docs/a.md:3: two lines"
    elsewhere = common.problem(project.parent / "b.md", 1, "x")
    assert str(elsewhere) == f"{project.parent}/b.md:1: x"


def test_no_two_lists_have_one_digest_and_the_order_counts():
    lists = [("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""), ("c", "ab")]
    assert len({common.digest(*parts) for parts in lists}) == len(lists)
    assert common.digest("é") == common.digest("é".encode())
