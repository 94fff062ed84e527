"""Mean-field theory: its integrals as NumPy finds them, and what networks show."""

import itertools

import numpy as np
import pytest

from . import reference


def mean(f, middle, spread):
    """Mean of f over a Gaussian: Gauss and Legendre between 0, ±1/8, ±1/4, … of z."""
    nodes, weights = np.polynomial.legendre.leggauss(30)
    ends = 2.0 ** np.arange(-3, 30)
    z = np.r_[-ends[::-1], 0, ends]
    ends = np.unique(np.clip((z - middle) / spread, -12, 12))
    ends = np.unique(np.r_[ends, -12:13])  # and no step of the Gaussian is long
    total = 0.0
    for low, high in itertools.pairwise(ends):
        u = (low + high) / 2 + (high - low) / 2 * nodes
        density = np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi)
        total += (high - low) / 2 * weights @ (f(middle + spread * u) * density)
    return total


def expected(o):
    """Factor of the error signal and rms of z per layer, from the formulas."""
    o = reference.full(**o)
    gain, square = (o.branch * o.scale) ** 2, 1 if o.norm == "batch" else 1 + o.shift**2
    q, middle = o.scale**2 * square, o.bias
    for _ in range(o.depth):
        m, s = (middle, np.sqrt(q)) if o.norm == "none" else (0, 1)

        def over(f, m=m, s=s):
            return mean(lambda z: f(*reference.PHI[o.activation](z)), m, s)

        slopes = over(lambda a, slope: slope**2) / (1 if o.norm == "none" else q)
        offset = 0 if o.norm == "batch" else middle
        yield np.sqrt(o.skipped + gain * slopes), np.sqrt(q + offset**2)
        constant = over(lambda a, slope: a) if o.norm == "batch" else 0
        q = o.skipped * q + gain * (over(lambda a, slope: a**2) - constant**2)
        middle = o.skipped * middle + o.branch * o.bias


@pytest.mark.parametrize("activation", reference.PHI)
def test_integrals_are_those_of_numpy(engine, activation):
    for norm, skip in itertools.product(("none", "batch", "layer"), ("none", "scaled")):
        for scale, bias in (0.7, 0), (2, 0.5), (16, 0):
            options = {"activation": activation, "norm": norm, "skip": skip, "depth": 4}
            options |= {"scale": scale, "bias": bias, "shift": 0.5}
            rows = engine("return theory(given)", options)
            found = [(row["factor"], row["z"]) for row in rows]
            np.testing.assert_allclose(found, list(expected(options)), 1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {"activation": "sigmoid"},
        {"activation": "tanh", "scale": 3},
        {"activation": "ReLU", "scale": 2**0.5},
        {"activation": "GELU", "scale": 1.5, "bias": 0.2},
        {"activation": "sigmoid", "scale": 16},
        {"activation": "ReLU", "norm": "layer"},
        {"activation": "ReLU", "scale": 2**0.5, "skip": "scaled"},
        {"activation": "tanh", "skip": "plain", "shift": 1},
    ],
)
def test_wide_networks_do_what_it_says(engine, options):
    body = """return [0, 1, 2].map(seed => {
        const network = new Network({ ...given, seed, width: 128 })
        network.forward()
        network.backward()
        const { layers } = measure(network)
        return Math.log(layers[0].delta / layers.at(-1).delta) / 9
      })"""
    options = {**options, "depth": 10}
    factors = engine("return theory(given).map(it => it.factor)", options)
    found = np.exp(np.mean(engine(body, options)))
    assert found == pytest.approx(np.exp(np.mean(np.log(factors[:-1]))), rel=0.04)


def test_the_first_layer_knows_the_input(engine):
    rows = engine("return theory({ depth: 1, scale: 3 }, 10)")
    assert rows[0]["z"] == pytest.approx(3 * np.sqrt(10 / 2))
