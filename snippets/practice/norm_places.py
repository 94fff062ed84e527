"""A norm after the sum stands in the skip's way; a norm in front of the block does not.

A drawing. The number: what a norm after a sum leaves of the skip, if the block adds
as much as came in; width 128, mean of 200 draws."""

import matplotlib.pyplot as plt
import numpy as np

WIDTH, DRAWS = 128, 200
NORMS = 36  # two in each of 18 layers


def left_of_skip(rng):
    """By how much the norm after x + f multiplies x, for x and f of one size."""
    x, f = rng.standard_normal((2, DRAWS, WIDTH))
    return np.mean(1 / (x + f).std(axis=1))


def way(axes, corners, color, width=1.5):
    """A line through corners (x, y), with an arrow head at the last one."""
    axes.plot(*np.transpose(corners), color, lw=width)
    head = {"arrowstyle": "-|>", "color": color, "lw": width}
    axes.annotate("", corners[-1], corners[-2], arrowprops=head)


def box(axes, x, text, color="gray"):
    """A rounded box with a text in its middle."""
    look = {"boxstyle": "round,pad=0.5", "fc": "white", "ec": color}
    axes.text(x, 0, text, bbox=look, ha="center", va="center", color="black", zorder=3)


def draw(axes, first, color):
    """One block from left to right; the way of the skip is coloured."""
    block, plus, norm = (4.9, 7.3, 2) if first else (3.1, 5.8, 8)
    way(axes, [(0.3, 0), (plus - 0.35, 0)], "gray")
    way(axes, [(plus, 0), (10, 0)], color, 2.5)
    over = [(0.6, 0), (0.6, 1), (plus, 1), (plus, 0.3)]
    way(axes, over, color, 2.5)
    box(axes, block, "block")
    box(axes, plus, "+")
    box(axes, norm, "norm", "gray" if first else color)
    axes.text((0.6 + plus) / 2, 1.15, "skip", color=color, ha="center")
    axes.text(0, 0, "x", ha="center", va="center")
    axes.set(xlim=(-0.2, 10.1), ylim=(-0.7, 1.6))
    title = "norms first: norm_first=True" if first else "norms after the sums"
    axes.set_title(title, loc="left")
    axes.axis("off")


left = left_of_skip(np.random.default_rng(0))
print(f"a norm after the sum leaves {left:.2f} of the skip")
print(f"{NORMS} of them, in theory: {0.5 ** (NORMS / 2):.1e}; norms first: 1")
_, axes = plt.subplots(2, figsize=(5.6, 3.4), layout="constrained")
draw(axes[0], first=False, color="C3")
draw(axes[1], first=True, color="C2")
plt.show()
