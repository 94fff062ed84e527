"""In floating point, saturated slopes become exactly zero.
Each turning point is found by bisection over the floats; nothing is random."""

import matplotlib.pyplot as plt
import numpy as np

LINES = {np.float16: ":", np.float32: "--", np.float64: "-"}
FORMATS = [np.finfo(dtype) for dtype in LINES]
BITS, TOP = np.array([(f.nmant + 1, f.maxexp) for f in FORMATS]).T  # floats < 2**TOP
LOW = 1 - np.log2([float(f.smallest_subnormal) for f in FORMATS])  # 2**-LOW becomes 0
SLOPES = {  # for z > 0; and by hand: where each turns to 0 or NaN, in units of ln 2
    "σ(1 − σ)": (lambda z: 1 / (1 + np.exp(-z)) * (1 - 1 / (1 + np.exp(-z))), BITS),
    "1 − tanh²": (lambda z: 1 - np.tanh(z) ** 2, BITS / 2 + 1),
    "σ(1 − σ) at −z": (lambda z: 1 / (1 + np.exp(z)) * (1 - 1 / (1 + np.exp(z))), TOP),
    "careful sigmoid": (lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2, LOW),
    "careful tanh": (lambda z: 4 * np.exp(-2 * z) / (1 + np.exp(-2 * z)) ** 2, LOW / 2),
    # where(z > 0, z, exp(z) − 1) in autodiff: the sum of both branches, one times 0
    "ELU with where": (lambda z: 1 * (z > 0) + np.exp(z) * (z <= 0), TOP),
}


def first_float(holds, dtype):  # bisect positive floats, ordered as their bits
    bits = f"u{dtype().itemsize}"
    low, high = 0, int(dtype(1000).view(bits))
    while high - low > 1:
        middle = (low + high) // 2
        found = holds(np.array(middle, bits).view(dtype))
        low, high = (low, middle) if found else (middle, high)
    return np.array(high, bits).view(dtype)[()]


def show(name, values, form=".3g"):
    print(f"{name:24}", *(f"{value:>9{form}}" for value in values))


turns = {}  # where each slope in each format stops being above 0
show("", [f.dtype.name for f in FORMATS], "")
for key in ("max", "smallest_normal", "smallest_subnormal"):
    show(key, [getattr(f, key) for f in FORMATS])
show("1e-08 is stored as", [dtype(1e-8) for dtype in LINES])
lost = [np.nextafter(first_float(lambda u: 1 + u != 1, d), d(0)) for d in LINES]
show("1 + u is 1 up to u =", lost)
show("η = 0.001: g lost up to", [float(u) / 0.001 for u in lost])
print("\nslope exactly 0 (ELU: NaN) from z =")
with np.errstate(over="ignore", invalid="ignore"):  # inf and NaN are wanted here
    for name, (slope, by_hand) in SLOPES.items():
        turns[name] = [first_float(lambda z, f=slope: not f(z) > 0, d) for d in LINES]
        show(name, turns[name], ".2f")
        show("  by hand", by_hand * np.log(2), ".2f")
_, axes = plt.subplots(2, figsize=(5.6, 6.6), layout="constrained")
PANELS = ("sigmoid", "σ(1 − σ)", "C0", 40), ("tanh", "1 − tanh²", "C1", 20)
for ax, (title, name, color, end) in zip(axes, PANELS, strict=True):
    z = np.linspace(0, end, 1000)
    ax.semilogy(z, SLOPES[f"careful {title}"][0](z), color="lightgray", lw=6)
    ax.text(0.6 * end, 1e-8, "careful, float64", color="gray")
    for (dtype, style), turn in zip(LINES.items(), turns[name], strict=True):
        ax.semilogy(z, SLOPES[name][0](z.astype(dtype)), style, color=color)
        ax.text(turn - end / 80, 1e-19, np.dtype(dtype).name, ha="right")
    ax.set(ylim=(1e-20, 3), title=title, ylabel="slope")
axes[1].set(xlabel="pre-activation z")
plt.show()
