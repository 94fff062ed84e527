"""Four flat training curves have four different causes.

Two noisy rings, width 16, full-batch gradient descent, 5 runs each: about 1 s."""

import matplotlib.pyplot as plt
import numpy as np

RUNS, WIDTH, STEPS = 5, 16, 200
POINTS = 200  # try 10, 50
SIGMOID = (lambda z: 0.5 + 0.5 * np.tanh(z / 2), lambda a: a * (1 - a), 1)
RELU = (lambda z: np.maximum(z, 0), lambda a: a > 0, 2**0.5)  # φ, slope, σ_w
CASES = {  # φ, slope, σ_w, hidden layers, learning rate, labels match the inputs
    "well": (*RELU, 3, 0.3, True),
    "A": (*SIGMOID, 7, 0.3, True),
    "B": (*RELU, 2, 8, True),
    "C": (*RELU, 3, 0.3, False),
    "D": (*RELU, 3, 0.0001, True),
}


def make_rings(rng, matched):
    """Inputs (run, point, 2) and labels -1 or 1 (run, point, 1)."""
    outer = rng.integers(0, 2, (RUNS, POINTS, 1))
    angle = rng.uniform(0, 2 * np.pi, outer.shape)
    x = rng.normal(1 + outer, 0.2) * np.concatenate([np.cos(angle), np.sin(angle)], 2)
    return x, 2 * (outer if matched else rng.permuted(outer, axis=1)) - 1


def train(x, y, rng, phi, slope, sigma_w, hidden, rate):
    """Losses (step, run), and four diagnostics at the end, (run) each."""
    shapes, losses = [(2, WIDTH), *(hidden - 1) * [(WIDTH, WIDTH)], (WIDTH, 1)], []
    W = [rng.normal(0, sigma_w / m**0.5, (RUNS, m, n)) for m, n in shapes]
    b = [np.zeros((RUNS, 1, n)) for _, n in shapes]
    W[-1] *= 0.1  # small outputs: every run starts near the loss ln 2
    for _ in range(STEPS):
        a = [x]
        for w, c in zip(W, b, strict=True):
            a.append(phi(z := a[-1] @ w + c))
        losses.append(np.logaddexp(0, -y * z).mean((1, 2)))
        delta = last = -y * np.exp(-np.logaddexp(0, y * z)) / POINTS
        for k in reversed(range(len(W))):
            first, step = delta, rate * a[k].mT @ delta
            delta = slope(a[k]) * (delta @ W[k].mT)
            b[k], W[k] = b[k] - rate * first.sum(1, keepdims=True), W[k] - step
    size = [np.linalg.norm(v, axis=(1, 2)) for v in (first, last, step, W[0])]
    dead = np.max([np.all(v <= 0, axis=1).mean(1) for v in a[1:-1]], axis=0)
    return losses, (size[0] / size[1], size[2] / size[3], dead, z.std((1, 2)))


_, panels = plt.subplot_mosaic("AB;CD", layout="constrained")
print("       δ1/δlast   ΔW1/W1     dead   spread  last loss")
for name, (*settings, matched) in CASES.items():
    rng = np.random.default_rng(0)
    losses, rows = train(*make_rings(rng, matched), rng, *settings)
    print(f"{name:6}", *(f"{np.median(v):8.1g}" for v in (*rows, losses[-1])))
    for key in {name} & set(panels) or panels:
        panels[key].plot(losses, "C8--" if name == "well" else "C6-", alpha=0.5)
        panels[key].set(title=key, xlabel="step", ylabel="loss", ylim=(0, 1))
plt.show()
