"""Depth alone leaves dead units in a wide ReLU network before training.

Untrained networks of 50 ReLU layers, 20 seeds, 10 at width 1024; float32. A cell is the
share of a layer's units that are off for every input, in percent, the mean over the
seeds. The inputs are standardized: Gaussian ones of 64 numbers, or the 1000 digits. He:
normal weights, biases 0. PyTorch: its default, weights and biases uniform in ±1/√n.
Norms (no learned scale or shift) stand before each ReLU, batch norm over all inputs. A
skip adds He branches W relu(z) to z; scaled: divided by √50.
"""

import numpy as np

LAYERS = (1, 5, 10, 20, 50)


def case(start="He", between="none", data="Gaussian", inputs=1000, width=128):
    """One row; the values that are not named are those of the plain network."""
    return {
        "weights": start,
        "between layers": between,
        "data": data,
        "inputs": inputs,
        "width": width,
    }


CASES = [case(width=n) for n in (32, 64, 128, 256, 512, 1024)]
CASES += [case(inputs=n) for n in (10, 100, 10_000)]
CASES += [case(data="digits", width=n) for n in (32, 128, 512)]
CASES += [case("PyTorch", width=n) for n in (32, 128, 512)]
CASES += [case("PyTorch", data="digits")]
CASES += [
    case(between=name, data=data, width=n)
    for name in ("batch-norm", "layer-norm", "skip", "scaled-skip")
    for data, n in (
        ("Gaussian", 32),
        ("Gaussian", 128),
        ("Gaussian", 512),
        ("digits", 128),
    )
]
ALLOWED = {f"layer {n}, dead %": "±3" for n in LAYERS}


def standardized(data, inputs, rng):
    """Inputs of mean 0 and spread 1 (pixels that never change stay 0)."""
    x = rng.normal(size=(inputs, 64))
    if data == "digits":
        from study import digits

        x = digits()[0]
    return (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-9)


def layer(start, fan_in, width, rng):
    """Weights (fan_in, width) and biases (width,)."""
    if start == "He":
        return rng.standard_normal((fan_in, width), "f") * (2 / fan_in) ** 0.5, 0
    W = (2 * rng.random((fan_in + 1, width), "f") - 1) * fan_in**-0.5
    return W[:-1], W[-1]


def dead_by_layer(start, between, x, width, rng):
    """Percent of units off for all inputs, in each of 50 layers."""
    keep, scale = "skip" in between, 50**-0.5 if "scaled" in between else 1
    W, b = layer(start, x.shape[1], width, rng)
    z, dead = np.float32(x @ W + b), []
    for _ in range(50):
        n = z
        if "norm" in between:
            axis = 0 if between == "batch-norm" else 1
            n = z - z.mean(axis=axis, keepdims=True)
            n = n / np.sqrt((n**2).mean(axis=axis, keepdims=True) + 1e-5)
        dead.append(100 * (n <= 0).all(axis=0).mean())
        W, b = layer(start, width, width, rng)
        z = keep * z + np.float32(scale) * (np.maximum(n, 0) @ W + b)
    return dead


def measure(**row):
    """Mean share of dead units in some layers."""
    start, between, data, inputs, width = row.values()
    runs = []
    for seed in range(10 if width == 1024 else 20):
        rng = np.random.default_rng(seed)
        x = standardized(data, inputs, rng)
        runs.append(dead_by_layer(start, between, x, width, rng))
    runs = np.array(runs)[:, np.array(LAYERS) - 1]
    least, most = runs[:, -1].min(), runs[:, -1].max()
    means = dict(zip(ALLOWED, runs.mean(axis=0).round(1).tolist(), strict=True))
    return means | {"layer 50, least to most": f"{least:.0f} to {most:.0f}"}
