"""How many units that a high rate turned off come on again at a harmless rate.

The tasks of dead_over_rates. 100 steps at the killing rate, then 5000 at the harmless
one, by gradient descent ("then Adam": the latter by Adam). "Off": units of the last
hidden layer that are then off on every input, of all 20 networks; "back", percent of
these that are on at some later step; "on", at the end. Single precision.
"""

import numpy as np

np.seterr(all="ignore")  # some overflow
SEEDS, KILL, RETURN = 20, 100, 5000
TASKS = {  # data, hidden layers, width, harmless rate
    "rings": ("rings", 1, 64, 1),
    "rings, narrow": ("rings", 1, 16, 1),
    "digits": ("digits", 2, 32, 0.5),
    "rings then Adam": ("rings", 1, 64, 0.01),
    "digits then Adam": ("digits", 2, 32, 0.003),
}


def leaky(z, alpha=0.0):
    return z * (s := np.where(z > 0, np.float32(1), alpha)), s


def gated(z, scale=1.0, cubic=0.0):  # z σ(u), where u = scale (z + cubic z³)
    e = np.exp(-np.abs(u := scale * z * (1 + cubic * z * z)))
    gate, rise = (
        np.where(u > 0, np.float32(1), e) / (1 + e),
        scale * (1 + 3 * cubic * z * z),
    )
    return z * gate, gate + z * rise * e / (1 + e) ** 2


PHI = {  # value and slope; GELU in its tanh form
    "ReLU": leaky,
    "leaky 0.01": lambda z: leaky(z, 0.01),
    "leaky 0.2": lambda z: leaky(z, 0.2),
    "ELU": lambda z: (np.where(z > 0, z, (e := np.exp(z * (z < 0))) - 1), e),
    "GELU": lambda z: gated(z, 1.5957691, 0.044715),
    "SiLU": gated,
}
RATES = {"rings": (5, 10), "rings, narrow": (7,), "rings then Adam": (5, 10)}
CASES = [
    {"task": task, "rate": rate, "activation": name}
    for task in TASKS
    for rate in RATES.get(task, (1.75,))
    for name in PHI
    if "Adam" not in task or name in ("leaky 0.01", "ELU", "GELU", "ReLU")
    if name != "ReLU" or TASKS[task][1] > 1  # dead for good in a first layer
]
ALLOWED = {"back %": "±15", "on %": "±15"}


def make_data(data, rng):  # inputs (seed, point, entry), labels (seed, point, 1)
    if data == "digits":
        from study import digits

        pick = rng.permuted(np.tile(np.arange(1000), (SEEDS, 1)), axis=1)[:, :100]
        x = (x := digits()[0][pick]) - x.mean(1, keepdims=True)
        return x / x.std((1, 2), keepdims=True), digits()[1][pick][..., None]
    label = rng.integers(0, 2, (SEEDS, 100, 1))
    turn = rng.uniform(0, 2 * np.pi, label.shape) - [0, np.pi / 2]
    x = rng.normal(1 + label, 0.2) * np.cos(turn)
    return (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True), label


def measure(task, rate, activation):
    data, layers, width, harmless = TASKS[task]
    x, label = make_data(data, rng := np.random.default_rng(0))
    sizes = [x.shape[2], *[width] * layers, 10 if data == "digits" else 1]
    target = label == np.arange(10) if data == "digits" else label
    x, target, params = x.astype(np.float32), target.astype(np.float32), []
    for k, n in enumerate(sizes[:-1]):  # He weights, zero biases
        W = rng.normal(0, (2 / n) ** 0.5, (SEEDS, n, sizes[k + 1])).astype(np.float32)
        params += [W, 0 * W[:, :1]]
    adam, moments = "Adam" in task, [np.zeros((2, *p.shape), p.dtype) for p in params]
    for t in range(KILL + RETURN + 1):
        kept = [(x, 1)]
        for W, b in zip(params[:-2:2], params[1:-2:2], strict=True):
            kept.append(PHI[activation](z := kept[-1][0] @ W + b))
        on = z.max(1) > 0
        if t == KILL:
            ever, off = on, ~on & np.isfinite(z).all((1, 2))[:, None]
        elif t > KILL:
            ever = ever | on
        out = kept[-1][0] @ params[-2] + params[-1]
        p = np.exp(out - out.max(2, keepdims=True))
        p = p / p.sum(2, keepdims=True)
        p = 0.5 + 0.5 * np.tanh(out / 2) if sizes[-1] == 1 else p
        delta, gradients = (p - target) / x.shape[1], []
        for (a, slope), W in zip(kept[::-1], params[-2::-2], strict=True):
            gradients += [delta.sum(1, keepdims=True), a.mT @ delta]
            delta = delta @ W.mT * slope
        for p, g, m in zip(params, gradients[::-1], moments, strict=True):
            step = g
            if adam and t >= KILL:
                m[0] += 0.1 * (g - m[0])
                m[1] += 0.001 * (g * g - m[1])
                n = t - KILL + 1
                root = np.sqrt(m[1] / (1 - 0.999**n)) + 1e-8
                step = m[0] / (1 - 0.9**n) / root
            p -= (rate if t < KILL else harmless) * step
    share = [round(100 * it[off].mean()) if off.any() else np.nan for it in (ever, on)]
    return {"off": int(off.sum()), "back %": share[0], "on %": share[1]}
