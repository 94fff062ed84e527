"""Rare neurons need far more inputs, long memories little more bias.

Formulas of exercises 4 and 9: Gaussian inputs, and a gate held for STEPS steps.
"""

from math import erfc, log

import matplotlib.pyplot as plt
import numpy as np

STEPS = 784  # try 100, 10000
GATE_BIAS, INPUTS = np.linspace(3, 11, 401), np.geomspace(1, 1e8, 401)


def share_on(b):
    """Share of Gaussian inputs that switch on a neuron with bias -b: P(u > b)."""
    return erfc(b / 2**0.5) / 2


def memory(bias, steps=STEPS):
    """Share a cell keeps if its forget gate has this bias at every step."""
    return (1 + np.exp(-bias)) ** -steps


_, (data, gate) = plt.subplots(2, 1, figsize=(5.6, 5.4), layout="constrained")
for b, style in (2, "C6-"), (3, "C7-."), (4, "C8--"), (5, "C9:"):
    half = log(2) / -np.log1p(-share_on(b))
    print(f"bias -{b}: a neuron in two is never on for {half:.0f} inputs")
    data.semilogx(INPUTS, 100 * np.exp(INPUTS * np.log1p(-share_on(b))), style)
    data.text(1.5 * half, 54, f"−{b}", color=style[:2])
data.set(xlabel="inputs N", ylabel="never on (%)", xticks=(1, 1e3, 1e6))
bias = -log(2 ** (1 / STEPS) - 1)
print(f"gate: half at bias {bias:.2f}; one off:", end=" ")
print(f"{memory(bias - 1):.0%}, {memory(bias + 1):.0%}")
gate.plot(GATE_BIAS, 100 * memory(GATE_BIAS), "C6")
gate.set(xlabel="forget bias", ylabel=f"kept after {STEPS} steps (%)")
for panel in data, gate:
    panel.set_yticks((0, 50, 100))
plt.show()
