"""With GELU or SiLU, the input's size can decide between vanishing and exploding.

Lines: infinite width. Marks: 5 networks, width 128: median. Layers 21 to 40 of 40,
biases 0, inputs from N(0, size²). Takes 2 s."""

import math

import matplotlib.pyplot as plt
import numpy as np

ACTIVATION = "GELU"  # try "SiLU"
COLOR = "C5" if ACTIVATION == "GELU" else "C6"
WIDTH, DEPTH, SEEDS, GRID = 128, 40, 5, np.linspace(1, 2.4, 57)  # GRID: σ_w
SIZES = {0.1: ("--", "s", 1.08), 1: ("-.", "x", 0.91), 10: ("-", "o", 0.92)}
Z, erf = np.linspace(-8, 8, 400), np.vectorize(math.erf)
BELL = np.exp(-(Z**2) / 2) / np.sum(np.exp(-(Z**2) / 2))  # f(Z) @ BELL: average of f


def curve(z):  # φ and φ′: z times a share s that grows from 0 to 1
    s = 0.5 + 0.5 * (np.tanh(z / 2) if ACTIVATION == "SiLU" else erf(z / 2**0.5))
    peak = s * (1 - s) if ACTIVATION == "SiLU" else np.exp(-z * z / 2) / math.tau**0.5
    return z * s, s + z * peak


def predict(size):  # factor per layer for |δ| at infinite width: shape of GRID
    q, logs = (GRID * size) ** 2, []  # mean square of z in layer 1
    for _ in range(DEPTH):
        value, slope = curve(np.sqrt(q)[:, None] * Z)
        logs.append(np.log(GRID**2 * (slope**2 @ BELL)) / 2)
        q = GRID**2 * (value**2 @ BELL)
    return np.exp(np.mean(logs[20:39], axis=0))


def measure(size, rng):  # the same in one network, for every fourth scale
    matrices = rng.standard_normal((DEPTH, WIDTH, WIDTH)) / WIDTH**0.5
    x, delta = rng.standard_normal((2, WIDTH, 1)).repeat(len(GRID[::4]), axis=2)
    layers, norms = [(size * x, 0)], []
    for W in matrices:
        layers.append(curve(GRID[::4] * (W @ layers[-1][0])))
    for W, (_, slope) in zip(matrices[:19:-1], layers[-2:19:-1], strict=True):
        norms.append(np.linalg.norm(delta, axis=0))
        delta = slope * GRID[::4] * (W.T @ delta)
    return (norms[-1] / norms[0]) ** (1 / 19)  # from layer 40 to 21


_, ax = plt.subplots(layout="constrained")
ax.plot(GRID, GRID / 2**0.5, "C2", GRID, GRID / 2, "k:", linewidth=1)
ax.text(1.06, 0.66, "ReLU", color="C2"), ax.text(2.2, 1.02, "slope ½")
print(f"{ACTIVATION}, σ_w:", *(f"{s:6.2f}" for s in GRID[8::8]))
for size, (line, mark, y) in SIZES.items():
    seeds, theory = map(np.random.default_rng, range(SEEDS)), predict(size)
    median = np.median([measure(size, rng) for rng in seeds], axis=0)
    for name, row in {"theory": theory[8::8], "width 128": median[2::2]}.items():
        print(f"input {size:4}:", *(f"{f:6.3f}" for f in row), "", name)
    ax.plot(GRID, theory, line, GRID[::4], median, mark, color=COLOR, fillstyle="none")
    x = GRID[np.diff(theory / GRID).argmax()] + (0.22 if size == 1 else -0.04)
    ax.text(x, y, f"input {size}", color=COLOR, ha="right")
ax.axhline(1, color="black", linewidth=1, zorder=0)
ax.set(xlabel="weight scale", ylabel="factor per layer for |δ|")
plt.show()
