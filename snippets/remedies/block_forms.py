"""The form of a block decides how fast it grows.

Blocks 11 to 30 of 30 before training, a mark for each of 10 seeds; lines: theory."""

import matplotlib.pyplot as plt
import numpy as np

BLOCKS, SEEDS = 30, 10
WIDTH = 128  # try 16, 32
# A branch is a string: R is a ReLU, a digit v a random matrix of variance v / WIDTH.
FORMS = {  # branch, then what follows the addition; theory for h² and |δ|² per block
    "h + W relu(h)": ("R2", "", "2", "2"),
    "h + W₂ relu(W₁ h)": ("2R1", "", "2", "2"),
    "h + W₂ relu(W₁ h), both He": ("2R2", "", "3", "3"),
    "h + W₂ relu(W₁ relu(h))": ("R2R2", "", "2", "2"),
    "h + relu(W h)": ("2R", "", "2.90", "2-2.90"),
    "relu(h + W₂ relu(W₁ h))": ("2R1", "R", "1.5-2", "1-2"),
}


def block_factors(branch, after, h, delta):
    """Factors of h² and of |δ|² = |∂L/∂h|² per block, over 20 blocks: 2 (SEEDS,)."""
    states, deltas, tape = [h], [delta], []
    for matrices in pool:
        steps, a = [], states[-1]
        for k, symbol in enumerate(branch):
            relu = symbol == "R"
            steps.append(a > 0 if relu else float(symbol) ** 0.5 * matrices[k // 2])
            a = steps[-1] * a if relu else steps[-1] @ a
        z = states[-1] + a
        passed = z > 0 if after else 1
        states.append(passed * z)
        tape.append((passed, steps))
    for passed, steps in tape[::-1]:
        g = skip = passed * deltas[-1]
        for symbol, step in zip(branch[::-1], steps[::-1], strict=True):
            g = step * g if symbol == "R" else step.mT @ g
        deltas.append(skip + g)
    norms = np.linalg.norm((states, deltas), axis=(3, 4))
    return (norms[:, 30] / norms[:, 10]) ** (2 / 20)


rng = np.random.default_rng(0)
pool = rng.standard_normal((BLOCKS, 2, SEEDS, WIDTH, WIDTH)) / WIDTH**0.5
h, delta = rng.standard_normal((2, SEEDS, WIDTH, 1))
_, axis = plt.subplots(figsize=(5.6, 5.6), layout="constrained")
print("per block                   h²: theory, measured    |δ|²: theory, measured")
axis.text(2.55, 0, "○ forward, mean of h²", color="C6", va="center")
axis.text(2.55, -0.3, "□ backward, |δ|²", color="C9", va="center")
for row, (name, (branch, after, *theory)) in enumerate(FORMS.items()):
    axis.text(1.15, 0.3 - row, name)
    cells, factors = "", block_factors(branch, after, h, delta)
    for k, style in enumerate(("C6o", "C9s")):
        factor, y, ends = factors[k], -row - 0.22 * k, theory[k].split("-")
        cells += f"{theory[k]:>8} {factor.mean():6.2f} ± {factor.std(ddof=1):.2f}    "
        axis.plot([float(end) for end in ends], [y] * len(ends), "k|-", markersize=12)
        axis.plot(factor, np.full(SEEDS, y), style, fillstyle="none")
    print(f"{name:27} {cells.rstrip()}")
axis.set(yticks=[], xlim=(1, 3.5), xlabel="factor of the mean square per block")
plt.show()
