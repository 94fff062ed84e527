"""Clipped or not, training is slower the further the start is above the line.

How measured: the networks of `clipping.py` (tanh, width × depth, batches of 16, copy
the first input) without its bad batch, 20 seeds. The threshold is the 95% quantile of
the healthy norms, as there. "Growth of δ" is that of its norm from the last layer but
one to the first, before training. Then losses, means of 20 steps: the median of the
seeds, and the worst seed. Always answering 0 would have the loss 0.5."""

import numpy as np

SEEDS, BATCH = 20, 16
GRID = [("32 × 20", 0.05, s) for s in (1, 1.5, 2, 2.5, 3)]
GRID += [("64 × 10", 0.05, s) for s in (1, 2, 3, 4)]
GRID += [("32 × 20", 0.2, s) for s in (1, 2, 3)]
CASES = [dict(zip(("network", "rate", "weight scale"), it, strict=True)) for it in GRID]
ALLOWED = {"growth of δ": "×1.5", "clipped, 160 steps": "×1.5"}
ALLOWED |= {"clipped, 3000 steps": "×1.5", "not clipped, 3000 steps": "×1.5"}


def backpropagate(W, x, target):
    """Loss, gradient and growth of |δ| of all seeds: (SEEDS), shape of W, (SEEDS)."""
    outputs, gradient, norms, last = [x], np.empty_like(W), [], len(W[0]) - 1
    for layer in range(last):
        outputs.append(np.tanh(W[:, layer] @ outputs[-1]))
    error = W[:, last, :1] @ outputs[-1] - target  # one linear output neuron
    delta = np.zeros_like(x)
    delta[:, :1] = error / BATCH
    for layer in range(last, -1, -1):
        norms.append(np.linalg.norm(delta, axis=(1, 2)))
        gradient[:, layer] = delta @ outputs[layer].mT
        delta = (1 - outputs[layer] ** 2) * (W[:, layer].mT @ delta)
    return np.mean(error**2, axis=(1, 2)) / 2, gradient, norms[-1] / norms[1]


def train(width, depth, rate, scale, limit, steps):
    """Losses, inf once they are not finite, and norms: (steps, SEEDS); the growth."""
    rng, rows, first = (
        np.random.default_rng(0),
        np.full((2, steps, SEEDS), np.inf),
        None,
    )
    W = rng.standard_normal((SEEDS, depth, width, width), np.float32)
    W *= np.float32(scale / width**0.5)
    for step in range(steps):
        x = rng.standard_normal((SEEDS, width, BATCH), np.float32)
        loss, g, growth = backpropagate(W, x, x[:, :1])
        first = growth if step == 0 else first
        norm = np.linalg.norm(g.reshape(SEEDS, -1), axis=1)
        if not np.isfinite(norm).any():
            break
        rows[:, step] = np.nan_to_num((loss, norm), nan=np.inf)
        W -= (rate * np.minimum(1, limit / norm))[:, None, None, None] * g
    return *rows, first


def measure(network, rate, **case):
    """One start, trained with clipping and without."""
    width, depth = map(int, network.split(" × "))
    with np.errstate(all="ignore"):  # what is not clipped may overflow
        healthy = train(width, depth, 0.05, 1, np.inf, 80)[1][20:]
        limit, row = np.float32(np.quantile(healthy, 0.95)), {}
        start = width, depth, np.float32(rate), case["weight scale"]
        for name, bound in (("clipped", limit), ("not clipped", np.float32(np.inf))):
            loss, _, growth = train(*start, bound, 3000)
            row["growth of δ"] = float(f"{np.median(growth):.2g}")
            for end in (160, 1000, 3000):
                last = loss[end - 20 : end].mean(axis=0)
                row[f"{name}, {end} steps"] = float(f"{np.median(last):.2g}")
            row[f"{name}, worst"] = float(f"{last.max():.2g}")
    return row
