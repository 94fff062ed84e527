"""Run what is stale, snippets and labs, side by side; keep what they print and draw.

python scripts/run.py [--first] [name ...]    --first: no values to try
"""

import argparse
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

import labs
import snippets
from common import BUILD, ProblemError, SnippetError, write
from snippets import PATIENCE, SECONDS, Job, Result

ANNOUNCED = BUILD / "announced"
TRIED: set[str] = set()  # what `serve` has had run in the background


def results(first_only: bool = False) -> tuple[dict[str, Result], dict[str, dict]]:
    """Every snippet's runs by name, every lab's by path; what is stale runs first.

    It runs in a process of its own, because whoever calls (MkDocs, pytest) has threads
    and imports that must not reach the snippets. With `first_only`, runs with other
    values are those that are known.
    """
    while True:  # again only if somebody edits a source while it runs
        jobs = snippets.jobs()
        known = {name: snippets.cached(job) for name, job in jobs.items()}
        stale = [n for n, it in known.items() if not (it or (first_only and jobs[n].choice))]
        lab_runs = {path: labs.cached(path) for path in labs.find()}
        stale += [path.stem for path, it in lab_runs.items() if not it]
        if not stale:
            return {n: it for n, it in known.items() if it}, {
                path.name: it for path, it in lab_runs.items() if it
            }
        done = subprocess.run([sys.executable, __file__, *stale], stderr=subprocess.PIPE)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise ProblemError(said or f"{__file__}:1: was killed")


def announce() -> Path:
    """Touch the file by which `serve` knows that values to try have run."""
    write(ANNOUNCED, b"")
    return ANNOUNCED


def start_rest() -> None:
    """Run values to try that are not known, in the background, once for each."""
    missing = {job.key for job in snippets.jobs().values() if not snippets.cached(job)}
    if missing - TRIED:
        TRIED.update(missing)
        subprocess.Popen([sys.executable, __file__, "--announce"])


def start_pool() -> ProcessPool:
    """One process a task, from a server that has imported matplotlib and then forks."""
    os.environ.update(snippets.ENVIRONMENT)
    if "forkserver" not in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("spawn")  # Windows
    else:
        context = multiprocessing.get_context("forkserver")
        drawing = ("pyplot", "backends.backend_agg", "backends.backend_svg")
        context.set_forkserver_preload([f"matplotlib.{name}" for name in drawing])
    return ProcessPool(os.cpu_count() or 1, max_tasks=1, context=context)


def stated_seconds(job: Job) -> float:
    """The time a snippet's docstring names: what takes long should start first."""
    stated = re.search(r" (\d+(?:\.\d+)?) s\b", snippets.docstring(job.source))
    return float(stated[1]) if stated else 0


def schedule(pool: ProcessPool, job: Job) -> Callable[[], Result]:
    """Give a snippet to the pool; call what is returned for its result."""
    import child  # and matplotlib: only where something is run

    title = snippets.docstring(job.source).split("\n")[0].strip(". ")
    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    shown, limits = title if job.card else "", (SECONDS, PATIENCE)
    arguments = job.path, job.source, shown, folder.name, *limits
    future = pool.schedule(child.run, arguments, timeout=PATIENCE + 30)

    def collect() -> Result:
        with folder:
            return collected(job, title, future, Path(folder.name))

    return collect


def collected(job: Job, title: str, future: Future, folder: Path) -> Result:
    """What an ended run left, as a result; or raise what is wrong."""
    try:
        answer = future.result()
    except SnippetError as error:
        raise job.place(*error.args) from None
    except (ProcessExpired, TimeoutError):  # it ended without a word
        trace = (folder / "stderr").read_text("utf-8", "replace").strip()
        lines = re.findall(rf'File "{re.escape(str(job.path))}", line (\d+)', trace)
        crash = trace.startswith("Fatal Python error") or not lines
        what = "ends the interpreter" if crash else f"does not end within {SECONDS} s"
        raise job.place(int(lines[0]) if lines else 1, what) from None
    try:
        output = (folder / "stdout").read_bytes().decode()
    except UnicodeDecodeError as error:
        raise job.place(1, f"prints bytes that are not UTF-8: {error}") from None
    if trace := (folder / "stderr").read_text("utf-8", "replace").strip():
        raise job.place(1, f"writes to the error stream: {trace[:200]}")
    if not title:
        raise job.place(1, "no docstring; its first line is the title")
    if not output.strip():
        raise job.place(1, "prints nothing; a page quotes what its snippet prints")
    return snippets.keep(job, output, answer)


def main() -> None:
    """Run what is stale of the names given (or of all); end with a summary."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--first", action="store_true", help="no values to try")
    parser.add_argument("--announce", action="store_true", help="tell `serve` at the end")
    parser.add_argument("names", nargs="*", help="snippets, labs; default: all")
    options = parser.parse_args()
    jobs = snippets.jobs()
    notebooks = {path.stem: path for path in labs.find()}
    if unknown := sorted(set(options.names) - set(jobs) - set(notebooks)):
        raise ProblemError(f"snippets:1: there is no {', '.join(unknown)}")
    names = options.names or [*notebooks, *jobs]
    wanted = [jobs[n] for n in names if n in jobs and not (options.first and jobs[n].choice)]
    stale = [job for job in wanted if not snippets.cached(job)]
    stale.sort(key=stated_seconds, reverse=True)
    pool, problems = start_pool(), []
    ended: dict[str, Callable] = {}
    with pool:
        for path in (path for n, path in notebooks.items() if n in names):
            if not labs.cached(path):
                ended[path.stem] = pool.schedule(labs.run, [path]).result
        ended |= {job.name: schedule(pool, job) for job in stale}
        for count, (name, result) in enumerate(ended.items(), 1):
            try:
                result()
                print(f"[{count}/{len(ended)}] {name}", flush=True)
            except ProblemError as error:
                problems.append(str(error))
            except (ProcessExpired, CancelledError) as error:
                problems.append(f"{name}:1: {error}")
    print(f"{len(ended)} ran, {len(problems)} failed; {len(names)} named")
    if options.announce:
        announce()
    if problems:
        raise ProblemError("\n".join(problems))


if __name__ == "__main__":
    try:
        main()
    except ProblemError as error:
        sys.exit(str(error))
