import math

import numpy as np
import pytest

CASES = {"GELU": "smooth_rectifiers", "SiLU": "smooth_rectifiers:ACTIVATION=SiLU"}
CURVES = {  # written anew, for complex arguments where there is a formula
    "GELU": lambda z: z * (1 + np.vectorize(math.erf)(z / 2**0.5)) / 2,
    "SiLU": lambda z: z / (1 + np.exp(-z)),
}


@pytest.fixture(params=CASES)
def case(request, run):
    """The name of an activation, and the run with it."""
    return request.param, run(CASES[request.param])


def test_value_and_slope_are_those_of_the_activation(case):
    name, snippet = case
    z, h = np.linspace(-6, 6, 201), 1e-5
    value, slope = snippet.curve(z)
    np.testing.assert_allclose(value, CURVES[name](z), atol=1e-12)
    difference = (CURVES[name](z + h) - CURVES[name](z - h)) / (2 * h)
    np.testing.assert_allclose(slope, difference, atol=1e-8)


def test_near_zero_the_slope_is_one_half_and_far_out_that_of_relu(case):
    slope = case[1].curve(np.array([-50.0, 0, 50]))[1]
    np.testing.assert_allclose(slope, (0, 0.5, 1), atol=1e-9)


def test_in_the_strip_a_small_input_vanishes_and_a_large_one_explodes(case):
    _, snippet = case
    strip = (snippet.GRID > 1.47) & (snippet.GRID < 1.9)
    low, high = snippet.predict(0.1)[strip], snippet.predict(10)[strip]
    np.testing.assert_allclose(low, snippet.GRID[strip] / 2, rtol=0.01)
    np.testing.assert_allclose(high, snippet.GRID[strip] / 2**0.5, rtol=0.01)


def test_every_network_measured_follows_the_size_of_its_input(case):
    _, snippet = case
    at = list(np.round(snippet.GRID[::4], 2)).index(1.6)
    for seed in range(5):
        low = snippet.measure(0.1, np.random.default_rng(seed))[at]
        high = snippet.measure(10, np.random.default_rng(seed))[at]
        assert low < 0.85
        assert high > 1.05


def test_random_biases_narrow_the_strip(case):
    _, snippet = case
    width = []
    for sigma_b in (0, 0.2):
        fates = []
        for start in (0.01, 1000):
            q = np.full(len(snippet.GRID), float(start))
            for _ in range(200):
                value, slope = snippet.curve(np.sqrt(q)[:, None] * snippet.Z)
                mapped = snippet.GRID**2 * (value**2 @ snippet.BELL) + sigma_b**2
                q = np.minimum(mapped, 1e4)
            fates.append(snippet.GRID**2 * (slope**2 @ snippet.BELL) > 1)
        width.append(np.sum(fates[1] & ~fates[0]))
    assert 0 < width[1] < 0.6 * width[0]
