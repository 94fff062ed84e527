"""A sigmoid neuron's window is at most 0.45 wide.

The neuron computes z = w a + b and multiplies a gradient by |w σ′(z)| on its way back
to a. The bias b = -w/2 centres the window, where this factor is at least 1, at a = 1/2.
"""

import matplotlib.pyplot as plt
import numpy as np

GRID = np.linspace(0, 1, 100_001)  # the inputs a sigmoid below can send
WEIGHTS = np.geomspace(4, 100, 10_001)


def factor(a, w):
    """|w σ′(w a - w/2)| for inputs a of any shape."""
    e = np.exp(-np.abs(w * (a - 0.5)))
    return abs(w) * e / (1 + e) ** 2


def width(w):
    """Width of the window by the formula, for |w| >= 4 of any shape."""
    w = np.abs(w)
    return 2 / w * np.log(w * (1 + np.sqrt(1 - 4 / w)) / 2 - 1)


_, (top, bottom) = plt.subplots(2, 1, figsize=(5.6, 6.4), layout="constrained")
print("weight  largest factor  width, measured  width, formula")
for w, style, place in (4, "C6:", 0), (7, "C8-", 0.64), (20, "C9--", 0.56):
    open_inputs = factor(GRID, w) >= 1
    print(f"{w:6} {factor(0.5, w):15.2f} {open_inputs.mean():16.4f} {width(w):15.4f}")
    top.plot(GRID[::200], factor(GRID[::200], w), style)
    height = max(factor(place, w) + 0.2, 1.1)
    top.text(place, height, f"w = {w}", color=style[:2])
    bottom.plot(w, width(w), "o", color=style[:2])
best = WEIGHTS[np.argmax(width(WEIGHTS))]
print(f"widest: {width(best):.4f} at |w| = {best:.2f}")
print(f"|w| = 100: largest factor {factor(0.5, 100):.0f}, width {width(100):.3f}")
top.axhline(1, color="gray", lw=1)
top.set(xlabel="input a", ylabel="factor |w σ′|")
bottom.semilogx(WEIGHTS, width(WEIGHTS), "black")
ticks = (4, 7, 20, 100)
bottom.set(xlabel="size of the weight |w|", ylabel="width of the window", ylim=(0, 0.5))
bottom.set_xticks(ticks, ticks)
bottom.set_xticks([], minor=True)
plt.show()
