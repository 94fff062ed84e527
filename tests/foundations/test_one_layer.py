import numpy as np
import pytest


def loss(snippet, W, before, b=None):
    """A loss whose gradient at the layer's outputs is what the snippet lets arrive."""
    b = snippet.b if b is None else b
    return snippet.arriving @ np.tanh(W @ before + b)


def derivative(function, array):
    """The derivative by every entry of an array, by complex steps: its shape."""
    found = np.empty(array.shape)
    for index in np.ndindex(array.shape):
        step = array.astype(complex)
        step[index] += 1e-30j
        found[index] = function(step).imag / 1e-30
    return found


def test_weight_gradient_has_the_shape_of_the_weights_and_is_their_derivative(run):
    s = run("one_layer")
    expected = derivative(lambda W: loss(s, W, s.before), s.W)
    assert s.gradient == pytest.approx(expected, rel=1e-12)


def test_what_is_passed_on_is_the_derivative_by_the_layers_inputs(run):
    s = run("one_layer")
    expected = derivative(lambda before: loss(s, s.W, before), s.before)
    assert s.passed_on == pytest.approx(expected, rel=1e-12)


def test_delta_is_the_derivative_by_the_bias(run):
    s = run("one_layer")
    expected = derivative(lambda b: loss(s, s.W, s.before, b), s.b)
    assert s.delta == pytest.approx(expected, rel=1e-12)
