"""A gradient close to zero is not a minimum.
Width 16; rate 1; 5 seeds: median and range above, each of them below."""

import matplotlib.pyplot as plt
import numpy as np

DEPTH = 16  # try 4, 8
LAYERS, SEEDS, WIDTH, POINTS, STEPS = range(1, DEPTH + 1), 5, 16, 32, 250


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
W = np.random.default_rng(0).standard_normal((len(LAYERS), SEEDS, WIDTH, WIDTH + 1)) / 4
W *= np.arange(WIDTH + 1) < WIDTH  # σ_w = 1, biases 0
centred = 4 * W  # σ_w = 4; with the next two lines, sigmoid layers act as tanh layers
centred[[0, -1]] /= 2
centred[1:, ..., -1] = -centred[1:, ..., :-1].sum(axis=-1) / 2
shown = f"1, {DEPTH // 2}, {DEPTH}"
print(f"         step  loss: min   max  |∂L/∂W| {shown:8}      |ΔW| / |W| {shown}")
_, (top, bottom) = plt.subplots(2, figsize=(5.6, 7), layout="constrained")
for name, W0, style in ("σ_w = 4", centred, "C0-"), ("σ_w = 1", W, "C0:"):
    log = train(W0, 1, STEPS)
    bottom.loglog(log[:, 0, 0], log[:, 1, 0], style)
    for t in (1, 50, STEPS):
        low, median, high = np.quantile(log[t - 1], (0, 0.5, 1), axis=-1)
        row = t, low[0, 0], high[0, 0], *median[1:, [0, len(W) // 2 - 1, -1]].ravel()
        print(name, ("{:6}{:10.3f}{:8.3f}" + 6 * "{:7.0e}").format(*row))
        top.semilogy(LAYERS, median[2], style)
        if name == "σ_w = 1":
            va = "top" if t == STEPS else "bottom"
            top.text(DEPTH, median[2, -1], f" step {t}", color="C0", va=va)
        top.fill_between(LAYERS, low[2], high[2], alpha=0.2, color="C0")
bottom.text(1.5, 2, "solid: weights times 4", color="C0", ha="right")
bottom.text(1.5, log[:, 1, 0].min() / 20, "dotted: scale 1", color="C0", ha="right")
top.set(xlabel="layer ℓ (1 = next to the input)", ylabel="|ΔW| / |W| in a step")
top.set(xticks=(1, *range(DEPTH // 4, DEPTH + 1, DEPTH // 4)))
bottom.set(xlabel="loss", ylabel="|∂L/∂W|, layer 1", ylim=(2e-12, 20))
plt.show()
