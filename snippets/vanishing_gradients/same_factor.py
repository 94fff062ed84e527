"""Once per layer, a factor below 1 vanishes and one above 1 explodes.

Computed: the factor to the power of the number of steps back. The lengths on the
right take what the last layer hears as one metre."""

import matplotlib.pyplot as plt
import numpy as np

steps = np.arange(50)
things = {"a metre": 1, "a bacterium": 1e-6, "an atom": 1e-10, "a proton": 1e-15}

_, ax = plt.subplots(figsize=(5.6, 3.4), layout="constrained")
for factor, style, label, place in (
    (1.25, "C6-.", "1.25: explodes", (14, 1e4)),
    (1, "C2-", "1: level", (38, 4)),
    (0.9, "C7--", "0.9: fades slowly", (22, 2e-4)),
    (0.5, "C4-", "½: vanishes", (29, 3e-8)),
    (0.25, "C0-", "¼: vanishes fast", (1, 2e-17)),
):
    left = factor**steps
    print(
        f"factor {factor}: after 9 steps {left[9]:.1g}, after 29 steps {left[29]:.1g}"
    )
    ax.plot(steps, left, style)
    ax.text(*place, label, color=style[:2])
for name, size in things.items():
    ax.text(52, size, name, va="center", color="gray", clip_on=False)
    ax.axhline(size, color="lightgray", linewidth=0.8, zorder=0)
ax.set(yscale="log", xlim=(0, 50), ylim=(1e-20, 1e6), xlabel="layers on the way back")
ax.set(ylabel="what is left of the signal")
plt.show()
