"""Why does a NumPy network not learn? One call looks at it and says what it saw.

Nothing can be hooked in NumPy: what `loss_of` returns is what is seen. Modes, a graph
that is cut, softmax before a loss from logits and parts that the optimizer does not
know cannot be seen; rules on these cannot fire.
"""

import math
import re
from collections import Counter
from dataclasses import asdict, dataclass
from math import inf, nan

import numpy as np

# Beyond these pre-activations the slope stays below 5% of its largest.
LIMITS = {"relu": (0, inf), "tanh": (-2.18, 2.18), "sigmoid": (-4.36, 4.36)}
LIMITS |= {"elu": (-3.0, inf), "gelu": (-2.28, inf), "silu": (-3.93, inf)}
LIMITS |= {"selu": (-3.0, inf), "celu": (-3.0, inf), "mish": (-3.98, inf)}
LIMITS |= {"softplus": (-2.94, inf), "logsigmoid": (-inf, 2.94)}
LIMITS |= {"hardswish": (-3, inf), "hardsigmoid": (-3, 3), "softsign": (-3.47, 3.47)}
LIMITS |= {"relu6": (0, 6), "hardtanh": (-1, 1)}
_EXACT = {"relu", "relu6", "threshold", "hardtanh", "hardsigmoid"}  # slope 0
_SLOPED = {"leaky_relu", "prelu"}  # no flat side
_LAST = ("kernel", "weight", "w", "W", "embedding", "embeddings")


def norm(values):
    """Root of the sum of squares, in float64; None stays None."""
    return None if values is None else float(np.linalg.norm(np.float64(values)))


def compare_step(before, after, gradients):
    """One row per weight; dicts of arrays by name, `before` with copies."""
    rows = {}
    for name, old in before.items():
        if old.ndim > 1:  # no biases: they start at 0 and have no scale
            ratio = norm(after[name] - old) / (norm(old) or nan)
            gradient = norm(gradients.get(name))
            rows[name] = {"gradient_norm": gradient, "update_ratio": ratio}
    return rows


def count_units(pre_activations, batches):
    """One row per layer; pre_activations(x) is {"name.relu": z}, units last in z."""
    units = {}
    for x in batches:
        _count(units, Counter(), "evaluation", pre_activations(x))
    return _shares(units, "evaluation")


def diagnose(
    weights, loss_of, batches, optimizer=None, *, evaluation=None, quiet=False
):
    """Look at a network as it is now; print and return a report. Nothing is changed.

    `weights` is a dictionary of arrays by name. `loss_of(batch)` returns a dictionary:
    "loss", a number; "z", the outputs of all layers before their activations, first to
    last, under names that end in the activation if there is one ("1.relu", "2.tanh",
    "3"), units last; "gradients" by the names of the weights ("1.weight" is that of
    layer 1). If you have them, also "delta", ∂L/∂z by the names of layers, and "output"
    and "target" of the loss. `optimizer(weights, gradients)` returns the weights after
    one step, or changes the copies it is given. `evaluation(batch)` returns "loss" and
    "z" in evaluation, if that is another function. Gradients are those of the first
    batch; units are counted over all. Raises ValueError if there is no batch.
    """
    before = {name: w.copy() for name, w in weights.items()}
    units, unseen, losses, seen = {}, Counter(), {}, None
    functions = {"training": loss_of}
    functions |= {"evaluation": evaluation} if evaluation else {}
    for batch in batches:
        for mode, function in functions.items():
            out = function(batch)
            if any((weights[name] != w).any() for name, w in before.items()):
                for name, w in before.items():
                    weights[name][...] = w
                raise ValueError("loss_of changes weights: leave the step out of it")
            seen = seen or _one_batch(before, out, optimizer)
            losses.setdefault(mode, []).append(float(out["loss"]))
            _count(units, unseen, mode, out["z"])
    if seen is None:
        raise ValueError("batches is empty: an iterator that was used up before?")
    if evaluation is None:  # the same in both modes
        losses["evaluation"] = losses["training"]
        units |= {(name, "evaluation"): it for (name, _), it in units.items()}
    report = Report(
        coverage=_coverage(seen, units, unseen),
        layers=_rows(seen),
        units=_both_modes(units),
        losses={mode: sum(them) / len(them) for mode, them in losses.items()},
        findings=[],
    )
    facts = seen.facts | {
        "value": seen.loss,
        "gradients": seen.gradients,
        "parameters": len(seen.gradients),
        "largest": {name: it["max"] for (name, m), it in units.items() if m[0] == "t"},
    }
    report.findings += _findings(report, facts)
    if not quiet:
        print(report)
    return report


