"""A reader copies the code from the page, and it does what the page shows."""

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import snippets

ROOT = Path(__file__).resolve().parents[2]
PATHS = sorted((ROOT / "snippets").rglob("*.py"))
BLOCK = re.compile(
    r'<span class="filename"[^>]*>(.*?)</span><pre>.*?<code>(.*?)</code>', re.S
)


@pytest.fixture(scope="session")
def blocks(site: Path) -> list[tuple[str, str]]:
    """Title and text of every titled code block of the site, in order."""
    found = []
    for page in sorted(site.rglob("index.html")):
        for title, code in BLOCK.findall(page.read_text()):
            texts = (
                html.unescape(re.sub(r"<[^>]*>", "", part)) for part in (title, code)
            )
            found.append(tuple(texts))
    return found


def shown(path: Path, blocks: list[tuple[str, str]]) -> tuple[str, str]:
    """Code and output of a script, as its page shows them one below the other."""
    place = [title for title, _ in blocks].index(path.name)
    assert blocks[place + 1][0] == "Output"
    return blocks[place][1], blocks[place + 1][1]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_code_on_the_page_is_the_file(path, blocks):
    assert shown(path, blocks)[0].encode() == path.read_bytes()


@pytest.mark.parametrize("path", snippets.find().values(), ids=lambda path: path.stem)
def test_pasted_code_runs_alone_and_prints_what_the_page_shows(path, blocks, tmp_path):
    code, output = shown(path, blocks)
    (tmp_path / "pasted.py").write_bytes(code.encode())
    command = [sys.executable, "-I", "-W", "error", "pasted.py"]
    environment = {**os.environ, "MPLBACKEND": "agg", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, timeout=60
    )
    assert done.stderr.decode() == ""
    assert done.stdout.decode() == output
    assert [file.name for file in tmp_path.iterdir()] == ["pasted.py"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_download_is_the_file(path, site):
    room = path.relative_to(ROOT / "snippets")
    assert (site / "snippets" / room).read_bytes() == path.read_bytes()
