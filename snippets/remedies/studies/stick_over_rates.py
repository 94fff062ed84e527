"""Each remedy of the stick moves the rates at which units are lost.

The networks of rate_thirty.py, 20 runs of 100 steps at each of the RATES, on rings, two
moons, or 100 digits (ink from 0 to 1; even or odd). A cell is the first rate at which
that share of the units has z <= 0 on every input; "–": at none.
"""

import numpy as np

RUNS, POINTS, STEPS, WIDTH, HE = 20, 100, 100, 64, 2**0.5
RATES = 0.25, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 15, 30, 60, 100
ACTIVATIONS = {  # φ, and φ′ from φ(z)
    "tanh": (np.tanh, lambda a: 1 - a**2),
    "ReLU": (lambda z: np.maximum(z, 0), lambda a: a > 0),
}
REMEDIES = {  # σ_w, mean over (-2: batch, -1: units), skip, branch, used with
    "Xavier": (1, None, 0, 1, "tanh, ReLU"),
    "He": (HE, None, 0, 1, "ReLU"),
    "batch norm": (HE, -2, 0, 1, "ReLU"),
    "layer norm": (HE, -1, 0, 1, "ReLU"),
    "skip": (HE, None, 1, 1, "ReLU"),
    "skip/√50": (HE, None, 1, 50**-0.5, "ReLU"),
}
CASES = [
    {"data": data, "network": f"{name}, {remedy}"}
    for data in ("rings", "moons", "digits")
    for remedy, (*_, used) in REMEDIES.items()
    for name in used.split(", ")
]
SHARES = {"2% lost from": 0.02, "half from": 0.5, "95% from": 0.95}
ALLOWED = dict.fromkeys(SHARES, "×1.6")


def make_task(data):
    """Inputs (run, point, number), labels (run, point, 1), weights in and out."""
    rng, shape = np.random.default_rng(0), (RUNS, POINTS, 1)
    y, angle = rng.choice([-1, 1], shape), rng.uniform(0, 2 * np.pi, shape)
    if data == "digits":
        from study import digits

        chosen = rng.permuted(np.tile(np.arange(1000), (RUNS, 1)), axis=1)[:, :POINTS]
        x, y = digits()[0][chosen] / 4, 2 * (digits()[1][chosen] % 2)[..., None] - 1
    elif data == "rings":
        radius = rng.normal(1.5 + y / 2, 0.2)
        x = radius * np.append(np.cos(angle), np.sin(angle), 2)
    else:
        x = np.append(np.cos(angle / 2) - y / 2, np.sin(angle / 2) - 1 / 4, 2) * y
        x = rng.normal(x, 0.1)
    if data != "digits":
        x = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    W = rng.normal(0, x.shape[2] ** -0.5, (RUNS, x.shape[2], WIDTH))
    return x, y, W, rng.normal(0, WIDTH**-0.5, (RUNS, WIDTH, 1))


def train(rate, phi, slope, x, y, W, W_out, axis, skip, branch):
    """Share of units that are all-negative after training."""
    b, V = 0 * W[:, :1], np.append(W_out, 0 * W_out[:, :1].repeat(x.shape[2] + 1, 1), 1)
    for _ in range(STEPS + 1):
        n = x @ W
        scale = n.std(axis, keepdims=True) if axis else 1
        n = (n - n.mean(axis, keepdims=True)) / scale if axis else n
        z = n + b
        a = phi(z)
        seen = np.concatenate([branch * a, skip * x, np.ones_like(y)], 2)
        margin = y * (seen @ V)
        error = -y * np.exp(-np.logaddexp(0, margin)) / np.float32(POINTS)
        delta = back = branch * slope(a) * (error @ V[:, :WIDTH].mT)
        if axis:  # through the normalization
            back = delta - delta.mean(axis, keepdims=True)
            back = (back - n * (n * back).mean(axis, keepdims=True)) / scale
        W, b = W - rate * x.mT @ back, b - rate * delta.sum(1, keepdims=True)
        V = V - rate * seen.mT @ error
    return np.nan if np.isnan(z).any() else (z <= 0).all(1).mean()


def measure(data, network):
    """First rates at which the shares are lost."""
    x, y, W, W_out = map(np.float32, make_task(data))
    name, remedy = network.split(", ")
    sigma_w, axis, skip, branch, _ = REMEDIES[remedy]
    rest = x, y, np.float32(sigma_w) * W, np.float32(sigma_w) * W_out
    how = axis, skip, np.float32(branch)
    with np.errstate(over="ignore", invalid="ignore"):  # some diverge
        lost = [train(np.float32(r), *ACTIVATIONS[name], *rest, *how) for r in RATES]
    first = {k: np.array(RATES)[np.array(lost) >= v] for k, v in SHARES.items()}
    return {k: v[0] if v.size else "–" for k, v in first.items()}
