"""Large learning rates kill ReLU neurons, within a few steps.

64 neurons, He weights, 100 points on two rings; mean and range of 8 runs: 3 s."""

import matplotlib.pyplot as plt
import numpy as np

RUNS, POINTS, WIDTH = 8, 100, 64  # each run has its own data and weights
STEPS = 100  # try 1, 3, 10
RATES = np.array([0.001, 0.01, 0.03, 0.1, 0.3, 1, 2, 3, 4, 5, 6, 8, 10, 30, 100])
ROWS = "dead %, mean", "dead %, least", "dead %, most", "accuracy %", "loss, median"


def make_rings(rng):
    """Standardized inputs (run, 1, point, 2), labels -1 or 1 (run, 1, point, 1)."""
    outer = rng.integers(0, 2, (RUNS, 1, POINTS, 1))
    angle = rng.uniform(0, 2 * np.pi, outer.shape)
    x = rng.normal(1 + outer, 0.2) * np.concatenate([np.cos(angle), np.sin(angle)], 3)
    return (x - x.mean(2, keepdims=True)) / x.std(2, keepdims=True), 2 * outer - 1


def train(optimizer, rng):
    """Share of inputs where a neuron is off (step, run, rate, neuron); last margins."""
    (x, y), one, rate = make_rings(rng), np.ones((1, POINTS)), RATES[:, None, None]
    W1 = rng.normal(0, np.sqrt(2 / 2), (RUNS, 1, 2, WIDTH)) + 0 * rate  # He: 2 / fan-in
    W2 = rng.normal(0, np.sqrt(2 / WIDTH), (RUNS, 1, WIDTH, 1)) + 0 * rate
    params = _, b1, _, b2 = W1, 0 * W1[:, :, :1], W2, 0 * W2[:, :, :1]
    moments, off = [np.zeros((2, *p.shape)) for p in params], []
    for t in range(1, STEPS + 2):
        z = x @ W1 + b1
        off.append((z <= 0).mean(axis=2))
        a = np.maximum(z, 0)
        margin = y * (a @ W2 + b2)
        delta2 = -y * np.exp(-np.logaddexp(0, margin)) / POINTS
        delta1 = delta2 @ W2.mT * (z > 0)
        gradients = x.mT @ delta1, one @ delta1, a.mT @ delta2, one @ delta2
        for p, g, (m, v) in zip(params, gradients, moments, strict=True):
            m += g - (1.0 if optimizer == "GD" else 0.1) * m
            v += 0.001 * (g**2 - v)
            root = (np.sqrt(v / (1 - 0.999**t)) + 1e-8) * (1 - 0.9**t) / 0.1
            p -= rate * (m / root if optimizer == "Adam" else m)
    return np.array(off), margin


fig, (top, bottom) = plt.subplots(2, 1, figsize=(5.6, 6), layout="constrained")
print(f"{'learning rate':23}", *(f"{rate:5g}" for rate in RATES))
for name, style in ("GD", "C6-o"), ("momentum", "C8--s"), ("Adam", "C9:^"):
    off, margin = train(name, np.random.default_rng(0))
    dead, right = 100 * (off == 1).mean(axis=3), 100 * (margin > 0).mean(axis=(2, 3))
    loss = np.median(np.logaddexp(0, -margin).mean(axis=(2, 3)), axis=0)
    table = dead[-1].mean(0), dead[-1].min(0), dead[-1].max(0), right.mean(0), loss
    for label, row in zip(ROWS, table, strict=True):
        print(f"{name:8} {label:14}", *(f"{v:5.{2 * (row is loss)}f}" for v in row))
    for axes, share, what in (top, dead[-1], "dead"), (bottom, right, "accuracy"):
        axes.semilogx(RATES, share.mean(0), style, label=name)
        axes.fill_between(RATES, share.min(0), share.max(0), color=style[:2], alpha=0.2)
        axes.set(xlabel="learning rate η", ylabel=f"{what} (%)", ylim=(-5, 105))
print(f"At the start: {dead[0].max():.0f} % dead; off on {100 * off[0].mean():.1f} %")
top.legend(loc="upper left")
plt.show()
