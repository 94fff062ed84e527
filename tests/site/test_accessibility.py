"""No page breaks a rule of axe: in either colour scheme, at rest and at work.

Each page once a week, a few that have everything at every push.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from test_browser import DESK, EVERY, PHONE, RESULTS, RICHEST, name_of

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


def to_dark(tab: Page) -> None:
    """The system is dark from now on, and the page follows."""
    tab.emulate_media(color_scheme="dark")
    expect(tab.locator("body")).to_have_attribute("data-md-color-scheme", "slate")


def violations(tab: Page, part: str = "html", **options: object) -> list[str]:
    """What axe objects to, in a part or all of a page: the rule, and where."""
    if tab.evaluate("!window.axe"):
        tab.evaluate(Axe().axe_script)
    return tab.evaluate(RUN, [part, {**options, "resultTypes": ["violations"]}])


@pytest.mark.parametrize("page", EVERY, ids=name_of)
def test_a_page_breaks_no_rule_in_either_scheme(page, visit):
    tab = visit(page, PHONE, color_scheme="light")
    assert not violations(tab, runOnly=["target-size"])  # as Lighthouse sees the page
    # Axe reads what is not drawn yet, and colours on their way.
    tab.add_style_tag(content="* { transition: none !important }")
    tab.evaluate(PREPARE)
    assert not violations(tab, rules={CONTRAST: {"enabled": False}})
    for recolour in (lambda _: None), to_dark:
        recolour(tab)
        tab.evaluate(SAMPLE)
        assert tab.locator("[data-sample]").count() > 10
        assert not violations(tab, "[data-sample]", runOnly=[CONTRAST])


@pytest.mark.parametrize("page", ["", "404.html"], ids=name_of)
def test_a_wide_page_breaks_no_rule(page, visit):
    assert not violations(visit(page, DESK, color_scheme="light"))


@pytest.mark.parametrize(("width", "scheme"), [(PHONE, "light"), (DESK, "dark")])
def test_an_open_search_breaks_no_rule(width, scheme, visit):
    tab = visit("", width, color_scheme=scheme)
    tab.keyboard.press("/")
    tab.keyboard.type("gradient")
    expect(tab.locator(RESULTS).first).to_be_visible()
    assert not violations(tab, "pagefind-modal")


def test_an_open_drawer_breaks_no_rule(visit):
    tab = visit("", PHONE, color_scheme="light")
    tab.locator("label.md-header__button[for=__drawer]").click()
    expect(tab.locator(".md-sidebar--primary")).to_be_in_viewport(ratio=0.99)
    assert not violations(tab)
    to_dark(tab)
    assert not violations(tab, ".md-sidebar--primary", runOnly=[CONTRAST])


def test_a_card_that_shows_the_run_of_a_value_breaks_no_rule(visit):
    tab = visit(RICHEST, PHONE, color_scheme="light")
    card = tab.locator(".card:has(.try)").first
    card.locator(".try summary").click()
    card.locator("input[data-files]").first.check()
    expect(card.locator(".said")).to_contain_text(" = ")
    card.locator(".script summary").click()
    tab.add_style_tag(content="* { transition: none !important }")
    assert not violations(tab, ".card:has(.try)")
    to_dark(tab)
    assert not violations(tab, ".card:has(.try)", runOnly=[CONTRAST])


def test_what_has_the_focus_keeps_its_name(visit):
    tab = visit("", DESK, color_scheme="light")
    spoken = {"label-content-name-mismatch": {"enabled": True}}  # it starts as it looks
    for selector in "[rel=edit]", ".tools a", ".copy", ".headerlink":
        tab.locator(selector).first.focus()
        expect(tab.locator("[title]:focus")).to_have_count(0)  # a tooltip takes it away
        assert not violations(tab, selector, rules=spoken)
