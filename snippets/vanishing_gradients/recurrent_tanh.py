"""In a tanh network the slopes multiply too.

Width 128, at the start, each unit fed with N(0, DRIVE²); 10 seeds: median, range."""

import matplotlib.pyplot as plt
import numpy as np

DRIVE = 1  # try 0.01, 5
WIDTH, STEPS, SEEDS, LAGS = 128, 120, 10, np.arange(101)
CASES = {  # spectral radius, color, line style, how to align the label
    "radius 1": (1, "C6", "-", "top"),
    "orthogonal": (1, "C7", "--", "bottom"),
    "radius 2": (2, "C8", "-.", "bottom"),
    "radius 3": (3, "C9", "-", "bottom"),
}


def draw_matrix(name, rng):  # a random W (n, n) with the spectral radius of the case
    W = rng.standard_normal((WIDTH, WIDTH))
    if name == "orthogonal":
        return np.linalg.qr(W).Q
    return CASES[name][0] / np.abs(np.linalg.eigvals(W)).max() * W


def backpropagate(W, drive, up):
    """State before each step, slopes φ′, δ; the last step first: (3, STEPS, n)."""
    h, rows = np.zeros(len(W)), []
    for x in drive:
        before, h = h, np.tanh(W @ h + x)
        rows.insert(0, [before, 1 - h**2, up])
    for row in rows:
        row[2] = row[1] * up
        up = W.T @ row[2]
    return np.swapaxes(rows, 0, 1)


_, axes = plt.subplots(layout="constrained")
HEADER = "|W|₂", "σ_w·rms φ′", "factor", "lag≥20: %", "cosine", "lag 100", "min", "max"
print(" " * 10, *(f"{word:>10}" for word in HEADER))
for name, (_, color, style, va) in CASES.items():
    table, norms = [], []
    for rng in map(np.random.default_rng, range(SEEDS)):
        W, drive = draw_matrix(name, rng), DRIVE * rng.standard_normal((STEPS, WIDTH))
        before, slope, delta = backpropagate(W, drive, rng.standard_normal(WIDTH))
        norm = np.linalg.norm(delta, axis=1)[LAGS]
        theory = np.linalg.norm(W) * np.linalg.norm(slope) / WIDTH / STEPS**0.5
        whole, late = delta.T @ before, delta[20:].T @ before[20:]  # of ∂L/∂W
        sizes = np.linalg.norm([whole, late, whole - late], axis=(1, 2))
        cosine = np.sum(whole * (whole - late)) / sizes[0] / sizes[2]
        table.append([np.linalg.norm(W, 2), theory, (norm[80] / norm[20]) ** (1 / 60)])
        table[-1] += [100 * sizes[1] / sizes[0], cosine]
        norms.append(norm / norm[0])
    low, median, high = np.quantile(norms, (0, 0.5, 1), axis=0)
    row = *np.median(table, 0), median[-1], low[-1], high[-1]
    print(f"{name:10}", *(f"{value:10.3g}" for value in row))
    axes.semilogy(LAGS, median, style, color=color)
    axes.fill_between(LAGS, low, high, color=color, alpha=0.2)
    axes.text(101, median[-1], name, color=color, va=va)
axes.set(xlabel="lag k (steps back in time)", ylabel="norm of δ")
plt.show()
