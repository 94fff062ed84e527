import numpy as np
import pytest

FOUND, RATE_TIMES_TEN, HE = range(3)  # the order of RUNS


@pytest.fixture(scope="module")
def snippet(run):
    return run("dashboard")


@pytest.fixture(scope="module")
def start(snippet):
    """Weights and biases as before training, from the same random numbers."""
    rng = np.random.default_rng(1)
    rng.uniform(size=snippet.angle.shape), rng.normal(size=snippet.angle.shape)
    W = [
        snippet.SCALE * rng.normal(0, n**-0.5, (snippet.SEEDS, n, m))
        for n, m in snippet.shapes
    ]
    return W, [0 * w[..., :1, :] for w in W]


def dead(snippet, step):
    """Share of dead hidden neurons: (run, seed)."""
    return (snippet.shown[step][1] == 1).mean(axis=(0, 3))


def test_start_is_rebuilt_exactly(snippet, start):
    np.testing.assert_allclose(
        [np.linalg.norm(w, axis=(2, 3)) for w in start[0]], snippet.size[0]
    )


@pytest.mark.parametrize("layer", [0, 3, 8])
def test_gradient_agrees_with_central_differences(snippet, start, layer):
    W, b = start
    _, _, _, gradient = snippet.backprop(W, b)
    rng, h = np.random.default_rng(layer), 1e-6
    direction = rng.normal(size=W[layer].shape)
    loss = [
        snippet.backprop([*W[:layer], W[layer] + e * direction, *W[layer + 1 :]], b)[0]
        for e in (h, -h)
    ]
    expected = (gradient[layer] * direction).sum(axis=(2, 3))
    np.testing.assert_allclose(
        (loss[0] - loss[1]) / (2 * h), expected, rtol=1e-2, atol=1e-8
    )


def test_error_signal_is_the_gradient_of_a_shift_of_the_pre_activations(snippet, start):
    W, rng = start[0], np.random.default_rng(0)
    b = [c + rng.normal(0, 0.01, c.shape) for c in start[1]]  # away from z = 0
    delta, h = snippet.backprop(W, b)[2], 1e-8  # small: fewer kinks are crossed
    loss = [
        snippet.backprop(W, [*b[:5], b[5] + e, *b[6:]])[0] for e in (h, -h)
    ]  # every pre-activation of layer 6 shifted on every point
    np.testing.assert_allclose(
        (loss[0] - loss[1]) / (2 * h), delta[5].sum(axis=(2, 3)), rtol=1e-2, atol=1e-7
    )


def test_two_failures_end_at_the_loss_of_a_constant_answer_and_the_third_learns(
    snippet,
):
    loss = snippet.shown[200][0]
    assert (abs(loss[FOUND] - np.log(3)) < 0.03).all()
    assert np.sum(abs(loss[RATE_TIMES_TEN] - np.log(3)) < 0.03) >= 4  # chaotic
    assert (loss[HE] < 0.1).all()


def test_loss_at_the_start_passes_best_where_the_signal_vanishes(snippet):
    gap = abs(snippet.shown[0][0] - np.log(3))
    assert (gap[FOUND] < 0.005).all()
    assert (gap[FOUND] < gap[HE]).all()


def test_all_runs_start_with_the_same_neurons_off(snippet):
    off = snippet.shown[0][1]
    assert (off == off[:, :1]).all()


def test_only_the_large_rate_kills(snippet):
    killed = dead(snippet, 200) - dead(snippet, 0)
    assert np.sum(killed[RATE_TIMES_TEN] > 0.1) >= 4  # chaotic
    assert np.median(killed[RATE_TIMES_TEN]) > 0.2
    assert abs(np.median(killed[FOUND])) < 0.06
    assert np.median(killed[HE]) < 0


def test_error_signal_vanishes_before_the_first_step_and_he_keeps_it(snippet):
    kept = snippet.delta[0, 0] / snippet.delta[0, -1]  # (run, seed)
    assert (kept[FOUND] < 0.01).all()
    factor = np.median(kept[FOUND]) ** (1 / 8)
    assert factor == pytest.approx((1 / 6) ** 0.5, rel=0.1)
    assert ((kept[HE] > 0.3) & (kept[HE] < 3)).all()


def test_weight_gradients_are_level_although_the_error_signal_vanishes(snippet):
    ratio = snippet.gradient[0, 1] / snippet.gradient[0, -2]
    assert ((ratio > 1 / 10) & (ratio < 10)).all()


def test_the_guide_line_is_no_law(snippet):
    ratio = np.median(snippet.ratio, axis=(1, 3))  # (step, run)
    assert (ratio[:, FOUND] < 1e-3).all()
    assert ratio[:, RATE_TIMES_TEN].max() > 1e-3  # and then it dies
    assert ratio[0, HE] > 4e-3  # the run that learns
    assert ratio[-1, HE] < 1e-3  # because it has finished


def test_first_step_of_adam_has_a_ratio_that_knows_nothing_of_the_gradient():
    rng, rate, n = np.random.default_rng(0), 0.01, 512
    weights = rng.normal(0, (2 / n) ** 0.5, (n, n))  # He
    for scale in (1e-4, 1.0, 1e4):
        g = scale * rng.normal(size=(n, n))
        m, v = 0.1 * g / (1 - 0.9), 0.001 * g**2 / (1 - 0.999)
        step = -rate * m / (np.sqrt(v) + 1e-8)
        ratio = np.linalg.norm(step) / np.linalg.norm(weights)
        assert ratio == pytest.approx(rate * (n / 2) ** 0.5, rel=0.01)
