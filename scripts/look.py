"""Look at every page: screenshots at three widths in both schemes.

python scripts/look.py [folder]    default: build/screenshots, from the site in site/
"""

import contextlib
import functools
import http.server
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from playwright.sync_api import (
    Browser,
    Error,
    Playwright,
    ViewportSize,
    sync_playwright,
)

from common import BUILD, ROOT

WIDTHS = (390, 768, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serve(
    folder: Path, port: int = 0, handler: type[Handler] = Handler
) -> Iterator[str]:
    """Serve a folder on a port of this machine, or a free one; yield its address."""
    made = functools.partial(handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), made) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def launch(playwright: Playwright) -> Browser:
    """Playwright's own Chromium if it is installed, else the system's."""
    names = ("chromium", "chromium-browser", "google-chrome")
    system = next(filter(None, map(shutil.which, names)), None)
    flags = ["--no-sandbox", "--disable-background-networking"]
    try:
        return playwright.chromium.launch(args=flags)
    except Error:
        if system is None:
            raise
        return playwright.chromium.launch(args=flags, executable_path=system)


def main(folder: Path) -> None:
    """Write one PNG for each page, width and scheme."""
    site = ROOT / "site"
    pages = [path.relative_to(site) for path in sorted(site.rglob("index.html"))]
    folder.mkdir(parents=True, exist_ok=True)
    with serve(site) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        for scheme in SCHEMES:
            for width in WIDTHS:
                size = ViewportSize(width=width, height=900)
                tab = browser.new_page(viewport=size, color_scheme=scheme)
                for page in pages:
                    tab.goto(f"{address}{page.parent.as_posix()}/", wait_until="load")
                    name = "-".join(page.parent.parts) or "home"
                    path = folder / f"{name}-{width}-{scheme}.png"
                    tab.screenshot(path=path, full_page=True)
                tab.close()
    print(f"{len(pages) * len(WIDTHS) * len(SCHEMES)} pictures in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else BUILD / "screenshots")
