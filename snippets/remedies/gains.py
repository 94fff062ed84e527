"""A gain that fits holds the error signal level; one that is a little off does not.

50 layers before training, bottom: linear ones; medians of 5 seeds, bands over all."""

import matplotlib.pyplot as plt
import numpy as np

WIDTH, DEPTH, SEEDS, INPUTS = 128, 50, 5, 32
NARROW = 32  # try 8, 64, 128
TANH, LINEAR = (np.tanh, lambda a: 1 - a**2), (lambda z: z, np.ones_like)
SIGMOID = (lambda z: 0.5 + 0.5 * np.tanh(z / 2), lambda a: a - a**2)
CENTRED = (lambda z: 0.5 * np.tanh(z / 2), lambda a: 0.25 - a**2)  # sigmoid - 1/2
CASES = {  # φ, slope from φ(z); variance from fan-in i, fan-out o; panel, line, spot
    "tanh, gain 1": (TANH, lambda i, o: 1 / i, 0, "C1--", (6, -14)),
    "tanh, gain 5/3": (TANH, lambda i, o: (5 / 3) ** 2 / i, 0, "C1-", (20, 9)),
    "sigmoid, gain 1": (SIGMOID, lambda i, o: 1 / i, 1, "C0-.", (22, -22)),
    "sigmoid, gain 4": (SIGMOID, lambda i, o: 4**2 / i),
    "sigmoid 4, centred": (CENTRED, lambda i, o: 4**2 / i, 1, "C0-", (4, -14)),
    "sigmoid, 10.15": (SIGMOID, lambda i, o: 10.15**2 / i),
    "1 / fan-in": (LINEAR, lambda i, o: 1 / i, 2, "C7-", (4, 20)),
    "1 / fan-out": (LINEAR, lambda i, o: 1 / o),
    "Xavier": (LINEAR, lambda i, o: 2 / (i + o), 2, "C9-.", (18, -22)),
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
_, panels = plt.subplots(3, sharex=True, figsize=(5.6, 7.5), layout="constrained")
print("factor per layer:     z     δ ± seeds   rms of z, layer 50")
for name, ((phi, slope), variance, *drawn) in CASES.items():
    z, delta = measure(variance, NARROW if phi is LINEAR[0] else WIDTH, phi, slope)
    forth, back = (z[39] / z[9]) ** (1 / 30), (delta[9] / delta[39]) ** (1 / 30)
    print(f"{name:18} {forth.mean():6.3f} {back.mean():6.3f}", end=" ")
    print(f"± {back.std(ddof=1):.3f} {np.median(z[-1]):9.4f}")
    if drawn:
        panel, line, (layer, points) = drawn
        low, median, high = np.quantile(delta[1::2], (0, 0.5, 1), axis=1)
        panels[panel].semilogy(even, median, line)
        panels[panel].fill_between(even, low, high, color=line[:2], alpha=0.2)
        at = {"xytext": (0, points), "textcoords": "offset points", "color": line[:2]}
        panels[panel].annotate(name, (layer, median[even == layer][0]), **at)
u, p = np.polynomial.hermite_e.hermegauss(80)  # averages over N(0, 1), for tanh
gains = [np.average(v**2, weights=p) ** -0.5 for v in (np.tanh(u), np.cosh(u) ** -2)]
print(f"tanh: 1 / rms φ = {gains[0]:.3f}, 1 / rms φ′ = {gains[1]:.3f}")
panels[0].set(ylim=(0.01, 9999), yticks=[0.01, 1, 100], ylabel="rms of δ")
panels[0].annotate("", (2, 1500), (20, 1500), arrowprops={"arrowstyle": "->"})
panels[0].text(21, 1500, "the gradient travels this way", va="center")
panels[1].set(yticks=[1e-30, 1e-20, 1e-10, 1], ylabel="rms of δ")
panels[2].set(xlabel="layer ℓ (even layers only)", ylim=(min(0.005, low[0]) / 2, 20))
panels[2].set_ylabel(f"rms of δ, {NARROW} and {WIDTH} wide")
plt.show()
