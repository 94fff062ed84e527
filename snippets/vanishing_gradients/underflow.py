"""The number format decides at what depth gradients become zero.

Sigmoid networks, width 128, 5 seeds: median, range; emulated formats. Takes 2 s."""

import matplotlib.pyplot as plt
import numpy as np

SIGMA_W = 1  # try 4, 10
WIDTH, DEPTH, SEEDS = 128, 80, 5
CASES = {("float16", 0): "C6:", ("float16", 8): "C6-.", ("float16", 16): "C6--"}
CASES |= {("bfloat16", 0): "C8--", ("float32", 0): "C9-", ("float64", 0): "k:"}


def bfloat16(x):  # round to the upper 16 bits of float32, ties to even
    bits = np.float32(x).view(np.uint32)
    return (bits + 0x7FFF + (bits >> 16 & 1) & 0xFFFF0000).view(np.float32)


def first_gradients(store, W, x, readout):  # ∂L/∂W of layer 1: (DEPTH, WIDTH, WIDTH)
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
    W = SIGMA_W * rng.standard_normal((DEPTH, WIDTH, WIDTH)) / WIDTH**0.5
    x, readout = rng.standard_normal((2, WIDTH))
    readout /= np.linalg.norm(readout)
    for form, k in CASES:
        arrays = map(ROUND[form], (W, x, readout * 2.0**k))
        with np.errstate(over="ignore", invalid="ignore"):  # inf, NaN if σ_w is large
            gradients = first_gradients(ROUND[form], *arrays)
        share = np.where(np.isnan(gradients), np.nan, 100 * (gradients == 0))
        zeros[form, k].append(share.mean(axis=(1, 2)))
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
ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False)
ax.set(xlabel="depth L", ylabel="zeros in ∂L/∂W of layer 1 (%)")
for update in np.float32((0.004, 0.001, 0.0004)):
    w = dict.fromkeys(ROUND, np.float32(1))
    for _ in range(1000):
        w = {form: store(w[form] + update) for form, store in ROUND.items()}
    print(f"1 + 1000 × {update:.4f} =", *(f"{v:.3f} {form}" for form, v in w.items()))
plt.show()
