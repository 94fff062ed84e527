"""At depth 50 a scaled skip bears ten times the learning rate of a plain network.

Width 16, 32 points, 120 steps of Adam at most; 3 networks a field: 5 s."""

import matplotlib.pyplot as plt
import numpy as np

DEPTH, WIDTH, SEEDS, STEPS, RATES = 50, 16, 3, 120, (0.001, 0.03)
NETWORKS = "plain", "skip", "norm", "both"
STARTS = {  # φ and φ′ at z; σ_w
    "sigmoid": (lambda z: (a := 0.5 + 0.5 * np.tanh(z / 2), a * (1 - a)), 10),
    "tanh": (lambda z: (a := np.tanh(z), 1 - a**2), 1),
    "ReLU": (lambda z: (np.maximum(z, 0), z > 0), 2**0.5),
}


def backprop(phi, skip, norm, params):
    """Margins (network, 1, point); gradient, shaped like params: W, then b."""
    z, tape, gradient, branch = x, [], np.empty_like(params), DEPTH ** (-skip / 2)
    for p in params:
        n = z - norm * z.mean(-1, keepdims=True)
        scale = ((n**2).mean(-1, keepdims=True) + 1e-5) ** 0.5 if norm else 1
        tape.append((n := n / scale, scale, *phi(n + p[..., -1:]), p[..., :-1]))
        z = skip * z + branch * (p[..., :-1].mT @ tape[-1][2])
    delta = out * (-y * np.exp(-np.logaddexp(0, margin := y * (out.mT @ z))) / y.size)
    for g, (n, scale, a, slope, W) in zip(gradient[::-1], tape[::-1], strict=True):
        back = branch * slope * (W @ delta)
        g[:] = np.append(branch * (a @ delta.mT), back.sum(-1, keepdims=True), 2)
        if norm:
            back -= back.mean(-1, keepdims=True) + n * (n * back).mean(
                -1, keepdims=True
            )
        delta = skip * delta + back / scale
    return margin, gradient


rng, (_, ax) = np.random.default_rng(0), plt.subplots(figsize=(5.6, 3), layout="tight")
y, angle = np.float32(np.resize([-1, 1], 32)), rng.uniform(0, 7, (2 * SEEDS, 1, 32))
into, out = np.split(rng.standard_normal((2 * SEEDS, WIDTH, 3), "f") / 2, [2], 2)
x = np.float32(into @ ((3 + y) / 2 * np.append(np.cos(angle), np.sin(angle), 1)))
U, _, V = np.linalg.svd(rng.standard_normal((DEPTH, 2 * SEEDS, WIDTH, WIDTH)))
Q = np.pad(U @ V, [(0, 0), (0, 0), (0, 0), (0, 1)])  # orthogonal, then zeros
for name, (phi, sigma_w) in STARTS.items():
    for k, network in enumerate(NETWORKS):
        params, m, v = np.float32([sigma_w * Q, 0 * Q, 0 * Q])
        took, t = np.full(2 * SEEDS, np.inf), 0
        while t <= STEPS < took.max():
            margin, g = backprop(phi, k % 2, k // 2, params)
            fit = np.logaddexp(0, -margin).mean((1, 2)) < 0.1
            took, t = np.minimum(took, np.where(fit, t, np.inf)), t + 1
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2  # Adam
            step = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
            params -= np.float32(RATES).repeat(SEEDS)[:, None, None] * step
        for i, n in enumerate(took.reshape(2, SEEDS), 2 * k):
            text = f"{np.median(n):.0f}".replace("inf", "–")
            print(f"{name:8}{network:6}{RATES[i % 2]:6}{text:>4}   {np.sort(n)}")
            ax.barh(name, 0.9, 0.9, i - 0.45, color="C7", alpha=np.mean(n < 999) / 2)
            ax.text(i, name, text, ha="center", va="center")
ax.set(xticks=range(8), xticklabels=[f"{r}\n{n}" for n in NETWORKS for r in RATES])
plt.show()
