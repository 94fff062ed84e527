"""How much the numbers of the home page's picture differ from network to network.

Its two experiments with 300 seeds, width 128. Sent back: δ in layer 1 over δ in layer
30, in percent, at the start. Dead: neurons that no input switches on, in percent, after
200 steps at rate 30. Active: inputs that switch a neuron on, in percent, after 200
steps at rate 1; there the quantiles are over the neurons of all networks."""

import numpy as np

WIDTH, DEPTH, SEEDS = 128, 30, 300
CASES = [
    {"percent": it}
    for it in ("sent back, ReLU", "sent back, sigmoid", "dead", "active")
]
ALLOWED = {"5% below": "×1.1", "median": "×1.1", "95% below": "×1.1"}


def error_signal(phi, slope, gain, seed):
    """Norm of δ in layer 1 of a random network, divided by that in the last."""
    rng = np.random.default_rng(seed)
    W = rng.normal(0, gain / np.sqrt(WIDTH), (DEPTH, WIDTH, WIDTH))
    z = [W[0] @ rng.normal(size=WIDTH)]
    for layer in range(1, DEPTH):
        z.append(W[layer] @ phi(z[-1]))
    last = delta = slope(z[-1]) * rng.normal(size=WIDTH)
    for layer in range(DEPTH - 1, 0, -1):
        delta = slope(z[layer - 1]) * (W[layer].T @ delta)
    return np.linalg.norm(delta) / np.linalg.norm(last)


def activity(rate, seed):
    """Share of inputs that switch each ReLU neuron on, after training: (WIDTH,)."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=(200, 2)), np.ones(200)])  # 1 for the bias
    y = x[:, 0] * x[:, 1] > 0  # class: do both coordinates have the same sign?
    W = rng.normal(size=(3, WIDTH)) * [[1], [1], [0]]  # no bias at first
    v = rng.normal(0, np.sqrt(2 / WIDTH), WIDTH)
    for _ in range(200):  # full-batch gradient descent on the cross-entropy
        a = np.maximum(x @ W, 0)
        error = (0.5 + np.tanh(a @ v / 2) / 2 - y)[:, None] / len(x)
        W, v = W - rate * x.T @ (error * v * (a > 0)), v - rate * a.T @ error[:, 0]
    return (x @ W > 0).mean(axis=0)


def measure(percent):
    relu = (lambda z: np.maximum(z, 0)), (lambda z: z > 0), np.sqrt(2)  # He weights
    sigmoid = (lambda z: 1 / (1 + np.exp(-z))), (lambda z: np.cosh(z / 2) ** -2 / 4), 1
    found = {
        "sent back, ReLU": lambda seed: error_signal(*relu, seed),
        "sent back, sigmoid": lambda seed: error_signal(*sigmoid, seed),
        "dead": lambda seed: (activity(30, seed) == 0).mean(),
        "active": lambda seed: activity(1, seed),
    }[percent]
    values = 100 * np.ravel([found(seed) for seed in range(SEEDS)])
    names = "least", "5% below", "median", "95% below", "most"
    return dict(zip(names, np.quantile(values, (0, 0.05, 0.5, 0.95, 1)), strict=True))
