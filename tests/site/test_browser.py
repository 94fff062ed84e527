"""The site in a real browser: by mouse, by keys, on a phone, on paper, without JS."""

import gzip
import itertools
import json
import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from statistics import median
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, TimeoutError, expect

from look import ALL_DRAWN

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def below(source: Path) -> str:
    """Where a source's page is, below the address of the site."""
    name = source.relative_to(DOCS).with_suffix("").as_posix()
    return re.sub(r"(^|/)index/$", r"\1", f"{name}/")


def text_of(source: Path) -> str:
    """The Markdown of a page or of a notebook."""
    text = source.read_text(encoding="utf-8")
    if source.suffix == ".md":
        return text
    cells = (cell for cell in json.loads(text)["cells"] if "outputs" not in cell)
    text = "\n\n".join("".join(cell["source"]) for cell in cells)
    return re.sub("<[^>]*>", "", text)


SOURCES = sorted([*DOCS.rglob("*.md"), *DOCS.rglob("*.ipynb")])
PAGES = {below(path): path for path in SOURCES}
SCRIPTS = {
    page: re.findall(r'^ *--8<-- "(.+\.py)"', text_of(path), re.M)
    for page, path in PAGES.items()
}
RICHEST = max(PAGES, key=lambda page: text_of(PAGES[page]).count(".svg)"))
PHONE, DESK = 390, 1280
CLIPBOARD = ["clipboard-read", "clipboard-write"]
SCRIPT_BLOCK = ".highlight:has(.filename a)"
COPY = f"{SCRIPT_BLOCK} [data-clipboard-target]"
TOGGLE = "form[data-md-component=palette] label:visible"


def name_of(value: object) -> str:
    """What a page or a width is called in reports."""
    return str(value) or "home"


some_pages = pytest.mark.parametrize(
    "page", dict.fromkeys(["", RICHEST, "reference/glossary/"]), ids=name_of
)

# ---- What the browser sees: JavaScript that returns plain values -------------------
NOTE_SHIFTS = """window.shift = 0; new PerformanceObserver(list =>
    list.getEntries().forEach(entry => window.shift += entry.value)
  ).observe({type: "layout-shift", buffered: true})"""
SETTLED = """() => document.fonts.ready.then(() => new Promise(done =>
  requestAnimationFrame(() => requestAnimationFrame(() => done(window.shift)))))"""
STICKS_OUT = """() => [...document.querySelectorAll("article :not(svg *), footer *")]
  .filter(e => e.checkVisibility() && (e.getBoundingClientRect().right > innerWidth + 1
    || /auto|scroll/.test(getComputedStyle(e).overflowX)
      && e.scrollWidth > e.clientWidth + 1))
  .filter(e => !e.closest("pre, .md-typeset__scrollwrap, div.formula, .katex-mathml"))
  .map(e => e.outerHTML.slice(0, 80))"""
TEXTS = """() => [...document.querySelectorAll("figure.plot svg")].map(svg => {
  const frame = svg.getBoundingClientRect().toJSON()
  const scale = frame.width / svg.viewBox.baseVal.width
  return [...svg.querySelectorAll("text")].map(e => ({
    text: e.textContent.trim(), size: parseFloat(getComputedStyle(e).fontSize) * scale,
    box: e.getBoundingClientRect().toJSON(), frame}))})"""
TORN = """() => [...document.querySelectorAll("article var.formula")].filter(e => {
    const after = document.createRange(), text = e.nextSibling
    if (!/^[.,;:!?)]/.test(text?.data)) return false
    after.setStart(text, 0)
    after.setEnd(text, 1)
    const last = [...e.querySelectorAll(".katex-base")].at(-1).getBoundingClientRect()
    return after.getBoundingClientRect().top > last.bottom
  }).map(e => e.querySelector("annotation").textContent)"""
UNSEEN = """() => [...document.querySelectorAll(
    "article :is(h1, h2, h3, p, li, td, th, dt, dd, summary, svg, code, .katex-html)")]
  .filter(e => e.textContent.trim())
  .filter(e => !e.checkVisibility({opacityProperty: true, visibilityProperty: true})
    || !e.getBoundingClientRect().height)
  .map(e => `${e.tagName} ${e.textContent.trim().slice(0, 40)}`)"""
