"""Not only ReLU: far from 0, other units too have slope 0 on every input.

An untrained layer of 128 units, 50 inputs of 20 numbers, 8 seeds: mean and range."""

import math

import matplotlib.pyplot as plt
import numpy as np

INPUTS, DIMENSIONS, UNITS, SEEDS = 50, 20, 128, 8
MEANS = np.array([0, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000])
PRECISION = "float32"  # try "float16", "float64"
SHOWN, one = [0, 1, 5, 9, 13], np.dtype(PRECISION).type(1)  # means to print; 1


def gelu_slope(z):
    """Φ(z) + z p(z), with the distribution function Φ from erf."""
    erf = np.reshape([math.erf(v) for v in (z / math.sqrt(2)).flat], z.shape)
    density = np.exp(-(np.minimum(np.abs(z), 100) ** 2) / 2) / math.sqrt(2 * math.pi)
    return (one + erf.astype(z.dtype)) / 2 + z * density


SLOPES = {  # slope, style, label: how far right of the line and at which height
    "tanh": (lambda z: one - np.tanh(z) ** 2, "C1-", (1.65, 61)),
    "hard tanh": (lambda z: (np.abs(z) < 1).astype(z.dtype), "C8:", (0.23, 58)),
    "ReLU": (lambda z: (z > 0).astype(z.dtype), "C2--", (0.25, 61)),
    "GELU": (gelu_slope, "C5-.", (1.9, 22)),
    "ELU": (lambda z: np.exp(np.minimum(z, 0)), "C4-", (1.9, 7)),
    "leaky ReLU": (lambda z: np.where(z > 0, one, one / 100), "C3--", (150, -7)),
}


def pre_activations(rng):
    """z for every mean of the inputs: shape (means, inputs, units)."""
    x = rng.normal(size=(INPUTS, DIMENSIONS)) + MEANS[:, None, None]
    W = rng.normal(0, 1 / np.sqrt(DIMENSIONS), (DIMENSIONS, UNITS))
    return x.astype(PRECISION), (x @ W).astype(PRECISION)


_, axes = plt.subplots(layout="constrained")
draws = [pre_activations(np.random.default_rng(seed)) for seed in range(SEEDS)]
print("silent, % (least to most)", *(f"mean {m:<6}" for m in MEANS[SHOWN]))
for name, (slope, style, (right, y)) in SLOPES.items():
    runs = [100 * np.all(slope(z) == 0, axis=1).mean(axis=1) for _, z in draws]
    mean, least, most = np.mean(runs, 0), np.min(runs, 0), np.max(runs, 0)
    axes.semilogx(MEANS[1:], mean[1:], style)
    axes.fill_between(MEANS[1:], least[1:], most[1:], color=style[:2], alpha=0.2)
    axes.text(right * np.interp(y, mean[1:], MEANS[1:]), y, name, color=style[:2])
    row = (f"{mean[i]:3.0f} ({least[i]:.0f}-{most[i]:.0f})" for i in SHOWN)
    print(f"{name:25}", *(f"{cell:11}" for cell in row))
axes.set(xlabel="mean of the inputs, in spreads", ylabel="silent (%)", ylim=(-13, 105))
x, a = draws[-1][0][9], np.tanh(draws[-1][1][9])  # tanh, last seed, mean 100
error = (a.mean(axis=1) - x[:, 0] + 100) / INPUTS  # target: the first coordinate
delta = error[:, None] * (one - a**2) / UNITS
silent = np.all(delta == 0, axis=0)
size, into = np.abs(a)[:, silent].min(), np.abs(x.T @ delta)[:, silent].max()
print(f"tanh at mean 100: {silent.sum()} of {UNITS} silent, |output| at least {size}")
out_of = np.abs(a.T @ error)[silent].min()
print(f"|gradient| of weights into them {into}, of those out of them over {out_of:.2f}")
plt.show()
