"""A healthy signal is level over the layers; too small or too large weights tilt it.

Ten ReLU layers of 64 units before training, 64 random inputs, five seeds each. Shaded:
within a factor of ten of the last layer, a convention."""

import matplotlib.pyplot as plt
import numpy as np

LAYERS, WIDTH, INPUTS, SEEDS = 10, 64, 64, range(5)
GAINS = {"PyTorch's default": 1 / 3**0.5, "He": 2**0.5, "twice He": 2 * 2**0.5}


def error_signal(gain, seed):
    """Norm of δ in layers 1..LAYERS, divided by that of the last."""
    rng = np.random.default_rng(seed)
    W = rng.normal(0, gain / np.sqrt(WIDTH), (LAYERS, WIDTH, WIDTH))
    a, on = rng.normal(size=(WIDTH, INPUTS)), []
    for weights in W:
        on.append(weights @ a > 0)
        a = np.maximum(weights @ a, 0)
    delta = [on[-1] * rng.normal(size=(WIDTH, INPUTS))]
    for layer in range(LAYERS - 1, 0, -1):
        delta.insert(0, on[layer - 1] * (W[layer].T @ delta[0]))
    norms = np.linalg.norm(delta, axis=(1, 2))
    return norms / norms[-1]


layers = np.arange(1, LAYERS + 1)
_, ax = plt.subplots(figsize=(5.6, 3.2), layout="constrained")
ax.fill_between([0.5, 10.5], 0.1, 10, color="lightgray", alpha=0.5)
for (name, gain), style in zip(GAINS.items(), ("C0-o", "C2-s", "C6-^"), strict=True):
    runs = np.array([error_signal(gain, seed) for seed in SEEDS])
    factors = runs[:, 0] ** (1 / (LAYERS - 1))
    print(
        f"{name}: layer 1 hears {np.median(runs[:, 0]):.1g} of the last layer,", end=" "
    )
    print(f"a factor of {factors.min():.2f} to {factors.max():.2f} per layer")
    ax.plot(layers, np.median(runs, axis=0), style)
    ax.text(
        1.2, np.median(runs[:, 0]) * (4 if gain > 2 else 0.15), name, color=style[:2]
    )
ax.text(3.5, 2.2, "healthy", color="gray")
ax.annotate("", (6.5, 1e5), (9, 1e5), arrowprops={"arrowstyle": "->", "color": "gray"})
ax.text(6.4, 1e5, "the gradient travels", color="gray", ha="right", va="center")
ax.set(
    yscale="log",
    xlim=(0.5, 10.5),
    ylim=(1e-5, 1e6),
    xlabel="layer",
    ylabel="|δ|, the last layer's is 1",
)
plt.show()
