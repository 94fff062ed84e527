"""Clipped or not, training is slower the further the start is above the line.

How measured: the networks of `clipping.py` (tanh, width × depth, batches of 16, copy
the first input) without its bad batch, or digits to one-hot targets; 20 seeds. The
threshold is the 95% quantile of the healthy norms, as there. "Growth of δ" is that of
its norm from the last layer but one to the first, before training. Then losses, means
of 20 steps: the median of the seeds, and the worst seed. Always giving the mean answer
has the loss 0.5, for digits 0.45."""

import numpy as np

SEEDS, BATCH = 20, 16
GRID = [("32 × 20", 0.05, s) for s in (1, 1.5, 2, 2.5, 3)]
GRID += [("64 × 10", 0.05, s) for s in (1, 2, 3, 4)]
GRID += [("32 × 20", 0.2, s) for s in (1, 2, 3)]
GRID += [("64 × 10, digits", 0.05, s) for s in (1, 2, 4)]
CASES = [dict(zip(("network", "rate", "weight scale"), it, strict=True)) for it in GRID]
ALLOWED = {"growth of δ": "×1.5", "clipped, 160 steps": "×1.5"}
ALLOWED |= {"clipped, 3000 steps": "×1.5", "not clipped, 3000 steps": "×1.5"}


def backpropagate(W, x, target):
    """Loss, gradient and growth of |δ| of all seeds: (SEEDS), shape of W, (SEEDS)."""
    outputs, gradient, norms, last = [x], np.empty_like(W), [], len(W[0]) - 1
    for layer in range(last):
        outputs.append(np.tanh(W[:, layer] @ outputs[-1]))
    targets = target.shape[1]  # so many linear output neurons
    error = W[:, last, :targets] @ outputs[-1] - target
    delta = np.zeros_like(x)
    delta[:, :targets] = error / BATCH
    for layer in range(last, -1, -1):
        norms.append(np.linalg.norm(delta, axis=(1, 2)))
        gradient[:, layer] = delta @ outputs[layer].mT
        delta = (1 - outputs[layer] ** 2) * (W[:, layer].mT @ delta)
    loss = np.sum(error**2, axis=(1, 2)) / (2 * BATCH)
    return loss, gradient, norms[-1] / norms[1]


def copying(width):
    """Batches of inputs (SEEDS, width, BATCH) whose first row is the target."""

    def draw(rng):
        x = rng.standard_normal((SEEDS, width, BATCH), np.float32)
        return x, x[:, :1]

    return draw


def reading(_):
    """Batches of standardized images of digits (SEEDS, 64, BATCH), targets one-hot."""
    from study import digits

    images, labels = digits()
    images = np.float32((images - images.mean()) / images.std())

    def draw(rng):
        chosen = rng.integers(len(images), size=(SEEDS, BATCH))
        one_hot = np.eye(10, dtype=np.float32)[labels[chosen]]
        return np.swapaxes(images[chosen], 1, 2), np.swapaxes(one_hot, 1, 2)

    return draw


def train(draw, width, depth, rate, scale, limit, steps):
    """Losses, inf once they are not finite, and norms: (steps, SEEDS); the growth."""
    rng, rows, first = (
        np.random.default_rng(0),
        np.full((2, steps, SEEDS), np.inf),
        None,
    )
    W = rng.standard_normal((SEEDS, depth, width, width), np.float32)
    W *= np.float32(scale / width**0.5)
    for step in range(steps):
        loss, g, growth = backpropagate(W, *draw(rng))
        first = growth if step == 0 else first
        norm = np.linalg.norm(g.reshape(SEEDS, -1), axis=1)
        if not np.isfinite(norm).any():
            break
        rows[:, step] = np.nan_to_num((loss, norm), nan=np.inf)
        W -= (rate * np.minimum(1, limit / norm))[:, None, None, None] * g
    return *rows, first


def measure(network, rate, **case):
    """One start, trained with clipping and without."""
    size, _, task = network.partition(", ")
    width, depth = map(int, size.split(" × "))
    draw = reading(width) if task else copying(width)
    with np.errstate(all="ignore"):  # what is not clipped may overflow
        healthy = train(draw, width, depth, 0.05, 1, np.inf, 80)[1][20:]
        limit, row = np.float32(np.quantile(healthy, 0.95)), {}
        start = draw, width, depth, np.float32(rate), case["weight scale"]
        for name, bound in (("clipped", limit), ("not clipped", np.float32(np.inf))):
            loss, _, growth = train(*start, bound, 3000)
            row["growth of δ"] = float(f"{np.median(growth):.2g}")
            for end in (160, 1000, 3000):
                last = loss[end - 20 : end].mean(axis=0)
                row[f"{name}, {end} steps"] = float(f"{np.median(last):.2g}")
            row[f"{name}, worst"] = float(f"{last.max():.2g}")
    return row
