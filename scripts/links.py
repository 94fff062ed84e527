"""Every link, anchor and file that the built site names must be in the built site."""

import functools
import html
import posixpath
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

TAG = re.compile(r"<([a-z][a-z0-9]*)\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", re.I)
ATTRIBUTE = re.compile(
    r"\s(href|src|srcset|poster|id|rel)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)", re.I
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


def broken(site: Path) -> list[tuple[str, str, str]]:
    """(page, link, what is wrong) for each link that would fail below some path."""
    files = {
        path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()
    }
    names = sorted(name for name in files if name.endswith(".html"))
    pages = {name: parse(name, (site / name).read_text("utf-8")) for name in names}
    wrong = []
    for page, (_, links) in pages.items():
        for link in links:
            reason = link.wrong
            if link.file and link.file not in files:
                reason = "leads nowhere"
            elif link.anchor and link.file in pages:
                known = link.anchor in pages[link.file][0]
                reason = "" if known else "names no anchor of that page"
            if reason:
                wrong.append((page, link.text, reason))
    return wrong
