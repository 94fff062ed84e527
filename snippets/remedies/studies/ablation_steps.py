"""How long networks of 25 and 50 layers take to fit, and at which learning rate.

The networks of ablation.py: 32 points on two circles or 96 digits (even or odd), width
16, full batch, Adam, 20 seeds. A cell counts the networks that have fitted at some step
so far: each label right, loss below 0.1. Each column has the best of its five rates.
"""

import numpy as np

WIDTH, SEEDS, STEPS = 16, 20, (60, 300, 1000, 3000)
RATES = 0.0003, 0.001, 0.003, 0.01, 0.03
STARTS = {  # φ and φ′ at z, and σ_w
    "sigmoid 1": (lambda z: (a := 0.5 + 0.5 * np.tanh(z / 2), a * (1 - a)), 1),
    "sigmoid 10": (lambda z: (a := 0.5 + 0.5 * np.tanh(z / 2), a * (1 - a)), 10),
    "tanh 0.5": (lambda z: (a := np.tanh(z), 1 - a**2), 0.5),
    "tanh 1": (lambda z: (a := np.tanh(z), 1 - a**2), 1),
    "ReLU 1": (lambda z: (np.maximum(z, 0), z > 0), 1),
    "ReLU 1.4": (lambda z: (np.maximum(z, 0), z > 0), 2**0.5),
}
NETWORKS = {  # skip, norm
    "plain": (False, False),
    "skip": (True, False),
    "norm": (False, True),
    "norm and skip": (True, True),
}
CASES = [
    {"data": data, "layers": layers, "start": start, "network": network}
    for data, layers in (("circles", 50), ("circles", 25), ("digits", 50))
    for start in STARTS
    for network in NETWORKS
]
ALLOWED = {}


def backprop(phi, params, x, y, out, skip, norm):
    """Margins (network, 1, point); gradient, shaped like params: W, b as last column."""
    z, tape, gradient = x, [], np.empty_like(params)
    branch = np.float32(len(params) ** -0.5 if skip else 1)
    for p in params:
        n, scale = z, 1
        if norm:
            n = z - z.mean(-1, keepdims=True)
            scale = np.sqrt(np.square(n).mean(-1, keepdims=True) + np.float32(1e-5))
            n /= scale
        a, slope = phi(n + p[..., -1:])
        tape.append((n, scale, a, slope, p[..., :-1]))
        z = z + branch * (p[..., :-1].mT @ a) if skip else p[..., :-1].mT @ a
    margin = y * (out @ z)
    delta = out.mT @ (-y * np.exp(-np.logaddexp(0, margin)) / np.float32(y.shape[-1]))
    for g, (n, scale, a, slope, W) in zip(gradient[::-1], tape[::-1], strict=True):
        g[..., :-1] = branch * (a @ delta.mT)
        back = branch * slope * (W @ delta)
        g[..., -1] = back.sum(-1)
        if norm:
            mean = back.mean(-1, keepdims=True) + n * (n * back).mean(-1, keepdims=True)
            back = (back - mean) / scale
        delta = delta + back if skip else back
    return margin, gradient


def tasks(data, layers, seeds):
    """Inputs after the fixed read-in, labels, read-outs, orthogonal weights."""
    rng = np.random.default_rng(0)
    if data == "circles":
        y = np.resize(np.float32([-1, 1]), (seeds, 1, 32))
        angle = rng.uniform(0, 7, y.shape)
        x = (3 + y) / 2 * np.append(np.cos(angle), np.sin(angle), 1)
    else:
        from study import digits

        images, labels = digits()
        images = (images - images.mean()) / images.std()
        chosen = rng.permuted(np.tile(np.arange(1000), (seeds, 1)), axis=1)[:, :32]
        x, y = images[chosen].mT / 4, 2 * (labels[chosen] % 2)[:, None] - 1
    into = rng.standard_normal((seeds, WIDTH, x.shape[1])) / 2
    Q = np.linalg.qr(rng.standard_normal((layers, seeds, WIDTH, WIDTH))).Q
    Q *= rng.choice([-1, 1], (layers, seeds, 1, WIDTH))
    out = rng.standard_normal((seeds, 1, WIDTH)) / 2
    return into @ x, y, out, np.append(Q, 0 * Q[..., :1], 3)


def fitting_steps(start, skip, norm, z, y, out, params, rate):
    """Step at which each network has fitted; those that have leave. Else infinity."""
    phi, sigma_w = STARTS[start]
    params, m, v = np.float32(sigma_w * params), 0, 0
    z, y, out, rate = map(np.float32, (z, y, out, rate))
    took, left = np.full(len(z), np.inf), np.arange(len(z))
    for t in range(STEPS[-1] + 1):
        margin, gradient = backprop(phi, params, z, y, out, skip, norm)
        loss = np.logaddexp(0, -margin).mean((1, 2))
        done = (loss < 0.1) & (margin > 0).all((1, 2))
        if done.any():
            took[left[done]] = t
            if done.all():
                break
            z, y, out, rate, left = (u[~done] for u in (z, y, out, rate, left))
            params, gradient, m, v = (u[:, ~done] for u in (params, gradient, m, v))
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2  # Adam
        step = rate / (1 - 0.9 ** (t + 1))
        params -= step * m / (np.sqrt(v / (1 - 0.999 ** (t + 1))) + 1e-8)
    return took
