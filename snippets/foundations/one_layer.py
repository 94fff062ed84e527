"""Forward a layer multiplies by W, backward by W turned over.

A tanh layer of 2 neurons with 3 inputs, one sample. Nothing is random."""

import matplotlib.pyplot as plt
import numpy as np

W, b = np.array([[1.0, -1.0, 0.5], [0.5, 1.0, -1.0]]), np.array([0.0, 0.5])
before = np.array([0.5, -0.5, 1.0])  # the outputs of the layer before
arriving = np.array([1.0, -0.5])  # ∂L/∂a, from the layer after

z = W @ before + b
a = np.tanh(z)
slope = 1 - a**2
delta = arriving * slope
passed_on = W.T @ delta  # ∂L/∂a of the layer before
row = before[None]  # shape (1, 3)
gradient = delta[:, None] @ row

FORWARD = ("z", z, "="), ("W", W, "@"), ("a before", before, "+"), ("b", b, "")
ERROR = ("δ", delta, "="), ("∂L/∂a", arriving, "*"), ("slope", slope, "")
BELOW = ("∂L/∂a before", passed_on, "="), ("W.T", W.T, "@"), ("δ", delta, "")
WEIGHTS = ("∂L/∂W", gradient, "="), ("δ", delta, "@"), ("a before, as a row", row, "")
ROWS = {"forward →": FORWARD, "← backward, through the activation": ERROR}
ROWS |= {"← backward, through the weights": BELOW, "for the optimizer": WEIGHTS}


def draw(ax, left, middle, values):
    """A box for each number, from a left edge, around a height: the right edge."""
    rows, columns = values.shape
    for i, j in np.ndindex(rows, columns):
        corner = left + j, middle + rows / 2 - i - 1
        ax.add_patch(plt.Rectangle(corner, 1, 1, fill=False))
        number = f"{values[i, j]:.2f}".replace("-", "−")
        ax.text(corner[0] + 0.5, corner[1] + 0.5, number, ha="center", va="center")
    spot = left + columns / 2, middle - rows / 2 - 0.2
    ax.text(*spot, f"{rows} × {columns}", color="gray", ha="center", va="top")
    return left + columns


_, ax = plt.subplots(figsize=(5.6, 7), layout="constrained")
height = 0.0
for title, blocks in ROWS.items():
    print(title)
    color = "C0" if "back" in title else "black"
    ax.text(0, height, title, color=color, va="top", weight="bold")
    tall, left = max(len(values) for _, values, _ in blocks), 0.0
    height -= 1.9 + tall / 2
    for name, values, sign in blocks:
        values = values.reshape(len(values), -1)
        print(f"  {name} {values.shape}: {values.round(4).tolist()}")
        right = draw(ax, left, height, values)
        spot = (left + right) / 2, height + len(values) / 2 + 0.15
        ax.text(*spot, name, ha="center")
        ax.text(right + 0.4, height, sign, ha="center", va="center")
        left = right + 0.8
    height -= tall / 2 + 1.3
ax.set(xlim=(-0.5, 8.7), ylim=(height + 0.5, 0.1))
ax.axis("off")
plt.show()
