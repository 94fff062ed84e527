"""One bad batch can slow Adam for thousands of steps.

One weight: its gradient is 1 in every step but one. There it is SPIKE, or clipped to 2;
20,000 steps after a long steady past.
"""

import matplotlib.pyplot as plt
import numpy as np

STEPS = 20_000  # the first of them has the bad batch
SPIKE = 1000  # try 10, 100, 10000
CASES = {  # gradient in the first step, β₂, line style
    "usual β₂": (SPIKE, 0.999, "C6-"),
    "β₂ = 0.95": (SPIKE, 0.95, "C8--"),
    "clipped": (2, 0.999, "C9:"),
}


def adam_steps(gradients, beta2, beta1=0.9):
    """Sizes of Adam's steps, as multiples of the learning rate: (step,)."""
    m, v, steps = 1.0, 1.0, []  # settled before the bad batch; ε does not matter
    for g in gradients:
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        steps.append(m / v**0.5)
    return np.array(steps)


_, axes = plt.subplots(layout="constrained")
print("gradient    β₂  longest  shortest  steps below 1/2  way lost, in steps")
for name, (spike, beta2, style) in CASES.items():
    gradients = np.ones(STEPS)
    gradients[0] = spike
    steps = adam_steps(gradients, beta2)
    print(f"{spike:8} {beta2:5} {steps.max():8.2f} {steps.min():9.3f}", end="")
    print(f" {np.sum(steps < 0.5):16} {np.sum(1 - steps):19.0f}")
    axes.loglog(np.arange(1, STEPS + 1), steps, style, label=name)
axes.set(xlabel="step, counted from the bad batch", ylabel="step / learning rate")
axes.set(ylim=(0.002, 100))
axes.legend(loc="upper right")
plt.show()
