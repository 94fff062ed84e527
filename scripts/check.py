"""A finished site, whoever made it: links, anchors, orphans; then it replaces the last.

python scripts/check.py [folder]    default: site/
"""

import atexit
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
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from common import MARKDOWN, ROOT, problem
from pages import Page

TAG = re.compile(r"<([a-z][a-z0-9]*)\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", re.I)
ATTRIBUTE = re.compile(
    r"\s(href|src|srcset|poster|id|rel|http-equiv)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)",
    re.I,
)
LOADING = {"stylesheet", "preload", "icon", "modulepreload", "prefetch", "preconnect"}


class Link(NamedTuple):
    """A link as it stands on a page, and where it leads in the built site."""

    text: str
    file: str = ""
    anchor: str = ""
    wrong: str = ""  # whatever the rest of the site is like


@functools.lru_cache(256)  # under `serve` most pages stay as they are
def parse(name: str, page: str) -> tuple[set[str], list[Link], bool]:
    """Ids of a page, its links, and whether it only leads on to a page that moved."""
    ids, links, moved = set(), {}, False
    page = re.sub(r"<svg\b.*?</svg>", "", page, flags=re.S)  # their links stay inside
    for tag, rest in TAG.findall(page):
        pairs = (
            (key.lower(), value.strip("\"'")) for key, value in ATTRIBUTE.findall(rest)
        )
        found = {key: html.unescape(value) for key, value in pairs}
        ids |= {found["id"]} if "id" in found else set()
        moved = moved or found.get("http-equiv") == "refresh"
        loads = tag.lower() == "link" and bool(
            LOADING & set(found.get("rel", "").split())
        )
        sizes = (
            size.split()[0]
            for size in found.get("srcset", "").split(",")
            if size.strip()
        )
        seen = [
            (found.get("href"), loads),
            (found.get("src"), True),
            (found.get("poster"), True),
        ]
        links |= dict.fromkeys(
            (it for it in [*seen, *((s, True) for s in sizes)] if it[0] is not None)
        )
    return ids, [resolve(link, loads, name) for link, loads in links], moved


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
    anchor = "" if parts.fragment.startswith(("__", ":~:")) else unquote(parts.fragment)
    if not parts.path:
        return Link(link, page, anchor)
    path = posixpath.join(posixpath.dirname(page), unquote(parts.path))
    return Link(
        link,
        posixpath.normpath(path + "/index.html" * path.endswith(("/", "."))),
        anchor,
    )


def broken(site: Path) -> Iterator[tuple[str, str, str]]:
    """(page, link, what is wrong) for each link that would fail below some path.

    A page that no other page links to is an orphan, and its link is "".
    """
    files = {it.relative_to(site).as_posix() for it in site.rglob("*") if it.is_file()}
    names = sorted(name for name in files if name.endswith(".html"))
    pages = {name: parse(name, (site / name).read_text("utf-8")) for name in names}
    for page, (_, links, _) in pages.items():
        for link in links:
            reason = link.wrong
            if link.file and link.file not in files:
                reason = "leads nowhere"
            elif (
                link.anchor
                and link.file in pages
                and link.anchor not in pages[link.file][0]
            ):
                reason = "names no anchor of that page"
            if reason:
                yield page, link.text, reason
    reached = {
        link.file for name, it in pages.items() for link in it[1] if link.file != name
    }
    for page, (_, _, moved) in pages.items():
        if page not in reached | {"index.html", "404.html"} and not moved:
            yield page, "", "no page links to this one"


def finished(folder: str, sources: Iterable[Page] = ()) -> list[str]:
    """Add Markdown and search to a site; all that is wrong, at its line in a source."""
    site, found, known = Path(folder), [], {}
    shutil.copytree(MARKDOWN, site, dirs_exist_ok=True)
    for page in sources:
        known[
            posixpath.join(re.sub(r"(\bindex)?\.\w+$", "", page.name), "index.html")
        ] = page
    for built, link, reason in broken(site):
        message = f"the link {link} {reason}" if link else reason
        if page := known.get(built):
            last = posixpath.basename(link.rstrip("/"))
            text = page.path.read_text("utf-8")
            written = (
                it for it in (link, f"#{link.partition('#')[2]}", last) if len(it) > 1
            )
            line = page.line_of(next((it for it in written if it in text), ""))
            found.append(str(problem(page.path, line, message)))
        else:
            found.append(f"{built}:1: {message}")
    if not found and not (site / "pagefind").exists():  # `serve` has the first build's
        command = [sys.executable, "-m", "pagefind", "--site", folder]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        found += [f"{folder}:1: Pagefind: {done.stderr}"] if done.returncode else []
    return list(dict.fromkeys(found))


def aside(target: str) -> str:
    """A folder beside another, to build in; gone at the end unless it has replaced it."""
    parent = Path(target).parent
    parent.mkdir(parents=True, exist_ok=True)
    folder = tempfile.mkdtemp(dir=parent, prefix=".site-")
    os.chmod(folder, 0o755)  # its own mode is for its user only
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def replace(target: str, new: str) -> None:
    """Put a folder in another's place, even while a second build does the same."""
    while os.path.exists(new):
        with contextlib.suppress(FileNotFoundError):
            os.rename(target, f"{new}-old")
        try:
            os.rename(new, target)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
        shutil.rmtree(f"{new}-old", ignore_errors=True)


if __name__ == "__main__":
    wrong = finished(sys.argv[1] if sys.argv[1:] else str(ROOT / "site"))
    sys.exit("\n".join(wrong) or None)