VISIBLE = """selector => [...document.querySelectorAll(selector)]
  .filter(e => e.checkVisibility({visibilityProperty: true}))
  .map(e => e.outerHTML.slice(0, 80))"""
COLOURS = """selector => [...document.querySelectorAll(selector)]
  .map(e => getComputedStyle(e)).flatMap(style => [style.fill, style.stroke])"""
LAID_OUT = """[...document.querySelectorAll("*")]
  .filter(e => e.checkVisibility({contentVisibilityAuto: true})).length"""
CODE_HEIGHTS = """[...document.querySelectorAll("article > .highlight")]
  .map(e => e.getBoundingClientRect().height)"""
INK = "getComputedStyle(document.querySelector('h1')).color"
# Fingers are slower than the frames in which code gets its button and a menu slides in.
STOP = r"""async () => {
  const e = document.activeElement
  const shown = e.matches(".md-option") ? e.nextElementSibling : e
  const look = () => {
    const box = shown.getBoundingClientRect(), style = getComputedStyle(shown)
    let clip = [0, 0, innerWidth, innerHeight]
    for (let up = shown.parentElement; up?.parentElement; up = up.parentElement)
      if (up !== document.body && getComputedStyle(up).overflow !== "visible") {
        const {left, top, right, bottom} = up.getBoundingClientRect()
        clip = [Math.max(clip[0], left), Math.max(clip[1], top),
          Math.min(clip[2], right), Math.min(clip[3], bottom)]
      }
    const far = parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth) / 2
    const middle = (low, high, end) => (Math.max(low, 0) + Math.min(high, end)) / 2
    const top = document.elementFromPoint(middle(box.left, box.right, innerWidth),
      middle(box.top, box.bottom, innerHeight))
    return {
      uncovered: box.width > 1 && box.height > 1 && !!top
        && (shown.contains(top) || top.contains(shown)),
      outlined: style.outlineStyle !== "none"
        && ([box.left - far, box.right + far].some(x => clip[0] <= x && x <= clip[2])
          || [box.top - far, box.bottom + far].some(y => clip[1] <= y && y <= clip[3])),
      named: /\w/.test(e.ariaLabel || e.innerText || e.labels?.[0]?.innerText)}
  }
  for (let frame = 0; frame < 3 || frame < 60 && !look().uncovered; frame++)
    await new Promise(requestAnimationFrame)
  window.reached = (window.reached || new Set()).add(e)
  return {...look(), what: e.outerHTML.slice(0, 90), end: e === document.body}}"""
UNREACHED = """() => [...document.querySelectorAll("*")]
  .filter(e => e.tabIndex >= 0 || e.matches("article abbr"))
  .filter(e => e.checkVisibility({visibilityProperty: true}))
  .filter(e => !e.matches(".md-option") && !window.reached.has(e))
  .map(e => e.outerHTML.slice(0, 90))"""


# ---- Tabs --------------------------------------------------------------------------
def watch(tab: Page, address: str) -> list[str]:
    """Whatever goes wrong from now on: errors, failures, requests to other hosts."""
    wrong: list[str] = []
    own = (address, "data:", "blob:")
    tab.on("request", lambda it: it.url.startswith(own) or wrong.append(it.url))
    tab.on("response", lambda it: it.status < 400 or wrong.append(it.url))
    tab.on("console", lambda it: it.type == "log" or wrong.append(it.text))
    tab.on("pageerror", lambda it: wrong.append(str(it)))
    return wrong


