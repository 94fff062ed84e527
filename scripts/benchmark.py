"""Measure the build beside its floor and beside other tools, as medians of one run.

python scripts/benchmark.py {build,peers,serve,scale,lighthouse,all} [--rounds 3]

All of it happens in copies below a temporary folder. The other tools are installed
once, into .cache/benchmark-venv, on top of the packages that this interpreter has.
"""

import argparse
import gzip
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from statistics import median
from unittest import mock

import formulas
import look
import snippets
from common import CACHE, ROOT

ENVIRONMENT = os.environ | {"NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": "0"}
ENVIRONMENT["JUPYTER_PATH"] = f"{sys.prefix}/share/jupyter"  # for benchmark-venv
BUILD = "mkdocs build"
# The floor is this very site, with its formulas and checks, but no snippet is run:
# results come from one pickle. A warm build also finds, hashes and reads the snippets.
# The cold floor renders all formulas and runs the labs as well.
FLOOR = """import pickle
{}
ready = pickle.loads(Path(__file__).with_name("results").read_bytes())
snippets.results = lambda: ready"""
PICKLE = "import pickle, snippets as s; pickle.dump(s.results(), open('results', 'wb'))"
WALK = '''"""A random walk."""\n
import matplotlib.pyplot as plt\nimport numpy as np\n
walk = np.random.default_rng({}).normal(size=200).cumsum()
print(walk[-1])\nplt.plot(walk)\nplt.show()\n'''

# Sites with a page for each snippet: ours, and other tools set up as they document it.
PAGE = """# {stem}\n\n![The figure of {stem}](figures/{stem}.svg)\n
``` python title="{stem}.py"\n--8<-- "{stem}.py"\n```\n
``` text title="Output"\n--8<-- "{stem}.txt"\n```\n"""
OURS = {"docs/{stem}.md": PAGE, "snippets/{stem}.py": "{source}"}
OURS |= {"docs/index.md": "# Home\n", "docs/reference/glossary.md": "# Terms\n"}
INSTALLED = "markdown-exec==1.12.6 sphinx-gallery==0.22.1 sphinx==9.0.4"
MKDOCS = (
    "site_name: Peer\ntheme: material\nmarkdown_extensions: [pymdownx.superfences]\n"
)
JUPYTER = """plugins:\n  - mkdocs-jupyter:\n      include: ["*.py"]
      execute: true\n      allow_errors: false\n"""
FENCE = """``` python exec="true" html="true" source="above"
import io\nimport matplotlib.pyplot as plt\n\ndef show():
    svg = io.StringIO()\n    plt.savefig(svg, format="svg")
    print(svg.getvalue())\n    plt.close("all")\n
plt.show = show\n{source}\n```\n"""
GALLERY = """extensions = ["sphinx_gallery.gen_gallery"]\nroot_doc = "out/index"
sphinx_gallery_conf = dict(examples_dirs="in", gallery_dirs="out", filename_pattern="")
"""
TITLED = '"""\n{stem}\n' + 60 * "=" + '\n"""\n{source}'
HEADER = "Snippets\n========\n"
PEERS = {  # command, and files by path; those named after a {stem} exist for each
    "mkdocs-jupyter": (
        BUILD,
        {"mkdocs.yml": MKDOCS + JUPYTER, "docs/{stem}.py": "{source}"},
    ),
    "markdown-exec": (
        BUILD,
        {"mkdocs.yml": f"{MKDOCS}plugins: [markdown-exec]", "docs/{stem}.md": FENCE},
    ),
    "sphinx-gallery": (
        "sphinx . site",
        {"conf.py": GALLERY, "in/README.rst": HEADER, "in/{stem}.py": TITLED},
    ),
}
LIGHTHOUSE = ["npx", "--yes", "lighthouse@13.5.0", "--quiet", "--output=json"]
# Bars that fade in and out are frames that nobody sees yet, and Chromium then waits a
# second with the first picture of the page, in one run of three.
LIGHTHOUSE += ["--chrome-flags=--headless=new --no-sandbox --hide-scrollbars"]
PAUSE = 2.0  # seconds that an author looks at a page before the next edit, or longer
CATEGORIES = "performance", "accessibility", "best-practices", "seo"
COMPRESSED = {".css", ".html", ".js", ".json", ".svg", ".xml"}


def run(folder: Path, command: str, python: str | Path = sys.executable) -> float:
    """Seconds that a Python module takes in a folder."""
    line, started = [python, "-m", *command.split()], time.perf_counter()
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run(line, cwd=folder, env=ENVIRONMENT, **output)
    if done.returncode:
        sys.exit(f"{folder}: {command}\n{done.stdout}")
    return time.perf_counter() - started


def built(pristine: Path) -> Path:
    """Where the cold build of a folder happens."""
    return pristine.with_name(f"{pristine.name}-built")


