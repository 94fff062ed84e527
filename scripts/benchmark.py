"""Measure what an author and a reader wait for, as medians of one run.

python scripts/benchmark.py {build,edit,tests,lighthouse,live,weights} [rounds]

build: `mkdocs build`, with nothing kept and with nothing changed. edit: from a save
until the page under `make serve` shows it. tests: the three tiers, once. lighthouse:
every page of site/ as a phone loads it from GitHub Pages; needs Chromium, and npx.
live: the lab bench of site/ in Chromium, as it is and four times slower. weights: what
the live figures of site/ add to a page, compressed, and what all of them come to.
"""

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

import look
from common import BUILD, ROOT

MKDOCS = [sys.executable, "-m", "mkdocs"]
EDITED = "dying-relu/born-dead", "vanishing-gradients/gradient-decay"
# Without scroll bars: their fading delays the first picture in one run of three.
LIGHTHOUSE = ["npx", "--yes", "lighthouse@13.5.0", "--quiet", "--output=json"]
LIGHTHOUSE += ["--chrome-flags=--headless=new --no-sandbox --hide-scrollbars"]
CATEGORIES = "performance", "accessibility", "best-practices", "seo"
AUDITS = "cumulative-layout-shift", "total-byte-weight"
NEEDS = re.compile(  # what a room of a live figure loads at once: imports, its worker
    r'(?:^|;)(?:import|export) ?\{[^"(]*"\./([\w-]+\.js)"'
    r'|new Worker\(new URL\("([\w-]+\.js)"',
    re.M,
)
TEXT = ".css", ".html", ".js", ".json", ".svg", ".xml"
os.environ |= {"NO_MKDOCS_2_WARNING": "1", "MPLBACKEND": "agg"}


def seconds(*command: str, folder: Path = ROOT) -> float:
    """How long a command takes; it must succeed."""
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def copy(folder: Path) -> Path:
    """The project without what is made, except KaTeX: that is a download."""
    made = shutil.ignore_patterns(".*", "site", "build", "__pycache__")
    shutil.copytree(ROOT, folder, ignore=made)
    for path in BUILD.glob("katex*"):
        shutil.copytree(path, folder / "build" / path.name)
    return folder


def measure_build(folder: Path, rounds: int) -> None:
    """Builds of fresh copies, each then again."""
    copies = [copy(folder / str(number)) for number in range(rounds)]
    cold = median(seconds(*MKDOCS, "build", "-q", folder=it) for it in copies)
    warm = median(seconds(*MKDOCS, "build", "-q", folder=it) for it in copies)
    print(f"cold {cold:.1f} s = {cold / warm:.1f} x warm, {warm:.1f} s")


def shown(address: str, text: str) -> float:
    """Seconds until a page has a text."""
    page, started = "", time.perf_counter()
    while text not in page and time.perf_counter() - started < 300:
        time.sleep(0.05)  # each look takes time of the server's own
        with suppress(OSError), urllib.request.urlopen(address, timeout=60) as answer:
            page = answer.read().decode()
    return time.perf_counter() - started


def measure_edit(folder: Path, rounds: int) -> None:
    """Edits of pages and of snippets; these also alone."""
    project, place = copy(folder / "project"), "127.0.0.1:8001"
    seconds(*MKDOCS, "build", "-q", folder=project)
    serve = [*MKDOCS, "serve", "--dirty", "-q", "--dev-addr", place]
    with subprocess.Popen(serve, cwd=project, start_new_session=True) as server:
        for stem in EDITED:
            script = f"snippets/{stem.replace('-', '_')}.py"
            for name in f"docs/{stem}.md", script:
                shown(f"http://{place}/{stem}/", "<h1")
                took = []
                for _ in range(rounds):
                    time.sleep(2)  # an author looks at the page
                    text = f"edited at {time.time_ns()}"
                    with (project / name).open("a") as file:
                        file.write(f"\n## {text}\n")  # in either language
                    took.append(shown(f"http://{place}/{stem}/", text))
                print(f"{name}: {median(took):.2f} s", flush=True)
            print(f"{script} alone: {seconds(sys.executable, script):.2f} s")
        os.killpg(server.pid, signal.SIGINT)  # as Ctrl+C does


