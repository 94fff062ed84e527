"""The form of a block decides how fast it grows.

By how much a block multiplies the mean square of h going forward and of δ going back:
blocks 11 to 30 of 30 before training, mean and spread of 10 seeds."""

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
_, axis = plt.subplots(figsize=(5.6, 3.6), layout="constrained")
print("per block                   h²: theory, measured    |δ|²: theory, measured")
for x, heading in (0, "form of the block"), (0.62, "forward"), (0.84, "backward"):
    axis.text(x, 1, heading, weight="bold")
for row, (name, (branch, after, *theory)) in enumerate(FORMS.items()):
    cells, factors = "", block_factors(branch, after, h, delta)
    axis.text(0, -row, name)
    for factor, expected, x in zip(factors, theory, (0.62, 0.84), strict=True):
        value = f"{factor.mean():.2f} ± {factor.std(ddof=1):.2f}"
        cells += f"{expected:>8}   {value}    "
        axis.text(x, -row, f"× {value}", color="C3" if factor.mean() > 2.5 else "black")
    print(f"{name:27} {cells.rstrip()}")
    axis.axhline(0.7 - row, color="lightgray", lw=1)
axis.set(xlim=(0, 1.05), ylim=(-5.5, 1.6))
axis.axis("off")
plt.show()
