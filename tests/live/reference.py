"""The engine's network in NumPy: what the browser is held to.

Options are those of docs/assets/live/network.js. Written for reading, with one
array for each thing and the notation of the glossary: W of shape (out, in)."""

from types import SimpleNamespace

import numpy as np

import study

DEFAULTS = {
    "data": "moons",
    "points": 64,
    "noise": 0.1,
    "shift": 0,
    "seed": 0,
    "depth": 20,
    "width": 32,
    "activation": "sigmoid",
    "scale": 1,
    "bias": 0,
    "orthogonal": False,
    "norm": "none",
    "skip": "none",
    "optimizer": "SGD",
    "rate": 0.1,
    "precision": "float64",
}
AXIS = {"batch": 0, "layer": 1}


def sigmoid(z):
    return 0.5 + 0.5 * np.tanh(z / 2)


def gated(z, k, c):
    s = sigmoid(k * (z + c * z * z * z))
    return z * s, s + z * s * (1 - s) * k * (1 + 3 * c * z * z)


def elu(z):
    low = np.expm1(np.minimum(z, 0))
    return np.where(z > 0, z, low), np.where(z > 0, 1, low + 1)


PHI = {  # φ(z) and its slope
    "sigmoid": lambda z: (a := sigmoid(z), a * (1 - a)),
    "tanh": lambda z: (a := np.tanh(z), 1 - a * a),
    "ReLU": lambda z: (np.maximum(z, 0), (z > 0).astype(z.dtype)),
    "leaky ReLU": lambda z: (np.where(z > 0, z, z / 100), np.where(z > 0, 1, 0.01)),
    "ELU": elu,
    "GELU": lambda z: gated(z, (8 / np.pi) ** 0.5, 0.044715),
    "SiLU": lambda z: gated(z, 1, 0),
    "linear": lambda z: (z, np.ones_like(z)),
}


def full(**options):
    """Options with their defaults, as attributes; and the factors of both paths."""
    o = SimpleNamespace(**{**DEFAULTS, **options})
    o.skipped = 0 if o.skip == "none" else 1
    o.branch = o.depth**-0.5 if o.skip == "scaled" else 1
    return o


def make_data(o, rng):
    """Inputs (points, 2), of digits (points, 64), and labels (points)."""
    half = o.points // 2
    if o.data == "digits":
        return make_digits(o, rng)
    noise = o.noise * rng.standard_normal((o.points, 2))
    t = np.linspace(0, 1, half)
    if o.data == "moons":
        u, v = np.cos(np.pi * t), np.sin(np.pi * t)
        X = np.r_[np.c_[u, v], np.c_[1 - u, 0.5 - v]]
    elif o.data == "rings":
        angle = 2 * np.pi * np.arange(half) / half
        ring = np.c_[np.cos(angle), np.sin(angle)]
        X = np.r_[ring, ring / 2]
    else:
        arm = (0.1 + t)[:, None] * np.c_[np.cos(3 * np.pi * t), np.sin(3 * np.pi * t)]
        X = np.r_[arm, -arm]
    X = X + noise
    return (X - X.mean(0)) / X.std(0) + o.shift, np.repeat([-1.0, 1.0], half)


