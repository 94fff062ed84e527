"""Networks stop learning when the error signal vanishes or when neurons die.
Five random networks of width 128 each: median and range. Below: after 200 steps."""

import matplotlib.pyplot as plt
import numpy as np

DEPTH = 30  # try 10, 60
WIDTH, SEEDS = 128, range(5)


def error_signal(phi, slope, gain, seed):
    """Norm of δ in layers 1..DEPTH of a random network, divided by that of the last."""
    rng = np.random.default_rng(seed)
    W = rng.normal(0, gain / np.sqrt(WIDTH), (DEPTH, WIDTH, WIDTH))
    z = [W[0] @ rng.normal(size=WIDTH)]
    for layer in range(1, DEPTH):
        z.append(W[layer] @ phi(z[-1]))
    delta = [slope(z[-1]) * rng.normal(size=WIDTH)]
    for layer in range(DEPTH - 1, 0, -1):
        delta.append(slope(z[layer - 1]) * (W[layer].T @ delta[-1]))
    return np.linalg.norm(delta[::-1], axis=1) / np.linalg.norm(delta[0])


def activity(rate, seed):
    """Percent of inputs that switch each ReLU neuron on, after training: (WIDTH,)."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=(200, 2)), np.ones(200)])  # 1 for the bias
    y = x[:, 0] * x[:, 1] > 0  # class: do both coordinates have the same sign?
    W = rng.normal(size=(3, WIDTH)) * [[1], [1], [0]]  # no bias at first
    v = rng.normal(0, np.sqrt(2 / WIDTH), WIDTH)
    for _ in range(200):  # full-batch gradient descent on the cross-entropy
        a = np.maximum(x @ W, 0)
        error = (0.5 + np.tanh(a @ v / 2) / 2 - y)[:, None] / len(x)
        W, v = W - rate * x.T @ (error * v * (a > 0)), v - rate * a.T @ error[:, 0]
    return np.sort(100 * (x @ W > 0).mean(axis=0))[::-1]


def draw(ax, runs, style, label, x, y):
    place, low, high = np.arange(1, len(runs[0]) + 1), np.min(runs, 0), np.max(runs, 0)
    ax.plot(place, np.median(runs, axis=0), style)
    ax.fill_between(place, low, high, color=style[:2], alpha=0.2)
    ax.text(x, y, label, color=style[:2])


relu = (lambda z: np.maximum(z, 0)), (lambda z: z > 0), np.sqrt(2)  # He weights
sigmoid = (lambda z: 0.5 + np.tanh(z / 2) / 2), (lambda z: np.cosh(z / 2) ** -2 / 4), 1
steady, fading = ([error_signal(*net, s) for s in SEEDS] for net in (relu, sigmoid))
gentle, harsh = ([activity(rate, s) for s in SEEDS] for rate in (1, 30))
for name, runs in ("sigmoid", fading), ("ReLU", steady):
    print(name, f"δ in layer 1 / layer {DEPTH}:", *(f"{run[0]:.0e}" for run in runs))
for rate, runs in (1, gentle), (30, harsh):
    print(f"dead at rate {rate}, %:", *(f"{100 * np.mean(r == 0):.0f}" for r in runs))
_, (top, low) = plt.subplots(2, 1, figsize=(5.6, 5.6), layout="constrained")
draw(top, steady, "C2--", "ReLU, He weights: steady", DEPTH / 10, 10 ** (-DEPTH / 10))
draw(top, fading, "C0-", "sigmoid: vanishing", DEPTH / 2, 10 ** (-0.57 * DEPTH))
top.set(yscale="log", xlabel="layer (1 is next to the input)", ylabel="error signal δ")
draw(low, gentle, "C2--", "learning rate 1: all take part", 40, 34)
draw(low, harsh, "C6-", "learning rate 30: most are dead", 40, 12)
low.set(xlabel="neurons, the most active first", ylabel="inputs that activate it, %")
plt.show()
