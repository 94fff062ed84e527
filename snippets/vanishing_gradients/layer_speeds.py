"""A gradient close to zero is not a minimum.
Width 16, learning rate 1, 5 seeds: median and range."""

import matplotlib.pyplot as plt
import numpy as np

DEPTH = 16  # try 4, 8
SEEDS, WIDTH, POINTS, STEPS = 5, 16, 32, 250


def backprop(W):  # loss (seed,); its gradient, like W: per layer [weights, biases]
    a, gradient = [x], np.empty_like(W)
    for w in W:
        z = w[..., :WIDTH] @ a[-1] + w[..., WIDTH:]
        a.append(0.5 + 0.5 * np.tanh(z / 2))
    delta = (z - x) * 2 / x.size  # mean squared error of the linear last layer
    for k in reversed(range(len(W))):
        gradient[k] = np.append(delta @ a[k].mT, delta.sum(-1, keepdims=True), -1)
        delta = a[k] * (1 - a[k]) * (W[k, ..., :WIDTH].mT @ delta)
    return ((z - x) ** 2).mean(axis=(1, 2)), gradient


def train(W, rate, steps):  # loss, |∂L/∂W|, |ΔW| / |W|: (step, 3, layer, seed)
    log = []
    for _ in range(steps):
        loss, gradient = backprop(W)
        size, slope = np.linalg.norm([W, gradient], axis=(-2, -1))
        log.append(np.broadcast_arrays(loss, slope, rate * slope / size))
        W = W - rate * gradient
    return np.array(log)


x = np.arange(POINTS) / POINTS + np.arange(WIDTH)[:, None] / WIDTH / 2
x = 2**0.5 * np.cos(2 * np.pi * x)  # points on a circle, seen from 16 directions
W = np.random.default_rng(0).standard_normal((DEPTH, SEEDS, WIDTH, WIDTH + 1)) / 4
W *= np.arange(WIDTH + 1) < WIDTH  # σ_w = 1, biases 0
centred = 4 * W  # σ_w = 4; with the next two lines, sigmoid layers act as tanh layers
centred[[0, -1]] /= 2
centred[1:, ..., -1] = -centred[1:, ..., :-1].sum(axis=-1) / 2
shown = f"1, {DEPTH // 2}, {DEPTH}"
print(f"         step  loss: min   max  |∂L/∂W| {shown:8}      |ΔW| / |W| {shown}")
_, axes = plt.subplots(2, sharex=True, figsize=(5.6, 6.4), layout="constrained")
for name, W0, color in ("σ_w = 4", centred, "gray"), ("σ_w = 1", W, "C0"):
    log = train(W0, 1, STEPS)
    for t in (1, 50, STEPS):
        low, median, high = np.quantile(log[t - 1], (0, 0.5, 1), axis=-1)
        row = t, low[0, 0], high[0, 0], *median[1:, [0, len(W) // 2 - 1, -1]].ravel()
        print(name, ("{:6}{:10.3f}{:8.3f}" + 6 * "{:7.0e}").format(*row))
    for panel, layer, style in (0, 0, "-"), (1, 0, "-"), (1, -1, "--"):
        low, median, high = np.quantile(log[:, panel, layer], (0, 0.5, 1), axis=-1)
        axes[panel].semilogy(median, style, color=color)
        axes[panel].fill_between(range(STEPS), low, high, color=color, alpha=0.2)
axes[0].text(0, 5e-4, "Xavier weights", color="C0")
axes[0].text(0, 1.6e-4, "the same weights × 4", color="gray")
axes[0].set(ylabel="loss", ylim=(1e-4, 5))
axes[1].text(90, 4e-9, f"solid: layer 1\ndashed: layer {DEPTH}", color="C0")
axes[1].set(xlabel="step", ylabel="norm of ∂L/∂W", ylim=(1e-11, 20))
plt.show()
