"""What tests share: a snippet's names after its run, the built site, a browser.

Three tiers (see Makefile). `make check` is `--check`: no test that needs the built site
or a browser or is marked `weekly`; of the files about one page or snippet those whose
name, page or snippet differs from origin/main (or, without one, from the last commit);
and all of `scripts/` and of the rules that hold for every page. `make test` is
`-m "not weekly"`, `make test-all` everything. Tests that use the fixture `browser` are
marked so. The site is built once, by the first of all workers that needs it.
"""

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import pytest

import child
import snippets

ROOT = Path(__file__).resolve().parents[1]
ALWAYS = {"test_rooms.py", "test_bibliography.py"}  # rules for all pages, and quick
DESK = 1280

os.environ.update(snippets.ENVIRONMENT)  # as in the build: one thread, no display
# Machines are noisy, and a run that is red today must be red tomorrow.
hypothesis.settings.register_profile("site", deadline=None, derandomize=True)
hypothesis.settings.load_profile("site")


# ---- Which tests run ---------------------------------------------------------------
def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of `make check`."""
    text = "only what is quick, and what is about something that changed"
    parser.addoption("--check", action="store_true", help=text)


def changed() -> set[str] | None:
    """Stems of what was changed, and of figures on changed pages; None: who knows."""

    def git(*words: str) -> str:
        return subprocess.check_output(
            ["git", *words], cwd=ROOT, text=True, stderr=subprocess.DEVNULL
        )

    base = "HEAD~1"
    with contextlib.suppress(subprocess.CalledProcessError, OSError):
        base = git("merge-base", "HEAD", "origin/main").strip()
    try:
        names = git("diff", "--name-only", base, "--").splitlines()
        names += git("ls-files", "--others", "--exclude-standard").splitlines()
    except (subprocess.CalledProcessError, OSError):
        return None
    stems = {Path(name).stem.removeprefix("test_").replace("-", "_") for name in names}
    for path in map(ROOT.joinpath, names):
        if path.suffix == ".md" and path.is_file():
            stems |= set(re.findall(r"/(\w+)\.svg\)", path.read_text("utf-8")))
    return stems


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With `--check`, do not even import what is about something else."""
    path = collection_path
    if not config.option.check or not path.match("test_*.py") or path.name in ALWAYS:
        return None
    if path.parent == ROOT / "tests/scripts":
        return None
    if not hasattr(config, "changed"):
        config.changed = changed()
    stem = path.stem.removeprefix("test_")
    about = (it == stem or it.startswith(f"{stem}_") for it in config.changed or ())
    return None if config.changed is None or any(about) else True


@pytest.hookimpl(tryfirst=True)  # before `-m` looks at the marks
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Mark tests that need a browser; with `--check`, leave out what is dear."""
    for item in items:
        if "browser" in item.fixturenames:
            item.add_marker("browser")
    dear = [
        item
        for item in items
        if item.get_closest_marker("weekly") or "address_and_site" in item.fixturenames
    ]
    if config.option.check and dear:
        config.hook.pytest_deselected(items=dear)
        items[:] = [item for item in items if item not in dear]


# ---- Snippets ----------------------------------------------------------------------
@pytest.fixture(scope="session")
def run() -> Callable[[str], SimpleNamespace]:
    """Run a snippet once: its names are attributes, its output is `printed`.

    `run("born_dead:DEPTH=10")` runs it with a value that it names to try.
    """
    jobs, done = snippets.jobs(), {}

    def get(name: str) -> SimpleNamespace:
        if name not in done:
            job, output = jobs[name], io.StringIO()
            with contextlib.redirect_stdout(output):
                names = child.execute(job.source, job.path)
            done[name] = SimpleNamespace(**{**names, "printed": output.getvalue()})
        return done[name]

    return get


@pytest.fixture(scope="session")
def printed(run: Callable[[str], SimpleNamespace]) -> Callable[[str], str]:
    """What a snippet prints: known from the last build, or run now."""
    jobs = snippets.jobs()

    def get(name: str) -> str:
        known = snippets.cached(jobs[name])
        return known.output if known else run(name).printed

    return get


@pytest.fixture(scope="session")
def study() -> Callable[[str], list[dict]]:
    """The rows of a study's table, numbers as numbers; `make study` runs them again."""
    import study as wide

    paths = wide.find()
    return lambda stem: wide.rows(paths[stem].with_suffix(".md").read_text("utf-8"))


