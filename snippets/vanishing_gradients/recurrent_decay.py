"""One matrix again and again: its eigenvalues win.

Linear networks of width 128, back in time δ becomes Wᵀ δ; 10 seeds. Takes 1 s."""

import matplotlib.pyplot as plt
import numpy as np

WIDTH, SEEDS, LAGS = 128, 10, np.arange(0, 101, 3)
COUPLING = 4  # try 0, 40
SHEAR = np.array([[0.9, COUPLING], [0, 0.8]])


def power_norms(W, lags):
    """Norm (largest singular value) of W to the power of each lag: shape of lags."""
    return np.linalg.norm([np.linalg.matrix_power(W, k) for k in lags], 2, (1, 2))


def signal_norms(matrices):  # |δ| from lag 0 on, one W a step: shape (steps + 1,)
    signals = [np.ones(WIDTH) / WIDTH**0.5]
    for W in matrices:
        signals.append(W.T @ signals[-1])
    return np.linalg.norm(signals, axis=1)


rng, rows = np.random.default_rng(0), []
for _ in range(SEEDS):
    W, *draws = rng.standard_normal((101, WIDTH, WIDTH)) / WIDTH**0.5
    radius, stretch = np.abs(np.linalg.eigvals(W)).max(), np.linalg.norm(W, 2)
    signals = signal_norms([W] * 100), signal_norms(draws)
    rows.append((radius, stretch, power_norms(0.9 / radius * W, LAGS), *signals))
radius, stretch, scaled, same, fresh = map(np.array, zip(*rows, strict=True))
for name, values in {
    "σ_w = 1: spectral radius": radius,
    "largest singular value": stretch,
    "|δ| at lag 10, same W": same[:, 10],
    "|δ| at lag 10, fresh W": fresh[:, 10],
    "|δ| at lag 100, same W": same[:, 100],
    "|δ| at lag 100, fresh W": fresh[:, 100],
    "factor (lags 50-100) / radius": (same[:, 100] / same[:, 50]) ** 0.02 / radius,
    "radius 0.9: highest norm": scaled.max(axis=1),
}.items():
    print(f"{name:29}", *(f"{q:8.3g}" for q in np.quantile(values, (0.5, 0, 1))))
for k, norm in zip(ks := (1, 6, 10, 100, 1000), power_norms(SHEAR, ks), strict=True):
    print(f"2 × 2, power {k:4}: norm {norm:9.3g}, k-th root {norm ** (1 / k):.4f}")
shear = power_norms(SHEAR, LAGS)
_, axes = plt.subplots(2, sharex=True, figsize=(5.6, 6.6), layout="constrained")
for row, values, color, style, text in (
    (0, [0.9**LAGS], "gray", ":", (4, 2e-4, "0.9 to the power k")),
    (0, [shear], "C8", "--", (101, shear[-1], "2 × 2")),
    (0, scaled, "C6", "-", (4, 2e-3, "random matrix")),
    (1, same[:, LAGS], "C6", "-", (4, 300, "same W at every step")),
    (1, fresh[:, LAGS], "C9", "-.", (2, 0.2, "fresh W at every step")),
):
    median, low, high = np.quantile(values, (0.5, 0, 1), axis=0)
    axes[row].semilogy(LAGS, median, style, color=color)
    axes[row].fill_between(LAGS, low, high, color=color, alpha=0.2)
    axes[row].text(*text, color=color)
axes[0].set(ylabel="norm of the k-th power")
axes[1].set(ylabel="norm of δ", xlabel="lag k (steps back in time)")
plt.show()
