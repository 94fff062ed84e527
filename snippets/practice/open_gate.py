"""A forget gate that starts half open forgets in ten steps; a bias of ln T remembers T.

A gate of constant value: what an LSTM's cell state keeps before training has begun."""

import matplotlib.pyplot as plt
import numpy as np

STEPS = 30  # try 100


def gate(bias):
    """The sigmoid: how much of the state one step keeps."""
    return 1 / (1 + np.exp(-bias))


biases = {"bias 0": 0, "bias 1": 1, "bias ln T": np.log(STEPS)}
steps = np.arange(STEPS + 1)
plt.figure(figsize=(5.6, 3.2))
for (name, bias), line in zip(biases.items(), ("-", "--", "-."), strict=True):
    left = gate(bias) ** steps
    plt.semilogy(steps, left, line)
    plt.text(1.02 * STEPS, left[-1], name, va="center")
    print(
        f"{name:9}: a gate of {gate(bias):.2f} leaves {left[-1]:.1e} of {STEPS} steps"
    )
plt.xlim(0, 1.2 * STEPS)
plt.xlabel("steps back in time")
plt.ylabel("share of the signal that is left")
plt.show()
