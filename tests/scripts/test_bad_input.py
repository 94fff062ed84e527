"""Whatever an author gets wrong: one line that says where, and the old site stays."""

import functools
import itertools
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import small_project
from conftest import build
from small_project import leftovers, said, tree

# What is wrong: the content, the line to be named, and what is said of it.
SNIPPETS = {
    "syntax": ("\nprint(1\n", 3, "SyntaxError: '\\(' was never closed"),
    "exception": ("x = 0\n\n1 / x\n", 4, "ZeroDivisionError: division by zero"),
    "leaves": ("raise SystemExit('enough')\n", 2, "SystemExit: enough"),
    "warning": ("import warnings\nwarnings.warn('old')\n", 3, "UserWarning: old"),
    "numpy_warning": ("import numpy\nnumpy.log(numpy.zeros(1))\n", 3, "divide by zero"),
    "drawing_warning": ("PLOT\nprint(1)\nplt.title('あ')\n", 1, "Glyph .* missing"),
    "complains": (
        "import sys\nPLOT\nprint(1)\nprint('oh', file=sys.stderr)\n",
        1,
        "writes to the error stream: oh",
    ),
    "decodes": ("\nb'\\xff'.decode()\n", 3, "can't decode byte 0xff"),
    "no_figure": ("print(1)\n", 1, "makes 0 figures"),
    "two_figures": ("PLOT\nprint(1)\nplt.figure()\n", 1, "makes 2 figures"),
    "no_output": ("PLOT\n", 1, "prints nothing"),
    "no_title": ("PLOT\nprint(1)\n", 1, "no docstring"),
    "exits": ("PLOT\nprint(1)\nimport os\nos._exit(0)\n", 1, "ends the interpreter"),
    "crashes": ("import ctypes\n\nctypes.string_at(0)\n", 4, "ends the interpreter"),
    "floods": ("for _ in range(100):\n    print('x' * 10**6)\n", 3, "too large"),
    "undecodable": (b"PLOT\nprint('\xff')\n", 4, "can't decode byte 0xff"),
    "prints_undecodable": (
        "PLOT\nimport sys\nsys.stdout.buffer.write(b'1\\xff')\n",
        1,
        "prints bytes that are not UTF-8",
    ),
    "reads": ("\nopen('data.csv')\n", 3, "reads and writes no files, here .*data.csv"),
    "lists": ("import os\nos.listdir('/')\n", 3, "reads and writes no files, here /"),
    "makes_a_folder": ("import os\nos.mkdir('new')\n", 3, "reads and writes no files"),
    "connects": (
        "import socket\nsocket.create_connection(('127.0.0.1', 9))\n",
        3,
        "uses no network",
    ),
    "fetches": (
        "from urllib.request import urlopen\n\nurlopen('http://127.0.0.1:9')\n",
        4,
        "uses no network",
    ),
    "runs_a_program": (
        "import subprocess\nsubprocess.run(['true'])\n",
        3,
        "no processes",
    ),
    "forks": ("import os\nos.fork()\n", 3, "no processes"),
}
ENDLESS = {
    "loops": ("while True: pass\n", 2, "does not end within 1 s"),
    "loops_in_c": (
        "import re\n\nre.match('(a+)+$', 'a' * 40 + 'b')\n",
        4,
        "does not end within 1 s",
    ),
}
PAGES = {
    "snippet": ('``` python\n--8<-- "part/none.py"\n```', 4, "no snippet makes part/n"),
    "output": ('``` text\n--8<-- "part/none.txt"\n```', 4, "no snippet makes part/n"),
    "command": ("See $\\frobnicate$.", 3, "Undefined control sequence: .frobnicate"),
    "brace": ("$$\n\\frac{1\n$$", 4, "KaTeX parse error: .*\\}"),
    "letter": ("See $x é$.", 3, "é"),
    "silent": ("![](../figures/good.svg)", 3, "good.svg has no alternative text"),
    "silent_html": (
        '<img src="../../figures/good.svg">',
        3,
        "good.svg has no alternative text",
    ),
    "number": ("It is 7.77 wide.", 3, "no snippet of this page prints 7.77"),
    "power": ("It is $3 \\times 10^{-7}$.", 3, "no snippet of this page prints 3E-7"),
    "elsewhere": ("It is 1.25 wide.", 3, "no snippet of this page prints 1.25"),
    "exempt": (
        '---\nnumbers:\n  "0.75": three quarters\n---\n\n# Bad',
        3,
        "the exemption of 0.75 is not used",
    ),
    "exempt_unquoted": (
        "---\nnumbers:\n  0.75: three quarters\n---\n\n# Bad",
        3,
        "the exemption of 0.75 is not used",
    ),
    "exempt_list": ("---\nnumbers: [0.75]\n---\n\n# Bad", 2, "numbers"),
    "exempt_word": ("---\nnumbers:\n  half: why\n---\n\n# Bad", 3, "half"),
}
LINKS = {
    "page": ("[x](nowhere.md)", 3, "nowhere.md leads nowhere"),
    "figure": ("![A line](../figures/none.svg)", 3, "none.svg leads nowhere"),
    "anchor": ("[x](#none)", 3, "#none names no anchor"),
    "anchor_elsewhere": ("[x](../index.md#none)", 3, "#none names no anchor"),
    "html": ('<a href="../none/">x</a>', 3, "../none/ leads nowhere"),
    "html_root": ('<a href="/reference/glossary/">x</a>', 3, "below a path"),
    "root": ("[x](/reference/glossary.md)", 3, "below a path"),
    "malformed": ('<a href="http://[x">x</a>', 3, r"http://\[x"),
    "image": ("![A dot](https://example.org/x.png)", 3, "loads from another host"),
    "script": (
        '<script src="//example.org/x.js"></script>',
        3,
        "loads from another host",
    ),
    "sizes": (
        '<img src="../../assets/icon.svg" srcset="//example.org/x.png 2x" alt="x">',
        3,
        "loads from another host",
    ),
}
PLOT = "import matplotlib.pyplot as plt\nplt.plot([0])"


