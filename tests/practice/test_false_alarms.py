from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

ORDERED, SHUFFLED, THEORY = range(3)


@pytest.fixture(scope="module")
def snippet(run):
    return run("false_alarms")


def cross_entropy(snippet, x, mask, W, b):
    """Masked loss from an independent forward pass."""
    for w, c in zip(W[:-1], b[:-1], strict=True):
        x = np.maximum(x @ w + c, 0)
    z = x @ W[-1] + b[-1]
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -(mask * snippet.y * log_p).sum() / snippet.POINTS


def first_layer_bias_gradient(delta):
    return delta[0].sum(axis=0)


@pytest.mark.parametrize("layer", [0, 4, 8])
def test_error_signal_and_mask_agree_with_central_differences(snippet, layer):
    s, h = snippet, 1e-6
    mask = np.arange(s.POINTS)[:, None] % 5 > 0
    _, delta = s.backprop(s.x, mask, s.W, s.b)
    loss = []
    for e in (h, -h):
        b = [*s.b[:layer], s.b[layer] + e, *s.b[layer + 1 :]]
        loss.append(cross_entropy(s, s.x, mask, s.W, b))
    expected = delta[layer].sum()
    assert (loss[0] - loss[1]) / (2 * h) == pytest.approx(expected, rel=1e-2, abs=1e-8)


def test_zero_inputs_stop_the_first_weights_but_not_the_error_signal(snippet):
    s = snippet
    a, delta = s.backprop(0 * s.x, 1, s.W, s.b)
    assert (a[0].T @ delta[0] == 0).all()
    assert np.linalg.norm(delta[0]) > 1e-4
    assert np.linalg.norm(first_layer_bias_gradient(delta)) > 1e-4


def test_zero_inputs_call_more_neurons_dead_than_there_are(snippet):
    s = snippet
    alike, real = (
        (np.hstack(s.backprop(x, 1, s.W, s.b)[0][1:]) <= 0).all(axis=0).mean()
        for x in (0 * s.x, s.x)
    )
    assert alike > 2 * real


def test_masked_loss_makes_every_error_signal_zero_the_last_one_too(snippet):
    s = snippet
    _, delta = s.backprop(s.x, False, s.W, s.b)
    assert all((d == 0).all() for d in delta)


def test_dead_layer_leaves_the_last_error_signal_alive(snippet):
    s = snippet
    b = [s.b[0], s.b[1] - 100, *s.b[2:]]
    _, delta = s.backprop(s.x, 1, s.W, b)
    assert (delta[0] == 0).all()
    assert (delta[1] == 0).all()
    assert np.linalg.norm(delta[-1]) > 1e-3


def test_one_nan_hides_every_dead_neuron_and_silences_a_limit(snippet):
    s = snippet
    x = np.where(np.arange(s.POINTS)[:, None] == 7, np.nan, s.x)
    a, delta = s.backprop(x, 1, s.W, s.b)
    hidden = np.hstack(a[1:])
    assert not (hidden <= 0).all(axis=0).any()
    healthy = np.hstack(s.backprop(s.x, 1, s.W, s.b)[0][1:]) <= 0
    found = ~(hidden > 0).any(axis=0)
    assert found.sum() >= healthy.all(axis=0).sum() > 0
    assert not np.linalg.norm(delta[0]) > 1e-9


def test_batches_in_order_stay_wrong_where_shuffled_ones_are_right(snippet):
    k = list(snippet.SIZES).index(32)
    counts = np.array(snippet.counts)  # (network, kind, size)
    assert (counts[:, ORDERED, k] > 8 * counts[:, SHUFFLED, k]).all()
    assert (counts[:, SHUFFLED, k] < 5).all()
    assert (counts[:, ORDERED, k] > 25).all()


def test_shuffled_batches_follow_the_theory(snippet):
    counts = np.array(snippet.counts)
    np.testing.assert_allclose(counts[:, SHUFFLED], counts[:, THEORY], atol=0.5)


@given(st.integers(0, 40), st.integers(1, 12))
def test_formula_is_an_upper_bound_of_drawing_without_replacement(on, size):
    exact = comb(40 - on, size) / comb(40, size)
    assert exact <= (1 - on / 40) ** size + 1e-12


def test_count_agrees_with_a_count_by_hand(run):
    s = run("false_alarms")
    on = np.random.default_rng(0).random((4096, 3)) < [0.001, 0.02, 0.5]
    for share, size in zip(s.share_off(on), s.SIZES, strict=True):
        missed = [
            not on[i : i + size, j].any()
            for i in range(0, 4096, size)
            for j in range(3)
        ]
        assert share == pytest.approx(100 * np.mean(missed))
