"""The ReLU twin of the sources' tanh neuron: one step, and it is dead on its data."""

import numpy as np
import pytest


def after_the_step(names):
    """Weights and bias from the update written out for one input."""
    z = 1.5
    delta = (10 + z) / (names.RATE * (names.INPUTS[0] @ names.INPUTS[0] + 1))
    return 0.5 - names.RATE * delta * names.INPUTS[0], 0.5 - names.RATE * delta


def test_the_step_takes_z_from_1_5_to_minus_10(run):
    names = run("relu_neuron")
    W, b = after_the_step(names)
    assert W @ names.INPUTS[0] + b == pytest.approx(-10)
    np.testing.assert_allclose(names.W, W)
    assert names.b == pytest.approx(b)


def test_the_neuron_is_dead_on_its_training_inputs_but_not_on_the_other(run):
    names = run("relu_neuron")
    assert np.all(names.INPUTS @ names.W + names.b < 0)
    assert names.OTHER @ names.W + names.b > 0


def test_every_training_input_was_active_before_the_step(run):
    assert np.all(run("relu_neuron").INPUTS @ [0.5, 0.5] + 0.5 > 0)


@pytest.mark.parametrize("name", ["ReLU", "tanh"])
@pytest.mark.parametrize("z", [-3.0, -0.4, 0.7, 2.5])
def test_slope_is_the_derivative_of_the_activation(run, name, z):
    phi, slope = run("relu_neuron").ACTIVATIONS[name]
    step = 1e-6
    assert slope(z) == pytest.approx((phi(z + step) - phi(z - step)) / (2 * step), 1e-6)


def test_gradients_agree_with_central_differences_for_tanh(run):
    names, step = run("relu_neuron"), 1e-6
    phi, slope = names.ACTIVATIONS["tanh"]
    x, W, b, push = names.INPUTS[3], np.array([0.5, -0.3]), 0.2, 1.7
    by_hand = names.gradients(push * slope(W @ x + b), x)

    def loss(W, b):
        return push * phi(W @ x + b)

    for i, nudge in enumerate(np.eye(2) * step):
        numeric = (loss(W + nudge, b) - loss(W - nudge, b)) / (2 * step)
        assert by_hand[0][i] == pytest.approx(numeric, rel=1e-6)
    numeric = (loss(W, b + step) - loss(W, b - step)) / (2 * step)
    assert by_hand[1] == pytest.approx(numeric, rel=1e-6)


def test_dead_relu_has_gradient_exactly_zero_and_saturated_tanh_has_not(run):
    names = run("relu_neuron")
    z = names.INPUTS @ names.W + names.b
    assert np.all(names.ACTIVATIONS["ReLU"][1](z) == 0)
    assert np.all(names.ACTIVATIONS["tanh"][1](z) > 0)


def test_sixth_input_keeps_the_neuron_alive_but_drives_it_away_from_the_first(run):
    names = run("relu_neuron")
    W, b = names.W.copy(), names.b
    first = W @ names.INPUTS[0] + b
    for _ in range(10):  # the loss asks for larger outputs: ∂L/∂a = -1 on every input
        inputs = np.vstack([names.INPUTS, names.OTHER])
        delta = np.where(inputs @ W + b > 0, -1.0, 0.0)
        assert list(delta) == [0, 0, 0, 0, 0, -1]
        W, b = W - 0.1 * delta @ inputs, b - 0.1 * delta.sum()
    assert W @ names.OTHER + b > 3.4
    assert W @ names.INPUTS[0] + b == pytest.approx(first - 1)
