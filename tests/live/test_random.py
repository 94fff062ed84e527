"""Seeds mean the same in the browser and in NumPy; a change of NumPy's is noticed."""

import numpy as np
import pytest

SEEDS = [0, 1, 2, 7, 12345, 2**31, 2**32 - 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_first_thousand_draws_are_those_of_numpy(engine, seed):
    uniform = engine("return defaultRng(given).random(1000)", seed)
    normal = engine("return defaultRng(given).standardNormal(1000)", seed)
    rng = np.random.default_rng
    np.testing.assert_array_equal(uniform, rng(seed).random(1000))
    np.testing.assert_allclose(normal, rng(seed).standard_normal(1000), 1e-13, 0)


def test_both_kinds_of_draws_share_one_stream(engine):
    given = """const rng = defaultRng(3)
      return [rng.standardNormal(5), rng.random(3), rng.standardNormal(2)]"""
    rng = np.random.default_rng(3)
    expected = [rng.standard_normal(5), rng.random(3), rng.standard_normal(2)]
    for draws, other in zip(engine(given), expected, strict=True):
        np.testing.assert_allclose(draws, other, 1e-13, 0)


def test_a_million_draws_stay_in_step_through_the_tails(engine):
    draws = engine("return defaultRng(5).standardNormal(1e6)")
    expected = np.random.default_rng(5).standard_normal(10**6)
    assert (abs(expected) > 3.6541528853610088).sum() > 200  # where the tail begins
    np.testing.assert_allclose(draws, expected, 1e-13, 0)


def test_kept_draws_are_those_of_the_seed_in_whatever_order_they_are_asked_for(engine):
    body = "return given.map(([seed, count]) => normals(seed, count).slice())"
    asked = [[8, 5], [8, 200], [9, 50], [8, 30], [8, 0], [8, 1000]]
    for (seed, count), draws in zip(asked, engine(body, asked), strict=True):
        expected = np.random.default_rng(seed).standard_normal(count)
        np.testing.assert_allclose(draws, expected, 1e-13, 0)


@pytest.mark.parametrize("seed", [-1, 2**32, 0.5, "1", None])
def test_what_is_no_seed_is_refused(engine, seed):
    body = "try { defaultRng(given) } catch (error) { return error.name }"
    assert engine(body, seed) == "RangeError"
