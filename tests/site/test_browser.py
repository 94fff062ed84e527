"""The site in a real browser: by mouse, by keys, on a phone, on paper, without JS.

Each page is looked at once a week, and a few that have everything at every push. What
can be seen in the HTML is in test_html.py and test_copy.py.
"""

import itertools
import json
import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import sources
from playwright.sync_api import Browser, Page, expect
from sources import PAGES, RICHEST

LAB, CODE = "practice/labs/kill-and-revive/", "practice/exercises-code/"
SHEET, GLOSSARY = "reference/cheat-sheet/", "reference/glossary/"
BENCH = "bench/"
FEW = ["", RICHEST, LAB, GLOSSARY, SHEET, CODE, BENCH]
weekly = pytest.mark.weekly
EVERY = [pytest.param(it, marks=() if it in FEW else weekly) for it in PAGES]
PHONE, DESK = 390, 1280
CLIPBOARD = ["clipboard-read", "clipboard-write"]
TOGGLE = "form[data-md-component=palette] label:visible"
FIELD, RESULTS = "pagefind-modal input", "pagefind-modal li a"


def name_of(value: object) -> str:
    """What a page or a width is called in reports."""
    return str(value) or "home"


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
  .filter(e => !e.closest("pre, :has(> pre), .md-typeset__scrollwrap, div.formula"))
  .filter(e => !e.closest(".katex-mathml"))
  .map(e => e.outerHTML.slice(0, 80))"""
TEXTS = """() => [...document.querySelectorAll("figure.plot svg")].map(svg => {
  const frame = svg.getBoundingClientRect().toJSON()
  const scale = frame.width / svg.viewBox.baseVal.width
  return [...svg.querySelectorAll("text")].map(e => ({
    text: e.textContent.trim(), size: parseFloat(getComputedStyle(e).fontSize) * scale,
    box: e.getBoundingClientRect().toJSON(), frame}))})"""
TORN = """() => [...document.querySelectorAll("article var.formula")].filter(e => {
    const after = document.createRange(), text = e.nextSibling
    const at = text?.data?.search(/[^\\u2060]/)
    if (!/[.,;:!?)]/.test(text?.data?.[at])) return false
    after.setStart(text, at)
    after.setEnd(text, at + 1)
    const last = [...e.querySelectorAll(".katex-base, .base")].at(-1)
    return after.getBoundingClientRect().top > last.getBoundingClientRect().bottom
  }).map(e => e.querySelector("annotation").textContent)"""
UNSEEN = """selector => [...document.querySelectorAll(
    "article :is(h1, h2, h3, p, li, td, th, dt, dd, summary, svg, code, .katex-html)")]
  .filter(e => e.textContent.trim() && !e.closest(selector))
  .filter(e => !e.checkVisibility({opacityProperty: true, visibilityProperty: true})
    || !e.getBoundingClientRect().height)
  .map(e => `${e.tagName} ${e.textContent.trim().slice(0, 40)}`)"""
VISIBLE = """selector => [...document.querySelectorAll(selector)]
  .filter(e => e.checkVisibility({visibilityProperty: true}))
  .map(e => e.outerHTML.slice(0, 80))"""
LINKS = "[...document.querySelectorAll('.md-sidebar--primary .md-nav__link[href]')]"
FOLLOW = f"href => {LINKS}.find(it => it.href == href).click()"
ACTIVE = f"""href => location.href == href
  && {LINKS}.some(it => it.href == href && it.matches(".md-nav__link--active"))"""
OPEN = "document.querySelectorAll('details').forEach(it => it.open = true)"
COLOURS = """selector => [...document.querySelectorAll(selector)]
  .map(e => getComputedStyle(e)).flatMap(style => [style.fill, style.stroke])"""
INK = "getComputedStyle(document.querySelector('h1')).color"
FOUND = """async ([site, words, most]) => {
  const { createInstance } = await import(`${site}assets/search/pagefind.js`)
  const pagefind = createInstance({}), found = {}
  for (const word of words) {
    const {results} = await pagefind.search(word)
    const shown = await Promise.all(results.slice(0, most).map(it => it.data()))
    found[word] = shown.map(it => it.url)
  }
  return found}"""
# Fingers are slower than the frames in which a menu slides in.
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
  .filter(e => !(e.type === "radio" && !e.checked))
  .map(e => e.outerHTML.slice(0, 90))"""


