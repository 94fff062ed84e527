"""The glossary is to look things up in: in order, each term once, with a way on."""

import re

import pytest
from sources import NAMES

import known

PAGE = NAMES[known.GLOSSARY].text
ENTRY = re.compile(
    r"^(\S.*)\n:   (.+)\n\n    \*Example\.\* (.+) (\[.+\]\(\S+\.md\))$", re.M
)
ENTRIES = ENTRY.findall(PAGE)


def test_every_term_has_an_example_and_a_page_that_explains_it():
    assert len(ENTRIES) == PAGE.count("\n:   ") > 30


def test_terms_are_in_the_order_of_the_alphabet_and_none_is_there_twice():
    heads = [terms.split(", ")[0].lower() for terms, *_ in ENTRIES]
    assert heads == sorted(heads)
    terms = [it.lower() for terms, *_ in ENTRIES for it in terms.split(", ")]
    assert len(terms) == len(set(terms))
    meanings = [meaning for _, meaning, *_ in ENTRIES]
    assert len(meanings) == len(set(meanings))


@pytest.mark.parametrize("term", known.terms())
def test_a_tooltip_is_short_and_plain(term):
    said = known.terms()[term]
    assert len(said.split()) <= 34
    assert not re.search(r"[\\_^{}$]|Example", said)  # a tooltip sets no formula
