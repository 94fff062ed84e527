import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


def slope(z):
    """σ′, written in another way than in the snippet."""
    return 1 / (4 * np.cosh(z / 2) ** 2)


def edge(w, shift):
    """Distance from the middle of the window to its end, by bisection."""
    low, high = 0.0, 50 / w
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if w * slope(w * middle) >= 1 else (low, middle)
    return low + shift


@given(w=st.floats(-100, 100), a=st.floats(-2, 3))
def test_factor_is_weight_times_slope(run, w, a):
    expected = abs(w) * slope(w * (a - 0.5))
    assert run("window_of_inputs").factor(a, w) == pytest.approx(expected, abs=1e-12)


@given(w=st.floats(-3.999, 3.999), z=st.floats(-30, 30))
def test_factor_stays_below_one_for_weights_below_four(w, z):
    assert abs(w) * slope(z) < 1


@given(w=st.floats(4.001, 1e4), sign=st.sampled_from([-1, 1]))
def test_width_of_the_formula_is_the_width_found_by_bisection(run, w, sign):
    assert run("window_of_inputs").width(sign * w) == pytest.approx(
        2 * edge(w, 0), abs=1e-9
    )


@given(w=st.floats(4.001, 1e4))
def test_the_three_forms_of_the_width_agree(run, w):
    r = np.sqrt(1 - 4 / w)
    assert 2 / w * np.log((1 + r) / (1 - r)) == pytest.approx(
        (1 - r**2) * np.arctanh(r), rel=1e-6
    )
    assert run("window_of_inputs").width(w) == pytest.approx(
        (1 - r**2) * np.arctanh(r), rel=1e-6
    )


def test_widest_window_is_where_r_artanh_r_is_one_half(run):
    low, high = 0.1, 0.99
    for _ in range(60):
        r = (low + high) / 2
        low, high = (r, high) if r * np.arctanh(r) < 0.5 else (low, r)
    snippet = run("window_of_inputs")
    assert 4 / (1 - r**2) == pytest.approx(6.894, abs=1e-3)
    assert snippet.best == pytest.approx(4 / (1 - r**2), rel=1e-3)
    assert snippet.width(snippet.best) == pytest.approx((1 - r**2) / (2 * r), rel=1e-6)
    assert "widest: 0.4477 at |w| = 6.89" in snippet.printed


@given(w=st.floats(-1e4, 1e4), b=st.floats(-1e4, 1e4))
def test_less_than_half_of_the_inputs_get_through_whatever_weight_and_bias(w, b):
    a = np.linspace(0, 1, 2001)
    e = np.exp(-np.abs(w * a + b))
    assert np.mean(abs(w) * e / (1 + e) ** 2 >= 1) < 0.45


def test_measured_widths_are_those_of_the_formula(run):
    rows = [line.split() for line in run("window_of_inputs").printed.splitlines()[1:4]]
    for _, _, measured, formula in rows:
        assert float(measured) == pytest.approx(float(formula), abs=2e-4)
