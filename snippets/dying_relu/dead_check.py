"""Batch by batch, living neurons count as dead; a running maximum is exact.

One layer of 256 neurons, 4096 inputs of 20 numbers, biases from LOWEST_BIAS to 0; 6
runs: mean and range.
"""

import matplotlib.pyplot as plt
import numpy as np

RUNS, POINTS, INPUTS, WIDTH = 6, 4096, 20, 256
LOWEST_BIAS = -8  # try -2, -4
SIZES = 4 ** np.arange(7)  # inputs in a batch: 1, 4, ... 4096


def count_dead(x, W, b, size):
    """Dead neurons over all inputs; keeps one number per neuron, shape (WIDTH,)."""
    largest = np.full(WIDTH, -np.inf)
    for batch in np.split(x, POINTS // size):
        largest = np.maximum(largest, (batch @ W + b).max(axis=0))
    return (largest <= 0).sum()


def count_off(on, size):
    """Neurons off for a whole batch, mean over the batches; on: (POINTS, WIDTH)."""
    return (~on.reshape(-1, size, WIDTH).any(axis=1)).sum(axis=1).mean()


streamed, per_batch, predicted = np.zeros((3, RUNS, len(SIZES)))
for run in range(RUNS):
    rng = np.random.default_rng(run)
    x = rng.normal(size=(POINTS, INPUTS))
    W = rng.normal(0, np.sqrt(2 / INPUTS), (INPUTS, WIDTH))  # He weights
    b = rng.uniform(LOWEST_BIAS, 0, WIDTH)  # from healthy neurons to dead ones
    on = x @ W + b > 0  # the full table that the running maximum does without
    for i, size in enumerate(SIZES):
        streamed[run, i] = count_dead(x, W, b, size) / WIDTH * 100
        per_batch[run, i] = count_off(on, size) / WIDTH * 100
        predicted[run, i] = np.mean((1 - on.mean(axis=0)) ** size) * 100
exact = per_batch[:, -1:]  # all inputs as one batch of the table
print(f"numbers kept: {WIDTH} for the running maximum, {on.size} for the full table")
print(f"largest difference of their counts: {np.abs(streamed - exact).max():.0f}")
print(f"really dead: {exact.mean():.0f}% ({exact.min():.0f}-{exact.max():.0f}%)")
print("inputs in a batch   off for the batch, mean (least-most)   predicted")
for size, share, guess in zip(SIZES, per_batch.T, predicted.T, strict=True):
    spread = f"({share.min():.0f}-{share.max():.0f}%)"
    print(f"{size:17} {share.mean():10.0f}% {spread:10} {guess.mean():26.0f}%")
_, axes = plt.subplots(layout="constrained")
axes.fill_between(SIZES, per_batch.min(0), per_batch.max(0), color="C6", alpha=0.2)
axes.semilogx(SIZES, per_batch.mean(0), "C6o-", label="off for a whole batch")
axes.semilogx(
    SIZES, predicted.mean(0), "--", color="black", label="the same, predicted"
)
axes.fill_between(SIZES, exact.min(), exact.max(), color="C9", alpha=0.2)
axes.semilogx(SIZES, streamed.mean(0), "C9s-", label="running maximum")
axes.legend(loc="upper right")
axes.set(xlabel="inputs in a batch", ylabel="neurons called dead (%)", ylim=(-4, 104))
plt.show()