def make_digits(o, rng):
    """Threes and eights of the labs; all pixels share one spread, as some are blank."""
    images, kinds = study.digits()
    ink = np.concatenate([images[kinds == it][: o.points // 2] for it in (3, 8)])
    X = ink + o.noise * rng.standard_normal(ink.shape)
    X = (X - X.mean(0)) / np.sqrt(X.var(0).mean()) + o.shift
    return X, np.repeat([-1.0, 1.0], o.points // 2)


def draw(**options):
    """X, y, and the parameters: a list of W of each layer, v, b of each layer, c."""
    o = full(**options)
    rng = np.random.default_rng(o.seed)
    X, y = make_data(o, rng)
    inputs = X.shape[1]
    params = [o.scale / inputs**0.5 * rng.standard_normal((o.width, inputs))]
    for _ in range(o.depth - 1):
        W = rng.standard_normal((o.width, o.width)) / o.width**0.5
        if o.orthogonal:
            Q, R = np.linalg.qr(W)
            W = Q * np.sign(np.diag(R))
        params.append(o.scale * W)
    params.append(rng.standard_normal(o.width) / o.width**0.5)
    params += [np.full(o.width, float(o.bias)) for _ in range(o.depth)]
    params.append(np.zeros(1))
    kind = np.dtype(o.precision)
    return X.astype(kind), y.astype(kind), [p.astype(kind) for p in params]


def backpropagate(params, X, y, **options):
    """The loss and, per layer, all that the engine keeps; `gradient` like `params`."""
    o = full(**options)
    W, v, b, c = (
        params[: o.depth],
        params[o.depth],
        params[o.depth + 1 : -1],
        params[-1],
    )
    seen = SimpleNamespace(z=[], h=[], a=[], slope=[], means=[], inverses=[])
    axis, one = AXIS.get(o.norm), X.dtype.type
    skipped, branch = one(o.skipped), one(o.branch)
    a = X
    for k in range(o.depth):
        z = a @ W[k].T + b[k]
        if k > 0:
            z = branch * z + skipped * seen.z[-1]
        h, mean, inverse = z, None, None
        if axis is not None:
            mean = z.mean(axis, keepdims=True)
            inverse = 1 / np.sqrt(z.var(axis, keepdims=True) + one(1e-5))
            h = (z - mean) * inverse
        a, slope = PHI[o.activation](h)
        a, slope = a.astype(X.dtype), slope.astype(X.dtype)
        for name in "z", "h", "a", "slope":
            getattr(seen, name).append(locals()[name])
        seen.means.append(mean)
        seen.inverses.append(inverse)
    seen.score = a @ v + c
    seen.loss = np.logaddexp(0, -y * seen.score).mean()
    error = -y * sigmoid(-y * seen.score) / one(len(y))
    seen.delta, seen.gW, gb = [], [], []
    for k in reversed(range(o.depth)):
        top = k == o.depth - 1
        delta = error[:, None] * v if top else branch * seen.delta[0] @ W[k + 1]
        delta = delta * seen.slope[k]
        if axis is not None:
            h = seen.h[k]
            along = h * (delta * h).mean(axis, keepdims=True)
            delta = (delta - delta.mean(axis, keepdims=True) - along) * seen.inverses[k]
        if not top:
            delta = delta + skipped * seen.delta[0]
        factor = branch if k else one(1)
        seen.gW.insert(0, factor * (delta.T @ (seen.a[k - 1] if k else X)))
        gb.insert(0, factor * delta.sum(0))
        seen.delta.insert(0, delta)
    seen.gradient = [*seen.gW, error @ a, *gb, error.sum(keepdims=True)]
    return seen


def train(steps, **options):
    """Losses before each step, and the parameters after the last."""
    o = full(**options)
    X, y, params = draw(**options)
    mean, square = [0 * p for p in params], [0 * p for p in params]
    losses = []
    for t in range(1, steps + 1):
        seen = backpropagate(params, X, y, **options)
        losses.append(seen.loss)
        for k, g in enumerate(seen.gradient):
            if o.optimizer == "SGD":
                params[k] = params[k] - o.rate * g
                continue
            adam = o.optimizer == "Adam"
            mean[k] = 0.9 * mean[k] + (0.1 if adam else 1) * g
            square[k] = 0.999 * square[k] + 0.001 * g**2
            step = mean[k]
            if adam:
                root = np.sqrt(square[k] / (1 - 0.999**t)) + 1e-8
                step = mean[k] / (1 - 0.9**t) / root
            params[k] = params[k] - o.rate * step
    return np.array(losses), params


def scores(params, points, seen, **options):
    """Scores of points that are not in the training set, with its batch statistics."""
    o = full(**options)
    a, z = points, 0
    for k in range(o.depth):
        new = a @ params[k].T + params[o.depth + 1 + k]
        h = z = o.branch * new + o.skipped * z if k else new
        if o.norm == "batch":
            h = (z - seen.means[k]) * seen.inverses[k]
        elif o.norm == "layer":
            h = z - z.mean(1, keepdims=True)
            h = h / np.sqrt(z.var(1, keepdims=True) + 1e-5)
        a = PHI[o.activation](h)[0]
    return a @ params[o.depth] + params[-1]
