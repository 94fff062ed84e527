"""Pushed far out, a tanh neuron whispers; its ReLU twin shouts or is silent.

One neuron: weights 0.5 and 0.5, bias 0.5, inputs 1 and 1, so its sum is z = 1.5.
The slope at z is what the neuron lets through on the way back."""

import matplotlib.pyplot as plt
import numpy as np

weights, bias, inputs = np.array([0.5, 0.5]), 0.5, np.array([1.0, 1.0])
start = weights @ inputs + bias
z = np.linspace(-11, 11, 400)


def relu(z):
    return np.maximum(z, 0)


def tanh_slope(z):
    return 1 / np.cosh(z) ** 2  # keeps its digits where 1 - tanh(z)**2 has lost them


def relu_slope(z):
    return np.where(z > 0, 1.0, 0.0)


_, axes = plt.subplots(2, 1, figsize=(5.6, 4.6), layout="constrained", sharex=True)
for ax, name, phi, slope, color in (
    (axes[0], "tanh", np.tanh, tanh_slope, "C1"),
    (axes[1], "ReLU", relu, relu_slope, "C2"),
):
    ax.plot(z, phi(z), color=color)
    for place in (-10, start, 10):
        passed = slope(place)
        said = np.format_float_positional(passed, 2 if passed > 0.1 else 9, trim="-")
        print(f"{name} at z = {place:g}: output {phi(place):.3g}, slope {said}")
        ax.plot(place, phi(place), "o", color=color)
        side, gap = ("left", (8, 8)) if place < 0 else ("right", (-8, 4))
        if name == "tanh" and place == 10:
            gap = (-8, -20)
        text = {"xytext": gap, "textcoords": "offset points", "ha": side}
        ax.annotate(f"slope {said}", (place, phi(place)), **text)
    ax.set(ylabel=f"output of {name}")
axes[0].set(ylim=(-1.3, 1.3))
axes[1].set(ylim=(-1, 12.5), xlabel="z, the sum that the neuron computes")
plt.show()
