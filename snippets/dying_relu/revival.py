"""Dead ReLU neurons can come back in deeper layers; in the first they need help.

8 networks of 3 × 16: half of each layer is put GAP below 0, then 250 steps; 1.5 s."""

import matplotlib.pyplot as plt
import numpy as np

RUNS, POINTS, WIDTH, KILL, AFTER = 8, 64, 16, 50, 250
GAP = 0.03  # try 0.003, 0.3, 3
WAYS = "gradient descent", "momentum", "momentum, reset", "Adam"
WAYS += "decay of W and b", "decay of W", "decay of b", "new inputs"


def train(way, rng):
    """Dead neurons right after the kill and at the end: (2, layer, run, neuron)."""
    x, params, dead = rng.normal(size=(RUNS, POINTS, 3)), [], []
    x -= x.mean(axis=1, keepdims=True)
    for fan_in, width in (3, WIDTH), (WIDTH, WIDTH), (WIDTH, WIDTH), (WIDTH, 1):
        weights = rng.normal(0, np.sqrt(2 / fan_in), (RUNS, fan_in, width))
        params.append(np.insert(weights, 0, 0, axis=1))  # He, below a row of biases
    moments = [np.zeros((2, *W.shape)) for W in params]
    memory = 0.9 if way in WAYS[1:4] else 0.0
    decay = 0.003 * np.array([["b" in way], *WIDTH * [["W" in way]]])
    for t in range(1, KILL + AFTER + 1):
        inputs = [np.insert(x, 0, 1, axis=2)]  # the 1 is for the bias
        for W in params:
            if t == KILL and len(inputs) < 4:  # lower the bias of every second neuron
                W[:, 0, ::2] -= (inputs[-1] @ W).max(axis=1)[:, ::2] + GAP
            z = inputs[-1] @ W
            inputs.append(np.insert(np.maximum(z, 0), 0, 1, axis=2))
        dead.append([(a[:, :, 1:] <= 0).all(axis=1) for a in inputs[1:4]])
        delta = (z - np.sign(x[:, :, :1] * x[:, :, 1:2])) / POINTS  # z: the output
        x = x + 0.3 * (t == KILL and way == "new inputs")
        for layer in 3, 2, 1, 0:
            W, a, (m, v) = params[layer], inputs[layer], moments[layer]
            g = a.mT @ delta
            delta = delta @ W[:, 1:].mT * (a[:, :, 1:] > 0)
            m *= memory * (t != KILL or way != "momentum, reset")
            m += (1 - memory) * g
            v += 0.001 * (g**2 - v)
            root = (np.sqrt(v / (1 - 0.999**t)) + 1e-8) * (1 - 0.9**t)
            step = 0.01 * m / root if way == "Adam" else 0.1 * m
            W -= step + decay[: W.shape[1]] * W
    return np.array(dead[KILL - 1 :: AFTER])


dead = np.array([train(way, np.random.default_rng(0)) for way in WAYS])
back, killed = (dead[:, 0] & ~dead[:, 1]).sum(axis=3), dead[:, 0].sum(axis=3)
share, rows = 100 * back / killed, -np.arange(len(WAYS))  # (way, layer, run)
table = np.stack([back.sum(2), killed.sum(2), share.min(2), share.max(2)], axis=2)
print("on again, of those dead (least-most of 8 runs), in layers 1, 2 and 3")
for way, row in zip(WAYS, table, strict=True):
    print(f"{way:16}", (3 * "{:4.0f} of {:.0f} ({:2.0f}-{:3.0f}%)").format(*row.flat))
fig, axes = plt.subplots(figsize=(5.6, 6), layout="constrained")
for k, mark in enumerate(("C6o", "C8s", "C9^")):
    axes.hlines(rows - k / 4, *table[:, k, 2:].T, mark[:2])
    axes.plot(share.mean(2)[:, k], rows - k / 4, mark, label=f"layer {k + 1}")
axes.set(xlabel="on again (%)", xlim=(-4, 104), yticks=rows - 0.25, yticklabels=WAYS)
fig.legend(loc="outside upper center", ncols=3)
plt.show()
