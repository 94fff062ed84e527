import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


def exact_gelu_slope(z):
    return math.erfc(-z / 2**0.5) / 2 + z * math.exp(-z * z / 2) / math.tau**0.5


@pytest.fixture(scope="session")
def steps(run):
    """Steps of each activation (seed, depth), with weights and bias kept explicitly."""
    source = run("recovery")
    return {
        name: source.steps_back(slope, np.random.default_rng(0))
        for name, (slope, *_) in source.SLOPES.items()
    }


def column(run, depth):
    return run("recovery").DEPTHS.tolist().index(depth)


@pytest.mark.parametrize("name", ["ELU", "GELU", "SiLU"])
@given(z=st.floats(-12, -1e-3))
def test_slopes_agree_with_central_differences_of_the_activation(run, name, z):
    def value(z):
        u = (8 / math.pi) ** 0.5 * (z + 0.044715 * z**3) if name == "GELU" else z
        return math.expm1(z) if name == "ELU" else z / (1 + math.exp(-u))

    numeric = (value(z + 1e-5) - value(z - 1e-5)) / 2e-5
    slope = run("recovery").SLOPES[name][0](np.array([z]))[0]
    assert slope == pytest.approx(numeric, abs=1e-8)


def test_kernel_moves_z_as_steps_on_weights_and_bias_do(run, steps):
    source = run("recovery")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(source.SEEDS, source.INPUTS, source.DIMENSIONS))
    x = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    w = rng.normal(0, source.DIMENSIONS**-0.5, (source.SEEDS, source.DIMENSIONS, 1))
    x, w, k = x[3], w[3, :, 0], column(run, 2)
    bias, count = -2 - (x @ w).max(), 0
    while (z := x @ w + bias).max() <= 0:
        delta = -np.exp(z) / len(x)
        w, bias = w - source.RATE * delta @ x, bias - source.RATE * delta.sum()
        count += 1
    assert steps["ELU"][3, k] == count


@pytest.mark.parametrize(("name", "alpha"), [("leaky 0.01", 0.01), ("leaky 0.2", 0.2)])
def test_leaky_units_need_depth_over_rate_and_slope_on_any_data(
    run, steps, name, alpha
):
    source = run("recovery")
    for depth, counts in zip(source.DEPTHS, steps[name].T, strict=True):
        expected = depth / (source.RATE * alpha)
        if expected <= source.LIMIT:
            assert np.abs(counts - expected).max() <= 1.01
        else:
            assert np.isinf(counts).all()


@pytest.mark.parametrize("depth", [0.3, 1, 5])
def test_integral_of_one_over_the_slope_agrees_with_counted_steps(run, depth):
    source, rate = run("recovery"), 1e-3
    for name in ("leaky 0.2", "ELU"):
        slope, z, count = source.SLOPES[name][0], -depth, 0
        while z <= 0 and count < 200_000:
            z += rate * float(slope(np.float64(z)))
            count += 1
        closed = depth / 0.2 if name == "leaky 0.2" else math.expm1(depth)
        assert count * rate == pytest.approx(closed, rel=0.01)


def test_printed_integral_of_elu_is_the_closed_form(run):
    line = next(t for t in run("recovery").printed.splitlines() if t[:3] == "ELU")
    rows = [t for t in run("recovery").printed.splitlines() if t.startswith("ELU")]
    assert line == rows[0]
    cells = [float(v) for v in rows[2].split()[2:]]
    expected = np.expm1(run("recovery").DEPTHS) / run("recovery").RATE
    assert cells == pytest.approx(expected, rel=1e-3)


def test_elu_beats_the_small_leak_down_to_a_depth_between_six_and_seven():
    assert math.expm1(6) < 6 / 0.01
    assert math.expm1(7) > 7 / 0.01
    assert math.expm1(2) < 2 / 0.2
    assert math.expm1(3) > 3 / 0.2


def test_gelu_never_returns_from_half_below_zero_and_silu_not_from_two(run, steps):
    assert np.isfinite(steps["GELU"][:, column(run, 0.3)]).all()
    assert np.isinf(steps["GELU"][:, column(run, 0.5) :]).all()
    assert np.isfinite(steps["SiLU"][:, column(run, 0.5)]).all()
    assert np.isinf(steps["SiLU"][:, column(run, 2) :]).all()


def test_the_exact_gelu_has_the_same_wall(run):
    source = run("recovery")
    slope = np.vectorize(exact_gelu_slope)
    z = np.linspace(-20, 0, 4001)
    assert (slope(z[z < -0.76]) < 0).mean() == pytest.approx(1, abs=0)
    assert (slope(z[z > -0.75]) > 0).all()
    tanh_form = source.SLOPES["GELU"][0](z)
    assert (tanh_form[z < -0.76] <= 0).all()
    assert (tanh_form[z > -0.75] > 0).all()


@pytest.mark.parametrize("push", [-1, 1])
def test_neither_push_brings_a_gelu_unit_above_its_minimum(push):
    z = -1.0
    for _ in range(5000):
        z -= 0.1 * push * exact_gelu_slope(z)
    assert z < -0.75
    assert (z < -3) == (push == -1)


def test_from_minus_thirteen_on_elu_cannot_move_its_bias_in_float32():
    def moves(b):
        b = np.float32(b)
        return b + np.float32(0.1) * np.exp(b) != b

    assert all(moves(b) for b in np.linspace(-12, -1, 200))
    assert not any(moves(b) for b in np.linspace(-60, -13, 500))


@pytest.mark.parametrize("alpha", [0.01, 0.2, 1.0])
def test_adam_needs_the_same_steps_whatever_the_slope(alpha):
    bias, m, v, count = -5.0, 0.0, 0.0, 0
    while bias <= 0:
        count += 1
        m, v = 0.9 * m - 0.1 * alpha, 0.999 * v + 0.001 * alpha**2
        bias -= 0.1 * m / (1 - 0.9**count) / (math.sqrt(v / (1 - 0.999**count)) + 1e-8)
    assert abs(count - 51) <= 1


def test_in_float32_the_tanh_form_of_gelu_is_flat_much_nearer_to_zero():
    z = np.linspace(-20, -1, 1901, dtype=np.float32)
    root = np.float32((2 / np.pi) ** 0.5)
    t = np.tanh(root * (z + np.float32(0.044715) * z**3))
    rise = root * (1 + np.float32(3 * 0.044715) * z**2)
    half = np.float32(0.5)
    tanh_form = half * (1 + t) + half * z * (1 - t * t) * rise
    density = np.exp(-half * z * z) / np.float32(2.5066283)
    cdf = np.array([math.erf(v / 2**0.5) for v in z], np.float32)
    exact_form = half * (1 + cdf) + z * density
    assert -6 < z[tanh_form == 0].max() < -4.5
    assert z[exact_form == 0].max() < -12
