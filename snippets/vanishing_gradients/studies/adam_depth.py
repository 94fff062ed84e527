"""Adam trains deep networks that gradient descent leaves where they are, up to a depth.

Equal widths, the last layer linear; σ_w = 1 (tanh: 0.5), biases 0. Circle: the task of
layer_speeds. Digits: 1000 images in their main directions, cross-entropy, 32 a step.
Rate: as named, or of five the middle one of those best for two networks. Twenty
others then train until the loss is 0.01. Loss 1: best constant answer; left: below
0.9; solved: below 0.1. per_layer steps by rate * |W| in each layer."""

import numpy as np

TRIAL, LOOK, PILOTS, SEEDS = 3000, 100, 2, 20
ADAM, LAYER = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2), (1e-3, 3e-3, 1e-2, 3e-2, 0.1)
RATES = {"GD": (0.1, 0.3, 1, 3, 10), "Adam": ADAM, "per_layer": LAYER}
NETS = {  # φ, its slope as a function of a = φ(z), σ_w
    "sigmoid": (lambda z: 0.5 + 0.5 * np.tanh(z / 2), lambda a: a * (1 - a), 1),
    "tanh": (np.tanh, lambda a: 1 - a * a, 0.5),
    "ReLU": (lambda z: np.maximum(z, 0), lambda a: a > 0, 1),
}
ROWS = """sigmoid circle 16 3000 GD 6 8 10 12
sigmoid circle 16 3000 Adam 6 8 10 12 14 16
sigmoid circle 16 10000 Adam 10 12 16
sigmoid circle 16 30000 Adam@0.001 16
sigmoid circle 16 50000 GD@3 10
sigmoid circle 16 3000 per_layer 16
sigmoid circle 32 3000 Adam 8
tanh circle 16 3000 GD,Adam 16
ReLU circle 16 3000 GD,Adam 16 30
sigmoid digits 32 3000 GD,Adam 8"""
KEYS = "net", "task", "width", "layers", "optimizer", "steps"
CASES = [
    dict(zip(KEYS, (net, task, int(width), int(n), how, int(steps)), strict=True))
    for net, task, width, steps, ways, *depths in map(str.split, ROWS.splitlines())
    for how in ways.split(",")
    for n in depths
]
ALLOWED = {"left of 20": "±5", "solved of 20": "±5"}


def examples(task, width):  # inputs (width, examples), targets (outputs, examples)
    if task == "circle":
        x = np.arange(32) / 32 + np.arange(width)[:, None] / width / 2
        return (2**0.5 * np.cos(2 * np.pi * x),) * 2
    from study import digits

    images, labels = digits()
    U, S, _ = np.linalg.svd(images - images.mean(0), full_matrices=False)
    return (x := (U * S).T[:width]) / np.sqrt((x**2).mean()), np.eye(10)[labels].T


def forward(W, x, phi):  # activations of all layers; the last is linear
    a = [x]
    for w in W:
        a.append(phi(z := w[..., :-1] @ a[-1] + w[..., -1:]))
    return [*a[:-1], z]


def judge(z, y):  # loss of each net over that of a constant; gradient at the outputs
    if len(y) != 10:
        return ((z - y) ** 2).mean((1, 2)), (z - y) * 2 / y.size
    p = (odds := np.exp(z[:, :10])) / odds.sum(1, keepdims=True)
    loss = -np.log((p * y).sum(1)).mean(1) / np.log(10)
    return loss, np.append((p - y) / y.shape[1], 0 * z[:, 10:], 1)


def train(W, rate, steps, how, x, y, phi, slope):  # last loss, step when solved
    rng, live, g = np.random.default_rng(0), np.arange(W.shape[1]), np.empty_like(W)
    losses, solved = np.full(len(live), np.nan), np.full(len(live), np.inf)
    rate, m, v = rate[:, None, None], 0 * W, 0 * W
    for t in range(1, steps + 1):
        some = rng.integers(x.shape[1], size=32) if len(y) == 10 else slice(None)
        a = forward(W, x[:, some], phi)
        delta = judge(a[-1], y[:, some])[1]
        for k in reversed(range(len(W))):
            g[k] = np.append(delta @ a[k].mT, delta.sum(-1, keepdims=True), -1)
            delta = slope(a[k]) * (W[k, ..., :-1].mT @ delta) if k else None
        step = g
        if how == "Adam":
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            step = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        if how == "per_layer":
            step = g * np.divide(*np.linalg.norm([W, g], axis=(-2, -1), keepdims=True))
        W = W - rate * step
        if t % LOOK == 0:
            losses[live] = loss = judge(forward(W, x, phi)[-1], y)[0]
            solved[live[loss < 0.1]] = np.minimum(solved[live[loss < 0.1]], t)
            stay = (loss > 0.01) & (loss < 1e6)
            W, g, m, v = (it[:, stay] for it in (W, g, m, v))
            live, rate = live[stay], rate[stay]
    return losses, solved


def measure(net, task, width, layers, optimizer, steps):
    phi, slope, sigma_w = NETS[net]
    optimizer, _, rate = optimizer.partition("@")
    rates = np.array([float(rate)] if rate else RATES[optimizer])
    shape = (layers, width, width + 1)
    W = [np.random.default_rng(s).normal(size=shape) for s in range(PILOTS + SEEDS)]
    W = np.stack(W, 1) * sigma_w / width**0.5 * (np.arange(width + 1) < width)
    pilots = np.tile(W[:, :PILOTS], (1, len(rates), 1, 1))
    with np.errstate(all="ignore"):  # a rate may be too large
        rest = optimizer, *examples(task, width), phi, slope
        trial = 1 if rate else TRIAL
        loss, when = train(pilots, np.repeat(rates, PILOTS), trial, *rest)
        score = np.where(when < np.inf, 0, 1 + np.fmin(loss, 1e6)).reshape(-1, PILOTS)
        good = rates[score.sum(1) == score.sum(1).min()]
        best = good[(len(good) - 1) // 2]
        loss, when = train(W[:, PILOTS:], np.full(SEEDS, best), steps, *rest)
    return {
        "best rate": best,
        "left of 20": int((loss < 0.9).sum()),
        "solved of 20": int((when < np.inf).sum()),
        "solved at half": int((when <= steps / 2).sum()),
        "median loss": np.median(loss),
    }
