"""At a high rate a learned shift kills neurons behind batch norm too.

64 units, 100 points, 100 steps at learning rate RATE, a dot for each of 8 runs: 1 s."""

import matplotlib.pyplot as plt
import numpy as np

RUNS, POINTS, WIDTH, STEPS, EPSILON, FOLLOW = 8, 100, 64, 100, 1e-5, 0.01
RATE = 30  # try 3, 100
VARIANTS = {  # mean over axis 1 (batch) or 2 (units); are γ and β learned?
    "no norm": (None, 0, 0),
    "batch norm": (1, 1, 1),
    "batch norm, β only": (1, 0, 1),
    "batch norm, no γ, β": (1, 0, 0),
    "layer norm, β only": (2, 0, 1),
    "layer norm, no γ, β": (2, 0, 0),
}


def make_rings(rng):  # inputs (run, point, 2), labels -1 or 1 (run, point, 1)
    outer = rng.integers(0, 2, (RUNS, POINTS, 1))
    angle = rng.uniform(0, 2 * np.pi, outer.shape)
    x = rng.normal(1 + outer, 0.2) * np.concatenate([np.cos(angle), np.sin(angle)], 2)
    return (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True), 2 * outer - 1


def train(axis, learn_gamma, learn_beta, rng):
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
        params = [p - RATE * step for p, step in zip(params, steps, strict=True)]
    mu, var = kept if axis == 1 else (mu, var)
    late = np.maximum(gamma * (z - mu) / np.sqrt(var + EPSILON) + beta, 0) @ W2 + b2
    return [100 * v.mean(1) for v in ((a == 0).all(1), margin > 0, y * late > 0)], b1


print("mean (least, most)   never on %      right %         in evaluation")
for name, variant in VARIANTS.items():
    percent, _ = train(*variant, np.random.default_rng(0))
    cells = [f"{p.mean():.0f} ({p.min():.0f}, {p.max():.0f})" for p in percent]
    print(f"{name:20}", *(f"{cell:15}" for cell in cells))
    plt.plot(percent[0], [name] * RUNS, "C2o", alpha=0.5)
plt.gca().set(xlabel="units never on (%)", xlim=(-5, 105), ylim=(5.5, -0.5))
plt.show()
