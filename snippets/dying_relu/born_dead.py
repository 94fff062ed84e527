"""With symmetric weights, narrow and deep ReLU networks are often born dead.

2000 untrained networks a point, 95% intervals; curves and bands: theorems. 1 s."""

import matplotlib.pyplot as plt
import numpy as np

NETWORKS, WIDTHS, DEPTH = 2000, (2, 4, 6, 8), np.arange(1, 101)
SCALE = 2  # try 0.1, 1
POSITIVE_ROWS = 0  # try 1, 2
SHOWN = np.array([1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 37, 52, 72, 100]) - 1


def born_dead(inputs, width, rng, bias=0.0):
    """Percent of networks born dead, by layer: (n_0, inputs) -> (DEPTH,)."""
    a, alive = np.broadcast_to(inputs, (NETWORKS, *inputs.shape)), []
    for _ in DEPTH:
        w = rng.normal(size=(len(a), width, a.shape[1])) * np.sqrt(SCALE / a.shape[1])
        w[:, :POSITIVE_ROWS] = np.abs(w[:, :POSITIVE_ROWS])
        a = np.maximum(w @ a + bias * rng.normal(size=(len(a), width, 1)), 0)
        a = a[(a > 0).any(axis=(1, 2))]  # go on with the networks that are alive
        alive.append(len(a))
    return 100 - 100 * np.array(alive) / NETWORKS


def wilson(percent):
    """Centre and half length of the 95 % interval: (DEPTH,) -> (2, DEPTH)."""
    p, k = percent / 100, 1.96**2 / NETWORKS
    return 100 * np.array([p + k / 2, np.sqrt(k * p * (1 - p) + k**2 / 4)]) / (1 + k)


def theory(width):
    """One input: exact percent. All x of a line: bounds below, above. All (DEPTH,)."""
    s = 1 - 0.5**width  # chance that a layer lets the signal of one input through
    least = 1 - 2 * s**DEPTH + (2 * s - 1) * s ** (2 * DEPTH - 2)
    return 100 * (1 - s**DEPTH), 100 * least, 100 * (1 - s ** (DEPTH - 1))


rng = np.random.default_rng(0)
fig, panels = plt.subplots(2, sharex=True, figsize=(5.6, 6.2), layout="constrained")
print("born dead (%)    one input         all x of a line")
print("width layers    exact measured    least measured     most")
for n in WIDTHS:
    exact, least, most = theory(n)
    one, line = (born_dead(np.array([x]), n, rng) for x in ([1.0], [1.0, -1.0]))
    panels[0].plot(DEPTH, exact, "C2")
    panels[1].fill_between(DEPTH, least, most, color="C2", alpha=0.25, lw=0)
    for axes, dead in zip(panels, (one, line), strict=True):
        axes.errorbar(DEPTH[SHOWN], *wilson(dead)[:, SHOWN], fmt="C2o", ms=4, capsize=2)
        axes.text(0.42 * 2**n, 46, "width 2" if n == 2 else n, ha="right")
    for row in np.transpose([DEPTH, exact, one, least, line, most])[[9, 49]]:
        print(f"{n:5}{row[0]:7.0f}", *(f"{percent:8.1f}" for percent in row[1:]))
panels[0].set(xscale="log", xticks=(1, 10, 100), ylabel="dead for one input (%)")
panels[1].set(xlabel="layers", ylabel="dead for a line (%)", xticklabels=(1, 10, 100))
x = rng.normal(size=(10, 50))  # 50 inputs of dimension 10; b: spread of the biases
for b in (0, 1):
    print(f"width 4, 10 layers, 50 points, bias {b}: {born_dead(x, 4, rng, b)[9]:.1f}")
for n in (*WIDTHS, 16, 32):
    print(f"width {n:2}, one input: half dead at {-1 / np.log2(1 - 0.5**n):.3g} layers")
plt.show()
