"""A batch in data order calls living neurons dead.

Five untrained networks, 8 hidden layers of width 32, points in order of their angle."""

import matplotlib.pyplot as plt
import numpy as np

NETWORKS, POINTS, HIDDEN, WIDTH, CLASSES = 5, 4096, 8, 32, 3
SIZES = 2 ** np.arange(1, 12, 2)  # points in a batch


def backprop(x, mask, W, b):
    """Activations (point, neuron) from the inputs on; error signals, layer by layer."""
    a = [x]
    for k in range(HIDDEN):
        a.append(np.maximum(a[k] @ W[k] + b[k], 0))
    p = np.exp(a[-1] @ W[-1] + b[-1])
    delta = [mask * (p / p.sum(axis=1, keepdims=True) - y) / POINTS]  # cross-entropy
    for k in reversed(range(HIDDEN)):
        delta.insert(0, delta[0] @ W[k + 1].T * (a[k + 1] > 0))
    return a, delta


def share_off(on):
    """Neurons (%) off for a whole batch, mean over batches, for each size."""
    return [100 * (~on.reshape(-1, n, on.shape[1]).any(axis=1)).mean() for n in SIZES]


angle = np.linspace(0, 6.28, POINTS)[:, None]  # in order: neighbours are alike
ring = np.arange(POINTS)[:, None] % CLASSES
x, y = (ring + 1) / 2 * np.append(np.cos(angle), np.sin(angle), 1), ring == [0, 1, 2]
counts, shapes = [], [(2, WIDTH), *(HIDDEN - 1) * [(WIDTH, WIDTH)], (WIDTH, CLASSES)]
for rng in map(np.random.default_rng, range(NETWORKS)):
    W = [rng.normal(0, (2 / n) ** 0.5, (n, m)) for n, m in shapes]  # He weights
    b = [rng.normal(0, 0.1, m) for _, m in shapes]
    on = np.hstack(backprop(x, 1, W, b)[0][1:]) > 0
    on = on[:, on.any(axis=0)]  # the living neurons only
    theory = [100 * ((1 - on.mean(axis=0)) ** n).mean() for n in SIZES]
    counts.append([share_off(on), share_off(rng.permutation(on)), theory])
low, middle, high = np.quantile(counts, (0, 0.5, 1), axis=0)
print("batch   in order   shuffled     theory")
for row in zip(SIZES, *middle, strict=True):
    print("{:5}{:10.1f}%{:10.1f}%{:10.1f}%".format(*row))
print("\n                  δ1     δ9  ∂L/∂W1 ∂L/∂W9  a <= 0  not a > 0")
inputs = {"zero inputs": 0 * x, "one NaN input": np.where(angle > 0, x, np.nan)}
for name in "healthy", "zero inputs", "loss masked", "one NaN input", "layer 2 dead":
    biases = [b[0], b[1] - 100 * (name == "layer 2 dead"), *b[2:]]
    a, delta = backprop(inputs.get(name, x), name != "loss masked", W, biases)
    ends = delta[0], delta[-1], a[0].T @ delta[0], a[-1].T @ delta[-1]
    print(f"{name:13}", *(f"{np.linalg.norm(v):6.0e}" for v in ends), end="")
    off, not_on = np.hstack(a[1:]) <= 0, ~(np.hstack(a[1:]) > 0)
    print(f"{off.all(axis=0).mean():8.0%} {not_on.all(axis=0).mean():9.0%}")
_, ax = plt.subplots(layout="constrained")
for k, style in enumerate(("C6-s", "C9-o", "C7--")):
    ax.semilogx(SIZES, middle[k], style)
    ax.fill_between(SIZES, low[k], high[k], color=style[:2], alpha=0.2)
ax.text(20, 44, "in order", color="C6")
ax.text(12, 10, "shuffled (dashed: theory)", color="C9")
ax.set(xlabel="points in a batch", ylabel="live neurons called dead (%)", ylim=(-2, 50))
plt.show()
