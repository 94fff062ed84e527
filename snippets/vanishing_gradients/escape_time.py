"""A saturated neuron needs exponentially many steps.

One input with |x|² + 1 = 3: a step lowers z by 3 * rate * ∂L/∂a * φ′(z)."""

from math import cosh, sinh, tanh

import matplotlib.pyplot as plt
import numpy as np

RATE = 0.1  # try 1, 10
GRID = np.linspace(0, 12, 12001)
CASES = {  # how far z falls in a step of rate 1; last start, style
    "tanh, push 1": (lambda z: 3 / cosh(z) ** 2, 6, "C1o-"),
    "tanh, target -1": (lambda z: 3 / cosh(z) ** 2 * (tanh(z) + 1), 6, "C1x--"),
    "sigmoid, push 1": (lambda z: 3 / (2 * cosh(z / 2)) ** 2, 12, "C0s-."),
}


def count_steps(z, fall, rate=RATE):
    """Steps of gradient descent until z is at most 0, and where z lands."""
    steps = 0
    while z > 0:
        z -= rate * fall(z)
        steps += 1
    return steps, z


def integrate(fall):
    """The integral of dz / (rate * fall) from 0 to each point: shape of GRID."""
    f = np.array([1 / (RATE * fall(z)) for z in GRID])
    return np.append(0, np.cumsum((f[1:] + f[:-1]) / 2 * np.diff(GRID)))


_, axes = plt.subplots(layout="constrained")
for name, (fall, last, style) in CASES.items():
    starts, time = np.linspace(last / 6, last, 6), integrate(fall)
    counts = [count_steps(z, fall)[0] for z in starts]
    axes.semilogy(starts, counts, style[:3], fillstyle="none")
    axes.semilogy(GRID[500:], time[500:], style[:2] + style[3:])
    for z, n in zip(starts[1::2], counts[1::2], strict=True):
        print(f"{name}, z₀ = {z:2g}: {n:6} steps, integral {time[round(1000 * z)]:.1f}")
    nine, ten = time[[9000, 10000]]
    print(f"  z₀ = 10: {ten:.3g} steps, {ten / nine:.2f} times as many as z₀ = 9")
print(f"closed form, tanh, push 1, z₀ = 6: {(3 + sinh(12) / 4) / (3 * RATE):.1f}\n")
for rate in (0.1, 1, 2, 10):
    steps, z = count_steps(5, CASES["tanh, push 1"][0], rate)
    print(f"tanh, push 1, z₀ = 5, rate {rate:3}: {steps:4} steps, ends at {z:.2f}")
w = np.float32(GRID / 3)  # push 1, both weights and the bias are z/3
gradient = 1 - np.tanh(w + w + w) ** 2
moved = w - np.float32(RATE) * gradient != w
for z in (7, 8, 10):
    m, g = moved[1000 * z], gradient[1000 * z]
    print(f"float32, z = {z:2}: weights change {m}, gradient is 0 {g == 0}")
axes.axvspan(GRID[moved][-1], 12, color="gray", alpha=0.15, lw=0)
axes.text(0.6, 1e7 / RATE, "tanh: push 1 (solid)\nor target −1 (dashed)", color="C1")
axes.text(9.2, 100 / RATE, "sigmoid", color="C0")
axes.text(8.6, 0.8 / RATE, "tanh in float32:\nnever", color="gray")
axes.set(xlabel="z₀ at the start", ylabel="steps until z ≤ 0", xticks=range(0, 13, 2))
plt.show()
