import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

DELTA, WEIGHT, SUM = range(3)  # the quantities in the last axis of results
RELU_CASES = ("ReLU, Xavier", "ReLU, He")
ANALYTIC = {  # for complex arguments too
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.where(z.real > 0, z, 0),
}


def loss(phi, weights, biases, x, readout):
    for W, b in zip(weights, biases, strict=True):
        z = W @ x + b
        x = phi(z)
    return readout @ z


def complex_step(phi, weights, x, readout, layer):
    """Derivatives of the loss with respect to one layer's biases and weights."""
    biases = np.zeros((len(weights), len(x)), complex)
    weights, h = weights.astype(complex), 1e-30j
    by_bias, by_weight = np.zeros(len(x)), np.zeros((len(x), len(x)))
    for parameters, gradient in ((biases, by_bias), (weights, by_weight)):
        for index in np.ndindex(gradient.shape):
            parameters[layer][index] += h
            gradient[index] = loss(phi, weights, biases, x, readout).imag / h.imag
            parameters[layer][index] -= h
    return by_bias, by_weight


@pytest.mark.parametrize("name", ["SIGMOID", "TANH", "RELU"])
def test_measured_norms_agree_with_complex_step_derivatives(run, name):
    snippet = run("gradient_decay")

    @given(seed=st.integers(0, 2**32), layer=st.integers(0, 2))
    def check(seed, layer):
        rng = np.random.default_rng(seed)
        weights = rng.standard_normal((3, 4, 4))
        x, readout = rng.standard_normal((2, 4))
        found = snippet.measure_layers(*getattr(snippet, name), weights, x, readout)
        phi = ANALYTIC[name.lower()]
        by_bias, by_weight = complex_step(phi, weights, x, readout, layer)
        expected = (
            np.linalg.norm(by_bias),
            np.linalg.norm(by_weight),
            np.sum(weights[layer] * by_weight),
        )
        np.testing.assert_allclose(found[layer], expected, rtol=1e-9, atol=1e-12)

    check()


def test_delta_has_norm_one_in_the_last_layer(run):
    for result in run("gradient_decay").results.values():
        np.testing.assert_allclose(result[:, -1, DELTA], 1)


@pytest.mark.parametrize("case", RELU_CASES)
def test_relu_has_the_same_sum_of_weights_times_gradient_in_every_layer(run, case):
    sums = run("gradient_decay").results[case][:, :, SUM]
    np.testing.assert_allclose(sums, sums[:, -1:].repeat(sums.shape[1], 1), rtol=1e-9)


@pytest.mark.parametrize("case", ["sigmoid, Xavier", "tanh, Xavier", "tanh, σ_w = 3"])
def test_other_activations_do_not_have_the_same_sum(run, case):
    sums = run("gradient_decay").results[case][:, :, SUM]
    assert (abs(sums[:, 0] / sums[:, -1] - 1) > 0.01).all()


@pytest.mark.parametrize("case", RELU_CASES)
def test_relu_weight_gradient_is_never_below_the_bound_of_the_theorem(run, case):
    snippet = run("gradient_decay")
    _, sigma_w, *_ = snippet.CASES[case]
    spectral = sigma_w * np.linalg.norm(snippet.unit, 2, axis=(1, 2))  # the last seed
    result = snippet.results[case][-1]
    assert (result[:, WEIGHT] >= abs(result[:, SUM]) / spectral).all()


def test_relu_with_xavier_loses_delta_but_its_weight_gradient_is_flat(run):
    result = run("gradient_decay").results["ReLU, Xavier"]
    assert (result[:, 0, DELTA] < 1e-6).all()
    median = np.median(result[:, :, WEIGHT], axis=0)
    assert median.max() < 3 * median.min()
    assert median.max() < 1e-5  # flat, and tiny in every layer


def test_relu_with_xavier_is_relu_with_he_halved_in_square_for_every_layer(run):
    results = run("gradient_decay").results
    ratio = results["ReLU, Xavier"] / results["ReLU, He"]
    back = np.arange(49, -1, -1)
    np.testing.assert_allclose(ratio[:, :, DELTA], [2 ** (-back / 2)] * 10)
    np.testing.assert_allclose(ratio[:, :, WEIGHT], 2 ** (-49 / 2))


def test_relu_with_he_keeps_delta_within_one_decade_in_every_seed(run):
    delta = run("gradient_decay").results["ReLU, He"][:, :, DELTA]
    assert delta.min() > 0.1
    assert delta.max() < 10


def test_relu_with_he_keeps_the_mean_square_of_delta(run):
    snippet, rng, squares = run("gradient_decay"), np.random.default_rng(0), []
    for _ in range(800):
        weights = rng.standard_normal((6, 32, 32)) * (2 / 32) ** 0.5
        x, readout = rng.standard_normal((2, 32))
        readout /= np.linalg.norm(readout)
        result = snippet.measure_layers(*snippet.RELU, weights, x, readout)
        squares.append(result[0, DELTA] ** 2)
    assert np.mean(squares) == pytest.approx(1, abs=0.15)
    assert np.median(squares) < 0.9  # a typical network is below the mean


def test_sigmoid_with_xavier_loses_both_quantities(run):
    result = run("gradient_decay").results["sigmoid, Xavier"]
    for quantity in (DELTA, WEIGHT):
        assert (result[:, 0, quantity] / result[:, -1, quantity] < 1e-29).all()
        assert (np.diff(np.log(np.median(result[:, :, quantity], axis=0))) > 0).all()


def test_measured_sigmoid_decay_is_steeper_than_the_largest_slope_alone(run):
    assert (run("gradient_decay").results["sigmoid, Xavier"][:, 0, 0] < 0.25**49).all()


def test_tanh_with_xavier_loses_most_of_delta_next_to_the_input(run):
    delta = run("gradient_decay").results["tanh, Xavier"][:, :, DELTA]
    first, second = delta[:, 0] / delta[:, 24], delta[:, 24] / delta[:, 49]
    assert np.median(first) < np.median(second) / 2


def test_tanh_with_xavier_has_a_flat_weight_gradient(run):
    median = np.median(run("gradient_decay").results["tanh, Xavier"][:, :, WEIGHT], 0)
    assert median.max() < 3 * median.min()


def test_tanh_slopes_of_at_most_one_explode_with_large_weights(run):
    result = run("gradient_decay").results["tanh, σ_w = 3"]
    for quantity in (DELTA, WEIGHT):
        assert (result[:, 0, quantity] / result[:, -1, quantity] > 1e4).all()
