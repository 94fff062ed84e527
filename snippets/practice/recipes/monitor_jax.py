"""One step and all the data, watched in JAX."""

from collections import Counter
from math import inf, nan

import jax
import jax.numpy as jnp
import numpy as np

# Beyond these pre-activations the slope stays below 5% of its largest.
LIMITS = {"relu": (0, inf), "tanh": (-2.18, 2.18), "sigmoid": (-4.36, 4.36)}
LIMITS |= {"elu": (-3.0, inf), "gelu": (-2.28, inf), "silu": (-3.93, inf)}


def norm(values):
    """Root of the sum of squares, in float64; None stays None."""
    return None if values is None else float(np.linalg.norm(np.float64(values)))


def compare_step(before, after, gradients):
    """One row per weight of three pytrees; a gradient may be None."""
    rows, keep = {}, {"is_leaf": lambda leaf: leaf is None}
    new, gradients = jax.tree.leaves(after, **keep), jax.tree.leaves(gradients, **keep)
    old, _ = jax.tree.flatten_with_path(before, **keep)
    for (path, w), v, gradient in zip(old, new, gradients, strict=True):
        if getattr(w, "ndim", 0) > 1:  # no biases: they start at 0 and have no scale
            name = jax.tree_util.keystr(path, simple=True, separator=".")
            ratio = norm(v - w) / (norm(w) or nan)
            rows[name] = {"gradient_norm": norm(gradient), "update_ratio": ratio}
    return rows


def count_units(pre_activations, batches):
    """One row per layer; pre_activations(x) is {"name.relu": z}, units last in z."""
    total, beyond = Counter(), Counter()  # of each unit's values: all, and saturated
    for x in batches:
        for name, z in pre_activations(x).items():
            low, high = LIMITS[name.split(".")[-1]]
            z = z.reshape(-1, z.shape[-1])
            total[name] += len(z)
            flat = ~((z > low) & (z < high))  # NaN counts too
            beyond[name] += np.int64(flat.sum(0))  # in NumPy: JAX's int32 overflows
    rows = {}
    for name, count in beyond.items():
        saturated = count.mean().item() / total[name]
        dead = (count == total[name]).mean().item()
        rows[name] = {"units": len(count), "saturated": saturated, "dead": dead}
    return rows


def show(rows):
    """Print a line for each row and a column for each field."""
    width, fields = max(map(len, rows)), next(iter(rows.values()))
    print(f"\n{'':{width}}" + "".join(f"{field:>15}" for field in fields))
    for name, row in rows.items():
        texts = ("none" if cell is None else f"{cell:.3g}" for cell in row.values())
        print(f"{name:{width}}" + "".join(f"{text:>15}" for text in texts))


# ---- Paste what is above into your script. Below: an example. ----
rng = np.random.default_rng(0)
x, y = rng.uniform(0.5, 1.5, (512, 20)), rng.normal(size=(512, 1))
shapes = {"1": (20, 64), "2": (64, 32), "3": (32, 1)}
params = {n: {"weight": rng.normal(0, 0.3, s)} for n, s in shapes.items()}
params = jax.tree.map(jnp.float32, params)


def forward(params, x):
    """Output, and the inputs of the activation functions as a dict."""
    z1 = x @ params["1"]["weight"]
    z2 = jax.nn.relu(z1) @ params["2"]["weight"]
    return jnp.tanh(z2) @ params["3"]["weight"], {"1.relu": z1, "2.tanh": z2}


def loss(params):
    """Mean squared error over all inputs."""
    return jnp.mean((forward(params, x)[0] - y) ** 2)


gradients = jax.grad(loss)(params)
after = jax.tree.map(lambda w, g: w - 0.01 * g, params, gradients)
print(f"JAX {jax.__version__}, NumPy {np.__version__}")
show(compare_step(params, after, gradients))
show(count_units(jax.jit(lambda x: forward(after, x)[1]), np.split(x, 8)))
