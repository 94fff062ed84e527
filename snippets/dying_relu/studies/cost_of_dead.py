"""With fewer live neurons training takes longer, even where accuracy still comes out.

One hidden layer of 32 ReLU neurons of which some are dead and stay so: they change
nothing and are left out. Gradient descent on all inputs, logistic loss, He weights for
32, 40 seeds (digits: 20, odd against even, standardized). Steps to 99%: until 99% of
the training points are right, median and range, ">" where the run ends before.
"""

import numpy as np

TASKS = {"rings": (300, 1.0, 40), "digits": (600, 0.3, 20)}  # steps, rate, seeds
CASES = [
    {"data": data, "live of 32": live}
    for data in TASKS
    for live in (2, 4, 6, 8, 12, 16, 24, 32)
]
ALLOWED = {"steps to 99%": "×1.5", "loss at the end": "×1.5", "accuracy %": "±4"}


def load(data, rng):
    """Inputs (points, numbers), standardized, and labels 0 or 1 (points,)."""
    if data == "digits":
        from study import digits

        images, label = digits()
        x = images - images.mean(axis=0)
        return x / np.maximum(x.std(axis=0), 1e-9), label % 2
    label = np.arange(200) % 2
    angle, radius = rng.uniform(0, 2 * np.pi, 200), rng.normal(1 + label, 0.15)
    x = (radius * [np.cos(angle), np.sin(angle)]).T
    return x / x.std(axis=0), label


def measure(**row):
    """Train all seeds at once: arrays (seed, point, neuron)."""
    data, live = row.values()
    steps, rate, seeds = TASKS[data]
    draws = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        x, label = load(data, rng)
        W = rng.normal(0, (2 / x.shape[1]) ** 0.5, (x.shape[1], 32))
        draws.append(
            (x, label[:, None], W[:, :live], rng.normal(0, 0.25, (32, 1))[:live])
        )
    x, label, W, v = (np.float32(it) for it in map(np.stack, zip(*draws, strict=True)))
    b, first = np.zeros((seeds, 1, live), "f"), np.full(seeds, np.inf)
    for step in range(steps + 1):
        z = x @ W + b
        out = (a := np.maximum(z, 0)) @ v
        right = ((out > 0) == label).mean(axis=(1, 2))
        first[(right >= 0.99) & (first > step)] = step
        if step == steps:
            break
        error = ((1 + np.tanh(out / 2)) / 2 - label) / x.shape[1]
        delta = error * v.mT * (z > 0)
        v = v - rate * a.mT @ error
        W, b = W - rate * x.mT @ delta, b - rate * delta.sum(axis=1, keepdims=True)
    loss = np.logaddexp(0, np.where(label > 0, -out, out)).mean(axis=(1, 2))

    def count(value):
        return f">{steps}" if np.isinf(value) else f"{value:.0f}"

    middle = np.quantile(first, 0.5, method="lower")
    return {
        "steps to 99%": count(middle) if np.isinf(middle) else int(middle),
        "least to most": f"{count(first.min())} to {count(first.max())}",
        "loss at the end": float(f"{np.median(loss):.2g}"),
        "accuracy %": round(100 * right.mean(), 1),
        "least accuracy %": round(100 * right.min(), 1),
    }
