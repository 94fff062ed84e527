"""A card's values in a real browser: whatever is chosen, all shown is of one run."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Locator, Page, expect

CLIPBOARD = ["clipboard-read", "clipboard-write"]
PHONE = 390
TEXT_OF = "it => new DOMParser().parseFromString(it, 'text/html').body.textContent"
ADD_LINK = """([name, to]) => document.querySelector("article p").before(Object.assign(
  document.createElement("a"), {href: to, textContent: name, className: "md-nav"}))"""
IN_VIEW = """it => { const {top, bottom} = it.getBoundingClientRect()
  return top < innerHeight / 2 && bottom > 48 }"""
TWO_FRAMES = """() => new Promise(done =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"""


@pytest.fixture(scope="module")
def card(site: Path) -> SimpleNamespace:
    """A script with two values for a constant, on the tour: its card is in no fold."""
    form = r'data-constant="(\w+)" data-value="([^"]*)" data-files="([^"]*)"'
    for path in site.glob("tour/index.html"):
        html = path.read_text(encoding="utf-8")
        for stem in dict.fromkeys(re.findall(r'name="try-(\w+)"', html)):
            tags = [
                it for it in re.findall("<input[^>]*>", html) if f'"try-{stem}"' in it
            ]
            values = [re.search(form, it).groups() for it in tags if "data-files" in it]
            constant = values[0][0]
            same = [it for it in values if it[0] == constant]
            if len(same) > 1:
                folder = path.parent
                page = (
                    "" if folder == site else f"{folder.relative_to(site).as_posix()}/"
                )
                ids = [
                    re.search(r'id="([^"]*)"', it)[1]
                    for it in tags
                    if "data-files" in it
                ]
                files = [(folder / it[2]).resolve() for it in same]
                first = next(site.glob(f"snippets/**/{stem}.py"))
                return SimpleNamespace(
                    page=page, stem=stem, constant=constant, ids=ids[:2],
                    values=[it[1] for it in same[:2]], files=files[:2], first=first,
                )  # fmt: skip
    raise AssertionError("no card has values")


def beside(file: Path, end: str) -> str:
    """The text of one of the three files of a run."""
    return Path(f"{file}.{end}").read_bytes().decode()


def the_card(tab: Page, card: SimpleNamespace) -> Locator:
    """The card of the script."""
    return tab.locator(f".card:has([id='{card.stem}'])")


def fold(tab: Page, card: SimpleNamespace, name: str) -> Locator:
    """One of the card's folds, opened."""
    found = the_card(tab, card).locator(f"details.{name}")
    found.evaluate(
        "it => { for (; it; it = it.parentElement.closest('details')) it.open = true }"
    )
    return found


def choose(tab: Page, card: SimpleNamespace, index: int) -> None:
    """Choose a value as a reader does."""
    fold(tab, card, "try").locator(f"label:has([id='{card.ids[index]}'])").click()


def expect_run(tab: Page, card: SimpleNamespace, index: int | None) -> None:
    """All parts of the card show the run of a value, or the first one."""
    it, svg = the_card(tab, card), the_card(tab, card).locator("figure.plot svg")
    if index is None:
        source, address = card.first.read_bytes().decode(), ""
        expect(it.locator("[id$=':as-written']")).to_be_checked()
        expect(svg).not_to_have_attribute("aria-label", re.compile("The figure with"))
    else:
        source, address = beside(card.files[index], "py"), f"#{card.ids[index]}"
        expect(it.locator(f"[id='{card.ids[index]}']")).to_be_checked()
        name = f"{card.constant} = {card.values[index]}"
        expect(svg).to_have_attribute("aria-label", re.compile(re.escape(name)))
        expect(it.locator(".said")).to_contain_text(name)
    expect(it.locator("figure.plot svg")).to_have_count(1)
    code, output = it.locator(".script code").all()
    assert code.text_content() == source
    assert index is None or output.text_content() == beside(card.files[index], "txt")
    assert tab.evaluate("location.hash") == address


def test_choosing_a_value_shows_its_run_in_every_part(visit, card):
    tab = visit(card.page, permissions=CLIPBOARD)
    asked: list[str] = []
    tab.on("request", lambda it: it.url.endswith(".txt") and asked.append(it.url))
    the_first = the_card(tab, card).locator("figure.plot svg").inner_html()
    for index in (0, 1):
        choose(tab, card, index)
        expect_run(tab, card, index)
        drawn = tab.evaluate(TEXT_OF, beside(card.files[index], "svg"))
        assert the_card(tab, card).locator("figure.plot svg").text_content() == drawn
        mark = the_card(tab, card).locator(".script mark")
        fold(tab, card, "script")
        expect(mark).to_have_count(1)
        assert re.fullmatch(r"[\w.+\-(),\"' ]+", mark.text_content())
        the_card(tab, card).locator(".copy").click()
        expect(the_card(tab, card).locator(".copy")).to_have_text("Copied")
        copied = tab.evaluate("navigator.clipboard.readText()")
        assert copied == beside(card.files[index], "py")
        with tab.expect_download() as download:
            the_card(tab, card).locator(".tools a").click()
        assert download.value.path().read_bytes().decode() == copied
    fold(tab, card, "try").locator("label:has([id$=':as-written'])").click()
    expect_run(tab, card, None)
    assert the_card(tab, card).locator("figure.plot svg").inner_html() == the_first
    assert len(asked) == 2, "the first run is still here"


def test_a_script_is_copied_without_unfolding_it(visit, card):
    tab = visit(card.page, permissions=CLIPBOARD)
    the_card(tab, card).locator(".copy").click()
    expect(the_card(tab, card).locator(".copy")).to_have_text("Copied")
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied.encode() == card.first.read_bytes()


@pytest.mark.parametrize("width", [PHONE, 1280])
def test_an_address_with_a_value_shows_its_figure(width, visit, card):
    tab = visit(f"{card.page}#{card.ids[1]}", width)
    expect_run(tab, card, 1)
    figure = the_card(tab, card).locator("figure.plot")
    tab.wait_for_function(IN_VIEW, arg=figure.element_handle())
    expect(the_card(tab, card).locator(".constant").first).to_be_visible()
    tab.reload()
    expect_run(tab, card, 1)


def test_links_to_values_and_the_way_back_lead_from_run_to_run(visit, card, address):
    tab = visit()
    tab.wait_for_load_state("networkidle")  # from now on the theme follows links itself
    tab.evaluate("window.mark = 1")
    tab.evaluate(ADD_LINK, ["there", f"{address}{card.page}#{card.ids[0]}"])
    tab.get_by_text("there", exact=True).click()
    expect_run(tab, card, 0)
    tab.evaluate(ADD_LINK, ["first", f"#{card.ids[0]}"])
    tab.evaluate(ADD_LINK, ["second", f"#{card.ids[1]}"])
    tab.get_by_text("second", exact=True).click()
    expect_run(tab, card, 1)
    tab.go_back()
    expect_run(tab, card, 0)
    tab.go_forward()
    expect_run(tab, card, 1)
    tab.get_by_text("first", exact=True).click()
    expect_run(tab, card, 0)
    choose(tab, card, 1)
    expect_run(tab, card, 1)
    tab.get_by_text("first", exact=True).click()  # the address it had before the choice
    expect_run(tab, card, 0)
    tab.evaluate(TWO_FRAMES)
    expect_run(tab, card, 0)
    assert tab.evaluate("window.mark") == 1, "a full reload"


def test_the_way_back_from_a_link_on_the_page_leads_to_the_first_run(visit, card):
    tab = visit(card.page)
    tab.wait_for_load_state("networkidle")
    tab.evaluate(ADD_LINK, ["run", f"#{card.ids[0]}"])
    tab.get_by_text("run", exact=True).click()
    expect_run(tab, card, 0)
    tab.go_back()
    expect_run(tab, card, None)


def test_an_unknown_value_is_said_and_leaves_the_first_run(visit, card):
    tab = visit(f"{card.page}#{card.stem}:{card.constant}=unheard-of")
    expect(the_card(tab, card).locator(".said")).to_contain_text("no run")
    code = the_card(tab, card).locator(".script code").first
    assert code.text_content().encode() == card.first.read_bytes()


def test_the_newest_choice_wins(visit, card):
    tab, held = visit(card.page), []
    slow = f"{Path(card.files[0]).name}.svg"
    tab.route(lambda url: url.endswith(slow), lambda it: held.append(it))
    choose(tab, card, 0)
    choose(tab, card, 1)
    expect_run(tab, card, 1)
    with tab.expect_response(lambda it: it.url.endswith(slow)):
        held[0].continue_()
    tab.evaluate(TWO_FRAMES)
    expect_run(tab, card, 1)


def test_a_run_that_cannot_be_loaded_is_said_and_the_last_one_stays(
    browser, address, card
):
    tab = browser.new_page()
    tab.goto(address + card.page)
    choose(tab, card, 0)
    expect_run(tab, card, 0)
    name = Path(card.files[1]).name
    tab.route(lambda url: f"{name}.txt" in url, lambda it: it.fulfill(status=404))
    choose(tab, card, 1)
    expect(the_card(tab, card).locator(".said")).to_contain_text("could not be loaded")
    expect_source = beside(card.files[0], "py")
    assert (
        the_card(tab, card).locator(".script code").first.text_content()
        == expect_source
    )
    expect(the_card(tab, card).locator(f"[id='{card.ids[0]}']")).to_be_checked()
    assert tab.evaluate("location.hash") == f"#{card.ids[0]}"
    tab.close()


def test_keys_alone_choose_a_value(visit, card):
    tab = visit(card.page)
    summary = the_card(tab, card).locator(".try summary")
    summary.focus()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    expect(the_card(tab, card).locator("[id$=':as-written']")).to_be_focused()
    tab.keyboard.press("ArrowRight")
    expect_run(tab, card, 0)
    tab.keyboard.press("ArrowLeft")
    expect_run(tab, card, None)


def test_without_javascript_the_first_run_stands_and_its_script_unfolds(visit, card):
    tab = visit(card.page, java_script_enabled=False)
    it = the_card(tab, card)
    expect(it.locator("figure.plot svg")).to_be_visible()
    for dead in it.locator(".try, .copy").all():
        expect(dead).to_be_hidden()
    assert not it.locator(".script code").first.is_visible()
    it.locator(".script summary").click()
    expect(it.locator(".script code").first).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_link_to_a_script_opens_it(scripts, visit, card):
    tab = visit(f"{card.page}#{card.stem}", java_script_enabled=scripts)
    expect(the_card(tab, card).locator(".script code").first).to_be_visible()


def test_paper_has_of_a_card_what_the_reader_has_open(visit, card):
    tab = visit(card.page)
    tab.wait_for_load_state("networkidle")
    it = the_card(tab, card)
    seen = []
    for _ in range(2):
        tab.evaluate("dispatchEvent(new Event('beforeprint'))")
        tab.emulate_media(media="print")
        expect(it.locator("figure.plot svg")).to_be_visible()
        expect(it.locator(".admonition-title").first).to_be_visible()
        expect(it.locator(".tools")).to_be_hidden()
        expect(it.locator(".try")).to_be_hidden()
        seen.append(it.locator(".script code").first.is_visible())
        tab.emulate_media(media="screen")
        tab.evaluate("dispatchEvent(new Event('afterprint'))")
        it.locator(".script summary").click()
    assert seen == [False, True]


def test_a_choice_moves_nothing_on_the_page(visit, card):
    tab = visit(card.page, PHONE)
    for figure in tab.locator("[data-live]").all():  # they come when they are near
        figure.scroll_into_view_if_needed()
        expect(figure.locator(".live")).to_be_visible()
    fold(tab, card, "try")
    place = "it => it.getBoundingClientRect().top + scrollY"
    below = the_card(tab, card).locator(".script summary")
    before = below.evaluate(place)
    choose(tab, card, 0)
    expect_run(tab, card, 0)
    assert below.evaluate(place) == pytest.approx(before, abs=2)