@pytest.fixture(scope="module", params=PAGES, ids=name_of)
def shown(
    request: pytest.FixtureRequest, browser: Browser, address: str
) -> Iterator[SimpleNamespace]:
    """A page, on a desk and then on a phone, for all tests that leave it as it is."""
    context = browser.new_context(permissions=CLIPBOARD)
    context.add_init_script(NOTE_SHIFTS)
    tab = context.new_page()
    wrong, shifts, asked = watch(tab, address), [], set()
    tab.on("request", lambda it: asked.add(it.url.removeprefix(address)))
    for width in (DESK, PHONE):
        tab.set_viewport_size({"width": width, "height": 800})
        tab.goto(address + request.param)
        shifts.append(tab.evaluate(SETTLED))
    seen = {"wrong": wrong, "shifts": shifts, "laid_out": tab.evaluate(LAID_OUT)}
    tab.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
    yield SimpleNamespace(tab=tab, page=request.param, asked=frozenset(asked), **seen)
    context.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Open a page for a test that operates it; whatever it does, nothing goes wrong."""
    opened = []

    def open_page(page: str = "", width: int = DESK, **options: object) -> Page:
        size = {"width": width, "height": 800}
        context = browser.new_context(viewport=size, **options)
        tab = context.new_page()
        opened.append((context, watch(tab, address)))
        tab.goto(address + page)
        return tab

    yield open_page
    for context, wrong in opened:
        context.close()
        assert not wrong


# ---- Looking -----------------------------------------------------------------------
def test_a_page_asks_only_its_own_site_and_reports_no_error(shown):
    assert not shown.wrong


def test_a_first_visit_transfers_at_most_300_kb(shown, site):
    files = [site / name for name in shown.asked if not name.startswith("data:")]
    files = [path / "index.html" if path.is_dir() else path for path in files]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 300_000


def test_a_page_does_not_jump_while_it_loads(shown, browser, address):
    for width, shift in zip((DESK, PHONE), shown.shifts, strict=True):
        loads = [shift]  # a busy machine may once show a page before its fonts
        for _ in range(2 if shift >= 0.02 else 0):
            context = browser.new_context(viewport={"width": width, "height": 800})
            context.add_init_script(NOTE_SHIFTS)
            tab = context.new_page()
            tab.goto(address + shown.page)
            loads.append(tab.evaluate(SETTLED))
            context.close()
        assert median(loads) < 0.02


def test_a_long_page_opens_as_fast_as_a_short_one(shown):
    assert shown.laid_out < 3000  # of up to 25,000 elements


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_code_has_its_height_before_it_is_drawn(visit, width):
    tab = visit(RICHEST, width)
    reserved = tab.evaluate(CODE_HEIGHTS)
    tab.add_style_tag(content=ALL_DRAWN)
    assert reserved == pytest.approx(tab.evaluate(CODE_HEIGHTS), abs=2)


def test_what_the_theme_does_when_it_starts_is_done_before(visit):
    """Or all is styled and laid out once more for each: see overrides/main.html."""
    tab, made = visit(), []
    for _ in range(2):
        tab.wait_for_load_state("networkidle")
        sheets = tab.locator("link[rel=stylesheet]").all()
        made.append([tab.locator("html").get_attribute("class")])
        made[-1] += [sheet.get_attribute("href") for sheet in sheets]
        made[-1] += [tab.locator("meta[name=color-scheme]").count()]
        tab.route("**/*.js", lambda it: it.fulfill(body=""))  # without the theme
        tab.reload()
    assert made[0] == made[1]


def test_only_code_tables_and_formulas_scroll_sideways(shown):
    assert shown.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not shown.tab.evaluate(STICKS_OUT)


def test_lines_end_neither_in_a_number_nor_before_a_comma(shown):
    text = shown.tab.locator("article").inner_text()
    assert not re.findall("[0-9] × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", text)
    assert not shown.tab.evaluate(TORN)


def test_text_in_figures_is_large_enough_whole_and_apart(shown):
    for texts in shown.tab.evaluate(TEXTS):
        assert texts
        assert not [it["text"] for it in texts if it["size"] < 11]
        assert not [it["text"] for it in texts if is_cut(it["box"], it["frame"])]
        touching = [
            (one["text"], other["text"])
            for one, other in itertools.combinations(texts, 2)
            if overlap(one["box"], other["box"])
        ]
        assert not touching


def is_cut(box: dict, frame: dict) -> bool:
    """Whether a box reaches out of its frame by more than a pixel."""
    before = min(box["left"] - frame["left"], box["top"] - frame["top"])
    after = min(frame["right"] - box["right"], frame["bottom"] - box["bottom"])
    return min(before, after) < -1


def overlap(one: dict, other: dict) -> bool:
    """Whether two boxes share more than a pixel in both directions."""
    across = min(one["right"], other["right"]) - max(one["left"], other["left"])
    down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
    return min(across, down) > 1


def copied_by(press: Callable[[], None], tab: Page) -> str:
    """What a press of a copy button puts on an empty clipboard.

    In one run on a busy machine a click put nothing there: a reader who sees no notice
    waits a little and presses again.
    """
    tab.evaluate("navigator.clipboard.writeText('')")
    for seconds in (5, 10, 20):
        press()
        with suppress(TimeoutError):
            return tab.wait_for_function(
                "navigator.clipboard.readText()", timeout=1000 * seconds
            ).json_value()
    raise AssertionError("the copy button copies nothing")


def test_a_script_is_the_same_on_the_page_copied_and_downloaded(shown):
    names, blocks = SCRIPTS[shown.page], shown.tab.locator(SCRIPT_BLOCK).all()
    drawn = shown.tab.add_style_tag(content=ALL_DRAWN)  # so that nothing moves
    for name, block in zip(names, blocks, strict=True):
        source = (ROOT / "snippets" / name).read_bytes()
        assert block.locator("code").text_content().encode() == source
        block.scroll_into_view_if_needed()
        copied = copied_by(block.locator("[data-clipboard-target]").click, shown.tab)
        assert copied.encode() + b"\n" == source  # the theme drops the last line end
        with shown.tab.expect_download() as download:
            block.locator(".filename a").click()
        assert download.value.suggested_filename == Path(name).name
        assert download.value.path().read_bytes() == source
    drawn.evaluate("style => style.remove()")


def test_a_page_says_where_it_is_edited(shown):
    source = PAGES[shown.page].relative_to(ROOT).as_posix()
    link = shown.tab.locator("a[rel=edit]").get_attribute("href")
    assert link == f"https://github.com/owner/project/edit/main/{source}"


def test_a_link_to_a_page_is_previewed_by_a_card_of_the_size_it_says(
    shown, site, address
):
    def meta(name: str) -> str:
        return shown.tab.locator(f'meta[property="{name}"]').get_attribute("content")

    assert meta("og:url") == address + shown.page
    assert meta("og:image").startswith(address)
    card = (site / meta("og:image").removeprefix(address)).read_bytes()
    assert card[:16] == b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    assert struct.unpack(">II", card[16:24]) == (1200, 630)
    assert (meta("og:image:width"), meta("og:image:height")) == ("1200", "630")


# ---- By mouse ----------------------------------------------------------------------
def test_a_copied_script_runs_and_prints_what_its_page_shows(visit, tmp_path):
    tab = visit(permissions=CLIPBOARD)
    tab.locator(SCRIPT_BLOCK).scroll_into_view_if_needed()
    done = subprocess.run(
        [sys.executable, "-c", copied_by(tab.locator(COPY).click, tab)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    output = tab.locator(f"{SCRIPT_BLOCK} ~ .highlight code").first
    assert done.stdout == output.text_content()


def test_the_palette_button_recolours_every_part_of_every_figure(visit):
    tab, colours = visit(RICHEST, color_scheme="light"), {}
    for _ in range(3):  # as the system, light, dark
        scheme = tab.locator("body").get_attribute("data-md-color-scheme")
        colours[scheme] = tab.evaluate(COLOURS, "figure.plot svg, figure.plot svg *")
        tab.locator(TOGGLE).click()
    pairs = set(zip(colours["default"], colours["slate"], strict=True))
    assert len(pairs) > 4
    assert [pair for pair in pairs if pair[0] == pair[1]] == [("none", "none")]


def test_scroll_bars_follow_the_palette(visit):
    tab, schemes = visit(color_scheme="light"), []
    for _ in range(3):  # as the system, light, dark
        root = "getComputedStyle(document.documentElement).colorScheme"
        schemes.append(tab.evaluate(root))
        tab.locator(TOGGLE).click()
    assert schemes == ["normal", "normal", "dark"]


def test_a_chosen_palette_stays_for_the_next_page_and_the_next_visit(visit):
    tab = visit(color_scheme="light")
    light = tab.evaluate(INK)
    for _ in range(2):
        tab.locator(TOGGLE).click()
    dark = tab.evaluate(INK)
    assert dark != light
    tab.locator(".md-footer__link--next").click()
    expect(tab.locator(".md-footer__link--prev")).to_be_visible()
    assert tab.evaluate(INK) == dark
    tab.reload()
    assert tab.evaluate(INK) == dark


def test_a_click_in_the_navigation_swaps_pages_whole_and_without_a_reload(
    visit, site, address
):
    tab, active = visit(color_scheme="dark"), re.compile("md-nav__link--active")
    tab.wait_for_load_state("networkidle")  # the theme has to know the pages first
    ink = tab.evaluate("window.mark = " + INK)
    links = tab.locator(".md-sidebar--primary .md-nav__link[href]:visible")
    assert links.count() == len(PAGES)
    for index in [*range(1, len(PAGES)), 0]:
        links.nth(index).click()
        expect(links.nth(index)).to_have_class(active)
        page = tab.url.removeprefix(address)
        source = (site / page / "index.html").read_text(encoding="utf-8")
        figures, formulas = "figure.plot svg", "article .katex-html"
        count = source.count('<figure class="plot"')
        expect(tab.locator(figures)).to_have_count(count)
        expect(tab.locator(formulas)).to_have_count(source.count('"katex-html"'))
        assert set(tab.evaluate(COLOURS, figures)) <= {ink, "none"}
        assert tab.evaluate(SETTLED) is None
        assert tab.evaluate("document.fonts.check('1em KaTeX_Main')")
        assert tab.evaluate("window.mark") == ink, "a full reload"
    tab.go_back()
    expect(links.last).to_have_class(active)
    assert tab.evaluate("window.mark") == ink


def search(tab: Page, words: str) -> list[str]:
    """Type words into the search; return the addresses of what it finds."""
    field, answer = tab.locator(".md-search__input"), tab.locator(".md-search-result")
    meta = answer.locator(".md-search-result__meta")
    for text, sign in ("", "Type to start searching"), (words, "document"):
        field.fill(text)
        field.press("Shift")  # the theme asks at a key, and so once for all letters
        expect(meta).to_have_text(re.compile(sign))
    links = answer.locator(".md-search-result__link")
    return links.evaluate_all("all => all.map(a => a.origin + a.pathname)")


def words_of(source: str) -> set[str]:
    """Long words of a page's prose: nothing that search leaves out."""
    aside = r"\A---.*?^---|^```.*?^```|!\[.*?\]|`.*?`|\$\$?.*?\$\$?|\]\(.*?\)|\[\^\w+\]"
    return set(
        re.findall(r"\b[a-z]{6,}\b", re.sub(aside, "", source, flags=re.S | re.M))
    )


