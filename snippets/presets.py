"""Before the first step, layer 1 hears almost nothing, or far too much, or its share.

The deep presets of the lab bench: two moons, 64 points, logistic loss, one seed, biases
0. Dots: error signal; circles: weight gradient; color: sigmoid or ReLU."""

import matplotlib.pyplot as plt
import numpy as np

SEED = 0  # try 1, 2
POINTS, WIDTH, HE = 64, 32, 2**0.5
SIGMOID = "C0", lambda h: 0.5 + 0.5 * np.tanh(h / 2), lambda a: a * (1 - a)
RELU = "C2", lambda h: np.maximum(h, 0), lambda a: 1.0 * (a > 0)  # φ, slope by a = φ(h)
PRESETS = {  # activation, depth, weight scale; axis of a norm, skip, branch
    "Sigmoid, 20 layers": (SIGMOID, 20, 1),
    "ReLU, small weights": (RELU, 20, 1),
    "ReLU, He weights": (RELU, 20, HE),
    "Small slopes explode": (SIGMOID, 20, 16),
    "Batch norm explodes": (RELU, 20, HE, 0),
    "Layer norm, sigmoid": (SIGMOID, 20, 1, 1),
    "50 layers, plain skip": (RELU, 50, HE, None, 1),
    "50 layers, scaled skip": (RELU, 50, HE, None, 1, 50**-0.5),
}


def measure(x, W, v, activation, axis=None, skip=0, branch=1):
    """Loss; of each layer |δ|, |∂L/∂W|, share of neurons with slope 0 at all points."""
    a, z, tape, rows, over = x, 0, [], [], {"axis": axis, "keepdims": True}
    for k in range(len(W)):
        below, z = a, skip * z + (branch if k else 1) * a @ W[k].T
        s = 1 if axis is None else np.sqrt(z.var(**over) + 1e-5)
        h = z if axis is None else (z - z.mean(**over)) / s
        a = activation[1](h)
        tape.append((below, h, s, activation[2](a)))
    back, delta = np.outer(y * np.tanh(y * (a @ v) / 2) - y, v) / 2 / POINTS, 0
    for k, (below, h, s, slope) in reversed([*enumerate(tape)]):
        back = back * slope
        if axis is not None:
            back = back - back.mean(**over) - h * (back * h).mean(**over)
        delta = back / s + skip * delta
        back, dW = branch * delta @ W[k], (branch if k else 1) * delta.T @ below
        rows.append([*map(np.linalg.norm, (delta, dW)), (slope == 0).all(0).mean()])
    return np.logaddexp(0, -y * (a @ v)).mean(), np.array(rows[::-1])


results, y = {}, np.repeat([-1, 1], POINTS // 2)
print("| Preset | δ: layer 1 / last | ∂L/∂W: the same | dead |\n|-|-|-|-|")
for name, (activation, depth, scale, *more) in PRESETS.items():
    rng, t = np.random.default_rng(SEED), np.pi * np.linspace(0, 1, POINTS // 2)
    x = np.r_[np.c_[np.cos(t), np.sin(t)], np.c_[1 - np.cos(t), 0.5 - np.sin(t)]]
    x += 0.1 * rng.standard_normal(x.shape)
    W = [rng.standard_normal((WIDTH, n)) / n**0.5 for n in [2] + (depth - 1) * [WIDTH]]
    v, x = rng.standard_normal(WIDTH) / WIDTH**0.5, (x - x.mean(0)) / x.std(0)
    loss, rows = measure(x, [scale * w for w in W], v, activation, *more)
    results[name] = loss, *rows[0, :2] / rows[-1, :2], rows[:, 2].mean()
    print("| {0} | {2:.3g} | {3:.3g} | {4:.0%} |".format(name, *results[name]))
    plt.semilogx(results[name][1], name, "o", color=activation[0], ms=8)
    plt.semilogx(results[name][2], name, "o", color=activation[0], ms=8, mfc="white")
plt.axvline(1, color="gray", linewidth=1, zorder=1)
plt.gca().set(xlabel="layer 1 / last layer", ylim=(7.5, -0.5), xlim=(1e-14, 1e9))
plt.show()
