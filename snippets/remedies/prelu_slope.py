"""A learned slope can turn negative; decay pulls it to 0.

PReLU, a slope for each of 64 units; median, middle 80% and range over 8 runs: 1 s."""

import matplotlib.pyplot as plt
import numpy as np

RUNS, POINTS, WIDTH, STEPS, RATE = 8, 100, 64, 400, 1
START = 0.25  # try 0, 1, -1
CASES = {  # learning rate of the slopes, share of each slope that decays per step
    "fixed": (0, 0),
    "learned": (RATE, 0),
    "learned, decay 0.01": (RATE, 0.01),
}


def make_rings(rng):
    """Standardized inputs (run, point, 2), labels -1 or 1 (run, point, 1)."""
    outer = rng.integers(0, 2, (RUNS, POINTS, 1))
    turn = rng.uniform(0, 2 * np.pi, outer.shape) - [0, np.pi / 2]
    x = rng.normal(1 + outer, 0.2) * np.cos(turn)
    return (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True), 2 * outer - 1


def train(slope_rate, decay, rng, b1=0.0, b2=0.0):
    """Slopes of all units (step, run * unit) and the last margins (run, point, 1)."""
    x, y = make_rings(rng)
    W1 = rng.normal(0, np.sqrt(2 / 2), (RUNS, 2, WIDTH))  # He: 2 / fan-in
    W2 = rng.normal(0, np.sqrt(2 / WIDTH), (RUNS, WIDTH, 1))
    alpha, history = np.full((RUNS, 1, WIDTH), START), []
    for _ in range(STEPS + 1):
        history.append(alpha.ravel())
        slope = np.where((z := x @ W1 + b1) > 0, 1, alpha)
        margin = y * ((a := slope * z) @ W2 + b2)
        delta2 = -y * np.exp(-np.logaddexp(0, margin)) / POINTS
        push = delta2 * W2.mT  # ∂L/∂a
        delta1, pull = push * slope, push * np.minimum(z, 0)  # ∂L/∂z, and ∂L/∂α
        alpha = (1 - decay) * alpha - slope_rate * pull.sum(1, keepdims=True)
        W1, b1 = W1 - RATE * x.mT @ delta1, b1 - RATE * delta1.sum(1, keepdims=True)
        W2, b2 = W2 - RATE * a.mT @ delta2, b2 - RATE * delta2.sum(1, keepdims=True)
    return np.array(history), margin


_, axes = plt.subplots(2, sharex=True, sharey=True, figsize=(5.6, 6), layout="tight")
print("slopes at the end      least   10 %  median   90 %   most   below 0     loss")
for panel, (name, case) in zip([None, *axes], CASES.items(), strict=True):
    slopes, margin = train(*case, np.random.default_rng(0))
    levels = np.quantile(slopes, (0, 0.1, 0.5, 0.9, 1), axis=1)
    negative = 100 * (slopes[-1].reshape(RUNS, WIDTH) < 0).mean(axis=1)
    print(f"{name:20}", *(f"{v:7.2f}" for v in levels[:, -1]), end="")
    print(f"{negative.min():6.0f}-{negative.max():.0f} %", end="")
    print(f"{np.median(np.logaddexp(0, -margin).mean(axis=(1, 2))):9.3f}")
    if panel:
        for low, high in (levels[0], levels[4]), (levels[1], levels[3]):
            panel.fill_between(range(STEPS + 1), low, high, color="C8", alpha=0.25)
        panel.plot(levels[2], "C8")
        panel.axhline(0, color="gray", lw=1)
        panel.set(ylabel="slope α", title=name)
axes[0].text(150, 0.6, "all slopes")
axes[0].text(150, 0.05, "middle 80%; line: median")
axes[1].set_xlabel("step")
plt.show()
