"""How many dead neurons come back is a matter of how far below 0 they lie.

The experiment of revival.py with 24 networks: three hidden layers, half of each killed
after 50 steps, so that the largest pre-activation lies at -GAP; then more steps. Decay
removes the share named from W or b in each step. Network 16 and 32: widths, for 64
inputs of 3 numbers, the task of the page; digits: width 16, 200 images, pixels of mean
0 and spread 1/4, odd or even. Cells: percent of the dead that are on again at the end.
"""

import numpy as np

GAPS = (0.003, 0.01, 0.03, 0.1, 0.3, 1, 3)
WAYS = ("gradient descent", "momentum", "Adam", "new inputs", "decay of b, 0.003")
DECAYS = ("1e-5", "1e-4", "0.001", "0.003", "0.01")


def case(way, gap, steps=250, network="16"):
    """One row."""
    return {"way": way, "GAP": gap, "steps": steps, "network": network}


CASES = [case(way, gap) for way in WAYS for gap in GAPS]
CASES += [case(f"decay of W, {d}", 0.03) for d in DECAYS]
CASES += [case(f"decay of b, {d}", 0.03) for d in DECAYS if d != "0.003"]
CASES += [case(WAYS[0], gap, 5000) for gap in (0.03, 0.3, 1)]
CASES += [case(WAYS[0], g, 250, n) for n in ("32", "digits") for g in GAPS]
ALLOWED = {f"layer {k}, on again %": "±7" for k in (1, 2, 3)}


def load(network, rng):
    """Centred inputs (points, numbers) and targets -1 or 1 (points, 1)."""
    if network == "digits":
        from study import digits

        images, label = digits()
        rows = rng.choice(1000, 200, replace=False)
        x = images[rows] - images[rows].mean(axis=0)
        return x / np.maximum(4 * x.std(axis=0), 1e-9), 2.0 * (
            label[rows, None] % 2
        ) - 1
    x = rng.normal(size=(64, 3))
    x -= x.mean(axis=0)
    return x, np.sign(x[:, :1] * x[:, 1:2])


def train(way, gap, after, network, runs=24, kill=50):
    """Dead neurons right after the kill and at the end: (2, layer, run, neuron)."""
    rng, width = np.random.default_rng(0), 32 if network == "32" else 16
    x, y = map(np.stack, zip(*(load(network, rng) for _ in range(runs)), strict=True))
    params, dead, (kind, _, share) = [], [], way.partition(", ")
    for fan_in, n in (x.shape[2], width), (width, width), (width, width), (width, 1):
        weights = rng.normal(0, np.sqrt(2 / fan_in), (runs, fan_in, n))
        params.append(np.insert(weights, 0, 0, axis=1))  # He, below a row of biases
    moments = [np.zeros((2, *W.shape)) for W in params]
    memory = 0.9 if kind in ("momentum", "Adam") else 0.0
    for t in range(1, kill + after + 1):
        inputs = [np.insert(x, 0, 1, axis=2)]
        for W in params:
            if t == kill and len(inputs) < 4:  # lower the bias of every second neuron
                W[:, 0, ::2] -= (inputs[-1] @ W).max(axis=1)[:, ::2] + gap
            z = inputs[-1] @ W
            inputs.append(np.insert(np.maximum(z, 0), 0, 1, axis=2))
        if t in (kill, kill + after):
            dead.append([(a[:, :, 1:] <= 0).all(axis=1) for a in inputs[1:4]])
        delta = (z - y) / x.shape[1]
        x = x + 0.3 * (t == kill and kind == "new inputs")
        for layer in 3, 2, 1, 0:
            W, a, (m, v) = params[layer], inputs[layer], moments[layer]
            g = a.mT @ delta
            delta = delta @ W[:, 1:].mT * (a[:, :, 1:] > 0)
            m += (1 - memory) * (g - m)
            v += 0.001 * (g**2 - v)
            root = (np.sqrt(v / (1 - 0.999**t)) + 1e-8) * (1 - 0.9**t)
            W -= 0.01 * m / root if kind == "Adam" else 0.1 * m
            rows = {"decay of W": slice(1, None), "decay of b": slice(0, 1)}.get(kind)
            if rows:
                W[:, rows] *= 1 - float(share)
    return np.array(dead)


def measure(**row):
    """Percent on again in each layer."""
    start, end = train(*row.values())
    back = 100 * (start & ~end).sum(axis=2) / start.sum(axis=2)  # (layer, run)
    cells = {name: round(back[k].mean()) for k, name in enumerate(ALLOWED)}
    least, most = np.quantile(back[1], (0.1, 0.9))
    return cells | {"layer 2, middle 80% of runs": f"{least:.0f} to {most:.0f}"}
