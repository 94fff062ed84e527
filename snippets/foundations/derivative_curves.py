"""S-shaped slopes close on both sides, rectifiers on one.

The rms slope is that for pre-activations z from N(0, SPREAD²), on a grid."""

import math

import matplotlib.pyplot as plt
import numpy as np

SPREAD = 1  # try 0.1, 5
ALPHA, SELU_SCALE, SELU_ALPHA = 0.01, 1.0507009873554805, 1.6732632423543772
COLORS = ["C0", "C1", "C2", "C3", "C4", "C8", "C5", "C6", "C7", "C9"]


def curves(z):
    """Map each activation's name to its values and its slopes at z, all (n,)."""
    exp, elu = np.exp(np.minimum(z, 0)), np.where(z > 0, z, np.expm1(np.minimum(z, 0)))
    leaky, selu = np.where(z > 0, 1, ALPHA), np.where(z > 0, 1, SELU_ALPHA) * SELU_SCALE
    cdf = np.vectorize(math.erfc)(-z / math.sqrt(2)) / 2  # of N(0, 1)
    pdf = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    s, t = 1 / (1 + np.exp(-z)), np.tanh(np.logaddexp(0, z))
    return {
        "sigmoid": (s, s * (1 - s)),
        "tanh": (np.tanh(z), 1 / np.cosh(z) ** 2),
        "ReLU": (np.maximum(z, 0), np.where(z > 0, 1.0, 0.0)),
        "leaky ReLU": (leaky * z, leaky),
        "ELU": (elu, exp),
        "SELU": (selu * elu, selu * exp),
        "GELU": (z * cdf, cdf + z * pdf),
        "SiLU": (z * s, s + z * s * (1 - s)),
        "softplus": (np.logaddexp(0, z), s),
        "Mish": (z * t, t + z * s * (1 - t * t)),
    }


z = (np.arange(-60_000, 60_000) + 0.5) / 2000  # no point falls on the kink at 0
weights = np.exp(-((z / SPREAD) ** 2) / 2)
fig = plt.figure(figsize=(5.6, 7.8), layout="constrained")
axes = fig.subplots(5, 2, sharex=True, sharey=True)
print(f"SELU: scale {SELU_SCALE:.4f}, alpha {SELU_ALPHA:.4f}; z ~ N(0, {SPREAD}²)\n")
print(f"{'slope':>32} {'output':>34}")
print("           largest at z  smallest  at z  zero at    rms   mean   lowest")
for ax, (name, (y, slope)) in zip(axes.flat, curves(z).items(), strict=True):
    spots = z[[slope.argmax(), slope.argmin(), (slope > 0).argmax()]]
    top, bottom, start = (f"{x:z.2f}" if abs(x) < 29 else "end" for x in spots)
    mean, square = np.average([y, slope**2], axis=1, weights=weights)
    zero = {"end": "never", "0.00": "z < 0"}.get(start, start)
    print(f"{name:10} {slope.max():7.3f} {top:>4} {slope.min():9.3f}", end="")
    print(f"{bottom:>6} {zero:>8} {square**0.5:6.3f} {mean:z6.3f} {y.min():8.3f}")
    ax.set(title=name, xlabel="pre-activation z", ylim=(-0.5, 1.95), xticks=[-3, 0, 3])
    ax.label_outer()
    ax.text(-3.9, 1.07, f"max {slope.max():.2f}\nrms {square**0.5:.2f}")
for half in np.linspace(-4, -1e-9, 32), np.linspace(1e-9, 4, 32):  # φ′ may jump at 0
    for ax, c, (y, slope) in zip(axes.flat, COLORS, curves(half).values(), strict=True):
        ax.plot(half, y, "--", color="gray", lw=1)
        ax.plot(half, slope, color=c, lw=2.5)
        ax.fill_between(half, slope, color=c, alpha=0.2, lw=0)
axes[0, 0].text(2.2, 1.12, "value", color="gray")
axes[0, 0].text(2.2, 0.25, "slope", color="C0")
plt.show()
