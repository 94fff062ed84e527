"""Four pencil answers, drawn as curves."""

from math import erfc, log

import matplotlib.pyplot as plt
import numpy as np

BLOCKS, GATE_BIAS = np.arange(1, 101.0), np.linspace(3, 11, 401)
SLOPES, INPUTS = np.linspace(-1, 1, 2001), np.geomspace(1, 1e8, 401)


def share_on(b):
    """Share of Gaussian inputs that switch on a neuron with bias -b: P(u > b)."""
    return erfc(b / 2**0.5) / 2


def norm_factor(a):
    """Factor of |δ|² per layer, batch norm and leaky ReLU with slope a: shape of a."""
    return 1 / (1 - (1 - a) ** 2 / (np.pi * (1 + a**2)))


def growth(power):
    """Product of 1 + ℓ^(-2 power) over the blocks so far: shape of BLOCKS."""
    return np.cumprod(1 + BLOCKS ** (-2 * power))


def memory(bias, steps=784):
    """Share a cell keeps if its forget gate has this bias at every step."""
    return (1 + np.exp(-bias)) ** -steps


_, panels = plt.subplots(2, 2, figsize=(5.6, 6), layout="constrained")
(data, norm), (skip, gate) = panels
for b, style in (2, "C6-"), (3, "C7-."), (4, "C8--"), (5, "C9:"):
    half = log(2) / -np.log1p(-share_on(b))
    print(f"bias -{b}: a neuron in two is never on for {half:.0f} inputs")
    data.semilogx(INPUTS, 100 * np.exp(INPUTS * np.log1p(-share_on(b))), style)
    data.text(1.4 * half, 50, f"−{b}", color=style[:2])
data.set(xlabel="inputs N", ylabel="never on (%)", xticks=(1, 1e3, 1e6))
for a in (-1, 0, 0.01, 0.25, 1):
    chi = norm_factor(a)
    print(f"slope {a:4}: |δ|² grows {chi:.3f} times, |δ| {chi**0.5:.3f} times a layer")
least = SLOPES[np.argmax(norm_factor(SLOPES) <= 10 ** (2 / 50))]
print(f"slope {least:.2f}: the least for |δ| to grow tenfold or less in 50 layers")
norm.plot(SLOPES, norm_factor(SLOPES), "C3")
norm.set(xlabel="slope α on the left", ylabel="factor of |δ|²", ylim=(0, 3))
for power, style, name, place in (0.5, "C7-.", "1/√ℓ", 9), (1, "C8-", "1/ℓ", 1.5):
    skip.plot(BLOCKS, growth(power), style)
    skip.text(30, place, name, color=style[:2])
limit = np.sinh(np.pi) / np.pi
print(f"branch 1/ℓ: {limit:.3f} for |h|², {limit**0.5:.3f} for |h|")
skip.set(xlabel="blocks", ylabel="growth of |h|²", ylim=(0, 20))
bias = -log(2 ** (1 / 784) - 1)
print(f"gate: half at bias {bias:.2f}; one off:", end=" ")
print(f"{memory(bias - 1):.0%}, {memory(bias + 1):.0%}")
gate.plot(GATE_BIAS, 100 * memory(GATE_BIAS), "C6")
gate.set(xlabel="forget bias", ylabel="kept after 784 steps (%)")
plt.show()
