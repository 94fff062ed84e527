"""Where PyTorch's own backward of an activation is exactly 0, in float32.

Autograd at z = ±0.01, ±0.02, … ±120: from which z on the slope is exactly 0, on the
left and on the right ("none": it is not), as one tensor, whose kernel is vectorized,
and on the left as tensors of one element. Silent: percent of the units of
silent_units.py (50 inputs of 20 numbers of mean 5, 10, 20 or 100, 128 units, 8 seeds)
whose slope is 0 on every input. On a CPU; other kernels may differ.
"""

import numpy as np

NAMES = ("GELU", "GELU-tanh", "SiLU", "ELU", "tanh", "sigmoid", "softplus", "ReLU")
CASES = [{"activation": name} for name in NAMES]
ALLOWED = {"0 left of z =": "±0.1", "silent at mean 10, %": "±2"}


def slope(name, z):
    """PyTorch's derivative at z, a float32 array, by autograd."""
    import torch
    from torch.nn import functional

    phi = {
        "GELU": functional.gelu,
        "GELU-tanh": lambda z: functional.gelu(z, approximate="tanh"),
        "SiLU": functional.silu,
        "ELU": functional.elu,
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "softplus": functional.softplus,
        "ReLU": torch.relu,
    }[name]
    torch.set_num_threads(1)
    tensor = torch.tensor(z, dtype=torch.float32, requires_grad=True)
    phi(tensor).sum().backward()
    return tensor.grad.numpy()


def first_zero(slopes, grid):
    """The first z of the grid from which all slopes are 0."""
    alive = np.flatnonzero(slopes)
    last = alive[-1] if len(alive) else -1
    return "none" if last == len(grid) - 1 else float(grid[last + 1].round(2))


def silent(name, mean):
    """Percent of units with slope 0 on every input."""
    shares = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(50, 20)) + mean
        W = rng.normal(0, 20**-0.5, (20, 128))
        z = np.float32(x.astype("f") @ W)
        shares.append(100 * (slope(name, z) == 0).all(axis=0).mean())
    return round(float(np.mean(shares)), 1)


def measure(activation):
    """Points of silence and shares of silent units."""
    grid = np.arange(1, 12001) / 100
    coarse = -grid[4::5]  # one element at a time is slow
    single = np.array([slope(activation, [z])[0] for z in coarse])
    cells = {
        "0 left of z =": first_zero(slope(activation, -grid), -grid),
        "in tensors of one": first_zero(single, coarse),
        "0 right of z =": first_zero(slope(activation, grid), grid),
    }
    for mean in (5, 10, 20, 100):
        cells[f"silent at mean {mean}, %"] = silent(activation, mean)
    return cells
