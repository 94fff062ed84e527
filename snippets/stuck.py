"""Depth can leave a network at a coin flip: with sigmoids, or with large steps.

Two rings of 100 points, 16 units a layer, 300 steps of gradient descent on the
cross-entropy, three seeds each. Weights: Xavier for the sigmoid, He for ReLU."""

import matplotlib.pyplot as plt
import numpy as np

LAYERS = 10  # try 2, 4, 20
WIDTH, STEPS, SEEDS = 16, 300, range(3)


def rings(rng, points=100):
    """Points (2, points) on two rings, and which ring each is on."""
    y = np.arange(points) % 2
    angle = rng.uniform(0, 2 * np.pi, points)
    radius = 1 + y + rng.normal(0, 0.1, points)
    return radius * np.array([np.cos(angle), np.sin(angle)]), y


def train(kind, rate, seed):
    """Loss at each step; |δ| in layer 1 over layer LAYERS at first; % dead by layer."""
    rng = np.random.default_rng(seed)
    x, y = rings(rng)
    shapes = [(WIDTH, 2)] + [(WIDTH, WIDTH)] * (LAYERS - 1) + [(1, WIDTH)]
    gain = np.sqrt(2) if kind == "ReLU" else 1
    W = [rng.normal(0, gain / np.sqrt(n), (m, n)) for m, n in shapes]
    b = [np.zeros((m, 1)) for m, _ in shapes]
    losses, heard = [], []
    for step in range(STEPS):
        a = [x]
        for weights, bias in zip(W, b, strict=True):
            z = weights @ a[-1] + bias
            a.append(np.maximum(z, 0) if kind == "ReLU" else 0.5 + np.tanh(z / 2) / 2)
        losses.append(np.mean(np.logaddexp(0, z) - y * z))
        delta = (0.5 + np.tanh(z / 2) / 2 - y) / len(y)
        for layer in range(LAYERS, -1, -1):
            slope = a[layer] > 0 if kind == "ReLU" else a[layer] * (1 - a[layer])
            back = W[layer].T @ delta * slope
            W[layer] = W[layer] - rate * delta @ a[layer].T
            b[layer] = b[layer] - rate * delta.sum(axis=1, keepdims=True)
            delta = back
            if step == 0 and layer:
                heard.insert(0, np.linalg.norm(delta))
    dead = np.mean([(it == 0).all(axis=1) for it in a[1:-1]], axis=1)
    return losses, heard[0] / heard[-1], 100 * dead


_, axes = plt.subplots(1, 3, figsize=(5.6, 2.8), layout="constrained", sharey=True)
cases = (
    ("sigmoid", "sigmoid", 3, "C0"),
    ("ReLU", "ReLU", 0.05, "C2"),
    ("ReLU, steps × 20", "ReLU", 1, "C6"),
)
for ax, (title, kind, rate, color) in zip(axes, cases, strict=True):
    runs = [train(kind, rate, seed) for seed in SEEDS]
    print(f"{kind}, learning rate {rate}: loss", *(f"{it[0][-1]:.2f}" for it in runs))
    print("  layer 1 hears at first, of the last:", *(f"{it[1]:.0e}" for it in runs))
    print("  dead at last, %:", *(f"{it[2].mean():.0f}" for it in runs), end=", ")
    print("in one layer:", *(f"{it[2].max():.0f}" for it in runs))
    ax.plot(np.transpose([it[0] for it in runs]), color=color, linewidth=1)
    ax.set(title=title, xlabel="step", ylim=(0, 1))
axes[0].set(ylabel="loss")
plt.show()
