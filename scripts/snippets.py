"""Run snippets in parallel, keep what each prints and draws, reuse what is current.

python scripts/snippets.py [stem ...]    run what is stale, end with a summary
"""

import argparse
import ast
import base64
import contextlib
import faulthandler
import multiprocessing
import multiprocessing.forkserver
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import IO

from common import ROOT, ProblemError, digest, load, problem, save

SNIPPETS = ROOT / "snippets"
INCLUDED = re.compile(r'^--8<-- "(.+?\.py)"', re.M)  # by a page
RECIPES = "recipes"  # folder of scripts that need a framework: shown, not run here
TIME_LIMIT = float(os.environ.get("SNIPPET_SECONDS", "60"))  # wall clock, each
OUTPUT_LIMIT = 1_000_000  # bytes a snippet may print
ENVIRONMENT = {  # snippets run side by side, so each gets one thread; no display
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "MPLBACKEND": "agg",
    "PYTHONHASHSEED": "0",
}
VERSIONS = sys.version, version("numpy"), version("matplotlib")


@dataclass
class Result:
    """One snippet as it ran: its text, what it printed and drew (SVG, PNG)."""

    path: Path
    source: str
    output: str
    figure: str = ""
    card: bytes = b""
    seconds: float = 0.0

    @property
    def room(self) -> str:
        """Path without ending below snippets/, as pages include it."""
        return self.path.relative_to(SNIPPETS).with_suffix("").as_posix()


def find() -> dict[str, Path]:
    """Every snippet by its stem, which names its figure, its output and its test."""
    found: dict[str, Path] = {}
    for path in sorted(SNIPPETS.rglob("*.py")):
        if path.parent.name == RECIPES:
            continue
        if not path.stem.isidentifier():
            raise problem(path, 1, "name it in letters, digits and underscores")
        if other := found.get(path.stem):
            raise problem(
                path, 1, f"{other.relative_to(ROOT)} has this stem; rename one"
            )
        found[path.stem] = path
    return found


def leading() -> set[Path]:
    """The first snippet of each page: a card of its figure stands for the page."""
    pages = (ROOT / "docs").rglob("*.md")
    texts = (page.read_text(encoding="utf-8", errors="replace") for page in pages)
    return {SNIPPETS / match[1] for text in texts if (match := INCLUDED.search(text))}


def recipes() -> dict[str, Result]:
    """Scripts that need a framework, with the output that `make recipes` checks."""
    found = {}
    for path in sorted(SNIPPETS.rglob(f"{RECIPES}/*.py")):
        try:
            source, output = path.read_text("utf-8"), path.with_suffix(".txt")
            found[path.stem] = Result(path, source, output.read_text("utf-8"))
        except FileNotFoundError:
            raise problem(path, 1, f"has no stored output {path.stem}.txt") from None
    return found


def machinery() -> str:
    """Whatever may change a result besides the snippet itself."""
    names = ("snippets.py", "figures.py", "inline.py")
    return digest(*(Path(__file__).with_name(n).read_bytes() for n in names), *VERSIONS)


def key(path: Path, source: bytes) -> str:
    """The cache key of a snippet with these bytes."""
    return digest(machinery(), path.stem, source)


def cached(path: Path, card: bool) -> Result | None:
    """What the cache knows of the snippet as it is now, or None."""
    source = path.read_bytes()
    entry = load(f"snippets/{path.stem}.json", key(path, source))
    if entry is None or (card and not entry["card"]):
        return None
    entry["card"] = base64.b64decode(entry["card"]) if card else b""
    return Result(path, source.decode(), **entry)


def results() -> dict[str, Result]:
    """Every snippet's result; what is stale runs first, in a process of its own.

    A process of its own, because whoever calls (MkDocs, pytest) has threads and imports
    that must not reach the snippets.
    """
    while True:  # again only if somebody edits a snippet while it runs
        first = leading()
        known = {stem: cached(path, path in first) for stem, path in find().items()}
        stale = [stem for stem, result in known.items() if result is None]
        if not stale:
            return known
        worker, errors = take_worker()
        with errors:  # a file: a pipe would end with the last process that holds it
            worker.communicate(" ".join(stale))
            if worker.returncode:
                errors.seek(0)
                raise ProblemError(errors.read().strip() or f"{__file__}:1: was killed")


