"""Run what is stale, snippets and labs, side by side; keep what they print and draw.

python scripts/run.py [name ...]    default: all snippets, their values to try, all labs
"""

import functools
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

import labs
import snippets
from common import BUILD, ProblemError, save, write
from snippets import Job, Result

ANNOUNCED = BUILD / "announced"  # `serve` watches it: values to try have run


def results(first_only: bool = False) -> tuple[dict[str, Result], dict[str, dict]]:
    """Every snippet's runs and every lab's, by name; what is stale runs first.

    It runs in a process of its own, because whoever calls (MkDocs, pytest) has threads
    and imports that must not reach the snippets. With `first_only`, runs with other
    values are those that are known.
    """
    for _ in range(5):  # again only if somebody edits a source while it runs
        jobs = snippets.jobs()
        runs = {name: snippets.cached(job) for name, job in jobs.items()}
        books = {path.stem: labs.cached(path) for path in labs.find()}
        wanted = [*books, *(n for n in jobs if not (first_only and jobs[n].choice))]
        stale = [name for name in wanted if not (books | runs)[name]]
        if not stale:
            known = {name: run for name, run in runs.items() if run}
            return known, {name: book for name, book in books.items() if book}
        command = [sys.executable, __file__, *stale]
        done = subprocess.run(command, stderr=subprocess.PIPE)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            # Not what a spare process of the pool says when it is no longer needed.
            named = "\n".join(re.findall(r"^[^\s:]+:\d+: .*", said, re.M))
            raise ProblemError(named or said or f"{__file__}:1: was killed")
    raise ProblemError(f"{__file__}:1: leaves no result of {', '.join(stale)}")


def start_rest() -> None:
    """Run the values to try in the background, and say so when any has run."""
    command = [sys.executable, __file__, "--announce"]
    subprocess.Popen(command, stdout=subprocess.DEVNULL)


def announce() -> Path:
    """Touch the file that `serve` watches."""
    write(ANNOUNCED, b"")
    return ANNOUNCED


def start_pool() -> ProcessPool:
    """One process a task, from a server that has imported matplotlib and then forks."""
    os.environ.update(snippets.ENVIRONMENT)
    if "forkserver" not in multiprocessing.get_all_start_methods():  # Windows
        return ProcessPool(os.cpu_count() or 1, max_tasks=1)
    context = multiprocessing.get_context("forkserver")
    drawing = ("pyplot", "backends.backend_agg", "backends.backend_svg")
    context.set_forkserver_preload([f"matplotlib.{name}" for name in drawing])
    return ProcessPool(os.cpu_count() or 1, max_tasks=1, context=context)


def keep(job: Job, future: Future, folder: Path) -> None:
    """Keep what a snippet left when it ended, or raise what is wrong."""
    try:
        save(*job.place, future.result())
    except (ProcessExpired, TimeoutError):  # it ended without a word
        trace = (folder / "stderr").read_text("utf-8", "replace").strip()
        lines = re.findall(rf'File "{re.escape(str(job.path))}", line (\d+)', trace)
        endless = lines and not re.match("Fatal Python error: (?!CPU)", trace)
        limit = f"does not end within {snippets.SECONDS} s"
        what = limit if endless else "ends the interpreter"
        raise job.problem(int(lines[0]) if lines else 1, what) from None


def main(names: list[str]) -> int:
    """Run what is stale of the names given (or of all); how many ran."""
    import child  # and matplotlib with it

    jobs, books = snippets.jobs(), {path.stem: path for path in labs.find()}
    if unknown := set(names) - set(jobs) - set(books):
        raise ProblemError(f"snippets:1: there is no {', '.join(sorted(unknown))}")
    chosen = names or [*books, *jobs]
    limit = snippets.PATIENCE + 30  # the process itself ends before, with its line
    running: dict[str, Callable[[], None]] = {}
    problems: dict[str, str] = {}
    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with folder as top, start_pool() as pool:
        for name in chosen:
            if name in books and not labs.cached(books[name]):
                running[name] = pool.schedule(labs.run, [books[name]]).result
            elif name in jobs and not snippets.cached(jobs[name]):
                job, place = jobs[name], Path(top, str(len(running)))
                place.mkdir()
                future = pool.schedule(child.run, [job, place], timeout=limit)
                running[name] = functools.partial(keep, job, future, place)
        for count, (name, finish) in enumerate(running.items(), 1):
            try:
                finish()
                print(f"[{count}/{len(running)}] {name}", flush=True)
            except ProblemError as error:
                if name.partition(":")[0] not in problems:  # or its values say the same
                    problems[name] = str(error)
    reused = len(chosen) - len(running)
    print(f"{len(running)} ran, {reused} reused, {len(problems)} failed")
    if problems:
        raise ProblemError("\n".join(problems.values()))
    return len(running)


if __name__ == "__main__":
    background = sys.argv[1:] == ["--announce"]
    try:
        if main([] if background else sys.argv[1:]) and background:
            announce()
    except ProblemError as error:
        sys.exit(str(error))
