"""Batch norm can make δ grow with any bent unit; a branch divided by ℓ cannot.

Formulas of exercises 14 and 15, over the slope of leaky ReLU and over 100 blocks.
"""

import matplotlib.pyplot as plt
import numpy as np

BLOCKS, SLOPES = np.arange(1, 101.0), np.linspace(-1, 1, 2001)


def norm_factor(a):
    """Factor of |δ|² per layer, batch norm and leaky ReLU with slope a: shape of a."""
    return 1 / (1 - (1 - a) ** 2 / (np.pi * (1 + a**2)))


def growth(power):
    """Product of 1 + 1/ℓ^power over the blocks so far: shape of BLOCKS."""
    return np.cumprod(1 + BLOCKS**-power)


_, (norm, skip) = plt.subplots(1, 2, figsize=(5.6, 3.2), layout="constrained")
for a in (-1, 0, 0.01, 0.25, 1):
    chi = norm_factor(a)
    print(f"slope {a:4}: |δ|² grows {chi:.3f} times, |δ| {chi**0.5:.3f} times a layer")
least = SLOPES[np.argmax(norm_factor(SLOPES) <= 10 ** (2 / 50))]
print(f"slope {least:.2f}: the least for |δ| to grow tenfold or less in 50 layers")
norm.plot(SLOPES, norm_factor(SLOPES), "C3")
norm.set(xlabel="slope α on the left", ylabel="factor of |δ|²", ylim=(0, 3))
for power, style, name, place in (1, "C7-.", "1/ℓ", 14), (2, "C8-", "1/ℓ²", 4.5):
    skip.plot(BLOCKS, growth(power), style)
    skip.text(19, place, f"s = {name}", color=style[:2])
limit = np.sinh(np.pi) / np.pi
print(f"s = 1/ℓ²: {limit:.3f} for |h|², {limit**0.5:.3f} for |h|")
skip.set(xlabel="blocks", ylabel="growth of |h|²", ylim=(0, 20))
plt.show()
