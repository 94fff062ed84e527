"""What every built page has, seen in its HTML: no browser needed for that."""

import gzip
import html
import itertools
import posixpath
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from urllib.parse import urljoin

import pytest
import sources
import yaml

from benchmark import needed
from common import ROOT

LOADED = re.compile(r"<(?:link|script|img)\b[^>]*>")
ATTRIBUTE = re.compile(r'([\w:-]+)="([^"]*)"')
RULE = re.compile(r"([^{}]+)\{font-family:KaTeX_(\w+)([^}]*)\}")
CODE = re.compile(  # and all other tags
    r"<(pre|code|svg|math|script|style)\b.*?</\1>"
    r'|<div class="clipboard-copy-txt".*?</div>|<[^>]*>',
    re.S,
)
FIGURE = re.compile(r'<[^>]* data-live="([\w-]+)"')
VISITED = [sources.RICHEST, "reference/bibliography/", "bench/"]  # it has a worker
AHEAD = 24  # pictures of the gallery that a browser fetches before they are reached
KINDS = {"stylesheet", "icon", "preload", "modulepreload"}


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, str]:
    """HTML of every page, by its address below the site's."""
    return {page: sources.html_of(site, page) for page in sources.PAGES}


def attributes(tag: str) -> dict[str, str]:
    """The attributes of a tag."""
    return {name: html.unescape(value) for name, value in ATTRIBUTE.findall(tag)}


def fonts_of(page: str, css: str) -> Iterator[str]:
    """Files of the fonts that KaTeX's style sheet gives to something on a page."""
    used = [set(it.split()) for it in set(re.findall(r'class="([^"]*)"', page))]
    for selectors, family, style in RULE.findall(css):
        last = [it.removesuffix(">span").split()[-1] for it in selectors.split(",")]
        wanted = [set(it.split(".")) - {""} for it in last]
        if any(classes <= found for classes in wanted for found in used):
            kind = "Bold" * ("700" in style) + "Italic" * ("italic" in style)
            yield f"assets/katex/fonts/KaTeX_{family}-{kind or 'Regular'}.woff2"


def live(site: Path, text: str) -> set[str]:
    """Files that the live figures of a page ask for, as assets/live.js does."""
    rooms = FIGURE.findall(text)
    found = needed(site / "assets", *rooms) if rooms else set()
    return {path.relative_to(site).as_posix() for path in found}


def asked(site: Path, page: str, text: str) -> set[str]:
    """Files that a first visit asks for: what HTML and figures name, fonts, sitemap."""
    outside = re.sub(r"<svg\b.*?</svg>", "", text, flags=re.S)
    found = {page, "sitemap.xml"}  # navigation.instant wants to know the pages
    ahead = itertools.count()
    for it in map(attributes, LOADED.findall(outside)):
        if it.get("loading") == "lazy" and next(ahead) >= AHEAD:
            continue
        loads = it.get("src") or (it.get("rel") in KINDS and it["href"])
        if loads and not loads.startswith("data:"):
            found.add(posixpath.normpath(posixpath.join(page, loads)))
    if 'class="katex"' in text:
        css = (site / "assets/katex/katex.min.css").read_text("utf-8")
        found |= {"assets/katex/fonts/KaTeX_Main-Regular.woff2", *fonts_of(text, css)}
    return found | live(site, text)


def weight(site: Path, names: set[str]) -> int:
    """Bytes of files as a host like GitHub Pages sends them: compressed."""
    files = [site / name for name in names]
    files = [path / "index.html" if path.is_dir() else path for path in files]
    return sum(len(gzip.compress(path.read_bytes())) for path in files)


def test_a_first_visit_transfers_at_most_300_kb_and_most_are_light(pages, site):
    sizes = {page: weight(site, asked(site, page, it)) for page, it in pages.items()}
    assert {page: size for page, size in sizes.items() if size > 300_000} == {}
    assert median(sizes.values()) < 135_000  # the goal is 130,000


@pytest.mark.parametrize("page", VISITED)
def test_a_browser_asks_for_what_is_counted_here(page, pages, site, browser, address):
    tab, seen = browser.new_page(), set()
    tab.on("request", lambda it: seen.add(it.url.removeprefix(address)))
    tab.goto(address + page)
    for figure in tab.locator("[data-live]").all():  # what is far down waits
        figure.scroll_into_view_if_needed()
        figure.locator(".live").wait_for()
    tab.wait_for_load_state("networkidle")
    tab.close()
    seen, counted = {it for it in seen if ":" not in it}, asked(site, page, pages[page])
    assert seen <= counted
    # The browser may have the icon already, and lays out formulas of folds later.
    assert {it for it in counted - seen if "/fonts/" not in it} <= {"assets/icon.svg"}


