"""Activation and weight scale decide how gradients decay.

Width 128 at its start, biases 0, one input from N(0, 1), 10 seeds: median and range.
The loss is L = readout · z of the last layer, with |readout| = 1, so there |δ| = 1."""

import matplotlib.pyplot as plt
import numpy as np

SIGMA_W = 1  # try 4, 10, 16
WIDTH, DEPTH, SEEDS = 128, 50, 10
NAME = "sigmoid, Xavier" if SIGMA_W == 1 else f"sigmoid, σ_w = {SIGMA_W}"
SIGMOID = (lambda z: 0.5 + 0.5 * np.tanh(z / 2), lambda a: a * (1 - a))
TANH = (np.tanh, lambda a: 1 - a**2)  # φ, and its slope as a function of a = φ(z)
RELU = (lambda z: np.maximum(z, 0), lambda a: a > 0)
CASES = {  # name: φ and slope, σ_w, color, line style, the label: layer, times line
    NAME: (SIGMOID, SIGMA_W, "C0", "-", (29, 1e-12)),
    "tanh, Xavier": (TANH, 1, "C1", "-", (2, 1e-3)),
    "tanh, σ_w = 3": (TANH, 3, "C1", "--", (14, 3e3)),
    "ReLU, Xavier": (RELU, 1, "C2", "-.", (2, 3e-4)),
    "ReLU, He": (RELU, 2**0.5, "C2", "-", (36, 1e5)),
}


def measure_layers(activation, slope, weights, x, readout):
    """Norm of δ, norm of ∂L/∂W and sum of W * ∂L/∂W per layer: shape (DEPTH, 3)."""
    outputs, rows, delta = [x], [], readout
    for W in weights:
        outputs.append(activation(W @ outputs[-1]))
    for W, a in zip(weights[::-1], outputs[-2::-1], strict=True):
        gradient = np.outer(delta, a)
        rows.append([*map(np.linalg.norm, (delta, gradient)), np.sum(W * gradient)])
        delta = slope(a) * (W.T @ delta)  # one layer back
    return np.array(rows[::-1])


results = {name: np.empty((SEEDS, DEPTH, 3)) for name in CASES}
for seed in range(SEEDS):
    rng = np.random.default_rng(seed)
    unit = rng.standard_normal((DEPTH, WIDTH, WIDTH)) / WIDTH**0.5
    x, readout = rng.standard_normal((2, WIDTH))
    readout /= np.linalg.norm(readout)
    for name, (functions, sigma_w, *_) in CASES.items():
        results[name][seed] = measure_layers(*functions, sigma_w * unit, x, readout)

print(f"0.25**49 = {0.25**49:.1e}; one W: |W|₂ = {np.linalg.norm(unit[0], 2):.2f} σ_w")
layers = np.arange(1, DEPTH + 1)
_, axes = plt.subplots(2, 1, sharex=True, figsize=(5.6, 7), layout="constrained")
for k, title in enumerate(("norm of δ", "norm of ∂L/∂W", "sum of W * ∂L/∂W")):
    print(f"\n{title:16}  layer 1  layer 25  layer 50  at 1: min        max")
    for name, (*_, color, style, (layer, above)) in CASES.items():
        median, low, high = np.quantile(results[name][:, :, k], (0.5, 0, 1), axis=0)
        row = *median[[0, 24, 49]], low[0], high[0]
        print(f"{name:15}", *(f"{value:9.3g}" for value in row))
        if k < 2:
            axes[k].semilogy(layers, median, style, color=color)
            axes[k].fill_between(layers, low, high, color=color, alpha=0.2)
            label = name.replace("σ_w =", "scale")
            axes[k].text(layer, above * median[layer - 1], label, color=color)
            axes[k].set(ylabel=title, yticks=10.0 ** np.arange(-30, 11, 10))
axes[1].set(xlabel="layer ℓ (1 = next to the input)", xticks=(1, *range(10, 51, 10)))
label, arrow = "the gradient travels this way", {"arrowstyle": "->"}
for ax in axes:
    ax.annotate(label, (0.33, 0.06), (0.45, 0.04), "axes fraction", arrowprops=arrow)
plt.show()
