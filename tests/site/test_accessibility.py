"""No page breaks a rule of axe: in either colour scheme, at rest and at work."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from test_browser import COPY, DESK, PAGES, PHONE, name_of

from look import ALL_DRAWN

SCRIPT = ".filename a"
CONTRAST = "color-contrast"
# Axe takes seconds for thousands of elements: a few formulas inside lines do for all,
# and for contrast, one element of each look does.
PREPARE = """() => {
  document.querySelectorAll("details").forEach(it => it.open = true)
  ;[...document.querySelectorAll("var.formula:not(th *)")].slice(3)
    .forEach(it => it.textContent = "x")
}"""
RUN = """([part, options]) => axe.run(part, options).then(({violations}) =>
  violations.flatMap(({id, nodes}) =>
    nodes.map(({target, html}) => `${id}: ${target} ${html.slice(0, 90)}`)))"""
SAMPLE = """() => {
  const looks = new Set()
  for (const e of document.querySelectorAll("body *")) {
    const text = [...e.childNodes].some(it => it.nodeType === 3 && it.data.trim())
    if (!text || !e.checkVisibility()) continue
    const {color, fontSize, fontWeight} = getComputedStyle(e)
    let look = [color, fontSize, fontWeight].join()
    for (let up = e; up; up = up.parentElement)
      look += getComputedStyle(up).backgroundColor + getComputedStyle(up).opacity
    if (!looks.has(look)) e.setAttribute("data-sample", "")
    looks.add(look)
  }
}"""

# Code has its button and its tab stop when it has come into view: here from the start.
ALL_IN_VIEW = """window.IntersectionObserver = class {
  constructor(tell) { this.tell = tell }
  observe(target) { setTimeout(() => this.tell([{target, isIntersecting: true}])) }
  unobserve() {}
  disconnect() {}
}"""

both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Open a page at a width in a colour scheme."""
    opened = []

    def open_page(page: str, width: int, scheme: str) -> Page:
        size = {"width": width, "height": 800}
        opened.append(browser.new_page(viewport=size, color_scheme=scheme))
        opened[-1].add_init_script(ALL_IN_VIEW)
        opened[-1].goto(address + page)
        return opened[-1]

    yield open_page
    for tab in opened:
        tab.close()


def violations(tab: Page, part: str = "html", **options: object) -> list[str]:
    """What axe objects to, in a part or all of a page: the rule, and where."""
    if tab.evaluate("!window.axe"):
        tab.evaluate(Axe().axe_script)
    return tab.evaluate(RUN, [part, {**options, "resultTypes": ["violations"]}])


@pytest.mark.parametrize(
    ("page", "width"), [*((page, PHONE) for page in PAGES), ("", DESK)], ids=name_of
)
def test_a_page_breaks_no_rule_in_either_scheme(page, width, visit):
    tab = visit(page, width, "light")
    assert not violations(tab, runOnly=["target-size"])  # as Lighthouse sees the page
    # Axe reads what is not drawn yet, and colours on their way.
    tab.add_style_tag(content=f"{ALL_DRAWN} * {{ transition: none !important }}")
    tab.evaluate(PREPARE)
    assert not violations(tab, rules={CONTRAST: {"enabled": False}})
    for scheme, name in ("light", "default"), ("dark", "slate"):
        tab.emulate_media(color_scheme=scheme)
        body = tab.locator("body")  # whose 16,000 elements take a while to recolour
        expect(body).to_have_attribute("data-md-color-scheme", name, timeout=60_000)
        tab.evaluate(SAMPLE)
        assert tab.locator("[data-sample]").count() > 10
        assert not violations(tab, "[data-sample]", runOnly=[CONTRAST])


@both_schemes
def test_the_page_for_wrong_addresses_breaks_no_rule(scheme, visit):
    assert not violations(visit("404.html", DESK, scheme))


@both_schemes
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_an_open_search_breaks_no_rule(width, scheme, visit):
    tab = visit("", width, scheme)
    tab.keyboard.press("/")
    tab.keyboard.type("gradient")
    expect(tab.locator(".md-search-result__link").first).to_be_visible()
    assert not violations(tab)


@both_schemes
def test_an_open_drawer_breaks_no_rule(scheme, visit):
    tab = visit("", PHONE, scheme)
    tab.locator("label.md-header__button[for=__drawer]").click()
    expect(tab.locator(".md-sidebar--primary")).to_be_in_viewport(ratio=0.99)
    assert not violations(tab)


@pytest.mark.parametrize("selector", ["[rel=edit]", SCRIPT, COPY, ".headerlink"])
def test_what_has_the_focus_keeps_its_name(selector, visit):
    tab = visit("", DESK, "light")
    tab.locator(selector).first.focus()
    expect(tab.locator("[title]:focus")).to_have_count(0)  # a tooltip takes it away
    spoken = {"label-content-name-mismatch": {"enabled": True}}  # it starts as it looks
    assert not violations(tab, selector, rules=spoken)
