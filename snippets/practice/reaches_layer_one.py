"""Activation and first weights set what each layer passes on, and depth multiplies.

Norm of δ in layer 1 over that in the last hidden layer, before training: width 128,
16 inputs from N(0, 1), random output layer, median and range of 5 networks. "PyTorch"
is its default: weights and biases uniform on ±1/√fan-in."""

import matplotlib.pyplot as plt
import numpy as np

WIDTH = 128  # try 32
DEPTHS, SEEDS, INPUTS = (2, 4, 6, 8, 10, 14, 20, 30, 40, 50), 5, 16


def gelu(z):  # in its tanh form
    gate = 0.5 + 0.5 * np.tanh((2 / np.pi) ** 0.5 * (z + 0.044715 * z**3))
    rise = (8 / np.pi) ** 0.5 * (1 + 0.134145 * z**2)
    return z * gate, gate + z * gate * (1 - gate) * rise


PHI = {  # φ and φ′ at z, color
    "sigmoid": (lambda z: (a := 0.5 + 0.5 * np.tanh(z / 2), a * (1 - a)), "C0"),
    "tanh": (lambda z: (a := np.tanh(z), 1 - a * a), "C1"),
    "ReLU": (lambda z: (np.maximum(z, 0), z > 0), "C2"),
    "GELU": (gelu, "C5"),
}
STARTS = {"He": (2, 0, "-"), "Xavier": (1, 0, "--"), "PyTorch": (1 / 3, 1, ":")}


def shares(phi, weights, biases):
    """|δ| in layer 1 over |δ| in the last hidden layer: (depth, network)."""
    a, slopes, found = x, [], []
    for W, b in zip(weights, biases, strict=True):
        a, slope = phi(a @ W + b)
        slopes.append(slope)
    for depth in DEPTHS:
        last = delta = readout * slopes[depth - 1]
        for k in range(depth - 1, 0, -1):  # one layer back
            delta = slopes[k - 1] * (delta @ weights[k].mT)
        norms = np.linalg.norm(np.array([delta, last], float), axis=(2, 3))
        found.append(norms[0] / norms[1])
    return np.array(found)


rng = np.random.default_rng(0)
draw = rng.uniform(-1, 1, (50, SEEDS, WIDTH + 1, WIDTH)).astype("f") / WIDTH**0.5
x, readout = rng.standard_normal((2, SEEDS, INPUTS, WIDTH), "f")
_, axes = plt.subplots(2, 2, sharex=True, sharey=True, figsize=(5.6, 5.2))
for ax, (name, (phi, color)) in zip(axes.flat, PHI.items(), strict=True):
    for start, (variance, biases, style) in STARTS.items():
        W, b = draw[:, :, :-1] * (3 * variance) ** 0.5, draw[:, :, -1:] * biases
        median, low, high = np.quantile(shares(phi, W, b), (0.5, 0, 1), axis=1)
        for k in map(DEPTHS.index, (4, 10, 50)):
            text = f"{median[k]:7.2g}  ({low[k]:.2g} to {high[k]:.2g})"
            print(f"{name:7} {start:7} {DEPTHS[k]:2} layers  {text}")
        ax.semilogy(DEPTHS, median, style, color=color, label=start)
        ax.fill_between(DEPTHS, low, high, color=color, alpha=0.2)
    ax.set(title=name, xticks=(4, 10, 20, 30, 40, 50))
axes[0, 0].legend()
axes[0, 0].set(yticks=10.0 ** np.arange(-40, 1, 10))
axes[1, 0].set(xlabel="hidden layers", ylabel="share that reaches layer 1")
plt.show()
