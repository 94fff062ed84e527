"""A fix that saves units at one rate may lose them at another.

64 units, 100 points, 100 steps; mean (□ at LOW, ○ at HIGH) and range of 8 runs: 3 s."""

import matplotlib.pyplot as plt
import numpy as np

SHAPE, WIDTH, STEPS, HE = (8, 100, 1), 64, 100, 2**0.5  # shape: runs, points
LOW = 6  # try 3
HIGH = 30  # try 100, 300
ACTIVATIONS = {  # φ, and φ′ from φ(z)
    "sigmoid": (lambda z: 0.5 + 0.5 * np.tanh(z / 2), lambda a: a * (1 - a)),
    "tanh": (np.tanh, lambda a: 1 - a**2),
    "ReLU": (lambda z: np.maximum(z, 0), lambda a: a > 0),
}
REMEDIES = {  # σ_w, mean over (-2: batch, -1: units), skip, branch, used with
    "Xavier": (1, None, 0, 1, "sigmoid, tanh, ReLU"),
    "He": (HE, None, 0, 1, "ReLU"),
    "batch norm": (HE, -2, 0, 1, "sigmoid, ReLU"),
    "layer norm": (HE, -1, 0, 1, "sigmoid, ReLU"),
    "skip": (HE, None, 1, 1, "ReLU"),
    "skip/√50": (HE, None, 1, 50**-0.5, "sigmoid, ReLU"),
}


def train(rate, phi, slope, sigma_w, axis, skip, branch):
    """All-negative and silent units (run, unit), right answers (run, point): bool."""
    b, W, V = 0, sigma_w * unit, np.append(sigma_w * W_out, 0 * W_out[:, :3], 1)
    for _ in range(STEPS + 1):
        n = x @ W
        scale = n.std(axis, keepdims=True) if axis else 1
        z = (n := (n - n.mean(axis, keepdims=True)) / scale if axis else n) + b
        seen = np.concatenate([branch * phi(z), skip * x, np.ones_like(y)], 2)
        error = -y * np.exp(-np.logaddexp(0, margin := y * (seen @ V))) / y.shape[1]
        delta = back = branch * slope(phi(z)) * (error @ V[:, :WIDTH].mT)
        if axis:  # through the normalization
            back = delta - delta.mean(axis, keepdims=True)
            back = (back - n * (n * back).mean(axis, keepdims=True)) / scale
        W, b = W - rate * x.mT @ back, b - rate * delta.sum(1, keepdims=True)
        V = V - rate * seen.mT @ error
    return (z <= 0).all(1), (slope(phi(z)) == 0).all(1), margin[..., 0] > 0


rng, (_, ax) = np.random.default_rng(0), plt.subplots(figsize=(5.6, 5), layout="tight")
outer, angle = rng.integers(0, 2, SHAPE), rng.uniform(0, 2 * np.pi, SHAPE)
x = rng.normal(1 + outer, 0.2) * np.append(np.cos(angle), np.sin(angle), 2)
x, y = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True), 2 * outer - 1
unit, W_out = rng.normal(0, 2**-0.5, (8, 2, WIDTH)), rng.normal(0, 1 / 8, (8, WIDTH, 1))
labels = [f"{name}, {k}" for k, v in REMEDIES.items() for name in v[-1].split(", ")]
for at, (name, remedy) in enumerate(label.split(", ") for label in labels):
    for rate, row, marker in (LOW, at - 0.2, "s"), (HIGH, at + 0.2, "o"):
        result = train(rate, *ACTIVATIONS[name], *REMEDIES[remedy][:-1])
        off, *_ = shares = [100 * v.mean(1) for v in result]
        cells = (f"{v.mean():4.0f}% ({v.min():.0f}-{v.max():.0f})" for v in shares)
        print(f"{labels[at]:20}{rate:4}", *(f"{cell:14}" for cell in cells))
        color = f"C{[*ACTIVATIONS].index(name)}"
        ax.plot(off, 0 * off + row, color, off.mean(), row, color + marker)
ax.set(xlabel="units with z ≤ 0 on every input (%)", ylim=(10.5, -0.5), xlim=(-5, 105))
ax.set_yticks(range(11), labels)
plt.show()
