"""Unscaled attention logits saturate the softmax as d grows.
32 queries, 32 keys from N(0, 1), 10 seeds; line: median, band: the middle 80%."""

import matplotlib.pyplot as plt
import numpy as np

SHARED = False  # try True
TOKENS, SEEDS, DIMENSIONS = 32, 10, 2 ** np.arange(2, 13)
CASES = (("q·k", "C8", "--", (0.6, 1e-4)), ("q·k / √d", "C9", "-", (0.28, 0.7)))


def softmax(s):  # weights p (..., n) from logits s (..., n), without overflow
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def jacobian(p):  # J = diag(p) - p pᵀ, shape (..., n, n), from weights p (..., n)
    J, i = -p[..., :, None] * p[..., None, :], np.arange(p.shape[-1])
    J[..., i, i] = 0
    J[..., i, i] = -J.sum(axis=-1)  # rows add up to 0; 1 - p would lose digits
    return J


def measure(queries, keys, scale):
    """Per query: largest weight, entropy, norm of J, norm of scale * J keys: (4, n)."""
    s = scale * queries @ keys.T
    p, s = softmax(s), s - s.max(axis=-1, keepdims=True)
    entropy = np.log(np.exp(s).sum(axis=-1)) - (p * s).sum(axis=-1)
    J = jacobian(p)
    squares = (J**2).sum(axis=(1, 2)), (J @ (keys @ keys.T) * J).sum(axis=(1, 2))
    return p.max(axis=-1), entropy, squares[0] ** 0.5, scale * squares[1] ** 0.5


print("10 classes: s of a wrong one, |J|, |gradient|: squared error, cross-entropy")
for s in np.outer((0, 5, 10, 20), np.eye(10)[0]):
    J, error = jacobian(softmax(s)), softmax(s) - np.eye(10)[1]
    row = map(np.linalg.norm, (J, J @ error, error))
    print("{:29g}{:9.2e}{:16.2e}{:15.3f}".format(s[0], *row))
results = np.empty((2, 4, len(DIMENSIONS), SEEDS, TOKENS))
for i, d in enumerate(DIMENSIONS):
    for seed in range(SEEDS):
        q, k = np.random.default_rng(seed).standard_normal((2, TOKENS, d))
        for case, scale in enumerate((1, d**-0.5)):
            results[case, :, i, seed] = measure(q, q if SHARED else k, scale)
pooled = results.reshape(2, 4, len(DIMENSIONS), -1)  # seeds and queries together
spread = *np.quantile(pooled, (0.1, 0.5, 0.9), axis=-1), (pooled**2).mean(-1) ** 0.5
_, axes = plt.subplots(2, sharex=True, figsize=(5.6, 6), layout="constrained")
for (name, color, style, y), low, median, high, rms in zip(CASES, *spread, strict=True):
    print(f"\n{name:8}   d  weight  entropy  |J|: 10%  median   90%  |∂q|: median  rms")
    table = DIMENSIONS, *median[:2], low[2], median[2], high[2], median[3], rms[3]
    for row in np.transpose(table)[::2]:
        print("{:12g}{:8.3f}{:9.3f}{:10.1e}{:8.1e}{:6.2f}{:14.1e}{:5.2f}".format(*row))
    for ax, k, height in zip(axes, (0, 2), y, strict=True):
        ax.semilogx(DIMENSIONS, median[k], style, color=color, base=4)
        ax.fill_between(DIMENSIONS, low[k], high[k], color=color, alpha=0.2)
        ax.text(300, height, name, color=color)
axes[0].set(ylabel="largest weight")
axes[1].set(yscale="log", ylabel="norm of J", ylim=(1e-8, 4), xlabel="dimension d")
axes[1].xaxis.set_major_formatter("{x:g}")
plt.show()
