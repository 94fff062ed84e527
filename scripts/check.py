"""A finished site, whoever made it: links, anchors, orphans; then it replaces the last.

python scripts/check.py [folder]    default: site/
"""

import atexit
import contextlib
import errno
import functools
import html
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from posixpath import basename, dirname, join, normpath
from urllib.parse import unquote, urlsplit

from common import MARKDOWN, ROOT, problem
from pages import Page

SVG = re.compile(r"<svg\b.*?</svg>", re.S)  # its links stay inside
TAG = re.compile(r"<([a-z][a-z0-9]*)\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", re.I)
NAMES = r"\s(href|src|srcset|poster|id|rel|http-equiv)"
ATTRIBUTE = re.compile(NAMES + r"\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)", re.I)
LOADING = {"stylesheet", "preload", "icon", "modulepreload", "prefetch", "preconnect"}


@functools.lru_cache(256)  # under `serve` most pages stay as they are
def parse(page: str) -> tuple[set[str], dict[str, bool], bool]:
    """Ids of a page; its links, and whether each loads by itself; whether it moved."""
    ids, links, moved = set(), dict[str, bool](), False
    for tag, rest in TAG.findall(SVG.sub("", page)):
        found = {"rel": "", "srcset": ""}
        for key, value in ATTRIBUTE.findall(rest):
            found[key.lower()] = html.unescape(value.strip("\"'"))
        ids.add(found.get("id", ""))
        moved = moved or found.get("http-equiv") == "refresh"
        if "href" in found:
            loads = tag.lower() == "link" and bool(LOADING & set(found["rel"].split()))
            links[found["href"]] = loads or links.get(found["href"], False)
        loaded = [found[key] for key in ("src", "poster") if key in found]
        loaded += re.findall(r"(?:^|,)\s*([^\s,]+)", found["srcset"])
        links |= dict.fromkeys(loaded, True)
    return ids, links, moved


def resolve(link: str, loads: bool, page: str) -> tuple[str, str, str]:
    """File and anchor that a link leads to, and what is wrong with it on any site."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return "", "", "is malformed"
    if parts.scheme or parts.netloc:
        foreign = loads and parts.scheme != "data"
        return "", "", "loads from another host" if foreign else ""
    if parts.path.startswith("/"):  # 404.html is served at any depth, so it must do so
        fails = page != "404.html"
        return "", "", "breaks when the site is below a path" if fails else ""
    path = join(dirname(page), unquote(parts.path)) if parts.path else page
    path += "/index.html" if path.endswith(("/", ".")) else ""
    own = parts.fragment.startswith(("__", ":~:"))  # the theme's and the browser's
    return normpath(path), "" if own else unquote(parts.fragment), ""


def broken(site: Path) -> Iterator[tuple[str, str, str]]:
    """(page, link, what is wrong) for each link that would fail below some path.

    A page that no other page links to is an orphan, and its link is "".
    """
    files = {it.relative_to(site).as_posix() for it in site.rglob("*") if it.is_file()}
    names = sorted(name for name in files if name.endswith(".html"))
    pages = {name: parse((site / name).read_text("utf-8")) for name in names}
    reached = {"index.html", "404.html"}
    for page, (_, links, _) in pages.items():
        for link, loads in links.items():
            file, anchor, reason = resolve(link, loads, page)
            if file and file not in files:
                reason = "leads nowhere"
            elif anchor and file in pages and anchor not in pages[file][0]:
                reason = "names no anchor of that page"
            if reason:
                yield page, link, reason
            if file != page:
                reached.add(file)
    for page, (_, _, moved) in pages.items():
        if page not in reached and not moved:
            yield page, "", "no page links to this one"


def finished(folder: str, sources: Iterable[Page] = ()) -> list[str]:
    """Add Markdown and search to a site; all that is wrong, at its line in a source."""
    shutil.copytree(MARKDOWN, folder, dirs_exist_ok=True)
    known, found = {f"{page.address}index.html": page for page in sources}, []
    for built, link, reason in broken(Path(folder)):
        path, line = Path(built), 1
        if page := known.get(built):
            words = link, *re.findall("#.+", link), basename(link.rstrip("/"))
            path, line = page.path, page.line_of(*words)
        message = f"the link {link} {reason}" if link else reason
        found.append(str(problem(path, line, message)))
    if not found and not Path(folder, "pagefind").exists():  # `serve` has the first's
        command = [sys.executable, "-m", "pagefind", "--site", folder]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        found += [f"{folder}:1: Pagefind: {done.stderr}"] if done.returncode else []
    return found


def aside(target: str) -> str:
    """A folder beside another to build in; gone at the end if it is still there."""
    folder = str(Path(target).with_name(f".site-{uuid.uuid4()}"))
    os.makedirs(folder)
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