def measure_tests(*_: object) -> None:
    """The tiers."""
    for tier in "check", "test", "test-all":
        print(f"make {tier}: {seconds('make', tier):.0f} s", flush=True)


class Compressed(look.Handler):
    """Says of compressed files that they are, as GitHub Pages does."""

    def end_headers(self) -> None:
        """Finish the headers."""
        if self.path.endswith(("/", *TEXT)):
            self.send_header("Content-Encoding", "gzip")
        super().end_headers()


def measure_lighthouse(folder: Path, rounds: int) -> None:
    """What Lighthouse says of each page; performance means a quiet, fast machine."""
    os.environ.setdefault("CHROME_PATH", shutil.which("chromium") or "")
    site = shutil.copytree(ROOT / "site", folder / "site")
    for path in site.rglob("*.*"):
        if path.name.endswith(TEXT):
            path.write_bytes(gzip.compress(path.read_bytes()))
    print(*CATEGORIES, *AUDITS, "machine's index", sep=", ")
    with look.serve(site, 8000, Compressed) as address:  # the one it is built for
        for page in sorted(site.rglob("index.html")):
            name = page.relative_to(site).as_posix().removesuffix("index.html")
            rows = []
            for _ in range(rounds):
                it = json.loads(subprocess.check_output([*LIGHTHOUSE, address + name]))
                row = [100 * it["categories"][key]["score"] for key in CATEGORIES]
                row += [it["audits"][key]["numericValue"] for key in AUDITS]
                rows.append([*row, it["environment"]["benchmarkIndex"]])
            found = map(median, zip(*rows, strict=True))
            print(*(f"{round(it, 3):7g}" for it in found), f"/{name}", flush=True)


def measure_live(_: Path, rounds: int) -> None:
    """What the lab bench takes, by benchmark.js."""
    script = Path(__file__).with_suffix(".js").read_text("utf-8")
    print("slower, ms a frame, steps/s, ms until 50 x 64 is there, ms without a frame")
    with look.serve(ROOT / "site") as address, sync_playwright() as playwright:
        page = look.launch(playwright).new_page()
        page.goto(f"{address}bench/")
        page.wait_for_selector(".bench svg path")
        for slower in 1, 4:
            session = page.context.new_cdp_session(page)
            session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
            rows = [page.evaluate(script) for _ in range(rounds)]
            found = map(median, zip(*rows, strict=True))
            print(f"x {slower}", *(f"{it:7.1f}" for it in found), flush=True)


def needed(assets: Path, *rooms: str) -> set[Path]:
    """Files that live figures load at once, without live.js, which every page has."""
    found, left = {assets / "live.css"}, [assets / f"live/{room}.js" for room in rooms]
    while left:
        path = left.pop()
        if path not in found:
            found.add(path)
            names = map("".join, NEEDS.findall(path.read_text("utf-8")))
            left += [path.with_name(name) for name in names]
    return found


def rooms(assets: Path) -> list[str]:
    """Live figures that pages can have."""
    paths = sorted(assets.glob("live/*.js"))
    return [it.stem for it in paths if "export const mount=" in it.read_text("utf-8")]


def measure_weights(*_: object) -> None:
    """What live figures add to a page."""
    assets, packed = ROOT / "site/assets", dict[Path, int]()
    for path in [assets / "live.css", assets / "live.js", *assets.glob("live/*.js")]:
        packed[path] = len(gzip.compress(path.read_bytes()))
    for room in rooms(assets):
        files = needed(assets, room) | {assets / "live.js"}
        total = sum(packed[it] for it in files)
        print(f"{total / 1000:5.1f} kB in {len(files):2} files, {room}")
    print(f"{sum(packed.values()) / 1000:5.1f} kB in {len(packed)} files, all")


if __name__ == "__main__":
    measure = globals()[f"measure_{sys.argv[1]}"]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        measure(Path(temporary), int(sys.argv[2]) if len(sys.argv) > 2 else 3)
