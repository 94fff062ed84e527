import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

LOSS, GRADIENT, SPEED = range(3)  # the quantities in the second axis of a log


@pytest.fixture(scope="module")
def logs(run):
    snippet = run("layer_speeds")
    return {
        1: snippet.train(snippet.W, 1, 250),
        4: snippet.train(snippet.centred, 1, 250),
    }


def tanh_outputs(x, weights):
    """Outputs of a tanh network without biases: an independent forward pass."""
    a = np.broadcast_to(x, (len(weights[0]), *x.shape))
    for w in weights[:-1]:
        a = np.tanh(np.einsum("sij,sjp->sip", w, a))
    return np.einsum("sij,sjp->sip", weights[-1], a)


def test_gradient_agrees_with_complex_step_in_every_layer(run):
    snippet = run("layer_speeds")
    starts = {
        start: snippet.backprop(start_W)[1]
        for start, start_W in (("W", snippet.W), ("centred", snippet.centred))
    }

    @settings(max_examples=12)
    @given(
        layer=st.integers(0, 15),
        row=st.integers(0, 15),
        column=st.integers(0, 16),
        name=st.sampled_from(("W", "centred")),
    )
    def check(layer, row, column, name):
        W = getattr(snippet, name).astype(complex)
        W[layer, :, row, column] += 1e-30j  # complex step: no cancellation
        loss, _ = snippet.backprop(W)
        found = starts[name][layer, :, row, column]
        np.testing.assert_allclose(found, loss.imag / 1e-30, rtol=1e-6, atol=1e-15)

    check()


def test_sigmoid_start_with_weights_four_is_a_tanh_network_with_weights_one(run):
    snippet = run("layer_speeds")
    expected = tanh_outputs(snippet.x, snippet.W[..., :-1])
    loss, _ = snippet.backprop(snippet.centred)
    np.testing.assert_allclose(
        loss, np.mean((expected - snippet.x) ** 2, axis=(1, 2)), rtol=1e-9
    )


def test_inputs_have_mean_zero_and_mean_square_one_so_constant_outputs_lose_one(run):
    x = run("layer_speeds").x
    np.testing.assert_allclose(x.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose((x**2).mean(axis=1), 1)


def test_small_weights_stay_at_loss_one_while_large_weights_learn_in_every_seed(logs):
    assert (abs(logs[1][49:, LOSS] - 1) < 1e-3).all()
    assert (logs[4][-1, LOSS] < 0.2).all()


def test_first_layer_starts_a_hundred_million_times_slower_than_the_last(logs):
    speed = logs[1][0, SPEED]
    assert (speed[0] < 1e-8 * speed[-1]).all()
    healthy = logs[4][0, SPEED]
    assert (healthy.max(axis=0) < 50 * healthy.min(axis=0)).all()


def test_on_the_plateau_all_layers_have_the_same_tiny_gradient(logs):
    for step in (49, 249):
        gradient = logs[1][step, GRADIENT]
        assert (gradient > 0).all()
        assert (gradient < 1e-8).all()
        assert (gradient.max(axis=0) < 10 * gradient.min(axis=0)).all()


def test_the_network_with_the_lower_loss_has_the_far_larger_gradient(logs):
    assert (logs[4][-1, LOSS] < logs[1][-1, LOSS] / 5).all()
    assert (logs[4][-1, GRADIENT] > 1e6 * logs[1][-1, GRADIENT]).all()
