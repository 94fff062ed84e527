"""Up to which learning rate each activation keeps its units and fits the points.

Rings, moons: 100 points, 64 hidden units; "wide" has 256, "deep" three layers of 64.
Digits: 200 images, two layers of 32. Rates: the column heads, divided as the row says.
"""

import numpy as np

np.seterr(all="ignore")  # some overflow
SEEDS, STEPS, RATES = 20, 100, (1, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 30)
TASKS = {  # data, hidden layers, width, divisor of the rates
    **{data: (data, 1, 64, 1) for data in ("rings", "moons")},
    "digits ÷ 2": ("digits", 2, 32, 2),
    "rings, wide": ("rings", 1, 256, 1),
    "rings, deep ÷ 4": ("rings", 3, 64, 4),
    "rings, Adam ÷ 10": ("rings", 1, 64, 10),
}


def leaky(z, alpha=0.0):
    return z * (s := np.where(z > 0, 1, alpha)), s


def gated(z, scale=1.0, cubic=0.0):  # z σ(u), where u = scale (z + cubic z³)
    e = np.exp(-np.abs(u := scale * z * (1 + cubic * z * z)))
    gate, rise = np.where(u > 0, 1, e) / (1 + e), scale * (1 + 3 * cubic * z * z)
    return z * gate, gate + z * rise * e / (1 + e) ** 2


PHI = {  # value and slope; GELU in its tanh form
    "ReLU": leaky,
    "leaky 0.01": lambda z: leaky(z, 0.01),
    "leaky 0.2": lambda z: leaky(z, 0.2),
    "ELU": lambda z: (np.where(z > 0, z, (e := np.exp(z * (z < 0))) - 1), e),
    "GELU": lambda z: gated(z, (8 / np.pi) ** 0.5, 0.044715),
    "SiLU": gated,
    "tanh": lambda z: ((t := np.tanh(z)), 1 - t * t),
    "sigmoid": lambda z: ((s := 0.5 + 0.5 * np.tanh(z / 2)), s * (1 - s)),
}
CASES = [{"task": t, "activation": n} for t in list(TASKS)[:3] for n in PHI]
CASES += [{"task": t, "activation": n} for t in list(TASKS)[3:] for n in list(PHI)[:6]]
ALLOWED = {f"{rate}": "±15" for rate in RATES}  # training at such rates is chaotic


def make_data(data, rng):  # inputs (seed, point, entry), labels (seed, point, 1)
    if data == "digits":
        from study import digits

        pick = rng.permuted(np.tile(np.arange(1000), (SEEDS, 1)), axis=1)[:, :200]
        x = (x := digits()[0][pick]) - x.mean(1, keepdims=True)
        return x / x.std((1, 2), keepdims=True), digits()[1][pick][..., None]
    label = rng.integers(0, 2, (SEEDS, 100, 1))
    turn = rng.uniform(0, 2 * np.pi, label.shape) - [0, np.pi / 2]
    x = rng.normal(1 + label, 0.2) * np.cos(turn)
    if data == "moons":  # half circles: the second upside down, moved by (1, 1/2)
        x = np.cos(turn / 2 - [0, np.pi / 4])
        x = np.where(label, [1, 0.5] - x, x) + rng.normal(0, 0.1, x.shape)
    return (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True), label


def train(x, label, sizes, phi, rate, adam, rng):
    """Percent of all-negative units in the last hidden layer, of right answers."""
    params, target = [], label == np.arange(10) if sizes[-1] == 10 else label
    for k, n in enumerate(sizes[:-1]):  # He weights, zero biases
        W = rng.normal(0, (2 / n) ** 0.5, (SEEDS, n, sizes[k + 1]))
        params += [W, 0 * W[:, :1]]
    moments = [np.zeros((2, *p.shape)) for p in params]
    for t in range(1, STEPS + 2):
        kept = [(x, 1)]
        for W, b in zip(params[:-2:2], params[1:-2:2], strict=True):
            kept.append(phi(z := kept[-1][0] @ W + b))
        out = kept[-1][0] @ params[-2] + params[-1]
        p = np.exp(out - out.max(2, keepdims=True))
        p, guess = p / p.sum(2, keepdims=True), out.argmax(2, keepdims=True)
        if sizes[-1] == 1:
            p, guess = 0.5 + 0.5 * np.tanh(out / 2), out > 0
        delta, gradients = (p - target) / x.shape[1], []
        for (a, slope), W in zip(kept[::-1], params[-2::-2], strict=True):
            gradients += [delta.sum(1, keepdims=True), a.mT @ delta]
            delta = delta @ W.mT * slope
        for p, g, (m, v) in zip(params, gradients[::-1], moments, strict=True):
            if adam:
                m += g - 0.1 * m
                v += 0.001 * (g * g - v)
                g = m / (np.sqrt(v / (1 - 0.999**t)) + 1e-8) / (10 - 10 * 0.9**t)
            p -= rate * g
    kept = np.isfinite(out).all((1, 2))  # the others overflowed
    off = (z <= 0).all(1).mean(1)[kept].mean() if kept.mean() >= 0.5 else np.nan
    return 100 * off, 100 * (kept * (guess == label).mean((1, 2))).mean()


def measure(task, activation):
    (data, layers, width, divisor), cells, fits = TASKS[task], {}, []
    for rate in RATES:
        x, label = make_data(data, rng := np.random.default_rng(0))
        sizes = [x.shape[2], *[width] * layers, 10 if data == "digits" else 1]
        how = sizes, PHI[activation], rate / divisor, "Adam" in task
        off, right = train(x, label, *how, rng)
        cells[f"{rate}"] = round(off) if off == off else off
        fits += [rate] if right >= 95 else []
    return {**cells, "fits": f"{fits[0]} to {fits[-1]}" if fits else "nowhere"}
