"""A finished site, whoever made it: links, anchors, orphans; then it replaces the last.

python scripts/check.py [folder]    default: site/
"""

import contextlib
import errno
import functools
import html
import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from common import ROOT, ProblemError, problem
from pages import Page

TAG = re.compile(r"<([a-z][a-z0-9]*)\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", re.I)
ATTRIBUTE = re.compile(
    r"\s(href|src|srcset|poster|id|rel)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)", re.I
)
REDIRECT = re.compile(r'<meta http-equiv="refresh"', re.I)  # of a moved page
NO_PROSE = (  # what a search need not know
    "pre, .formula, figure, .headerlink, .md-content__button, .tools, .try, .updated, "
    ".footnote-ref, .footnote-backref"
)
LOADING = {"stylesheet", "preload", "icon", "modulepreload", "prefetch", "preconnect"}


class Link(NamedTuple):
    """A link as it stands on a page, and where it leads in the built site."""

    text: str
    file: str = ""
    anchor: str = ""
    wrong: str = ""  # whatever the rest of the site is like


@functools.lru_cache(256)  # under `serve` most pages stay as they are
def parse(name: str, page: str) -> tuple[set[str], list[Link]]:
    """Ids of a page, and its links."""
    ids, links = set(), {}
    page = re.sub(r"<svg\b.*?</svg>", "", page, flags=re.S)  # their links stay inside
    for tag, rest in TAG.findall(page):
        found = {
            attribute.lower(): html.unescape(value.strip("\"'"))
            for attribute, value in ATTRIBUTE.findall(rest)
        }
        if "id" in found:
            ids.add(found["id"])
        rel = set(found.get("rel", "").lower().split())
        if "href" in found:
            links[found["href"], tag.lower() == "link" and bool(LOADING & rel)] = None
        sizes = (size.split() for size in found.get("srcset", "").split(","))
        loaded = [found.get("src"), found.get("poster"), *(s[0] for s in sizes if s)]
        links |= {(link, True): None for link in loaded if link is not None}
    return ids, [resolve(link, loads, name) for link, loads in links]


def resolve(link: str, loads: bool, page: str) -> Link:
    """Where a link of a page leads; `loads`: the browser goes there by itself."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return Link(link, wrong="is malformed")
    if parts.scheme or parts.netloc:
        foreign = loads and parts.scheme != "data"
        return Link(link, wrong="loads from another host" if foreign else "")
    if parts.path.startswith("/"):  # 404.html is served at any depth, so it must do so
        fails = page != "404.html"
        return Link(link, wrong="breaks when the site is below a path" if fails else "")
    anchor = unquote(parts.fragment)
    if anchor.startswith(("__", ":~:")):  # the theme's, and the browser's own
        anchor = ""
    if not parts.path:
        return Link(link, page, anchor)
    path = posixpath.join(posixpath.dirname(page), unquote(parts.path))
    if path.endswith(("/", ".")):
        path += "/index.html"
    return Link(link, posixpath.normpath(path), anchor)


def broken(site: Path) -> Iterator[tuple[str, str, str]]:
    """(page, link, what is wrong) for each link that would fail below some path.

    A page that no other page links to is an orphan: its link is "".
    """
    files = {it.relative_to(site).as_posix() for it in site.rglob("*") if it.is_file()}
    names = sorted(name for name in files if name.endswith(".html"))
    pages = {name: parse(name, (site / name).read_text("utf-8")) for name in names}
    reached = {"index.html", "404.html"}
    for page, (_, links) in pages.items():
        for link in links:
            reached |= {link.file} if link.file != page else set()
            reason = link.wrong
            if link.file and link.file not in files:
                reason = "leads nowhere"
            elif link.anchor and link.file in pages:
                known = link.anchor in pages[link.file][0]
                reason = "" if known else "names no anchor of that page"
            if reason:
                yield page, link.text, reason
    for page in names:
        if page not in reached and not REDIRECT.search((site / page).read_text("utf-8")):
            yield page, "", "is a page that no page links to"


def source_of(built: str, sources: Iterable[Page]) -> Page | None:
    """The source of a built page."""
    for page in sources:
        name = re.sub(r"(?:(?<=/)index|\bindex)?\.\w+$", "", page.name)
        if built == posixpath.join(name, "index.html"):
            return page
    return None


def problems(site: Path, sources: Iterable[Page] = ()) -> list[str]:
    """All that is wrong, at its line in the source where there is one."""
    found = []
    for built, link, reason in broken(site):
        message = f"the link {link} {reason}" if link else reason
        if page := source_of(built, sources):
            last = posixpath.basename(link.rstrip("/"))
            written = (link, f"#{link.partition('#')[2]}", last, last.replace(".html", ""))
            text = page.path.read_text("utf-8")
            words = next((it for it in written if len(it) > 1 and it in text), "")
            found.append(str(problem(page.path, page.line_of(words), message)))
        else:
            found.append(f"{built}:1: {message}")
    return list(dict.fromkeys(found))


def index(site: Path) -> None:
    """Have Pagefind read the site: its index loads when somebody searches."""
    command = [sys.executable, "-m", "pagefind", "--site", str(site)]
    command += ["--root-selector", "article", "--glob", "**/index.html"]
    command += ["--exclude-selectors", NO_PROSE]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise ProblemError(f"{site}:1: Pagefind: {done.stderr.strip() or done.stdout}")


def replace(target: Path, new: Path) -> None:
    """Put a folder in another's place, even while a second build does the same."""
    old = new.with_name(f"{new.name}-old")
    while new.exists():
        with contextlib.suppress(FileNotFoundError):
            os.rename(target, old)
        try:
            os.rename(new, target)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
        shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    wrong = problems(Path(sys.argv[1] if sys.argv[1:] else ROOT / "site"))
    sys.exit("\n".join(wrong) or None)
