"""Not only ReLU: units whose slope is exactly 0 on every input."""

import math

import matplotlib.pyplot as plt
import numpy as np

INPUTS, DIMENSIONS, UNITS, SEEDS = 50, 20, 128, 8
MEANS = np.array([0, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000])
SHOWN, one = [0, 1, 5, 9, 13], np.float32(1)  # means to print; 1 in single precision


def gelu_slope(z):
    """Φ(z) + z p(z), with the distribution function Φ from erf in float32."""
    erf = np.reshape([math.erf(v) for v in (z / math.sqrt(2)).flat], z.shape)
    density = np.exp(-(np.minimum(np.abs(z), 100) ** 2) / 2) / np.float32(2.50662827)
    return (one + erf.astype(np.float32)) / 2 + z * density


SLOPES = {  # as frameworks compute them: name, slope, style, place of the label
    "tanh": (lambda z: one - np.tanh(z) ** 2, "C1-", (60, 68)),
    "hard tanh": (lambda z: (np.abs(z) < 1).astype(z.dtype), "C8:", (1.3, 58)),
    "ReLU": (lambda z: (z > 0).astype(z.dtype), "C2--", (250, 61)),
    "GELU": (gelu_slope, "C5-.", (36, 22)),
    "ELU": (lambda z: np.exp(np.minimum(z, 0)), "C4-", (330, 26)),
    "leaky ReLU": (lambda z: np.where(z > 0, one, one / 100), "C3--", (180, 4)),
}


def pre_activations(rng):
    """z for every mean of the inputs: float32, shape (means, inputs, units)."""
    x = rng.normal(size=(INPUTS, DIMENSIONS)) + MEANS[:, None, None]
    W = rng.normal(0, 1 / np.sqrt(DIMENSIONS), (DIMENSIONS, UNITS))
    return x.astype(np.float32), (x @ W).astype(np.float32)


fig, axes = plt.subplots(layout="constrained")
print("silent, % (least to most)", *(f"mean {m:<6}" for m in MEANS[SHOWN]))
for name, (slope, style, place) in SLOPES.items():
    runs = []
    for seed in range(SEEDS):
        x, z = pre_activations(np.random.default_rng(seed))
        runs.append(100 * np.mean(np.all(slope(z) == 0, axis=1), axis=1))
    mean, least, most = np.mean(runs, 0), np.min(runs, 0), np.max(runs, 0)
    axes.semilogx(MEANS[1:], mean[1:], style)
    axes.fill_between(MEANS[1:], least[1:], most[1:], color=style[:2], alpha=0.2)
    axes.text(*place, name, color=style[:2])
    row = (f"{mean[i]:3.0f} ({least[i]:.0f}-{most[i]:.0f})" for i in SHOWN)
    print(f"{name:25}", *(f"{cell:11}" for cell in row))
axes.set(xlabel="mean of the inputs (their spread is 1)", ylabel="silent units (%)")

x, a = x[9], np.tanh(z[9])  # the last seed, mean 100: tanh with a linear read-out
error = (a.mean(axis=1) - x[:, 0] + 100) / INPUTS  # target: the first coordinate
delta = error[:, None] * (one - a**2) / UNITS
silent = np.all(delta == 0, axis=0)
size, into = np.abs(a)[:, silent].min(), np.abs(x.T @ delta)[:, silent].max()
print(f"tanh at mean 100: {silent.sum()} of {UNITS} silent, |output| at least {size}")
out_of = np.abs(a.T @ error)[silent].min()
print(f"|gradient| of weights into them {into}, of those out of them over {out_of:.2f}")
plt.show()
