"""Depth alone leaves units dead before training, in wide networks too.

He weights, zero biases, 1000 standardized Gaussian inputs of 64 numbers; units that are
off for all of them: mean and range of 4 networks. Takes 2 seconds.
"""

import matplotlib.pyplot as plt
import numpy as np

WIDTH = 256  # try 16, 64
INPUTS, DEPTH, SEEDS = 1000, 50, 4


def dead_by_layer(batch_norm, rng):
    """Percent of units off for every input, in each layer: (DEPTH,)."""
    a, dead = rng.standard_normal((INPUTS, 64), "f"), []
    a = (a - a.mean(axis=0)) / a.std(axis=0)
    for _ in range(DEPTH):
        z = a @ rng.standard_normal((a.shape[1], WIDTH), "f") * (2 / a.shape[1]) ** 0.5
        if batch_norm:
            z = (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-5)
        a = np.maximum(z, 0)
        dead.append(100 * (a == 0).all(axis=0).mean())
    return dead


_, axes = plt.subplots(layout="constrained")
layers = np.arange(1, DEPTH + 1)
for norm, label, style in (False, "plain", "C2-"), (True, "batch norm", "C9--"):
    runs = [dead_by_layer(norm, np.random.default_rng(s)) for s in range(SEEDS)]
    mean, least, most = np.mean(runs, 0), np.min(runs, 0), np.max(runs, 0)
    axes.plot(layers, mean, style)
    axes.fill_between(layers, least, most, color=style[:2], alpha=0.2)
    axes.text(27, mean[20:30].max() + 3, label, color=style[:2], ha="right")
    for layer in (1, 5, 10, 20, 50):
        spread = f"({least[layer - 1]:.0f} to {most[layer - 1]:.0f})"
        print(f"{label:10} layer {layer:2}: {mean[layer - 1]:4.0f}% dead {spread}")
axes.set(xlabel="layer", ylabel="dead before training (%)", ylim=(-2, 60))
plt.show()
