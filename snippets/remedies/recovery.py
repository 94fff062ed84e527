"""Asked for more output, leaky units come back slowly and GELU units often never.

One unit, off on each of INPUTS inputs; the loss wants more output on all of them, steps
of rate 0.1. Markers: medians of 8 draws. Lines: theory for one input. Takes 1.5 s.
"""

import matplotlib.pyplot as plt
import numpy as np

RATE, SEEDS, DIMENSIONS, LIMIT = 0.1, 8, 5, 6000
INPUTS = 20  # try 2, 50
DEPTHS = np.array([0.1, 0.3, 0.5, 0.7, 1, 2, 5, 10, 20])  # the largest z is -depth
ARROW = {"arrowstyle": "->"}


def gated_slope(z, scale=(8 / np.pi) ** 0.5, cubic=0.044715):
    """Slope of z σ(u), where u = scale (z + cubic z³)."""
    gate = 1 / (1 + np.exp(np.minimum(-scale * z * (1 + cubic * z * z), 700)))
    return gate * (1 + z * scale * (1 + 3 * cubic * z * z) * (1 - gate))


SLOPES = {  # left of 0, style, place of the label; GELU in its tanh form
    "leaky 0.01": (lambda z: 0 * z + 0.01, "C3s-", (0.06, 450)),
    "leaky 0.2": (lambda z: 0 * z + 0.2, "C8D-.", (5.5, 60)),
    "ELU": (np.exp, "C4^:", (5.5, 2e5)),
    "GELU": (gated_slope, "C5v--", (0.36, 95)),
    "SiLU": (lambda z: gated_slope(z, 1, 0), "C6P-", (1.55, 330)),
}


def steps_back(slope, rng):
    """Steps until z > 0 on some input, infinite beyond LIMIT: (seed, depth)."""
    x = rng.normal(size=(SEEDS, INPUTS, DIMENSIONS))
    x = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    z = x @ rng.normal(0, DIMENSIONS**-0.5, (SEEDS, DIMENSIONS, 1))
    z = z - z.max(1, keepdims=True) - DEPTHS  # by the bias: (seed, input, depth)
    kernel = RATE * (x @ x.mT + 1) / INPUTS  # a step of w and b adds kernel @ slope
    steps = np.full((SEEDS, DEPTHS.size), np.inf)
    for step in range(1, LIMIT + 1):
        z = np.minimum(z + kernel @ slope(z), 1)
        steps[(z.max(1) > 0) & (steps == np.inf)] = step
    return steps


_, axes = plt.subplots(layout="constrained")
grid = np.linspace(0, 20, 20001)
print("steps until back; at depth ", *(f"{d:6g}" for d in DEPTHS))
for name, (slope, style, place) in SLOPES.items():
    steps, f = steps_back(slope, np.random.default_rng(0)), slope(-grid)
    f = f[np.logical_and.accumulate(f > 0)]  # as far as the slope stays positive
    time = np.append(0, np.cumsum((1 / f[1:] + 1 / f[:-1]) / 2 * grid[1])) / RATE
    theory = np.interp(DEPTHS, grid[: f.size], time, right=np.inf)
    for row, cells in ("least", steps.min(0)), ("most", steps.max(0)), ("one", theory):
        print(f"{name:12} {row:13}", *(f"{n:6.4g}" for n in cells))
    print(f"{'':12} slope above 0 from z = {-grid[f.size - 1]:.2f} on (grid: -20)")
    axes.loglog(grid[50 : f.size], time[50:], style[:2] + style[3:])
    axes.loglog(DEPTHS, np.median(steps, axis=0), style[:3])
    axes.text(*place, name, color=style[:2])
    if name in ("GELU", "SiLU"):  # the line ends where the slope turns negative
        axes.annotate("", (grid[f.size - 1], time[-1]), (0.35, 4e4), arrowprops=ARROW)
axes.text(0.06, 6e4, "never comes back\nfrom further down")
axes.set(xlabel="depth: how far the largest z lies below 0", ylim=(0.7, 1e6))
axes.set_ylabel("steps until back")
plt.show()
