"""A small error signal may be enough to learn, and dead neurons need not stop it.

The presets of the lab bench without norm or skip: two moons, 64 points, logistic loss,
one seed, 100 steps of gradient descent on all points, biases 0 if nothing is said."""

import matplotlib.pyplot as plt
import numpy as np

SEED = 0  # try 1, 2
POINTS, STEPS, HE = 64, 100, 2**0.5
SIGMOID = lambda h: 0.5 + 0.5 * np.tanh(h / 2), lambda a: a * (1 - a)
RELU = lambda h: np.maximum(h, 0), lambda a: 1.0 * (a > 0)  # φ, slope by a = φ(h)
PRESETS = {  # style, activation, depth, width, weight scale, bias, rate
    "Sigmoid, 20 layers": ("C0-", SIGMOID, 20, 32, 1, 0, 0.1),
    "ReLU, small weights": ("C3--", RELU, 20, 32, 1, 0, 0.2),
    "ReLU, He weights": ("C2-", RELU, 20, 32, HE, 0, 0.1),
    "Rate too high": ("C6:", RELU, 1, 64, HE, 0, 10),
    "Dead at birth": ("C7-.", RELU, 1, 64, HE, -2, 0.1),
}


def step(x, y, W, b, v, activation, rate):
    """One step, in place; the loss, share of points right, share of neurons dead."""
    outputs, (value, slope) = [x], activation
    for k in range(len(W)):
        outputs.append(value(outputs[k] @ W[k].T + b[k]))
    score = outputs[-1] @ v[:-1] + v[-1]
    error = (y * np.tanh(y * score / 2) - y) / 2 / len(y)
    back = np.outer(error, v[:-1])
    v -= rate * np.append(error @ outputs[-1], error.sum())
    dead = np.mean([(slope(a) == 0).all(axis=0).mean() for a in outputs[1:]])
    for k in reversed(range(len(W))):
        delta = back * slope(outputs[k + 1])
        back = delta @ W[k]
        W[k] -= rate * delta.T @ outputs[k]
        b[k] -= rate * delta.sum(axis=0)
    return np.logaddexp(0, -y * score).mean(), (score * y > 0).mean(), dead


results, y = {}, np.repeat([-1, 1], POINTS // 2)
print("| Preset | loss: before | after | right | dead: before | after |")
print("|-|-|-|-|-|-|")
for name, (style, activation, depth, width, scale, bias, rate) in PRESETS.items():
    rng, t = np.random.default_rng(SEED), np.pi * np.linspace(0, 1, POINTS // 2)
    x = np.r_[np.c_[np.cos(t), np.sin(t)], np.c_[1 - np.cos(t), 0.5 - np.sin(t)]]
    x += 0.1 * rng.standard_normal(x.shape)
    fans, b = [2] + (depth - 1) * [width], np.full((depth, width), float(bias))
    W = [scale / n**0.5 * rng.standard_normal((width, n)) for n in fans]
    v = np.append(rng.standard_normal(width) / width**0.5, 0)
    x = (x - x.mean(0)) / x.std(0)
    rows = np.array([step(x, y, W, b, v, activation, rate) for _ in range(STEPS + 1)])
    results[name] = loss, right, dead = rows.T
    row = f"| {name} | {loss[0]:.3f} | {loss[-1]:.3g} | {right[-1]:.0%} "
    print(f"{row}| {dead[0]:.0%} | {dead[-1]:.0%} |")
    plt.plot(loss, style, label=name)
plt.gca().set(xlabel="step", ylabel="loss", ylim=(0, 1))
plt.gcf().legend(loc="outside upper left", ncols=2)
plt.show()
