"""The same site from every way of building it: clean, after an edit, killed, twice."""

import contextlib
import os
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import small_project
from conftest import build
from small_project import edit, leftovers, must_build, said, tree

import check
import common

BUILD = ("-m", "mkdocs", "build", "--quiet")
RUN = ("scripts/run.py",)


@pytest.fixture
def expected(base: Path) -> dict[str, str]:
    """The site of the edited project, built elsewhere and from nothing."""
    return tree(small_project.edited(base) / "site")


def cold(root: Path) -> Path:
    """The project without its runs."""
    shutil.rmtree(root / "build/runs")
    return root


@pytest.mark.weekly
def test_clean_builds_in_two_folders_are_equal_byte_for_byte(
    tmp_path: Path, expected: dict[str, str]
) -> None:
    root = must_build(edit(small_project.make(tmp_path / "project")))
    assert {"sitemap.xml.gz", "pagefind/pagefind.js", "llms.txt"} <= set(expected)
    assert tree(root / "site") == expected


@pytest.mark.weekly
def test_a_build_after_an_edit_is_as_from_nothing_in_another_folder(
    project: Path, expected: dict[str, str]
) -> None:
    assert tree(must_build(edit(project)) / "site") == expected


def test_an_edit_changes_code_output_and_figure_on_the_page_together(
    project: Path,
) -> None:
    def shown() -> list[str]:
        page = (project / "site/index.html").read_text(encoding="utf-8")
        card = page[page.index('class="admonition card"') :]
        return re.findall(r"<code>.*?</code>|<figure.*?</figure>", card, re.S)

    before = shown()
    must_build(edit(project))
    after = shown()
    assert len(before) == len(after) == 4  # figure, constant, script, output
    changed = [old != new for old, new in zip(before, after, strict=True)]
    assert changed == [True, False, True, True]


def test_a_removed_snippet_takes_its_figure_along_and_stops_the_page_that_shows_it(
    project: Path,
) -> None:
    (project / "snippets/part/good.py").unlink()
    done = build(project / "site", root=project)
    assert done.returncode != 0
    assert "docs/index.md:11: no snippet makes part/good.py:top" in said(done)
    assert "docs/index.md:14: no snippet makes figures/good.svg" in said(done)
    small_project.write(
        project, {"docs/index.md": "---\ntitle: Start\n---\n\n# Start\n"}
    )
    must_build(project)
    assert not [name for name in tree(project / "site") if "good" in name]


@pytest.mark.weekly
def test_two_builds_at_once_do_not_harm_each_other(
    project: Path, expected: dict[str, str]
) -> None:
    cold(edit(project))
    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(must_build, project) for _ in range(2)]
        assert [job.result() for job in jobs] == [project, project]
    assert tree(project / "site") == expected
    assert leftovers(project) == []


