"""Warm-up saves neurons at rates above the harmless ones, and costs some far above.

ReLU networks, He weights, zero biases, logistic loss (softmax for digits), all inputs
in each step, 200 steps in all; new data and weights for each of 20 seeds. Rings: 100
points, one hidden layer of 64. Digits: 200 standardized images, two hidden layers of
64, and the second is counted (the first loses none). The rate rises in equal steps.
Cells: percent of the neurons that are dead at the end, and of the training points that
are right, means over seeds; "overflow" if a number became infinite in half of them.
"""

from itertools import pairwise

import numpy as np

WARM_UPS = 0, 20, 100
RATES = {
    ("rings", "GD"): (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 30, 100),
    ("rings", "Adam"): (0.03, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 10, 30),
    ("digits", "GD"): (0.5, 1, 1.5, 2, 2.5, 3, 5),
    ("digits", "Adam"): (0.003, 0.01, 0.03, 0.06, 0.1, 0.2, 0.3, 1),
}
CASES = [
    {"data": data, "optimizer": name, "rate": rate}
    for (data, name), rates in RATES.items()
    for rate in rates
]
ALLOWED = {f"dead %, warm-up {n}": "±15" for n in WARM_UPS}


def load(data, rng):
    """Standardized inputs (points, numbers) and targets (points, classes)."""
    if data == "digits":
        from study import digits

        images, label = digits()
        rows = rng.choice(1000, 200, replace=False)
        x, y = images[rows], np.eye(10)[label[rows]]
    else:
        y = rng.integers(0, 2, (100, 1))
        angle = rng.uniform(0, 2 * np.pi, y.shape)
        x = rng.normal(1 + y, 0.2) * np.append(np.cos(angle), np.sin(angle), 1)
    x = x - x.mean(axis=0)
    return x / np.maximum(x.std(axis=0), 1e-9), y


def probabilities(out):
    """Softmax, or the logistic function for a single output."""
    if out.shape[-1] == 1:
        return (1 + np.tanh(out / 2)) / 2
    power = np.exp(out - out.max(axis=-1, keepdims=True))
    return power / power.sum(axis=-1, keepdims=True)


def train(data, optimizer, rate, warm_up, seeds=20, steps=200):
    """Percent dead in the last hidden layer, percent right, of each finite seed."""
    draws = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        x, y = load(data, rng)
        sizes, params = [x.shape[1], 64, 64, y.shape[1]], []
        del sizes[1 : 1 + (data == "rings")]
        for i, o in pairwise(sizes):
            params += [rng.normal(0, (2 / i) ** 0.5, (i, o)), np.zeros((1, o))]
        draws.append((x, y, *params))
    x, y, *params = (np.float32(np.stack(it)) for it in zip(*draws, strict=True))
    moments = [np.zeros((2, *p.shape), "f") for p in params]
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
        now = np.float32(rate * min(1, t / max(warm_up, 1)))
        for p, g, (m, v) in zip(params, gradients, moments, strict=True):
            m += 0.1 * (g - m)
            v += 0.001 * (g**2 - v)
            root = (np.sqrt(v / (1 - 0.999**t)) + 1e-8) * (1 - 0.9**t)
            p -= now * (m / root if optimizer == "Adam" else g)
    right = (z > 0) == y if y.shape[-1] == 1 else z.argmax(-1) == y.argmax(-1)
    dead = 100 * (1 - alive[-2].any(axis=1).mean(axis=1))
    return dead[finite], 100 * right.reshape(seeds, -1).mean(axis=1)[finite]


def measure(**row):
    """Dead neurons and accuracy by the length of the warm-up."""
    cells = {}
    with np.errstate(all="ignore"):  # some rates overflow
        runs = {n: train(*row.values(), n) for n in WARM_UPS}
    for k, what in enumerate(("dead", "right")):
        for n, run in runs.items():
            found = run[k].mean().round(1) if len(run[k]) >= 10 else "overflow"
            cells[f"{what} %, warm-up {n}"] = found
    return cells
