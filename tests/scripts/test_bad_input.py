"""Whatever an author gets wrong: one line that says where, and the old site stays."""

import functools
import itertools
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import small_project
from conftest import build
from small_project import leftovers, said, tree


class Fault(NamedTuple):
    """A file with something wrong in it: the line to be named, and what is said."""

    path: str
    content: str | bytes
    line: int | str  # or a pattern
    words: str


PLOT = "import matplotlib.pyplot as plt\nplt.plot([0])"


def snippet(name: str, body: str | bytes, line: int | str, words: str) -> Fault:
    """A fault of a snippet that is all right otherwise; PLOT draws."""
    source = body if isinstance(body, bytes) else body.encode()
    title = b"" if name == "no_title" else b'"""Bad."""\n'
    content = title + source.replace(b"PLOT", PLOT.encode())
    return Fault(f"snippets/bad/{name}.py", content, line, words)


def page(name: str, body: str, line: int | str, words: str) -> Fault:
    """A fault of a page that is all right otherwise."""
    content = body if "# Bad" in body else f"---\ntitle: Bad\n---\n\n# Bad\n\n{body}\n"
    return Fault(f"docs/bad/{name}.md", content, line, words)


SNIPPETS = [  # the line is that of the file, whose first is the title
    snippet("syntax", "\nprint(1\n", 3, "SyntaxError: '\\(' was never closed"),
    snippet("exception", "x = 0\n\n1 / x\n", 4, "ZeroDivisionError: division by zero"),
    snippet(
        "inside",
        "def f():\n    1 / 0\n\n\nf()\n",
        3,
        "ZeroDivisionError: division by zero",
    ),
    snippet("leaves", "raise SystemExit('enough')\n", 2, "SystemExit: enough"),
    snippet("warning", "import warnings\nwarnings.warn('old')\n", 3, "UserWarning: ol"),
    snippet("numpy", "import numpy\nnumpy.log(numpy.zeros(1))\n", 3, "divide by zero"),
    snippet("drawing", "PLOT\nprint(1)\nplt.title('あ')\n", 1, "Glyph .* missing"),
    snippet(
        "complains",
        "import sys\nPLOT\nprint(1)\nprint('oh', file=sys.stderr)\n",
        1,
        "writes to the error stream: oh",
    ),
    snippet("decodes", "\nb'\\xff'.decode()\n", 3, "can't decode byte 0xff"),
    snippet("no_figure", "print(1)\n", 1, "makes 0 figures"),
    snippet("two_figures", "PLOT\nprint(1)\nplt.figure()\n", 1, "makes 2 figures"),
    snippet("wide", "PLOT\nprint(1)\nplt.gcf().set_figwidth(9)\n", 1, "is wider than"),
    snippet(
        "colour",
        "PLOT\nprint(1)\nplt.plot([1], color='#123456')\n",
        1,
        "#123456 follows no colour scheme",
    ),
    snippet("no_output", "PLOT\n", 1, "prints nothing"),
    snippet("no_title", "PLOT\nprint(1)\n", 1, "no docstring"),
    snippet(
        "exits",
        "PLOT\nprint(1)\nimport os\nos._exit(0)\n",
        6,
        "SystemExit",
    ),
    snippet("crashes", "import ctypes\n\nctypes.string_at(0)\n", 4, "ends the interp"),
    snippet("floods", "for _ in range(100):\n    print('x' * 10**6)\n", 3, "too large"),
    snippet("undecodable", b"PLOT\nprint('\xff')\n", 4, "can't decode byte 0xff"),
    snippet(
        "prints_undecodable",
        "PLOT\nimport sys\nsys.stdout.buffer.write(b'1\\xff')\n",
        1,
        "prints bytes that are not UTF-8",
    ),
    snippet("reads", "\nopen('data.csv')\n", 3, "reads and writes no files, .*data.c"),
    snippet("lists", "import os\nos.listdir('/')\n", 3, "reads and writes no files, h"),
    snippet("makes_a_folder", "import os\nos.mkdir('x')\n", 3, "reads and writes no f"),
    snippet(
        "connects",
        "import socket\nsocket.create_connection(('127.0.0.1', 9))\n",
        3,
        "uses no network",
    ),
    snippet(
        "fetches",
        "from urllib.request import urlopen\n\nurlopen('http://127.0.0.1:9')\n",
        4,
        "uses no network",
    ),
    snippet("program", "import subprocess\nsubprocess.run(['true'])\n", 3, "no proces"),
    snippet("forks", "import os\nos.fork()\n", 3, "no processes"),
    snippet("values_too", "N = 1  # try 2\n1 / 0\n", 3, "ZeroDivisionError"),
    snippet(
        "value_fails",
        "WIDTH = 1  # try 2, 0\nPLOT\nprint(1 / WIDTH)\n",
        5,
        "with WIDTH = 0: ZeroDivisionError: division by zero",
    ),
    snippet(
        "value_warns",
        "import numpy\nKIND = 'a'  # try 'b'\nPLOT\nnumpy.log([KIND < 'b'])\nprint(1)",
        6,
        "with KIND = 'b': RuntimeWarning: divide by zero",
    ),
    snippet(
        "value_draws_nothing",
        "PLOT\nSHOWN = True  # try False\nprint(1)\nSHOWN or plt.close()\n",
        1,
        "with SHOWN = False: ValueError: makes 0 figures",
    ),
]
LAB = {
    "cells": [
        {"id": name, "cell_type": "code", "metadata": {}, "source": [source]}
        | {"execution_count": None, "outputs": []}
        for name, source in {"first": "print(1)", "second": "print(2)\n1 / 0"}.items()
    ],
    "metadata": {"title": "Lab", "kernelspec": {"name": "python3", "display_name": ""}},
    "nbformat": 4,
    "nbformat_minor": 5,
}
LABS = [
    Fault(
        "docs/practice/labs/bad.ipynb",
        json.dumps(LAB, indent=1),
        14,
        "cell second: ZeroDivisionError: division by zero",
    )
]
ENDLESS = [  # with one second of processor time for each
    snippet("loops", "while True: pass\n", 2, "does not end within 1 s"),
    snippet(
        "loops_in_c",
        "import re\n\nre.match('(a+)+$', 'a' * 40 + 'b')\n",
        4,
        "does not end within 1 s",
    ),
    snippet(
        "value_loops",
        "STEP = 1  # try 0\nPLOT\nx = 0\nwhile x < 1:\n    x += STEP\nprint(x)\n",
        "[67]",
        "with STEP = 0: does not end within 1 s",
    ),
]
PAGES = [  # the prose of most of them is on line 7
    page("script", '``` python\n--8<-- "part/none.py"\n```', 8, "makes part/none.py"),
    page("output", '``` text\n--8<-- "part/none.txt"\n```', 8, "makes part/none.txt"),
    page("function", '``` python\n--8<-- "part/good.py:no"\n```', 8, "good.py:no"),
    page(
        "figure", "![A line](../figures/none.svg)", 7, "no snippet makes figures/none"
    ),
    page("value", "[x](../index.md#good:TOP=9)", 7, "there is no run good:TOP=9"),
    page("command", "See $\\frobnicate$.", 7, "Undefined control sequence: .frobnic"),
    page("brace", "$$\n\\frac{1\n$$", "[78]", "KaTeX parse error: .*\\}"),
    page("letter", "See $x é$.", 7, "é"),
    page("silent", "![](../figures/good.svg)", 7, "good.svg has no alternative text"),
    page("silent_html", '<img src="../../assets/icon.svg">', 7, "icon.svg has no alte"),
    page("number", "It is 7.77 wide.", 7, "no snippet of this page prints 7.77"),
    page("power", "It is $3 \\times 10^{-7}$.", 7, "no snippet .* prints 3E-7"),
    page("study", "It is 7.5 × 10⁻⁷.", 7, "no snippet of this page prints 7.5E-7"),
    page("elsewhere", "It is 1.25 wide.", 7, "no snippet of this page prints 1.25"),
    page(
        "outside_the_fold",
        '??? success "x"\n\n    −0.75, [see](../index.md#good:TOP=-0.75)\n\n−0.75!',
        11,
        "no snippet of this page prints -0.75",
    ),
    page(
        "unlinked",
        '??? success "x"\n\n    −0.75\n\n[y](../index.md#good:TOP=-0.75)',
        9,
        "no snippet of this page prints -0.75",
    ),
    page(
        "exempt",
        '---\ntitle: Bad\nnumbers:\n  "0.75": three quarters\n---\n\n# Bad',
        4,
        "the exemption of 0.75 is not used",
    ),
    page(
        "exempt_unquoted",
        "---\ntitle: Bad\nnumbers:\n  0.75: three quarters\n---\n\n# Bad",
        4,
        "the exemption of 0.75 is not used",
    ),
    page("exempt_list", "---\ntitle: x\nnumbers: [0.75]\n---\n\n# Bad", 3, "numbers"),
    page("exempt_word", "---\ntitle: x\nnumbers:\n  half: y\n---\n\n# Bad", 4, "half"),
]
UNREADABLE = [
    page("yaml", "---\ntitle: Bad\nnumbers: {x\n---\n\n# Bad", "[34]", "front matter"),
    page("list", "---\n- title\n---\n\n# Bad", "[12]", "front matter"),
    Fault("docs/bad/bytes.md", b"# Bad\n\nOne.\n\xff\n", 4, ".*0xff"),
    Fault("docs/bad/cut.ipynb", '{"cells": [\n', 2, "no notebook"),
    Fault("docs/bad/old.ipynb", '{"cells": [{}], "metadata": {}}', 1, "no notebook"),
]
NAVIGATION = [
    page("lost", "A page.", 1, "is in no navigation"),
    Fault("mkdocs.yml", "", 7, "there is no .*docs/bad/none.md"),
]
LINKS = [
    page("page", "[x](nowhere.md)", 7, "nowhere.md leads nowhere"),
    page("anchor", "[x](#none)", 7, "#none names no anchor"),
    page("anchor_elsewhere", "[x](../index.md#none)", 7, "#none names no anchor"),
    page("value", '<a href="../../#good:TOP=9">x</a>', 7, "TOP=9 names no anchor"),
    page("html", '<a href="../none/">x</a>', 7, "../none/ leads nowhere"),
    page("html_root", '<a href="/reference/glossary/">x</a>', 7, "below a path"),
    page("root", "[x](/reference/glossary.md)", 7, "below a path"),
    page("malformed", '<a href="http://[x">x</a>', 7, r"http://\[x"),
    page("image", "![A dot](https://example.org/x.png)", 7, "loads from another host"),
    page("asset", "![A dot](../assets/none.png)", 7, "none.png leads nowhere"),
    page("script", '<script src="//example.org/x.js"></script>', 7, "another host"),
    page(
        "sizes",
        '<img src="../../assets/icon.svg" srcset="//example.org/x.png 2x" alt="x">',
        7,
        "loads from another host",
    ),
    Fault("lost.html", "<p>Nobody links here.</p>", 1, "no page links to"),
]
GROUPS = {  # all of a group are found in one build
    "snippets": [*SNIPPETS, *LABS],
    "endless": ENDLESS,
    "pages": PAGES,
    "unreadable": UNREADABLE,
    "navigation": NAVIGATION,
    "links": LINKS,
}


