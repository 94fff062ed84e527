"""Slopes alone do not decide whether a product vanishes.

Every z is drawn from N(0, SPREAD²); 500 random chains: median, 5% to 95% quantile."""

import matplotlib.pyplot as plt
import numpy as np

SPREAD = 1  # try 0.1, 3
DEPTH, RUNS = 50, 500


def slope(z):  # σ′(z) = σ(z)(1 - σ(z)), without cancellation
    return 0.25 / np.cosh(z / 2) ** 2


def signal_norms(width, draw, rng):
    """Norm of δ after 1 to DEPTH layers W = draw(), from norm 1: (DEPTH, RUNS)."""
    delta, norms = np.full((RUNS, width, 1), width**-0.5), []
    for _ in range(DEPTH):
        delta = slope(SPREAD * rng.standard_normal(delta.shape)) * (draw().mT @ delta)
        norms.append(np.linalg.norm(delta, axis=(1, 2)))
    return np.array(norms)


rng, n, z = np.random.default_rng(0), np.arange(1, DEPTH + 1), [0.0]
s = slope(SPREAD * rng.standard_normal(10**6))
means = [0.25, rms := np.mean(s**2) ** 0.5, np.mean(s), np.exp(np.mean(np.log(s)))]
print(f"slope:  largest      rms     mean  geometric  sd of log {np.log(s).std():.3f}")
print("one    ", *(f"{m:8.4f}" for m in means))
print("fifty  ", *(f"{m**DEPTH:8.1e}" for m in means))
cases = {  # width, how to draw W; if plotted: line and how to align its label
    "slopes alone": (1, lambda: np.eye(1), ("C0-", "top")),
    "slopes × 5": (1, lambda: 5 * np.eye(1), ("C8-.", "bottom")),
    "slopes × 8": (1, lambda: 8 * np.eye(1), ("C9--", "bottom")),
    "all weights 0.2": (32, lambda: np.full((32, 32), 0.2)),
    "orthogonal": (32, lambda: np.linalg.qr(rng.normal(size=(32, 32))).Q),
    "random, width 1": (1, lambda: rng.normal(0, 1 / rms, (RUNS, 1, 1))),
    "random, width 32": (32, lambda: rng.normal(0, 32**-0.5 / rms, (RUNS, 32, 32))),
}
_, ax = plt.subplots(layout="constrained")
print(f"\n|δ| after {DEPTH}      median       5%      95%      rms  largest |W|₂")
for name, (width, draw, *plotted) in cases.items():
    norms, stretch = signal_norms(width, draw, rng), np.linalg.norm(draw(), 2, (-2, -1))
    curves = *np.quantile(norms, (0.5, 0.05, 0.95), axis=1), (norms**2).mean(1) ** 0.5
    print(f"{name:16}", *(f"{c[-1]:8.1e}" for c in curves), f"{stretch.max():9.2f}")
    for line, va in plotted:
        ax.semilogy(n, curves[0], line)
        ax.fill_between(n, *curves[1:3], color=line[:2], alpha=0.2)
        ax.text(51, max(curves[0][-1], 1e-38), name, color=line[:2], va=va)
for _ in n[1:]:  # a chain with weights 8 and biases 0
    z.append(8 / (1 + np.exp(-z[-1])))
chain = 8 * slope(np.array(z))
print(f"weight 8, biases 0: factor {chain[0]:.4f} at z = 0, later {chain[-1]:.4f}")
powers = (np.finfo(kind).maxexp / np.log2(32) for kind in ("f2", "f4", "f8"))
print("float16, 32, 64 overflow at 32 to the power", *(f"{p:.1f}" for p in powers))
ax.semilogy(n, 0.25**n, "k--", n, np.cumprod(chain), "C6:")
ax.text(51, 0.25**DEPTH, "¼ⁿ", color="black")
ax.text(1, 1e-36, "weight 8,\nbiases 0", color="C6")
ax.set(xlabel="number of factors n", ylabel="product", ylim=(1e-40, 1e17))
plt.show()