@pytest.fixture
def start(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., subprocess.Popen]]:
    """Start a command in a process group of its own; nothing of it stays."""
    short = tempfile.mkdtemp()  # a socket's path may have a hundred characters
    (project.parent / "tmp").symlink_to(short)
    monkeypatch.setenv("TMPDIR", short)
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    # Jobs in the background ignore this signal, and so would all that they start.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    started = []

    def start(*command: str) -> subprocess.Popen:
        started.append(
            subprocess.Popen(
                [sys.executable, *command],
                cwd=project,
                start_new_session=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        return started[-1]

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    signal.signal(signal.SIGINT, before)
    shutil.rmtree(short, ignore_errors=True)


def wait_until(process: subprocess.Popen, happened: Callable[[], bool]) -> None:
    """Watch a process closely, to strike at the right moment; it must come."""
    while not happened():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.001)
            assert happened(), "it ended before that"


def strike(process: subprocess.Popen, whole_group: bool, sign: int) -> None:
    """Send a signal to a process, or to all that it started as well."""
    with contextlib.suppress(ProcessLookupError):
        (os.killpg if whole_group else os.kill)(process.pid, sign)
    process.wait()


RUNS = "tmp/*/**/stdout"  # what a snippet prints, while it runs


@pytest.mark.weekly
@pytest.mark.parametrize(
    ("moment", "delay", "whole_group"),
    [
        (RUNS, random.Random(1).random() / 4, False),  # a snippet runs
        (RUNS, random.Random(2).random() / 4, True),
        ("project/build/docs/snippets", 0, True),  # pages are staged
        ("project/.site-*/assets", random.Random(3).random() / 9, False),  # rendered
        ("project/.site-*/pagefind", 0, True),  # indexed
    ],
    ids=["run", "run, all", "stage", "write", "index"],
)
def test_after_a_kill_at_any_moment_the_next_build_is_right(
    moment: str,
    delay: float,
    whole_group: bool,
    project: Path,
    start: Callable[..., subprocess.Popen],
    expected: dict[str, str],
) -> None:
    cold(edit(project))
    shutil.rmtree(project / "build/docs")
    process = start(*BUILD)
    wait_until(process, lambda: any(project.parent.glob(moment)))
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(delay)
    strike(process, whole_group, signal.SIGKILL)
    must_build(project)
    assert tree(project / "site") == expected


@pytest.mark.weekly
def test_an_interrupted_build_leaves_only_the_last_good_site(
    project: Path,
    start: Callable[..., subprocess.Popen],
    base: Path,
) -> None:
    process = start(*BUILD)
    wait_until(process, lambda: any(project.glob(".site-*/*")))
    strike(process, True, signal.SIGINT)
    assert process.returncode != 0
    assert leftovers(project) == []
    assert tree(project / "site") == tree(small_project.good(base) / "site")


def pages(site: dict[str, str]) -> set[str]:
    """The names of all files but those whose content is in their name."""
    return {name for name in site if not name.startswith("pagefind/")}


@pytest.mark.weekly
def test_a_build_that_another_overtakes_still_ends_well(
    project: Path, start: Callable[..., subprocess.Popen], expected: dict[str, str]
) -> None:
    slower = start(*BUILD)
    wait_until(slower, lambda: any(project.glob(".site-*/assets")))
    os.kill(slower.pid, signal.SIGSTOP)
    must_build(edit(project))
    assert tree(project / "site") == expected
    os.kill(slower.pid, signal.SIGCONT)
    assert slower.wait() == 0
    assert pages(tree(project / "site")) == pages(expected)
    assert leftovers(project) == []


def test_two_builds_that_end_together_leave_one_whole_site(tmp_path: Path) -> None:
    def finish(build: int) -> None:
        for turn in range(100):
            new = tmp_path / f".site-{build}-{turn}"
            small_project.write(new, {"index.html": "a", "assets/site.css": "b"})
            check.replace(str(tmp_path / "site"), str(new))

    with ThreadPoolExecutor() as pool:
        list(pool.map(finish, range(2)))
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    assert set(tree(tmp_path / "site")) == {"index.html", "assets/site.css"}


def test_a_cache_entry_is_whole_at_any_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common, "BUILD", tmp_path)

    def save_and_load(run: int) -> bool:
        common.save("entry", "key", {"run": str(run) * 9999})
        return common.load("entry", "key") is not None

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(save_and_load, range(200)))
    assert [path.name for path in tmp_path.iterdir()] == ["entry"]


def members(group: int) -> set[int]:
    """The processes of a group."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended just now
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                found.add(int(path.parent.name))
    return found


@pytest.mark.weekly
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="watches processes by Linux")
@pytest.mark.parametrize("command", [BUILD, RUN], ids=["mkdocs", "run"])
def test_no_snippet_outlives_a_killed_build_by_more_than_its_time_limit(
    command: tuple[str, ...],
    project: Path,
    start: Callable[..., subprocess.Popen],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SNIPPET_SECONDS", "1")
    endless = '"""Endless."""\n\nprint("begun", flush=True)\nwhile True:\n    pass\n'
    small_project.write(project, {"snippets/part/endless.py": endless})
    process = start(*command)
    wait_until(
        process,
        lambda: any(path.stat().st_size for path in project.parent.glob(RUNS)),
    )
    orphans = members(process.pid) - {process.pid}
    assert orphans
    with contextlib.ExitStack() as stack:
        watched = [os.pidfd_open(pid) for pid in orphans]
        for descriptor in watched:
            stack.callback(os.close, descriptor)
        strike(process, False, signal.SIGKILL)
        ended = [select.select([one], [], [], 60)[0] for one in watched]
    assert all(ended)


@pytest.mark.weekly
def test_a_snippet_that_only_waits_is_stopped_at_its_line(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNIPPET_SECONDS", "1")  # of processor time: it uses none
    waits = '"""Waits."""\n\nimport time\n\ntime.sleep(10**6)\n'
    small_project.write(project, {"snippets/part/waits.py": waits})
    done = build(project / "site", root=project)
    assert done.returncode != 0
    assert "snippets/part/waits.py:5: does not end within" in said(done)
