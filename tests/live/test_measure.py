"""What is said of each layer; what overflowed is said, and not counted as dead."""

import numpy as np
import pytest

from . import reference

MEASURE = """const network = new Network(given)
  network.forward()
  network.backward()
  return measure(network)"""
STEEPEST = {"sigmoid": 0.25, "GELU": 1.13, "SiLU": 1.1}


@pytest.mark.parametrize("activation", reference.PHI)
def test_numbers_of_each_layer_are_those_of_numpy(engine, activation):
    options = {"activation": activation, "bias": -1, "shift": 1, "scale": 1.5}
    options |= {"depth": 6, "width": 24}
    measured = engine(MEASURE, options)
    X, y, params = reference.draw(**options)
    seen = reference.backpropagate(params, X, y, **options)
    assert measured["finite"]
    assert measured["accuracy"] == (y * seen.score > 0).mean()
    for k, row in enumerate(measured["layers"]):
        slope, a = seen.slope[k], seen.a[k]
        steepest = STEEPEST.get(activation, 1)
        counts, _ = np.histogram(a, 24)
        expected = {
            "delta": np.linalg.norm(seen.delta[k]),
            "dW": np.linalg.norm(seen.gW[k]),
            "W": np.linalg.norm(params[k]),
            "z": np.sqrt((seen.z[k] ** 2).mean()),
            "dead": (slope == 0).all(0).mean(),
            "flat": (abs(slope) < 0.05 * steepest).mean(),
            "low": a.min(),
            "high": a.max(),
            "finite": True,
        }
        histogram = row.pop("histogram")
        assert row == pytest.approx(expected, rel=1e-12), k
        if a.min() < a.max():  # NumPy puts what is all alike in the middle
            np.testing.assert_allclose(histogram, counts, atol=1)  # an edge may round
        assert histogram.sum() == a.size


def test_born_dead_neurons_are_counted(engine):
    layers = engine(MEASURE, {"activation": "ReLU", "bias": -2, "depth": 3})["layers"]
    assert layers[1]["dead"] > 0.3
    assert engine(MEASURE, {"activation": "tanh", "bias": -2})["layers"][1]["dead"] == 0


@pytest.mark.parametrize("activation", reference.PHI)
@pytest.mark.parametrize("wrong", ["NaN", "Infinity", "-Infinity"])
def test_overflow_is_said_and_not_counted_as_dead(engine, activation, wrong):
    body = f"""const network = new Network({{ activation: given, depth: 4, width: 8 }})
      network.W[1].fill({wrong})
      network.forward()
      network.backward()
      return measure(network)"""
    measured = engine(body, activation)
    assert not measured["finite"]
    assert not measured["layers"][1]["finite"]
    assert measured["layers"][1]["dead"] == measured["layers"][1]["flat"] == 0


def test_a_layer_of_one_value_has_a_histogram(engine):
    options = {"activation": "ReLU", "bias": -100, "width": 4, "depth": 2}
    layer = engine(MEASURE, options)["layers"][0]
    assert layer["histogram"].sum() == 64 * 4
    assert layer["dead"] == 1


def test_norms_are_zero_or_infinite_only_if_a_value_is(engine):
    body = """const network = new Network({ depth: 3, width: 4 })
      network.forward()
      network.backward()
      network.W[0].fill(1e-200)
      network.W[1].fill(1e200)
      network.W[2].fill(0)
      return measure(network)"""
    measured = engine(body)
    norms = [row["W"] for row in measured["layers"]]
    assert norms == pytest.approx([1e-200 * 8**0.5, 4e200, 0])
