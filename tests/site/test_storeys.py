"""The ground floor, what a reader sees who opens nothing: short, with a plain start."""

import re
from statistics import median

import pytest

import pages
import storeys

PAGES = [it for it in pages.read_all() if it.path.suffix == ".md"]
# Looked up or worked through, not read from end to end.
LONG = "reference/", "practice/recipes/", "practice/labs/"


@pytest.mark.parametrize("page", PAGES, ids=lambda it: it.name)
def test_a_page_has_one_name_and_begins_with_one_plain_sentence(page):
    blocks = re.split(r"\n{2,}", page.prose.strip())
    heading = next(it for it in blocks if it.startswith("# "))
    assert heading == f"# {page.front['title']}"
    lead = page.text[page.text.index(heading) + len(heading) :].strip().split("\n\n")[0]
    said = re.sub(r"\]\([^)]*\)|[*\[\]]", " ", lead)
    assert len(re.findall(r"\S*\w\S*", said)) <= 20, lead
    assert not re.search(r"[$`σδφη∂]", lead), lead
    assert re.fullmatch(r"[^.!?]+[.?]", said.strip()), lead


def test_no_page_is_longer_than_eight_phone_screens(browser, site, address):
    floors = storeys.floors(browser, site, address)
    found = {name: it.screens for name, it in floors if not name.startswith(LONG)}
    assert len(found) > 30
    assert {name: it for name, it in found.items() if it > 8} == {}
    assert median(found.values()) <= 5.5
