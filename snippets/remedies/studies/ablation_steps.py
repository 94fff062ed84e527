"""At depth 50 a scaled skip bears thirty times the learning rate of a plain network.

The networks of ablation.py, 20 of each, at five rates of Adam; circles, or 32 digits
(even or odd). A network has fitted once all labels are right and the loss is below 0.1.
Cells: how many do so within 1000 steps; their median number of steps, "–" if over 1000.
"""

from itertools import product

import numpy as np

WIDTH, SEEDS, STEPS, RATES = 16, 20, 1000, (0.0003, 0.001, 0.003, 0.01, 0.03)
PHI = {  # φ and φ′ at z
    "sigmoid": lambda z: (a := 0.5 + 0.5 * np.tanh(z / 2), a * (1 - a)),
    "tanh": lambda z: (a := np.tanh(z), 1 - a**2),
    "ReLU": lambda z: (np.maximum(z, 0), z > 0),
}
SCALES = {"tanh 1": 1, "ReLU 1.4": 2**0.5, "sigmoid 10": 10}  # critical σ_w
SCALES |= {"tanh 0.5": 0.5, "ReLU 1": 1, "sigmoid 1": 1}
NETWORKS = {"plain": (0, 0), "skip": (1, 0), "norm": (0, 1), "norm and skip": (1, 1)}
TASKS = ("circles", 50, 6), ("digits", 50, 2), ("circles", 25, 2)  # 6: all starts
CASES = [
    {"data": data, "layers": layers, "start": start, "network": network}
    for data, layers, starts in TASKS
    for start, network in product([*SCALES][:starts], NETWORKS)
]
ALLOWED = {f"fit at {rate}": "±4" for rate in RATES}


def backprop(phi, params, x, y, out, skip, norm):
    """Margins (network, 1, point); gradient, shaped like params: W, then b."""
    z, tape, gradient = x, [], np.empty_like(params)
    branch = np.float32(len(params) ** -0.5 if skip else 1)
    for p in params:
        n = z - z.mean(-1, keepdims=True) if norm else z
        scale = ((n**2).mean(-1, keepdims=True) + 1e-5) ** 0.5 if norm else 1
        tape.append((n := n / scale, scale, *phi(n + p[..., -1:]), p[..., :-1]))
        z = skip * z + branch * (p[..., :-1].mT @ tape[-1][2])
    margin = y * (out @ z)
    delta = out.mT @ (-y * np.exp(-np.logaddexp(0, margin)) / np.float32(y.shape[-1]))
    for g, (n, scale, a, slope, W) in zip(gradient[::-1], tape[::-1], strict=True):
        g[..., :-1] = branch * (a @ delta.mT)
        back = branch * slope * (W @ delta)
        g[..., -1] = back.sum(-1)
        if norm:
            back -= back.mean(-1, keepdims=True) + n * (n * back).mean(
                -1, keepdims=True
            )
        delta = skip * delta + back / scale
    return margin, gradient


def make_tasks(data, layers):
    """Inputs after the fixed read-in, labels, read-outs and weights of each seed."""
    rng = np.random.default_rng(0)
    if data == "circles":
        y = np.resize([-1, 1], (SEEDS, 1, 32))
        angle = rng.uniform(0, 7, y.shape)
        x = (3 + y) / 2 * np.append(np.cos(angle), np.sin(angle), 1)
    else:
        from study import digits

        chosen = rng.permuted(np.tile(np.arange(1000), (SEEDS, 1)), axis=1)[:, :32]
        x, y = (v[chosen] for v in digits())
        x, y = (x - x.mean()).mT / x.std() / 4, 2 * (y % 2)[:, None] - 1
    into = rng.standard_normal((SEEDS, WIDTH, x.shape[1])) / 2
    Q = np.linalg.qr(rng.standard_normal((layers, SEEDS, WIDTH, WIDTH))).Q
    Q *= rng.choice([-1, 1], (layers, SEEDS, 1, WIDTH))
    out = rng.standard_normal((SEEDS, 1, WIDTH)) / 2
    return into @ x, y, out, np.append(Q, 0 * Q[..., :1], 3)


def fitting_steps(start, network, z, y, out, weights, rate):
    """Steps until each network has fitted (then it leaves), infinity for the others."""
    phi, params = PHI[start.split()[0]], np.float32(SCALES[start] * weights)
    m, v, (z, y, out) = 0 * params, 0 * params, map(np.float32, (z, y, out))
    took, left, t = np.full(SEEDS, np.inf), np.arange(SEEDS), 0
    while left.size and t <= STEPS:
        margin, g = backprop(phi, params, z, y, out, *NETWORKS[network])
        on = (np.logaddexp(0, -margin).mean((1, 2)) >= 0.1) | (margin <= 0).any((1, 2))
        took[left[~on]], t = t, t + 1
        if not on.all():
            z, y, out, left = (u[on] for u in (z, y, out, left))
            params, g, m, v = (u[:, on] for u in (params, g, m, v))
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2  # Adam
        params -= rate * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return took


def measure(data, layers, start, network):
    """Networks of 20 that fit within 1000 steps, by rate; median steps."""
    rates = RATES if (data, layers) == TASKS[0][:2] else (0.001, 0.03)
    task = make_tasks(data, layers)
    took = {rate: fitting_steps(start, network, *task, rate) for rate in rates}
    fit = {rate: np.isfinite(steps).sum() for rate, steps in took.items()}
    cells = {f"fit at {rate}": fit.get(rate, "–") for rate in RATES}
    median = {rate: np.median(steps) for rate, steps in took.items()}
    chosen = {"steps at 0.001": median[0.001], "at the best": min(median.values())}
    return cells | {k: n if n <= STEPS else "–" for k, n in chosen.items()}
