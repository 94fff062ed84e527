"""One gain or average rarely suits both directions.

50 layers before training, 32 inputs; medians of 5 seeds, bands over all of them."""

import matplotlib.pyplot as plt
import numpy as np

WIDTH, DEPTH, SEEDS, INPUTS = 128, 50, 5, 32
NARROW = 32  # try 8, 64, 128
TANH, LINEAR = (np.tanh, lambda a: 1 - a**2), (lambda z: z, np.ones_like)
SIGMOID = (lambda z: 0.5 + 0.5 * np.tanh(z / 2), lambda a: a - a**2)
CENTRED = (lambda z: 0.5 * np.tanh(z / 2), lambda a: 0.25 - a**2)  # sigmoid - 1/2
CASES = {  # φ, its slope from φ(z), variance from fan-in i and fan-out o, line, label
    "tanh, gain 1": (TANH, lambda i, o: 1 / i, "C1--", (2, 1e-3)),
    "tanh, gain 5/3": (TANH, lambda i, o: (5 / 3) ** 2 / i, "C1-", (12, 3e3)),
    "sigmoid, gain 1": (SIGMOID, lambda i, o: 1 / i, "C0-.", (23, 1e-22)),
    "sigmoid, gain 4": (SIGMOID, lambda i, o: 4**2 / i, "C0-", (2, 1e-14)),
    "sigmoid 4, centred": (CENTRED, lambda i, o: 4**2 / i, "C0--", (14, 1e-3)),
    "sigmoid, 10.15": (SIGMOID, lambda i, o: 10.15**2 / i, "C0:", (35, 1e2)),
    "1 / fan-in": (LINEAR, lambda i, o: 1 / i, "C7-", (3, 5)),
    "1 / fan-out": (LINEAR, lambda i, o: 1 / o, "C8--", (17, 5)),
    "Xavier": (LINEAR, lambda i, o: 2 / (i + o), "C9-.", (24, 0.01)),
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


normal = (rng := np.random.default_rng(0)).standard_normal((DEPTH, SEEDS, WIDTH, WIDTH))
x, readout = rng.standard_normal((2, SEEDS, WIDTH, INPUTS))
_, panels = plt.subplots(2, sharex=True, figsize=(5.6, 7), layout="constrained")
print("factor per layer:     z     δ ± seeds   rms of z, layer 50")
for name, ((phi, slope), variance, line, place) in CASES.items():
    ax, odd = (panels[1], NARROW) if name[0] in "1X" else (panels[0], WIDTH)
    z, delta = measure(variance, odd, phi, slope)
    forth, back = (z[39] / z[9]) ** (1 / 30), (delta[9] / delta[39]) ** (1 / 30)
    row = forth.mean(), back.mean(), back.std(ddof=1), np.median(z[-1])
    print(f"{name:18}", "{:6.3f} {:6.3f} ± {:.3f} {:9.4f}".format(*row))
    low, median, high = np.quantile(delta[1::2], (0, 0.5, 1), axis=1)
    ax.semilogy(range(2, DEPTH + 1, 2), median, line)
    ax.fill_between(range(2, DEPTH + 1, 2), low, high, color=line[:2], alpha=0.2)
    ax.text(*place, name, color=line[:2])
u, mass = np.polynomial.hermite_e.hermegauss(80)  # averages over N(0, 1)
for name, (phi, slope) in {"tanh": TANH, "sigmoid": SIGMOID}.items():
    gains = [np.average(v**2, weights=mass) ** -0.5 for v in (phi(u), slope(phi(u)))]
    print("{}: 1 / rms φ = {:.3f}, 1 / rms φ′ = {:.3f}".format(name, *gains))
print(f"4 mn / (m + n)² = {4 * WIDTH * NARROW / (WIDTH + NARROW) ** 2:.2f}")
panels[0].set(ylabel="rms of δ, width 128", ylim=(1e-32, 1e8))
panels[1].set(ylabel=f"rms of δ, widths {NARROW} and {WIDTH}")
panels[1].set(xlabel="layer ℓ (even layers only)", ylim=(min(0.005, low[0]) / 2, 20))
plt.show()
