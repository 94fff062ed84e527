"""Below a threshold that ε sets, a small γ in every batch norm makes δ vanish.

Factor of the norm of δ per layer going back, layers 40 to 11 of 50 with ReLU, before
training: width 128, batch 64, σ_w = 1, β = 0, geometric mean of 5 seeds.
"""

import numpy as np

DEPTH, WIDTH, BATCH, SEEDS = 50, 128, 64, 5
EPSILONS = {"PyTorch, ε = 1e-5": 1e-5, "Keras, ε = 1e-3": 1e-3}
CASES = [{"γ": g} for g in (1, 0.3, 0.1, 0.06, 0.03, 0.01, 0.006, 0.003, 0.001)]
ALLOWED = dict.fromkeys(EPSILONS, "×1.1")


def measure(γ):
    rng, cells = np.random.default_rng(0), {}
    matrices = rng.normal(0, WIDTH**-0.5, (DEPTH, SEEDS, WIDTH, WIDTH))
    inputs, error = rng.normal(size=(2, SEEDS, BATCH, WIDTH))
    for name, epsilon in EPSILONS.items():
        a, delta, kept, norms = inputs, error, [], []
        for W in matrices:
            z = a @ W.mT
            s = np.sqrt(z.var(1, keepdims=True) + epsilon)
            n = (z - z.mean(1, keepdims=True)) / s
            a = np.maximum(γ * n, 0)
            kept.append((W, s, n))
        for W, s, n in kept[::-1]:
            delta = delta * (n > 0)
            norms.append(np.linalg.norm(delta, axis=(1, 2)))
            along = n * (delta * n).mean(1, keepdims=True)
            delta = delta - delta.mean(1, keepdims=True) - along
            delta = γ / s * delta @ W
        factor = (norms[39] / norms[10]) ** (1 / 29)
        cells[name] = round(np.exp(np.log(factor).mean()), 3)
    return cells
