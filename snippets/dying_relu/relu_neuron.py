"""One update turns a ReLU neuron away from all its inputs.

The tanh neuron of the saturation page and its ReLU twin take the same step.
"""

import matplotlib.pyplot as plt
import numpy as np

INPUTS = np.array([[1.0, 1.0], [0.5, 1.0], [1.5, 0.5], [0.2, 0.4], [2.0, 1.0]])
OTHER = np.array([-1.0, -1.0])  # not in the training set
RATE, DELTA = 0.1, 115 / 3  # the step that takes z from 1.5 to -10
ACTIVATIONS = {
    "ReLU": (lambda z: np.maximum(z, 0), lambda z: np.where(z > 0, 1.0, 0.0)),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
}


def gradients(delta, x):
    """Gradients of W, shape (2,), and of b from one input's error signal."""
    return delta * x, delta


def report(when, z, phi, slope, delta):
    """One line: pre-activation, output, slope and error signal."""
    print(f"  {when:12} z = {z:6.2f}  a = {phi(z):7.4f}", end="  ")
    print(f"slope = {slope(z):.4g}  δ = {delta:.4g}")


x = INPUTS[0]
for name, (phi, slope) in ACTIVATIONS.items():
    W, b = np.array([0.5, 0.5]), 0.5
    z = W @ x + b
    print(f"{name} at rate {RATE}, ∂L/∂a = {DELTA / slope(z):.2f}")
    report("before", z, phi, slope, DELTA)
    weight_gradient, bias_gradient = gradients(DELTA, x)
    W, b = W - RATE * weight_gradient, b - RATE * bias_gradient
    print(f"  the step     W = {W.round(4)}, b = {b:.4f}")
    for when, inputs in ("after", x), ("on (-1, -1)", OTHER):  # now with ∂L/∂a = 1
        z = W @ inputs + b
        report(when, z, phi, slope, slope(z))
    print(f"  training z   {(INPUTS @ W + b).round(1)}")

position = np.linspace(-2, 2, 81)  # W has equal entries: only the mean of x matters
fig, axes = plt.subplots(layout="constrained")
axes.plot(position, np.maximum(position + 0.5, 0), "C2--")
axes.plot(position, np.maximum(W.sum() * position + b, 0), "C2-")
axes.plot(INPUTS.mean(axis=1), np.zeros(len(INPUTS)), "o", color="black")
axes.text(0.3, -1.1, "training inputs")
axes.text(0.3, 2.2, "before the step", color="C2")
axes.text(-1.3, 6.5, "after the step", color="C2")
axes.set(xlabel="mean of the two inputs", ylabel="output a", ylim=(-1.6, 10.5))
plt.show()