def snippet_files(
    snippets: dict[str, tuple[str | bytes, int, str]],
) -> dict[str, bytes]:
    """A snippet for each kind, titled unless the title is what is missing."""
    files = {}
    for name, (content, _, _) in snippets.items():
        body = content if isinstance(content, bytes) else content.encode()
        title = b"" if name == "no_title" else b'"""Bad."""\n'
        body = title + body.replace(b"PLOT", PLOT.encode())
        files[f"snippets/bad/{name}.py"] = body
    return files


def page_files(pages: dict[str, tuple[str, int, str]]) -> dict[str, str]:
    """A page for each kind, and a navigation with all of them."""
    files = {
        f"docs/bad/{name}.md": content if "# Bad" in content else f"# Bad\n\n{content}"
        for name, (content, _, _) in pages.items()
    }
    names = "".join(f", {name.removeprefix('docs/')}" for name in files)
    nav = f"nav: [index.md, reference/glossary.md{names}]\n"
    return {**files, "mkdocs.yml": f"INHERIT: base.yml\n{nav}"}


GROUPS = {  # all of a group are found in one build
    "snippets": (SNIPPETS, snippet_files(SNIPPETS), "snippets/bad/{}.py"),
    "endless": (ENDLESS, snippet_files(ENDLESS), "snippets/bad/{}.py"),
    "pages": (PAGES, page_files(PAGES), "docs/bad/{}.md"),
    "links": (LINKS, page_files(LINKS), "docs/bad/{}.md"),
}


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all projects of this session."""
    return tmp_path_factory.getbasetemp()


@functools.cache
def built(group: str, base: Path) -> tuple[Path, subprocess.CompletedProcess]:
    """The good project after a build with everything of a group gone wrong."""
    root = small_project.copy(base, base / group)
    small_project.write(root, GROUPS[group][1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SNIPPET_SECONDS", "1" if group == "endless" else "30")
        return root, build(root / "site", root=root)


def assert_stopped(root: Path, done: subprocess.CompletedProcess, base: Path) -> None:
    """The build failed in words, not in a traceback, and changed nothing."""
    assert done.returncode != 0
    assert "Traceback" not in said(done)
    assert tree(root / "site") == tree(small_project.good(base) / "site")
    assert leftovers(root) == []


@pytest.mark.parametrize(
    ("group", "name"), [(group, name) for group in GROUPS for name in GROUPS[group][0]]
)
def test_bad_input_is_named_once_by_file_and_line(
    group: str, name: str, base: Path
) -> None:
    kinds, _, pattern = GROUPS[group]
    _, line, words = kinds[name]
    path = pattern.format(name)
    _, done = built(group, base)
    found = [text for text in said(done).splitlines() if text.startswith(f"{path}:")]
    assert len(found) == 1, said(done)
    assert re.match(f"{re.escape(path)}:{line}: .*{words}", found[0])


@pytest.mark.parametrize("group", GROUPS)
def test_bad_input_stops_the_build_and_leaves_the_last_good_site_untouched(
    group: str, base: Path
) -> None:
    assert_stopped(*built(group, base), base)


@pytest.fixture
def project(tmp_path: Path, base: Path) -> Path:
    """A good project to spoil."""
    return small_project.copy(base, tmp_path / "project")


def own_katex(root: Path) -> Path:
    """The project's KaTeX as a copy that may be damaged."""
    (link,) = (root / ".cache").glob("katex-*")
    target = link.resolve()
    link.unlink()
    return shutil.copytree(target, link)


