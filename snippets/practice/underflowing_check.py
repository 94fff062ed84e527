"""A gradient check goes blind in a deep sigmoid network.

Depth 30, width 16, zero biases, one sample, float64; 10 networks: median and range."""

import matplotlib.pyplot as plt
import numpy as np

SIGMA_W = 1  # try 2, 4
DEPTH, WIDTH, NETWORKS, STEPS, NORM = 30, 16, 10, (1e-5, 1e-2, 1e-30j), np.linalg.norm
UNITS = np.eye(DEPTH * WIDTH).reshape(DEPTH, WIDTH, -1)  # one column per neuron
CHECKS = {"h = 1e-5": "C6-", "h = 1e-2": "C7--", "complex": "C8:", "in pieces": "C9-."}


def forward(W, x, steps=(0,) * DEPTH):
    """Activations from x on, (10, 16, K) each, with steps[k], (16, K), added to z."""
    a = [x]
    for weights, step in zip(W, steps, strict=False):
        a.append(1 / (1 + np.exp(-(weights @ a[-1] + step))))
    return a


def backward(W, x, y):
    """δ of all layers for half the squared error: shape (layers, 10, 16)."""
    upstream, deltas = (a := forward(W, x))[-1] - y, []
    for weights, output in zip(W[::-1], a[:0:-1], strict=True):
        deltas.append(upstream * output * (1 - output))
        upstream = weights.swapaxes(1, 2) @ deltas[-1]
    return np.array(deltas[::-1])[..., 0]


def central(h, units, W, x, y):
    """The same δ from losses alone, for each column of units; h may be imaginary."""
    up, down = (((forward(W, x, s * units)[-1] - y) ** 2).sum(1) / 2 for s in (h, -h))
    return ((up - down) / (2 * h)).real.reshape(NETWORKS, -1, WIDTH).swapaxes(0, 1)


def rel_error(a, n):
    """Length of the difference over the larger of the two, along the last axis."""
    return NORM(a - n, axis=-1) / np.maximum(NORM(a, axis=-1), NORM(n, axis=-1))


rng = np.random.default_rng(0)
W = rng.standard_normal((DEPTH, NETWORKS, WIDTH, WIDTH)) * SIGMA_W / WIDTH**0.5
x, y, target = rng.standard_normal((3, NETWORKS, WIDTH, 1))
delta, n = backward(W, x, y), [central(h, UNITS, W, x, y) for h in STEPS]
cut = [(W[k : k + 2], a, target) for k, a in enumerate(forward(W, x)[:-1])]
pieces = [rel_error(backward(*net)[0], central(1e-5, UNITS, *net)[0]) for net in cut]
low, median, high = np.quantile([*rel_error(delta, n), pieces], (0, 0.5, 1), axis=2)
print("layer    size of δ" + "".join(f"{label:>14}" for label in CHECKS))
for k in (0, 4, 9, 14, 19, 24, 29):
    print(f"{k + 1:5}", *(f"{v:13.0e}" for v in (NORM(delta[k, 0]), *median[:, k])))
passes = abs(-delta - n[0]) <= 1e-5 + 1e-3 * abs(n[0])
print("−δ passes |a − n| ≤ 1e-5 + 1e-3 |n| up to layer", passes.all((1, 2)).sum())
fig, ax = plt.subplots(figsize=(5.6, 4.2), layout="constrained")
for k, (label, style) in enumerate(CHECKS.items()):
    ax.semilogy(range(1, DEPTH + 1), median[k], style, label=label)
    ax.fill_between(range(1, DEPTH + 1), low[k], high[k], color=style[:2], alpha=0.2)
fig.legend(loc="outside upper center", ncols=2)
ax.set(xlabel="layer ℓ", ylabel="relative error of δ")
plt.show()
