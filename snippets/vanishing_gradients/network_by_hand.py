"""Each δ comes from the δ on its right, times weights, times one slope.

In the circles: outputs, from left to right. Blue: δ, from right to left. No chance."""

from math import exp

import matplotlib.pyplot as plt

INPUTS = [1, 1]
WEIGHTS = [[[1, -1], [1, 1]], [[1, -1], [1, 1]], [[2, 1]]]  # a row for each neuron
BIASES = [[0, -1], [0, -1], [-1]]


def forward(inputs):
    """The outputs of all layers, inputs first."""
    outputs = [inputs]
    for rows, biases in zip(WEIGHTS, BIASES, strict=True):
        pairs = zip(rows, biases, strict=True)
        sums = [w[0] * outputs[-1][0] + w[1] * outputs[-1][1] + b for w, b in pairs]
        outputs.append([1 / (1 + exp(-z)) for z in sums])
    return outputs


def backward(outputs):
    """The δ of all neurons, last layer first; the loss is half the output squared."""
    arriving, deltas = outputs[-1], []
    for rows, out in zip(WEIGHTS[::-1], outputs[:0:-1], strict=True):
        deltas.append([g * a * (1 - a) for g, a in zip(arriving, out, strict=True)])
        pairs = [*zip(rows, deltas[-1], strict=True)]  # weights of a neuron and its δ
        arriving = [sum(w[i] * delta for w, delta in pairs) for i in (0, 1)]
    return deltas


outputs = forward(INPUTS)
deltas = [[], *backward(outputs)[::-1]]
SPOTS = [[(1.7 * n, 0.9), (1.7 * n, -0.9)] for n in range(3)] + [[(5.1, 0)]]
_, ax = plt.subplots(figsize=(5.6, 4.2), layout="constrained")
for layer, spots in enumerate(SPOTS):
    for j, ((x, y), out) in enumerate(zip(spots, outputs[layer], strict=True)):
        ax.text(x, y, f"{out:.4f}" if layer else out, ha="center", va="center")
        color = "black" if layer else "gray"
        ax.add_patch(plt.Circle((x, y), 0.4, fill=False, color=color))
        if layer == 0:
            continue
        delta = deltas[layer][j]
        print(f"layer {layer}, neuron {j + 1}: output {out:.4f}", end=", ")
        print(f"slope {out * (1 - out):.4f}, δ {delta:.4f}")
        above, va = (0.45, "bottom") if y > 0 else (-0.45, "top")
        said = f"δ = {delta:.4f}".replace("-", "−")
        ax.text(x, y + above, said, color="C0", ha="center", va=va)
        for k, weight in enumerate(WEIGHTS[layer - 1][j]):
            (left, low), label = SPOTS[layer - 1][k], f"{weight}".replace("-", "−")
            ax.plot([left + 0.4, x - 0.4], [low, y], color="gray", lw=1)
            spot, box = (
                (left + 0.6, low + 0.22 * (y - low)),
                {"fc": "white", "lw": 0, "pad": 1},
            )
            ax.text(*spot, label, color="gray", ha="center", va="center", bbox=box)
way = {"va": "center", "arrowprops": {"arrowstyle": "->"}}
ax.annotate("the input travels this way", (4.7, 2.0), (0.7, 2.0), **way)
ax.annotate("δ travels this way", (0.7, -2.1), (2.6, -2.1), color="C0", **way)
ax.set(xlim=(-0.5, 5.7), ylim=(-2.3, 2.3), aspect="equal")
ax.axis("off")
plt.show()
