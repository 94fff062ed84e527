import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

PLATEAU = 4  # no signal returns while every spectral norm is below 4


def spectral(weights):
    return np.median(np.linalg.norm(weights[1:-1, ..., :16], 2, axis=(2, 3)), axis=0)


@pytest.fixture(scope="module")
def twelve(run):
    """Last losses and weights of twelve layers after gradient descent and Adam."""
    snippet = run("bigger_steps")
    ends = {}
    for name, rate, epsilon, *_ in snippet.CASES:
        losses, W = snippet.train(snippet.start[-12:], rate, epsilon, 1500)
        ends[name] = losses[-1], W
    return ends


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


def test_the_task_is_every_second_point_of_that_of_layer_speeds(run):
    x = run("layer_speeds").x[:, ::2]
    np.testing.assert_allclose(run("bigger_steps").x, x, atol=1e-14)


def last_hidden(snippet, W):
    a = np.broadcast_to(snippet.x, (3, 16, 16))
    for w in W[:-1]:
        a = 1 / (1 + np.exp(-(w[..., :16] @ a + w[..., 16:])))
    return a


def limit(a):
    """2 / λ of the last layer for its inputs a and the bias: (seed,)."""
    a = np.concatenate((a, np.ones((3, 1, 16))), axis=1)
    return 2 / np.linalg.eigvalsh(2 * a @ a.mT / (16 * 16))[:, -1]


def test_the_last_layer_allows_a_rate_of_three_at_first_and_of_sixteen_when_silent(run):
    snippet = run("bigger_steps")
    rates = limit(last_hidden(snippet, snippet.start))
    assert ((rates > 2.5) & (rates < 4)).all()
    _, W = snippet.train(snippet.start, 10, 0, 3)  # the overshoot silences it
    assert last_hidden(snippet, W).mean() < 0.01
    np.testing.assert_allclose(limit(last_hidden(snippet, W)), 16, rtol=0.01)


@pytest.mark.parametrize("rate", [3, 5, 8, 10, 12])
def test_rates_between_the_two_limits_jump_and_come_back_to_loss_one(run, rate):
    snippet = run("bigger_steps")
    losses, W = snippet.train(snippet.start, rate, 0, 101)
    assert (losses.max(axis=0) > 1.01).all()
    assert (abs(losses[-1] - 1) < 0.01).all()
    assert abs(W[0] - snippet.start[0]).max() < 1e-6


@pytest.mark.parametrize("rate", [18, 30, 100])
def test_beyond_the_second_limit_the_loss_grows_before_layer_one_moves(run, rate):
    snippet = run("bigger_steps")
    losses, W = snippet.train(snippet.start, rate, 0, 21)
    assert (losses[-1] > 1e3).all()
    assert abs(W[0] - snippet.start[0]).max() < 1e-4


def test_adam_trains_eight_layers_where_gradient_descent_stays_at_loss_one(run):
    snippet = run("bigger_steps")
    adam = dict(zip(snippet.DEPTHS, snippet.ends, strict=True))  # the last of CASES
    assert np.max([adam[4], adam[6], adam[8]]) < 0.1
    assert (abs(adam[16] - 1) < 0.01).all()
    losses, _ = snippet.train(snippet.start[-8:], 3, 0, 1500)
    assert (losses[-1] > 0.99).all()


def test_at_twelve_layers_adam_gets_half_way_with_much_larger_weights(twelve):
    loss, W = twelve["Adam"]
    assert ((loss > 0.4) & (loss < 0.7)).all()
    assert (spectral(W) > PLATEAU).all()


def test_at_twelve_layers_gradient_descent_leaves_the_weights_small(twelve):
    loss, W = twelve["GD"]
    assert (abs(loss - 1) < 0.01).all()
    assert (spectral(W) < PLATEAU).all()


def test_half_way_means_one_direction_of_the_two(run, twelve):
    snippet, W = run("bigger_steps"), twelve["Adam"][1]
    z = W[-1, ..., :16] @ last_hidden(snippet, W) + W[-1, ..., 16:]
    z = z - z.mean(axis=-1, keepdims=True)
    squares = np.linalg.svd(z, compute_uv=False) ** 2
    assert (squares[:, 0] / squares.sum(axis=1) > 0.95).all()
