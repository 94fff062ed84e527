"""Warm-up saves neurons at rates just above the cliff; far above it, it costs some.

Gradient descent, two noisy rings of 100 points, 64 neurons, 200 steps; the rate rises
in equal steps to its full size. Mean and range of 8 runs. Takes 2 seconds.
"""

import matplotlib.pyplot as plt
import numpy as np

RUNS, POINTS, WIDTH, STEPS = 8, 100, 64, 200
WARM_UPS = 0, 20, 100
RATES = np.array([2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 60], "f")


def make_rings(rng):
    """Standardized inputs (run, 1, point, 2), labels 0 or 1 (run, 1, point, 1)."""
    outer = rng.integers(0, 2, (RUNS, 1, POINTS, 1))
    angle = rng.uniform(0, 2 * np.pi, outer.shape)
    x = rng.normal(1 + outer, 0.2) * np.concatenate([np.cos(angle), np.sin(angle)], 3)
    return np.float32((x - x.mean(2, keepdims=True)) / x.std(2, keepdims=True)), outer


def train(warm_up, rng):
    """Percent of dead neurons, and of points that are right: (run, rate) each."""
    x, y = make_rings(rng)
    full = RATES[:, None, None]
    W = np.float32(rng.normal(0, 1, (RUNS, 1, 2, WIDTH))) + 0 * full  # He weights
    V = np.float32(rng.normal(0, (2 / WIDTH) ** 0.5, (RUNS, 1, WIDTH, 1))) + 0 * full
    b, c = 0 * W[:, :, :1], 0 * V[:, :, :1]
    for t in range(1, STEPS + 1):
        z = x @ W + b
        a = np.maximum(z, 0)
        error = np.float32((1 + np.tanh((a @ V + c) / 2)) / 2 - y) / POINTS
        delta = error @ V.mT * (z > 0)
        rate = full * min(1, t / max(warm_up, 1))
        V, c = V - rate * (a.mT @ error), c - rate * error.sum(2, keepdims=True)
        W, b = W - rate * (x.mT @ delta), b - rate * delta.sum(2, keepdims=True)
    z = x @ W + b
    right = (np.maximum(z, 0) @ V + c > 0) == y
    return 100 * (z <= 0).all(axis=2).mean(axis=2), 100 * right.mean(axis=(2, 3))


_, axes = plt.subplots(layout="constrained")
print(f"{'learning rate':22}", *(f"{rate:4.0f}" for rate in RATES))
for warm_up, style in zip(WARM_UPS, ("C6-o", "C8--s", "C9:^"), strict=True):
    dead, right = train(warm_up, np.random.default_rng(0))
    axes.semilogx(RATES, dead.mean(axis=0), style, label=f"{warm_up} steps")
    axes.fill_between(RATES, dead.min(0), dead.max(0), color=style[:2], alpha=0.2)
    for what, shares in ("dead %", dead), ("right %", right):
        row = (f"{mean:4.0f}" for mean in shares.mean(axis=0))
        print(f"warm-up {warm_up:3}, {what:9}", *row)
axes.set(xlabel="learning rate after the warm-up", ylabel="dead (%)")
axes.set_xticks(RATES[[0, 1, 3, 6, 8, 9, 10]], ["2", "3", "5", "10", "20", "30", "60"])
axes.minorticks_off()
axes.legend(title="warm-up")
plt.show()
