import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

X = np.array([[1.0, -1.0]])  # the two inputs that decide about a line


def relu_layers(inputs, weights, biases=None):
    """Activations of all layers: inputs (n_0, points), weights of shape (n, fan_in)."""
    a, activations = inputs, []
    for layer, w in enumerate(weights):
        a = np.maximum(w @ a + (0 if biases is None else biases[layer][:, None]), 0)
        activations.append(a)
    return activations


def is_dead(inputs, weights, biases=None):
    return any((a == 0).all() for a in relu_layers(inputs, weights, biases))


def draw(rng, width, depth, fan_in=1):
    """Random weights of all layers, by a rule of our own: uniform and unscaled."""
    return [
        rng.uniform(-1, 1, (width, fan_in if k == 0 else width)) for k in range(depth)
    ]


def tolerance(percent, born):
    """Four standard errors of a measured percentage, and a little at the ends."""
    share = percent / 100
    return 400 * np.sqrt(share * (1 - share) / born.NETWORKS) + 0.4


def test_every_measured_share_for_one_input_follows_the_formula(run):
    born = run("born_dead")
    rng = np.random.default_rng(5)
    for width in (1, 2, 3, 5):
        dead = born.born_dead(np.array([[1.0]]), width, rng)
        exact = born.theory(width)[0]
        assert (np.abs(dead - exact) <= tolerance(exact, born)).all()


def test_formula_is_the_product_of_coin_tosses_counted_one_by_one(run):
    born = run("born_dead")
    for width, depth in ((1, 3), (2, 2), (3, 4)):
        signs = np.indices((2,) * width).reshape(width, -1)  # on or off, all equally
        let_through = signs.any(axis=0).mean()
        assert born.theory(width)[0][depth - 1] == pytest.approx(
            100 * (1 - let_through**depth)
        )


def test_uniform_weights_and_symmetric_biases_give_the_same_formula_for_one_input():
    rng, depth, width, count = np.random.default_rng(3), 6, 3, 2000
    dead = 0
    for _ in range(count):
        biases = rng.uniform(-2, 2, (depth, width))
        dead += is_dead(np.array([[1.0]]), draw(rng, width, depth), biases)
    expected = 1 - (7 / 8) ** depth
    assert abs(dead / count - expected) < 4 * math.sqrt(0.25 / count)


def test_every_measured_share_for_a_line_lies_between_the_bounds(run):
    born = run("born_dead")
    rng = np.random.default_rng(6)
    for width in (2, 3, 5):
        dead = born.born_dead(X, width, rng)
        _, least, most = born.theory(width)
        assert (dead >= least - tolerance(least, born)).all()
        assert (dead <= most + tolerance(most, born)).all()


def test_a_line_at_depth_3_and_width_2_matches_the_integral_over_the_angle(run):
    """Layer 2 turns each signal to 0, 90 or a uniform angle between, a third each."""
    born = run("born_dead")
    t = (np.arange(200) + 0.5) / 200
    angles = np.concatenate([np.zeros(200), np.ones(200), t]) * math.pi / 2
    theta = np.abs(angles[:, None] - angles)
    both = (
        0.5 * (3 / 4) ** 2 * (0.5 + np.mean(((math.pi - theta) / (2 * math.pi)) ** 2))
    )
    expected = 100 * (1 - 2 * (3 / 4) ** 3 + both)
    rng = np.random.default_rng(8)
    measured = [born.born_dead(X, 2, rng)[2] for _ in range(10)]
    assert np.mean(measured) == pytest.approx(expected, abs=1.3)
    _, least, most = born.theory(2)
    assert least[2] < expected - 1 < expected + 1 < most[2]


def test_two_layers_of_two_neurons_die_on_a_line_with_probability_5_in_32(run):
    born = run("born_dead")
    assert born.theory(2)[1][1] == pytest.approx(100 * 5 / 32)
    rng = np.random.default_rng(9)
    measured = [born.born_dead(X, 2, rng)[1] for _ in range(10)]
    assert np.mean(measured) == pytest.approx(100 * 5 / 32, abs=1)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(2, 5))
def test_a_neuron_is_off_for_two_signals_on_an_arc_of_pi_minus_their_angle(seed, n):
    rng = np.random.default_rng(seed)
    a, b = np.abs(rng.normal(size=(2, n)))
    theta = math.acos(min(1, a @ b / np.linalg.norm(a) / np.linalg.norm(b)))
    w = rng.normal(size=(4000, n))
    measured = ((w @ a <= 0) & (w @ b <= 0)).mean()
    assert measured == pytest.approx((math.pi - theta) / (2 * math.pi), abs=0.045)


