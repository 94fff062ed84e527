"""Bigger steps do not bring back a lost signal.

16 layers of width 16, σ_w = 1, 5 seeds: median and range. Rates: GD 1, Adam 0.01."""

import matplotlib.pyplot as plt
import numpy as np

SHAPE, STEPS = (16, 5, 16, 17), 251  # layers, seeds, neurons, inputs + bias
CASES = {  # learning rate, ε of Adam (0: gradient descent), line, places of the label
    "GD": (1, 0, "C6:", (140, 5e-10), (30, 0.96)),
    "Adam, ε = 1e-8": (0.01, 1e-8, "C8--", (100, 2e-5), (140, 1.03)),
    "Adam, ε = 1e-16": (0.01, 1e-16, "C9-", (100, 0.15), (12, 0.7)),
}


def backprop(W):  # loss (seed,); its gradient, like W: per layer [weights, biases]
    a, gradient = [x], np.empty_like(W)
    for w in W:
        z = w[..., :16] @ a[-1] + w[..., 16:]
        a.append(0.5 + 0.5 * np.tanh(z / 2))
    delta = (z - x) * 2 / x.size  # mean squared error of the linear last layer
    for k in reversed(range(len(W))):
        gradient[k] = np.append(delta @ a[k].mT, delta.sum(-1, keepdims=True), -1)
        delta = a[k] * (1 - a[k]) * (W[k, ..., :16].mT @ delta)
    return ((z - x) ** 2).mean(axis=(1, 2)), gradient


def train(W, rate, epsilon, steps):
    """Loss and distance of layer 1 from its start: (step, 2, seed); last W."""
    m, v, start, log = 0, 0, W[0], []
    for t in range(1, steps + 1):
        loss, move = backprop(W)
        log.append((loss, np.linalg.norm(W[0] - start, axis=(1, 2))))
        if epsilon:
            m, v = 0.9 * m + 0.1 * move, 0.999 * v + 0.001 * move**2
            move = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + epsilon)
        W = W - rate * move
    return np.array(log), W


x = 2**0.5 * np.cos(2 * np.pi * (np.arange(32) / 32 + np.arange(16)[:, None] / 32))
W = np.random.default_rng(0).standard_normal(SHAPE) / 4 * (np.arange(17) < 16)
for rate in (10, 30, 100):
    loss, moved = train(W, rate, 0, 21)[0].max(axis=(0, 2))
    print(f"GD, rate {rate:3}: loss up to {loss:.0e}, layer 1 moved {moved:.0e}")
print("\nmin, max at 50: loss   layer 1 moved;  250: loss   layer 1 moved   |W|₂")
_, panels = plt.subplots(2, sharex=True, figsize=(5.6, 6.5), layout="constrained")
for name, (rate, epsilon, style, *places) in CASES.items():
    log, last = train(W, rate, epsilon, STEPS)
    low, median, high = np.quantile(log, (0, 0.5, 1), axis=2)
    norms = np.median(np.linalg.norm(last[1:-1, ..., :16], 2, axis=(2, 3)), axis=0)
    row = *np.stack([low, high], 2)[[50, 250]].ravel(), norms.min(), norms.max()
    print(f"{name:15}", *(f"{value:7.2g}" for value in row))
    for ax, k, place in zip(panels, (1, 0), places, strict=True):
        ax.plot(median[:, k], style)
        ax.fill_between(range(STEPS), low[:, k], high[:, k], color=style[:2], alpha=0.2)
        ax.text(*place, name, color=style[:2])
panels[0].set(yscale="log", ylabel="layer 1 has moved by", ylim=(1e-10, 100))
panels[1].set(ylabel="loss", xlabel="step")
plt.show()