# ---- Looking -----------------------------------------------------------------------
@pytest.fixture(scope="module", params=EVERY, ids=name_of)
def shown(
    request: pytest.FixtureRequest, browser: Browser, address: str
) -> Iterator[SimpleNamespace]:
    """A page, on a desk and then on a phone, for all tests that leave it as it is."""
    context = browser.new_context()
    context.add_init_script(NOTE_SHIFTS)
    tab, wrong, shifts = context.new_page(), [], {}
    tab.on("console", lambda it: it.type == "log" or wrong.append(it.text))
    tab.on("pageerror", lambda it: wrong.append(str(it)))
    tab.on("response", lambda it: it.status < 400 or wrong.append(it.url))
    tab.on("request", lambda it: it.url.startswith(own) or wrong.append(it.url))
    own = (address, "data:", "blob:")
    for width in (DESK, PHONE):
        tab.set_viewport_size({"width": width, "height": 800})
        for _ in range(5):  # a busy machine may show a page before its fonts are there
            tab.goto(address + request.param)
            shift = tab.evaluate(SETTLED)
            shifts[width] = min(shift, shifts.get(width, shift))
            if shift < 0.02:
                break
    tab.evaluate(OPEN)
    tab.evaluate("document.querySelector('.reveal button')?.click()")
    yield SimpleNamespace(tab=tab, wrong=wrong, shifts=shifts)
    context.close()


def test_a_page_asks_only_its_own_site_and_reports_no_error(shown):
    assert not shown.wrong


def test_a_page_does_not_jump_while_it_loads(shown):
    assert max(shown.shifts.values()) < 0.02, shown.shifts


def test_only_code_tables_and_formulas_scroll_sideways_on_a_phone(shown):
    assert shown.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not shown.tab.evaluate(STICKS_OUT)


def test_no_line_ends_before_the_comma_after_a_formula(shown):
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


# ---- By mouse ----------------------------------------------------------------------
def test_a_block_of_code_is_copied_byte_for_byte(visit):
    tab = visit("practice/recipes/", permissions=CLIPBOARD)
    tab.evaluate(OPEN)
    button = tab.locator(".highlight:has(.filename) .copy").first
    button.click()
    expect(button).to_have_text("Copied")
    copied = tab.evaluate("navigator.clipboard.readText()").encode()
    assert copied in [path.read_bytes() for path in sources.RECIPES.values()]


def test_the_palette_button_recolours_every_part_of_every_figure(visit):
    tab, colours = visit(RICHEST, color_scheme="light"), {}
    for _ in range(3):  # as the system, light, dark
        scheme = tab.locator("body").get_attribute("data-md-color-scheme")
        colours[scheme] = tab.evaluate(COLOURS, "figure.plot svg, figure.plot svg *")
        tab.locator(TOGGLE).click()
    pairs = set(zip(colours["default"], colours["slate"], strict=True))
    assert len(pairs) > 4
    assert [pair for pair in pairs if pair[0] == pair[1]] == [("none", "none")]


def test_a_chosen_palette_stays_for_the_next_page_and_the_next_visit(visit):
    tab, bars = visit(color_scheme="light"), []
    light = tab.evaluate(INK)
    for _ in range(3):  # as the system, light, dark
        root = "getComputedStyle(document.documentElement).colorScheme"
        bars.append(tab.evaluate(root))  # scroll bars follow
        if len(bars) < 3:
            tab.locator(TOGGLE).click()
    assert bars == ["normal", "normal", "dark"]
    dark = tab.evaluate(INK)
    assert dark != light
    tab.locator(".md-footer__link--next").click()
    expect(tab.locator(".md-footer__link--prev")).to_be_visible()
    assert tab.evaluate(INK) == dark
    tab.reload()
    assert tab.evaluate(INK) == dark


