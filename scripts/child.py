"""One snippet in a process of its own: what it prints and draws, or what is wrong."""

import contextlib
import faulthandler
import os
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

import figures
from common import SnippetError

OUTPUT_LIMIT = 1_000_000  # bytes a snippet may print


def execute(source: str | bytes, path: Path) -> dict:
    """Run a snippet as `__main__` with the site's figure style; warnings are errors."""
    figures.use_style()
    plt.close("all")
    setattr(plt, "show", lambda *_, **__: None)  # readers see it; here we keep the figure
    namespace = {"__name__": "__main__", "__file__": str(path)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(compile(source, str(path), "exec", dont_inherit=True), namespace)
    return namespace


def forbid_reading(folders: tuple[str, ...]) -> None:
    """From here on this process opens only Python's own files, and no connection."""
    files = ("open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename")
    closed = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork")

    def hook(event: str, args: tuple) -> None:
        if event in files and not isinstance(args[0], int):
            name = os.path.abspath(os.fsdecode(args[0] or "."))
            if not name.startswith(folders):
                raise PermissionError(f"a snippet reads and writes no files, here {name}")
        elif event.startswith(closed):
            raise PermissionError(f"a snippet uses no network and no processes ({event})")

    sys.addaudithook(hook)


def limit(seconds: int) -> None:
    """Bound processor time and output, where the system can (not on Windows)."""
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_LIMIT, OUTPUT_LIMIT))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        faulthandler.register(signal.SIGXCPU, chain=True)  # an endless loop names its line


def run(
    path: Path, source: bytes, title: str, folder: str, seconds: int, patience: int
) -> tuple[str, bytes, float]:
    """Run in this process, which ends then: SVG, card if a title is given, seconds.

    What it prints is left in `folder`/stdout, what it complains of in `folder`/stderr.
    It may take `seconds` of processor time, and `patience` on the clock.
    """
    os.chdir(folder)
    for number, name in (1, "stdout"), (2, "stderr"):  # what C code prints as well
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT), number)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    faulthandler.enable()  # a crash names its line; so does what only waits
    faulthandler.dump_traceback_later(patience, exit=True)
    limit(seconds)
    warnings.simplefilter("error")  # those of drawing as well
    python = sys.prefix, os.path.realpath(sys.prefix), sys.base_prefix
    forbid_reading((*python, mpl.get_cachedir(), str(path)))
    try:
        started = time.process_time()
        execute(source, path)
        sys.stdout.flush()
        sys.stderr.flush()
        if (made := len(plt.get_fignums())) != 1:
            raise ValueError(f"makes {made} figures; a snippet makes one")
        svg = figures.to_svg(plt.gcf(), path.stem)
        seconds_used = time.process_time() - started  # what a reader's own run takes
        return svg, figures.to_card(plt.gcf(), title) if title else b"", seconds_used
    except BaseException as error:  # SystemExit and KeyboardInterrupt are no way to end
        what = f"{type(error).__name__}: {error}"
        raise SnippetError(error_line(error, path), what) from None


def error_line(error: BaseException, path: Path) -> int:
    """The line of the snippet that the error came from."""
    if isinstance(error, SyntaxError):
        return error.lineno or 1
    frames = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == str(path)]
    if not lines and isinstance(error, UnicodeDecodeError):  # the source is no UTF-8
        return error.object[: error.start].count(b"\n") + 1
    return lines[-1] if lines else 1
