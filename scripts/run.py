"""Run what is stale, snippets and labs, side by side; keep what they print and draw.

python scripts/run.py [name ...]    default: all snippets, their values to try, all labs
"""

import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import Future
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

import labs
import snippets
from common import BUILD, ProblemError, SnippetError, save, write
from snippets import Job, Result

ANNOUNCED = BUILD / "announced"  # `serve` watches it: values to try have run


def results(first_only: bool = False) -> tuple[dict[str, Result], dict[str, dict]]:
    """Every snippet's runs and every lab's, by name; what is stale runs first.

    It runs in a process of its own, because whoever calls (MkDocs, pytest) has threads
    and imports that must not reach the snippets. With `first_only`, runs with other
    values are those that are known.
    """
    while True:  # again only if somebody edits a source while it runs
        jobs = snippets.jobs()
        runs = {name: snippets.cached(job) for name, job in jobs.items()}
        notebooks = {path.stem: labs.cached(path) for path in labs.find()}
        wanted = [n for n in runs if not (first_only and jobs[n].choice)]
        stale = [n for n in [*notebooks, *wanted] if not (notebooks | runs)[n]]
        if not stale:
            known = {name: run for name, run in runs.items() if run}
            return known, {name: lab for name, lab in notebooks.items() if lab}
        done = subprocess.run(
            [sys.executable, __file__, *stale], stderr=subprocess.PIPE
        )
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise ProblemError(said or f"{__file__}:1: was killed")


def start_rest() -> None:
    """Run the values to try in the background, and say so when any has run."""
    subprocess.Popen(
        [sys.executable, __file__, "--announce"], stdout=subprocess.DEVNULL
    )


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


def stated_seconds(job: Job) -> float:
    """The time a snippet's docstring names: what takes long should start first."""
    stated = re.search(r" (\d+(?:\.\d+)?) s\b", snippets.docstring(job.source))
    return float(stated[1]) if stated else 0


def collect(job: Job, future: Future, folder: Path) -> None:
    """Keep what a snippet left when it ended, or raise what is wrong."""
    try:
        save(*job.place, future.result())
    except SnippetError as error:
        raise job.problem(*error.args) from None
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

    jobs, notebooks = snippets.jobs(), {path.stem: path for path in labs.find()}
    if unknown := set(names) - set(jobs) - set(notebooks):
        raise ProblemError(f"snippets:1: there is no {', '.join(sorted(unknown))}")
    chosen = names or [*notebooks, *jobs]
    books = [notebooks[n] for n in chosen if n in notebooks]
    books = [path for path in books if not labs.cached(path)]
    stale = [jobs[n] for n in chosen if n in jobs and not snippets.cached(jobs[n])]
    stale.sort(key=stated_seconds, reverse=True)
    problems = []
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        start_pool() as pool,
    ):
        running: dict[Path, tuple[Job | None, Future]] = {}
        for path in books:
            running[path] = None, pool.schedule(labs.run, [path])
        for count, job in enumerate(stale):
            folder = Path(name) / str(count)
            folder.mkdir()
            limit = (
                snippets.PATIENCE + 30
            )  # the process itself ends before, with its line
            running[folder] = (
                job,
                pool.schedule(child.run, [job, folder], timeout=limit),
            )
        for count, (place, (job, future)) in enumerate(running.items(), 1):
            try:
                collect(job, future, place) if job else future.result()
                print(
                    f"[{count}/{len(running)}] {job.name if job else place.stem}",
                    flush=True,
                )
            except ProblemError as error:
                problems.append(str(error))
    print(
        f"{len(running)} ran, {len(chosen) - len(running)} reused, {len(problems)} failed"
    )
    if problems:
        raise ProblemError("\n".join(problems))
    return len(running)


if __name__ == "__main__":
    try:
        background = sys.argv[1:] == ["--announce"]
        if main([] if background else sys.argv[1:]) and background:
            announce()
    except ProblemError as error:
        sys.exit(str(error))
