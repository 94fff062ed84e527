"""One step and all the data, watched in Keras 3."""

import os
from collections import Counter
from contextlib import ExitStack, contextmanager
from functools import partial
from math import inf, nan
from unittest.mock import patch

os.environ.setdefault("KERAS_BACKEND", "jax")  # or "torch"; must precede the import
import keras
import numpy as np
from numpy.linalg import norm

# Beyond these pre-activations the slope stays below 5% of its largest.
LIMITS = {"relu": (0, inf), "tanh": (-2.18, 2.18), "sigmoid": (-4.36, 4.36)}
LIMITS |= {"elu": (-3.0, inf), "gelu": (-2.28, inf), "silu": (-3.93, inf)}


def array(values):
    """A float64 copy of a tensor in NumPy."""
    return np.array(keras.ops.convert_to_numpy(values), dtype="float64")


@contextmanager
def watch_step(model):
    """One row per weight, complete after `with watch_step(model) as rows: ...`."""
    weights = {w.path: w for w in model.weights if len(w.shape) > 1}  # no biases
    before = {path: array(weight.value) for path, weight in weights.items()}
    rows = {path: {"gradient_norm": None} for path in weights}
    apply, eager = model.optimizer.apply, model.run_eagerly

    def watch(gradients, variables=None):
        named = variables or model.trainable_weights
        for variable, g in zip(named, gradients, strict=True):
            if variable.path in rows and g is not None:
                rows[variable.path]["gradient_norm"] = norm(array(g)).item()
        return apply(gradients, variables)

    with ExitStack() as stack:
        stack.enter_context(patch.object(model.optimizer, "apply", watch))
        stack.enter_context(patch.object(model, "train_function", None))  # is compiled
        stack.callback(setattr, model, "run_eagerly", eager)
        model.run_eagerly = True
        yield rows
    for path, old in before.items():
        change, size = norm(array(weights[path].value) - old), norm(old)
        rows[path]["update_ratio"] = float(change / (size or nan))


def count_units(model, batches, call=None):
    """One row per activation that `model(batch)` uses; units on the last axis."""
    total, beyond, uses = Counter(), Counter(), Counter()

    def watch(function, name, limits, z, *args, **kwargs):
        uses[name] += 1  # one layer may be used several times: a row for each
        row = name if uses[name] == 1 else f"{name}#{uses[name]}"
        values, (low, high) = array(z).reshape(-1, z.shape[-1]), limits
        total[row] += len(values)
        beyond[row] += (~((values > low) & (values < high))).sum(0)  # NaN too
        return function(z, *args, **kwargs)

    with ExitStack() as stack:
        for layer in model._flatten_layers():
            inside = vars(layer).get("activation")  # of Dense, Conv2D, Activation ...
            kind = getattr(inside, "__name__", type(layer).__name__).lower()
            if kind in LIMITS and not hasattr(layer, "state_size"):  # a recurrent cell
                place = "activation" if inside else "call"
                name = f"{layer.path or layer.name}.{kind}"
                new = partial(watch, getattr(layer, place), name, LIMITS[kind])
                stack.enter_context(patch.object(layer, place, new))
        for batch in batches:
            uses.clear()
            (call or model)(batch)
    if not total:
        raise ValueError("no activation was used; keras.ops.relu cannot be watched")
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
dense = partial(keras.layers.Dense, use_bias=False)
layers = dense(64, "relu"), dense(32, "tanh"), dense(1)
model = keras.Sequential([keras.Input((20,)), *layers])
for weight in model.weights:  # as in the other recipes; not needed for yours
    weight.assign(rng.normal(0, 0.3, weight.shape))
model.compile(keras.optimizers.SGD(0.01), "mse")

with watch_step(model) as step:
    model.train_on_batch(x, y)
print(f"Keras {keras.__version__} on {keras.backend.backend()}, NumPy {np.__version__}")
show(step)
show(count_units(model, np.split(x, 8)))
