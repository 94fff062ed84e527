"""A few live neurons are enough to fit, but with more of them it takes fewer steps.

Two noisy rings, 200 points; all but some neurons of the hidden layer start dead. Mean
accuracy after 300 steps, median steps until 99% are right, range of 10 seeds; 2 s."""

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
    """Accuracy in %, steps to 99%, loss, how often live neurons are off in %, dead."""
    first = np.inf
    for step in range(STEPS + 1):
        z = x @ W + b
        out = (a := np.maximum(z, 0)) @ v
        right = 100 * ((out > 0) == label).mean()
        first = min(first, step if right >= 99 else np.inf)
        error = ((1 + np.tanh(out / 2)) / 2 - label) / POINTS
        delta = error[:, None] * v * (z > 0)
        v = v - RATE * a.T @ error
        W, b = W - RATE * x.T @ delta, b - RATE * delta.sum(axis=0)
    loss = np.logaddexp(0, np.where(label, -out, out)).mean()
    dead = (z <= 0).all(axis=0)
    return right, first, loss, 100 * (z <= 0)[:, ~dead].mean(), dead.sum()


print("alive   accuracy %: mean least most  steps to 99%    loss  off %  dead at end")
runs = np.empty((len(ALIVE), SEEDS, 5))
for row, alive in zip(runs, ALIVE, strict=True):
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        x, label = make_rings(rng)
        W, v = rng.normal(size=(2, WIDTH)), rng.normal(0, (2 / WIDTH) ** 0.5, WIDTH)
        b = np.where(np.arange(WIDTH) < alive, 0.0, -100.0)
        row[seed] = train(x, label, W, b, v)
    steps, loss, off = np.median(row[:, 1:4], axis=0)
    spread = [f(row[:, 0]) for f in (np.mean, np.min, np.max)]
    print(f"{alive:5}", "{:18.0f} {:5.0f} {:4.0f}".format(*spread), end=" ")
    print(f"{steps:13.0f} {loss:7.4f} {off:6.0f} {row[:, 4].max():12.0f}")
accuracy, steps = runs[:, :, 0], np.minimum(runs[:, :, 1], STEPS)
_, (top, bottom) = plt.subplots(2, 1, sharex=True, figsize=(5.6, 6), layout="tight")
for axes, shown, middle in (top, accuracy, np.mean), (bottom, steps, np.median):
    axes.plot(ALIVE, middle(shown, axis=1), "C2o-")
    axes.fill_between(ALIVE, shown.min(1), shown.max(1), color="C2", alpha=0.2)
bottom.text(ALIVE[-1], STEPS, f"not within {STEPS} steps", ha="right", va="center")
top.set(ylabel="accuracy (%)")
bottom.set(xlabel=f"neurons of {WIDTH} that are not dead", ylabel="steps to 99%")
plt.show()