# ---- What is measured ----
@dataclass
class _Seen:
    """What one batch shows."""

    loss: float
    layers: dict  # |δ|, size, distance and angle of each layer
    gradients: dict  # norms; None where none comes
    updates: dict
    facts: dict


def _one_batch(weights, out, optimizer):
    """Loss, layers and gradients of one batch, and a step that is tried."""
    gradients, deltas = out["gradients"], out.get("delta", {})
    for name, gradient in gradients.items():
        if np.shape(gradient) != weights[name].shape:
            shapes = f"{np.shape(gradient)}, the weight {weights[name].shape}"
            raise ValueError(f"the gradient of {name} has the shape {shapes}")
    layers = {}
    for name, z in out["z"].items():
        layer = _split(name)[0]
        delta = norm(deltas.get(layer, deltas.get(name)))
        size = norm(z) / math.sqrt(max(z.size, 1))
        layers[layer] = {"delta": delta, "size": size, **_neighbours(z)}
    norms = {name: norm(gradients.get(name)) for name in weights}
    updates = {}
    if optimizer is not None:
        given = {name: w.copy() for name, w in weights.items()}
        new = optimizer(given, gradients) or given
        steps = compare_step(weights, new, gradients)
        updates = {name: row["update_ratio"] for name, row in steps.items()}
    facts = {}
    if "output" in out and "target" in out:
        a, b = np.shape(out["output"]), np.shape(out["target"])
        if len(a) != len(b) and math.prod(a) == math.prod(b) > 1:
            facts["broadcast"] = a, b
        if np.issubdtype(np.asarray(out["target"]).dtype, np.floating):
            facts["target"] = norm(out["target"]) / math.sqrt(math.prod(b))
    return _Seen(float(out["loss"]), layers, norms, updates, facts)


def _split(name):
    """The layer and the activation in the name of pre-activations."""
    layer, _, kind = name.rpartition(".")
    return (layer, kind) if kind in LIMITS or kind in _SLOPED else (name, None)


def _count(units, unseen, mode, outputs):
    """Add what one batch showed: one whole number a unit, however much data."""
    for name, z in outputs.items():
        kind = _split(name)[1]
        if kind not in LIMITS:
            unseen.update([f"{name} (no flat side)"] if kind else [])
            continue
        low, high = LIMITS[kind]
        z = z.reshape(-1, z.shape[-1])
        flat = (~((z > low) & (z < high))).sum(0)  # NaN counts, too
        row = units.setdefault(
            (name, mode), {"n": 0, "flat": np.zeros_like(flat), "max": -inf}
        )
        row["n"] += len(z)
        row["flat"] += flat
        row["max"] = max(row["max"], float(z.max(initial=-inf)))


def _neighbours(z):
    """Distance of neighbours in a batch by their size, and their angle in degrees."""
    if z.ndim < 2 or len(z) < 2:
        return {"distance": nan, "angle": nan}
    z = np.float64(z[:64]).reshape(min(len(z), 64), -1)
    lengths = np.linalg.norm(z, axis=1)
    size = np.sqrt((lengths[:-1] ** 2 + lengths[1:] ** 2) / 2)
    some = size > 0
    apart = np.linalg.norm(z[:-1] - z[1:], axis=1)[some] / size[some]
    unit = z / np.maximum(lengths, 1e-12)[:, None]
    # From the distance of unit vectors: the cosine of a small angle rounds to 1.
    half = np.linalg.norm(unit[:-1] - unit[1:], axis=1) / 2
    angle = 2 * np.arcsin(np.minimum(half, 1))
    mean = float(apart.mean()) if len(apart) else nan
    return {"distance": mean, "angle": math.degrees(float(angle.mean()))}


def _shares(units, mode):
    """Units, saturated and dead share of each activation in one mode."""
    return {
        name: {
            "units": len(it["flat"]),
            "saturated": (it["flat"] / it["n"]).mean().item(),
            "dead": (it["flat"] == it["n"]).mean().item(),
        }
        for (name, measured), it in units.items()
        if measured == mode and it["n"]
    }


