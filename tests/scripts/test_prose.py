"""Which numbers of a page are found, and which outputs support them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import prose


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("falls to 0.25 of it", ["0.25"]),
        (r"\(0.25^{n}\) and \(\sigma'(0) = 0.25\)", ["0.25", "0.25"]),
        (r"about \(5 \times 10^{-19}\)", ["5e-19"]),
        ("3.2 × 10⁻⁵, then 10⁻⁷", ["3.2e-5", "1e-7"]),
        ("from 10^4 to 1.5e-05", ["1e4", "1.5e-5"]),
        ("a slope of −0.5, then (-0.25)", ["-0.5", "-0.25"]),
        ("0.1–0.2 and x-0.5", ["0.1", "0.2", "0.5"]),
        ("layer 3 of 50, 4:1, 1/4", []),
        ("arXiv:1312.6120, doi 10.1109/72.279181, version 1.2.3", []),
    ],
)
def test_decimals_and_powers_of_ten_are_found_in_prose_and_latex(text, found):
    assert prose.numbers(text) == [Decimal(number) for number in found]


@pytest.mark.parametrize(
    ("written", "output", "supported"),
    [
        ("0.21", "0.2137", True),
        ("0.22", "0.2137", False),
        ("0.2137", "0.21", False),  # the page must not be more precise than the script
        ("0.50", "0.5", False),
        ("1.2e-5", "1.23e-05", True),
        ("1e-5", "1.3e-05", True),
        ("1e-5", "1.3e-06", False),
        ("-0.5", "0.5", False),
        ("0.5", "-0.5", True),  # "falls by 0.5"
    ],
)
def test_an_output_supports_a_number_if_it_rounds_to_it(written, output, supported):
    assert prose.is_printed(Decimal(written), [Decimal(output)]) is supported


@given(st.decimals(-1000, 1000, places=6), st.integers(1, 6))
def test_any_output_supports_its_own_rounding(value, places):
    rounded = value.quantize(Decimal(1).scaleb(-places))
    assert prose.is_printed(rounded, [value]) or (rounded == 0 and value < 0)


def test_numbers_in_code_are_not_prose_but_those_in_alternative_texts_are():
    page = '<p>0.5 <code>0.125</code></p><pre>0.25</pre><img alt="falls to 0.75">'
    loose, _ = prose.unprinted(page, ["0.5"], [])
    assert loose == [Decimal("0.75")]


def test_one_number_at_two_precisions_is_checked_at_both():
    loose, _ = prose.unprinted("<p>0.5 and 0.500</p>", ["0.5"], [])
    assert [str(number) for number in loose] == ["0.500"]


def test_one_output_at_two_precisions_supports_the_finer_number():
    assert prose.unprinted("<p>1.000</p>", ["1 and 1.000"], []) == ([], [])
    assert prose.unprinted("<p>1.000</p>", ["1.000 and 1"], []) == ([], [])


def test_an_exemption_frees_a_number_and_a_needless_one_is_named():
    assert prose.unprinted("<p>0.01</p>", [], ["0.01", "0.25"]) == ([], ["0.25"])