# ---- Small projects, for tests that break things -----------------------------------
@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all small projects of this session."""
    return tmp_path_factory.getbasetemp()


@pytest.fixture
def project(tmp_path: Path, base: Path) -> Path:
    """A small project with its last site and its runs, to change."""
    import small_project

    return small_project.copy(base, tmp_path / "project")


# ---- The site ----------------------------------------------------------------------
def build(
    site: Path, address: str = "", root: Path = ROOT
) -> subprocess.CompletedProcess:
    """Run `mkdocs build` as an author would."""
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": "0"}
    environment["SITE_URL"] = address or "http://127.0.0.1:8000/"
    environment["REPO_URL"] = "https://github.com/owner/project"
    environment["EDIT_URI"] = "edit/main/docs/"
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(site)],
        cwd=root,
        env=environment,
        text=True,
        capture_output=True,
        timeout=600,
    )


def pytest_configure(config: pytest.Config) -> None:
    """Serve a folder to all workers: a page knows its address, so there is one."""
    if hasattr(config, "workerinput"):
        config.served = config.workerinput["served"]
        return
    import look

    with contextlib.ExitStack() as stack:
        made = tempfile.TemporaryDirectory(prefix="site-", ignore_cleanup_errors=True)
        folder = stack.enter_context(made)
        config.served = stack.enter_context(look.serve(Path(folder))), folder
        config.add_cleanup(stack.pop_all().close)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: SimpleNamespace) -> None:
    """Tell a worker of xdist where that is."""
    node.workerinput["served"] = node.config.served


@pytest.fixture(scope="session")
def address_and_site(pytestconfig: pytest.Config) -> tuple[str, Path]:
    """The built site, served below a path as GitHub Pages does, and its folder."""
    server, folder = pytestconfig.served
    address, site = f"{server}why/networks/", Path(folder, "why/networks")
    said = Path(folder, "said")
    with Path(folder, "lock").open("w") as lock:
        with contextlib.suppress(ImportError):  # Windows, where one process tests
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            done = build(site, address)
            words = done.stdout + done.stderr
            said.write_text(words if done.returncode else "", encoding="utf-8")
    assert site.exists(), said.read_text("utf-8")
    return address, site


@pytest.fixture(scope="session")
def site(address_and_site: tuple[str, Path]) -> Path:
    """The folder of the built site."""
    return address_and_site[1]


@pytest.fixture(scope="session")
def address(address_and_site: tuple[str, Path]) -> str:
    """The address of the built site, ending in a slash."""
    return address_and_site[0]


# ---- In a browser ------------------------------------------------------------------
@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """A headless Chromium; without one, skip here and fail in CI."""
    from playwright.sync_api import Error, expect, sync_playwright

    import look

    expect.set_options(timeout=60_000)  # only what never comes takes that long
    with sync_playwright() as playwright:
        try:
            chromium = look.launch(playwright)
        except Error:
            remedy = "no browser: run `playwright install chromium` or install Chromium"
            if os.environ.get("CI") == "true":
                pytest.fail(remedy)
            pytest.skip(remedy)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: object, address: str) -> Iterator[Callable[..., object]]:
    """Open a page; whatever the test does there, nothing goes wrong.

    Wrong are errors, anything in the console, failed requests, requests to other hosts.
    """
    opened = []

    def open_page(page: str = "", width: int = DESK, **options: object) -> object:
        size = {"width": width, "height": 800}
        context, wrong = browser.new_context(viewport=size, **options), []
        opened.append((context, wrong))
        tab = context.new_page()
        own = (address, "data:", "blob:")
        tab.on("request", lambda it: it.url.startswith(own) or wrong.append(it.url))
        tab.on("response", lambda it: it.status < 400 or wrong.append(it.url))
        tab.on("console", lambda it: it.type == "log" or wrong.append(it.text))
        tab.on("pageerror", lambda it: wrong.append(str(it)))
        tab.goto(address + page)
        return tab

    yield open_page
    for context, wrong in opened:
        context.close()
        assert not wrong
