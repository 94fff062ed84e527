import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

NODES, MASS = np.polynomial.legendre.leggauss(60)
CLOSED = {  # the integral of dz / (3 rate * slope * push) at rate 1, by hand
    "tanh, push 1": lambda z: (z / 2 + np.sinh(2 * z) / 4) / 3,
    "tanh, target -1": lambda z: (
        (np.exp(2 * z) + 6 * z - 3 * np.exp(-2 * z) - np.exp(-4 * z) / 2 + 2.5) / 48
    ),
    "sigmoid, push 1": lambda z: (2 * z + 2 * np.sinh(z)) / 3,
}
SPEED = {  # written independently of the snippet
    "tanh, push 1": lambda z: 3 * (1 - np.tanh(z) ** 2),
    "tanh, target -1": lambda z: 3 * (1 - np.tanh(z) ** 2) * (np.tanh(z) - -1),
    "sigmoid, push 1": lambda z: 3 * np.exp(-z) / (1 + np.exp(-z)) ** 2,
}


def gauss(name, z):
    """The same integral by Gauss-Legendre quadrature."""
    points = z / 2 * (NODES + 1)
    return z / 2 * (1 / SPEED[name](points)) @ MASS


@pytest.mark.parametrize("name", CLOSED)
@given(z=st.floats(0.1, 6))
def test_closed_forms_agree_with_gauss_legendre(name, z):
    assert CLOSED[name](z) == pytest.approx(gauss(name, z), rel=1e-6)


@pytest.mark.parametrize("name", CLOSED)
def test_integral_of_the_snippet_agrees_with_the_closed_form(run, name):
    snippet = run("escape_time")
    time = snippet.integrate(snippet.CASES[name][0])
    expected = CLOSED[name](snippet.GRID) / snippet.RATE
    np.testing.assert_allclose(time, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", CLOSED)
@given(z=st.floats(-8, 8))
def test_fall_of_a_unit_step_is_three_times_slope_times_push(run, name, z):
    fall = run("escape_time").CASES[name][0]
    assert fall(z) == pytest.approx(SPEED[name](z), rel=1e-6, abs=1e-9)


def test_counting_on_z_is_gradient_descent_on_weights_and_bias(run):
    snippet, params = run("escape_time"), np.full(3, 1.0)  # z = 3 on x = [1, 1]
    steps = 0
    while params.sum() > 0:
        a = np.tanh(params.sum())
        params = params - snippet.RATE * (a - -1) * (1 - a**2) * np.ones(3)
        steps += 1
    assert steps == snippet.count_steps(3.0, snippet.CASES["tanh, target -1"][0])[0]


@pytest.mark.parametrize("name", ["tanh, push 1", "sigmoid, push 1"])
@given(z=st.floats(0.5, 4), rate=st.floats(0.02, 20))
def test_steps_are_never_fewer_than_the_continuous_time(run, name, z, rate):
    snippet = run("escape_time")
    steps, end = snippet.count_steps(z, snippet.CASES[name][0], rate)
    assert steps >= CLOSED[name](z) / rate * (1 - 1e-9)
    assert end <= 0


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("z", [2, 3, 4, 5])
def test_steps_exceed_the_continuous_time_by_at_most_seven(run, name, z):
    snippet = run("escape_time")
    for rate in (0.05, 0.1, 1):
        steps, _ = snippet.count_steps(z, snippet.CASES[name][0], rate)
        assert 0 < steps - CLOSED[name](z) / rate < 7


def test_one_more_unit_of_start_costs_e_squared_for_tanh_and_e_for_sigmoid():
    for name, factor in (
        ("tanh, push 1", np.e**2),
        ("tanh, target -1", np.e**2),
        ("sigmoid, push 1", np.e),
    ):
        ratio = CLOSED[name](10) / CLOSED[name](9)
        assert ratio == pytest.approx(factor, rel=2e-3)


def test_target_minus_one_takes_half_as_long_as_push_one():
    ratio = CLOSED["tanh, target -1"](8) / CLOSED["tanh, push 1"](8)
    assert ratio == pytest.approx(0.5, rel=1e-4)


def test_tanh_is_as_slow_as_a_sigmoid_twice_as_far_out():
    tanh, sigmoid = CLOSED["tanh, push 1"], CLOSED["sigmoid, push 1"]
    assert sigmoid(12) / tanh(6) == pytest.approx(8, rel=1e-3)


def test_way_into_saturation_takes_as_long_as_the_way_out(run):
    snippet = run("escape_time")
    z, steps, fall = 0.0, 0, snippet.CASES["tanh, push 1"][0]
    while z < 5:  # the opposite push
        z += snippet.RATE * fall(z)
        steps += 1
    assert steps == pytest.approx(snippet.count_steps(5, fall)[0], rel=2e-3)


def test_last_jump_of_a_large_rate_overshoots_into_saturation(run):
    snippet = run("escape_time")
    fall = snippet.CASES["tanh, push 1"][0]
    assert snippet.count_steps(5, fall, 0.1)[1] > -0.3  # at most 3 rate
    assert snippet.count_steps(5, fall, 10)[1] < -15


@given(z=st.floats(0.1, 5), rate=st.floats(0.1, 30))
def test_no_jump_is_longer_than_three_times_the_rate(run, z, rate):
    snippet = run("escape_time")
    assert snippet.count_steps(z, snippet.CASES["tanh, push 1"][0], rate)[1] > -3 * rate


def test_float32_weights_stop_moving_before_their_gradient_is_zero(run):
    printed = run("escape_time").printed
    assert "z =  7: weights change True, gradient is 0 False" in printed
    assert "z =  8: weights change False, gradient is 0 False" in printed
    assert "z = 10: weights change False, gradient is 0 True" in printed


def test_float64_weights_still_move_at_ten():
    w = 10 / 3
    assert w - 0.1 * (1 - np.tanh(3 * w) ** 2) != w
