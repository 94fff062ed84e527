"""A skip with a small branch keeps the gradients of similar inputs alike.

Width 128, pairs of inputs with correlation NEAR, batch norm; mean ± sd of 8 seeds."""

import matplotlib.pyplot as plt
import numpy as np

WIDTH, PAIRS, SEEDS, DEPTHS = 128, 16, 8, (1, 2, 5, 10, 20, 50)
NEAR = 0.95  # try 0.5, 0.999
NETS = {  # skip, is the branch divided by √L?, batch norm?, line
    "plain": (0, False, False, "black", "-."),
    "plain, norm": (0, False, True, "C7", ":"),
    "skip": (1, False, False, "C6", "-"),
    "skip, norm": (1, False, True, "C9", "--"),
    "skip, F/√L": (1, True, False, "C8", "-"),
}


def input_gradients(skip, branch, norm, weights):
    """Gradient of readout · h with respect to each input: (SEEDS, WIDTH, 2 PAIRS)."""
    h, tape = x, []
    for W in weights:  # u below is h, or its batch norm
        center = h.mean(2, keepdims=True) if norm else 0
        scale = h.std(2, keepdims=True) if norm else 1
        a = np.maximum((h - center) / scale, 0)
        h = skip * h + branch * W @ a
        tape.append((W, branch * (a > 0) / scale))
    g = readout.repeat(2 * PAIRS, axis=2)
    for W, slope in tape[::-1]:  # center and scale are held fixed
        g = skip * g + slope * (W.mT @ g)
    return g


rng = np.random.default_rng(0)
weights = rng.standard_normal((DEPTHS[-1], SEEDS, WIDTH, WIDTH)) * (2 / WIDTH) ** 0.5
x, other = rng.standard_normal((2, SEEDS, WIDTH, PAIRS))
x = x.repeat(2, 2)
x[:, :, 1::2] = NEAR * x[:, :, 1::2] + (1 - NEAR**2) ** 0.5 * other
readout = rng.standard_normal((SEEDS, WIDTH, 1)) / WIDTH**0.5
same = np.eye(PAIRS).repeat(2, 0).repeat(2, 1) > 0  # an input, itself or its neighbor
near = same & (np.eye(2 * PAIRS) == 0)
fig, axis = plt.subplots(figsize=(5.6, 4.8), layout="constrained")
heads = "near, 1", "near, 10", "near, 50", "far, 1", "far, 10", "far, 50"
print("inputs, L  ", *(f"{head:^12}" for head in heads))
for name, (skip, scaled, norm, color, style) in NETS.items():
    cosines = np.empty((2, len(DEPTHS), SEEDS))
    for k, depth in enumerate(DEPTHS):
        branch = depth**-0.5 if scaled else 1
        g = input_gradients(skip, branch, norm, weights[:depth])
        unit = g / np.linalg.norm(g, axis=1, keepdims=True)
        table = unit.mT @ unit
        cosines[:, k] = table[:, near].mean(1), table[:, ~same].mean(1)
    means, stds = cosines.mean(2), cosines.std(2, ddof=1)
    cells = zip(means[:, [0, 3, 5]].ravel(), stds[:, [0, 3, 5]].ravel(), strict=True)
    print(f"{name:11}", *(f"{mean:5.2f} ± {std:.2f}" for mean, std in cells))
    axis.semilogx(DEPTHS, means[0], style, color=color)
    axis.fill_between(DEPTHS, *(means[0] + [-stds[0], stds[0]]), color=color, alpha=0.2)
axis.set(xlabel="blocks L", ylabel="cosine", xticks=DEPTHS, xticklabels=DEPTHS)
fig.legend(axis.lines, NETS, loc="outside upper center", ncols=2)
plt.show()
