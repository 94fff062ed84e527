import runpy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import snippets

CENTRAL, COMPLEX = range(2)
SEEDS = st.integers(0, 2**32)


def draw(seed):
    """One network of the snippet's shapes, a batch of inputs, and of targets."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((3, 4, 5)), *rng.standard_normal((2, 4, 8))


def scalar_loss(theta, x, y):
    """The loss, one neuron and one sample at a time, for complex numbers too."""
    total = 0
    for s in range(x.shape[1]):
        a = list(x[:, s])
        for layer in theta:
            a = [np.tanh(sum(row[:-1] * a) + row[-1]) for row in layer]
        total += sum((a[i] - y[i, s]) ** 2 for i in range(len(a)))
    return total / 2 / x.shape[1]


def jacobian(theta, z):
    """∂z⁽³⁾/∂z⁽¹⁾ at z = z⁽¹⁾ by complex steps: column i from one step in zᵢ."""
    columns = []
    for i in range(4):
        step = z + 1e-30j * np.eye(4)[i]
        for layer in theta[1:]:
            step = layer[:, :-1] @ np.tanh(step) + layer[:, -1]
        columns.append(step.imag / 1e-30)
    return np.array(columns).T


def third_derivatives(snippet):
    """f‴ along each parameter, from gradients by backpropagation: (SEEDS, 60)."""
    h, units = 1e-3, np.eye(60).reshape(60, 3, 4, 5)
    values = [
        snippet.backpropagate(snippet.theta + sign * h * units, snippet.x, snippet.y)
        for sign in (-1, 0, 1)
    ]
    values[1] = np.broadcast_to(values[1], values[0].shape)
    low, middle, high = (v.reshape(10, 60, 60).diagonal(0, 1, 2) for v in values)
    return (low - 2 * middle + high) / h**2


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS)
def check_gradient(snippet, seed):
    theta, x, y = draw(seed)
    found = snippet.backpropagate(theta, x, y)
    index = np.unravel_index(seed % 60, theta.shape)
    step = theta.astype(complex)
    step[index] += 1e-30j
    expected = scalar_loss(step, x, y).imag / 1e-30
    np.testing.assert_allclose(found[index], expected, rtol=1e-9, atol=1e-14)


def test_backpropagation_agrees_with_a_complex_step_through_single_neurons(run):
    check_gradient(run("gradient_check"))


def test_the_loss_is_the_one_written_out_for_single_neurons(run):
    theta, x, y = draw(0)
    assert run("gradient_check").loss(theta, x, y) == pytest.approx(
        scalar_loss(theta, x, y)
    )


def test_error_signal_is_the_transposed_jacobian_product_times_the_last_one(run):
    snippet = run("gradient_check")

    @settings(max_examples=50, deadline=None)
    @given(seed=SEEDS)
    def check(seed):
        theta, x, y = draw(seed)
        W, b = theta[..., :-1], theta[..., -1]
        x, y = x[:, :1], y[:, :1]  # one sample: the bias gradient is δ
        delta = snippet.backpropagate(theta, x, y)[..., -1] * snippet.SAMPLES
        z1 = W[0] @ x[:, 0] + b[0]
        z2 = W[1] @ np.tanh(z1) + b[1]
        slopes = np.diag(np.cosh(z1) ** -2), np.diag(np.cosh(z2) ** -2)
        product = W[2] @ slopes[1] @ W[1] @ slopes[0]
        np.testing.assert_allclose(product, jacobian(theta, z1), rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(product.T @ delta[2], delta[0], rtol=1e-7, atol=1e-9)

    check()


def test_gradient_of_a_batch_is_the_mean_of_the_gradients_of_its_samples(run):
    snippet = run("gradient_check")
    theta, x, y = draw(0)
    single = [
        # a batch of one, divided by SAMPLES in the snippet
        snippet.backpropagate(theta, x[:, s : s + 1], y[:, s : s + 1])
        for s in range(8)
    ]
    np.testing.assert_allclose(snippet.backpropagate(theta, x, y), sum(single))


def test_opposite_error_signals_with_equal_inputs_cancel_in_the_weight_gradient(run):
    snippet = run("gradient_check")
    theta, x, y = draw(0)
    x = np.repeat(x[:, :1], 2, axis=1)
    y = snippet.forward(theta, x)[-1] + [1, -1] * y[:, :1]  # missed by ±y
    assert abs(snippet.backpropagate(theta, x[:, :1], y[:, :1])).max() > 0.001
    np.testing.assert_allclose(snippet.backpropagate(theta, x, y), 0, atol=1e-14)


def test_truncation_error_falls_like_h_squared_in_every_network(run):
    snippet = run("gradient_check")
    right = (snippet.STEPS > 0.9e-4) & (snippet.STEPS < 2e-2)
    for k in (CENTRAL, COMPLEX):
        fit = np.polyfit(
            np.log(snippet.STEPS[right]), np.log(snippet.errors[right, k]), 1
        )
        np.testing.assert_allclose(fit[0], 2, atol=0.03)


def test_rounding_error_grows_like_one_over_h_in_every_network(run):
    snippet = run("gradient_check")
    left = snippet.STEPS < 2e-7
    fit = np.polyfit(
        np.log(snippet.STEPS[left]), np.log(snippet.errors[left, CENTRAL]), 1
    )
    np.testing.assert_allclose(fit[0], -1, atol=0.08)


def test_truncation_error_is_a_sixth_of_the_third_derivative_with_opposite_signs(run):
    snippet = run("gradient_check")
    h, theta, data = 1e-3, snippet.theta, (snippet.x, snippet.y)
    up, down = (snippet.loss(theta + s * h * snippet.units, *data) for s in (1, -1))
    central = (up - down) / (2 * h) - snippet.gradient
    by_complex = snippet.loss(theta + 1j * h * snippet.units, *data).imag / h
    expected = h**2 * third_derivatives(snippet) / 6
    size = abs(expected).max()
    np.testing.assert_allclose(central, expected, atol=1e-3 * size)
    np.testing.assert_allclose(
        by_complex - snippet.gradient, -expected, atol=1e-3 * size
    )


def test_best_central_step_is_near_the_cube_root_of_epsilon_in_every_network(run):
    snippet = run("gradient_check")
    best = snippet.STEPS[snippet.errors[:, CENTRAL].argmin(axis=0)]
    root = np.finfo(float).eps ** (1 / 3)
    assert (best > root / 5).all()
    assert (best < root * 5).all()


def test_best_central_difference_keeps_about_two_thirds_of_the_digits(run):
    best = run("gradient_check").errors[:, CENTRAL].min(axis=0)
    assert (best > 1e-11).all()
    assert (best < 2e-9).all()


def test_balance_of_both_errors_predicts_the_measured_minimum(run):
    median, steps = (
        run("gradient_check").median[:, CENTRAL],
        run("gradient_check").STEPS,
    )
    A, B = median[20] / steps[20] ** 2, median[4] * steps[4]
    best = (B / (2 * A)) ** (1 / 3)
    assert steps[median.argmin()] == pytest.approx(best, rel=0.8)
    assert median.min() == pytest.approx(1.5 * B / best, rel=0.5)


@settings(max_examples=50, deadline=None)
@given(A=st.floats(1e-3, 1e3), B=st.floats(1e-18, 1e-12))
def test_formula_of_the_best_step_minimizes_the_sum_of_both_errors(A, B):
    best = (B / (2 * A)) ** (1 / 3)
    grid = best * np.geomspace(0.01, 100, 4001)
    total = A * grid**2 + B / grid
    assert grid[total.argmin()] == pytest.approx(best, rel=0.003)
    assert total.min() == pytest.approx(1.5 * B / best, rel=1e-4)


def test_complex_step_stays_at_machine_precision_however_small_the_step(run):
    snippet = run("gradient_check")
    small = snippet.STEPS < 0.9e-8
    assert (snippet.errors[small, COMPLEX] < 3e-15).all()
    step = snippet.theta + 1e-200j * snippet.units
    found = snippet.loss(step, snippet.x, snippet.y).imag / 1e-200
    np.testing.assert_allclose(found, snippet.gradient, rtol=1e-10, atol=1e-14)


def test_both_curves_meet_where_truncation_rules(run):
    snippet = run("gradient_check")
    right = (snippet.STEPS > 0.9e-4) & (snippet.STEPS < 2e-2)
    ratio = snippet.median[right, CENTRAL] / snippet.median[right, COMPLEX]
    np.testing.assert_allclose(ratio, 1, atol=0.02)


def test_prediction_a_forgotten_transpose_is_the_same_error_at_every_step(
    run, tmp_path
):
    source = snippets.find()["gradient_check"].read_bytes()
    edited = source.replace(b"TRANSPOSED = True", b"TRANSPOSED = False")
    assert edited != source
    (tmp_path / "edited.py").write_bytes(edited)
    names = runpy.run_path(str(tmp_path / "edited.py"))
    assert (names["errors"] > 0.1).all()
    assert (names["errors"][:-4] < 2).all()
    flat = names["errors"][:-4]
    np.testing.assert_allclose(flat, np.broadcast_to(flat[:1], flat.shape), rtol=0.05)
    right, wrong = (
        g.reshape(10, 3, 20)
        for g in (run("gradient_check").gradient, names["gradient"])
    )
    np.testing.assert_array_equal(right[:, 2], wrong[:, 2])
    assert (abs(right - wrong)[:, :2].max(axis=-1) > 0.001).all()
