"""Random settings of the network, the same in each run."""

from collections.abc import Iterator

import numpy as np

from . import reference

CHOICES = {
    "data": ["moons", "rings", "spiral"],
    "points": [16, 32, 64],
    "shift": [0, 0, 0, 1, 5],
    "depth": [1, 2, 3, 5, 10, 20, 35, 50],
    "width": [4, 7, 16, 32, 64],
    "activation": list(reference.PHI),
    "bias": [0, 0, 0.1, -1, 1],
    "orthogonal": [False, False, True],
    "norm": ["none", "none", "batch", "layer"],
    "skip": ["none", "none", "plain", "scaled"],
}


def settings(number: int, **fixed: object) -> Iterator[dict]:
    """Options by chance but for those that are fixed; weight scales from 1/4 to 4."""
    rng = np.random.default_rng(number)
    for seed in range(number):
        options = {name: it[rng.integers(len(it))] for name, it in CHOICES.items()}
        if options["norm"] == "batch":  # deeper and narrow, not one digit is certain
            options["depth"] = min(options["depth"], 20)
        scale = float(np.round(2 ** rng.uniform(-2, 2), 3))
        yield {**options, "scale": scale, "seed": seed, **fixed}


def bound(options: dict) -> float:
    """How far apart two ways to compute may be, relative to a layer's norm.

    Rounding grows in deep batch norm. Where biases add up along a skip, all of tanh is
    saturated, and 1 - a² keeps only the last digits of a.
    """
    chaotic = options["norm"] == "batch" and options["depth"] >= 20
    saturated = options["skip"] == "plain" and options["bias"] != 0
    tanh = options["activation"] in {"tanh", "sigmoid"}
    return 1e-6 if chaotic or (saturated and tanh) else 1e-10
