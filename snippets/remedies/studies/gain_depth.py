"""With He weights GELU and SiLU lose δ like ReLU with Xavier, after some 20 layers.

Factor of the norm of δ per layer going back, geometric mean over the ten layers from
the column head on (and over layers 11 to 40, least to most of the seeds). No biases, 64
standard normal inputs, mean of 5 seeds. "Mean field" is the limit of wide layers.
"""

import numpy as np

SEEDS, FROM = 5, (1, 11, 21, 31, 51, 101)
NODES, MASS = np.polynomial.hermite_e.hermegauss(200)
MASS = MASS / MASS.sum()


def gated(z, scale=1.0, cubic=0.0):  # z σ(u), where u = scale (z + cubic z³)
    gate = 0.5 + 0.5 * np.tanh(0.5 * scale * z * (1 + cubic * z * z))
    return z * gate, gate + z * scale * (1 + 3 * cubic * z * z) * gate * (1 - gate)


PHI = {  # value and slope; GELU in its tanh form
    "ELU": lambda z: (np.where(z > 0, z, (e := np.exp(z * (z < 0))) - 1), e),
    "GELU": lambda z: gated(z, (8 / np.pi) ** 0.5, 0.044715),
    "SiLU": gated,
}
WIDTHS = {"mean field": None, "128": 128, "512": 512}
CASES = [{"activation": name, "width": width} for name in PHI for width in WIDTHS]
ALLOWED = {f"{layer}": "×1.06" for layer in FROM}


def mean_field(phi):
    """Factors of layers 1 to 110, (layer, 1), for inputs of mean square 1."""
    q, factors = 2.0, []
    for _ in range(110):
        a, slope = phi(np.sqrt(q) * NODES)
        q = 2 * (a**2 @ MASS)
        factors.append([(2 * (slope**2 @ MASS)) ** 0.5])
    return np.array(factors)


def measured(phi, width):
    """Factors of layers 1 to 110, (layer, seed)."""
    rng, kept, sizes = np.random.default_rng(0), [], []
    a, delta = rng.normal(size=(2, SEEDS, 64, width)).astype(np.float32)
    for _ in range(111):
        W = rng.normal(size=(SEEDS, width, width)) * (2 / width) ** 0.5
        a, slope = phi(a @ W.mT.astype(np.float32))
        kept.append((W.astype(np.float32), slope))
    for W, slope in kept[::-1]:
        size = np.linalg.norm(delta := delta * slope, axis=(1, 2), keepdims=True)
        sizes.insert(0, size[:, 0, 0])
        delta = delta @ W / size  # of size about 1: no underflow
    return np.array(sizes)[:-1]


def measure(activation, width):
    phi = PHI[activation]
    f = measured(phi, WIDTHS[width]) if WIDTHS[width] else mean_field(phi)
    logs = np.log(f)
    tens = {f"{n}": np.exp(logs[n - 1 : n + 9].mean()).round(3) for n in FROM}
    middle = np.exp(logs[10:40].mean(0))
    return {**tens, "11 to 40": f"{middle.min():.2f} to {middle.max():.2f}"}