def cold(pristine: Path, command: str = BUILD, *python: Path) -> float:
    """Seconds of a build in a fresh copy of a folder."""
    shutil.rmtree(built(pristine), ignore_errors=True)
    return run(shutil.copytree(pristine, built(pristine)), command, *python)


def medians(rounds: int, variants: dict[str, Callable[[], float]]) -> dict[str, float]:
    """Median of each, taken in turns so that a busy machine slows all alike."""
    times = [[variant() for variant in variants.values()] for _ in range(rounds)]
    return dict(zip(variants, map(median, zip(*times, strict=True)), strict=True))


def write(folder: Path, files: dict[str, str], sources: dict[str, str]) -> Path:
    """Make a folder of files from templates, filled in for each snippet."""
    for name, text in files.items():
        for stem, source in sources.items():
            path = folder / name.format(stem=stem)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.format(stem=stem, source=source), encoding="utf-8")
    return folder


def copy(folder: Path, *parts: str) -> Path:
    """Parts of this project, nothing built; KaTeX is there: no download is measured."""
    formulas.install()
    for name in (*parts, "scripts", f".cache/{formulas.DIST.name}"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "mkdocs.yml", folder)
    return folder


def plain(folder: Path, sources: dict[str, str]) -> Path:
    """This machinery with a page for each snippet that shows nothing else."""
    config = write(copy(folder, "docs/assets"), OURS, sources) / "mkdocs.yml"
    text = config.read_text("utf-8")
    config.write_text(re.sub(r"^nav:\n(?: .*\n)+", "", text, flags=re.M), "utf-8")
    return folder


def own_seconds(project: Path) -> dict[str, float]:
    """CPU time of each snippet's own code in its last run."""
    paths = (project / ".cache/snippets").glob("*.json")
    entries = {path.stem: path.read_text("utf-8").split("\n", 1)[1] for path in paths}
    return {stem: json.loads(entry)["seconds"] for stem, entry in entries.items()}


def edit(project: Path, stem: str) -> str:
    """Add a line to a snippet; return it."""
    line = f"# edited at {time.time_ns()}"
    with next((project / "snippets").rglob(f"{stem}.py")).open("a") as file:
        file.write(f"{line}\n")
    return line


def measure_build(folder: Path, rounds: int) -> None:
    """Warm and cold builds beside their floors; whether each makes the same bytes."""
    project = copy(folder / "project", "docs", "snippets")
    elsewhere = shutil.copytree(project, folder / "another folder/project")
    cold(project)
    warm = built(project)
    first = shutil.copytree(warm / "site", folder / "first")
    floor = shutil.copytree(warm, folder / "floor")
    make = [sys.executable, "-c", PICKLE]
    subprocess.run(make, cwd=floor / "scripts", env=ENVIRONMENT, check=True)
    hooks = floor / "scripts/hooks.py"
    hooks.write_text(FLOOR.format(hooks.read_text("utf-8")), "utf-8")

    def cold_floor() -> float:
        (floor / ".cache/formulas.json").unlink()
        shutil.rmtree(floor / ".cache/labs")
        return run(floor, BUILD)

    builds = {"floor": partial(run, floor, BUILD), "warm": partial(run, warm, BUILD)}
    builds |= {"cold floor": cold_floor, "cold": partial(cold, elsewhere)}
    took = medians(rounds, builds)
    own, cores = sum(own_seconds(built(elsewhere)).values()), os.cpu_count() or 1
    for name, seconds in took.items():
        print(f"{name:10} {seconds:6.2f} s")
    print(f"warm = {took['warm'] / took['floor']:.2f} x floor")
    for name in "cold floor", "floor":
        ratio = took["cold"] / (took[name] + own / cores)
        print(
            f"cold = {ratio:.2f} x ({name} + {own:.2f} s of snippets / {cores} cores)"
        )
    for place in warm, built(elsewhere):
        differ = subprocess.run(["diff", "-rq", first, place / "site"]).returncode
        print(f"bytes in {place.relative_to(folder)}:", "differ" if differ else "same")


def measure_peers(folder: Path, rounds: int) -> None:
    """A cold build of the same snippets, a page each, by this and by other tools."""
    venv, packages = CACHE / "benchmark-venv", Path(sysconfig.get_path("purelib"))
    python = venv / "bin/python"
    if not (venv / "ready").exists():
        run(ROOT, f"venv --clear {venv}")
        below = venv / packages.relative_to(sys.prefix)
        (below / "parent.pth").write_text(str(packages))
        run(ROOT, f"pip install {INSTALLED}", python)
        (venv / "ready").touch()
    sources = {stem: path.read_text("utf-8") for stem, path in snippets.find().items()}
    builds = {"this project": partial(cold, plain(folder / "plain", sources))}
    for name, (command, files) in PEERS.items():
        pristine = write(folder / name, files, sources)
        builds[name] = partial(cold, pristine, command, python)
    took = medians(rounds, builds)
    for name, seconds in took.items():
        ratio = seconds / took["this project"]
        print(f"{name:14} {seconds:6.2f} s = {ratio:5.2f} x this project")


