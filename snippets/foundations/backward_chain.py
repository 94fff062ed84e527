"""On its way back the signal shrinks in every layer.

One network of 7 sigmoid layers, 64 neurons each; weights from N(0, 1/64), biases 0."""

import matplotlib.pyplot as plt
import numpy as np

LAYERS, WIDTH = 7, 64


def signal_lengths(rng):
    """The length of δ in layers 1 to LAYERS: shape (LAYERS,)."""
    W = rng.standard_normal((LAYERS, WIDTH, WIDTH)) / WIDTH**0.5
    outputs = [rng.standard_normal(WIDTH)]
    for layer in range(LAYERS):
        outputs.append(1 / (1 + np.exp(-W[layer] @ outputs[-1])))
    slopes = [out * (1 - out) for out in outputs[1:]]
    deltas = [rng.standard_normal(WIDTH) * slopes[-1]]  # as if from some loss
    for layer in reversed(range(1, LAYERS)):
        deltas.append(W[layer].T @ deltas[-1] * slopes[layer - 1])
    return np.linalg.norm(deltas, axis=1)[::-1]


def in_words(metres):
    """A length in a unit that suits it, rounded."""
    if metres < 0.01:
        return f"{1000 * metres:.{int(metres < 0.001)}f} mm"
    return "1 m" if metres > 0.99 else f"{100 * metres:.0f} cm"


lengths = signal_lengths(np.random.default_rng(0))
lengths /= lengths[-1]  # the last layer hears a metre
_, ax = plt.subplots(figsize=(5.6, 2.4), layout="constrained")
for layer, length in enumerate(lengths, 1):
    print(f"layer {layer}: {length:.1e} of the last layer's |δ|;", end=" ")
    print(f"if that is a metre: {in_words(length)}")
    ax.add_patch(plt.Rectangle((layer - 0.3, 0.7), 0.6, 0.9, fill=False))
    ax.text(layer, 1.15, layer, ha="center", va="center")
    ax.text(layer, -0.95, in_words(length), color="C0", ha="center", va="top")
    width = 0.9 + 0.19 * np.log10(length)  # a tenth is always the same step thinner
    sizes = {"width": width, "head_width": 1.5 * width, "head_length": 0.3}
    tail = layer + 0.48
    ax.arrow(tail, -0.1, -0.94, 0, color="C0", lw=0, length_includes_head=True, **sizes)
    if layer > 1:
        ends = (layer - 0.3, 1.15), (layer - 0.7, 1.15)
        ax.annotate("", *ends, arrowprops={"arrowstyle": "->", "shrinkA": 0})
factor = lengths[0] ** (1 / (LAYERS - 1))
print(f"on average {factor:.2f} per layer")
ax.text(0.7, 1.75, "input")
ax.text(7.3, 1.75, "loss", ha="right")
ax.set(xlim=(0.5, 7.6), ylim=(-1.5, 2.1))
ax.axis("off")
plt.show()
