"""New weights bring every dead neuron back; a slope left of 0 brings few, and helps.

Two rings, 100 points, 64 ReLU neurons, gradient descent at a rate that kills for 100
steps; then one change and 2000 steps at rate 1. 20 seeds. Another activation: of all
neurons. New weights: He weights, bias 0 and outgoing weights 0, for the dead only. On
again: of the neurons dead after the kill, those on for some point, means over seeds.
"""

import math

import numpy as np

RATES = (6, 10)
CHANGES = ("none", "leaky 0.01", "leaky 0.2", "ELU", "GELU", "SiLU", "new weights")
CASES = [{"killed at rate": r, "change": name} for r in RATES for name in CHANGES]
ALLOWED = {"on again %": "±8", "right %": "±6"}


def normal_cdf(z):
    """Φ by the error function of Abramowitz and Stegun 7.1.26, to 1e-7."""
    t = 1 / (1 + 0.3275911 * np.abs(z) / math.sqrt(2))
    c = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
    tail = np.polyval(c, t) * t * np.exp(-np.minimum(z * z / 2, 700)) / 2
    return np.where(z > 0, 1 - tail, tail)


def activation(name, z):
    """Value and slope."""
    if name == "ELU":
        power = np.exp(np.minimum(z, 0))
        return np.where(z > 0, z, power - 1), power
    if name == "GELU":
        cdf, density = normal_cdf(z), np.exp(-np.minimum(z * z / 2, 700)) / 2.50662827
        return z * cdf, cdf + z * density
    if name == "SiLU":
        s = (1 + np.tanh(z / 2)) / 2
        return z * s, s * (1 + z * (1 - s))
    alpha = float(name.split()[1]) if "leaky" in name else 0.0
    return np.where(z > 0, z, alpha * z), np.where(z > 0, 1.0, alpha)


def steps(params, x, y, name, rate, count):
    """Gradient descent in place; z and output at the end: arrays (seed, point, ...)."""
    W, b, V, c = params
    for step in range(count + 1):
        z = x @ W + b
        a, slope = activation(name, z)
        out = a @ V + c
        if step == count:
            return z, out
        error = ((1 + np.tanh(out / 2)) / 2 - y) / x.shape[1]
        delta = error @ V.mT * slope
        V -= rate * a.mT @ error
        c -= rate * error.sum(axis=1, keepdims=True)
        W -= rate * x.mT @ delta
        b -= rate * delta.sum(axis=1, keepdims=True)


def measure(**row):
    """Kill, change, train on."""
    (rate, change), draws = row.values(), []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        y = rng.integers(0, 2, (100, 1))
        angle = rng.uniform(0, 2 * np.pi, y.shape)
        x = rng.normal(1 + y, 0.2) * np.append(np.cos(angle), np.sin(angle), 1)
        x = (x - x.mean(axis=0)) / x.std(axis=0)
        W, new = rng.normal(size=(2, 2, 64))
        V = rng.normal(0, (2 / 64) ** 0.5, (64, 1))
        draws.append((x, y, new, W, np.zeros((1, 64)), V, np.zeros((1, 1))))
    x, y, new, *params = (np.float32(np.stack(it)) for it in zip(*draws, strict=True))
    z, out = steps(params, x, y, "ReLU", rate, 100)
    before = 100 * ((out > 0) == y).mean()
    dead = (z <= 0).all(axis=1, keepdims=True)
    if change == "new weights":
        params[0] = np.where(dead, new, params[0])
        params[1] = np.where(dead, 0, params[1])
        params[2] = np.where(dead.mT, 0, params[2])
    name = "ReLU" if change in ("none", "new weights") else change
    z, out = steps(params, x, y, name, 1.0, 2000)
    back = dead & (z > 0).any(axis=1, keepdims=True)
    return {
        "dead after the kill %": round(100 * dead.mean(), 1),
        "on again %": round(100 * back.sum() / dead.sum(), 1),
        "right before %": round(before, 1),
        "right %": round(100 * ((out > 0) == y).mean(), 1),
    }
