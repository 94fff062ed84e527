"""One snippet in a process of its own: what it prints and draws, or what is wrong."""

import base64
import contextlib
import faulthandler
import os
import signal
import sys
import traceback
import warnings
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

import figures
import snippets

OUTPUT_LIMIT = 1_000_000  # bytes a snippet may print
FILES = ("open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename")
CLOSED = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork")


def execute(source: bytes, path: Path) -> dict:
    """Run a snippet as `__main__` with the site's figure style; warnings are errors."""
    figures.use_style()
    plt.close("all")
    plt.show = lambda *_, **__: None  # readers see it; here we keep the figure
    namespace = {"__name__": "__main__", "__file__": str(path)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(compile(source, str(path), "exec", dont_inherit=True), namespace)
    return namespace


def forbid(event: str, args: tuple) -> None:
    """An audit hook: open only what is Python's own, and no connection."""
    if event in FILES and not isinstance(args[0], int):
        name = os.path.abspath(os.fsdecode(args[0] or "."))
        own = sys.prefix, os.path.realpath(sys.prefix), sys.base_prefix
        if not name.startswith((*own, mpl.get_cachedir(), str(snippets.SNIPPETS))):
            raise PermissionError(f"a snippet reads and writes no files, here {name}")
    elif event.startswith(CLOSED):
        raise PermissionError(f"a snippet uses no network and no processes ({event})")


def prepare(folder: Path) -> None:
    """Bound what this process may do; what it prints goes to files in the folder."""
    os.chdir(folder)
    for number, name in (1, "stdout"), (2, "stderr"):  # what C code prints as well
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT), number)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    warnings.simplefilter("error")  # those of drawing as well
    faulthandler.enable()  # a crash names its line, and so does what does not end
    faulthandler.dump_traceback_later(snippets.PATIENCE, exit=True)
    with contextlib.suppress(ImportError):  # there are no such limits on Windows
        import resource

        seconds = snippets.SECONDS
        resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_LIMIT, OUTPUT_LIMIT))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        faulthandler.register(signal.SIGXCPU, chain=True)
    mpl.get_cachedir()  # made now, if it has to be
    sys.addaudithook(forbid)


def run(job: snippets.Job, folder: Path) -> dict:
    """Run in this process, which ends then; what to remember of it, or ProblemError."""
    prepare(folder)
    leave = os._exit
    os._exit = sys.exit  # type: ignore[assignment]  # an end that is not silent
    try:
        execute(job.source, job.path)
        sys.stdout.flush()
        sys.stderr.flush()
        if (count := len(plt.get_fignums())) != 1:
            raise ValueError(f"makes {count} figures; a snippet makes one")
        svg = figures.to_svg(plt.gcf(), job.path.stem)
        card = b"" if job.choice else figures.to_card(plt.gcf())
    except BaseException as error:  # SystemExit and KeyboardInterrupt are no way to end
        what = f"{type(error).__name__}: {error}"
        raise job.problem(error_line(error, job.path), what) from None
    finally:
        os._exit = leave
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__  # to end without a word
    output, complaint = (os.pread(it, OUTPUT_LIMIT, 0) for it in (1, 2))
    if complaint:
        said = complaint.decode("utf-8", "replace")[:200]
        raise job.problem(1, f"writes to the error stream: {said}")
    if not snippets.docstring(job.source):
        raise job.problem(1, "no docstring; its first line is the title")
    if not output.strip():
        raise job.problem(1, "prints nothing; a page quotes what its snippet prints")
    try:
        text = output.decode()
    except UnicodeDecodeError as error:
        raise job.problem(1, f"prints bytes that are not UTF-8: {error}") from None
    return {"output": text, "figure": svg, "card": base64.b64encode(card).decode()}


def error_line(error: BaseException, path: Path) -> int:
    """The line of the snippet that the error came from."""
    if isinstance(error, SyntaxError):
        return error.lineno or 1
    frames = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == str(path)]
    return lines[-1] if lines else 1
