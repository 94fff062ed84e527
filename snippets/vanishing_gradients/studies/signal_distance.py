"""A distance of two inputs that falls is a lost signal only relative to their size.

Two random inputs with entries from N(0, 1), a network at its start, biases 0, 20 seeds:
medians. Distance: of their pre-activations in the last layer. Falls by: the factor on
it per layer, from layer 1 on. Relative: over the norm of the pre-activations there.
"centred": sigmoid with biases that subtract its ½."""

import numpy as np

SEEDS = 20
NETS = {  # φ, σ_w
    "sigmoid, 1": (lambda z: 1 / (1 + np.exp(-z)), 1),
    "centred, 2": (lambda z: 0.5 * np.tanh(z / 2), 2),
    "tanh, 0.5": (np.tanh, 0.5),
    "tanh, 1": (np.tanh, 1),
    "ReLU, 1": (lambda z: np.maximum(z, 0), 1),
    "ReLU, 1.41": (lambda z: np.maximum(z, 0), 2**0.5),
}
CASES = [
    {"net, σ_w": net, "width": width, "layers": layers}
    for net in NETS
    for width in (16, 128)
    for layers in (8, 16)
]
ALLOWED = {"falls by": "×1.1", "distance": "×3", "relative": "×3"}


def measure(width, layers, **net):
    phi, sigma_w = NETS[net["net, σ_w"]]
    found = []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        a, distances = rng.normal(size=(width, 2)), []
        for _ in range(layers):
            z = sigma_w * rng.normal(size=(width, width)) @ a / width**0.5
            distances.append(np.linalg.norm(z[:, 0] - z[:, 1]))
            a = phi(z)
        relative = distances[-1] / np.linalg.norm(z[:, 0])
        falls = (distances[-1] / distances[0]) ** (1 / (layers - 1))
        found.append((falls, distances[-1], relative))
    falls, distance, relative = np.median(found, axis=0)
    return {"falls by": falls, "distance": distance, "relative": relative}
