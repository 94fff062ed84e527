"""Adam trains deeper sigmoid networks than gradient descent does, but not every depth.

Width 16, σ_w = 1, 3 networks for each depth, their medians as lines. Rates: GD 3, Adam
0.003. Training stops early when the loss of all three is below 0.01. Takes 4 s."""

import matplotlib.pyplot as plt
import numpy as np

STEPS = 1500  # try 250
DEPTHS = 4, 6, 8, 12, 16
# Name, rate, ε of Adam (0: gradient descent, GD), marks and line, place of the label.
CASES = ("GD", 3, 0, "C6s:", (4.3, 0.5)), ("Adam", 0.003, 1e-8, "C9o-", (10.7, 0.3))


def backprop(W):  # loss (seed,); its gradient, like W: per layer [weights, biases]
    a, gradient = [x], np.empty_like(W)
    for w in W:
        z = w[..., :16] @ a[-1] + w[..., 16:]
        a.append(0.5 + 0.5 * np.tanh(z / 2))
    delta = (z - x) * 2 / x.size  # mean squared error of the linear last layer
    for k in reversed(range(len(W))):
        gradient[k] = np.append(delta @ a[k].mT, delta.sum(-1, keepdims=True), -1)
        delta = a[k] * (1 - a[k]) * (W[k, ..., :16].mT @ delta)
    return ((z - x) ** 2).mean(axis=(1, 2)), gradient


def train(W, rate, epsilon, steps):  # the losses: (step, seed); the last W
    m, v, losses = 0, 0, []
    for t in range(1, steps + 1):
        loss, move = backprop(W)
        losses.append(loss)
        if loss.max() < 0.01:
            break
        if epsilon:
            m, v = 0.9 * m + 0.1 * move, 0.999 * v + 0.001 * move**2
            move = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + epsilon)
        W = W - rate * move
    return np.array(losses), W


x = 2**0.5 * np.cos(np.pi / 16 * (2 * np.arange(16) + np.arange(16)[:, None]))
start = np.random.default_rng(0).standard_normal((16, 3, 16, 17)) / 4
start *= np.arange(17) < 16  # biases 0
for rate in (3, 10, 20, 30):
    loss, W = train(start, rate, 0, 101)
    moved = f"loss {loss[-1].max():.0e}, layer 1 by {abs(W[0] - start[0]).max():.0e}"
    print(f"GD, rate {rate}: up to {loss[:21].max():.0e} in 20 steps; at 100:", moved)
for name, rate, epsilon, style, place in CASES:
    ends = []
    print(f"\n{name}: layers, last step, three losses, median |W|₂")
    for depth in DEPTHS:
        loss, W = train(start[-depth:], rate, epsilon, STEPS)
        norm = np.median(np.linalg.norm(W[1:-1, ..., :16], 2, axis=(2, 3)))
        ends.append(loss[-1])
        print(f"{depth:2} {len(loss):6} ", *(f" {v:.3f}" for v in [*ends[-1], norm]))
    plt.plot(DEPTHS, ends, style[:3], fillstyle="none")
    plt.plot(DEPTHS, np.median(ends, axis=1), style[:2] + style[3:])
    label = "gradient\ndescent" if name == "GD" else name
    plt.text(*place, label, color=style[:2])
plt.gca().set(xlabel="layers", ylabel=f"loss after {STEPS} steps", xticks=DEPTHS)
plt.show()
