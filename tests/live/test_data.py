"""The three sets of points."""

import numpy as np
import pytest

from . import reference

MADE = """const { X, y } = makeData(given, normals(given.seed, 2 * given.points))
  return { X, y }"""


@pytest.mark.parametrize("data", ["moons", "rings", "spiral"])
@pytest.mark.parametrize(("points", "shift", "noise"), [(64, 0, 0.1), (10, 5, 0.3)])
def test_points_are_those_of_numpy_standardized_and_shifted(
    engine, data, points, shift, noise
):
    options = {
        "data": data,
        "points": points,
        "shift": shift,
        "noise": noise,
        "seed": 6,
    }
    made = engine(MADE, options)
    rng = np.random.default_rng(6)
    X, y = reference.make_data(reference.full(**options), rng)
    np.testing.assert_allclose(made["X"].reshape(-1, 2), X, 1e-13, 1e-13)
    np.testing.assert_array_equal(made["y"], y)
    np.testing.assert_allclose(X.mean(0), shift, atol=1e-12)
    np.testing.assert_allclose(X.std(0), 1)
    assert y.sum() == 0
