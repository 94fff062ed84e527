"""With a learned shift units die behind either norm; without one hardly any does.

64 ReLU units, 100 points on two rings, 100 steps; mean of 6 runs. Takes 4 s."""

import matplotlib.pyplot as plt
import numpy as np

RUNS, POINTS, WIDTH, STEPS, RATES = 6, 100, 64, 100, (2, 3, 4, 5, 6, 8, 10, 30)
EPSILON, FOLLOW = 1e-5, 0.01  # FOLLOW: weight of the new batch in running averages
VARIANTS = {  # mean over axis 1 (batch) or 2 (units); are γ and β learned?
    "no norm": (None, 0, 0, "C2o-"),
    "batch norm": (1, 1, 1, "C9s--"),
    "batch norm, β only": (1, 0, 1, "C9^:"),
    "batch norm, no γ, β": (1, 0, 0, "C9v-."),
    "layer norm": (2, 1, 1, "C8D--"),
    "layer norm, no γ, β": (2, 0, 0, "C8P-."),
}


def make_rings(rng):  # inputs (run, point, 2), labels -1 or 1 (run, point, 1)
    outer = rng.integers(0, 2, (RUNS, POINTS, 1))
    angle = rng.uniform(0, 2 * np.pi, outer.shape)
    x = rng.normal(1 + outer, 0.2) * np.concatenate([np.cos(angle), np.sin(angle)], 2)
    return (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True), 2 * outer - 1


def train(axis, learn_gamma, learn_beta, rate, rng):
    """Percent: units never on, labels right, right with running averages; last b1."""
    (x, y), one, kept = make_rings(rng), np.ones((1, POINTS)), (0, 1)
    W1 = rng.normal(0, np.sqrt(2 / 2), (RUNS, 2, WIDTH))  # He: 2 / fan-in
    params = W1, 0, 1, 0, rng.normal(0, np.sqrt(2 / WIDTH), (RUNS, WIDTH, 1)), 0
    for _ in range(STEPS + 1):
        W1, b1, gamma, beta, W2, b2 = params
        z = x @ W1 + b1
        mu, var = [f(axis, keepdims=True) for f in (z.mean, z.var)] if axis else (0, 1)
        kept = [k + FOLLOW * (v - k) for k, v in zip(kept, (mu, var), strict=True)]
        n = (z - mu) / np.sqrt(var + EPSILON)
        a = np.maximum(gamma * n + beta, 0)
        margin = y * (a @ W2 + b2)
        delta2 = -y * np.exp(-np.logaddexp(0, margin)) / POINTS
        delta = delta2 @ W2.mT * (a > 0)
        d = gamma * delta / np.sqrt(var + EPSILON)
        if axis:
            d = d - d.mean(axis, keepdims=True) - n * (d * n).mean(axis, keepdims=True)
        learned = learn_gamma * (one @ (delta * n)), learn_beta * (one @ delta)
        steps = x.mT @ d, one @ d, *learned, a.mT @ delta2, one @ delta2
        params = [p - rate * step for p, step in zip(params, steps, strict=True)]
    mu, var = kept if axis == 1 else (mu, var)
    late = np.maximum(gamma * (z - mu) / np.sqrt(var + EPSILON) + beta, 0) @ W2 + b2
    never = (a == 0).all(1, keepdims=True)
    return [100 * v.mean((1, 2)) for v in (never, margin > 0, y * late > 0)], b1


print(f"{'rate':35}", *(f"{rate:5}" for rate in RATES))
for name, (*variant, style) in VARIANTS.items():
    runs = [train(*variant, rate, np.random.default_rng(0))[0] for rate in RATES]
    table = np.mean(runs, axis=2).T  # (kind of percent, rate)
    for what, row in zip(("never on", "right", "in evaluation"), table, strict=True):
        print(f"{name:20}{what + ' %':15}", *(f"{value:5.0f}" for value in row))
    plt.plot([*map(str, RATES)], table[0], style, label=name)
plt.gca().set(xlabel="learning rate", ylabel="units never on (%)", ylim=(-5, 105))
plt.gcf().legend(loc="outside upper left", ncols=2)
plt.show()