@pytest.mark.parametrize(
    "pages", [FEW[1:], pytest.param([*PAGES], marks=weekly)], ids=len
)
def test_a_click_in_the_navigation_swaps_pages_whole_and_without_a_reload(
    pages, visit, site, address
):
    tab = visit(color_scheme="dark")
    tab.wait_for_load_state("networkidle")  # the theme has to know the pages first
    ink = tab.evaluate("window.mark = " + INK)
    links = tab.locator(".md-sidebar--primary .md-nav__link[href]")
    places = links.evaluate_all("all => all.map(it => it.href)")
    assert {address + page for page in PAGES} <= {*places}
    for page in [*pages, ""]:
        tab.evaluate(FOLLOW, address + page)  # seen are those of the page's part
        tab.wait_for_function(ACTIVE, arg=address + page)
        assert tab.url == address + page
        source = sources.html_of(site, page)
        figures, formulas = "figure.plot svg", "article .katex-html"
        expect(tab.locator(figures)).to_have_count(source.count('<figure class="plot"'))
        expect(tab.locator(formulas)).to_have_count(source.count('"katex-html"'))
        assert set(tab.evaluate(COLOURS, figures)) <= {ink, "none"}
        assert tab.evaluate(SETTLED) is None
        loads = 'as="font"' in source  # else all formulas are in folds
        assert not loads or tab.evaluate("document.fonts.check('1em KaTeX_Main')")
        assert tab.evaluate("window.mark") == ink, "a full reload"
    tab.go_back()
    tab.wait_for_function(ACTIVE, arg=address + pages[-1])
    assert tab.evaluate("window.mark") == ink


# ---- Search ------------------------------------------------------------------------
def test_search_is_fetched_and_opens_for_who_wants_to_search(visit):
    tab, asked = visit(), []
    tab.on("request", lambda it: asked.append(it.url))
    tab.reload()
    tab.wait_for_load_state("networkidle")
    assert not [url for url in asked if "/pagefind/" in url]
    for way in "/", "f", "Control+k", "click":
        tab.locator(".search").click() if way == "click" else tab.keyboard.press(way)
        expect(tab.locator(FIELD)).to_be_focused()
        assert [url for url in asked if "/pagefind/" in url]
        tab.keyboard.press("Escape")
        expect(tab.locator(FIELD)).to_be_hidden()


def test_keys_alone_search_and_open_what_is_found(visit, address):
    tab = visit()
    tab.keyboard.press("/")
    expect(tab.locator(FIELD)).to_be_focused()
    tab.keyboard.insert_text("glossary")  # at once: each letter would make new results
    first = tab.locator(RESULTS).first
    expect(first).to_be_visible()
    tab.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile(re.escape(f"{address}reference/glossary/")))
    expect(tab.locator(FIELD)).to_be_hidden()


def found(
    tab: Page, site_address: str, words: list[str], most: int = 99
) -> dict[str, list[str]]:
    """Addresses, below the site's, that the search finds for each of some words."""
    answers = tab.evaluate(FOUND, [site_address, words, most])
    return {
        word: [re.sub(r"^(https?://[^/]*)?/why/networks/", "", url) for url in urls]
        for word, urls in answers.items()
    }


def words_of(page: object) -> set[str]:
    """Long words of a page's prose: nothing that search leaves out."""
    text = page.prose
    if page.path.suffix == ".ipynb":
        cells = json.loads(page.path.read_text("utf-8"))["cells"]
        kept = ["".join(it["source"]) for it in cells if it["cell_type"] == "markdown"]
        text = re.sub(r"^```.*?^```|<[^>]*>", "", "\n\n".join(kept), flags=re.S | re.M)
    aside = r"!\[.*?\]|`.*?`|\$\$?.*?\$\$?|\]\(.*?\)|\[\^\w+\]|<[a-zA-Z/][^>]*>"
    return set(re.findall(r"\b[a-z]{6,}\b", re.sub(aside, "", text, flags=re.S)))


