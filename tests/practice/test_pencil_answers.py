import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


@given(b=st.floats(0, 6))
def test_share_on_is_the_normal_tail(run, b):
    expected = NormalDist().cdf(-b)
    assert run("pencil_answers").share_on(b) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("bias", "inputs"), [(-2, 30), (-3, 513)])
def test_half_of_the_neurons_are_never_on_for_that_many_inputs(bias, inputs):
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((6, 4000))
    weights /= np.linalg.norm(weights, axis=0)
    off = [
        ((rng.standard_normal((inputs, 6)) @ w) + bias <= 0).all() for w in weights.T
    ]
    assert np.mean(off) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("b", [2, 3, 4, 5])
def test_number_of_inputs_is_right_to_the_last_digit(run, b):
    low = next(
        line for line in run("pencil_answers").printed.splitlines() if f"-{b}:" in line
    )
    inputs = int(low.split()[-2])
    log_on = [n * math.log1p(-NormalDist().cdf(-b)) for n in (inputs - 1, inputs + 1)]
    assert math.exp(log_on[0]) > 0.5 > math.exp(log_on[1])


def test_a_thousand_inputs_miss_what_a_hundred_thousand_find():
    tail = NormalDist().cdf(-4)
    assert (1 - tail) ** 1000 == pytest.approx(0.97, abs=0.005)
    assert 1 - (1 - tail) ** 100_000 == pytest.approx(0.96, abs=0.005)


def test_behind_batch_norm_about_every_second_unit_is_off_at_three():
    z = np.random.default_rng(0).standard_normal((3000, 513))
    z = (z - z.mean(1, keepdims=True)) / z.std(1, keepdims=True)
    assert 0.42 < np.mean((z - 3 <= 0).all(axis=1)) < 0.56


@given(a=st.floats(-1, 1))
def test_norm_factor_is_the_ratio_of_the_two_integrals(run, a):
    u = np.linspace(-12, 12, 24_001)
    mass = np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi)
    phi, slope = np.where(u > 0, u, a * u), np.where(u > 0, 1, a)
    slope = np.where(u == 0, (1 + a) / 2, slope)  # the kink, for the trapezoids
    mean, square, slopes = (np.trapezoid(v * mass, u) for v in (phi, phi**2, slope**2))
    expected = slopes / (square - mean**2)
    assert run("pencil_answers").norm_factor(a) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("a", [-1, 0, 0.01, 0.25, 1])
def test_norm_factor_agrees_with_sampled_activations(run, a):
    u = np.random.default_rng(1).standard_normal(400_000)
    phi, slope = np.where(u > 0, u, a * u), np.where(u > 0, 1, a)
    measured = np.mean(slope**2) / np.var(phi)
    assert run("pencil_answers").norm_factor(a) == pytest.approx(measured, rel=0.01)


def test_named_cases_of_batch_norm(run):
    factor = run("pencil_answers").norm_factor
    assert factor(0) == pytest.approx(np.pi / (np.pi - 1))
    assert factor(-1) == pytest.approx(np.pi / (np.pi - 2))
    assert factor(1) == pytest.approx(1)
    slopes = np.linspace(-1, 1, 4001)
    assert np.all(np.diff(factor(slopes)) < 0)  # -1 is the worst, 1 the best


def test_least_slope_solves_the_quadratic_equation(run):
    c = np.pi * (1 - 10 ** (-1 / 25))
    root = min(np.roots([1 - c, -2, 1 - c]).real)
    assert run("pencil_answers").least == pytest.approx(root, abs=2e-3)
    assert run("pencil_answers").norm_factor(root) ** 25 == pytest.approx(10, rel=1e-6)


def test_branch_over_block_number_grows_to_sinh_pi_over_pi(run):
    product = np.prod(1 + 1 / np.arange(1, 1_000_001.0) ** 2)
    assert product == pytest.approx(np.sinh(np.pi) / np.pi, rel=2e-6)
    assert run("pencil_answers").limit == pytest.approx(product, rel=2e-6)
    assert product < math.exp(math.pi**2 / 6)


def test_curves_of_the_two_branches(run):
    snippet = run("pencil_answers")
    np.testing.assert_allclose(snippet.growth(0.5), snippet.BLOCKS + 1, rtol=1e-12)
    assert snippet.growth(1)[-1] < snippet.limit


def test_blocks_passed_are_a_little_more_than_one():
    blocks = np.sum(1 / (np.arange(1, 1_000_001.0) ** 2 + 1))
    assert blocks == pytest.approx((np.pi / np.tanh(np.pi) - 1) / 2, abs=2e-6)
    assert 1.05 < blocks < 1.1


@given(bias=st.floats(-2, 12), steps=st.integers(1, 2000))
def test_memory_is_the_product_of_the_gates(run, bias, steps):
    gate = 1 / (1 + math.exp(-bias))
    kept = math.exp(steps * math.log(gate))
    assert run("pencil_answers").memory(bias, steps) == pytest.approx(kept, rel=1e-6)


def test_gate_keeps_half_and_off_by_one(run):
    snippet = run("pencil_answers")
    assert snippet.memory(snippet.bias) == pytest.approx(0.5, rel=1e-9)
    assert snippet.bias == pytest.approx(math.log(784 / math.log(2)), abs=1e-3)
    assert snippet.memory(snippet.bias - 1) == pytest.approx(0.5**math.e, abs=1e-3)
    assert snippet.memory(snippet.bias + 1) == pytest.approx(
        0.5 ** (1 / math.e), abs=1e-3
    )


@pytest.mark.parametrize("steps", [20, 784, 100_000])
def test_memory_as_a_whole_is_not_saturated(run, steps):
    memory, h = run("pencil_answers").memory, 1e-5
    bias = -math.log(math.expm1(math.log(2) / steps))
    derivative = (memory(bias + h, steps) - memory(bias - h, steps)) / (2 * h)
    assert derivative == pytest.approx(math.log(2) / 2, rel=0.03)
    gate = 1 / (1 + math.exp(-bias))
    assert gate * (1 - gate) == pytest.approx(math.log(2) / steps, rel=0.06)
