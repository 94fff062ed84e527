"""Raw states push a tanh to its flat ends; standardized ones stay where it is steep.

States of six numbers through an untrained linear layer (PyTorch's weights, no bias).
Shares: 1000 layers, 50 states each; the marks are 50 states in one of them."""

import matplotlib.pyplot as plt
import numpy as np

SCALE = np.array([100, 300, 50, 1, 200, 30])  # metres, degrees, ...
LAYERS, STATES = 1000, 50

rng = np.random.default_rng(0)
weights = rng.uniform(-1, 1, (LAYERS, 6, 1)) / 6**0.5
standardized = rng.standard_normal((LAYERS, STATES, 6))
inputs = {"raw": standardized * SCALE, "standardized": standardized}

line = np.sinh(np.linspace(-7, 7, 400))
plt.figure(figsize=(5.6, 3.4), layout="constrained")
plt.plot(line, np.tanh(line), "C1", lw=1)
for (name, states), mark in zip(inputs.items(), ("C3x", "ko"), strict=True):
    z = (states @ weights)[..., 0]
    flat = np.mean(1 - np.tanh(z) ** 2 < 0.05)
    print(f"{name:12}: {flat:.0%} of the values have below 5% of the slope at 0")
    plt.plot(z[0], np.tanh(z[0]), mark, ms=6, mfc="none")
plt.xscale("symlog", linthresh=3)
plt.xticks([-100, -10, 0, 10, 100], ["−100", "−10", "0", "10", "100"])
plt.text(0.7, 0.1, "standardized", color="black")
plt.text(12, 0.7, "raw", color="C3")
plt.text(-60, -0.8, "raw", color="C3")
plt.xlabel("what enters the tanh")
plt.ylabel("action")
plt.show()
