import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

DEFAULT, SMALL = "Adam, ε = 1e-8", "Adam, ε = 1e-16"
PLATEAU = 4  # no signal returns while every spectral norm is below 4


def train(snippet, name):
    rate, epsilon, *_ = snippet.CASES[name]
    return snippet.train(snippet.W, rate, epsilon, snippet.STEPS)


def spectral(weights):
    return np.median(np.linalg.norm(weights[1:-1, ..., :16], 2, axis=(2, 3)), axis=0)


def test_adam_moves_by_the_rate_times_g_over_g_plus_epsilon(run):
    train = run("bigger_steps").train
    real = train.__globals__["backprop"]

    @settings(max_examples=25)
    @given(
        g=st.floats(1e-14, 1e3),
        sign=st.sampled_from((-1, 1)),
        epsilon=st.sampled_from((1e-16, 1e-8, 1e-3)),
        steps=st.integers(1, 40),
    )
    def check(g, sign, epsilon, steps):
        train.__globals__["backprop"] = lambda W: (
            np.ones(1),
            np.full_like(W, sign * g),
        )
        _, last = train(np.zeros((2, 1, 3, 4)), 0.01, epsilon, steps)
        expected = -0.01 * steps * sign * g / (g + epsilon)
        np.testing.assert_allclose(last, expected, rtol=1e-6)

    try:
        check()
    finally:
        train.__globals__["backprop"] = real


def test_the_network_is_that_of_layer_speeds(run):
    np.testing.assert_array_equal(run("bigger_steps").W, run("layer_speeds").W)
    np.testing.assert_allclose(run("bigger_steps").x, run("layer_speeds").x, atol=1e-14)


def test_the_last_layer_allows_a_rate_of_about_three(run):
    snippet = run("bigger_steps")
    a = np.broadcast_to(snippet.x, (5, 16, 32))
    for w in snippet.W[:-1]:
        a = 1 / (1 + np.exp(-(w[..., :16] @ a + w[..., 16:])))
    a = np.concatenate((a, np.ones((5, 1, 32))), axis=1)
    curvature = np.linalg.eigvalsh(2 * a @ a.mT / (16 * 32))[:, -1]
    assert (2 / curvature > 2.5).all()
    assert (2 / curvature < 4).all()


@pytest.mark.parametrize("rate", [30, 100])
def test_too_large_a_rate_explodes_before_the_first_layer_moves(run, rate):
    snippet = run("bigger_steps")
    log, _ = snippet.train(snippet.W, rate, 0, 21)
    assert (log[-1, 0] > 1e9).all()
    assert (log[-1, 1] < 1e-4).all()


def test_adam_with_default_epsilon_stays_at_loss_one_in_every_seed(run):
    log, last = train(run("bigger_steps"), DEFAULT)
    assert (abs(log[50:, 0] - 1) < 0.01).all()
    assert (spectral(last) < PLATEAU).all()


def test_small_epsilon_moves_the_first_layer_first_and_the_loss_much_later(run):
    log, _ = train(run("bigger_steps"), SMALL)
    assert (log[50, 1] > 2).all()  # of a norm of about 4
    assert (abs(log[50, 0] - 1) < 0.01).all()


def test_seeds_leave_the_plateau_only_with_much_larger_weights_in_between(run):
    log, last = train(run("bigger_steps"), SMALL)
    left = log[-1, 0] < 0.9
    assert left.sum() >= 3
    assert (log[-1, 0] > 0.3).all()  # still far from learned
    assert (spectral(last)[left] > PLATEAU).all()


def test_what_small_epsilon_learns_is_one_direction_only(run):
    snippet = run("bigger_steps")
    log, last = train(snippet, SMALL)
    a = np.broadcast_to(snippet.x, (5, 16, 32))
    for w in last:
        z = w[..., :16] @ a + w[..., 16:]
        a = 1 / (1 + np.exp(-z))
    z = z - z.mean(axis=-1, keepdims=True)
    squares = np.linalg.svd(z, compute_uv=False) ** 2
    share = squares[:, 0] / squares.sum(axis=1)
    assert (share[log[-1, 0] < 0.7] > 0.95).all()
