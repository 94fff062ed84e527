"""Sigmoid layers shrink the signal; ReLU layers with He weights keep its size.

One random network of 10 layers of 128 units for each activation; δ of each layer,
as a length: what layer 10 hears is one metre."""

import matplotlib.pyplot as plt
import numpy as np

GAIN = 1  # try 4
LAYERS, WIDTH = 10, 128


def lengths(kind, gain, seed=0):
    """Norm of δ in layers 1..LAYERS, divided by that of the last layer."""
    rng = np.random.default_rng(seed)
    W = rng.normal(0, gain / np.sqrt(WIDTH), (LAYERS, WIDTH, WIDTH))
    a, slopes = rng.normal(size=WIDTH), []
    for weights in W:
        z = weights @ a
        a = np.maximum(z, 0) if kind == "ReLU" else 0.5 + np.tanh(z / 2) / 2
        slopes.append(z > 0 if kind == "ReLU" else a * (1 - a))
    delta = [slopes[-1] * rng.normal(size=WIDTH)]
    for layer in range(LAYERS - 1, 0, -1):
        delta.insert(0, slopes[layer - 1] * (W[layer].T @ delta[0]))
    return np.linalg.norm(delta, axis=1) / np.linalg.norm(delta[-1])


def metres(share):
    """A length in the unit that people would use."""
    units = (1, "m"), (1e-2, "cm"), (1e-3, "mm"), (1e-6, "µm")
    size, name = next((it for it in units if share >= it[0]), units[-1])
    return f"{float(f'{share:.2g}') / size:g} {name}"


_, axes = plt.subplots(1, 2, figsize=(5.6, 3.6), layout="constrained", sharey=True)
for ax, kind, color, gain in (
    (axes[0], "sigmoid", "C0", GAIN),
    (axes[1], "ReLU", "C2", np.sqrt(2)),
):
    heard = lengths(kind, gain)
    print(kind, "layers 10 to 1:", ", ".join(map(metres, heard[::-1])))
    print(kind, f"factor per layer: {heard[0] ** (1 / (LAYERS - 1)):.2f}")
    ax.barh(np.arange(1, LAYERS + 1), heard, color=color, height=0.5)
    for layer, share in enumerate(heard, start=1):
        ax.text(share + 0.03, layer, metres(share), va="center")
    ax.set(xlim=(0, 1.4 * heard.max()), xticks=[], title=kind)
    ax.spines["bottom"].set_visible(False)
    ax.grid(False)
axes[0].set(yticks=range(1, LAYERS + 1), ylabel="layer")
axes[0].annotate(
    "", (0.8, 1), (0.8, 9), arrowprops={"arrowstyle": "->", "color": "gray"}
)
axes[0].text(0.83, 5, "the gradient\ntravels\nthis way", color="gray", va="center")
plt.show()
