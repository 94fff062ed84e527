import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


def dead_percent_by_sampling(bias, shift, inputs, points, draws=20_000):
    """Oracle: draw weight vectors, then use that each pre-activation is normal."""
    w = np.random.default_rng(7).normal(0, math.sqrt(2 / inputs), (draws, inputs))
    mean, spread = bias + shift * w.sum(axis=1), np.sqrt((w**2).sum(axis=1))
    below = [math.erfc(v / math.sqrt(2)) / 2 for v in mean / spread]
    return 100 * np.mean(np.power(below, points))


def test_theory_of_the_bias_matches_sampled_weights(run):
    bad = run("bad_start")
    for bias in (-5.0, -4.0, -3.0, -2.0):
        sampled = dead_percent_by_sampling(bias, 0, bad.INPUTS, bad.POINTS)
        assert bad.dead_for_bias(bias) == pytest.approx(sampled, abs=1)


def test_theory_of_the_shift_matches_sampled_weights(run):
    bad = run("bad_start")
    for shift in (1.0, 3.0, 10.0, 20.0):
        sampled = dead_percent_by_sampling(0, shift, bad.INPUTS, bad.POINTS)
        assert bad.dead_for_shift(shift) == pytest.approx(sampled, abs=1.2)


def test_every_measured_mean_lies_within_three_points_of_theory(run):
    bad = run("bad_start")
    for values, measured, theory in (
        (bad.BIASES, bad.by_bias, bad.dead_for_bias),
        (bad.SHIFTS, bad.by_shift, bad.dead_for_shift),
    ):
        expected = [theory(v) for v in values]
        assert np.abs(measured.mean(axis=1) - expected).max() < 3


def test_no_neuron_is_dead_at_bias_zero_on_centred_inputs(run):
    bad = run("bad_start")
    assert bad.by_bias[bad.BIASES == 0].max() == 0
    assert bad.by_shift[0].max() == 0


def test_a_shift_kills_no_more_than_about_half_and_the_other_half_is_always_on(run):
    bad = run("bad_start")
    dead = bad.by_shift[-1].mean()
    always_on = bad.percent_dead(-bad.far @ bad.weights).mean()
    assert 42 < dead < 50
    assert 42 < always_on < 50
    assert 49 < bad.dead_for_shift(1000.0) < 50


def test_standardizing_the_shifted_inputs_removes_every_dead_neuron(run):
    bad = run("bad_start")
    assert bad.percent_dead(bad.far @ bad.weights).min() > 40
    assert bad.percent_dead(bad.mended @ bad.weights).max() == 0


@settings(max_examples=50, deadline=None)
@given(st.floats(-100, 100), st.integers(0, 2**32 - 1))
def test_zero_bias_on_centred_data_never_leaves_a_neuron_dead(shift, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(shift, 1, (12, 3))
    z = (x - x.mean(axis=0)) @ rng.normal(size=(3, 40))
    assert z.sum(axis=0) == pytest.approx(0, abs=1e-9)
    assert (z > 0).any(axis=0).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 30), st.floats(0.1, 50))
def test_only_the_ratio_of_shift_to_spread_counts(seed, scale):
    rng = np.random.default_rng(seed)
    x, w = rng.normal(2, 1, (30, 4)), rng.normal(size=(4, 60))
    assert (((x @ w) <= 0).all(axis=0) == ((scale * x @ w) <= 0).all(axis=0)).all()
