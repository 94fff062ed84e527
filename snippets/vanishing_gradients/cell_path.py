"""An LSTM's cell has a way back on which nothing but its gates multiplies.

A drawing. The numbers printed are those of gates held at their bias."""

import matplotlib.pyplot as plt
import numpy as np

BIAS, STEPS = 3, 100  # of the forget gate; steps back in time


def box(x, y, text, color="black"):
    """A rounded box with a text in its middle."""
    look = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": color}
    ax.text(x, y, text, color=color, ha="center", va="center", bbox=look)


def arrow(start, end, color="black", style="-|>", width=1):
    """A straight arrow from start to end."""
    look = {"arrowstyle": style, "color": color, "linewidth": width}
    ax.annotate("", end, start, arrowprops=look)


_, ax = plt.subplots(figsize=(5.6, 4), layout="constrained")
for left, now in (0, "t − 1"), (5, "t"):
    arrow((left + 0.4, 6), (left + 1.3, 6))  # the cell: times f, plus i g
    arrow((left + 1.7, 6), (left + 3.1, 6))
    arrow((left + 3.5, 6), (left + 5, 6))
    box(left + 1.5, 6, "×")
    box(left + 3.3, 6, "+")
    arrow((left + 1.5, 4.2), (left + 1.5, 5.6))
    arrow((left + 3.3, 4.2), (left + 3.3, 5.6))
    box(left + 1.5, 3.8, "gate f")
    box(left + 3.3, 3.8, "i g")
    arrow((left + 1.5, 2.2), (left + 1.5, 3.3))
    arrow((left + 3.3, 2.2), (left + 3.3, 3.3))
    box(left + 2.4, 1.8, "W h + input")
    ax.text(left + 2.4, 1, f"step {now}", ha="center")
arrow((10, 7.2), (0.2, 7.2), "C0", width=2.5)
ax.text(5, 7.5, "the cell path back: times f, times f, …", color="C0", ha="center")
ax.plot((4.4, 4.4), (5.9, 1.8), "--", color="gray")  # from the cell to the next W
arrow((4.4, 1.8), (6.2, 1.8), "gray")
ax.text(4.6, 4.2, "h", color="gray")
ax.text(5, 0.3, "every other way back (gray) passes W", color="gray", ha="center")
ax.text(0, 5.85, "c", ha="center"), ax.text(10.3, 5.85, "c", ha="center")
ax.set(xlim=(-0.3, 10.6), ylim=(0, 8.2))
ax.axis("off")
gate = 1 / (1 + np.exp(-BIAS))
print(
    f"bias {BIAS}: gate {gate:.3f}; after {STEPS} steps back {gate**STEPS:.4f} is left"
)
print(f"bias 0: gate 0.500; after {STEPS} steps back {0.5**STEPS:.0e} is left")
plt.show()