def test_nothing_of_the_search_is_fetched_before_somebody_searches(pages, site):
    for page, text in pages.items():
        assert not [it for it in asked(site, page, text) if "pagefind" in it], page
        assert '<button type="button" class="search"' in text, page


def test_a_page_says_where_it_is_edited(pages):
    for page, text in pages.items():
        source = sources.PAGES[page].path.relative_to(ROOT).as_posix()
        (tag,) = re.findall(r'<a [^>]*rel="edit"[^>]*>', text)
        place = f"https://github.com/owner/project/edit/main/{source}"
        assert attributes(tag)["href"] == place


def test_a_link_to_a_page_is_previewed_by_a_card_of_the_size_it_says(
    pages, site, address
):
    for page, text in pages.items():
        tags = map(attributes, re.findall(r"<meta [^>]*>", text))
        meta = {it["property"]: it["content"] for it in tags if "property" in it}
        assert meta["og:url"] == address + page
        assert meta["og:image"].startswith(f"{address}figures/")
        card = (site / meta["og:image"].removeprefix(address)).read_bytes()
        assert card[:16] == b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", page
        size = meta["og:image:width"], meta["og:image:height"]
        assert struct.unpack(">II", card[16:24]) == (1200, 630) == (*map(int, size),)
        shown = [it.stem for it in sources.SHOWN if sources.page_of(it.stem) == page]
        assert Path(meta["og:image"]).stem == [*shown, "overview"][0]


def test_no_line_ends_inside_a_number(pages):
    for page, text in pages.items():
        article = text[text.index("<article") : text.index("</article>")]
        prose = re.sub(CODE, "", article)
        assert not re.findall("[0-9] × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", html.unescape(prose)), page


def test_every_figure_is_on_its_page_once_with_its_text_for_those_who_hear_it(pages):
    for page, alt, stem in sources.SHOWN:
        text = pages[sources.address_of(sources.NAMES[page])]
        (tag,) = re.findall(rf'id="card-{stem}"><svg role="img" ([^>]*)>', text)
        assert html.unescape(attributes(tag)["aria-label"]) == alt, stem


def test_formulas_are_there_for_eyes_and_for_ears_and_none_is_left_as_latex(pages):
    for page, text in pages.items():
        article = text[text.index("<article") : text.index("</article>")]
        assert article.count('class="katex-html"') == article.count("<math ")
        prose = re.sub(CODE, "", article)
        assert not re.search(r"\\[a-z]{2,}|\$[^$\n]+\$", html.unescape(prose)), page


def test_every_page_is_also_published_as_markdown_and_llms_txt_lists_it(site):
    listed = re.findall(
        r"^- \[(.+)\]\((\S+)\): (.+)$", (site / "llms.txt").read_text("utf-8"), re.M
    )
    wanted = {
        name.replace(".ipynb", ".md"): (page.front["title"], page.front["description"])
        for name, page in sources.NAMES.items()
    }
    assert {link: (title, about) for title, link, about in listed} == wanted
    assert len(listed) == len(wanted)
    for link in wanted:
        text = (site / link).read_text("utf-8")
        assert re.search("^# ", text, re.M), link
        assert not re.search(r'^ *--8<-- "', text, re.M), link


def test_a_moved_page_leads_to_where_it_is_now(site, address):
    class Loader(yaml.SafeLoader):
        """Reads MkDocs' own tags as nothing."""

    Loader.add_multi_constructor("", lambda *_: None)
    stored = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Loader)
    named = [it for it in stored["plugins"] if isinstance(it, dict)]
    moved = {k: v for it in named for k, v in it.get("redirects", {}).items()}
    for old, new in moved.get("redirect_maps", {}).items():
        at = re.sub(r"(^|/)index/$", r"\1", f"{old.removesuffix('.md')}/")
        text = sources.html_of(site, at)
        (target,) = re.findall(r'http-equiv="refresh" content="0; url=([^"]*)"', text)
        page = urljoin(address + at, target).removeprefix(address).split("#")[0]
        assert page == sources.address_of(sources.NAMES[new.split("#")[0]])
