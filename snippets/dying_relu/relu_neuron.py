"""One large update turns a ReLU neuron away from all inputs it was on for.

The tanh neuron of the saturation page and its ReLU twin take the same step. Then the
loss asks the ReLU neuron for a larger output on each training input, ten times.
"""

import matplotlib.pyplot as plt
import numpy as np

INPUTS = np.array([[1.0, 1.0], [0.5, 1.0], [1.5, 0.5], [0.2, 0.4], [2.0, 1.0]])
SIXTH = None  # try -2, -1, 0
if SIXTH is not None:  # a sixth training input, (SIXTH, SIXTH)
    INPUTS = np.append(INPUTS, [[SIXTH, SIXTH]], axis=0)
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


for name, (phi, slope) in ACTIVATIONS.items():
    x, W, b = INPUTS[0], np.array([0.5, 0.5]), 0.5
    z = W @ x + b
    print(f"{name} at rate {RATE}, ∂L/∂a = {DELTA / slope(z):.2f}")
    report("before", z, phi, slope, DELTA)
    weight_gradient, bias_gradient = gradients(DELTA, x)
    W, b = W - RATE * weight_gradient, b - RATE * bias_gradient
    print(f"  the step     W = {W.round(4)}, b = {b:.4f}")
    for when, inputs in ("after", x), ("on (-1, -1)", OTHER):  # now with ∂L/∂a = 1
        report(when, z := W @ inputs + b, phi, slope, slope(z))
    print(f"  training z   {(INPUTS @ W + b).round(1)}")
later, x = np.append(W, b), np.insert(INPUTS, 2, 1, axis=1)  # the 1 is for the bias
for _ in range(10):  # of the ReLU neuron, with ∂L/∂a = -1 on every training input
    later += RATE * (x @ later > 0) @ x
print("ReLU, ten steps later: training z", (x @ later).round(1))
position = np.linspace(-2, 2, 81)  # W has equal entries: only the mean of x matters
fig, axes = plt.subplots(layout="constrained")
axes.plot(position, np.maximum(position + 0.5, 0), "C2--")
axes.plot(position, np.maximum(W.sum() * position + b, 0), "C2-")
if (x @ later > 0).any():  # without a sixth input the line is the one above
    axes.plot(position, np.maximum(later[:2].sum() * position + later[2], 0), "C2-.")
    axes.text(-0.7, 7, "ten steps later", color="C2")
axes.plot(INPUTS.mean(axis=1), np.zeros(len(INPUTS)), "o", color="black")
axes.text(0.3, -1.1, "training inputs")
axes.text(0.3, 2.2, "before the step", color="C2")
axes.text(-1.95, 2.2, "after the step", color="C2")
axes.set(xlabel="mean of the two inputs", ylabel="output a", ylim=(-1.6, 10.5))
plt.show()
