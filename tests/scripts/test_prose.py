"""Which numbers of a page are found, and which outputs support them."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pages
import prose


def unprinted(
    tmp_path: Path, text: str, *outputs: str, **choices: str | None
) -> list[str]:
    """`line: message` for each number of a page that is not as it should be."""
    path = tmp_path / "page.md"
    path.write_text(text, encoding="utf-8")
    runs = {
        name.replace("__", ":").replace("_is_", "="): x for name, x in choices.items()
    }
    found = prose.unprinted(pages.read(path), list(outputs), runs)
    return [f"{line}: {message.partition(';')[0]}" for line, message in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("falls to 0.25 of it", ["0.25"]),
        (r"\(0.25^{n}\) and \(\sigma'(0) = 0.25\)", ["0.25", "0.25"]),
        (r"about $5 \times 10^{-19}$", ["5e-19"]),
        (r"about $5 \cdot 10^{-19}$ and $10^6$", ["5e-19", "1e6"]),
        ("3.2 × 10⁻⁵, then 10⁻⁷ and 2 × 10⁹", ["3.2e-5", "1e-7", "2e9"]),
        ("from 10^4 to 1.5e-05", ["1e4", "1.5e-5"]),
        ("a slope of −0.5, then (-0.25)", ["-0.5", "-0.25"]),
        ("0.1–0.2 and x-0.5 and W(0)-0.75", ["0.1", "0.2", "0.5", "0.75"]),
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


HIDDEN = """\
---
title: 0.11
---

# Page

`0.12` and <!-- 0.13
0.14 --> and <span id="x0.15">x</span>

``` python
0.16
```

    ``` text
    0.17
    ```

[x](part/0.18.md), [y](#a0.19){: title="0.21" }, $x_0$

![It falls to 0.75.](../figures/x0.22.svg)
"""


def test_numbers_in_code_and_markup_are_not_prose_but_those_in_texts_of_images_are(
    tmp_path,
):
    assert unprinted(tmp_path, HIDDEN) == ["20: no snippet of this page prints 0.75"]


def test_each_number_is_named_once_at_its_first_line(tmp_path):
    text = "0.5\n\n0.25 and $0.75$\n\n0.25\n"
    assert unprinted(tmp_path, text, "0.5") == [
        "3: no snippet of this page prints 0.25",
        "3: no snippet of this page prints 0.75",
    ]


def test_one_number_at_two_precisions_is_checked_at_both(tmp_path):
    (found,) = unprinted(tmp_path, "0.5 and 0.500", "0.5")
    assert found.endswith("prints 0.500")


def test_one_output_at_two_precisions_supports_the_finer_number(tmp_path):
    assert unprinted(tmp_path, "1.000", "1 and 1.000") == []
    assert unprinted(tmp_path, "1.000", "1.000 and 1") == []
    assert unprinted(tmp_path, "−1.5", "from −1.5 on") == []


FREE = """\
---
numbers:
  "0.01": why
  10^-3: why
{}---

# x

0.01, then $10^{{-3}}$.
"""


def test_an_exemption_frees_a_number_and_a_needless_one_is_named(tmp_path):
    assert unprinted(tmp_path, FREE.format("")) == []
    (found,) = unprinted(tmp_path, FREE.format('  "0.25": why\n'))
    assert found.startswith("5: the exemption of 0.25")


FOLDS = """\
!!! example "Predict"

    What with [ten layers](#a:DEPTH=10)?

??? success "What happens"

    It is 0.1, not 0.5.

    {more}
"""


def test_a_fold_may_quote_the_runs_that_it_or_its_question_links_to(tmp_path):
    runs = {"a__DEPTH_is_10": "0.12", "b__X_is_2": "0.31"}
    assert unprinted(tmp_path, FOLDS.format(more=""), "0.5", **runs) == []
    linked = FOLDS.format(more="[See](../x/y.md#b:X=2): 0.3.")
    assert unprinted(tmp_path, linked, "0.5", **runs) == []
    (found,) = unprinted(tmp_path, FOLDS.format(more="0.3!"), "0.5", **runs)
    assert found == "9: no snippet of this page prints 0.3"


def test_outside_of_the_fold_and_in_the_next_one_the_run_supports_nothing(tmp_path):
    runs = {"a__DEPTH_is_10": "0.12"}
    text = FOLDS.format(more="") + "\n\n0.1\n"
    (found,) = unprinted(tmp_path, text, "0.5", **runs)
    assert found == "12: no snippet of this page prints 0.1"
    more = "[See](#a:DEPTH=10)"
    text = FOLDS.format(more=more) + '\n\n??? note "x"\n\n    It is 0.12.\n'
    (found,) = unprinted(tmp_path, text, "0.5", **runs)
    assert found == "14: no snippet of this page prints 0.12"


def test_a_run_under_way_supports_all_until_it_has_ended(tmp_path):
    text = FOLDS.format(more="0.99")
    assert unprinted(tmp_path, text, "0.5", a__DEPTH_is_10=None) == []
    (found,) = unprinted(tmp_path, text, "0.5", a__DEPTH_is_10="0.1")
    assert found == "9: no snippet of this page prints 0.99"


CHOICES = """\
!!! example "Predict before you run"

    How many?

    - [ ] 0.3
    - [x] {right}

??? success "What happens"

    [See](#a:DEPTH=10)
"""


def test_a_wrong_answer_to_choose_from_may_be_any_number(tmp_path):
    runs = {"a__DEPTH_is_10": "0.12"}
    assert unprinted(tmp_path, CHOICES.format(right="0.12"), "", **runs) == []
    (found,) = unprinted(tmp_path, CHOICES.format(right="0.4"), "", **runs)
    assert found == "6: no snippet of this page prints 0.4"
