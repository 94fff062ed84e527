"""With batch norm the sigmoid stays nearly level and ReLU explodes.

Layers 40 to 11 of 50, width 128, before training; mean and range of 5 seeds: 1 s."""

import matplotlib.pyplot as plt
import numpy as np

DEPTH, WIDTH, SEEDS, SIZES, X = 50, 128, 5, [4, 8, 16, 32, 64], np.linspace(-9, 9, 9000)
SIGMA_W = 1  # try 0.5, 9
BELL = np.exp(-(X**2) / 2)  # weights of an average of X over N(0, 1)
SIGMOID = lambda z: (1 + np.tanh(z / 2)) / 2, lambda a: a - a**2  # φ, slope from φ(z)
RELU = lambda z: np.maximum(z, 0), lambda a: a > 0
NETWORKS = {  # φ and its slope, mean over (-2: batch, -1: units), style
    f"{name}, {norm} norm": (phi, axis, color + dash)
    for name, phi, color in [("sigmoid", SIGMOID, "C0"), ("ReLU", RELU, "C2")]
    for norm, axis, dash in [("no", None, "-"), ("layer", -1, ":"), ("batch", -2, "--")]
}


def normalize(Z, axis):  # Z: (..., batch, width)
    s = Z.std(axis, keepdims=True)
    return (Z - Z.mean(axis, keepdims=True)) / s, s


def normalize_backward(delta, Z_hat, s, axis):
    """Turn the error signal behind normalize into the one before it, same shape."""
    along = (delta * Z_hat).mean(axis, keepdims=True)
    return (delta - delta.mean(axis, keepdims=True) - Z_hat * along) / s


def measure_factor(phi, slope, axis, matrices, batch, rng):
    """Per-layer factor of the norm of δ going back, layers 40 to 11: shape (SEEDS,)."""
    (a, delta), layers, norms = rng.normal(size=(2, SEEDS, batch, WIDTH)), [], []
    for W in matrices:
        Z, s = normalize(a @ W.mT, axis) if axis else (a @ W.mT, 1)
        a = phi(Z)
        layers.append((W, Z, s, a))
    for W, Z, s, a in layers[::-1]:
        delta = delta * slope(a)
        norms.append(np.linalg.norm(delta, axis=(1, 2)))
        delta = (normalize_backward(delta, Z, s, axis) if axis else delta) @ W
    return (norms[39] / norms[10]) ** (1 / 29)


rng = np.random.default_rng(0)
fig, ax = plt.subplots(figsize=(5.6, 4.8), layout="constrained")
W = SIGMA_W * rng.normal(size=(DEPTH, SEEDS, WIDTH, WIDTH)) / WIDTH**0.5
print(f"{'batch size':20}", *(f"{size:6}" for size in SIZES), " theory")
for name, ((phi, slope), axis, style) in NETWORKS.items():
    f = np.array([measure_factor(phi, slope, axis, W, size, rng) for size in SIZES])
    a = phi(X) - (np.average(phi(X), weights=BELL) if axis == -2 else 0)
    chi = slope(phi(X)) ** 2 @ BELL / (a**2 @ BELL)
    theory = f"{chi**0.5:7.3f}" if axis else ""
    print(f"{name:20}", *(f"{mean:6.3f}" for mean in f.mean(1)), theory)
    ax.loglog(SIZES, f.mean(1), style, base=2)
    ax.fill_between(SIZES, f.min(1), f.max(1), color=style[:2], alpha=0.2)
ax.set(xlabel="batch size", ylabel="factor per layer", xticks=SIZES, xticklabels=SIZES)
ax.set(ylim=(0.1, 8), yticks=[0.25, 0.5, 1, 2, 4], yticklabels=["¼", "½", 1, 2, 4])
fig.legend(ax.lines, NETWORKS, loc="outside upper center", ncols=2)
plt.show()
