"""A prediction is made by a click: words say whether it is right, and why is shown."""

import re

import pytest
from playwright.sync_api import Page, expect
from sources import NAMES
from test_accessibility import CONTRAST, to_dark, violations
from test_browser import DESK, LAB, PHONE

PAGE = "practice/gradient-checking/"
BOX = re.compile(
    r'^(?P<fold> *)!!! example "Predict before you run"\n'
    r"(?P<box>(?:(?:(?P=fold)    .*|\s*)\n)*)(?P<after>.*)",
    re.M,
)
ITEM = re.compile(r"^ +- \[([ x])\] ", re.M)
ASKED = [
    (name, "".join(ITEM.findall(found["box"])), found["after"])
    for name, page in NAMES.items()
    for found in BOX.finditer(page.text)
    if ITEM.search(found["box"])
]


def test_answers_are_two_to_four_one_is_right_and_the_fold_follows():
    assert ASKED
    for name, marks, after in ASKED:
        assert 2 <= len(marks) <= 4, name
        assert marks.count("x") == 1, name
        assert after.strip() == '??? success "What happens"', name


def test_the_right_answer_has_no_place_of_its_own():
    places = [marks.index("x") for _, marks, _ in ASKED]
    if len(places) > 5:
        assert max(map(places.count, places)) <= 0.6 * len(places)


@pytest.fixture
def asked(visit):
    """The first question of a page whose answer rests on a run of its card."""

    def open_page(width: int = PHONE, **options: object) -> Page:
        return visit(PAGE, width, color_scheme="light", **options)

    return open_page


def answers(tab: Page) -> tuple[object, object, object]:
    """The right answer, a wrong one, and what is said of a choice."""
    box = tab.locator(".example:has(.answers)").first
    buttons = box.get_by_role("button")
    right = buttons.filter(has_text="mix up sum and mean")
    return right, buttons.first, box.get_by_role("status")


def test_a_choice_is_judged_in_words_and_opens_the_answer_in_place(asked):
    tab = asked()
    right, wrong, said = answers(tab)
    fold = tab.locator(".example:has(.answers) + details").first
    wrong.scroll_into_view_if_needed()
    expect(fold).not_to_have_attribute("open", "")
    before = wrong.bounding_box()["y"]
    wrong.click()
    expect(said).to_contain_text("Not this one")
    expect(right).to_contain_text("right")
    expect(fold).to_have_attribute("open", "")
    card = tab.locator(".card:has(#backward_bugs)")
    expect(card.locator("#backward_bugs mark")).to_have_text("1")  # SAMPLES
    assert abs(wrong.bounding_box()["y"] - before) < 2
    right.click()
    expect(said).to_contain_text("Right.")


def test_keys_alone_answer_and_fingers_find_the_answers(asked):
    tab = asked()
    right, _, said = answers(tab)
    assert right.bounding_box()["height"] >= 44
    right.focus()
    tab.keyboard.press("Enter")
    expect(said).to_contain_text("Right.")
    expect(right).to_be_focused()


def test_an_answered_question_breaks_no_rule_in_either_scheme(asked):
    tab = asked(DESK)
    answers(tab)[1].click()
    assert not violations(tab, ".example")
    to_dark(tab)
    assert not violations(tab, ".example", runOnly=[CONTRAST])


def test_neither_paper_nor_a_page_without_javascript_gives_the_answer_away(asked):
    tab = asked(java_script_enabled=False)
    items = tab.locator(".example .task-list-item")
    assert items.count() == 4
    expect(items.last).to_be_visible()
    for it in tab.locator(".example [type=checkbox]").all():
        expect(it).to_be_hidden()
    tab = asked()
    answers(tab)[0].click()
    tab.emulate_media(media="print")
    expect(tab.locator(".answer .mark").nth(2)).to_be_hidden()


# ---- Labs --------------------------------------------------------------------------
RESULTS = ".celltag_predicted > .jp-Cell-outputWrapper"


def test_a_lab_keeps_each_predicted_result_until_it_is_asked_for(visit):
    tab = visit(LAB, PHONE)
    results = tab.locator(RESULTS)
    assert results.count() == tab.locator("blockquote").count() >= 3
    assert not any(it.is_visible() for it in results.all())
    assert tab.locator(".jp-OutputArea-output:visible").count() >= 1  # asked of nobody
    button = tab.get_by_role("button", name="Reveal the result").first
    assert button.bounding_box()["height"] >= 44
    button.focus()
    tab.keyboard.press("Enter")
    expect(results.first).to_be_visible()
    expect(results.first).to_be_focused()
    expect(results.nth(1)).to_be_hidden()
    tab.get_by_role("button", name="Reveal all results").click()
    assert all(it.is_visible() for it in results.all())
    expect(tab.get_by_role("button", name="Reveal the result")).to_have_count(0)


def test_paper_and_a_page_without_javascript_show_all_results(visit):
    tab = visit(LAB, PHONE)
    expect(tab.locator(RESULTS).first).to_be_hidden()
    tab.emulate_media(media="print")
    assert all(it.is_visible() for it in tab.locator(RESULTS).all())
    expect(tab.locator(".reveal").first).to_be_hidden()
    tab = visit(LAB, PHONE, java_script_enabled=False)
    assert all(it.is_visible() for it in tab.locator(RESULTS).all())
    expect(tab.locator(".reveal").first).to_be_hidden()


def test_a_lab_with_its_results_hidden_breaks_no_rule(visit):
    tab = visit(LAB, PHONE, color_scheme="light")
    tab.get_by_role("button", name="Reveal the result").nth(1).click()
    assert not violations(tab, ".jp-Notebook .reveal")
    to_dark(tab)
    assert not violations(tab, ".jp-Notebook .reveal", runOnly=[CONTRAST])