def test_search_is_fetched_for_who_wants_to_search(visit, address):
    tab, index = visit(), "**/search_index.json"
    tab.wait_for_load_state("networkidle")
    with tab.expect_request(index):  # fails if it has been fetched before
        tab.keyboard.press("/")
    tab.keyboard.type("saturation")
    expect(tab.locator(".md-search-result__link").first).to_be_visible()
    with tab.expect_request(index):  # a result that is opened marks what was found
        tab.goto(f"{address}reference/glossary/?h=saturation")
    expect(tab.locator("mark").first).to_have_text("saturation")


def test_search_finds_each_page_by_a_word_that_only_it_has(visit, address):
    tab = visit()
    prose = {page: words_of(text_of(path)) for page, path in PAGES.items()}
    for page, words in prose.items():
        others = set().union(*(prose[other] for other in PAGES if other != page))
        word = max(sorted(words - others), key=len)
        assert address + page in search(tab, word), word


def test_search_finds_and_shows_nothing_of_how_formulas_are_written(visit):
    tab = visit()
    for noise in ("mathnormal", "annotation", "mathrm", "katex"):
        assert not search(tab, noise), noise
    assert search(tab, "gradient")
    found = tab.locator(".md-search-result__list").inner_text()
    assert not re.findall(r"\\[a-z]{2,}|[_^]\{", found)


