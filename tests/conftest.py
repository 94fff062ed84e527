"""Fixtures: a snippet's names after its run, and the site as a visitor gets it."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import snippets  # noqa: E402  the path comes first

os.environ.update(snippets.ENVIRONMENT)  # as in the build: one thread, no display
# Machines are noisy, and a run that is red today must be red tomorrow.
hypothesis.settings.register_profile("site", deadline=None, derandomize=True)
hypothesis.settings.load_profile("site")


@pytest.fixture(scope="session")
def run() -> Callable[[str], SimpleNamespace]:
    """Run a snippet once: its names are attributes, its output is `printed`."""
    done: dict[str, SimpleNamespace] = {}

    def get(stem: str) -> SimpleNamespace:
        if stem not in done:
            path, output = snippets.find()[stem], io.StringIO()
            with contextlib.redirect_stdout(output):
                names = snippets.execute(path.read_bytes(), path)
            done[stem] = SimpleNamespace(**{**names, "printed": output.getvalue()})
        return done[stem]

    return get


def build(
    site: Path, address: str = "", root: Path = ROOT
) -> subprocess.CompletedProcess:
    """Run `mkdocs build` as an author would."""
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--quiet",
        "--site-dir",
        str(site),
    ]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": "0"}
    environment["SITE_URL"] = address or "http://127.0.0.1:8000/"
    environment["REPO_URL"] = "https://github.com/owner/project"
    return subprocess.run(
        command, cwd=root, env=environment, text=True, capture_output=True, timeout=600
    )


@pytest.fixture(scope="session")
def address_and_site(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, Path]]:
    """The built site, served below a path as GitHub Pages does, and its folder."""
    import look

    root = tmp_path_factory.mktemp("served")
    with look.serve(root) as server:
        address = f"{server}why/networks/"
        site = root / "why/networks"
        done = build(site, address)
        assert done.returncode == 0, done.stdout + done.stderr
        yield address, site


@pytest.fixture(scope="session")
def site(address_and_site: tuple[str, Path]) -> Path:
    """The folder of the built site."""
    return address_and_site[1]


@pytest.fixture(scope="session")
def address(address_and_site: tuple[str, Path]) -> str:
    """The address of the built site, ending in a slash."""
    return address_and_site[0]


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """A headless Chromium; without one, skip here and fail in CI."""
    from playwright.sync_api import Error, sync_playwright

    import look

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
