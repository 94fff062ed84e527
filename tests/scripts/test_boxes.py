"""Boxes around parts of a page: which blocks go in, and that nothing else changes."""

import re

import pytest

import boxes

LONG = "<p>" + "<b>x</b>" * boxes.LONG + "</p>"
START = f"{LONG}<h2>A</h2>"
CODE = '<div class="highlight"><pre><span></span><code>a\nb\n</code></pre></div>'


def boxed(page_html):
    """What follows the start of a page, with boxes."""
    page = boxes.boxed(START + page_html).replace(' style="--lines:2"', "")
    assert page.startswith(START)
    return page.removeprefix(START)


def test_what_a_reader_sees_first_is_in_no_box():
    short = "<h1>T</h1><p>a</p><h2>A</h2><ul><li>b</li></ul><p>c</p>"
    assert boxes.boxed(short) == short
    assert boxes.boxed(LONG * 2) == LONG * 2
    assert boxes.boxed(short + LONG + "<p>d</p>") == (
        short + LONG + '<div class="part"><p>d</p></div>'
    )


def test_headings_and_code_are_outside_since_the_theme_measures_them_at_once():
    assert boxed(f"<p>b</p>{CODE}\n<p>c</p><h3>D</h3><p>e</p>") == (
        f'<div class="part"><p>b</p></div>{CODE}'
        '<div class="part">\n<p>c</p></div><h3>D</h3><div class="part"><p>e</p></div>'
    )


def test_tables_are_wrapped_so_that_the_theme_leaves_them_alone():
    for page in (
        "<table><tr><td>a</td></tr></table>",
        "<ul><li><table></table></li></ul>",
    ):
        wrapped = boxes.boxed(page)
        assert re.findall(
            r'(<div class="[\w-]+">)(?=<div|\s<table class)', wrapped
        ) == [
            '<div class="md-typeset__scrollwrap">',
            '<div class="md-typeset__table">',
        ]
        inner = re.sub(r"</?div[^>]*>|\n| class=.data.", "", wrapped)
        assert inner == page


def test_headings_and_code_in_another_block_stay_there():
    folded = f"<details><h3>A</h3>{CODE}</details>"
    assert boxed(folded) == f'<div class="part">{folded}</div>'


def test_a_long_box_ends_before_a_paragraph_so_that_a_formula_stays_with_its_text():
    formula = '<div class="formula">x</div>'
    first, second = boxed(f"{LONG}{formula}<p>b</p>{LONG}").split("</div><div")
    assert first == f'<div class="part">{LONG}{formula}'
    assert second.startswith(' class="part"><p>b</p>')


def test_code_says_its_number_of_lines_by_which_its_height_is_known():
    assert '<div class="highlight" style="--lines:2"><pre>' in boxes.boxed(CODE)


@pytest.mark.parametrize("broken", ["</p><p>b</p><div>c", "<p>b<p>c</div>d"])
def test_a_page_that_is_not_well_formed_keeps_all_its_text(broken, monkeypatch):
    monkeypatch.setattr(boxes, "closed", lambda box: box)
    assert boxed(broken) == broken
