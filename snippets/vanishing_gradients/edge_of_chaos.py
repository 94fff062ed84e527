"""Biases raise the critical weight scale, except for ReLU.

Lines: theory. Dots: 5 random networks each, width 192, depth 40, layers 11 to 30."""

import matplotlib.pyplot as plt
import numpy as np

STEEP = 1  # try 0.5, 2
WIDTH, DEPTH, SEEDS, SIGMA_B = 192, 40, 5, np.linspace(0, 4, 81)
LABELS = "σ_b", "√q*", "theory", "lowest", "median", "highest"
NEAR, Z = np.geomspace(0.8, 1.25, 7), np.linspace(-8, 8, 400)  # NEAR: σ_w / theory
BELL = np.exp(-(Z**2) / 2) / np.sum(np.exp(-(Z**2) / 2))  # f(Z) @ BELL: average of f
ACTIVATIONS = {  # φ, slope as a function of a = φ(z), line, label / line
    "sigmoid": (lambda z: np.tanh(z / 2) / 2 + 0.5, lambda a: a - a**2, "C0-", 1.2),
    "tanh": (lambda z: np.tanh(STEEP * z), lambda a: STEEP * (1 - a**2), "C1-", 0.75),
    "ReLU": (lambda z: np.maximum(z, 0), lambda a: a > 0, "C2--", 0.78),
}


def critical_point(phi, slope, sigma_b):  # bisect q until χ = 1: σ_w and q*, each (n)
    low, high = np.full_like(sigma_b, 1e-9), np.full_like(sigma_b, 100)
    for _ in range(50):
        q = np.sqrt(low * high)
        a = phi(np.sqrt(q)[:, None] * Z)
        sigma_w = (slope(a) ** 2 @ BELL) ** -0.5  # from χ = 1
        too_low = q - sigma_w**2 * (a**2 @ BELL) < sigma_b**2 + 1e-10 * q  # rounding
        low, high = np.where(too_low, (q, high), (low, q))
    return sigma_w, np.where(q < 99, q, np.inf)


def measure_growth(phi, slope, sigma_w, sigma_b, rng):  # of log |δ|, per layer: (n)
    matrices = rng.standard_normal((DEPTH, WIDTH, WIDTH)) / WIDTH**0.5
    x, delta = rng.standard_normal((2, WIDTH, len(sigma_w)))
    outputs, log_norms = [x], []
    for W in matrices:
        bias = sigma_b * rng.standard_normal((WIDTH, 1))
        outputs.append(phi(sigma_w * (W @ outputs[-1]) + bias))
    for W, a in zip(matrices[::-1], outputs[-2::-1], strict=True):
        log_norms.append(np.log(np.linalg.norm(delta, axis=0)))
        delta = slope(a) * (sigma_w * (W.T @ delta))
    return np.polyfit(range(20), log_norms[10:30], 1)[0]


_, ax = plt.subplots(layout="constrained")
for name, (phi, slope, line, height) in ACTIVATIONS.items():
    theory, q = critical_point(phi, slope, SIGMA_B)
    sigma_b, sigma_w = SIGMA_B[::20], theory[::20]
    case = phi, slope, np.outer(sigma_w, NEAR).ravel(), sigma_b.repeat(len(NEAR))
    growth = [measure_growth(*case, np.random.default_rng(s)) for s in range(SEEDS)]
    fit = np.polyfit(np.log(NEAR), np.reshape(growth, (-1, len(NEAR))).T, 1)
    measured = np.exp(-fit[1] / fit[0]).reshape(SEEDS, -1) * sigma_w  # growth is 0
    rows = sigma_b, q[::20] ** 0.5, sigma_w, *np.quantile(measured, (0, 0.5, 1), axis=0)
    for label, row in zip(LABELS, rows, strict=True):
        print(f"{name:8}{label:8}", *(f"{value:7.2f}" for value in row))
    ax.semilogy(SIGMA_B, theory, line, sigma_b, measured.T, line[:2] + ".", base=2)
    ax.text(2.1 if name != "ReLU" else 3.3, height * theory[42], name, color=line[:2])
ax.text(0.1, 5, "above its line: δ explodes going back\nbelow its line: δ vanishes")
ax.set(xlabel="bias scale", ylabel="critical weight scale", ylim=(0.45, 18))
ax.yaxis.set_major_formatter("{x:g}")
plt.show()
