"""Steps that are too small leave the loss where it is; too large ones kill neurons.

Three hidden ReLU layers of 32 units with He weights, three rings of 90 points, 200
steps of gradient descent, five seeds: medians. Shaded: usual ratios, a convention."""

import matplotlib.pyplot as plt
import numpy as np

RATES = {"1/1000": 1e-3, "1/10": 0.1, "2": 2.0}
HIDDEN, WIDTH, CLASSES, POINTS, STEPS, SEEDS = 3, 32, 3, 90, 200, range(5)


def train(rate, seed):
    """Loss at the end; at each step: update / weights of layer 2, dead neurons in %."""
    rng = np.random.default_rng(seed)
    ring, angle = np.arange(POINTS) % CLASSES, rng.uniform(0, 2 * np.pi, POINTS)
    radius = (ring + 1 + rng.normal(0, 0.1, POINTS)) / 2
    x, y = (
        np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1),
        np.eye(3)[ring],
    )
    sizes = [2] + HIDDEN * [WIDTH]
    W = [
        rng.normal(0, (2 / n) ** 0.5, (n, m))
        for n, m in zip(sizes, [*sizes[1:], CLASSES], strict=True)
    ]
    b, ratios, dead = [np.zeros(w.shape[1]) for w in W], [], []
    for _ in range(STEPS):
        a = [x]
        for k in range(HIDDEN):
            a.append(np.maximum(a[k] @ W[k] + b[k], 0))
        z = a[-1] @ W[-1] + b[-1]
        log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
        delta = (np.exp(log_p) - y) / POINTS
        dead.append(100 * np.mean([(it == 0).all(axis=0) for it in a[1:]]))
        for k in range(HIDDEN, -1, -1):
            step, back = rate * a[k].T @ delta, delta @ W[k].T * (a[k] > 0)
            if k == 1:
                ratios.append(np.linalg.norm(step) / np.linalg.norm(W[k]))
            W[k], b[k] = W[k] - step, b[k] - rate * delta.sum(axis=0)
            delta = back
    return -(log_p * y).sum(axis=1).mean(), ratios, dead


_, (top, low) = plt.subplots(
    2, 1, figsize=(5.6, 4.8), layout="constrained", sharex=True
)
top.fill_between([0, STEPS], 1e-4, 1e-1, color="lightgray", alpha=0.5)
for (name, rate), style in zip(RATES.items(), ("C0:", "C2-", "C6--"), strict=True):
    losses, ratios, dead = zip(*(train(rate, seed) for seed in SEEDS), strict=True)
    ratio, share = np.median(ratios, axis=0), np.median(dead, axis=0)
    print(f"learning rate {name}: loss at the end", *(f"{it:.2f}" for it in losses))
    print(f"  first step {ratio[0]:.0e} of the weights;", end=" ")
    print(f"dead {share[0]:.0f}% to {share[-1]:.0f}%")
    top.plot(ratio, style)
    low.plot(share, style, label=f"learning rate {name}")
top.set(yscale="log", ylabel="|ΔW| / |W|", ylim=(1e-7, 3))
low.set(xlabel="step", ylabel="dead neurons, %", ylim=(-3, 103))
low.legend()
plt.show()
