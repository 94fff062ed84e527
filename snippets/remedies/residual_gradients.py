"""A skip needs a small branch, or the gradient explodes.

50 blocks, width 128, He weights, layer norm; median and range over 10 seeds."""

import matplotlib.pyplot as plt
import numpy as np

WIDTH, BLOCKS, SEEDS, S = 128, 50, 10, 1 / 50
TIMES = 1  # try 2, 3
CASES = {  # skip, branch, place of the norm, theory for |δ| at the input, line
    "skip": (1, 1, "", 2**25, "C6", "-"),
    "norm before": (1, 1, "before", 51**0.5, "C9", "--"),
    f"skip, F·{TIMES}/√L": (1, TIMES * S**0.5, "", (1 + TIMES**2 * S) ** 25, "C8", "-"),
    "norm after": (1, 1, "after", 1, "C7", ":"),
    "plain": (0, 1, "", 1, "black", "-."),
    "0.9 skip, F/√L": (0.9, S**0.5, "", 0.83**25, "gray", "--"),
}


def normalize(h, on):
    """Layer norm of h (SEEDS, WIDTH, 1), if on, and its backward pass."""
    if not on:
        return h, lambda g: g
    out = (h - h.mean(1, keepdims=True)) / h.std(1, keepdims=True)
    lost = np.concatenate([np.ones_like(h), out], 2) / WIDTH**0.5  # two directions
    return out, lambda g: (g - lost @ (lost.mT @ g)) / h.std(1, keepdims=True)


def propagate(skip, branch, norm, dead):
    """Blocks h ← skip * h + branch * W relu(h); mean h², |∂L/∂h|: 2 (51, SEEDS)."""
    states, deltas, tape = [x], [readout], []
    for block, W in enumerate(weights, start=1):
        u, inner = normalize(states[-1], norm == "before")
        a = np.maximum(u, 0) * (block != dead)  # all ReLUs of a dead block give 0
        h, outer = normalize(skip * states[-1] + branch * W @ a, norm == "after")
        states.append(h)
        tape.append((W, a > 0, inner, outer))
    for W, on, inner, outer in tape[::-1]:
        g = outer(deltas[-1])
        deltas.append(skip * g + inner(on * (branch * W.mT @ g)))
    return np.mean(np.square(states), (2, 3)), np.linalg.norm(deltas[::-1], axis=(2, 3))


rng = np.random.default_rng(0)
weights = rng.standard_normal((BLOCKS, SEEDS, WIDTH, WIDTH)) * (2 / WIDTH) ** 0.5  # He
x, readout = rng.standard_normal((2, SEEDS, WIDTH, 1))
readout /= np.linalg.norm(readout, axis=1, keepdims=True)
fig, axes = plt.subplots(2, 1, sharex=True, figsize=(5.6, 7), layout="constrained")
print("median of h², at the end; |δ| at input: theory, median; if block 25 is dead")
for name, (*case, theory, color, style) in CASES.items():
    curves, cut = propagate(*case, None), np.median(propagate(*case, 25)[1][0])
    low, mid, high = np.quantile(curves, (0, 0.5, 1), axis=2)
    print(f"{name:15} {mid[0, -1]:8.3g} {theory:8.3g} {mid[1, 0]:8.3g} {cut:8.3g}")
    for k, axis in enumerate(axes):
        axis.semilogy(mid[k], style, color=color)
        axis.fill_between(range(BLOCKS + 1), low[k], high[k], color=color, alpha=0.2)
axes[0].set(ylabel="mean square of h")
axes[1].set(ylabel="norm of δ", xlabel="after block ℓ (0 = the input)")
fig.legend(axes[0].lines, CASES, loc="outside upper center", ncols=2)
plt.show()