def measure_serve(folder: Path, rounds: int) -> None:
    """From the edit of a snippet until its page shows it, less the snippet's time."""
    project = copy(folder / "project", "docs", "snippets")
    run(project, BUILD)
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "mkdocs", "serve", "--quiet", "--dev-addr", place]
    quiet = {"stdout": subprocess.DEVNULL, "env": ENVIRONMENT}

    def wait_for(path: Path, text: str) -> None:
        name = path.relative_to(project / "docs").with_suffix("").as_posix()
        address = re.sub("index/$", "", f"http://{place}/{name}/")
        page, limit = "", time.monotonic() + 120
        while text not in page and time.monotonic() < limit:
            time.sleep(0.05)  # each look takes time of the server's own
            with suppress(OSError), urllib.request.urlopen(address, timeout=60) as it:
                page = it.read().decode()

    with subprocess.Popen(command, cwd=project, **quiet) as server, ExitStack() as end:
        end.callback(server.terminate)
        for path in sorted(project.glob("docs/**/*.md")):
            wait_for(path, "<h1")
            for stem in re.findall(r'--8<-- ".*?(\w+)\.py"', path.read_text("utf-8")):
                rest = []
                for _ in range(rounds):
                    time.sleep(PAUSE)
                    started = time.perf_counter()
                    wait_for(path, edit(project, stem))
                    took = time.perf_counter() - started
                    own = own_seconds(project).get(stem, 0)  # a recipe is not run
                    rest.append(took - own)
                print(f"{stem:24}{own:6.2f} s + {median(rest):.2f} s", flush=True)


def measure_scale(folder: Path, rounds: int) -> None:
    """Sites of many pages with a snippet each: cold once, warm, after one edit."""

    def edited(project: Path) -> float:
        edit(project, "walk0")
        return run(project, BUILD)

    for count in 10, 100, 300:
        sources = {f"walk{seed}": WALK.format(seed) for seed in range(count)}
        pristine = plain(folder / str(count), sources)
        took, project = {"cold": cold(pristine)}, built(pristine)
        builds = {"warm": partial(run, project, BUILD)}
        took |= medians(rounds, builds | {"one edit": partial(edited, project)})
        for name, seconds in took.items():
            each = 1000 * seconds / count
            print(f"{count:4} pages {name:9}{seconds:7.2f} s, {each:.0f} ms a page")


class Compressed(look.Handler):
    """Serves text compressed, as GitHub Pages does."""

    protocol_version = "HTTP/1.1"

    def send_head(self) -> io.BufferedIOBase | None:
        """Send the headers; return the body."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if self.path.endswith("/") else path
        if path.suffix not in COMPRESSED or not path.is_file():
            return super().send_head()
        body = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)


def measure_lighthouse(folder: Path, rounds: int) -> None:
    """What Lighthouse says of each page as a phone would load it."""
    site = copy(folder, "docs", "snippets") / "site"
    # Performance means something where the machine's index is 1500 or more: what
    # Lighthouse takes for a phone is a quarter of the speed that it finds.
    print(*CATEGORIES, "layout shift", "transferred", "machine's index", sep=", ")
    with mock.patch.object(look, "Handler", Compressed), look.serve(site) as address:
        ENVIRONMENT["SITE_URL"] = address
        run(folder, BUILD)
        for page in sorted(site.rglob("index.html")):
            name = page.relative_to(site).as_posix().removesuffix("index.html")
            reports = []
            for _ in range(rounds):
                line = [*LIGHTHOUSE, f"{address}{name}"]
                done = subprocess.run(line, stdout=subprocess.PIPE, check=True)
                reports.append(json.loads(done.stdout))
            scores = (
                median(100 * report["categories"][name]["score"] for report in reports)
                for name in CATEGORIES
            )
            shift, size = (
                median(report["audits"][name]["numericValue"] for report in reports)
                for name in ("cumulative-layout-shift", "total-byte-weight")
            )
            found = (report["environment"]["benchmarkIndex"] for report in reports)
            print(*(f"{score:4.0f}" for score in scores), end="")
            print(f" {shift:6.3f}{size / 1000:5.0f} kB{median(found):6.0f}", end="")
            print(f"  /{name}", flush=True)


def main() -> None:
    """Run one measurement, or all."""
    names = {name.removeprefix("measure_"): name for name in globals()}
    names = {name: full for name, full in names.items() if full.startswith("measure_")}
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=[*names, "all"])
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    options = parser.parse_args()
    for name, full in names.items():
        if options.what in (name, "all"):
            print(f"\n{name}, medians of {options.rounds}:", flush=True)
            with tempfile.TemporaryDirectory() as folder:
                globals()[full](Path(folder), options.rounds)


if __name__ == "__main__":
    main()
