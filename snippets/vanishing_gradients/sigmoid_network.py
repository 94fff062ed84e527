"""Slopes and weights together set the gradient.

20 layers of width 2 with the fixed weights below, one input; nothing is random."""

import matplotlib.pyplot as plt
import numpy as np

X = np.array([1.0, 1.0])  # the target is 0: the loss is (last output)² / 2
SCALE = 1  # try 2, 4, 8
W, B = SCALE * np.array([[1.0, -1.0], [1.0, 1.0]]), SCALE * np.array([0.0, -1.0])
W_OUT, B_OUT = np.array([[2.0, 1.0]]), np.array([-1.0])


def forward(weights):
    """Pre-activations z of layers 1 to L, outputs a of layers 0 to L: shapes (n,)."""
    z, a = [], [X]
    for w in weights:
        z.append(w @ a[-1] + (B_OUT if len(w) == 1 else B))
        a.append(1 / (1 + np.exp(-z[-1])))
    return z, a


def backward(weights, slopes, error):  # error signals δ of layers 1 to L: shapes (n,)
    deltas = [error * slopes[-1]]
    for w, slope in zip(weights[:0:-1], slopes[-2::-1], strict=True):
        deltas.append((w.T @ deltas[-1]) * slope)
    return deltas[::-1]


np.set_printoptions(precision=4, floatmode="fixed")
for depth in (3, 5, 10, 20):  # the last layer, and copies of the hidden one
    weights = [W] * (depth - 1) + [W_OUT]
    ones = [np.eye(2)] * (depth - 1) + [np.ones((1, 2))]  # neuron j feeds j, weight 1
    z, a = forward(weights)
    slopes = [out * (1 - out) for out in a[1:]]
    deltas = backward(weights, slopes, a[-1])
    by_slopes = backward(ones, slopes, a[-1])
    gradients = [np.outer(d, inputs) for d, inputs in zip(deltas, a[:-1], strict=True)]
    square = [np.sum(g**2) for g in gradients]
    for k in range(3 if depth == 3 else 0):
        print(f"layer {k + 1}: z = {z[k]}, a = {a[k + 1]}, slope = {slopes[k]}")
        print(f"  δ = {deltas[k]}, by slopes alone {by_slopes[k]}")
        print("  ∂L/∂W =", *gradients[k], f"share {square[k] / sum(square):.0%}")
    pairs = [*zip(weights, gradients, strict=True)]
    up, down = (forward([w + h * g for w, g in pairs])[1][-1] for h in (1e-3, -1e-3))
    rise = (up**2 - down**2).item() / 4e-3  # central difference of the loss
    print(f"\n{depth} layers: sum of (∂L/∂W)² {sum(square):.6f}, measured {rise:.6f}")
    norms = [np.linalg.norm(v[0]) for v in (deltas, gradients, by_slopes)]
    print("  layer 1: |δ| {:.2e}, |∂L/∂W| {:.2e}, slopes alone {:.2e}".format(*norms))
_, axes = plt.subplots(layout="constrained")
curves = backward(weights, [1] * depth, a[-1]), deltas, by_slopes
styles = ("weights alone", "C6--"), ("both: δ", "C0-"), ("slopes alone", "C8-.")
places = (8, 2, "left", "bottom"), (9, 1, "right", "bottom"), (9, 0.3, "left", "top")
for vectors, (name, style), (x, up, *at) in zip(curves, styles, places, strict=True):
    norms = [np.linalg.norm(vector) for vector in vectors]
    print(f"{name}: {(norms[9] / norms[18]) ** (1 / 9):.4f} per layer, 19 to 10")
    axes.semilogy(range(1, 21), norms, style)
    axes.text(x, up * norms[x - 1], name, color=style[:2], ha=at[0], va=at[1])
    print(f"  layer 1 over layer 20: {norms[0] / norms[19]:.1e}")
back = {"xycoords": "axes fraction", "va": "center", "arrowprops": {"arrowstyle": "->"}}
axes.annotate("δ travels this way", (0.35, 0.07), (0.52, 0.07), **back)
axes.set(xlabel="layer (1 = next to the input)", ylabel="norm", xticks=(1, 10, 20))
plt.show()