def _both_modes(units):
    """The same in training mode, with the shares of evaluation mode beside it."""
    training, evaluation = _shares(units, "training"), _shares(units, "evaluation")
    return [
        {"activation": name, **training.get(name, row)}
        | {"inputs": units[name, "evaluation"]["n"]}
        | {"saturated, eval": row["saturated"], "dead, eval": row["dead"]}
        for name, row in evaluation.items()
    ]


def _rows(seen):
    """One row a layer, first to last: δ at its output, its weights, its inputs."""
    table, above = [], None
    for name, it in reversed(seen.layers.items()):
        delta, own = it["delta"], name.partition("[")[0]
        known = [v for k, v in seen.gradients.items() if _plain(k) == own]
        known = [it for it in known if it is not None]
        moves = [v for k, v in seen.updates.items() if _plain(k) == own]
        factor = delta / above if above and delta is not None else None
        table.append({"layer": name, "delta": delta, "factor": factor})
        table[-1]["gradient"] = math.hypot(*known) if known else None
        table[-1]["update"] = max(moves) if moves else None
        table[-1] |= {k: it[k] for k in ("size", "distance", "angle")}
        above = delta
    return table[::-1]


def _coverage(seen, units, unseen):
    """In words: layers, activations, gradients, and what is missing from each."""
    kinds = Counter(name.rpartition(".")[2] for name, mode in units if mode[0] == "t")
    some = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))
    arrived = [it for it in seen.gradients.values() if it is not None]
    return {
        "layers": str(len(seen.layers)),
        "activations": some or "none",
        "gradients": f"{len(arrived)} of {len(seen.gradients)} parameters get one",
        "no gradient": _few([k for k, v in seen.gradients.items() if v is None]),
        "frozen": "",
        "not in the optimizer": "",
        "not registered": "",
        "not in the model": "",
        "scripted": "",
        "not counted": _few([*unseen]),
    }


def _plain(name):
    """The name of a weight's layer."""
    parts = re.split(r"([./])", name.removesuffix(".value").removeprefix("params."))
    return "".join(parts[:-2] if len(parts) > 2 and parts[-1] in _LAST else parts)


# ---- What the verdict tells to do, in the words of NumPy ----
_SAY = {
    "relu": "W = rng.normal(0, (2 / n_in) ** 0.5, (n_in, n_out))",
    "tanh": "W = rng.normal(0, (2 / (n_in + n_out)) ** 0.5, (n_in, n_out))",
    "sigmoid": "ReLU in place of the sigmoid, with variance 2 / n_in",
    "clip": "g *= min(1, limit / norm of all gradients)",
    "finite": "np.isfinite(x).all()",
    "standardize": "x = (x - x.mean(0)) / x.std(0).clip(1e-6)",
    "squeeze": "output[:, 0], or target[:, None]",
    "cut": "loss_of must return the gradients by the names of the weights",
    "branch": "look for a weight that the backward pass forgets",
    "root": "np.sqrt((x**2).sum(-1) + 1e-12) for a norm or root that can be 0; "
    "x.clip(1e-6) before log or division",
    "rest": "no small rest at the end",
    "shuffle": "order = rng.permutation(len(x)); x, y = x[order], y[order]",
    "scale": "float32; or the loss times 2**15, and the gradients divided by it",
    "compare": "Hold each gradient against central differences: "
    "practice/gradient-checking.",
    "step": "Put compare_step after the step of your loop: does clipping stop it?",
}


# ---- Rules that NumPy alone can feed ----
def _own(before, facts):
    """Rules of this framework alone, by the shared rule that each stands before."""
    return ()


# ---- The report and its rules: the same text in the monitors of all frameworks ----
@dataclass
class Finding:
    """One thing that was found, the numbers that say so, and what to do about it."""

    what: str
    numbers: str
    change: str  # the line of code to change
    page: str  # of the site, which explains it
    against: str = ""  # what would speak against it