def test_search_finds_each_page_by_a_word_that_only_it_has(visit, address):
    said = {at: words_of(page) for at, page in PAGES.items() if "gallery" not in at}
    own = {
        at: max(
            sorted(words.difference(*(said[it] for it in said if it != at))), key=len
        )
        for at, words in said.items()
    }
    answers = found(visit(), address, [*own.values()])
    assert {at: word for at, word in own.items() if at not in answers[word]} == {}


def test_search_shows_nothing_of_code_anchors_or_how_formulas_are_written(visit):
    tab = visit()
    tab.keyboard.press("/")
    seen = ""
    for words in "gradient", "vanish watch", "weights", "network of layers":
        tab.locator(FIELD).fill(words)
        expect(tab.locator(".pf-summary")).to_contain_text(words)
        expect(tab.locator(RESULTS).first).to_be_visible()
        seen += tab.locator("pagefind-modal").inner_text()
    assert not re.findall(r"\\[a-z]{2,}|[_^]\{|¶|\) for \w|\w = \w+\(|katex", seen)


# ---- By keys -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("page", "width"),
    [("", DESK), pytest.param("", PHONE, marks=weekly), (RICHEST, PHONE)],
    ids=name_of,
)
def test_keys_alone_reach_everything_and_show_where_they_are(page, width, visit):
    tab, stops = visit(page, width), []
    tab.add_style_tag(content="* { transition: none !important }")
    for figure in tab.locator("[data-live]").all():  # they come when they are near
        figure.scroll_into_view_if_needed()
        expect(figure.locator(".live")).to_be_visible()
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
    copy = tab.locator(".card .copy").first
    copy.press("Enter")
    expect(copy).to_have_text("Copied")
    copied = tab.evaluate("navigator.clipboard.readText()").encode()
    assert copied == sources.SCRIPTS["overview"].read_bytes()
    tab.locator(".md-footer__link--next").focus()
    tab.keyboard.press("Enter")
    expect(tab.locator(".md-footer__link--prev")).to_be_visible()


# ---- Without JavaScript, and on paper ----------------------------------------------
@pytest.mark.parametrize(
    "page", ["", RICHEST, pytest.param(GLOSSARY, marks=weekly)], ids=name_of
)
def test_without_javascript_everything_can_be_read_and_printed(page, visit):
    tab = visit(page, java_script_enabled=False)
    assert tab.locator("h1, figure.plot svg, .katex-html").count()
    assert not tab.evaluate(VISIBLE, "button")  # it would do nothing
    tab.emulate_media(media="print")
    assert not tab.evaluate(UNSEEN, ".card details, .tools")
    tab.emulate_media(media="screen")
    while folds := tab.locator("details:not([open]) > summary:visible").all():
        folds[0].click()  # which may show more of them
    assert not tab.evaluate(UNSEEN, ".try")


@pytest.mark.parametrize("page", [pytest.param("", marks=weekly), RICHEST], ids=name_of)
def test_paper_has_all_answers_no_controls_and_dark_ink_even_from_a_dark_screen(
    page, visit
):
    tab = visit(page, color_scheme="light")
    light = tab.evaluate(INK)
    for _ in range(2):
        tab.locator(TOGGLE).click()
    assert tab.evaluate(INK) != light
    tab.emulate_media(media="print")
    assert not tab.evaluate(UNSEEN, ".card details, .tools")
    assert not tab.evaluate(VISIBLE, ".card details code")
    furniture = ".md-header, .md-sidebar, .md-footer, .headerlink, [rel=edit]"
    furniture += ", button:not(.answer)"  # a possible answer is text
    assert not tab.evaluate(VISIBLE, f"{furniture}, input, .tools a")
    assert {tab.evaluate(INK), *tab.evaluate(COLOURS, "figure.plot svg")} == {
        light,
        "none",
    }
