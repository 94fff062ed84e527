"""At rate 30 most remedies lose most of the units.

64 units on the task of dead_fraction.py, 100 steps, a dot for each of 8 runs: 1.5 s."""

import matplotlib.pyplot as plt
import numpy as np

SHAPE, WIDTH, STEPS, HE = (8, 100, 1), 64, 100, 2**0.5  # shape: runs, points
RATE = 30  # try 3, 100, 300
ACTIVATIONS = {  # φ, and φ′ from φ(z)
    "sigmoid": (lambda z: 0.5 + 0.5 * np.tanh(z / 2), lambda a: a * (1 - a)),
    "tanh": (np.tanh, lambda a: 1 - a**2),
    "ReLU": (lambda z: np.maximum(z, 0), lambda a: a > 0),
}
REMEDIES = {  # σ_w, mean over (-2: batch, -1: units), skip, branch, used with
    "Xavier": (1, None, 0, 1, "sigmoid, tanh, ReLU"),
    "He": (HE, None, 0, 1, "ReLU"),
    "orthogonal": (HE, None, 0, 1, "ReLU"),
    "batch norm": (HE, -2, 0, 1, "sigmoid, ReLU"),
    "layer norm": (HE, -1, 0, 1, "sigmoid, ReLU"),
    "skip": (HE, None, 1, 1, "ReLU"),
    "skip/√50": (HE, None, 1, 50**-0.5, "sigmoid, ReLU"),
}


def train(phi, slope, W, W_out, axis, skip, branch):
    """All-negative and silent units (run, unit), right answers (run, point): bool."""
    b, V = 0 * W[:, :1], np.append(W_out, 0 * W_out[:, :3], 1)
    for _ in range(STEPS + 1):
        n = x @ W
        scale = n.std(axis, keepdims=True) if axis else 1
        n = (n - n.mean(axis, keepdims=True)) / scale if axis else n
        z = n + b
        seen = np.concatenate([branch * phi(z), skip * x, np.ones_like(y)], 2)
        margin = y * (seen @ V)
        error = -y * np.exp(-np.logaddexp(0, margin)) / y.shape[1]
        delta = back = branch * slope(phi(z)) * (error @ V[:, :WIDTH].mT)
        if axis:  # through the normalization
            back = delta - delta.mean(axis, keepdims=True)
            back = (back - n * (n * back).mean(axis, keepdims=True)) / scale
        W, b = W - RATE * x.mT @ back, b - RATE * delta.sum(1, keepdims=True)
        V = V - RATE * seen.mT @ error
    return (z <= 0).all(1), (slope(phi(z)) == 0).all(1), margin[..., 0] > 0


rng, (_, ax) = np.random.default_rng(0), plt.subplots(figsize=(5.6, 5), layout="tight")
outer, angle = rng.integers(0, 2, SHAPE), rng.uniform(0, 2 * np.pi, SHAPE)
x = rng.normal(1 + outer, 0.2) * np.append(np.cos(angle), np.sin(angle), 2)
x, y = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True), 2 * outer - 1
unit, W_out = rng.normal(0, 2**-0.5, (8, 2, WIDTH)), rng.normal(0, 1 / 8, (8, WIDTH, 1))
orthogonal = np.linalg.qr(unit.mT).Q.mT * rng.choice([-1, 1], (8, 2, 1)) * 32**0.5
for remedy, (sigma_w, *how, used) in REMEDIES.items():
    W, V = sigma_w * (orthogonal if remedy == "orthogonal" else unit), sigma_w * W_out
    for name in used.split(", "):
        shares = [100 * v.mean(1) for v in train(*ACTIVATIONS[name], W, V, *how)]
        cells = (f"{v.mean():4.0f}% ({v.min():.0f} to {v.max():.0f})" for v in shares)
        print(f"{name}, {remedy}".ljust(20), *(f"{cell:18}" for cell in cells))
        ax.plot(shares[0], [f"{name}, {remedy}"] * 8, f"C{[*ACTIVATIONS].index(name)}o")
ax.set(xlabel="units with z ≤ 0 on every input (%)", ylim=(11.5, -0.5), xlim=(-5, 105))
plt.show()
