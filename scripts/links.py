"""Every link, anchor and file that the built site names must be in the built site."""

import functools
import html
import posixpath
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

TAG = re.compile(r"<([a-z][a-z0-9]*)\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", re.I)
ATTRIBUTE = re.compile(
    r"\s(href|src|srcset|poster|id|rel)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)", re.I
)
LOADING = {"stylesheet", "preload", "icon", "modulepreload", "prefetch", "preconnect"}


@functools.lru_cache(256)  # under `serve` most pages stay as they are
def parse(page: str) -> tuple[set[str], list[tuple[str, bool]]]:
    """Ids of a page, and its links with whether the browser loads them by itself."""
    ids, links = set(), []
    page = re.sub(r"<svg\b.*?</svg>", "", page, flags=re.S)  # their links stay inside
    for tag, rest in TAG.findall(page):
        found = {
            name.lower(): html.unescape(value.strip("\"'"))
            for name, value in ATTRIBUTE.findall(rest)
        }
        if "id" in found:
            ids.add(found["id"])
        rel = set(found.get("rel", "").lower().split())
        loads = tag.lower() == "link" and bool(LOADING & rel)
        if "href" in found:
            links.append((found["href"], loads))
        links += [(found[name], True) for name in ("src", "poster") if name in found]
        sizes = found.get("srcset", "").split(",")
        links += [(size.split()[0], True) for size in sizes if size.strip()]
    return ids, links


def broken(site: Path) -> list[tuple[str, str, str]]:
    """(page, link, what is wrong) for each link that would fail below some path."""
    pages = {
        path.relative_to(site).as_posix(): parse(path.read_text(encoding="utf-8"))
        for path in sorted(site.rglob("*.html"))
    }
    files = {
        path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()
    }
    wrong = []
    for page, (_, links) in pages.items():
        for link, loads in dict.fromkeys(links):
            if reason := why_broken(link, loads, page, pages, files):
                wrong.append((page, link, reason))
    return wrong


def why_broken(
    link: str, loads: bool, page: str, pages: dict, files: set[str]
) -> str | None:
    """What is wrong with one link of one page, or None."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return "is malformed"
    if parts.scheme or parts.netloc:
        return "loads from another host" if loads and parts.scheme != "data" else None
    if parts.path.startswith("/"):  # 404.html is served at any depth, so it must do so
        return None if page == "404.html" else "breaks when the site is below a path"
    target = page
    if parts.path:
        target = posixpath.normpath(
            posixpath.join(posixpath.dirname(page), unquote(parts.path))
        )
        if parts.path.endswith(("/", ".")):
            target = posixpath.normpath(f"{target}/index.html")
        if target not in files:
            return "leads nowhere"
    fragment = unquote(parts.fragment)
    if fragment and not fragment.startswith(("__", ":~:")) and target in pages:
        return None if fragment in pages[target][0] else "names no anchor of that page"
    return None
