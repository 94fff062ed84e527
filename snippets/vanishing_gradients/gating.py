"""A forget gate near 1 carries the error signal.

LSTMs of width 128 at their start, fed with N(0, 1); 10 seeds: median and range."""

import matplotlib.pyplot as plt
import numpy as np

SIGMA_W = 1  # try 0.1, 2
WIDTH, STEPS, SEEDS, LAGS = 128, 120, 10, np.arange(101)
CASES = (  # forget bias, σ_w, color, line style, label
    (0, SIGMA_W, "C6", "-", "bias 0"),
    (1, SIGMA_W, "C8", "--", "bias 1"),
    (3, SIGMA_W, "C9", "-.", "bias 3"),
    (1, 4, "C7", ":", "bias 1, W × 4"),
)


def lstm_forward(W, bias, drive):
    """Gates i, f, o, g, cell before, tanh of the cell after: shape (STEPS, 6, n)."""
    h, c, steps = 0 * drive[0, 0], 0 * drive[0, 0], []
    for x in drive:
        z = (W @ h).reshape(4, -1) + x
        z[1] += bias
        i, f, o, g = *(0.5 + 0.5 * np.tanh(z[:3] / 2)), np.tanh(z[3])
        steps.append((i, f, o, g, c, np.tanh(f * c + i * g)))
        c, h = f * c + i * g, o * steps[-1][-1]
    return np.array(steps)


def lstm_backward(W, steps, up):
    """∂L/∂c by all paths, the last step first; up is ∂L/∂h there: (STEPS, n)."""
    carry, signals = 0, []
    for i, f, o, g, c, t in steps[::-1]:
        signals.append(carry + up * o * (1 - t**2))
        delta = np.array((signals[-1] * g, signals[-1] * c, up * t, signals[-1] * i))
        delta *= (i - i**2, f - f**2, o - o**2, 1 - g**2)  # slopes: δ of each gate
        carry, up = f * signals[-1], W.T @ delta.ravel()
    return np.array(signals)


_, axes = plt.subplots(2, sharex=True, figsize=(5.6, 6.6), layout="constrained")
print("b σ_w    σ(b)   -1/log  factor: cell, all  |∂L/∂c| at 100: cell, all (min, max)")
for bias, scale, color, style, label in CASES:
    pairs = []
    for rng in map(np.random.default_rng, range(SEEDS)):
        W = scale * rng.standard_normal((4 * WIDTH, WIDTH)) / WIDTH**0.5
        steps = lstm_forward(W, bias, rng.standard_normal((STEPS, 4, WIDTH)))
        signals = lstm_backward(W, steps, rng.standard_normal(WIDTH))
        cell = np.cumprod([signals[0], *steps[:0:-1, 1]], axis=0)  # gates f only
        pairs.append(np.linalg.norm([cell, signals], axis=2) / np.linalg.norm(cell[0]))
    low, median, high = np.quantile(pairs, (0, 0.5, 1), axis=0)[..., LAGS]
    factor, gate = (median[:, 80] / median[:, 20]) ** (1 / 60), 1 / (1 + np.exp(-bias))
    row = gate, -1 / np.log(gate), *factor, *median[:, 100], low[1, 100], high[1, 100]
    print(bias, scale, "", *(f"{value:9.3g}" for value in row))
    for ax, path in (axes[0], 1), (axes[1], 0):  # all paths, cell path
        ax.semilogy(LAGS, median[path], style, color=color)
        ax.fill_between(LAGS, low[path], high[path], color=color, alpha=0.2)
        ax.text(102, median[path, 100], label, color=color, va="center")
axes[0].set(ylabel="|∂L/∂c|, all paths", ylim=(1e-33, 1e7))
axes[1].set(ylabel="|∂L/∂c|, cell path alone", ylim=(1e-33, 1e7))
axes[1].set(xlabel="steps back in time")
plt.show()
