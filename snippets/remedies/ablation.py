"""At depth 50 a scaled skip trains from every start.

120 networks, width 16, 60 steps of Adam on all points, medians of 5 seeds: 5 s."""

import matplotlib.pyplot as plt
import numpy as np

DEPTH, WIDTH, POINTS, SEEDS, STEPS = 50, 16, 32, 5, 60
SKIP, BRANCH = np.float32([[0, 1], [1, DEPTH**-0.5]]).reshape(2, 2, 1, 1, 1)
NORM, RATE = np.float32([0, 1]).reshape(2, 1, 1, 1, 1), 0.0008 * 10**SKIP
COLUMNS = "plain", "skip", "norm", "norm, skip"
STARTS = {  # φ and φ′ at z; σ_w, small and critical
    "sigmoid": (lambda z: (a := 0.5 + 0.5 * np.tanh(z / 2), a * (1 - a)), 1, 10),
    "tanh": (lambda z: (a := np.tanh(z), 1 - a**2), 0.5, 1),
    "ReLU": (lambda z: (np.maximum(z, 0), z > 0), 1, 2**0.5),
}


def backprop(phi, params):
    """Margins (..., point, 1); gradient, shaped like params: W, with b as last row."""
    z, tape, gradient = x @ into, [], np.empty_like(params)
    for p in params:
        n = z - NORM * z.mean(-2, keepdims=True)
        scale = np.sqrt(1 - NORM * (0.99999 - (n**2).mean(-2, keepdims=True)))
        tape.append((n := n / scale, scale, *phi(n + p[..., -1:, :]), p))
        z = SKIP * z + BRANCH * (tape[-1][2] @ p[..., :-1, :])
    delta = -y * np.exp(-np.logaddexp(0, margin := y * (z @ out.mT))) / POINTS @ out
    for g, (n, scale, a, slope, p) in zip(gradient[::-1], tape[::-1], strict=True):
        g[..., :-1, :] = BRANCH * (a.mT @ delta)
        back = BRANCH * slope * (delta @ p[..., :-1, :].mT)
        g[..., -1, :] = back.sum(-2)
        mean = back.mean(-2, keepdims=True) + n * (n * back).mean(-2, keepdims=True)
        delta = SKIP * delta + (back - NORM * mean) / scale
    return margin, gradient


rng, (_, ax) = np.random.default_rng(0), plt.subplots(figsize=(5.6, 5), layout="tight")
y, angle = np.float32([[-1], [1]] * 16), rng.uniform(0, 7, (SEEDS, POINTS, 1))
x = np.float32((3 + y) / 2 * np.append(np.cos(angle), np.sin(angle), 2))
into, out = np.split(rng.standard_normal((SEEDS, 3, WIDTH), "f") / 2, [2], 1)
Q = np.linalg.qr(rng.standard_normal((DEPTH, 1, 1, 1, SEEDS, WIDTH, WIDTH))).Q
Q = Q * rng.choice([-1, 1], (DEPTH, 1, 1, 1, SEEDS, 1, WIDTH)) + 0 * BRANCH * NORM
for name, (phi, *scales) in STARTS.items():
    W = np.reshape(scales, (2, 1, 1, 1, 1, 1)) * Q
    params, m, v = np.float32(np.append(W, 0 * W[..., :1, :], -2)), 0, 0
    for t in range(1, STEPS + 2):
        margin, gradient = backprop(phi, params)
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2  # Adam
        params -= RATE * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    both = np.logaddexp(0, -margin).mean((-2, -1)), 100 * (margin > 0).mean((-2, -1))
    for s, col in np.ndindex(2, 4):
        row, (n, k) = f"{name}, {scales[s]:.2g}", divmod(col, 2)
        loss, hits = np.quantile(both, (0.5, 0, 1), -1)[..., s, n, k].T
        text = "loss {:.1f} ({:.1f} to {:.1f}),{:4.0f}% ({:.0f} to {:.0f})"
        print(f"{row:13}{COLUMNS[col]:12}{text.format(*loss, *hits)}")
        ax.barh(row, 0.9, 0.9, col - 0.45, color="C7", alpha=max(0, hits[0] - 50) / 125)
        ax.text(col, row, f"{hits[0]:.0f}%\n{loss[0]:.1f}", ha="center", va="center")
ax.grid(False)
ax.set(xticks=range(4), xticklabels=COLUMNS, ylim=(5.5, -0.5))
plt.show()
