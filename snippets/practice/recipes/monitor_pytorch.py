"""One step and all the data, watched in PyTorch."""

from collections import Counter
from contextlib import ExitStack, contextmanager
from functools import partial
from math import inf, nan

import numpy as np
import torch
from torch import nn

# Beyond these pre-activations the slope stays below 5% of its largest.
LIMITS = {"relu": (0, inf), "tanh": (-2.18, 2.18), "sigmoid": (-4.36, 4.36)}
LIMITS |= {"elu": (-3.0, inf), "gelu": (-2.28, inf), "silu": (-3.93, inf)}


def norm(values):
    """Root of the sum of squares, in float64; None stays None."""
    return None if values is None else float(values.detach().cpu().double().norm())


@contextmanager
def watch_step(model):
    """One row per weight, complete after `with watch_step(model) as rows: ...`."""
    weights = {n: p for n, p in model.named_parameters() if p.ndim > 1}  # no biases
    before = {name: weight.detach().clone() for name, weight in weights.items()}
    rows = {name: {"gradient_norm": norm(w.grad)} for name, w in weights.items()}
    yield rows
    for name, old in before.items():
        ratio = norm(weights[name].detach() - old) / (norm(old) or nan)
        rows[name]["update_ratio"] = ratio


def count_units(model, batches, call=None, unit_axis=None):
    """One row per activation module that `model(batch)` uses, in eval mode."""
    total, beyond, uses = Counter(), Counter(), Counter()

    def watch(name, limits, module, inputs):
        uses[name] += 1  # one nn.ReLU may serve several layers: a row for each
        row = name if uses[name] == 1 else f"{name}#{uses[name]}"
        z, (low, high) = inputs[0], limits
        z = z.movedim(unit_axis or (1 if z.ndim > 3 else -1), -1).flatten(0, -2)
        total[row] += len(z)
        beyond[row] += (~((z > low) & (z < high))).sum(0).cpu()  # NaN counts too

    with ExitStack() as stack, torch.no_grad():
        for name, module in model.named_modules():
            stack.callback(setattr, module, "training", module.training)
            kind = type(module).__name__.lower()
            if kind in LIMITS:
                hook = partial(watch, f"{name}.{kind}", LIMITS[kind])
                stack.enter_context(module.register_forward_pre_hook(hook))
        model.eval()
        for batch in batches:
            uses.clear()
            (call or model)(batch)
    if not total:
        raise ValueError("no activation module was used; F.relu cannot be hooked")
    rows = {}
    for name, count in beyond.items():
        saturated = count.double().mean().item() / total[name]
        dead = (count == total[name]).double().mean().item()
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
x, y = torch.tensor(x).float(), torch.tensor(y).float()
linear = partial(nn.Linear, bias=False)
layers = linear(20, 64), nn.ReLU(), linear(64, 32), nn.Tanh(), linear(32, 1)
model = nn.Sequential(*layers)
for weight in model.parameters():  # as in the other recipes; not needed for yours
    weight.data = torch.tensor(rng.normal(0, 0.3, weight.shape[::-1])).float().T
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

nn.functional.mse_loss(model(x), y).backward()
with watch_step(model) as step:
    optimizer.step()
print(f"PyTorch {torch.__version__}, NumPy {np.__version__}")
show(step)
show(count_units(model, x.split(64)))
