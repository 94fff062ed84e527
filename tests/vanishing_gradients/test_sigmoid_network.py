import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def network(run, depth):
    snippet = run("sigmoid_network")
    return [snippet.W] * (depth - 1) + [snippet.W_OUT]


def gradients(run, weights):
    """Error signals and weight gradients by the snippet's backward pass."""
    snippet = run("sigmoid_network")
    _, a = snippet.forward(weights)
    deltas = snippet.backward(weights, [out * (1 - out) for out in a[1:]], a[-1])
    return deltas, [np.outer(d, x) for d, x in zip(deltas, a[:-1], strict=True)]


def loss(run, weights, shifts):
    """The loss with shifts added to the pre-activations; complex numbers allowed."""
    snippet, x = run("sigmoid_network"), run("sigmoid_network").X
    for w, shift in zip(weights, shifts, strict=True):
        x = sigmoid(w @ x + (snippet.B_OUT if len(w) == 1 else snippet.B) + shift)
    return x.item() ** 2 / 2


def complex_step(run, weights):
    """Error signals and weight gradients, one complex step for each number."""
    weights = [w.astype(complex) for w in weights]
    shifts = [np.zeros(len(w), complex) for w in weights]
    results = []
    for arrays in (shifts, weights):
        results.append([np.empty(array.shape) for array in arrays])
        for array, result in zip(arrays, results[-1], strict=True):
            for index in np.ndindex(array.shape):
                array[index] += 1e-30j
                result[index] = loss(run, weights, shifts).imag / 1e-30
                array[index] -= 1e-30j
    return results


def slopes_alone(run, weights):
    """What the product without weights gives, neuron by neuron: shape (2,)."""
    _, a = run("sigmoid_network").forward(weights)
    product = a[-1]
    for out in a[:0:-1]:
        product = product * out * (1 - out)
    return product


def test_each_weight_gradient_agrees_with_its_central_difference(run):
    weights = network(run, 3)
    _, found = gradients(run, weights)
    zeros = [0] * 3
    for k, w in enumerate(weights):
        for index in np.ndindex(w.shape):
            bump = np.zeros_like(w)
            bump[index] = 1e-5
            up = loss(run, [*weights[:k], w + bump, *weights[k + 1 :]], zeros)
            down = loss(run, [*weights[:k], w - bump, *weights[k + 1 :]], zeros)
            assert found[k][index] == pytest.approx((up - down) / 2e-5, rel=1e-7)


@pytest.mark.parametrize("depth", [3, 5, 10, 20])
def test_tiny_gradients_of_deep_networks_agree_with_complex_steps(run, depth):
    weights = network(run, depth)
    for found, expected in zip(
        gradients(run, weights), complex_step(run, weights), strict=True
    ):
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9)


def test_backward_pass_is_right_for_any_weights(run):
    @given(seed=st.integers(0, 2**32))
    def check(seed):
        rng = np.random.default_rng(seed)
        weights = [*rng.standard_normal((3, 2, 2)), rng.standard_normal((1, 2))]
        for found, expected in zip(
            gradients(run, weights), complex_step(run, weights), strict=True
        ):
            for one, other in zip(found, expected, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-14)

    check()


def test_shapes_are_those_of_the_weights_and_of_the_layers(run):
    deltas, found = gradients(run, network(run, 3))
    assert [d.shape for d in deltas] == [(2,), (2,), (1,)]
    assert [g.shape for g in found] == [(2, 2), (2, 2), (1, 2)]


def test_slopes_alone_are_wrong_by_the_path_weights_three_and_minus_one(run):
    weights = network(run, 3)
    deltas, _ = gradients(run, weights)
    ratio = deltas[0] / slopes_alone(run, weights)
    np.testing.assert_allclose(ratio, [3, -1])  # slopes of layer 2 are equal here
    np.testing.assert_allclose(weights[1].T @ weights[2][0], ratio)


def test_slopes_alone_are_right_when_each_neuron_feeds_one_by_weight_one(run):
    weights = [run("sigmoid_network").W, np.eye(2), np.eye(2), np.ones((1, 2))]
    deltas, _ = gradients(run, weights)
    np.testing.assert_allclose(deltas[0], slopes_alone(run, weights))


@given(last=st.floats(0.1, 10), sign=st.sampled_from([-1, 1]))
def test_in_a_chain_the_missing_factor_is_the_product_of_later_weights(last, sign):
    weights, x = (3.0, sign * 0.5, last), [1.0]
    for w in weights:
        x.append(sigmoid(w * x[-1]))
    slopes = [out * (1 - out) for out in x[1:]]

    def output(shift):
        return sigmoid(last * sigmoid(sign * 0.5 * sigmoid(3.0 + shift)))

    delta = output(1e-30j).imag / 1e-30 * x[-1]
    assert delta == pytest.approx(x[-1] * np.prod(slopes) * sign * 0.5 * last)


def test_each_row_of_a_sigmoid_weight_gradient_has_one_sign(run):
    for gradient in gradients(run, network(run, 20))[1]:
        assert (np.ptp(np.sign(gradient), axis=1) == 0).all()


def test_share_of_the_first_layer_is_the_smallest(run):
    squares = [np.sum(g**2) for g in gradients(run, network(run, 3))[1]]
    assert squares[0] < squares[1] < squares[2]
    assert squares[0] / sum(squares) == pytest.approx(0.09, abs=0.005)


def test_factor_per_layer_is_root_two_over_four_and_not_one_quarter(run):
    deltas, found = gradients(run, network(run, 20))
    for arrays in (deltas, found):
        norms = np.array([np.linalg.norm(array) for array in arrays])
        np.testing.assert_allclose(norms[6:18] / norms[7:19], 2**0.5 / 4, rtol=1e-3)


def test_hidden_weights_stretch_every_vector_by_root_two(run):
    W = run("sigmoid_network").W
    np.testing.assert_allclose(W @ W.T, 2 * np.eye(2))


def test_slopes_alone_understate_the_gradient_of_the_deep_network(run):
    weights = network(run, 20)
    ratio = np.linalg.norm(gradients(run, weights)[0][0])
    assert ratio / np.linalg.norm(slopes_alone(run, weights)) > 500