@dataclass
class Report:
    """What `diagnose` saw, as plain data: dictionaries, lists, strings, numbers."""

    coverage: dict
    layers: list  # one row a layer, first to last; gradients of the first batch
    units: list  # one row an activation, over all batches
    losses: dict  # mean loss in training and in evaluation mode
    findings: list  # what explains most comes first

    def to_dict(self):
        """Everything as dictionaries, lists, strings and numbers."""
        return asdict(self)

    def __str__(self):
        """Coverage, two tables, verdict."""
        lines = ["Seen", *(f"  {k}: {v}" for k, v in self.coverage.items() if v)]
        if self.layers:
            lines += ["", "Layers, first to last", *_table(self.layers)]
        if self.units:
            lines += ["", "Activations", *_table(self.units)]
        lines += ["", "Verdict"]
        for number, it in enumerate(self.findings, 1):
            lines += [f"{number}. {it.what}", f"   Seen: {it.numbers}"]
            lines += [f"   But: {it.against}"] if it.against else []
            lines += [f"   Try: {it.change}", f"   Why: {it.page}"]
        return "\n".join(lines if self.findings else [*lines, _HEALTHY.format(**_SAY)])

    def plot(self):
        """δ and gradients, distance of inputs, flat and dead units: one figure."""
        import matplotlib.pyplot as plt

        figure, (up, middle, down) = plt.subplots(3, figsize=(6.4, 8), layout="tight")
        at = range(1, len(self.layers) + 1)
        for name, style, label in (
            ("delta", "o-", "|δ|"),
            ("gradient", "s--", "|∂L/∂W|"),
        ):
            up.plot(at, [row[name] or nan for row in self.layers], style, label=label)
        middle.plot(at, [row["distance"] for row in self.layers], "o-")
        for name, style in ("saturated", "o-"), ("dead", "s--"):
            down.plot([100 * row[name] for row in self.units], style, label=name)
        up.set(yscale="log", xlabel="layer", ylabel="norm")
        middle.set(yscale="log", xlabel="layer", ylabel="distance of inputs / size")
        down.set(ylim=(-3, 103), xlabel="activation, in order of use", ylabel="%")
        up.legend(), down.legend()
        return figure


_HEALTHY = """The signal is fine: it arrives at every layer seen. Look elsewhere:
   Fit one batch of 8. If that fails, look at output, target and loss, number by number.
   Permute the labels on purpose: a loss that does not rise never used them.
   {compare}
   {step}
   If the loss falls and accuracy or reward does not rise: is a sign the wrong way?
   Try ten times the learning rate, and a tenth.
   Why: practice/diagnose"""


def show(rows):
    """Print a line for each row and a column for each field."""
    print("\n" + "\n".join(_table([{"": name} | row for name, row in rows.items()])))


