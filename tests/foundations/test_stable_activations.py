"""Textbook formulas lose digits or overflow; the careful ones do neither."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

EXACT = {  # in terms of a Decimal z
    "sigmoid": lambda z: 1 / (1 + (-z).exp()),
    "sigmoid slope": lambda z: 1 / (2 + z.exp() + (-z).exp()),
    "tanh slope": lambda z: 4 / (2 + (2 * z).exp() + (-2 * z).exp()),
    "softplus": lambda z: (1 + z.exp()).ln(),
    "ELU": lambda z: z if z > 0 else z.exp() - 1,
    "leaky, α = 2": lambda z: z if z > 0 else 2 * z,
}


def relative_error(formula, exact, z):
    """Compare formula(z) with exact(z) for one float z, to 400 digits."""
    with localcontext(prec=400):
        truth = exact(Decimal(z))
        return float(abs(Decimal(float(formula(np.float64(z)))) / truth - 1))


@pytest.mark.parametrize("name", sorted(EXACT))
@settings(max_examples=40, deadline=None)
@given(size=st.floats(-17, 2.5), sign=st.sampled_from([-1, 1]))
def test_careful_formula_keeps_at_least_fifteen_digits(run, name, size, sign):
    formula = run("stable_activations").CAREFUL[name]
    assert relative_error(formula, EXACT[name], sign * 10**size) < 1e-15


@pytest.mark.parametrize("name", sorted(EXACT))
def test_careful_formula_neither_overflows_nor_divides_by_zero(run, name):
    z = np.array([-1e300, -1e4, -710.0, 0.0, 710.0, 1e4, 1e300])
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        values = run("stable_activations").CAREFUL[name](z)
    assert np.isfinite(values).all()


@pytest.mark.parametrize(
    ("name", "z"),
    [("sigmoid", -1000), ("softplus", 1000), ("ELU", 1000)],
)
def test_textbook_formula_overflows(run, name, z):
    formula = run("stable_activations").TEXTBOOK[name]
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow"):
        formula(np.array([float(z)]))


def test_where_computes_the_branch_it_does_not_keep(run):
    # The value is right all the same: only the overflow tells.
    with np.errstate(over="ignore"):
        assert run("stable_activations").TEXTBOOK["ELU"](np.array([1000.0])) == [1000]


@pytest.mark.parametrize(
    ("name", "z"),
    [("ELU", -1e-17), ("softplus", -40), ("tanh slope", 40), ("sigmoid slope", 40)],
)
def test_textbook_formula_rounds_a_non_zero_value_to_exactly_zero(run, name, z):
    script = run("stable_activations")
    assert script.TEXTBOOK[name](np.array([float(z)])) == [0]
    assert script.CAREFUL[name](np.array([float(z)])) != [0]


def test_textbook_elu_keeps_about_seven_digits_at_minus_1e_10(run):
    formula = run("stable_activations").TEXTBOOK["ELU"]
    assert 1e-9 < relative_error(formula, EXACT["ELU"], -1e-10) < 1e-6


@pytest.mark.parametrize(
    ("name", "low", "high"), [("tanh slope", 18, 20), ("sigmoid slope", 36, 38)]
)
def test_textbook_slope_first_rounds_to_zero_about_where_the_page_says(
    run, name, low, high
):
    z = np.linspace(1, 60, 5901)
    slope = run("stable_activations").TEXTBOOK[name](z)
    assert low < z[slope == 0][0] < high


@pytest.mark.parametrize("name", ["tanh slope", "sigmoid slope"])
def test_careful_slope_is_zero_too_but_only_far_out(run, name):
    slope = run("stable_activations").CAREFUL[name]
    assert slope(np.array([340.0])) > 0
    assert slope(np.array([1000.0])) == 0


@settings(max_examples=50)
@given(z=st.floats(-1e6, 1e6), alpha=st.floats(0, 1))
def test_maximum_is_a_right_leaky_relu_for_slopes_up_to_one(z, alpha):
    assert np.maximum(alpha * z, z) == np.where(z > 0, z, alpha * z)


@settings(max_examples=50)
@given(z=st.floats(-1e6, 1e6).filter(bool))
def test_maximum_is_a_wrong_leaky_relu_for_a_slope_of_two(run, z):
    script = run("stable_activations")
    assert script.TEXTBOOK["leaky, α = 2"](z) != script.CAREFUL["leaky, α = 2"](z)


def test_plotted_errors_reach_one_for_textbook_and_stay_at_rounding_for_careful(run):
    script = run("stable_activations")
    for name, (_, z, exact) in script.PANELS.items():
        assert script.relative_error(script.TEXTBOOK[name], z, exact).max() >= 1
        assert script.relative_error(script.CAREFUL[name], z, exact).max() < 1e-15


def test_output_has_no_row_where_both_formulas_are_zero(run):
    printed = run("stable_activations").printed
    assert "tanh slope      1000" not in printed
    assert "tanh slope        40" in printed
