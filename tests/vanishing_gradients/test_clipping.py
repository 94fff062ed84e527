import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

VECTORS = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20).map(np.array)


def case(run, name):
    """Loss, norm and angle of one run: each (STEPS, SEEDS)."""
    return run("clipping").cases[name][0]


def test_backpropagation_agrees_with_central_differences(run):
    snippet, rng, step = run("clipping"), np.random.default_rng(1), 1e-6
    weights = rng.standard_normal((5, 20 * 32**2)) / 32**0.5
    x, target = rng.standard_normal((5, 32, 16)), rng.standard_normal((5, 1, 16))
    for _ in range(5):
        direction = rng.standard_normal(weights.shape)
        ahead = snippet.backpropagate(weights + step * direction, x, target)[0]
        behind = snippet.backpropagate(weights - step * direction, x, target)[0]
        exact = np.sum(snippet.backpropagate(weights, x, target)[1] * direction, axis=1)
        np.testing.assert_allclose((ahead - behind) / (2 * step), exact, rtol=1e-5)


def test_norm_clipping_keeps_the_direction_and_value_clipping_does_not(run):
    for name in ("σ_w = 1, by norm", "σ_w = 3, by norm"):
        assert case(run, name)[2].max() < 1e-3
    turned = case(run, "σ_w = 1, by value")[2][run("clipping").BAD]
    assert turned.min() > 40
    assert turned.max() < 60


def test_the_bad_batch_stands_out_from_the_logged_norms(run):
    snippet = run("clipping")
    assert 2 < snippet.level[2] < 2.6
    assert snippet.level[-1] < 5
    assert snippet.free[1, snippet.BAD].min() > 200


def test_one_bad_batch_undoes_training_without_clipping(run):
    loss = case(run, "σ_w = 1, no clipping")[0]
    assert loss[60:80].mean(axis=0).max() < 0.25
    assert loss[81:101].mean(axis=0).min() > 5
    assert loss[141:].mean(axis=0).min() > 0.25


@pytest.mark.parametrize("by", ["norm", "value"])
def test_clipping_carries_a_healthy_network_over_the_bad_batch(run, by):
    loss = case(run, f"σ_w = 1, by {by}")[0]
    assert loss[81:101].mean(axis=0).max() < 0.3
    assert loss[141:].mean(axis=0).max() < 0.15


def test_clipping_does_not_make_a_chaotic_network_learn_in_160_steps(run):
    loss, norm, _ = case(run, "σ_w = 3, by norm")
    assert loss[141:].mean(axis=0).min() > 1
    assert (norm > run("clipping").level[2]).mean() > 0.95


def test_a_larger_threshold_does_not_make_it_learn_either(run):
    for limit in (100, 1000):
        loss = run("clipping").train(3, "norm", limit)[0][141:].mean(axis=0)
        assert loss.min() > 0.45
        assert loss.max() < 0.75


@pytest.mark.parametrize("limit", [1.36, 5])
def test_thresholds_from_the_median_to_five_serve_as_well(run, limit):
    loss = run("clipping").train(1, "norm", limit)[0]
    assert loss[81:101].mean(axis=0).max() < 0.2
    assert loss[141:].mean(axis=0).max() < 0.1


def test_half_way_to_the_bad_batch_is_too_high_a_threshold(run):
    generous = run("clipping").train(1, "norm", 50)[0]
    assert generous[81:101].mean(axis=0).min() > 0.7


def test_a_safety_net_clips_a_few_steps_in_a_hundred(run):
    norm = case(run, "σ_w = 1, by norm")[1]
    assert 0.01 < (norm > run("clipping").level[2]).mean() < 0.1


def test_early_layers_hold_most_of_the_chaotic_gradient(run):
    snippet, rng = run("clipping"), np.random.default_rng(0)
    weights = 3 * rng.standard_normal((5, 20 * 32**2)) / 32**0.5
    x = rng.standard_normal((5, 32, 16))
    g = snippet.backpropagate(weights, x, x[:, :1])[1].reshape(5, 20, -1)
    squares = np.sum(g**2, axis=2)
    assert (squares[:, :5].sum(axis=1) > 0.75 * squares.sum(axis=1)).all()


@given(VECTORS, st.floats(1e-3, 1e3))
def test_value_clipping_still_points_downhill(g, v):
    clipped = np.clip(g, -v, v)
    assert g @ clipped == pytest.approx(np.abs(g) @ np.abs(clipped))
    assert g @ clipped > 0 or np.abs(g).max() < 1e-100
    assert np.linalg.norm(clipped) <= v * len(g) ** 0.5 * (1 + 1e-12)


def test_clipping_can_turn_the_mean_gradient_round():
    gradients = np.array([-1] * 99 + [150])
    assert gradients.sum() == 51
    assert np.clip(gradients, -1, 1).sum() == -98


def test_clipping_an_infinite_norm_gives_zeros_and_nan():
    g = np.array([1, np.inf])
    with np.errstate(invalid="ignore"):
        clipped = g * min(1, 1 / np.linalg.norm(g))
    assert clipped[0] == 0
    assert np.isnan(clipped[1])


def chain_step(w):
    """Outputs of a float32 chain of linear neurons, gradients, and new weights."""
    one, rate = np.float32(1), np.float32(1 / 64)
    a, gradient = [one], np.empty_like(w)
    for weight in w:
        a.append(weight * a[-1])
    delta = a[-1] - one
    for k in reversed(range(len(w))):
        gradient[k] = delta * a[k]
        delta = delta * w[k]
    return np.array(a[1:]), gradient, w - rate * gradient


def test_nan_comes_three_steps_after_its_cause():
    w = np.full(20, 2, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        steps = [chain_step(w)]
        for _ in range(3):
            steps.append(chain_step(steps[-1][2]))
    (a, gradient, w), second, third, fourth = steps
    assert np.isfinite(a).all()
    assert a.max() == 2**20
    np.testing.assert_allclose(gradient, 2.0**39, rtol=1e-5)
    np.testing.assert_allclose(w, -(2.0**33), rtol=1e-5)
    assert np.isfinite(second[0]).tolist() == [True] * 3 + [False] * 17
    assert abs(second[0][2]) == pytest.approx(2.0**99, rel=1e-4)
    assert (second[1] == -np.inf).all()
    assert (second[2] == np.inf).all()
    assert np.isinf(third[0]).all()
    assert (third[1] == np.inf).all()
    assert np.isnan(third[2]).all()
    assert np.isnan(fourth[0]).all()


def test_a_factor_of_two_overflows_in_layer_128_or_16():
    with np.errstate(over="ignore"):
        for kind, layer in ((np.float32, 128), (np.float16, 16)):
            assert np.isfinite(kind(2) ** kind(layer - 1))
            assert np.isinf(kind(2) ** kind(layer))
