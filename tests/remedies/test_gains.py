import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

GRID = np.linspace(-10, 10, 4001)
BELL = np.exp(-(GRID**2) / 2) / np.exp(-(GRID**2) / 2).sum()


def average(values):
    return values @ BELL


def factors(snippet, name):
    """Per layer and seed: factor of z going forward, of δ going back."""
    (phi, slope), variance, *_ = snippet.CASES[name]
    odd = snippet.NARROW if phi is snippet.LINEAR[0] else snippet.WIDTH
    z, delta = snippet.measure(variance, odd, phi, slope)
    return (z[39] / z[9]) ** (1 / 30), (delta[9] / delta[39]) ** (1 / 30)


def test_printed_gains_agree_with_a_fine_grid(run):
    for gain in (average(np.tanh(GRID) ** 2), average(np.cosh(GRID) ** -4.0)):
        assert f"{gain**-0.5:.3f}" in run("gains").printed


def test_tanh_with_gain_five_thirds_is_level_forward_and_explodes_backward(run):
    forth, back = factors(run("gains"), "tanh, gain 5/3")
    assert (np.abs(forth - 1) < 0.005).all()
    assert ((back > 1.08) & (back < 1.13)).all()


def test_tanh_with_gain_one_explodes_in_neither_direction(run):
    for values in factors(run("gains"), "tanh, gain 1"):
        assert ((values > 0.95) & (values < 1)).all()


def test_gain_four_saves_the_sigmoid_only_when_it_is_centred(run):
    plain = factors(run("gains"), "sigmoid, gain 4")[1]
    centred = factors(run("gains"), "sigmoid 4, centred")[1]
    xavier = factors(run("gains"), "sigmoid, gain 1")[1]
    assert (xavier < 0.25).all()
    assert ((plain > 0.55) & (plain < 0.7)).all()
    assert (centred > 0.95).all()


def test_centring_is_a_bias_of_minus_half_the_row_sum(run):
    rng = np.random.default_rng(3)
    phi = run("gains").CENTRED[0]
    W = rng.standard_normal((3, 6, 6))
    x = rng.standard_normal(6)
    with_bias, without = W[0] @ x, W[0] @ x
    for w in W[1:]:
        with_bias = w @ (1 / (1 + np.exp(-with_bias))) - w.sum(axis=1) / 2
        without = w @ phi(without)
    np.testing.assert_allclose(with_bias, without)


@pytest.mark.parametrize(
    "name", ["tanh, gain 5/3", "sigmoid, gain 4", "sigmoid 4, centred"]
)
def test_slopes_agree_with_central_differences(run, name):
    phi, slope = run("gains").CASES[name][0]
    z = np.linspace(-4, 4, 81)
    np.testing.assert_allclose(
        slope(phi(z)), (phi(z + 1e-5) - phi(z - 1e-5)) / 2e-5, atol=1e-9
    )


def test_xavier_loses_in_both_directions_when_widths_alternate(run):
    snippet = run("gains")
    per_pair = (
        4 * snippet.WIDTH * snippet.NARROW / (snippet.WIDTH + snippet.NARROW) ** 2
    )
    for values in factors(snippet, "Xavier"):
        assert values.mean() == pytest.approx(per_pair**0.25, rel=0.04)
    for name in ("1 / fan-in", "1 / fan-out"):
        for values in factors(snippet, name):
            assert values.mean() == pytest.approx(1, abs=0.04)


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_xavier_pair_never_gains_and_is_level_only_for_equal_widths(m, n):
    assert 4 * m * n <= (m + n) ** 2
    assert (4 * m * n == (m + n) ** 2) == (m == n)


@given(st.floats(0.001, 9), st.floats(-2, 2), st.floats(0.2, 3))
def test_variance_of_the_output_is_at_most_q_times_the_mean_square_slope(q, shift, k):
    z = np.sqrt(q) * GRID
    sigmoid = 0.5 + 0.5 * np.tanh((k * z + shift) / 2)
    cases = (
        (np.tanh(k * z + shift), k * (1 - np.tanh(k * z + shift) ** 2)),
        (sigmoid, k * sigmoid * (1 - sigmoid)),
        (np.maximum(z, 0), (z > 0) + 0.5 * (z == 0)),
        (np.sin(k * z + shift), k * np.cos(k * z + shift)),
    )
    for a, slope in cases:
        variance = average(a**2) - average(a) ** 2
        assert variance <= q * average(slope**2) * (1 + 1e-6) + 1e-12


def test_level_tanh_networks_always_explode_backward():
    for q in (0.01, 0.1, 1.0, 4.0):
        a = np.tanh(np.sqrt(q) * GRID)
        gain_squared = q / average(a**2)  # holds q where it is
        assert gain_squared * average((1 - a**2) ** 2) > 1


def test_mean_of_the_sigmoid_lets_the_factor_fall_below_one(run):
    snippet = run("gains")
    (phi, slope), variance, *_ = snippet.CASES["sigmoid, gain 4"]
    z, delta = snippet.measure(variance, snippet.WIDTH, phi, slope)
    q = np.median(z[-1]) ** 2
    bound = 1 - 4**2 * 0.5**2 / q
    chi = np.mean((delta[9] / delta[39]) ** (1 / 15))
    assert bound < chi < 0.5
