"""The same flat loss can have two causes.

Three rings, 8 hidden ReLU layers of width 32, 200 full-batch steps; 5 seeds."""

import matplotlib.pyplot as plt
import numpy as np

SEEDS, HIDDEN, WIDTH, CLASSES, STEPS = 5, 8, 32, 3, 200
POINTS = 90  # try 9, 300
RUNS = {"as found": "C6--x", "rate × 10": "C7:s", "He weights": "C8-o"}
SCALE, RATE = np.reshape([3**-0.5, 3**-0.5, 2**0.5, 0.1, 1, 0.1], (2, 3, 1, 1, 1))


def backprop(W, b):
    """Loss (run, seed); lists over layers: z, error signals, gradients of W."""
    a, z = [x], []
    for k in range(len(W)):
        z.append(a[k] @ W[k] + b[k])
        a.append(np.maximum(z[k], 0))
    log_p = z[-1] - np.logaddexp.reduce(z[-1], axis=-1, keepdims=True)
    loss, delta = -(log_p * y).sum(-1).mean(-1), [(np.exp(log_p) - y) / POINTS]
    for k in reversed(range(HIDDEN)):
        delta.insert(0, delta[0] @ W[k + 1].mT * (z[k] > 0))
    return loss, z[:-1], delta, [u.mT @ d for u, d in zip(a, delta, strict=False)]


rng, ring = np.random.default_rng(1), np.arange(POINTS)[:, None] % CLASSES + 1
angle, y = rng.uniform(0, 2 * np.pi, (SEEDS, POINTS, 1)), ring == [1, 2, 3]  # one-hot
x = rng.normal(ring, 0.1, angle.shape) * np.append(np.cos(angle), np.sin(angle), 2) / 2
shapes = [(2, WIDTH)] + (HIDDEN - 1) * [(WIDTH, WIDTH)] + [(WIDTH, CLASSES)]
W = [SCALE * rng.normal(0, n**-0.5, (SEEDS, n, m)) for n, m in shapes]
b, norms, shown = [0 * w[..., :1, :] for w in W], [], {}
for t in range(STEPS + 1):
    loss, z, *slopes = backprop(W, b)
    norms.append([[np.linalg.norm(v, axis=(2, 3)) for v in u] for u in (*slopes, W)])
    shown[t] = loss, np.mean(np.array(z) <= 0, axis=3)  # (layer, run, seed, neuron)
    for w, bias, delta, gradient in zip(W, b, *slopes, strict=True):
        w -= RATE * gradient
        bias -= RATE * delta.sum(axis=2, keepdims=True)
delta, gradient, size = np.moveaxis(norms, 1, 0)  # each (step, layer, run, seed)
ratio = RATE[:, 0, :, 0] * gradient / size
ends = delta[:, 0], delta[:, -1], gradient[:, 1], gradient[:, -2], ratio[:, 4]
print(f"ln 3 = {np.log(3):.4f}    loss      δ1    δ9    g2    g8    ΔW5   off   dead")
fig, axes = plt.subplots(4, figsize=(5.6, 9), layout="constrained")
for r, (name, style) in enumerate(RUNS.items()):
    for t in (0, 50, STEPS):
        (loss, off), cells = shown[t], [f"{np.median(v[t, r]):.0e}" for v in ends]
        loss, dead = np.sort(loss[r]), np.sort((off[:, r] == 1).mean(axis=(0, 2)))
        print(f"{name:11}{t:4}  {loss[0]:.2f}-{loss[-1]:.2f} ", *cells, end="")
        print(f"{off[:, r].mean():5.0%} {dead[0]:4.0%}-{dead[-1]:.0%}")
    panels = 100 * off[:, r].mean(2), 100 * (off[:, r] == 1).mean(2), delta[t, :, r]
    for ax, v in zip(axes, (*panels, np.median(ratio[:, :, r], 2)), strict=True):
        index = np.arange(1, len(v) + 1)
        ax.plot(index, np.median(v, 1), style, label=name, markevery=len(v) // 8 or 1)
        ax.fill_between(index, v.min(1), v.max(1), color=style[:2], alpha=0.2)
for ax, label in zip(axes, ("off (%)", "dead (%)", "|δ|", "|ΔW| / |W|"), strict=True):
    ax.set(ylabel=label, xlabel="layer")
ax.set_xlabel("step"), ax.axhline(1e-3, c="gray"), plt.setp(axes[2:], yscale="log")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
plt.show()