# ---- By keys -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("page", "width"), [("", DESK), ("", PHONE), (RICHEST, PHONE)], ids=name_of
)
def test_keys_alone_reach_everything_and_show_where_they_are(page, width, visit):
    tab, stops = visit(page, width), []
    tab.add_style_tag(content="* { transition: none !important }")
    while not stops or not stops[-1]["end"]:
        assert len(stops) < 500, "the focus goes round in circles"
        tab.keyboard.press("Tab")
        stops.append(tab.evaluate(STOP))
    for quality in ("uncovered", "outlined", "named"):
        assert not [it["what"] for it in stops[:-1] if not it[quality]], quality
    assert not tab.evaluate(UNREACHED)


def test_the_first_key_skips_the_navigation(visit):
    tab = visit()
    tab.wait_for_load_state("networkidle")  # from now on the theme follows links itself
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    expect(tab.locator("article :target")).to_have_count(1)
    tab.keyboard.press("Tab")
    assert tab.evaluate("!!document.activeElement.closest('article')")


def test_keys_alone_search_and_open_what_is_found(visit, address):
    tab = visit()
    tab.keyboard.press("/")
    expect(tab.locator(".md-search__input")).to_be_focused()
    tab.keyboard.type("glossary")
    first = tab.locator(".md-search-result__link").first
    expect(first).to_be_visible()
    tab.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile(re.escape(f"{address}reference/glossary/")))


