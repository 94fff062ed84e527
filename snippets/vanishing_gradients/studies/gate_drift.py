"""An LSTM's factor per step drifts with width, forget bias and the size of its inputs.

How measured: the LSTMs of `gating.py` at their start (σ_w = 1), fed with N(0, size²)
for each gate, unit and step; 20 seeds. Factor: the 200th root of how much the norm of
∂L/∂c grows from lag 100 to lag 300, by all paths and by the cell path alone; the norm
at lag 300 is relative to lag 0. Medians, and the range of the norm."""

import numpy as np

SEEDS, STEPS = 20, 320
GRID = [(n, b, 1) for n in (32, 128, 256) for b in (0, 1, 2, 3, 4, 5)]
GRID += [(128, b, size) for b in (0, 1, 3, 5) for size in (0.1, 3)]
CASES = [
    dict(zip(("width", "forget bias", "input size"), it, strict=True)) for it in GRID
]
ALLOWED = {"factor, all paths": "±0.01", "factor, cell path": "±0.01"}


def lstm_forward(W, bias, drive):
    """Gates i, f, o, g, cell before, tanh of the cell after: (STEPS, 6, SEEDS, n)."""
    h, c, steps = 0 * drive[0, 0], 0 * drive[0, 0], []
    for x in drive:
        z = np.stack(np.split((W @ h[..., None])[..., 0], 4, axis=1)) + x
        z[1] += bias
        i, f, o, g = *(0.5 + 0.5 * np.tanh(z[:3] / 2)), np.tanh(z[3])
        steps.append((i, f, o, g, c, np.tanh(f * c + i * g)))
        c, h = f * c + i * g, o * steps[-1][-1]
    return np.array(steps)


def lstm_backward(W, steps, up):
    """∂L/∂c by all paths, the last step first; up is ∂L/∂h there: (STEPS, SEEDS, n)."""
    carry, signals = 0, []
    for i, f, o, g, c, t in steps[::-1]:
        signals.append(carry + up * o * (1 - t**2))
        delta = np.array((signals[-1] * g, signals[-1] * c, up * t, signals[-1] * i))
        delta *= (i - i**2, f - f**2, o - o**2, 1 - g**2)  # slopes: δ of each gate
        up = (W.mT @ np.concatenate(delta, axis=1)[..., None])[..., 0]
        carry = f * signals[-1]
    return np.array(signals)


def measure(width, **case):
    """One start of the gates."""
    rng = np.random.default_rng(0)
    W = rng.standard_normal((SEEDS, 4 * width, width)) / width**0.5
    drive = case["input size"] * rng.standard_normal((STEPS, 4, SEEDS, width))
    steps = lstm_forward(W, case["forget bias"], drive)
    signals = lstm_backward(W, steps, rng.standard_normal((SEEDS, width)))
    cell = np.cumprod([signals[0], *steps[:0:-1, 1]], axis=0)  # gates f only
    norms = np.linalg.norm([cell, signals], axis=3) / np.linalg.norm(cell[0], axis=1)
    factor = np.median((norms[:, 300] / norms[:, 100]) ** (1 / 200), axis=1)
    low, median, high = np.quantile(norms[1, 300], (0, 0.5, 1))
    return {
        "factor, cell path": f"{factor[0]:.3f}",
        "factor, all paths": f"{factor[1]:.3f}",
        "norm at lag 300": float(f"{median:.2g}"),
        "lowest": float(f"{low:.2g}"),
        "highest": float(f"{high:.2g}"),
    }
