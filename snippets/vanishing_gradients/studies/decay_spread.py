"""How much of the error signal is left in layer 1 differs from draw to draw.

How measured: the networks of `gradient_decay.py` (one input from N(0, 1), biases 0, |δ|
= 1 in the last layer), 100 seeds, 40 at width 512. Norm of δ in layer 1: the median and
what 5 and 95 percent of the seeds lie below; the median of the weight gradient's norm
in layer 1 over that in the last layer; and the norm of δ that infinite width has at
this depth."""

import numpy as np

SIGMOID = (lambda z: 0.5 + 0.5 * np.tanh(z / 2), lambda a: a * (1 - a))
TANH = (np.tanh, lambda a: 1 - a**2)  # φ, and its slope as a function of a = φ(z)
RELU = (lambda z: np.maximum(z, 0), lambda a: a > 0)
NETWORKS = {
    "sigmoid, Xavier": (SIGMOID, 1),
    "tanh, Xavier": (TANH, 1),
    "tanh, scale 3": (TANH, 3),
    "ReLU, Xavier": (RELU, 1),
    "ReLU, He": (RELU, 2**0.5),
}
SIZES = (32, 50), (128, 50), (512, 50), (128, 100)
CASES = [
    {"network": name, "width": width, "depth": depth}
    for name in NETWORKS
    for width, depth in SIZES
]
ALLOWED = {"median": "×1.2", "5%": "×1.4", "95%": "×1.4", "infinite width": "×1.01"}


def measure_ends(network, width, depth, rng):
    """|δ| in layer 1, |∂L/∂W| there and in the last layer."""
    (phi, slope), scale = NETWORKS[network]
    W = rng.standard_normal((depth, width, width), np.float32)
    W *= np.float32(scale / width**0.5)
    x, delta = rng.standard_normal((2, width))
    outputs, delta = [x], delta / np.linalg.norm(delta)
    for matrix in W[:-1]:  # the read-out is linear in the last z
        outputs.append(phi(matrix @ outputs[-1]))
    for matrix, a in zip(W[:0:-1], outputs[:0:-1], strict=True):
        delta = slope(a) * (matrix.T @ delta)
    first = np.linalg.norm(delta)
    return first, first * np.linalg.norm(x), np.linalg.norm(outputs[-1])


def predict(network, depth):
    """|δ| in layer 1 at infinite width, from the map of q layer by layer."""
    ((phi, slope), scale), z = NETWORKS[network], np.linspace(-8, 8, 2000)
    bell = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    q, product = scale**2, 1.0
    for _ in range(depth - 1):
        a = phi(q**0.5 * z)
        product *= scale**2 * (slope(a) ** 2 @ bell)
        q = scale**2 * (a**2 @ bell)
    return product**0.5


def measure(network, width, depth):
    """One network at one size."""
    seeds = map(np.random.default_rng, range(40 if width == 512 else 100))
    rows = np.array([measure_ends(network, width, depth, rng) for rng in seeds])
    low, median, high = np.quantile(rows[:, 0], (0.05, 0.5, 0.95))
    ratio = np.median(rows[:, 1] / rows[:, 2])
    theory = predict(network, depth)
    cells = median, low, high, ratio, theory
    names = "median", "5%", "95%", "∂L/∂W, first / last", "infinite width"
    return {k: float(f"{v:.2g}") for k, v in zip(names, cells, strict=True)}
