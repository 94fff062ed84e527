import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture(scope="session")
def ladder(run):
    """Rms of z, its spread, rms of δ, share of neurons off on all inputs, per rung."""
    snippet = run("variance_ladder")
    found = {}
    for name, (weights, *_) in snippet.RUNGS.items():
        _, z, delta = snippet.backprop(weights, snippet.bias * (name == "PyTorch"))
        sizes = [np.sqrt(np.mean(v**2, axis=(2, 3))) for v in (z, delta)]
        off = (z <= 0).all(axis=-1).mean(axis=-1)
        found[name] = sizes[0], z.std(axis=-1).mean(axis=-1), sizes[1], off
    return found


@pytest.mark.parametrize(
    ("name", "variance_times_fan_in"),
    [
        ("N(0, 0.01²)", 0.0128),
        ("N(0, 1)", 128),
        ("PyTorch", 1 / 3),
        ("Xavier", 1),
        ("He, 2/n", 2),
    ],
)
def test_delta_changes_by_the_root_of_half_the_scaled_variance(
    ladder, name, variance_times_fan_in
):
    delta = ladder[name][2]
    factors = (delta[9] / delta[39]) ** (1 / 30)
    expected = (variance_times_fan_in / 2) ** 0.5
    np.testing.assert_allclose(factors, expected, rtol=0.05)
    assert factors.mean() == pytest.approx(expected, rel=0.02)


def test_backward_pass_agrees_with_differences_of_the_loss(run):
    snippet = run("variance_ladder")
    weights = snippet.RUNGS["He, 2/n"][0][:4]
    rng = np.random.default_rng(1)
    bias = rng.standard_normal((4, snippet.SEEDS, snippet.WIDTH, 1)) / 10
    delta = snippet.backprop(weights, bias)[2]
    for layer in range(4):
        direction = rng.standard_normal(bias.shape[1:])
        loss = []
        for sign in (1, -1):
            moved = bias.copy()
            moved[layer] += sign * 1e-7 * direction
            z = snippet.backprop(weights, moved)[1]
            loss.append(np.sum(snippet.readout * z[-1]))
        slope = (loss[0] - loss[1]) / 2e-7
        assert slope == pytest.approx(np.sum(delta[layer] * direction), rel=1e-4)


@given(st.floats(0.01, 100), st.floats(0.05, 5))
def test_relu_halves_the_mean_square_of_any_symmetric_variable(q, shape):
    z = np.linspace(-1, 1, 2001) * q  # symmetric about 0, not only Gaussian
    density = np.exp(-(np.abs(z / q) ** shape))
    halved = np.average(np.maximum(z, 0) ** 2, weights=density)
    assert halved == pytest.approx(np.average(z**2, weights=density) / 2)


def test_pytorch_rung_has_the_bound_and_the_variance_of_the_default_linear_layer(run):
    snippet = run("variance_ladder")
    weights, bound = snippet.RUNGS["PyTorch"][0], snippet.WIDTH**-0.5
    for values in (weights, snippet.bias):
        assert np.abs(values).max() <= bound
        assert np.abs(values).max() > 0.999 * bound
        assert values.var() == pytest.approx(bound**2 / 3, rel=0.02)
    # kaiming_uniform_: bound = sqrt(6 / ((1 + a**2) * fan_in)) with a = sqrt(5)
    by_kaiming_uniform = (6 / ((1 + 5) * snippet.WIDTH)) ** 0.5
    assert by_kaiming_uniform == pytest.approx(bound)


def test_default_biases_hold_the_size_while_the_differences_vanish(ladder, run):
    z, spread, *_ = ladder["PyTorch"]
    level = (2 / (5 * run("variance_ladder").WIDTH)) ** 0.5  # fixed point of q/6 + b
    np.testing.assert_allclose(z[20:], level, rtol=0.3)
    assert z[20:].mean() == pytest.approx(level, rel=0.05)
    assert (spread[-1] < 1e-12).all()


def test_fixed_point_of_the_default_forward_map():
    for width in (16, 128, 1000):
        q = 2 / (5 * width)
        assert q / 6 + 1 / (3 * width) == pytest.approx(q)


def test_about_half_of_the_default_neurons_are_off_for_all_inputs_at_the_start(ladder):
    off = ladder["PyTorch"][3]
    assert (off[0] < 0.01).all()
    assert (np.abs(off[20:] - 0.5) < 0.2).all()
    assert abs(off[-1].mean() - 0.5) < 0.05


def test_he_leaves_many_neurons_of_the_last_layer_off_for_all_inputs(ladder):
    off = ladder["He, 2/n"][3][-1]
    assert ((off > 0.25) & (off < 0.55)).all()


def test_equal_weights_stay_equal_in_training_though_they_move(run):
    snippet = run("variance_ladder")
    assert snippet.different[:3] == [1, 1, 1]
    assert snippet.different[3] == snippet.WIDTH  # the read-out tells these apart
    moved = np.abs(snippet.W - 1 / snippet.WIDTH).max(axis=(1, 2, 3))
    assert (moved > 1e-6).all()


def test_equal_weights_are_perfectly_level_and_yet_useless(ladder):
    for values in ladder["all 1/n"][:3:2]:
        np.testing.assert_allclose(values[39] / values[9], 1, rtol=1e-9)


def test_zero_weights_with_distinct_biases_wake_up_one_layer_a_step(run):
    rng = np.random.default_rng(0)
    x, target = rng.standard_normal((5, 20)), rng.standard_normal((1, 20))
    sizes = [5, 6, 6, 1]
    weights = [np.zeros((o, i)) for i, o in itertools.pairwise(sizes)]
    biases = [rng.uniform(0, 1, (o, 1)) for o in sizes[1:]]
    for moved in ([2], [1, 2], [0, 1, 2]):
        a, slopes = [x], []
        for W, b in zip(weights, biases, strict=True):
            z = W @ a[-1] + b
            slopes.append(z > 0)
            a.append(np.maximum(z, 0))
        delta = (z - target) / 20
        steps = []
        for k in (2, 1, 0):
            steps.insert(0, (delta @ a[k].T, delta.sum(1, keepdims=True)))
            delta = weights[k].T @ delta * slopes[k - 1] if k else delta
        assert [k for k in range(3) if np.any(steps[k][0])] == moved
        for k, (dW, db) in enumerate(steps):
            weights[k] = weights[k] - 0.01 * dW
            biases[k] = biases[k] - 0.01 * db