def test_keys_alone_operate_palette_answers_terms_copying_and_paging(visit):
    tab = visit(color_scheme="light", permissions=CLIPBOARD)
    ink = tab.evaluate(INK)
    tab.locator(".md-option").first.focus()
    for _ in range(2):
        tab.keyboard.press("Enter")
    assert tab.evaluate(INK) != ink
    answer = tab.locator("details").first
    answer.locator("summary").focus()
    for key, state in ("Enter", ""), ("Space", None):
        tab.keyboard.press(key)
        assert answer.get_attribute("open") == state
    term = tab.locator("article abbr").first
    definition = term.get_attribute("title")
    term.focus()
    expect(tab.get_by_role("tooltip")).to_have_text(definition)
    tab.locator(f"{SCRIPT_BLOCK} .filename a").focus()  # in view, code has its button
    copied = copied_by(lambda: tab.locator(COPY).press("Enter"), tab)
    assert copied == tab.locator(f"{SCRIPT_BLOCK} code").text_content().rstrip()
    tab.locator(".md-footer__link--next").focus()
    tab.keyboard.press("Enter")
    expect(tab.locator(".md-footer__link--prev")).to_be_visible()


# ---- Without JavaScript, and on paper ----------------------------------------------
@some_pages
def test_without_javascript_everything_can_be_read_and_printed(page, visit):
    tab = visit(page, java_script_enabled=False)
    assert tab.locator("h1, figure.plot svg, .katex-html").count()
    assert not tab.evaluate(VISIBLE, "button")  # it would do nothing
    tab.emulate_media(media="print")
    assert not tab.evaluate(UNSEEN)
    tab.emulate_media(media="screen")
    for summary in tab.locator("summary").all():
        summary.click()
    assert not tab.evaluate(UNSEEN)


def test_paper_has_all_answers_no_controls_and_dark_ink_even_from_a_dark_screen(visit):
    tab = visit(color_scheme="light")
    light = tab.evaluate(INK)
    for _ in range(2):
        tab.locator(TOGGLE).click()
    assert tab.evaluate(INK) != light
    tab.emulate_media(media="print")
    assert not tab.evaluate(UNSEEN)
    furniture = ".md-header, .md-sidebar, .md-footer, .headerlink, [rel=edit], button"
    assert not tab.evaluate(VISIBLE, furniture)
    assert {tab.evaluate(INK), *tab.evaluate(COLOURS, "figure.plot svg")} == {
        light,
        "none",
    }