def two_of_one_stem(root: Path) -> None:
    shutil.copytree(root / "snippets/part", root / "snippets/second")


def tampered_katex(root: Path) -> None:
    with (own_katex(root) / "katex.min.js").open("a") as file:
        file.write(" ")


def incomplete_katex(root: Path) -> None:
    (own_katex(root) / "fonts/KaTeX_Main-Regular.woff2").unlink()


def no_katex_and_no_network(root: Path) -> None:
    shutil.rmtree(own_katex(root))


def cache_that_cannot_be_written(root: Path) -> None:
    shutil.rmtree(root / ".cache/snippets")
    (root / ".cache/snippets").touch()


def formula_cache_that_cannot_be_written(root: Path) -> None:
    (root / ".cache/formulas.json").unlink(missing_ok=True)
    (root / ".cache/formulas.json").mkdir()


def undecodable_page(root: Path) -> None:
    with (root / "docs/index.md").open("ab") as file:
        file.write(b"\n\xff\n")


ALONE = {  # each of these stops the build before anything else is looked at
    two_of_one_stem: r"snippets/second/good.py:1: .*part/good.py has this stem",
    tampered_katex: r"\.cache/katex-[\d.]+/katex.min.js:1: differs from KaTeX",
    incomplete_katex: r"\.cache/katex-.*/KaTeX_Main-Regular.woff2:1: is missing",
    no_katex_and_no_network: r"\.cache/katex-[\d.]+:1: cannot fetch KaTeX",
    cache_that_cannot_be_written: r"\.cache/snippets/\w+.json:1: cannot write the cach",
    formula_cache_that_cannot_be_written: r"\.cache/formulas.json:1: cannot write",
    undecodable_page: r"docs/index.md:15: .*0xff",
}


@pytest.mark.parametrize("spoil", ALONE, ids=lambda spoil: spoil.__name__)
def test_one_bad_thing_stops_the_build_with_one_line(
    spoil: Callable[[Path], None],
    project: Path,
    base: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # no network in any of them
    spoil(project)
    done = build(project / "site", root=project)
    assert_stopped(project, done, base)
    found = re.findall(r"^[\w./-]+:\d+: .*", said(done), re.M)
    assert len(set(found)) == len(found) > 0
    assert all(re.match(ALONE[spoil], line) for line in found), said(done)


def test_a_page_outside_the_navigation_stops_even_a_quiet_build(
    project: Path, base: Path
) -> None:
    small_project.write(project, {"docs/lost.md": "# Lost\n"})
    done = build(project / "site", root=project)
    assert_stopped(project, done, base)


def test_a_full_cache_stops_the_run_and_keeps_no_half_entry(project: Path) -> None:
    shutil.rmtree(project / ".cache/snippets")
    command = 'ulimit -S -f 8 && exec "$0" scripts/snippets.py good'  # 8 blocks a file
    done = subprocess.run(
        ["sh", "-c", command, sys.executable],
        cwd=project,
        text=True,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode != 0
    line = r"\.cache/snippets/good.json:1: cannot write the cache .*make room"
    assert re.match(line, done.stderr)
    assert not any((project / ".cache/snippets").iterdir())


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def emptied(data: bytes) -> bytes:
    return b""


def one_bit_flipped(data: bytes) -> bytes:
    return data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]


def not_text(data: bytes) -> bytes:
    return b"\xff" + data


@pytest.mark.parametrize("damages", [(cut, not_text), (one_bit_flipped, emptied)])
def test_a_damaged_cache_entry_is_made_again_without_a_word(
    damages: tuple[Callable[[bytes], bytes], ...], project: Path, base: Path
) -> None:
    entries = sorted((project / ".cache").glob("**/*.json"))
    for path, damage in zip(entries, itertools.cycle(damages), strict=False):
        path.write_bytes(damage(path.read_bytes()))
    small_project.must_build(project)
    assert tree(project / "site") == tree(small_project.good(base) / "site")
