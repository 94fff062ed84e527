"""Units of other activations than ReLU can have slope exactly 0 on every input."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture(scope="module")
def silent(run):
    """Percent of silent units: name -> array (seeds, means)."""
    names = run("silent_units")
    shares = {}
    for name, (slope, *_) in names.SLOPES.items():
        draws = (names.pre_activations(np.random.default_rng(s))[1] for s in range(8))
        shares[name] = np.array([100 * np.all(slope(z) == 0, 1).mean(1) for z in draws])
    return shares


@pytest.mark.parametrize(
    ("name", "phi"),
    [
        ("tanh", math.tanh),
        ("hard tanh", lambda z: min(max(z, -1.0), 1.0)),
        ("ReLU", lambda z: max(z, 0.0)),
        ("GELU", lambda z: z * (1 + math.erf(z / math.sqrt(2))) / 2),
        ("ELU", lambda z: z if z > 0 else math.expm1(z)),
        ("leaky ReLU", lambda z: z if z > 0 else 0.01 * z),
    ],
)
@given(z=st.floats(-4, 4).filter(lambda z: min(abs(z), abs(abs(z) - 1)) > 1e-3))
def test_slopes_agree_with_central_differences(run, name, phi, z):
    slope, step = run("silent_units").SLOPES[name][0], 1e-6
    computed = slope(np.array([z], dtype=np.float32))[0]
    numeric = (phi(z + step) - phi(z - step)) / (2 * step)
    assert computed == pytest.approx(numeric, abs=2e-6)


def test_everything_is_computed_in_float32(run):
    names = run("silent_units")
    x, z = names.pre_activations(np.random.default_rng(0))
    assert x.dtype == z.dtype == np.float32
    for slope, *_ in names.SLOPES.values():
        assert slope(z).dtype == np.float32


def test_standardized_inputs_leave_no_unit_silent(silent):
    for name, shares in silent.items():
        assert np.all(shares[:, 0] == 0), name


def test_tanh_has_more_silent_units_than_relu_at_mean_100(run, silent):
    at = list(run("silent_units").MEANS).index(100)
    assert np.all(silent["tanh"][:, at] > 80)
    assert np.all(silent["ReLU"][:, at] < 65)


def test_one_sided_activations_lose_at_most_about_half_of_the_units(silent):
    for name in ("ReLU", "GELU", "ELU"):
        assert 40 < silent[name][:, -1].mean() < 60


def test_two_sided_activations_lose_nearly_all(silent):
    for name in ("tanh", "hard tanh"):
        assert np.all(silent[name][:, -1] > 90)


def test_leaky_relu_never_loses_a_unit(silent):
    assert np.all(silent["leaky ReLU"] == 0)


def test_share_follows_from_where_the_slope_ends(run, silent):
    """P(|m s| > end + spread) with s ~ N(0, 1): z is near m s on every input."""
    names = run("silent_units")
    for name, end, sides in (("tanh", 9.5, 2), ("GELU", 14.4, 1), ("ELU", 104, 1)):
        for at in (9, 11, 13):
            mean = names.MEANS[at]
            tail = math.erfc((end + 2.2) / mean / math.sqrt(2)) * sides / 2
            assert silent[name][:, at].mean() == pytest.approx(100 * tail, abs=5)


@pytest.mark.parametrize(
    ("name", "last", "first"),
    [("tanh", -8.0, -10.5), ("GELU", -13.0, -15.0), ("ELU", -100.0, -104.5)],
)
def test_slope_is_exactly_zero_from_about_where_the_page_says(run, name, last, first):
    slope = run("silent_units").SLOPES[name][0]
    alive, gone = slope(np.array([last, first], dtype=np.float32))
    assert alive != 0
    assert gone == 0


def test_silent_tanh_units_have_outputs_but_no_gradient_of_their_own(run):
    names = run("silent_units")
    assert names.silent.sum() > 100
    assert names.size == 1
    assert names.into == 0
    assert names.out_of > 0.01


def test_in_double_precision_fewer_tanh_units_are_silent_but_still_most(run):
    names = run("silent_units")
    for seed in range(8):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(names.INPUTS, names.DIMENSIONS)) + 100
        W = rng.normal(0, names.DIMENSIONS**-0.5, (names.DIMENSIONS, names.UNITS))
        z = x @ W
        double = np.all(1 - np.tanh(z) ** 2 == 0, axis=0).mean()
        single = np.all(1 - np.tanh(z.astype(np.float32)) ** 2 == 0, axis=0).mean()
        assert 0.5 < double < single