_waiting: list[tuple[str, subprocess.Popen, IO[str]]] = []  # at most one


def prepare_worker() -> None:
    """Have a process that imports matplotlib now and runs snippets when asked."""
    if _waiting:
        return
    command = [sys.executable, __file__, "-"]
    errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115  take_worker's
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=errors, text=True)
    _waiting.append((machinery(), worker, errors))


def take_worker() -> tuple[subprocess.Popen, IO[str]]:
    """The prepared process, with what it complains of; a new one if need be."""
    prepare_worker()
    made_of, worker, errors = _waiting.pop()
    if made_of == machinery():
        return worker, errors
    with errors:
        worker.communicate("")  # the machinery changed; with nothing to run it ends
    return take_worker()


def execute(source: bytes, path: Path) -> dict:
    """Run a snippet as `__main__` with the site's figure style; warnings are errors."""
    import matplotlib.pyplot as plt

    import figures

    figures.use_style()
    plt.close("all")
    plt.show = lambda *args, **kwargs: None  # readers see it; here we keep the figure
    namespace = {"__name__": "__main__", "__file__": str(path)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(compile(source, str(path), "exec", dont_inherit=True), namespace)
    return namespace


def forbid_reading(folders: tuple[str, ...]) -> None:
    """From here on this process opens only Python's own files, and no connection."""
    files = ("open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename")
    closed = (
        "socket.",
        "subprocess.",
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "os.fork",
    )

    def hook(event: str, args: tuple) -> None:
        if event in files and not isinstance(args[0], int):
            name = os.path.abspath(os.fsdecode(args[0] or "."))
            if not name.startswith(folders):
                raise PermissionError(
                    f"a snippet reads and writes no files, here {name}"
                )
        elif event.startswith(closed):
            raise PermissionError(
                f"a snippet uses no network and no processes ({event})"
            )

    sys.addaudithook(hook)


def child(
    path: Path, source: bytes, card: bool, folder: str, sender: Connection
) -> None:
    """Run one snippet in this process; send its figure, or its error and the line."""
    os.chdir(folder)
    for descriptor, name in (
        (1, "stdout"),
        (2, "stderr"),
    ):  # what C code prints as well
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT), descriptor)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    warnings.simplefilter("error")  # those of drawing as well
    faulthandler.enable()  # a crash names its line
    faulthandler.dump_traceback_later(TIME_LIMIT, exit=True)  # so does an endless loop
    with contextlib.suppress(ImportError):  # no such limit on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_LIMIT, OUTPUT_LIMIT))
    import matplotlib
    import matplotlib.pyplot as plt

    import figures

    python = sys.prefix, os.path.realpath(sys.prefix), sys.base_prefix
    forbid_reading((*python, matplotlib.get_cachedir(), str(path)))
    try:
        title = (
            (ast.get_docstring(ast.parse(source.decode())) or "")
            .split("\n")[0]
            .strip(". ")
        )
        if not title:
            raise ValueError("no docstring; its first line is the title")
        started = time.process_time()
        execute(source, path)
        sys.stdout.flush()
        sys.stderr.flush()
        if (made := len(plt.get_fignums())) != 1:
            raise ValueError(f"makes {made} figures; a snippet makes one")
        svg = figures.to_svg(plt.gcf(), path.stem)
        seconds = time.process_time() - started  # what a reader's own run takes
        sender.send((svg, figures.to_card(plt.gcf(), title) if card else b"", seconds))
    except BaseException as error:  # SystemExit and KeyboardInterrupt are no way to end
        sender.send((error_line(error, path), f"{type(error).__name__}: {error}"))


def error_line(error: BaseException, path: Path) -> int:
    """The line of the snippet that the error came from."""
    if isinstance(error, SyntaxError):
        return error.lineno or 1
    frames = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == str(path)]
    if not lines and isinstance(error, UnicodeDecodeError):  # the source is no UTF-8
        return error.object[: error.start].count(b"\n") + 1
    return lines[-1] if lines else 1