def _few(names, most=4):
    """A few names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _table(rows):
    """Lines of a table with a column for each field."""
    texts = [[*rows[0]], *([_text(it) for it in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    lines = []
    for first, *rest in texts:
        cells = [f"{it:>{n}}" for it, n in zip(rest, widths[1:], strict=True)]
        lines.append("  ".join([f"{first:{widths[0]}}", *cells]))
    return lines


def _text(cell):
    """A cell: three digits of a number."""
    if isinstance(cell, str | int):
        return str(cell)
    return "none" if cell is None else f"{cell:.3g}"


# ---- Verdict: conventions, each with what speaks against it ----
def _findings(report, facts):
    """Every rule that fires, the one that explains most first."""
    gradients = facts["gradients"].values()
    numbers = [facts["value"], *(it for it in gradients if it is not None)]
    if not all(map(math.isfinite, [*numbers, *report.losses.values()])):
        yield _not_finite(report, facts)
    elif facts.get("closed"):
        yield Finding(
            "Nothing could be seen: the model is compiled by TorchScript.",
            "a scripted module runs as one piece",
            "diagnose the model before torch.jit.script or torch.jit.trace",
            "practice/recipes",
        )
    elif len(numbers) == 1 and report.coverage["not registered"]:
        yield from _in_lists(report)
    elif len(numbers) == 1:
        yield Finding(
            "No gradient reaches any parameter: the graph is cut, or all is frozen.",
            f"0 of {facts['parameters']} parameters get a gradient",
            _SAY["cut"],
            "practice/diagnose",
        )
    else:
        yield from _wiring(report, facts)
        yield from _targets(facts)
        flat = [*_flat(report, facts)] or [*_underflow(report, facts)]
        yield from flat
        yield from _data(facts)
        depth = [*_depth(report, facts)]
        yield from depth
        yield from _own("flat loss", facts)
        yield from () if flat else _flat_loss(report, facts)
        yield from _half_dead(report)
        yield from _own("modes", facts)
        yield from () if facts.get("fresh") else _modes(report)
        yield from _decay(facts)
        vanishes = any("vanishes" in it.what for it in depth)  # so steps are small
        if any(gradients) and not facts.get("waiting"):  # else no step is large enough
            yield from _step_size(report, vanishes)
        if not report.layers:
            yield Finding(
                "No layer was seen, so nothing is known of the signal.",
                f"no product with any of {facts['parameters']} parameters",
                "what the line 'not counted' names, outside of what hides it",
                "practice/recipes",
            )


def _not_finite(report, facts):
    """A loss or gradient that is NaN or infinite, and where that begins."""
    rows = [row["layer"] for row in report.layers if not math.isfinite(row["size"])]
    place = (
        f"first in {rows[0]}" if rows else "all layers are finite, so it is the loss"
    )
    for own in _own("not finite", facts):
        return own
    gradients = facts["gradients"].items()
    wrong = [name for name, it in gradients if it and not math.isfinite(it)]
    if wrong and math.isfinite(facts["value"]):
        return Finding(
            "The loss is finite, its gradient is not.",
            f"loss {facts['value']:.3g}; NaN or infinite in {_few(wrong)}",
            _SAY["root"],
            "vanishing-gradients/floating-point",
            "with weights far too large, or in float16, the way back can overflow",
        )
    if math.isfinite(facts["value"]):
        place = "that of the first batch is finite, that of a later one is not"
    return Finding(
        "The loss or its gradient is not a finite number.",
        f"loss {facts['value']:.3g}; {place}",
        "a smaller learning rate; a loss from logits, not log(softmax(x))",
        "vanishing-gradients/exploding",
        f"NaN in the data does the same: {_SAY['finite']}",
    )


def _in_lists(report):
    """Layers that the model does not know."""
    if names := report.coverage["not registered"]:
        yield Finding(
            "Layers in a plain list or dictionary: the model does not know them.",
            names,
            "self.layers = nn.ModuleList([...])",
            "practice/diagnose",
        )


def _wiring(report, facts):
    """Parts that cannot learn, whatever the signal does."""
    yield from _in_lists(report)
    if names := report.coverage["not in the optimizer"]:
        yield Finding(
            "The optimizer does not know some parameters.",
            names,
            "make the optimizer last, from model.parameters()",
            "practice/diagnose",
        )
    if names := report.coverage["no gradient"]:
        yield Finding(
            "Some parameters get no gradient: they are not used, or the graph is cut.",
            names,
            _SAY["branch"],
            "practice/diagnose",
            "a part that only some batches use is normal",
        )
    pairs = zip(facts.get("found", ()), facts["gradients"].values(), strict=False)
    both = [(a, b) for a, b in pairs if a and b]
    old, new = math.hypot(*(a for a, _ in both)), math.hypot(*(b for _, b in both))
    if old > 4 * max(new, *facts.get("others", ()), 0):
        yield Finding(
            "Gradients are not cleared: .grad holds the sum of many steps.",
            f"norm of .grad as found {old:.3g}, of this loss alone {new:.3g}",
            "optimizer.zero_grad() before loss.backward()",
            "practice/diagnose",
            "sums of a few batches on purpose, a scaled loss, or a loss that fell "
            "steeply in the last step",
        )


def _targets(facts):
    """What the loss was given."""
    if maker := facts.get("single"):
        yield Finding(
            "A softmax over a single output gives 1, whatever the network does.",
            f"{maker} over an axis of length 1",
            "sigmoid for one output; or one output for each class",
            "practice/diagnose",
        )
    yield from _own("broadcast", facts)
    if shapes := facts.get("broadcast"):
        yield Finding(
            "Output and target broadcast: each output meets the target of every input.",
            f"shapes {shapes[0]} and {shapes[1]}",
            _SAY["squeeze"],
            "practice/diagnose",
        )
    if facts.get("probabilities"):
        yield Finding(
            "The loss wants logits and gets probabilities: softmax or sigmoid twice.",
            f"all that {facts['probabilities']} is given lies between 0 and 1",
            "no softmax or sigmoid at the end of the model",
            "practice/diagnose",
        )
    if reach := facts.get("reach"):
        maker, share, low, high = reach
        yield Finding(
            "Many targets are out of reach of the output.",
            f"{share:.0%} of them lie outside {low} to {high}, all that {maker} gives",
            "no activation at the output; or targets scaled into that range",
            "practice/diagnose",
        )
    if facts.get("target", 0) > 30:
        yield Finding(
            "The targets are large.",
            f"root mean square {facts['target']:.3g}",
            "y = (y - y_mean) / y_std; undo it for predictions",
            "practice/diagnose",
        )
    if facts.get("narrow", inf) <= 2:
        yield Finding(
            "A norm over one or two features leaves nothing but signs.",
            f"it makes {facts['narrow']} values alike at a time",
            "normalize over all features of a layer; group norm with fewer groups",
            "remedies/normalization",
        )
    if facts.get("few", inf) <= 2:
        yield Finding(
            "Batch norm over one or two values leaves nothing but signs.",
            f"{facts['few']} values for each channel",
            f"larger batches, {_SAY['rest']}; or layer norm, group norm",
            "remedies/normalization",
        )


def _data(facts):
    """Inputs that are large, batches that hold one class."""
    if facts.get("input", 0) > 10:
        yield Finding(
            "The inputs are large.",
            f"root mean square {facts['input']:.3g} where they enter",
            f"x / 255 for pixels; else {_SAY['standardize']}",
            "vanishing-gradients/saturation",
            "a norm after the first layer evens this out",
        )
    classes = facts.get("classes", ())
    single = [it for it in classes if it is not None]
    if 2 * len(single) > len(classes) and len({*single}) > 1:
        yield Finding(
            "Most batches hold one class only: the data is sorted.",
            f"{len(single)} of {len(classes)} batches",
            _SAY["shuffle"],
            "practice/diagnose",
            "is this the order of your loop?",
        )


def _underflow(report, facts):
    """Gradients that float16 rounds to 0: far more zeros than flat activations make."""
    flat = {it["activation"].rpartition(".")[0]: it["saturated"] for it in report.units}
    zeros = facts.get("zeros", {})
    below = [*zeros][:-1]
    lost = [it for it in below if zeros[it] > 0.95 and flat.get(it, 0) < 0.8]
    if lost:
        yield Finding(
            "In float16 the gradient underflows to 0.",
            f"more than 95% of δ is exactly 0 in {len(lost)} of {len(zeros)} "
            f"layers: {_few(lost)}",
            _SAY["scale"],
            "vanishing-gradients/floating-point",
        )


_KEEP_SLOPE = (
    "a loss that keeps its slope: for a generator softplus(-D(fake)), not "
    "log(1 - sigmoid(D(fake)))"
)


def _slope(report, facts, layer):
    """How much the loss changes with the layer's output for one input; or nan."""
    inputs = facts.get("inputs", {}).get(layer)
    heard = next((it["delta"] for it in report.layers if it["layer"] == layer), None)
    return heard * inputs**0.5 if inputs and heard is not None else nan


