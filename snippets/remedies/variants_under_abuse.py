"""GELU and SiLU keep their units up to higher rates than ReLU.

64 hidden units, 100 points on two rings; mean of 8 runs. Takes 4 s."""

import matplotlib.pyplot as plt
import numpy as np

RUNS, POINTS, WIDTH, RATES = 8, 100, 64, (3, 4, 5, 6, 8, 10, 15, 30)
STEPS = 100  # try 10, 30
ROWS = "all-negative %", "least", "most", "silent %", "accuracy %", "loss, median"


def gated(z, scale=1.0, cubic=0.0):  # z σ(u), where u = scale (z + cubic z³)
    e = np.exp(-np.abs(u := scale * z * (1 + cubic * z * z)))
    gate, rise = np.where(u > 0, 1, e) / (1 + e), scale * (1 + 3 * cubic * z * z)
    return z * gate, gate + z * rise * e / (1 + e) ** 2


ACTIVATIONS = {  # value and slope; GELU in its tanh form
    "ReLU": (lambda z: (z * (z > 0), 1 * (z > 0)), "C2o-"),
    "leaky 0.01": (lambda z: (z * (s := np.where(z > 0, 1, 0.01)), s), "C3s:"),
    "leaky 0.2": (lambda z: (z * (s := np.where(z > 0, 1, 0.2)), s), "C8D-."),
    "ELU": (lambda z: (np.where(z > 0, z, (e := np.exp(z * (z < 0))) - 1), e), "C4^--"),
    "GELU": (lambda z: gated(z, (8 / np.pi) ** 0.5, 0.044715), "C5v-"),
    "SiLU": (gated, "C6P--"),
}


def train(phi, rate, rng, b1=0.0, b2=0.0):
    """Gradient descent: last z and slope (run, point, unit), margin (run, point, 1)."""
    outer = rng.integers(0, 2, (RUNS, POINTS, 1))
    turn = rng.uniform(0, 2 * np.pi, outer.shape) - [0, np.pi / 2]
    x = rng.normal(1 + outer, 0.2) * np.cos(turn)
    x, y = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True), 2 * outer - 1
    W1, W2 = rng.normal(0, 1, (RUNS, 2, WIDTH)), rng.normal(0, 1, (RUNS, WIDTH, 1))
    W2 = W2 * np.sqrt(2 / WIDTH)  # He: 2 / fan-in
    for _ in range(STEPS):
        a, slope = phi(x @ W1 + b1)
        delta2 = -y * np.exp(-np.logaddexp(0, y * (a @ W2 + b2))) / POINTS
        delta1 = delta2 * W2.mT * slope
        W1, b1 = W1 - rate * x.mT @ delta1, b1 - rate * delta1.sum(1, keepdims=True)
        W2, b2 = W2 - rate * a.mT @ delta2, b2 - rate * delta2.sum(1, keepdims=True)
    a, slope = phi(z := x @ W1 + b1)
    return z, slope, y * (a @ W2 + b2)


_, (top, low) = plt.subplots(2, sharex=True, figsize=(5.6, 7.5), layout="constrained")
print("rate".ljust(25), *(f"{rate:7}" for rate in RATES))
for name, (phi, style) in ACTIVATIONS.items():
    runs = [train(phi, rate, np.random.default_rng(0)) for rate in RATES]
    off = 100 * np.array([(z <= 0).all(1).mean(1) for z, _, _ in runs])  # (rate, run)
    silent = [100 * (slope == 0).all(1).mean() for _, slope, _ in runs]
    right = [100 * (margin > 0).mean() for _, _, margin in runs]
    loss = [np.median(np.logaddexp(0, -m).mean((1, 2))) for _, _, m in runs]
    table = off.mean(1), off.min(1), off.max(1), silent, right, loss
    for what, row in zip(ROWS, table, strict=True):
        print(f"{name:11}{what:14}", *(f"{value:7.3g}" for value in row))
    top.plot([*map(str, RATES)], off.mean(1), style, label=name)
    low.plot(right, style)
top.set(ylabel="all-negative units (%)", ylim=(-5, 105))
top.legend()
low.set(xlabel="learning rate", ylabel="right answers (%)", ylim=(40, 102))
plt.show()
