"""The picture of the decision boundary shows the network that is trained."""

import numpy as np
import pytest

from . import reference

GRID = """const network = new Network(given)
  network.forward()
  return boundary(network, 8)"""


@pytest.mark.parametrize("skip", ["none", "scaled"])
@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
def test_scores_are_those_of_the_network_at_points_of_the_plane(engine, norm, skip):
    options = {"norm": norm, "skip": skip, "activation": "GELU", "depth": 4, "shift": 1}
    options["bias"] = 0.3
    grid = engine(GRID, options)
    X, y, params = reference.draw(**options)
    seen = reference.backpropagate(params, X, y, **options)
    assert (grid["low"], grid["high"], grid["side"]) == (-1.5, 3.5, 8)
    place = np.linspace(grid["low"], grid["high"], 8)
    points = np.stack(np.meshgrid(place, place[::-1]), axis=-1).reshape(-1, 2)
    scores = reference.scores(params, points, seen, **options)
    np.testing.assert_allclose(grid["scores"], scores, 1e-10)
