"""Only one weight variance keeps both signals level.

ReLU networks before training: width 128, 64 inputs; median and range of 5 seeds."""

import matplotlib.pyplot as plt
import numpy as np

WIDTH, DEPTH, SEEDS, INPUTS = 128, 50, 5, 64
HE = 2  # try 1.8, 2.2, 4


def backprop(weights, biases):
    """Activations, z and δ per layer, each (SEEDS, WIDTH, INPUTS); x first, δ last."""
    a, z, delta = [x], [], [readout]
    for W, b in zip(weights, biases, strict=True):
        z.append(W @ a[-1] + b)
        a.append(np.maximum(z[-1], 0))
    for W, before in zip(weights[:0:-1], z[-2::-1], strict=True):
        delta.append((before > 0) * (W.mT @ delta[-1]))
    return np.array(a), np.array(z), np.array(delta[::-1])


rng = np.random.default_rng(0)
normal = rng.standard_normal((DEPTH, SEEDS, WIDTH, WIDTH))
uniform, ones = rng.uniform(-1, 1, normal.shape), np.ones_like(normal)
bias = rng.uniform(-1, 1, (DEPTH, SEEDS, WIDTH, 1)) / WIDTH**0.5
x, readout = rng.standard_normal((2, SEEDS, WIDTH, INPUTS))
RUNGS = {  # weights, line, where its labels go
    "all 1/n": (ones / WIDTH, "C8:", (30, 2e-3), (2, 5e-4)),
    "N(0, 0.01²)": (normal * 0.01, "C7-", (2, 1e-20), (30, 1e-25)),
    "N(0, 1)": (normal, "C9-", (13, 1e8), (29, 1e8)),
    "PyTorch": (uniform / WIDTH**0.5, "C6--", (40, 2e-3), (14, 1e-16)),
    "Xavier": (normal * (2 / (WIDTH + WIDTH)) ** 0.5, "C2-.", (36, 1e-9), (6, 1e-9)),
    f"He, {HE}/n": (normal * (HE / WIDTH) ** 0.5, "C2-", (34, 100), (2, 100)),
}
_, panels = plt.subplots(2, sharex=True, figsize=(5.6, 7), layout="constrained")
print("weights       Var*n   z, its spread, δ per layer   δ, layer 1  all off")
for name, (weights, line, *places) in RUNGS.items():
    _, z, delta = backprop(weights, bias * (name == "PyTorch"))
    values = np.array([z, z - z.mean(axis=-1, keepdims=True), delta[::-1]])
    sizes = np.sqrt(np.mean(values**2, axis=(3, 4)))  # (3, DEPTH, SEEDS)
    factors = (sizes[:, 40] / sizes[:, 10]) ** (1 / 30)
    row = [WIDTH * weights.var(), *factors.mean(axis=1), factors[2].std(ddof=1)]
    row += np.median(sizes[2, -1]), 100 * np.mean((z[-1] <= 0).all(axis=-1))
    print(f"{name:12}", (4 * "{:8.3f}" + " ± {:.3f}{:9.1e}{:6.0f}%").format(*row))
    for ax, v, place in zip(panels, (sizes[0], sizes[2][::-1]), places, strict=True):
        low, median, high = np.quantile(v, (0, 0.5, 1), axis=1)
        ax.semilogy(range(1, DEPTH + 1), median, line)
        ax.fill_between(range(1, DEPTH + 1), low, high, color=line[:2], alpha=0.2)
        ax.set(ylim=(1e-28, 1e12), yticks=10.0 ** np.arange(-20, 11, 10))
        ax.text(*place, name, color=line[:2], va="center")
panels[0].set(ylabel="rms of z")
ax.set(ylabel="rms of δ", xlabel="layer ℓ (1 = next to the input)")
ax.text(2, 1e9, "← way of the gradient", va="center")
print(f"PyTorch, √⅙ a layer: δ in layer 1 of 4 {6**-1.5:.1g}, of 10 {6**-4.5:.1g}")
print(f"256 inputs: Xavier ±{1 / 16:.4f}, He ±{2**0.5 / 16:.4f}", end=", ")
print(f"PyTorch ±{3**-0.5 / 16:.4f} (standard deviations)")
W = ones / WIDTH
for _ in range(3):  # steps of gradient descent on the mean of readout · z
    a, _, delta = backprop(W, 0 * bias)
    W = W - 0.03 * delta @ a[:-1].mT / INPUTS
different = [len(np.unique(w[0].round(9), axis=0)) for w in W[[0, 24, 48, 49]]]
print("all 1/n after 3 steps: different neurons in layers 1, 25, 49, 50:", *different)
plt.show()
