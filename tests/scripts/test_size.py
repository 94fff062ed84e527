"""The machinery stays small enough to be read in one sitting."""

from conftest import ROOT

TOOLS = {
    "benchmark.py",
    "look.py",
    "storeys.py",
    "study.py",
}  # they measure and look; they make nothing
LINES = {
    path.name: len(path.read_text("utf-8").splitlines())
    for path in (ROOT / "scripts").rglob("*.py")
}


def test_all_of_it_has_at_most_1825_lines():
    own = {name: lines for name, lines in LINES.items() if name not in TOOLS}
    assert len(own) > 10
    assert sum(own.values()) <= 1825, own


def test_no_file_has_more_than_200_lines():
    assert max(LINES.values()) <= 200, LINES


def test_what_knows_mkdocs_is_one_file_of_less_than_60_lines():
    assert LINES["hooks.py"] < 60
    for path in (ROOT / "scripts").rglob("*.py"):
        imports = [
            line
            for line in path.read_text("utf-8").splitlines()
            if line.strip().startswith(("import mkdocs", "from mkdocs"))
        ]
        assert not imports or path.name == "hooks.py", imports