def _flat_loss(report, facts):
    """A loss that is flat where the network stands."""
    rows = [it for it in report.layers if it["delta"] is not None]
    if not rows:
        return
    last, half = rows[-1], rows[len(rows) // 2 :]
    loud = max(it["delta"] for it in half)  # the last one may be a small part
    if loud < 10 * max(last["delta"], 1e-5) and (
        _slope(report, facts, last["layer"]) < 1e-4
    ):
        yield Finding(
            "The loss is flat here: hardly any signal starts at its end.",
            f"|δ| {last['delta']:.3g} in {last['layer']}, the last layer",
            f"{_KEEP_SLOPE}; cross-entropy from logits",
            "vanishing-gradients/saturated-outputs",
            "at the end of training, or with a small factor before the loss, this is "
            "as it should be",
        )


def _decay(facts):
    """Weight decay that leaves no weights."""
    for name, decay, apart in facts.get("decay", ()):
        if decay > (1 if apart or "W" in name else 0.05):
            yield Finding(
                "The weight decay is large: it may pull all weights to 0.",
                f"weight_decay={decay:.3g} in {name}",
                "weight_decay=5e-4 (AdamW: 0.01), or 0 until it trains",
                "practice/diagnose",
            )
            return


def _flat(report, facts):
    """An activation that is flat everywhere, or saturated."""
    rows = [it for it in report.units if it["inputs"] >= 16]
    kinds = [it["activation"].rpartition(".")[2].partition("#")[0] for it in rows]
    for row, kind in zip(rows, kinds, strict=True):
        if row["dead"] == 1 and kind in _EXACT and facts["value"]:
            none = not any(facts["gradients"].values())
            largest = facts["largest"].get(row["activation"], nan)
            yield Finding(
                f"{row['activation']} is flat for every unit on every input.",
                f"{row['units']} of {row['units']} units, largest pre-activation "
                f"{largest:.3g}" + ("; every gradient is exactly 0" if none else ""),
                "no ReLU on an output (softplus, or nothing); elsewhere new weights "
                "for this layer and a smaller learning rate",
                "dying-relu/how-neurons-die",
                "in a hinge loss: a margin that every input keeps",
            )
            return
    for row, kind in zip(rows, kinds, strict=True):
        layer = row["activation"].rpartition(".")[0]
        judge = layer.startswith("outside")  # may be sure, if the loss keeps a slope
        if layer in facts.get("logits", ()) or (
            judge and not _slope(report, facts, layer) < 0.01
        ):
            continue  # the loss does not hear the slope of this one
        if kind in ("tanh", "sigmoid") and row["saturated"] > 0.7:
            fix = _SAY["standardize"] + "; for scaled inputs, smaller weights"
            yield Finding(
                f"{row['activation']} is saturated.",
                f"{row['saturated']:.0%} of its values have below 5% of the slope at 0",
                _KEEP_SLOPE if judge else fix,
                "vanishing-gradients/saturation",
                "a gate meant to stay open; a classifier that is sure, and right",
            )
            return


def _depth(report, facts):
    """What depth does to the signal on its way back and forward."""
    kinds = Counter(row["activation"].rpartition(".")[2] for row in report.units)
    fix = _SAY.get(max(kinds, key=kinds.get, default=""), "weights of another scale")
    if (post := facts.get("post-norm", 0)) >= 6:
        fix = "norm_first=True; or warm-up: a rate that rises over some hundred steps"
        yield Finding(
            "A deep transformer with its norms after the sums (post-norm).",
            f"{post} layers with norm_first=False",
            fix,
            "remedies/residual",
            "if the loss falls as it should, leave it",
        )
    rows = [it for it in report.layers if it["delta"] and "outside" not in it["layer"]]
    if len(rows) > 3:
        (first, top), (last, bottom) = (
            (it["layer"], it["delta"]) for it in (rows[0], rows[-1])
        )
        factor = (top / bottom) ** (1 / (len(rows) - 1))
        numbers = f"|δ| {bottom:.3g} in {last}, {top:.3g} in {first}: "
        numbers += f"a factor of {factor:.3g} per layer"
        # One layer may be a side branch, or a small part of the loss: half of all.
        half = len(rows) // 2
        early = max(it["delta"] for it in rows[:half])
        late = max(it["delta"] for it in rows[-half:])
        if top < 2e-3 * bottom and factor < 0.85 and early < bottom / 10:
            yield Finding(
                "The gradient vanishes on its way to the first layer.",
                numbers,
                fix if post else fix + "; or a norm, or skips",
                "vanishing-gradients/gradient-decay",
                "Adam trains some such networks: does the loss fall?",
            )
        if top > 1e3 * bottom and factor > 1.2 and late < top / 10:
            yield Finding(
                "The gradient explodes on its way to the first layer.",
                numbers,
                f"{fix}; {_SAY['clip']} against single spikes",
                "vanishing-gradients/exploding",
            )
    rows = [it for it in report.layers if it["distance"] == it["distance"]]
    ends = [it["distance"] for it in rows[-2:]]  # a bias may hide it in the last one
    if len(rows) > 3 and max(ends) < 1e-2 < 0.05 < rows[0]["distance"]:
        yield Finding(
            "Inputs become alike on the way up: outputs hardly depend on them.",
            f"distance by size {rows[0]['distance']:.3g} in {rows[0]['layer']}, "
            f"{rows[-1]['distance']:.3g} in {rows[-1]['layer']}",
            fix if post else fix + "; or skips, which carry the differences",
            "vanishing-gradients/training",
        )


def _half_dead(report):
    """A layer of which most is dead."""
    for row in report.units:
        name = row["activation"].partition("#")[0]  # a layer outside may see more data
        own = name.endswith("relu") and not name.startswith("outside")
        enough = row["inputs"] >= 16 and row["units"] > 7  # few may be so by chance
        if own and enough and 0.5 < row["dead"] < 1:
            alike = row["saturated"] - row["dead"] < 0.05
            yield Finding(
                f"More than half of the units of {row['activation']} are dead.",
                f"{row['dead']:.0%} of {row['units']} are 0 on {row['inputs']} inputs",
                "a smaller learning rate or warm-up; new weights for the dead units",
                "dying-relu/how-neurons-die",
                "each unit is on or off for all inputs: have these become alike?"
                if alike
                else "with more data some may fire",
            )
            return


def _modes(report):
    """Training mode against evaluation mode."""
    training, evaluation = report.losses["training"], report.losses["evaluation"]
    losses = (
        f"loss {training:.3g} in training mode, {evaluation:.3g} in evaluation mode"
    )
    for row in report.units:
        more = row["saturated, eval"] - row["saturated"]  # less: zeros of dropout
        if more > 0.2 or abs(row["dead"] - row["dead, eval"]) > 0.2:
            share = "saturated" if more > 0.2 else "dead"
            losses += f"; {row['activation']} {row[share]:.0%} and "
            losses += f"{row[f'{share}, eval']:.0%} {share}"
            break
    else:
        if evaluation - training <= max(0.1, abs(training)):
            return
    yield Finding(
        "Evaluation mode is another network than the one that trains.",
        losses,
        "larger batches and more steps for the running averages of batch norm",
        "remedies/normalization",
        "in the first steps these lag behind; dropout makes a smaller gap",
    )


def _step_size(report, vanishes):
    """How far one step moves the weights."""
    rows = [it for it in report.layers if it["update"] == it["update"] is not None]
    ratios = sorted(it["update"] for it in rows if it["gradient"])
    if ratios and ratios[-1] < 1e-4 and not vanishes:
        yield Finding(
            "The steps are small.",
            f"one step moves no layer by more than {ratios[-1]:.1g} of its size",
            "ten times the learning rate, until the loss jumps; then a third of that",
            "practice/diagnose",
            "warm-up, the end of training, or a gradient that vanishes",
        )
    sizes = sorted(it["size"] for it in report.layers)
    usual = sizes[len(sizes) // 2] if sizes else 0  # a layer may start near 0
    large = max((it["update"] for it in rows if it["size"] > usual / 10), default=0)
    if large > 0.3:
        yield Finding(
            "The steps are large.",
            f"one step moves a layer by {large:.2g} of its size",
            "a tenth of the learning rate",
            "dying-relu/how-neurons-die",
            "weights that start at or near 0, or before a norm, move far at first",
        )


# ---- Paste or import what is above. Below: an example. ----
def example():
    """The network that all four recipes share, made sick on purpose."""
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0.5, 1.5, (512, 20)), rng.normal(size=(512, 1))
    shapes = {"1.weight": (20, 64), "2.weight": (64, 32), "3.weight": (32, 1)}
    W = {name: rng.normal(0, 0.3, shape) for name, shape in shapes.items()}

    def loss_of(batch):
        x, y = batch
        z1 = x @ W["1.weight"]
        a1 = np.maximum(z1, 0)
        z2 = a1 @ W["2.weight"]
        a2 = np.tanh(z2)
        z3 = a2 @ W["3.weight"]
        delta3 = 2 * (z3 - y) / len(x)  # of the mean squared error
        delta2 = delta3 @ W["3.weight"].T * (1 - a2**2)
        delta1 = delta2 @ W["2.weight"].T * (z1 > 0)
        gradients = x.T @ delta1, a1.T @ delta2, a2.T @ delta3
        return {
            "loss": ((z3 - y) ** 2).mean(),
            "z": {"1.relu": z1, "2.tanh": z2, "3": z3},
            "delta": {"1": delta1, "2": delta2, "3": delta3},
            "gradients": dict(zip(W, gradients, strict=True)),
            "output": z3,
            "target": y,
        }

    def optimizer(W, gradients):
        return {name: w - 0.01 * gradients[name] for name, w in W.items()}

    print(f"NumPy {np.__version__}")
    before, gradients = W, loss_of((x, y))["gradients"]
    W = optimizer(W, gradients)
    show(compare_step(before, W, gradients))
    batches = [*zip(np.split(x, 8), np.split(y, 8), strict=True)]
    show(count_units(lambda batch: loss_of(batch)["z"], batches))
    print()
    diagnose(W, loss_of, batches, optimizer)


if __name__ == "__main__":
    example()
