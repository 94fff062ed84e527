"""Where ReLU units die, units of its variants go all-negative too.

64 hidden units, 100 points, three learning rates; mean and range of 8 runs: 2 s."""

import matplotlib.pyplot as plt
import numpy as np

RUNS, POINTS, WIDTH = 8, 100, 64  # each run has its own data and weights
STEPS = 100  # try 1, 10


def gated(z, scale=1.0, cubic=0.0):
    """Value and slope of z σ(u), where u = scale (z + cubic z³)."""
    e = np.exp(-np.abs(u := scale * z * (1 + cubic * z * z)))
    gate, rise = np.where(u > 0, 1, e) / (1 + e), scale * (1 + 3 * cubic * z * z)
    return z * gate, gate + z * rise * e / (1 + e) ** 2


ACTIVATIONS = {  # value and slope; GELU in its tanh form
    "ReLU": (lambda z: (z * (z > 0), 1 * (z > 0)), "C2o"),
    "leaky 0.01": (lambda z: (z * (s := np.where(z > 0, 1, 0.01)), s), "C3s"),
    "leaky 0.2": (lambda z: (z * (s := np.where(z > 0, 1, 0.2)), s), "C8D"),
    "ELU": (lambda z: (np.where(z > 0, z, (e := np.exp(z * (z < 0))) - 1), e), "C4^"),
    "GELU": (lambda z: gated(z, (8 / np.pi) ** 0.5, 0.044715), "C5v"),
    "SiLU": (gated, "C6P"),
}


def train(phi, rate, rng, b1=0.0, b2=0.0):
    """Gradient descent: last z and slope (run, point, unit), margin (run, point, 1)."""
    outer = rng.integers(0, 2, (RUNS, POINTS, 1))
    turn = rng.uniform(0, 2 * np.pi, outer.shape) - [0, np.pi / 2]
    x = rng.normal(1 + outer, 0.2) * np.cos(turn)
    x, y = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True), 2 * outer - 1
    W1 = rng.normal(0, np.sqrt(2 / 2), (RUNS, 2, WIDTH))  # He: 2 / fan-in
    W2 = rng.normal(0, np.sqrt(2 / WIDTH), (RUNS, WIDTH, 1))
    for _ in range(STEPS):
        a, slope = phi(x @ W1 + b1)
        delta2 = -y * np.exp(-np.logaddexp(0, y * (a @ W2 + b2))) / POINTS
        delta1 = delta2 * W2.mT * slope
        W1, b1 = W1 - rate * x.mT @ delta1, b1 - rate * delta1.sum(1, keepdims=True)
        W2, b2 = W2 - rate * a.mT @ delta2, b2 - rate * delta2.sum(1, keepdims=True)
    a, slope = phi(z := x @ W1 + b1)
    return z, slope, y * (a @ W2 + b2)


fig, panels = plt.subplots(3, sharex=True, figsize=(5.6, 7.5), layout="constrained")
for panel, rate in zip(panels, (3, 10, 30), strict=True):
    print(f"rate {rate:<9} all-negative %   silent %   accuracy %   median loss")
    for row, (name, (phi, style)) in enumerate(ACTIVATIONS.items()):
        z, slope, margin = train(phi, rate, np.random.default_rng(0))
        off, silent = 100 * np.all([z <= 0, slope == 0], axis=2).mean(axis=2)
        loss = np.median(np.logaddexp(0, -margin).mean(axis=(1, 2)))
        print(f"{name:13}{off.mean():3.0f} ({off.min():2.0f}-{off.max():3.0f})", end="")
        print(f"{silent.mean():13.0f}{100 * (margin > 0).mean():13.0f}{loss:14.1g}")
        panel.plot(off, 0 * off - row, style[:2], off.mean(), -row, style, ms=8)
        panel.plot(silent.mean(), -row, "x", color="black", ms=8)
    panel.set(yticks=range(0, -6, -1), yticklabels=ACTIVATIONS, title=f"rate {rate}")
panel.set(xlabel="all-negative and silent (×) units (%)", xlim=(-5, 105))
plt.show()