@settings(max_examples=50)
@given(st.integers(1, 12), st.integers(1, 60))
def test_bounds_are_ordered_and_stated_corollaries_hold(width, depth):
    s = 1 - 0.5**width
    least = 1 - 2 * s**depth + (2 * s - 1) * s ** (2 * depth - 2)
    assert -1e-12 <= least <= 1 - s ** (depth - 1) + 1e-12
    assert 1 - s ** (depth - 1) <= 1 - s**depth <= depth * 0.5**width + 1e-12
    assert s ** (depth - 1) <= 1 - least + 1e-12 <= 2 * s**depth + 1e-9
    assert 1 - (1 - 0.5 ** (width**2)) ** (depth - 1) <= 1 - s ** (depth - 1) + 1e-12


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 8))
def test_two_inputs_decide_about_the_whole_line(seed, width, depth):
    weights = draw(np.random.default_rng(seed), width, depth)
    grid = np.linspace(-3, 3, 41)[None, :]
    assert is_dead(grid, weights) == is_dead(X, weights)


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.floats(0.01, 100))
def test_the_scale_of_the_weights_decides_nothing(seed, width, scale):
    weights = draw(np.random.default_rng(seed), width, 6, fan_in=3)
    inputs = np.random.default_rng(seed + 1).normal(size=(3, 4))
    scaled = [scale * w for w in weights]
    assert is_dead(inputs, weights) == is_dead(inputs, scaled)


def test_all_weights_negative_kill_any_later_layer_for_every_input():
    rng = np.random.default_rng(0)
    weights = draw(rng, 4, 3, fan_in=5)
    weights[1] = -np.abs(weights[1])
    assert is_dead(rng.normal(size=(5, 500)), weights)


def test_no_layer_up_to_the_one_that_is_off_has_a_gradient_but_later_biases_do():
    """Central differences of the loss, one parameter at a time; layer 2 of 3 is off."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 20)), rng.normal(size=20)
    weights = [rng.normal(size=(3, k)) for k in (2, 3, 3)]
    weights[1] = -np.abs(weights[1])
    biases = [np.zeros(3), np.full(3, -0.1), np.full(3, 0.2)]
    v, c = rng.normal(size=3), np.zeros(1)

    def loss():
        return np.mean((v @ relu_layers(x, weights, biases)[-1] + c - y) ** 2)

    def gradient(array):
        slopes = []
        for k in range(array.size):
            value, ends = array.flat[k], []
            for step in (1e-5, -1e-5):
                array.flat[k] = value + step
                ends.append(loss())
            array.flat[k] = value
            slopes.append((ends[0] - ends[1]) / 2e-5)
        return np.array(slopes)

    assert is_dead(x, weights, biases)
    for frozen in (*weights, *biases[:2]):
        assert (gradient(frozen) == 0).all()
    assert (gradient(biases[2]) != 0).all()
    assert gradient(c) != 0


class PositiveRow:
    """A generator whose weight matrices have a positive first row."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def normal(self, size):
        w = self.rng.normal(size=size)
        w[:, 0] = np.abs(w[:, 0])
        return w


@pytest.mark.parametrize("width", [1, 2, 6])
def test_one_positive_row_per_layer_leaves_no_network_dead_on_a_line(run, width):
    assert run("born_dead").born_dead(X, width, PositiveRow(0)).max() == 0


def test_a_data_set_is_dead_less_often_than_any_one_of_its_inputs(run):
    born = run("born_dead")
    rng = np.random.default_rng(2)
    at_10 = born.theory(4)[0][9]
    for bias in (0, 1):
        dead = born.born_dead(born.x, 4, rng, bias)[9]
        assert 15 < dead < 32 < at_10


def test_centred_inputs_never_find_the_first_layer_off(run):
    centred = run("born_dead").x - run("born_dead").x.mean(axis=1, keepdims=True)
    dead = run("born_dead").born_dead(centred, 2, np.random.default_rng(4))
    assert dead[0] == 0 < dead[2]


def test_intervals_cover_the_true_share_in_about_95_percent_of_trials(run):
    born = run("born_dead")
    rng = np.random.default_rng(0)
    for share in (0.02, 0.3, 0.9):
        measured = 100 * rng.binomial(born.NETWORKS, share, 4000) / born.NETWORKS
        centre, half = born.wilson(measured)
        assert 0.93 < (np.abs(centre - 100 * share) <= half).mean() < 0.97


def test_half_depths_printed_solve_the_formula(run):
    lines = run("born_dead").printed.splitlines()
    halves = [line.split() for line in lines if "half dead" in line]
    assert len(halves) == 6
    for words in halves:
        width, layers = int(words[1].rstrip(",")), float(words[-2])
        assert layers * math.log1p(-(0.5**width)) == pytest.approx(
            -math.log(2), rel=5e-3
        )
        assert width < 6 or layers == pytest.approx(2**width * math.log(2), rel=0.01)
