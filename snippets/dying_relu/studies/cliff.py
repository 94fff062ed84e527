"""How many neurons a rate of gradient descent kills depends on the data.

ReLU networks, He weights, zero biases, logistic loss (softmax for digits), all inputs
in each step, 200 steps; new data and weights for each of 20 seeds. Rings: 100 points,
moons: 200, one hidden layer. Digits: 200 images, two hidden layers; standardized, the
second is counted (digits-1: the first); as pixels from 0 to 1, the first. Cells:
percent of the neurons that are dead at the end and of the training points that are
right, means over the seeds; "overflow" if a number became infinite in half of them.
"""

from itertools import pairwise

import numpy as np

RATES = {
    "rings": (1, 2, 3, 3.5, 4, 5, 6, 8, 10, 12, 30),
    "moons": (1, 2, 3, 4, 5, 6, 8, 10, 12, 30),
    "digits": (0.5, 1, 1.5, 2, 2.5, 3),
    "digits-1": (1, 2, 3),
    "pixels": (0, 0.1, 0.3, 0.6, 1, 1.5, 2),
}
CASES = [{"data": data, "rate": r} for data, rates in RATES.items() for r in rates]
ALLOWED = {"dead %, width 64": "±15", "dead %, width 16": "±15"}


def load(data, rng):
    """Inputs (points, numbers), pixels not standardized; targets (points, classes)."""
    if data not in ("rings", "moons"):
        from study import digits

        images, label = digits()
        rows = rng.choice(1000, 200, replace=False)
        x, y = images[rows], np.eye(10)[label[rows]]
        if data == "pixels":
            return x / 4, y
    elif data == "rings":
        y = rng.integers(0, 2, (100, 1))
        angle = rng.uniform(0, 2 * np.pi, y.shape)
        x = rng.normal(1 + y, 0.2) * np.append(np.cos(angle), np.sin(angle), 1)
    else:
        y = rng.integers(0, 2, (200, 1))
        angle = rng.uniform(0, np.pi, y.shape) + np.pi * y
        x = np.append(np.cos(angle) + y, np.sin(angle) + y / 2, 1)
        x = x + rng.normal(0, 0.1, x.shape)
    x = x - x.mean(axis=0)
    return x / np.maximum(x.std(axis=0), 1e-9), y


def probabilities(out):
    """Softmax, or the logistic function for a single output."""
    if out.shape[-1] == 1:
        return (1 + np.tanh(out / 2)) / 2
    power = np.exp(out - out.max(axis=-1, keepdims=True))
    return power / power.sum(axis=-1, keepdims=True)


def train(data, rate, width, seeds=20, steps=200):
    """Percent dead in the counted layer, percent right, of each finite seed."""
    draws = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        x, y = load(data, rng)
        sizes, params = [x.shape[1], width, width, y.shape[1]], []
        del sizes[1 : 1 + (len(x.T) == 2)]
        for i, o in pairwise(sizes):
            params += [rng.normal(0, (2 / i) ** 0.5, (i, o)), np.zeros((1, o))]
        draws.append((x, y, *params))
    x, y, *params = (np.float32(np.stack(it)) for it in zip(*draws, strict=True))
    for t in range(1, steps + 2):
        signals, alive = [x], []
        for W, b in zip(params[::2], params[1::2], strict=True):
            z = signals[-1] @ W + b
            alive.append(z > 0)
            signals.append(np.maximum(z, 0))
        if (finite := np.isfinite(z).all(axis=(1, 2))).mean() < 0.5 or t > steps:
            break
        delta, gradients = (probabilities(z) - y) / x.shape[1], []
        back = zip(signals[-2::-1], params[-2::-2], [*alive[-2::-1], 0], strict=True)
        for a, W, on in back:
            gradients = [a.mT @ delta, delta.sum(1, keepdims=True), *gradients]
            delta = delta @ W.mT * on
        for p, g in zip(params, gradients, strict=True):
            p -= np.float32(rate) * g
    right = (z > 0) == y if y.shape[-1] == 1 else (z.argmax(-1) == y.argmax(-1))
    dead = 100 * (~alive[0 if data in ("digits-1", "pixels") else -2].any(axis=1)).mean(
        axis=1
    )
    return dead[finite], 100 * right.reshape(seeds, -1).mean(axis=1)[finite]


def measure(**row):
    """Dead neurons of wide and narrow networks."""
    cells = {}
    with np.errstate(all="ignore"):  # some rates overflow
        for width in (64, 16):
            dead, right = train(*row.values(), width)
            found = ["overflow"] * 3
            if len(dead) >= 10:
                spread = f"{dead.min():.0f} to {dead.max():.0f}"
                found = dead.mean().round(1), spread, right.mean().round(1)
            names = (f"{it}, width {width}" for it in ("dead %", "range", "right %"))
            cells |= dict(zip(names, found, strict=True))
    return cells
