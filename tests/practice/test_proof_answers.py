import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


@given(a=st.floats(-1, 1))
def test_norm_factor_is_the_ratio_of_the_two_integrals(run, a):
    u = np.linspace(-12, 12, 24_001)
    mass = np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi)
    phi, slope = np.where(u > 0, u, a * u), np.where(u > 0, 1, a)
    slope = np.where(u == 0, (1 + a) / 2, slope)  # the kink, for the trapezoids
    mean, square, slopes = (np.trapezoid(v * mass, u) for v in (phi, phi**2, slope**2))
    expected = slopes / (square - mean**2)
    assert run("proof_answers").norm_factor(a) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("a", [-1, 0, 0.01, 0.25, 1])
def test_norm_factor_agrees_with_sampled_activations(run, a):
    u = np.random.default_rng(1).standard_normal(400_000)
    phi, slope = np.where(u > 0, u, a * u), np.where(u > 0, 1, a)
    measured = np.mean(slope**2) / np.var(phi)
    assert run("proof_answers").norm_factor(a) == pytest.approx(measured, rel=0.01)


def test_named_cases_of_batch_norm(run):
    factor = run("proof_answers").norm_factor
    assert factor(0) == pytest.approx(np.pi / (np.pi - 1))
    assert factor(-1) == pytest.approx(np.pi / (np.pi - 2))
    assert factor(1) == pytest.approx(1)
    slopes = np.linspace(-1, 1, 4001)
    assert np.all(np.diff(factor(slopes)) < 0)  # -1 is the worst, 1 the best


def test_least_slope_solves_the_quadratic_equation(run):
    c = np.pi * (1 - 10 ** (-1 / 25))
    root = min(np.roots([1 - c, -2, 1 - c]).real)
    assert run("proof_answers").least == pytest.approx(root, abs=2e-3)
    assert run("proof_answers").norm_factor(root) ** 25 == pytest.approx(10, rel=1e-6)


def test_branch_over_block_number_grows_to_sinh_pi_over_pi(run):
    product = np.prod(1 + 1 / np.arange(1, 1_000_001.0) ** 2)
    assert product == pytest.approx(np.sinh(np.pi) / np.pi, rel=2e-6)
    assert run("proof_answers").limit == pytest.approx(product, rel=2e-6)
    assert product < math.exp(math.pi**2 / 6)


def test_curves_of_the_two_branches(run):
    snippet = run("proof_answers")
    np.testing.assert_allclose(snippet.growth(1), snippet.BLOCKS + 1, rtol=1e-12)
    assert snippet.growth(2)[-1] < snippet.limit


def test_blocks_passed_are_a_little_more_than_one():
    blocks = np.sum(1 / (np.arange(1, 1_000_001.0) ** 2 + 1))
    assert blocks == pytest.approx((np.pi / np.tanh(np.pi) - 1) / 2, abs=2e-6)
    assert 1.05 < blocks < 1.1
