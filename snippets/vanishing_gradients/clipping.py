"""Clipping can save a healthy network; it does not fix a wrong weight scale.
Tanh networks, width 32, depth 20, copy one input; 5 seeds: median, range. Takes 1 s."""

import matplotlib.pyplot as plt
import numpy as np

LIMIT = 2.28  # try 0.1, 10, 50, 100
WIDTH, DEPTH, SEEDS, BATCH, STEPS, BAD, RATE = 32, 20, 5, 16, 161, 80, 0.05
SHAPE, CENTERS = (SEEDS, DEPTH, WIDTH, WIDTH), range(4, STEPS, 8)


def backpropagate(weights, x, target):  # loss, gradient: (SEEDS), (SEEDS, weights)
    W, gradient, outputs = weights.reshape(SHAPE), np.empty(SHAPE), [x]
    for layer in range(DEPTH - 1):
        outputs.append(np.tanh(W[:, layer] @ outputs[-1]))
    error = (W[:, -1] @ outputs[-1])[:, :1] - target  # one linear output neuron
    delta = np.pad(error / BATCH, ((0, 0), (0, WIDTH - 1), (0, 0)))
    for layer in reversed(range(DEPTH)):
        gradient[:, layer] = delta @ outputs[layer].mT
        delta = (1 - outputs[layer] ** 2) * (W[:, layer].mT @ delta)
    return np.mean(error**2, axis=(1, 2)) / 2, gradient.reshape(SEEDS, -1)


def train(sigma_w, by, limit):  # loss, |g|, angle it is turned: (3, STEPS, SEEDS)
    rng, log = np.random.default_rng(0), []
    weights = sigma_w * rng.standard_normal((SEEDS, DEPTH * WIDTH**2)) / WIDTH**0.5
    for step in range(STEPS):
        x = rng.standard_normal((SEEDS, WIDTH, BATCH))
        loss, g = backpropagate(weights, x, x[:, :1] * (100 if step == BAD else 1))
        norm = np.linalg.norm(g, axis=1)
        clipped = g * np.minimum(1, limit / norm)[:, None]
        if by == "value":
            clipped = np.clip(g, -limit / len(g[0]) ** 0.5, limit / len(g[0]) ** 0.5)
        cosine = np.sum(g * clipped, axis=1) / norm / np.linalg.norm(clipped, axis=1)
        log.append((loss, norm, np.degrees(np.arccos(np.minimum(1, cosine)))))
        weights = weights - RATE * clipped
    return np.swapaxes(log, 0, 1)


free = train(1, "norm", np.inf)
level = np.quantile(free[1, 20:BAD], (0.5, 0.9, 0.95, 0.99, 1))
print("|g| at 50, 90, 95, 99, 100% of the steps:", *(f"{n:.2f}" for n in level))
print(f"|g| at the bad batch: {free[1, BAD].min():.0f} or more\n")
print("range over seeds        loss before     loss after    loss at end     turned °")
cases = {  # what train returns, line, place of the label, the label
    "σ_w = 1, no clipping": (free, "C6:", 92, 25, "no clipping"),
    "σ_w = 1, by norm": (train(1, "norm", LIMIT), "C8-", 92, 0.03, "by norm"),
    "σ_w = 1, by value": (train(1, "value", LIMIT), "C9--", 2, 0.045, "by value"),
    "σ_w = 3, by norm": (train(3, "norm", LIMIT), "C7-.", 92, 5, "wrong scale"),
}
_, ax = plt.subplots(layout="constrained")
for name, ((loss, _, angle), line, *place) in cases.items():
    columns = *(loss[a : a + 20].mean(axis=0) for a in (60, 81, 141)), angle[BAD]
    print(f"{name:21}", *(f"{c.min():6.2f} – {c.max():5.2f}" for c in columns))
    blocks = np.delete(loss, BAD, axis=0).reshape(-1, 8, SEEDS).mean(axis=1)
    ax.semilogy(CENTERS, np.median(blocks, 1), line)
    ax.fill_between(CENTERS, blocks.min(1), blocks.max(1), color=line[:2], alpha=0.2)
    ax.text(*place, color=line[:2])
ax.set(xlabel="step (bad batch: 80)", ylabel="loss, mean of 8 steps", ylim=(0.02, 200))
plt.show()
