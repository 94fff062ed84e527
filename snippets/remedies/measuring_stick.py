"""Most fixes hold the error signal level.

Layers 11 to 40 of 50 before training, width 128, a dot for each of 5 seeds: 2 s."""

import matplotlib.pyplot as plt
import numpy as np

DEPTH, WIDTH, BATCH, SEEDS, HE = 50, 128, 64, 5, 2**0.5
ACTIVATIONS = {  # φ and φ′ at z
    "sigmoid": lambda z: (a := 0.5 + 0.5 * np.tanh(z / 2), a * (1 - a)),
    "tanh": lambda z: (a := np.tanh(z), 1 - a**2),
    "ReLU": lambda z: (np.maximum(z, 0), z > 0),
    "leaky ReLU": lambda z: (np.maximum(z, z / 100), np.where(z > 0, 1, 0.01)),
    "ELU": lambda z: (np.maximum(e := np.expm1(np.minimum(z, 0)), z), e + 1),
    "GELU": lambda z: (  # in its usual form with tanh
        z * (s := 0.5 + 0.5 * np.tanh(0.797885 * (z + 0.044715 * z**3))),
        s + z * s * (1 - s) * 1.59577 * (1 + 0.134145 * z**2),
    ),
}
REMEDIES = {  # σ_w, mean over (-2: batch, -1: units), skip, branch, used with
    "Xavier": (1, None, 0, 1, "sigmoid, tanh, ReLU"),
    "He": (HE, None, 0, 1, "ReLU, leaky ReLU, ELU, GELU"),
    "orthogonal": (HE, None, 0, 1, "ReLU"),
    "batch norm": (HE, -2, 0, 1, "sigmoid, ReLU"),
    "layer norm": (HE, -1, 0, 1, "sigmoid, ReLU"),
    "skip": (HE, None, 1, 1, "ReLU"),
    "skip/√50": (HE, None, 1, DEPTH**-0.5, "sigmoid, ReLU"),
}


def measure_factor(phi, weights, axis, skip, branch):
    """Geometric mean of |δ| in layer ℓ over |δ| in ℓ + 1, ℓ = 11 to 40: (SEEDS,)."""
    z, delta, tape, norms = x @ weights[0], last_delta, [], []
    for W in weights[1:]:
        a, slope = phi(z)
        z = skip * z + branch * a @ W
        scale = z.std(axis, keepdims=True) if axis else 1
        z = (z - z.mean(axis, keepdims=True)) / scale if axis else z
        tape.append((W, slope, z, scale))
    for W, slope, z, scale in tape[::-1]:
        if axis:  # back through the normalization
            delta = delta - delta.mean(axis, keepdims=True)
            delta = (delta - z * (z * delta).mean(axis, keepdims=True)) / scale
        delta = skip * delta + branch * slope * (delta @ W.mT)  # layers 49, 48, ..., 1
        norms.append(np.linalg.norm(delta, axis=(1, 2)))
    return (norms[38] / norms[8]) ** (1 / 30)


rng, (_, ax) = np.random.default_rng(0), plt.subplots(figsize=(5.6, 5), layout="tight")
unit = rng.standard_normal((DEPTH, SEEDS, WIDTH, WIDTH)) / WIDTH**0.5
x, last_delta = rng.standard_normal((2, SEEDS, BATCH, WIDTH))
orthogonal = np.linalg.qr(unit).Q * rng.choice([-1, 1], (DEPTH, SEEDS, 1, WIDTH))
for remedy, (sigma_w, *how, used) in REMEDIES.items():
    for name in used.split(", "):
        W, label = orthogonal if remedy == "orthogonal" else unit, f"{name}, {remedy}"
        f = measure_factor(ACTIVATIONS[name], sigma_w * W, *how)
        print(f"{label:20} {f.mean():6.3f} ({f.min():.3f} to {f.max():.3f})")
        ax.semilogx(f, [label] * SEEDS, f"C{[*ACTIVATIONS].index(name)}o", base=2)
ax.set(xlabel="factor per layer for |δ| (1 keeps it)", ylim=(14.5, -0.5))
plt.show()
