"""Up to which learning rate ReLU units live behind a norm, and the networks fit.

Rings, moons: 100 points, 64 hidden units. Digits: 200
images, two layers of 32. Rates: the column heads, divided as the row says.
"""

import numpy as np

np.seterr(all="ignore")  # some overflow
SEEDS, STEPS, RATES = 20, 100, (1, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 30)
TASKS = {  # data, hidden layers, width, divisor of the rates
    **{data: (data, 1, 64, 1) for data in ("rings", "moons")},
    "digits ÷ 2": ("digits", 2, 32, 2),
}
NORMS = {"none": (None, 0, 0)} | {  # mean over axis, are γ and β learned?
    f"{kind}{what}": (axis, *learned)
    for kind, axis in (("batch", -2), ("layer", -1))
    for what, *learned in (("", 1, 1), (", β only", 0, 1), (", no γ, β", 0, 0))
}
CASES = [{"task": task, "norm": norm} for task in TASKS for norm in NORMS]
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


def train(x, label, sizes, axis, learned, rate, rng):
    """Percent of dead units in the last hidden layer, of right answers."""
    params, target = [], label == np.arange(10) if sizes[-1] == 10 else label
    for k, n in enumerate(sizes[:-1]):  # He weights; b, γ, β
        W = rng.normal(0, (2 / n) ** 0.5, (SEEDS, n, sizes[k + 1]))
        params.append([W, 0 * W[:, :1], 0 * W[:, :1] + 1, 0 * W[:, :1]])
    for t in range(STEPS + 1):
        a, kept = x, []
        for W, b, gamma, beta in params[:-1]:
            n, s, z, before = 0, 1, a @ W + b, a
            if axis:
                s = np.sqrt(z.var(axis, keepdims=True) + 1e-5)
                n = (z - z.mean(axis, keepdims=True)) / s
                z = gamma * n + beta
            a = np.maximum(z, 0)
            kept.append((before, n, gamma / s, z > 0))
        out = a @ params[-1][0] + params[-1][1]
        p = np.exp(out - out.max(2, keepdims=True))
        p, guess = p / p.sum(2, keepdims=True), out.argmax(2, keepdims=True)
        if sizes[-1] == 1:
            p, guess = 0.5 + 0.5 * np.tanh(out / 2), out > 0
        if t == STEPS:
            break
        delta = (p - target) / x.shape[1]
        steps = [[a.mT @ delta, delta.sum(1, keepdims=True), 0, 0]]
        for (before, n, factor, slope), (W, *_) in zip(
            kept[::-1], params[:0:-1], strict=True
        ):
            behind = delta @ W.mT * slope
            delta = factor * behind
            if axis:
                delta = delta - delta.mean(axis, keepdims=True)
                delta = delta - n * (delta * n).mean(axis, keepdims=True)
            both = [(behind * f).sum(1, keepdims=True) for f in (n, 1)]
            both = [learn * step for learn, step in zip(learned, both, strict=True)]
            steps.append([before.mT @ delta, delta.sum(1, keepdims=True), *both])
        params = [
            [p - rate * step for p, step in zip(*layer, strict=True)]
            for layer in zip(params, steps[::-1], strict=True)
        ]
    kept = np.isfinite(out).all((1, 2))  # the others overflowed
    off = (z <= 0).all(1).mean(1)[kept].mean() if kept.mean() >= 0.5 else np.nan
    return 100 * off, 100 * (kept * (guess == label).mean((1, 2))).mean()


def measure(task, norm):
    (data, layers, width, divisor), cells, fits = TASKS[task], {}, []
    axis, *learned = NORMS[norm]
    for rate in RATES:
        x, label = make_data(data, rng := np.random.default_rng(0))
        sizes = [x.shape[2], *[width] * layers, 10 if data == "digits" else 1]
        off, right = train(x, label, sizes, axis, learned, rate / divisor, rng)
        cells[f"{rate}"] = round(off) if off == off else off
        fits += [rate] if right >= 95 else []
    return {**cells, "fits": f"{fits[0]} to {fits[-1]}" if fits else "nowhere"}