def collect(path: Path, source: bytes, folder: Path, receiver: Connection) -> Result:
    """Turn what an ended child left into a result, or raise what is wrong."""
    trace = (folder / "stderr").read_text(encoding="utf-8", errors="replace").strip()
    try:
        answer = receiver.recv()
    except (
        EOFError,
        OSError,
    ):  # it ended without a word: a crash, an exit, the time limit
        lines = re.findall(rf'File "{re.escape(str(path))}", line (\d+)', trace)
        endless = f"does not end within {TIME_LIMIT:g} s"
        what = endless if trace.startswith("Timeout (") else "ends the interpreter"
        raise problem(path, int(lines[0]) if lines else 1, what) from None
    if len(answer) == 2:
        raise problem(path, *answer)
    try:
        output = (folder / "stdout").read_bytes().decode()
    except UnicodeDecodeError as error:
        raise problem(path, 1, f"prints bytes that are not UTF-8: {error}") from None
    if trace:
        raise problem(path, 1, f"writes to the error stream: {trace[:200]}")
    if not output.strip():
        raise problem(path, 1, "prints nothing; a page quotes what its snippet prints")
    return Result(path, source.decode(), output, *answer)


def start_context() -> multiprocessing.context.BaseContext:
    """Where snippets are born: a server that has imported matplotlib and then forks."""
    os.environ.update(ENVIRONMENT)
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")  # Windows
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["matplotlib.pyplot", "figures"])
    multiprocessing.forkserver.ensure_running()
    return context


def stated_seconds(path: Path) -> float:
    """The time a snippet's docstring names: what takes long should start first."""
    text = path.read_text(encoding="utf-8", errors="replace")
    stated = re.match(r'"""[^"]*? (\d+(?:\.\d+)?) s\b', text)
    return float(stated[1]) if stated else 0


def run(paths: list[Path]) -> Iterator[Result | ProblemError]:
    """Run snippets side by side, a process each; cache and yield each as it ends."""
    context = start_context()
    queue, running = sorted(paths, key=stated_seconds, reverse=True), {}
    first = leading()
    while queue or running:
        while queue and len(running) < (os.cpu_count() or 1):
            path = queue.pop(0)
            source = path.read_bytes()
            folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
            receiver, sender = context.Pipe(duplex=False)
            arguments = path, source, path in first, folder.name, sender
            job = context.Process(target=child, args=arguments)
            job.start()
            sender.close()  # so that the pipe ends when the child does
            running[receiver] = job, path, source, folder
        for receiver in wait(list(running)):
            job, path, source, folder = running.pop(receiver)
            try:
                with folder:
                    result = collect(path, source, Path(folder.name), receiver)
                keep(result)
                yield result
            except ProblemError as error:
                yield error
            job.join()


def keep(result: Result) -> None:
    """Write a result to the cache, under the key of the bytes that ran."""
    entry = {name: getattr(result, name) for name in ("output", "figure", "seconds")}
    entry["card"] = base64.b64encode(result.card).decode()
    stem = result.path.stem
    save(f"snippets/{stem}.json", key(result.path, result.source.encode()), entry)


def main() -> None:
    """Run the snippets named (or all), show progress, end with a summary."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "stems", nargs="*", help="default: all; -: read them when needed"
    )
    stems = parser.parse_args().stems
    if stems == ["-"]:
        start_context()
        stems = sys.stdin.read().split()
        if not stems:
            return
    paths = find()
    if unknown := sorted(set(stems) - set(paths)):
        raise ProblemError(f"snippets:1: no snippet is named {', '.join(unknown)}")
    paths = {stem: paths[stem] for stem in stems or paths}
    first = leading()
    reused = {stem: cached(path, path in first) for stem, path in paths.items()}
    stale = [paths[stem] for stem, result in reused.items() if result is None]
    live, ran, problems = sys.stdout.isatty(), {}, []
    for count, ended in enumerate(run(stale), 1):
        if isinstance(ended, ProblemError):
            problems.append(str(ended))
            continue
        ran[ended.path.stem] = ended
        line = f"[{count}/{len(stale)}] {ended.room}"
        print(f"\r\033[K{line}" if live else line, end="" if live else "\n", flush=True)
    if live:
        print("\r\033[K", end="")
    for stem in paths:
        if result := ran.get(stem) or reused[stem]:
            state = "ran" if stem in ran else "reused"
            print(f"{state:>6}  {result.seconds:5.2f} s  {result.room}")
    print(f"{len(ran)} ran, {len(paths) - len(stale)} reused, {len(problems)} failed")
    if problems:
        raise ProblemError("\n".join(problems))


if __name__ == "__main__":
    try:
        main()
    except ProblemError as error:
        sys.exit(str(error))
