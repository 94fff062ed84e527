"""The number format decides at what depth gradients become zero.

Takes about 2 s. An emulation: sums are float32, then each result is rounded.
"""

import matplotlib.pyplot as plt
import numpy as np

WIDTH, DEPTH, SEEDS = 128, 80, 5
CASES = {("float16", 0): "C6:", ("float16", 8): "C6-.", ("float16", 16): "C6--"}
CASES |= {("bfloat16", 0): "C8--", ("float32", 0): "C9-", ("float64", 0): "k:"}


def bfloat16(x):
    """Round x to the upper 16 bits of float32, ties to even: shape of x."""
    bits = np.float32(x).view(np.uint32)
    return (bits + 0x7FFF + (bits >> 16 & 1) & 0xFFFF0000).view(np.float32)


def first_gradients(store, W, x, readout):
    """∂L/∂W of layer 1 for the depths 1 to DEPTH: shape (DEPTH, WIDTH, WIDTH)."""
    outputs, delta = [x], np.repeat(readout[:, None], DEPTH, axis=1)  # column: depth
    for layer in range(DEPTH):
        outputs.append(store(1 / (1 + np.exp(-store(W[layer] @ outputs[-1])))))
    for layer in range(DEPTH - 1, 0, -1):  # back through it, in all deeper networks
        slope = store(outputs[layer] * (1 - outputs[layer]))[:, None]
        delta[:, layer:] = store(slope * store(W[layer].T @ delta[:, layer:]))
    return store(delta.T[:, :, None] * x)


ROUND = {"float16": lambda x: np.float32(np.float16(x)), "bfloat16": bfloat16}
ROUND |= {"float32": np.float32, "float64": np.float64}
zeros = {case: [] for case in CASES}  # a case is a format and k: the loss times 2**k
for seed in range(SEEDS):
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((DEPTH, WIDTH, WIDTH)) / WIDTH**0.5
    x, readout = rng.standard_normal((2, WIDTH))
    readout /= np.linalg.norm(readout)
    for form, k in CASES:
        arrays = map(ROUND[form], (W, x, readout * 2.0**k))
        gradients = first_gradients(ROUND[form], *arrays)
        zeros[form, k].append(100 * np.mean(gradients == 0, axis=(1, 2)))
print(f"float16 overflows from loss × 2^{np.log2(65504 / abs(readout).max()):.1f} on")
print("% zeros at depth     8     10     12     16; below 50% to depth (min, max)")
_, ax = plt.subplots(layout="constrained")
for (form, k), style in CASES.items():
    low, median, high = np.quantile(zeros[form, k], (0, 0.5, 1), axis=0)
    label = {8: "loss × 2⁸", 16: "loss × 2¹⁶"}.get(k, form)
    (line,) = ax.plot(range(1, DEPTH + 1), median, style, label=label)
    ax.fill_between(range(1, DEPTH + 1), low, high, color=line.get_color(), alpha=0.2)
    row = *median[[7, 9, 11, 15]], sum(high < 50), sum(low < 50)
    print(f"{label:15}", *(f"{value:6.3g}" for value in row))
ax.legend(loc="center", frameon=False)
ax.set(xlabel="depth L", ylabel="zeros in ∂L/∂W of layer 1 (%)")
for update in np.float32((0.004, 0.001, 0.0004)):
    w = dict.fromkeys(ROUND, np.float32(1))
    for _ in range(1000):
        w = {form: store(w[form] + update) for form, store in ROUND.items()}
    print(f"1 + 1000 × {update:.4f} =", *(f"{v:.3f} {form}" for form, v in w.items()))
plt.show()
