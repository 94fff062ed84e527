"""All pages and what is on them, as the tests of this folder need it."""

import re
from pathlib import Path
from typing import NamedTuple

import pages
import snippets
from common import ROOT, SNIPPETS

FIGURE = re.compile(r"^ *!\[([^\]]*)\]\((?:\.\./)*figures/(\w+)\.svg\) *$", re.M)
VALUE = re.compile(r"\]\(([^)\s#]*)#(\w+):(\w+=[^)\s]+)\)")  # a link to one


class Shown(NamedTuple):
    """A figure on a page's source."""

    page: str
    alt: str
    stem: str


def address_of(page: pages.Page) -> str:
    """Where a page is below the address of the site."""
    name = page.path.relative_to(ROOT / "docs").with_suffix("").as_posix()
    return re.sub(r"(^|/)index/$", r"\1", f"{name}/")


paths = [path for end in ("md", "ipynb") for path in (ROOT / "docs").rglob(f"*.{end}")]
READ = [pages.read(path) for path in sorted(paths) if ".ipynb_" not in str(path)]
PAGES = {address_of(page): page for page in READ}
NAMES = {page.path.relative_to(ROOT / "docs").as_posix(): page for page in READ}
SHOWN = [
    Shown(name, *found)
    for name, page in NAMES.items()
    for found in FIGURE.findall(page.prose)
]
SCRIPTS = snippets.find()
RECIPES = {path.stem: path for path in sorted(SNIPPETS.glob("**/recipes/*.py"))}
STUDIES = {path.stem: path for path in sorted(SNIPPETS.glob("**/studies/*.py"))}
VALUES = {
    name: job for name, job in snippets.jobs().items() if job.choice
}  # born_dead:DEPTH=10: its run
RICHEST = max(PAGES, key=lambda at: len(FIGURE.findall(PAGES[at].prose)))


def page_of(stem: str) -> str:
    """The address of the page that has a snippet's card."""
    (name,) = (shown.page for shown in SHOWN if shown.stem == stem)
    return address_of(NAMES[name])


def html_of(site: Path, page: str) -> str:
    """A built page."""
    return (site / page / "index.html").read_text("utf-8")
