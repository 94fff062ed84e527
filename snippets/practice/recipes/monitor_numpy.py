"""One step and all the data, watched in NumPy."""

from collections import Counter
from math import inf, nan

import numpy as np

# Beyond these pre-activations the slope stays below 5% of its largest.
LIMITS = {"relu": (0, inf), "tanh": (-2.18, 2.18), "sigmoid": (-4.36, 4.36)}
LIMITS |= {"elu": (-3.0, inf), "gelu": (-2.28, inf), "silu": (-3.93, inf)}


def norm(values):
    """Root of the sum of squares, in float64; None stays None."""
    return None if values is None else float(np.linalg.norm(np.float64(values)))


def compare_step(before, after, gradients):
    """One row per weight; dicts of arrays by name, `before` with copies."""
    rows = {}
    for name, old in before.items():
        if old.ndim > 1:  # no biases: they start at 0 and have no scale
            ratio = norm(after[name] - old) / (norm(old) or nan)
            gradient = norm(gradients.get(name))
            rows[name] = {"gradient_norm": gradient, "update_ratio": ratio}
    return rows


def count_units(pre_activations, batches):
    """One row per layer; pre_activations(x) is {"name.relu": z}, units last in z."""
    total, beyond = Counter(), Counter()  # of each unit's values: all, and saturated
    for x in batches:
        for name, z in pre_activations(x).items():
            low, high = LIMITS[name.split(".")[-1]]
            z = z.reshape(-1, z.shape[-1])
            total[name] += len(z)
            beyond[name] += (~((z > low) & (z < high))).sum(0)  # NaN counts too
    rows = {}
    for name, count in beyond.items():
        saturated = count.mean().item() / total[name]
        dead = (count == total[name]).mean().item()
        rows[name] = {"units": len(count), "saturated": saturated, "dead": dead}
    return rows


def show(rows):
    """Print a line for each row and a column for each field."""
    width, fields = max(map(len, rows)), next(iter(rows.values()))
    print(f"\n{'':{width}}" + "".join(f"{field:>15}" for field in fields))
    for name, row in rows.items():
        texts = ("none" if cell is None else f"{cell:.3g}" for cell in row.values())
        print(f"{name:{width}}" + "".join(f"{text:>15}" for text in texts))


# ---- Paste what is above into your script. Below: an example. ----
rng = np.random.default_rng(0)
x, y = rng.uniform(0.5, 1.5, (512, 20)), rng.normal(size=(512, 1))
shapes = {"1.weight": (20, 64), "2.weight": (64, 32), "3.weight": (32, 1)}
W = {name: rng.normal(0, 0.3, shape) for name, shape in shapes.items()}


def pre_activations(x):
    """Inputs of the activation functions: z of the two hidden layers."""
    z1 = x @ W["1.weight"]
    return {"1.relu": z1, "2.tanh": np.maximum(z1, 0) @ W["2.weight"]}


z1, z2 = pre_activations(x).values()
a1, a2 = np.maximum(z1, 0), np.tanh(z2)
delta3 = 2 * (a2 @ W["3.weight"] - y) / len(x)  # of the mean squared error
delta2 = delta3 @ W["3.weight"].T * (1 - a2**2)
delta1 = delta2 @ W["2.weight"].T * (z1 > 0)
gradients = dict(zip(W, (x.T @ delta1, a1.T @ delta2, a2.T @ delta3), strict=True))
before = {name: w.copy() for name, w in W.items()}
for name, gradient in gradients.items():
    W[name] -= 0.01 * gradient

print(f"NumPy {np.__version__}")
show(compare_step(before, W, gradients))
show(count_units(pre_activations, np.split(x, 8)))
