"""One gain or average rarely suits both directions.

50 layers before training, below linear ones; medians of 5 seeds, bands over all."""

import matplotlib.pyplot as plt
import numpy as np

WIDTH, DEPTH, SEEDS, INPUTS = 128, 50, 5, 32
NARROW = 32  # try 8, 64, 128
TANH, LINEAR = (np.tanh, lambda a: 1 - a**2), (lambda z: z, np.ones_like)
SIGMOID = (lambda z: 0.5 + 0.5 * np.tanh(z / 2), lambda a: a - a**2)
CENTRED = (lambda z: 0.5 * np.tanh(z / 2), lambda a: 0.25 - a**2)  # sigmoid - 1/2
CASES = {  # φ, its slope from φ(z); variance from fan-in i and fan-out o; line, label
    "tanh, gain 1": (TANH, lambda i, o: 1 / i, "C1--", (2, -16)),
    "tanh, gain 5/3": (TANH, lambda i, o: (5 / 3) ** 2 / i, "C1-", (12, 7)),
    "sigmoid, gain 1": (SIGMOID, lambda i, o: 1 / i, "C0-.", (22, -22)),
    "sigmoid, gain 4": (SIGMOID, lambda i, o: 4**2 / i, "C0-", (2, -22)),
    "sigmoid 4, centred": (CENTRED, lambda i, o: 4**2 / i, "C0--", (14, -16)),
    "sigmoid, 10.15": (SIGMOID, lambda i, o: 10.15**2 / i, "C0:", (34, 12)),
    "1 / fan-in": (LINEAR, lambda i, o: 1 / i, "C7-", (4, 24)),
    "1 / fan-out": (LINEAR, lambda i, o: 1 / o, "C8--", (18, 18)),
    "Xavier": (LINEAR, lambda i, o: 2 / (i + o), "C9-.", (26, -26)),
}


def measure(variance, odd, phi, slope):
    """Rms of z and of δ; odd layers have the width odd: shape (2, DEPTH, SEEDS)."""
    widths, a, z, delta, weights = [WIDTH, odd] * DEPTH, [x], [], [readout], []
    for w, i, o in zip(normal, widths, widths[1:], strict=False):
        weights.append(w[:, :o, :i] * variance(i, o) ** 0.5)
        z.append(weights[-1] @ a[-1])
        a.append(phi(z[-1]))
    for W, out in zip(weights[:0:-1], a[-2:0:-1], strict=True):
        delta.append(slope(out) * (W.mT @ delta[-1]))
    return np.sqrt([[np.mean(v**2, (1, 2)) for v in s] for s in (z, delta[::-1])])


rng, even = np.random.default_rng(0), np.arange(2, DEPTH + 1, 2)
normal = rng.standard_normal((DEPTH, SEEDS, WIDTH, WIDTH))
x, readout = rng.standard_normal((2, SEEDS, WIDTH, INPUTS))
_, (top, bottom) = plt.subplots(2, sharex=True, figsize=(5.6, 7), layout="constrained")
print("factor per layer:     z     δ ± seeds   rms of z, layer 50")
for name, ((phi, slope), variance, line, (layer, points)) in CASES.items():
    ax, odd = (bottom, NARROW) if phi is LINEAR[0] else (top, WIDTH)
    z, delta = measure(variance, odd, phi, slope)
    forth, back = (z[39] / z[9]) ** (1 / 30), (delta[9] / delta[39]) ** (1 / 30)
    print(f"{name:18} {forth.mean():6.3f} {back.mean():6.3f}", end=" ")
    print(f"± {back.std(ddof=1):.3f} {np.median(z[-1]):9.4f}")
    low, median, high = np.quantile(delta[1::2], (0, 0.5, 1), axis=1)
    ax.semilogy(even, median, line)
    ax.fill_between(even, low, high, color=line[:2], alpha=0.2)
    spot, shift = (layer, median[even == layer][0]), (0, points)
    ax.annotate(name, spot, shift, textcoords="offset points", color=line[:2])
u, p = np.polynomial.hermite_e.hermegauss(80)  # averages over N(0, 1), for tanh
gains = [np.average(v**2, weights=p) ** -0.5 for v in (np.tanh(u), np.cosh(u) ** -2)]
print(f"tanh: 1 / rms φ = {gains[0]:.3f}, 1 / rms φ′ = {gains[1]:.3f}")
top.set(ylabel="rms of δ, width 128", yticks=[1e-30, 1e-20, 1e-10, 1])
bottom.set(xlabel="layer ℓ (even layers only)", ylim=(min(0.005, low[0]) / 2, 20))
bottom.set_ylabel(f"rms of δ, widths {NARROW} and {WIDTH}")
plt.show()
