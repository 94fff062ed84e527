"""Standardized inputs matter at every depth, the skip from ten layers on.

Half moons, 32 points, three networks of width 16 a field, 80 steps of Adam. A layer
adds layer norm, bias, ReLU, weights, over the root of the depth, to its input. 3 s."""

import matplotlib.pyplot as plt
import numpy as np

DEPTHS, N, SEEDS, STEPS, RATE = (4, 10, 30, 50), 16, 3, 80, 0.01
LINES = {  # mean of inputs, gain, biases, norm, skip, steps of warm-up
    "the whole default": (0, 2, 0, 1, 1, 5),
    "raw inputs": (10, 2, 0, 1, 1, 5),
    "PyTorch's weights": (0, 1 / 3, 1, 1, 1, 5),  # its biases, too
    "no warm-up": (0, 2, 0, 1, 1, 1),
    "no norm": (0, 2, 0, 0, 1, 5),
    "no skip": (0, 2, 0, 1, 0, 5),
    "no norm, no skip": (0, 2, 0, 0, 0, 5),
    "no norm, skip, He weights": (0, 1 / 3, 1, 0, 0, 5),
}
SWITCHES = np.float32([*LINES.values()]).T[..., None, None, None]


def backprop(params, x, y, out, norm, skip):
    """Losses (line, seed); gradient, shaped like params: (layer, line, seed, …)."""
    z, tape, gradient, size = x, [], np.empty_like(params), len(params) ** (-skip / 2)
    for p in params:
        n = z - norm * z.mean(-2, keepdims=True)
        scale = 1 + norm * (np.sqrt((n * n).mean(-2, keepdims=True) + 1e-5) - 1)
        a = np.maximum((n := n / scale) + p[..., -1:], 0)
        tape.append((n, scale, a, p[..., :-1]))
        z = skip * z + size * (p[..., :-1].mT @ a)
    delta = out * (-y * np.exp(-np.logaddexp(0, margin := y * (out.mT @ z))) / 32)
    for g, (n, scale, a, W) in zip(gradient[::-1], tape[::-1], strict=True):
        back = size * (a > 0) * (W @ delta)
        g[:] = np.append(size * (a @ delta.mT), back.sum(-1, keepdims=True), -1)
        n = np.mean(back, -2, keepdims=True) + n * np.mean(n * back, -2, keepdims=True)
        delta = skip * delta + (back - norm * n) / scale
    return np.logaddexp(0, -margin).mean((-1, -2)), gradient


_, ax = plt.subplots(figsize=(5.6, 3.6), layout="tight")
for k, depth in enumerate(DEPTHS):
    mean, gain, biases, norm, skip, warm = SWITCHES
    rng, y = np.random.default_rng(0), np.float32(np.resize([-1, 1], 32))
    turn = rng.uniform(0, np.pi, (SEEDS, 1, 32))
    x = 1.5 * np.append(y * np.cos(turn) - y / 2, y * np.sin(turn) - y / 4, 1)
    into, out = np.split(rng.standard_normal((SEEDS, N, 3), "f"), [2], 2)
    params = rng.uniform(-1, 1, (depth, 1, SEEDS, N, N + 1)) * np.sqrt(3 * gain / N)
    params[..., -1:] *= biases
    params, m, v = np.float32([params, 0 * params, 0 * params])
    x, took = np.float32(into @ (x + mean)), np.full((len(LINES), SEEDS), np.inf)
    for t in range(1, STEPS + 1):
        loss, g = backprop(params, x, y, out / 4, norm, skip)
        took[loss < 0.1] = np.minimum(took, t)[loss < 0.1]
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        step = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        params -= RATE * np.minimum(1, t / warm) * step
    for name, steps in zip(LINES, took, strict=True):
        text = f"{np.median(steps):.0f}".replace("inf", "–")
        print(f"{depth:2} layers, {name:25} {text:>3}   {np.sort(steps)}")
        ax.barh(name, 0.9, 0.9, k - 0.45, color="C7", alpha=np.mean(steps < 99) / 2)
        ax.text(k, name, text, ha="center", va="center")
ax.set(xticks=range(4), xticklabels=DEPTHS, xlabel="layers", ylim=(7.6, -0.6))
plt.show()
