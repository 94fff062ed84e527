"""Which lines of the default may go, over learning rates, depth and data.

The networks of default_recipe.py, 20 of each, 200 steps of Adam. Digits: 32 images of
the labs in their 16 main directions, even against odd. Raw: inputs of mean 10 (digits:
ink from 0 to 4, as it is). A cell: how many of 20 end with a loss below 0.1.
"""

import numpy as np

N, SEEDS, STEPS = 16, 20, 200
LINES = {  # raw inputs, gain, biases, norm, skip, steps of warm-up
    "default": (0, 2, 0, 1, 1, 5),
    "raw inputs": (1, 2, 0, 1, 1, 5),
    "PyTorch's weights": (0, 1 / 3, 1, 1, 1, 5),
    "no warm-up": (0, 2, 0, 1, 1, 1),
    "no norm": (0, 2, 0, 0, 1, 5),
    "no skip": (0, 2, 0, 1, 0, 5),
    "neither": (0, 2, 0, 0, 0, 5),
    "neither, PyTorch's weights": (0, 1 / 3, 1, 0, 0, 5),
}
SWITCHES = np.float32([*LINES.values()]).T[..., None, None, None]
CASES = [
    {"data": data, "layers": layers, "rate": rate}
    for data, depths in {"moons": (4, 10, 30), "digits": (10,)}.items()
    for layers in depths
    for rate in (0.001, 0.01, 0.1)
]
ALLOWED = dict.fromkeys(LINES, "±5")


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


def examples(data, rng):
    """Standardized inputs, raw inputs and labels: (seed, entry or 1, point)."""
    y = np.resize([-1, 1], (SEEDS, 1, 32))
    if data == "moons":
        turn = rng.uniform(0, np.pi, y.shape)
        x = 1.5 * np.append(y * np.cos(turn) - y / 2, y * np.sin(turn) - y / 4, 1)
        return x, x + 10, y
    from study import digits

    images, labels = digits()
    chosen = rng.permuted(np.tile(np.arange(1000), (SEEDS, 1)), axis=1)[:, :32]
    raw, y = images[chosen].mT, 2 * (labels[chosen] % 2)[:, None] - 1
    axes = np.linalg.svd(images - images.mean(0), full_matrices=False).Vh[:N]
    x = axes @ (raw - images.mean(0)[:, None])
    return x / x.std((1, 2), keepdims=True), axes @ raw, y


def measure(data, layers, rate):
    raw, gain, biases, norm, skip, warm = SWITCHES
    x, unscaled, y = examples(data, rng := np.random.default_rng(0))
    into = rng.standard_normal((SEEDS, N, x.shape[1])) * (2 / x.shape[1]) ** 0.5
    out = np.float32(rng.standard_normal((SEEDS, N, 1)) / 4)
    params = rng.uniform(-1, 1, (layers, 1, SEEDS, N, N + 1)) * np.sqrt(3 * gain / N)
    params[..., -1:] *= biases
    params, m, v = np.float32([params, 0 * params, 0 * params])
    x, y = np.float32(into @ np.where(raw, unscaled, x)), np.float32(y)
    with np.errstate(all="ignore"):  # some overflow
        for t in range(1, STEPS + 1):
            loss, g = backprop(params, x, y, out, norm, skip)
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            step = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
            params -= rate * np.minimum(1, t / warm) * step
    return dict(zip(LINES, (loss < 0.1).sum(1), strict=True))
