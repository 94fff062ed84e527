import runpy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import snippets

SIZES = st.floats(-4, 4).filter(lambda value: abs(value) > 0.05)


def chain(parameters, x=2):
    """The last output, written out: parameters are w₁, w₂, w₃, b₁, b₂, b₃."""
    w1, w2, w3, b1, b2, b3 = parameters
    a1 = np.exp(w1 * x + b1) / (1 + np.exp(w1 * x + b1))
    a2 = np.exp(w2 * a1 + b2) / (1 + np.exp(w2 * a1 + b2))
    return np.exp(w3 * a2 + b3) / (1 + np.exp(w3 * a2 + b3))


def complex_step(weights, biases, target=1):
    """Derivatives of the loss with respect to the weights and the biases."""
    steps = np.array([*weights, *biases]) + 1e-30j * np.eye(6)
    found = [(chain(row) - target) ** 2 / 2 for row in steps]
    return np.imag(found).reshape(2, 3) / 1e-30


def gradients(snippet, weights, shown):
    """δ, weight gradient, and weight gradient with `shown` weights in backward."""
    a, z = snippet.forward(weights)
    slopes = 1 / (4 * np.cosh(np.array(z) / 2) ** 2)
    arguments = slopes, a[3] - snippet.TARGET
    delta = snippet.backward(weights, *arguments)
    return delta, delta * a[:3], snippet.backward(shown, *arguments) * a[:3]


def test_backpropagation_agrees_with_the_complex_step(run):
    snippet = run("scalar_chain")

    @settings(max_examples=50, deadline=None)
    @given(weights=st.tuples(SIZES, SIZES, SIZES))
    def check(weights):
        delta, gradient, _ = gradients(snippet, weights, weights)
        by_weight, by_bias = complex_step(weights, snippet.BIASES)
        np.testing.assert_allclose(gradient, by_weight, rtol=1e-10)
        np.testing.assert_allclose(delta, by_bias, rtol=1e-10)

    check()


def test_slopes_only_is_off_by_the_product_of_the_weights_left_out(run):
    snippet = run("scalar_chain")

    @settings(max_examples=50, deadline=None)
    @given(weights=st.tuples(SIZES, SIZES, SIZES))
    def check(weights):
        _, gradient, slopes_only = gradients(snippet, weights, (1, 1, 1))
        _, w2, w3 = weights
        np.testing.assert_allclose(gradient, slopes_only * (w2 * w3, w3, 1))

    check()


def test_slopes_only_is_six_times_too_small_and_has_the_wrong_sign(run):
    snippet = run("scalar_chain")
    by_weight, by_bias = complex_step(snippet.WEIGHTS, snippet.BIASES)
    np.testing.assert_allclose(snippet.gradient, by_weight)
    np.testing.assert_allclose(snippet.delta, by_bias)
    assert snippet.gradient[0] > 0 > snippet.slopes_only[0]
    assert snippet.gradient[0] / snippet.slopes_only[0] == pytest.approx(-6)


def test_a_step_by_the_gradient_lowers_the_loss_and_by_slopes_only_raises_it(run):
    snippet = run("scalar_chain")

    def after(step):
        w1 = snippet.WEIGHTS[0] - snippet.LEARNING_RATE * step[0]
        return snippet.loss((w1, *snippet.WEIGHTS[1:]))

    start = snippet.loss(snippet.WEIGHTS)
    assert after(snippet.gradient) < start < after(snippet.slopes_only)


def test_the_drawn_line_with_slope_of_the_gradient_touches_the_curve(run):
    snippet = run("scalar_chain")
    near = np.array([0.99, 1.01])
    curve = [snippet.loss((w, *snippet.WEIGHTS[1:])) for w in near]
    tangent = snippet.loss(snippet.WEIGHTS) + snippet.gradient[0] * (near - 1)
    np.testing.assert_allclose(curve, tangent, atol=1e-5)


def test_four_decimals_by_hand_give_the_printed_numbers_up_to_the_last_digit(run):
    def keep(value):
        return round(value, 4)

    def sigmoid(z):
        return keep(1 / (1 + np.exp(-z)))

    a1 = sigmoid(1)
    a2 = sigmoid(keep(-2 * a1 + 1))
    a3 = sigmoid(keep(3 * a2 - 1))
    slopes = [keep(a * (1 - a)) for a in (a1, a2, a3)]
    d3 = keep((a3 - 1) * slopes[2])
    d2 = keep(d3 * 3 * slopes[1])
    d1 = keep(d2 * -2 * slopes[0])
    snippet = run("scalar_chain")
    printed = {
        row[:19].strip(): [float(value) for value in row[19:].split()]
        for row in snippet.printed.splitlines()[1:11]
    }
    by_hand = {
        "output a": (a1, a2, a3),
        "slope σ′(z)": slopes,
        "error signal δ": (d1, d2, d3),
        "∂L/∂w = δ * input": (d1 * 2, d2 * a1, d3 * a2),
        "central differences": snippet.gradient,
    }
    for name, row in by_hand.items():
        np.testing.assert_allclose(row, printed[name], atol=1.6e-4)


def test_a_target_of_zero_turns_the_sign_of_every_weight_gradient(run):
    snippet = run("scalar_chain")
    other, _ = complex_step(snippet.WEIGHTS, snippet.BIASES, target=0)
    assert (snippet.gradient * other < 0).all()


def test_prediction_with_weights_of_product_one_is_right_for_all_but_the_second(
    tmp_path,
):
    source = snippets.find()["scalar_chain"].read_bytes()
    edited = source.replace(b"WEIGHTS = (1, -2, 3)", b"WEIGHTS = (1, 2, 0.5)")
    assert edited != source
    (tmp_path / "edited.py").write_bytes(edited)
    names = runpy.run_path(str(tmp_path / "edited.py"))
    ratio = names["gradient"] / names["slopes_only"]
    np.testing.assert_allclose(ratio, (1, 0.5, 1))
