"""In GELU and SiLU networks the size of the input can decide the gradient's fate.

How measured: factor per layer for the norm of δ over layers 21 to 40 of 40, biases 0,
for inputs from N(0, size²), size 0.1, 1 and 10. Theory: infinite width, the mean square
of the pre-activations followed layer by layer. Width 256: median of 20 networks."""

import math

import numpy as np

WIDTH, DEPTH, SEEDS, SIZES = 256, 40, 20, (0.1, 1, 10)
SCALES = dict.fromkeys(("GELU", "SiLU"), (1.2, 1.41, 1.5, 1.6, 1.7, 1.8, 1.9, 2, 2.2))
SCALES |= {"tanh": (0.8, 1.41, 2), "ReLU": (1, 1.41, 2), "sigmoid": (1, 4, 12)}
CASES = [
    {"activation": n, "weight scale": s} for n, scales in SCALES.items() for s in scales
]
HOW = "theory", "width 256"
ALLOWED = {f"input {size}, {how}": "±0.02" for size in SIZES for how in HOW}
Z = np.linspace(-8, 8, 2000)
BELL = np.exp(-(Z**2) / 2) / np.exp(-(Z**2) / 2).sum()


def curve(name, z):
    """Value and slope of an activation at z."""
    s = 0.5 + 0.5 * np.tanh(z / 2)
    if name == "GELU":
        cdf = np.vectorize(math.erfc)(-z / math.sqrt(2)) / 2
        return z * cdf, cdf + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return {
        "SiLU": lambda: (z * s, s + z * s * (1 - s)),
        "tanh": lambda: (np.tanh(z), 1 - np.tanh(z) ** 2),
        "ReLU": lambda: (np.maximum(z, 0), z > 0),
        "sigmoid": lambda: (s, s * (1 - s)),
    }[name]()


def predict(name, scale, rms):
    """The factor over layers 21 to 40 at infinite width."""
    q, logs = (scale * rms) ** 2, []  # mean square of z in layer 1
    for _ in range(DEPTH):
        value, slope = curve(name, q**0.5 * Z)
        logs.append(math.log(scale**2 * (slope**2 @ BELL)) / 2)  # back into this layer
        q = scale**2 * (value**2 @ BELL)
    return math.exp(np.mean(logs[20:39]))


def simulate(name, scale, rms, rng):
    """The same of one network."""
    W = rng.standard_normal((DEPTH, WIDTH, WIDTH), np.float32) * (scale / WIDTH**0.5)
    a, slopes, norms = rms * rng.standard_normal(WIDTH), [], []
    for matrix in W:
        a, slope = curve(name, matrix @ a)
        slopes.append(slope)
    delta = rng.standard_normal(WIDTH)
    for matrix, slope in zip(W[:0:-1], slopes[-2::-1], strict=True):
        norms.append(np.linalg.norm(delta))
        delta = slope * (matrix.T @ delta)
    return (norms[19] / norms[0]) ** (1 / 19)  # from layer 40 to 21


def measure(activation, **case):
    """One activation at one scale, with inputs of three sizes."""
    scale, row = case["weight scale"], {}
    scale = 2**0.5 if scale == 1.41 else scale
    for size in SIZES:
        seeds = map(np.random.default_rng, range(SEEDS))
        found = np.median([simulate(activation, scale, size, rng) for rng in seeds])
        row[f"input {size}, theory"] = round(predict(activation, scale, size), 3)
        row[f"input {size}, width 256"] = round(float(found), 3)
    return row
