"""A skip gives the error signal a second way back, past all weights.

Numbers: what one block passes back on each way before training, ReLU and Xavier
weights, width 128, root mean square of 200 draws."""

import matplotlib.pyplot as plt
import numpy as np

WIDTH, DRAWS, BLOCKS = 128, 200, 50


def pass_back(rng):
    """Norm of Jᵀδ for the branch F(h) = W relu(h) and a random δ of norm 1."""
    W = rng.standard_normal((WIDTH, WIDTH)) / WIDTH**0.5
    h, delta = rng.standard_normal((2, WIDTH))
    return np.linalg.norm((h > 0) * (W.T @ (delta / np.linalg.norm(delta))))


def way(axes, corners, line, width=1.5):
    """A line through corners (x, y), with an arrow head at the last one."""
    axes.plot(*np.transpose(corners), line, lw=width)
    head = {"arrowstyle": "-|>", "color": line[:2].strip("-"), "lw": 0}
    head |= {"shrinkA": 0, "shrinkB": 0, "mutation_scale": 14}
    axes.annotate("", corners[-1], corners[-2], arrowprops=head)


def draw(axes, skip):
    """One block: forward in gray, back in colour."""
    frame = {"boxstyle": "round,pad=0.5", "fc": "lightgray", "ec": "gray"}
    middle = {"ha": "center", "va": "center"}
    for corners in ([(0.05, 0.5), (0.3, 0.5)], [(0.7, 0.5), (0.9, 0.5)]):
        way(axes, corners, "k-")
    axes.text(0.5, 0.5, "weights and ReLU", bbox=frame, color="black", **middle)
    axes.text(0, 0.5, "h", **middle)
    axes.text(0.93, 0.5, "h + F(h)" if skip else "F(h)", va="center")
    way(axes, [(0.95, 0.25), (0.0, 0.25)], "C3--", 2)
    axes.text(
        0.5, 0.1, f"back through the weights: × {through:.2f}", color="C3", **middle
    )
    if skip:
        way(axes, [(0.1, 0.5), (0.1, 0.78), (0.85, 0.78), (0.85, 0.53)], "k-")
        way(axes, [(0.95, 0.92), (0.0, 0.92)], "C2-", 2)
        axes.text(0.5, 1.03, "back around them: × 1", color="C2", **middle)
    axes.set(xlim=(-0.05, 1.2), ylim=(0, 1.1 if skip else 0.7))
    axes.set_title("block with a skip" if skip else "plain block", loc="left")
    axes.axis("off")


rng = np.random.default_rng(0)
through = np.mean([pass_back(rng) ** 2 for _ in range(DRAWS)]) ** 0.5
print(f"back through the weights of one block: {through:.2f}; around them: 1")
print(f"through the weights of {BLOCKS} plain blocks, in theory: {0.5**25:.0e}")
ratio = {"height_ratios": (7, 11)}
_, axes = plt.subplots(2, figsize=(5.6, 4.4), layout="constrained", gridspec_kw=ratio)
draw(axes[0], skip=False)
draw(axes[1], skip=True)
plt.show()