def files_of(group: str) -> dict[str, str | bytes]:
    """The files of a group, and a navigation with its pages."""
    files = {fault.path: fault.content for fault in GROUPS[group]}
    if "lost.html" in files:
        files["docs/lost.html"] = files.pop("lost.html")
    names = [name.removeprefix("docs/") for name in files if name.startswith("docs/")]
    if group == "navigation":
        names = ["bad/none.md"]
    return files | small_project.config(*(it for it in names if it != "lost.html"))


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all projects of this session."""
    return tmp_path_factory.getbasetemp()


@functools.cache
def built(group: str, base: Path) -> tuple[Path, subprocess.CompletedProcess]:
    """The good project after a build with everything of a group gone wrong."""
    root = small_project.copy(base, base / group)
    small_project.write(root, files_of(group))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SNIPPET_SECONDS", "1" if group == "endless" else "9")
        return root, build(root / "site", root=root)


def problems(done: subprocess.CompletedProcess) -> list[str]:
    """The lines that name a file and a line."""
    return re.findall(r"^[\w./-]+:\d+: .*", said(done), re.M)


def assert_stopped(root: Path, done: subprocess.CompletedProcess, base: Path) -> None:
    """The build failed in words, not in a traceback, and changed nothing."""
    assert done.returncode != 0
    assert "Traceback" not in said(done)
    assert tree(root / "site") == tree(small_project.good(base) / "site")
    assert leftovers(root) == []


@pytest.mark.parametrize(
    ("group", "fault"),
    [
        pytest.param(group, fault, id=f"{group}-{Path(fault.path).stem}")
        for group, faults in GROUPS.items()
        for fault in faults
    ],
)
def test_bad_input_is_named_once_by_file_and_line(
    group: str, fault: Fault, base: Path
) -> None:
    _, done = built(group, base)
    found = [text for text in problems(done) if text.startswith(f"{fault.path}:")]
    assert len(found) == 1, said(done)
    assert re.match(f"{re.escape(fault.path)}:{fault.line}: .*{fault.words}", found[0])


@pytest.mark.parametrize("group", GROUPS)
def test_bad_input_stops_the_build_and_leaves_the_last_good_site_untouched(
    group: str, base: Path
) -> None:
    root, done = built(group, base)
    assert_stopped(root, done, base)
    assert len(problems(done)) == len(GROUPS[group]), "what is right is not named"


@pytest.fixture
def project(tmp_path: Path, base: Path) -> Path:
    """A good project to spoil."""
    return small_project.copy(base, tmp_path / "project")


def two_of_one_stem(root: Path) -> None:
    shutil.copytree(root / "snippets/part", root / "snippets/second")


def values_that_are_no_python(root: Path) -> None:
    path = root / "snippets/part/good.py"
    path.write_text(path.read_text().replace("try -0.75", "try 0.5, half"))


def tampered_katex(root: Path) -> None:
    (link,) = (root / "build").glob("katex-*")
    target = link.resolve()
    link.unlink()
    with (shutil.copytree(target, link) / "katex.min.js").open("a") as file:
        file.write(" ")


def runs_that_cannot_be_written(root: Path) -> None:
    shutil.rmtree(root / "build/runs")
    (root / "build/runs").touch()


ALONE = {  # each of these stops the build before anything else is looked at
    two_of_one_stem: r"snippets/second/good.py:1: .*part/good.py has this stem",
    values_that_are_no_python: r"snippets/part/good.py:7: `# try` ",
    tampered_katex: r"build/katex-[\d.]+/katex.min.js:1: differs from KaTeX",
    runs_that_cannot_be_written: r"build/runs/\S+.json:1: cannot be written",
}


@pytest.mark.parametrize("spoil", ALONE, ids=lambda spoil: spoil.__name__)
def test_one_bad_thing_stops_the_build_with_one_line(
    spoil: Callable[[Path], None], project: Path, base: Path
) -> None:
    spoil(project)
    done = build(project / "site", root=project)
    assert_stopped(project, done, base)
    found = problems(done)
    assert len(set(found)) == len(found) > 0, said(done)
    assert all(re.match(ALONE[spoil], line) for line in found), said(done)


def test_a_full_disk_stops_the_run_and_keeps_no_half_entry(project: Path) -> None:
    shutil.rmtree(project / "build/runs")
    command = 'ulimit -S -f 8 && exec "$0" scripts/run.py good'  # 8 blocks a file
    done = subprocess.run(
        ["sh", "-c", command, sys.executable],
        cwd=project,
        text=True,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode != 0
    line = r"^build/runs/good.json:1: cannot be written .*make room"
    assert re.search(line, done.stderr, re.M), said(done)
    assert not any((project / "build/runs").iterdir())
    assert leftovers(project) == []


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def emptied(data: bytes) -> bytes:
    return b""


def one_bit_flipped(data: bytes) -> bytes:
    return data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]


def not_text(data: bytes) -> bytes:
    return b"\xff" + data


def test_a_damaged_cache_entry_is_made_again_without_a_word(
    project: Path, base: Path
) -> None:
    entries = sorted((project / "build").glob("**/*.json"))
    damages = cut, emptied, one_bit_flipped, not_text
    assert len(entries) >= len(damages)
    for path, damage in zip(entries, itertools.cycle(damages), strict=False):
        path.write_bytes(damage(path.read_bytes()))
    small_project.must_build(project)
    assert tree(project / "site") == tree(small_project.good(base) / "site")
