"""Forward and backward pass: every layer's numbers are those of NumPy."""

import itertools

import numpy as np
import pytest

from . import reference
from .settings import bound, settings

PASS = """return given.map(options => {
    const network = new Network(options)
    network.forward()
    network.backward()
    const { params, X, y, z, delta, gW, gv, gb, gc, score, loss } = network
    return { params, X, y, z, delta, gW, gv, gb, gc, score, loss }
  })"""
# Above the critical scale, and with batch norm in a deep network, what rounding did in
# the first layers grows from layer to layer.
CHAOTIC = [
    {"activation": "tanh", "scale": 3, "depth": 30, "width": 64},
    {"activation": "tanh", "scale": 3, "depth": 50, "width": 32},
    {"activation": "sigmoid", "scale": 16, "depth": 50, "width": 32},
    {"activation": "GELU", "scale": 3, "depth": 50, "width": 16},
    {"activation": "ReLU", "norm": "batch", "depth": 50, "width": 32},
    {"activation": "tanh", "norm": "batch", "depth": 50, "width": 64},
    {"activation": "sigmoid", "norm": "batch", "depth": 50, "width": 16},
]


def flat(arrays):
    return np.concatenate([np.ravel(it) for it in arrays])


def off(found, expected):
    """Relative difference of the worst layer."""
    worst = 0.0
    for mine, other in zip(found, expected, strict=True):
        size = np.linalg.norm(other)
        distance = np.linalg.norm(mine - np.ravel(other))
        worst = max(worst, distance / size if size else distance)
    return worst


def compare(engine, options, chaotic=False):
    """Everything that the engine keeps, against NumPy."""
    for given, found in zip(options, engine(PASS, options), strict=True):
        X, y, params = reference.draw(**given)
        assert off([found["params"]], [flat(params)]) <= 1e-13, given
        assert off([found["X"], found["y"]], [X, y]) <= 1e-13, given
        seen = reference.backpropagate(params, X, y, **given)
        near = 1e-6 if chaotic else bound({**reference.DEFAULTS, **given})
        for name in "z", "delta", "gW":
            assert off(found[name], getattr(seen, name)) <= near, (name, given)
        # Errors of the two classes may cancel: then the rest is what rounding left.
        rest = flat([found["gv"], *found["gb"], found["gc"]])
        expected = flat(seen.gradient[given["depth"] :])
        distance = np.linalg.norm(rest - expected)
        assert distance <= near * max(np.linalg.norm(expected), 1e-6), given
        assert off([found["score"]], [seen.score]) <= near, given
        assert found["loss"] == pytest.approx(seen.loss, rel=near), given


def test_of_the_random_settings_a_hundred_are_held_to_ten_digits():
    tried = [it for name in reference.PHI for it in settings(16, activation=name)]
    assert sum(bound(it) == 1e-10 for it in tried) >= 100


@pytest.mark.parametrize("activation", reference.PHI)
def test_every_layer_agrees_with_numpy_to_ten_digits(engine, activation):
    compare(engine, list(settings(16, activation=activation)))


def test_digits_agree_with_numpy_to_ten_digits(engine):
    engine("await load({ data: 'digits' })")
    compare(engine, list(settings(16, data="digits")))


def test_where_rounding_grows_six_digits_agree(engine):
    compare(engine, CHAOTIC, chaotic=True)


def test_sizes_that_do_not_fill_blocks_of_the_kernel(engine):
    sizes = [(1, 1, 4), (2, 1, 6), (3, 5, 10), (2, 9, 14), (1, 128, 200), (4, 6, 18)]
    options = [
        {"depth": depth, "width": width, "points": points, "activation": "tanh"}
        for depth, width, points in sizes
    ]
    compare(engine, options)


@pytest.mark.parametrize(
    "options",
    [
        {"activation": "sigmoid", "scale": 0.5, "depth": 50, "width": 64},
        {"activation": "sigmoid", "scale": 0.25, "depth": 50, "width": 16, "seed": 3},
        {"activation": "sigmoid", "scale": 1, "depth": 75, "width": 32},
        {"activation": "tanh", "scale": 0.1, "depth": 50, "width": 32},
        {"activation": "SiLU", "scale": 0.2, "depth": 50, "width": 32},
    ],
)
def test_float32_reaches_exact_zeros_in_the_same_layer(engine, options):
    options = {**options, "precision": "float32"}
    (found,) = engine(PASS, [options])
    X, y, params = reference.draw(**options)
    seen = reference.backpropagate(params, X, y, **options)
    assert seen.gW[0].dtype == np.float32
    for mine, other in (found["gW"], seen.gW), (found["delta"], seen.delta):
        zeros = [sum(not layer.any() for layer in layers) for layers in (mine, other)]
        assert zeros[1] > 3, "none in NumPy: this shows nothing"
        assert abs(zeros[0] - zeros[1]) <= 1


def test_float32_rounds_all_that_is_stored(engine):
    body = """const network = new Network(given)
      train(network)
      const { params, gradient, X, score, z, h, a, slope, delta } = network
      const { mean, square } = network.memory
      return { params, gradient, X, score, z, h, a, slope, delta, mean, square }"""
    options = {
        "precision": "float32",
        "depth": 5,
        "activation": "tanh",
        "norm": "layer",
    }
    found = engine(body, {**options, "optimizer": "Adam"})
    for name in found:
        values = flat(found[name])
        np.testing.assert_array_equal(values, values.astype("f4"), name)


def test_orthogonal_weights_are_orthogonal(engine):
    options = [
        {"depth": 3, "width": 64, "orthogonal": True, "seed": seed} for seed in range(8)
    ]
    body = "return given.map(options => new Network(options).W.slice(1))"
    for W in itertools.chain(*engine(body, options)):
        W = W.reshape(64, 64)
        np.testing.assert_allclose(W @ W.T, np.eye(64), atol=1e-14)


def test_same_seed_is_the_same_network_and_another_is_not(engine):
    one, same, other = engine(PASS, [{"seed": 4}, {"seed": 4}, {"seed": 5}])
    np.testing.assert_array_equal(flat(one["gW"]), flat(same["gW"]))
    assert not np.isclose(one["params"], other["params"]).any(where=one["params"] != 0)


@pytest.mark.parametrize(
    "wrong", [{"activation": "nope"}, {"data": "nope"}, {"seed": -1}]
)
def test_what_does_not_exist_is_named(engine, wrong):
    body = "try { new Network(given) } catch (error) { return error.message }"
    assert engine(body, wrong) in {
        "no activation: nope",
        "no data: nope",
        "no seed: -1",
    }
