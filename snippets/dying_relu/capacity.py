"""A few live neurons are enough; below that, each dead one costs accuracy.

Two noisy rings, 200 points; one hidden layer, in which all but some neurons are dead
from the start; 300 steps, 10 seeds: mean and range. Takes about a second.
"""

import matplotlib.pyplot as plt
import numpy as np

POINTS, STEPS, RATE, SEEDS = 200, 300, 1.0, 10
WIDTH = 32  # try 64, 128
ALIVE = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32])


def make_rings(rng):
    """Two noisy rings: inputs (POINTS, 2), labels 0 or 1 (POINTS,)."""
    label = np.arange(POINTS) % 2
    angle, radius = rng.uniform(0, 2 * np.pi, POINTS), rng.normal(1 + label, 0.15)
    x = (radius * [np.cos(angle), np.sin(angle)]).T
    return x / x.std(axis=0), label


def train(x, label, W, b, v):
    """Gradient descent; accuracy in %, how often live neurons are off in %, dead."""
    for _ in range(STEPS):
        z = x @ W + b
        a = np.maximum(z, 0)
        error = ((1 + np.tanh(a @ v / 2)) / 2 - label) / POINTS
        delta = error[:, None] * v * (z > 0)
        v = v - RATE * a.T @ error
        W, b = W - RATE * x.T @ delta, b - RATE * delta.sum(axis=0)
    z = x @ W + b
    off, dead = z <= 0, (z <= 0).all(axis=0)
    right = (np.maximum(z, 0) @ v > 0) == label
    return 100 * right.mean(), 100 * off[:, ~dead].mean(), dead.sum()


print("alive at the start  accuracy %: mean least most  off %  dead at the end")
runs = np.empty((len(ALIVE), SEEDS, 3))
for row, alive in zip(runs, ALIVE, strict=True):
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        x, label = make_rings(rng)
        W, v = rng.normal(size=(2, WIDTH)), rng.normal(0, (2 / WIDTH) ** 0.5, WIDTH)
        b = np.where(np.arange(WIDTH) < alive, 0.0, -100.0)
        row[seed] = train(x, label, W, b, v)
    mean, least, most = (f(row[:, 0]) for f in (np.mean, np.min, np.max))
    print(f"{alive:10}{mean:25.0f} {least:5.0f} {most:4.0f}", end=" ")
    print(f"{row[:, 1].mean():6.0f} {row[:, 2].min():10.0f} to {row[:, 2].max():.0f}")

accuracy = runs[:, :, 0]
fig, axes = plt.subplots(layout="constrained")
axes.plot(ALIVE, accuracy.mean(axis=1), "C2o-")
axes.fill_between(
    ALIVE, accuracy.min(axis=1), accuracy.max(axis=1), color="C2", alpha=0.2
)
axes.set(xlabel=f"neurons of {WIDTH} that are not dead", ylabel="accuracy (%)")
plt.show()
