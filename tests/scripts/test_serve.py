"""Under `mkdocs serve` an edit reaches the page, and a broken one says so."""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import small_project
from conftest import ROOT

pytestmark = pytest.mark.weekly


class Server:
    """What `make serve` starts, in a project, what it says, and what it serves."""

    def __init__(self, project: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.project, self.address = project, f"http://127.0.0.1:{port}/"
        (options,) = re.findall("mkdocs serve(.*)", (ROOT / "Makefile").read_text())
        command = ["serve", *options.split(), "--dev-addr", f"127.0.0.1:{port}"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mkdocs", *command],
            cwd=project,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said = ""
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()

    def listen(self) -> None:
        """Note every line."""
        for line in self.process.stdout:
            self.said += line

    def get(self, name: str) -> str:
        """A file as it is served now, or nothing."""
        try:
            with urllib.request.urlopen(self.address + name, timeout=5) as answer:
                return answer.read().decode()
        except (OSError, http.client.HTTPException):  # it is busy
            return ""

    def wait_for(self, happened: Callable[[], bool]) -> None:
        """Wait until something is so; a minute is enough on any machine."""
        end = time.monotonic() + 60
        while not happened():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < end, self.said
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.1)

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a file as an editor does."""
        path = self.project / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a project whose value to try has never run."""
    base = tmp_path_factory.getbasetemp()
    project = small_project.copy(base, tmp_path_factory.mktemp("serve") / "project")
    (project / "build/runs/good~TOP=-0.75.json").unlink()
    made = Server(project)
    yield made
    with contextlib.suppress(ProcessLookupError):
        os.killpg(made.process.pid, signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        made.process.wait(30)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(made.process.pid, signal.SIGKILL)
    made.process.wait()
    made.thread.join()
    made.process.stdout.close()


def test_first_runs_show_at_once_and_values_follow_in_the_background(server):
    server.wait_for(lambda: "A line that rises." in server.get(""))
    assert 'id="good:TOP=-0.75"' in server.get("")
    server.wait_for(lambda: server.get("snippets/part/good/TOP=-0.75.txt") == "-0.75\n")
    assert (server.project / "build/runs/good~TOP=-0.75.json").exists()


def test_an_edit_of_a_page_reaches_the_page(server):
    server.edit("docs/practice/recipes.md", "there", "down there")
    server.wait_for(lambda: "down there" in server.get("practice/recipes/"))
    nav = re.sub("<[^>]*>", "", server.get("practice/recipes/"))
    for title in ("Start", "Glossary", "Gallery"):  # of pages that were not read again
        assert re.search(rf"^\s*{title}$", nav, re.M)


def test_an_edit_of_a_snippet_reaches_its_page_and_then_its_value(server):
    server.edit("snippets/part/good.py", "plt.plot([0,", "plt.plot([0, 9,")
    server.wait_for(lambda: "[0, 9," in server.get("snippets/part/good.py"))
    server.wait_for(lambda: ">9</span>" in server.get(""))
    value = "snippets/part/good/TOP=-0.75.py"
    server.wait_for(lambda: "[0, 9," in server.get(value))


def test_a_broken_edit_says_so_and_the_next_one_is_right_again(server):
    server.edit("snippets/part/good.py", "print(top())", "print(top(1))")
    server.wait_for(lambda: "snippets/part/good.py:15: TypeError" in server.said)
    server.edit("snippets/part/good.py", "print(top(1))", "print(top())  # again")
    server.wait_for(lambda: "# again" in server.get("snippets/part/good.py"))
    server.edit("docs/index.md", "and the number", "[the number](none.md)")
    words = "docs/index.md:8: the link none.md leads nowhere"
    server.wait_for(lambda: words in server.said)
    server.edit("docs/index.md", "[the number](none.md)", "the number,")
    server.wait_for(lambda: "the number, 1.25" in server.get(""))
