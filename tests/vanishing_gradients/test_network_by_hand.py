import numpy as np
import pytest


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def loss(snippet, shifts):
    """Half the output squared, with shifts added to the sums of all neurons."""
    a, weights = np.array(snippet.INPUTS), snippet.WEIGHTS
    for w, b, shift in zip(weights, snippet.BIASES, shifts, strict=True):
        a = sigmoid(np.array(w) @ a + np.array(b) + shift)
    return a.item() ** 2 / 2


@pytest.mark.parametrize(("layer", "neuron"), [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)])
def test_each_delta_is_how_fast_the_loss_rises_with_the_neurons_sum(run, layer, neuron):
    snippet = run("network_by_hand")
    shifts = [np.zeros(len(b), complex) for b in snippet.BIASES]
    shifts[layer][neuron] = 1e-30j
    expected = loss(snippet, shifts).imag / 1e-30
    assert snippet.deltas[layer + 1][neuron] == pytest.approx(expected, rel=1e-12)


def test_neuron_by_neuron_gives_what_the_matrices_give(run):
    by_hand, matrices = run("network_by_hand"), run("sigmoid_network")
    weights = [matrices.W, matrices.W, matrices.W_OUT]
    _, a = matrices.forward(weights)
    deltas = matrices.backward(weights, [out * (1 - out) for out in a[1:]], a[-1])
    for one, other in zip(by_hand.deltas[1:], deltas, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
