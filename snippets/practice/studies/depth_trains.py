"""Up to which depth plain networks train: activation, initial weights, optimizer.

Hidden layers of 32, a linear output layer, cross-entropy, standardized inputs, float32.
PyTorch: weights and biases uniform on ±1/√fan-in, which is kaiming_uniform_(a=√5) and
its biases; else normal weights, zero biases. Rings: three classes, 48 points, all of
them a step. Digits: 1000 images, 32 a step. Solved: the loss is a tenth of that of
guessing, ln K; losses are medians over it. Of seven learning rates that which solves
most; a row ends once one solves all five, and half-way if all losses are above 0.98."""

import math
from itertools import pairwise, product

import numpy as np
import torch
from torch.nn.functional import cross_entropy, gelu

SEEDS, WIDTH, LOOK, STARTS = 5, 32, 50, ("Xavier", "He", "PyTorch")
SGD = (0.01, 0.03, 0.1, 0.3, 1, 3, 10)
RATES = {"SGD": SGD, "Adam": [rate / 100 for rate in SGD]}
PHI = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "ReLU": torch.relu, "GELU": gelu}
ROWS = [  # data, activations, weights, layers, steps
    *(("rings", [*PHI], STARTS, (depth,), 1000) for depth in (4, 6, 10, 20, 50)),
    ("digits", ["ReLU"], ["PyTorch"], (4, 10), 1000),
    ("digits", ["ReLU"], ["He"], (10,), 1000),
]
CASES = [
    {"data": d, "activation": phi, "weights": w, "layers": n, "steps": steps}
    for d, activations, starts, depths, steps in ROWS
    for phi, w, n in product(activations, starts, depths)
]
ALLOWED = {"SGD, solved of 5": "±2", "Adam, solved of 5": "±2"}


def make_data(data):  # inputs (point, entry), classes
    rng, y = np.random.default_rng(0), np.arange(48) % 3
    x = np.exp(1j * rng.uniform(0, 2 * np.pi, 48)) * rng.normal(y + 1, 0.1)
    x = np.array([x.real, x.imag]).T
    if data == "digits":
        from study import digits

        x, y = digits()
    x = (x - x.mean(0)) / (x.std(0) + 1e-6)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y)


def make_networks(start, sizes):
    """Weights (net, in, out) and biases (net, 1, out) of each layer, five networks."""
    params = []
    for n, m in pairwise(sizes):
        draw = torch.Generator().manual_seed(len(params))
        W, b = torch.empty(SEEDS, n, m), torch.zeros(SEEDS, 1, m)
        if start == "PyTorch":
            W.uniform_(-(n**-0.5), n**-0.5, generator=draw)
            b.uniform_(-(n**-0.5), n**-0.5, generator=draw)
        else:
            scale = 2 / n if start == "He" else 2 / (n + m)
            W.normal_(0, scale**0.5, generator=draw)
        params += [W, b]
    return params


def losses(params, phi, x, y):  # mean cross-entropy of each network
    a = x.expand(len(params[0]), *x.shape)
    for k in range(0, len(params), 2):
        z = torch.baddbmm(params[k + 1], a, params[k])
        a = phi(z)
    return cross_entropy(z.mT, y.expand(len(z), -1), reduction="none").mean(1)


def train(data, phi, start, depth, steps, optimizer):
    """How many networks are solved at the best rate, that rate, their median loss."""
    (x, y), rates = make_data(data), torch.tensor(RATES[optimizer])
    sizes = [x.shape[1], *[WIDTH] * depth, classes := int(y.max()) + 1]
    params = [p.repeat(len(rates), 1, 1) for p in make_networks(start, sizes)]
    live, rate = torch.arange(len(params[0])), rates.repeat_interleave(SEEDS)
    rate, guess = rate[:, None, None], math.log(classes)
    loss, when = torch.full((2, len(live)), math.inf)
    moments = [torch.zeros(2, *p.shape) for p in params]
    pick = torch.Generator().manual_seed(0)
    for t in range(1, steps + 1):
        some = torch.randint(len(x), (32,), generator=pick) if len(x) > 48 else ...
        for p in params:
            p.requires_grad_()
        total = losses(params, PHI[phi], x[some], y[some]).sum()
        slopes = torch.autograd.grad(total, params)
        with torch.no_grad():
            for p, g, mv in zip(params, slopes, moments, strict=True):
                if optimizer == "Adam":
                    m, v = mv
                    m.lerp_(g, 0.1)
                    v.lerp_(g * g, 0.001)
                    g = m / (1 - 0.9**t) / ((v / (1 - 0.999**t)).sqrt() + 1e-8)
                p -= rate * g
            if t % LOOK:
                continue
            loss[live] = now = losses(params, PHI[phi], x, y) / guess
            when[live[now < 0.1]] = t
            stay = (now >= 0.1) & (now < 100)
            done = (when.view(-1, SEEDS) <= t).all(1).any() or not stay.any()
            if done or (2 * t == steps and loss.nan_to_num(9).min() > 0.98):
                break
            live, rate = live[stay], rate[stay]
            params, moments = [p[stay] for p in params], [m[:, stay] for m in moments]
    loss, when = loss.view(-1, SEEDS).nan_to_num(math.inf), when.view(-1, SEEDS)
    solved = (when < math.inf).sum(1)
    best = max(range(len(rates)), key=lambda k: (solved[k], -loss[k].median()))
    end = round(loss[best].median().item(), 3)
    return int(solved[best]), RATES[optimizer][best], end


def measure(data, activation, weights, layers, steps):
    cells = {}
    torch.set_num_threads(1)
    for how in RATES:
        names = (f"{how}, {it}" for it in ("solved of 5", "rate", "loss"))
        found = train(data, activation, weights, layers, steps, how)
        cells |= dict(zip(names, found, strict=True))
    return cells
