"""Why does a PyTorch network not learn? One call looks at it and says what it saw."""

import copy
import inspect
import math
import random
import sys
import warnings
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from math import inf, nan

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

# Beyond these pre-activations the slope stays below 5% of its largest.
LIMITS = {"relu": (0, inf), "tanh": (-2.18, 2.18), "sigmoid": (-4.36, 4.36)}
LIMITS |= {"elu": (-3.0, inf), "gelu": (-2.28, inf), "silu": (-3.93, inf)}
LIMITS |= {"selu": (-3.0, inf), "celu": (-3.0, inf), "mish": (-3.98, inf)}
LIMITS |= {"softplus": (-2.94, inf), "logsigmoid": (-inf, 2.94)}
LIMITS |= {"hardswish": (-3, inf), "hardsigmoid": (-3, 3), "softsign": (-3.47, 3.47)}
_RECURRENT = {"lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell"}
_RECURRENT |= {"rnn_tanh_cell", "rnn_relu_cell"}
_LAYERS = {f"conv{kind}{d}d" for kind in ("", "_transpose") for d in (1, 2, 3)}
_LAYERS |= {"linear", "embedding", "embedding_bag"} | _RECURRENT
_PRODUCTS = {"matmul", "mm", "bmm", "addmm", "baddbmm", "mv", "einsum", "tensordot"}
_PRODUCTS |= {"bilinear", "multi_head_attention_forward"}  # layers if of a parameter
_SAME = {"__matmul__": "matmul", "__rmatmul__": "matmul", "_threshold": "threshold"}
_SAME |= {"log_sigmoid": "logsigmoid"}
_EXACT = {"relu", "relu6", "threshold", "hardtanh", "hardsigmoid"}  # slope 0
_PAIRS = {"sub", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"}
_LOSSES = {"cross_entropy", "nll_loss", "binary_cross_entropy_with_logits"} | _PAIRS
_LOSSES |= {"binary_cross_entropy"}
_SOFTMAX = {"softmax", "log_softmax"}
_REACH = {"sigmoid": (0, 1), "softmax": (0, 1), "tanh": (-1, 1), "relu": (0, inf)}
_REACH |= {"special_expit": (0, 1), "softplus": (0, inf), "relu6": (0, 6)}
_SQUASH = {"softmax", "sigmoid", "special_expit"}
_KEEP = {"view", "reshape", "flatten", "squeeze", "unsqueeze", "transpose", "permute"}
_KEEP |= {"to", "float", "double", "half", "bfloat16", "clamp", "clip", "contiguous"}
_KEEP |= {"__getitem__", "type"}  # probabilities remain what they are
_MODAL = nn.modules.batchnorm._BatchNorm | nn.modules.dropout._DropoutNd


def norm(values):
    """Root of the sum of squares, in float64; None stays None."""
    if values is None:
        return None
    values = values.detach()
    values = values.coalesce().values() if values.is_sparse else values
    return float(values.cpu().double().norm())


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


def count_units(model, batches, call=None, unit_axis=None, split=False):
    """One row per activation that `model(batch)` uses, in evaluation mode."""
    watch = _Watch(model, "evaluation", split, unit_axis)
    with _as_found(model, watch), torch.no_grad():
        model.eval()
        for batch in batches:
            watch.uses.clear()
            with watch, torch.compiler.set_stance("force_eager"):
                (call or model)(batch)
    rows = watch.shares("evaluation")
    if not rows:
        raise ValueError("no activation with a flat side was seen; see LIMITS")
    return rows


def diagnose(model, loss_of, batches, optimizer=None, *, split=False, quiet=False):
    """Look at a network as it is now; print and return a report. Nothing is changed.

    `loss_of(batch)` returns the loss of a batch as your loop computes it, without
    `backward` (several losses as a list or dict are added up). Gradients are those of
    the first batch; units are counted over all batches, in training mode and in
    evaluation mode. With the optimizer one step is tried and taken back. `split=True`
    keeps the uses of a layer (time steps) apart. Raises ValueError if there is no
    batch, if the loss is not one number, or if `loss_of` changes weights.
    """
    watch = _Watch(model, split=split)
    found = [norm(p.grad) for p in model.parameters()]
    losses, others, seen, trains = (
        {},
        [],
        None,
        any(m.training for m in model.modules()),
    )
    still = not trains and any(isinstance(m, _MODAL) for m in model.modules())
    with _as_found(model, watch):
        for batch in batches:
            if seen is None:
                seen = _one_batch(model, loss_of, batch, watch, optimizer)
            elif any(found) and len(others) < 4:
                others.append(_gradient(model, loss_of, batch, watch))
            drawn = torch.get_rng_state()
            for mode in ("training", "evaluation"):
                watch.mode = mode
                torch.set_rng_state(drawn)  # a loss that samples is no other network
                if mode == "evaluation" or not trains:
                    model.train(mode == "training")
                losses.setdefault(mode, []).append(_count(loss_of, model, batch, watch))
                watch.put_back()
        if seen is None:
            raise ValueError("batches is empty: an iterator that was used up before?")
        report = Report(
            coverage=_coverage(model, watch, seen, optimizer),
            layers=watch.rows(seen),
            units=watch.both_modes(),
            losses={mode: sum(them) / len(them) for mode, them in losses.items()},
            findings=[],
        )
        facts = _facts(watch, model, found, seen, optimizer)
        facts |= {"still": still, "others": others}
        report.findings += _findings(report, facts)
    if not quiet:
        print(report)
    return report


# ---- What is seen: a mode that every function of PyTorch passes ----
class _Watch(TorchFunctionMode):
    """Sees layers, activations and losses as they are called, however that is written.

    A tensor that a layer made carries `_from`: the layer's number and name, and the
    axis of its units. So an activation knows whose pre-activations it gets. One that
    a softmax or a function with bounds made carries `_made`: its name and axis.
    """

    def __init__(self, model, mode="", split=False, axis=None):
        super().__init__()
        self.mode, self.split, self.axis = mode, split, axis  # mode: what is measured
        self.modules = {id(m): _plain(n) for n, m in model.named_modules()}
        self.modules[id(model)] = type(model).__name__
        self.names = {}  # of weights
        self.called, self.inside = {}, []  # modules as found; names of those running
        self.layers, self.units, self.uses = {}, {}, Counter()
        self.facts, self.unseen, self.classes = {}, Counter(), []
        self.times, self.own = {}, set()  # recurrent layers; inputs made to listen
        self.learn_names(model)

    def learn_names(self, model):
        """Weights by identity; again when lazy layers have been built."""
        for name, p in model.named_parameters(remove_duplicate=False):
            self.names.setdefault(id(p), _plain(name))

    def __torch_function__(self, function, types, args=(), kwargs=None):
        """Look before and after a function of PyTorch."""
        kwargs, name = kwargs or {}, getattr(function, "__name__", "")
        kind = _SAME.get(name, name)
        kind = kind if kind.startswith("_") else kind.rstrip("_")  # relu_ is relu
        given = [*_tensors((*args, *kwargs.values()))]
        if activation := _activation(kind, args, kwargs):
            self.activation(*activation)
        self.note(kind, args, kwargs, given)
        if kind in _RECURRENT and self.mode == "gradient":
            args = self.listen(kind, args)
        out = function(*args, **kwargs)
        if kind in _LAYERS or kind in _PRODUCTS:
            self.layer(kind, args, given, out)
        self.mark(kind, args, kwargs, given, out)
        if isinstance(out, torch.Tensor) and not hasattr(out, "_from"):
            made = [it for it in given if hasattr(it, "_from")]
            if made:
                latest = max(made, key=lambda it: it._from[0])
                number, layer, axis = latest._from
                out._from = number, layer, _moved(kind, args, axis, latest, out)
        return out

    # -- Layers
    def layer(self, kind, args, given, out):
        """Name a layer's output, and listen for the gradient that comes back to it."""
        z = out[0] if isinstance(out, tuple) else out
        weights = [it for it in given if isinstance(it, nn.Parameter) and it.ndim > 1]
        if not z.is_floating_point() or not (weights or kind in _LAYERS):
            return
        own = [self.names[id(it)] for it in weights if id(it) in self.names]
        if kind in _RECURRENT or kind == "multi_head_attention_forward":
            own = self.inside[-1:] or own
        module = self.inside[-1] if self.inside and not weights else ""
        name = (own[0] if own else module) or _outside(kind, weights)
        row = self.layers.setdefault(name, {"squares": 0.0, "heard": 0})
        z._from = len(self.layers), name, -1 - int(kind[-2]) if "conv" in kind else -1
        if self.mode == "gradient" and "size" not in row:
            row |= {"size": _size(z), "count": len(z)}
            row |= _neighbours(z.detach())
            raw = [it for it in given if not isinstance(it, nn.Parameter)][:1]
            if raw and raw[0].is_floating_point() and not hasattr(raw[0], "_from"):
                self.facts["input"] = max(_size(raw[0]), self.facts.get("input", 0))
        if self.mode in ("gradient", "backward") and z.requires_grad:
            z.register_hook(lambda delta: self.hear(row, delta))  # of this very value
        if kind in _RECURRENT and self.mode in ("training", "evaluation"):
            self.gates(kind, args, name)

    def hear(self, row, delta):
        """Add up the gradient at a layer's output, over all its uses."""
        row["squares"] += norm(delta) ** 2
        row["heard"] += 1
        if delta.dtype == torch.float16:
            row["zeros"] = (delta == 0).double().mean().item()

    def rows(self, seen):
        """One row a layer, first to last: δ at its output, its weights, its inputs."""
        table, above = [], None
        for name, it in reversed(self.layers.items()):
            if "size" not in it:
                continue
            delta = math.sqrt(it["squares"]) if it["heard"] else None
            factor = delta / above if above and delta is not None else None
            own = [
                k for k in seen.matrices if name in (k, _plain(k.rpartition(".")[0]))
            ]
            moves = [seen.updates[k] for k in own if k in seen.updates]
            known = [v for k in own if (v := seen.gradients.get(k)) is not None]
            table.append({"layer": name, "delta": delta, "factor": factor})
            table[-1]["gradient"] = math.hypot(*known) if known else None
            table[-1]["update"] = max(moves) if moves else None
            table[-1] |= {k: it[k] for k in ("size", "distance", "angle")}
            above = delta
        return table[::-1]

    # -- Activations
    def activation(self, kind, z, limits):
        """Count what is flat, unit by unit, before anything is changed in place."""
        if self.mode not in ("training", "evaluation"):
            return
        _, layer, axis = getattr(z, "_from", (0, None, None))
        name = f"{layer or _where()}.{kind}"
        if limits is None:
            self.unseen[f"{name} (no flat side)"] += 1
            return
        self.uses[name] += 1
        if self.split and self.uses[name] > 1:
            name += f"#{self.uses[name]}"
        default = 1 if z.ndim > 3 else -1
        axis = (
            self.axis
            if self.axis is not None
            else axis
            if axis is not None
            else default
        )
        self.count(name, z.detach(), axis, limits)

    def count(self, name, z, axis, limits):
        """Add to the counts of a row: one whole number a unit, however much data."""
        z = z.movedim(axis, -1).flatten(0, -2) if z.ndim > 1 else z.reshape(1, -1)
        flat = (~((z > limits[0]) & (z < limits[1]))).sum(0).cpu()  # NaN counts, too
        row = self.units.setdefault(
            (name, self.mode), {"n": 0, "flat": 0 * flat, "max": -inf}
        )
        if len(row["flat"]) != len(flat):
            self.unseen[f"{name} (its number of units changes)"] += 1
            return
        row["n"] += len(z)
        row["flat"] += flat
        row["max"] = max(row["max"], float(z.max())) if len(z) else row["max"]

    def gates(self, kind, args, name):
        """Count the gates of a recurrent layer, computed again: PyTorch hides them."""
        try:
            with torch.no_grad():
                for gate, function, z in _gates(kind, args):
                    self.count(f"{name} {gate}.{function}", z, -1, LIMITS[function])
        except NotImplementedError as error:
            self.unseen[f"gates of {name} ({error})"] += 1

    def shares(self, mode):
        """Units, saturated and dead share of each activation in one mode."""
        return {
            name: {
                "units": len(it["flat"]),
                "saturated": (it["flat"].double() / it["n"]).mean().item(),
                "dead": (it["flat"] == it["n"]).double().mean().item(),
            }
            for (name, measured), it in self.units.items()
            if measured == mode and it["n"]
        }

    def both_modes(self):
        """The same in training mode, with the shares of evaluation mode beside it."""
        training, evaluation = self.shares("training"), self.shares("evaluation")
        return [
            {"activation": name, **training.get(name, row)}
            | {"inputs": self.units[name, "evaluation"]["n"]}
            | {"saturated, eval": row["saturated"], "dead, eval": row["dead"]}
            for name, row in evaluation.items()
        ]

    # -- Facts
    def note(self, kind, args, kwargs, given):
        """Remember what is odd about a loss, a difference or a normalization."""
        if kind in _PAIRS and len(given) > 1:
            a, b = (tuple(it.shape) for it in given[:2])
            if len(a) != len(b) and math.prod(a) == math.prod(b) > 1:
                self.facts["broadcast"] = a, b
        if kind in _LOSSES and len(given) > 1 and kind != "sub":
            output, target = (it.detach() for it in given[:2])
            made = getattr(given[0], "_made", (None, None))
            known = {name: it for name, it in self.facts.items() if it}
            self.facts = _of_loss(kind, output, target, made) | known
            if kind in ("cross_entropy", "nll_loss") and not target.is_floating_point():
                self.labels(target, kwargs.get("ignore_index", (*args, *[-100] * 5)[4]))
        if kind == "layer_norm":
            size = math.prod(args[1]) if len(args) > 1 else inf
            self.facts["narrow"] = min(size, self.facts.get("narrow", inf))
        if kind == "batch_norm" and kwargs.get("training", (*args, *[False] * 6)[5]):
            size = args[0].numel() // args[0].shape[1]
            self.facts["few"] = min(size, self.facts.get("few", inf))

    def labels(self, target, ignored):
        """Remember batches whose labels are all ignored, or all of one class."""
        kept = target[target != ignored]
        if not kept.numel():
            self.facts["ignored"] = ignored
        elif self.mode == "training" and kept.numel() > 7:
            same = bool((kept == kept[0]).all())
            self.classes.append(int(kept[0]) if same else None)

    def mark(self, kind, args, kwargs, given, out):
        """Remember what made a tensor, and the first attention that made NaN."""
        if not isinstance(out, torch.Tensor):
            out = out[0] if kind == "multi_head_attention_forward" else None
        if out is None or not given:
            return
        if kind in _SOFTMAX | _REACH.keys():
            axis = kwargs.get("dim", (*args, -1)[1]) if kind in _SOFTMAX else None
            if isinstance(axis, int | None):
                out._made = kind, axis and axis % out.ndim
        elif kind in _KEEP and (made := getattr(given[0], "_made", None)):
            out._made = made if out.shape == given[0].shape else (made[0], None)
        if kind in ("softmax", "multi_head_attention_forward") and (
            out.isnan().any() and not any(_spoiled(it) for it in given)
        ):
            self.facts["hidden"] = self.inside[-1] if self.inside else _where()

    def listen(self, kind, args):
        """Arguments of a recurrent layer whose input tells what each step hears."""
        packed = isinstance(args[1], torch.Tensor) and not args[1].is_floating_point()
        x, name = args[0], self.inside[-1] if self.inside else kind
        if packed or kind.endswith("cell") or x.ndim < 3 or not torch.is_grad_enabled():
            return args
        branch = x.view_as(x) if x.requires_grad else x.detach().requires_grad_()
        self.own |= {id(branch)} if branch.is_leaf else set()

        def hear(gradient):
            self.times.setdefault(name, _over(gradient, 1 if args[8] else 0))

        branch.register_hook(hear)
        return branch, *args[1:]

    def put_back(self):
        """Modes and buffers (running averages) of all modules called, as found."""
        with torch.no_grad():
            for module, training, buffers in self.called.values():
                module.training = training
                for buffer, old in buffers:
                    buffer.copy_(old)


def _activation(kind, args, kwargs):
    """(kind, pre-activation, limits) if a call is that of an activation, else None."""
    z = args[0] if args else kwargs.get("input")
    if not isinstance(z, torch.Tensor) or not z.is_floating_point():
        return None
    more = [*args[1:], *(v for k, v in kwargs.items() if k not in ("input", "inplace"))]
    numbers = [it for it in more if isinstance(it, int | float) and it is not True]
    if kind in ("clamp", "clamp_min", "clip"):
        low, high = kwargs.get("min", more[0] if more else None), kwargs.get("max", inf)
        high = more[1] if len(args) > 2 else high
        zero = isinstance(low, int | float) and low == 0
        return ("relu", z, (0, inf if high is None else high)) if zero else None
    if kind in ("maximum", "max"):
        other = more[0] if more and isinstance(more[0], torch.Tensor) else None
        zero = other is not None and other.numel() == 1 and not other.any()
        return ("relu", z, LIMITS["relu"]) if zero else None
    if kind in ("hardtanh", "relu6"):
        low, high = (
            (0, 6) if kind == "relu6" else (*numbers, *(-1, 1)[len(numbers) :])[:2]
        )
        return ("relu6" if (low, high) == (0, 6) else kind), z, (low, high)
    if kind == "threshold":
        return kind, z, (numbers[0], inf)
    if kind == "softplus" and numbers:
        return kind, z, (LIMITS[kind][0] / numbers[0], inf)
    if kind in ("leaky_relu", "prelu", "rrelu"):  # both sides have a slope
        return kind, z, LIMITS.get(kind)
    return (kind, z, LIMITS[kind]) if kind in LIMITS else None


def _plain(name):
    """The name of a weight's layer, without what wrappers add."""
    return name.replace("_orig_mod.", "").replace("module.", "").removesuffix(".weight")


def _outside(kind, weights):
    """A name for a layer that the model does not know."""
    return f"outside {tuple(weights[0].shape)}" if weights else f"outside, {kind}"


def _tensors(values):
    """All tensors in arguments, those in lists too."""
    for it in values:
        if isinstance(it, torch.Tensor):
            yield it
        elif isinstance(it, list | tuple):
            yield from _tensors(it)


def _moved(kind, args, axis, old, new):
    """Where the axis of the units is after a function, or None if that is not known."""
    if axis is None or old.ndim != new.ndim:
        same = axis == -1 and new.ndim and new.shape[-1:] == old.shape[-1:]
        return -1 if same else None
    if kind in ("transpose", "swapaxes", "swapdims", "permute") and old is args[0]:
        order = list(range(old.ndim))
        if kind == "permute":
            given = args[1:] if isinstance(args[1], int) else args[1]
            order = [it % old.ndim for it in given]
        else:
            a, b = (it % old.ndim for it in args[1:3])
            order[a], order[b] = b, a
        return order.index(axis % old.ndim) - old.ndim
    return None if kind in ("reshape", "view") else axis


def _where():
    """File and line of the reader's own code that is running."""
    own = {it.__code__ for it in (_where, _Watch.activation, _Watch.__torch_function__)}
    frame = sys._getframe(1)
    while frame.f_back and (
        frame.f_code in own or "/torch/" in frame.f_code.co_filename.replace("\\", "/")
    ):
        frame = frame.f_back
    return f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}"


def _size(values):
    """Root mean square."""
    return float(values.detach().double().square().mean().sqrt())


def _neighbours(z):
    """Distance of neighbours in a batch by their size, and their angle in degrees."""
    if z.ndim < 2 or len(z) < 2:
        return {"distance": nan, "angle": nan}
    z = z[:64].flatten(1).cpu().double()
    lengths = z.norm(dim=1)
    size = ((lengths[:-1] ** 2 + lengths[1:] ** 2) / 2).sqrt()
    apart = ((z[:-1] - z[1:]).norm(dim=1) / size)[size > 0]
    unit = nn.functional.normalize(z, dim=1)
    # From the distance of unit vectors: the cosine of a small angle rounds to 1.
    angle = 2 * torch.asin(((unit[:-1] - unit[1:]).norm(dim=1) / 2).clamp(max=1))
    mean = float(apart.mean()) if len(apart) else nan
    return {"distance": mean, "angle": math.degrees(float(angle.mean()))}


def _spoiled(values):
    """Whether something is NaN or infinite, but for the -inf of a mask."""
    return bool((values.isnan() | values.isposinf()).any())


def _of_loss(kind, output, target, made):
    """What a loss was given: probabilities for logits, targets, its maker."""
    (maker, axis), facts = made, {}
    if axis is not None and output.shape[axis] == 1:
        facts["single"] = maker
    if kind in ("cross_entropy", "nll_loss") and output.ndim > 1:
        if axis not in (None, 1):
            facts["axis"] = maker, axis, tuple(output.shape)
        if kind == "nll_loss" and output.numel() and float(output.max()) > 1e-2:
            facts["no logarithm"] = float(output.max())
    # Between 0 and 1 is not enough: a signal that vanished leaves such logits, too.
    inside = output.numel() > 0 and bool(((output >= 0) & (output <= 1)).all())
    if kind == "binary_cross_entropy_with_logits":
        facts["probabilities"] = inside and maker in _SQUASH and kind
        facts |= _out_of_reach("sigmoid", target)
    elif kind == "cross_entropy" and output.ndim > 1 and output.shape[1] > 1:
        sums = bool(((output.double().sum(1) - 1).abs() < 1e-2).all())
        facts["probabilities"] = inside and (maker in _SQUASH or sums) and kind
    elif kind in _PAIRS and target.is_floating_point():
        facts["target"] = float(target.double().square().mean().sqrt())
        facts |= _out_of_reach(maker, target)
    return facts


def _out_of_reach(maker, target):
    """The share of the targets that the function at the output cannot give."""
    low, high = _REACH.get(maker, (-inf, inf))
    beyond = ((target < low - 1e-3) | (target > high + 1e-3)).double().mean().item()
    return {"reach": (maker, beyond, low, high)} if beyond > 0.05 else {}


def _over(gradient, axis):
    """Norm of a gradient at each time step."""
    return gradient.detach().movedim(axis, 0).flatten(1).cpu().double().norm(dim=1)


# ---- Recurrent layers: what goes on inside is computed again ----
def _gates(kind, args):
    """(gate, its activation, all its pre-activations) of a recurrent layer or cell."""
    if kind.endswith("cell"):
        x, state, *weights = args[:6]
        h, c = state if kind == "lstm_cell" else (state, None)
        yield from _steps(kind.removesuffix("_cell"), x[None], h, c, weights, "")[1]
        return
    if isinstance(args[1], torch.Tensor) and not args[1].is_floating_point():
        raise NotImplementedError("packed sequences")
    x, state, flat, bias, layers, _, _, both, first = args[:9]
    h, c = state if kind == "lstm" else (state, None)
    sides = 2 if both else 1
    each = len(flat) // (layers * sides)
    if each != (4 if bias else 2):
        raise NotImplementedError("projections")
    x = x.transpose(0, 1) if first else x
    for layer in range(layers):
        outputs = []
        for k in range(layer * sides, (layer + 1) * sides):
            back, state = k % sides, (h[k], None if c is None else c[k])
            place = f"layer {layer} {'reverse ' * back}" if layers * sides > 1 else ""
            weights = flat[k * each : (k + 1) * each]
            out, gates = _steps(kind, x.flip(0) if back else x, *state, weights, place)
            outputs.append(out.flip(0) if back else out)
            yield from gates
        x = torch.cat(outputs, -1)


def _steps(kind, x, h, c, weights, place):
    """Run one direction of one layer; its outputs, and every gate's pre-activations."""
    w, u, b, d = [*weights, 0, 0][:4]
    seen, outputs = [], []
    for xt in x:
        if kind == "lstm":
            i, f, g, o = (xt @ w.T + b + h @ u.T + d).chunk(4, -1)
            seen.append((i, f, g, o))
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
        elif kind == "gru":
            rx, zx, nx = (xt @ w.T + b).chunk(3, -1)
            rh, zh, nh = (h @ u.T + d).chunk(3, -1)
            z, new = (zx + zh).sigmoid(), nx + (rx + rh).sigmoid() * nh
            seen.append((rx + rh, zx + zh, new))
            h = (1 - z) * new.tanh() + z * h
        else:
            seen.append((xt @ w.T + b + h @ u.T + d,))
            h = seen[-1][0].relu() if "relu" in kind else seen[-1][0].tanh()
        outputs.append(h)
    names = {"lstm": "input.sigmoid forget.sigmoid cell.tanh output.sigmoid"}
    names |= {"gru": "reset.sigmoid update.sigmoid new.tanh", "rnn_relu": "state.relu"}
    gates = []
    for name, column in zip(
        names.get(kind, "state.tanh").split(), zip(*seen, strict=True), strict=True
    ):
        gate, function = name.split(".")
        gates.append((place + gate, function, torch.stack(column).flatten(0, -2)))
    return torch.stack(outputs), gates


# ---- Everything is left as it was found ----
@contextmanager
def _as_found(model, watch):
    """Put back modes, buffers, gradients and random state, also after an error."""
    keep = [(torch.set_rng_state, torch.get_rng_state())]
    if torch.cuda.is_available():
        keep.append((torch.cuda.set_rng_state_all, torch.cuda.get_rng_state_all()))
    keep.append((random.setstate, random.getstate()))
    if "numpy" in sys.modules:
        numpy = sys.modules["numpy"].random
        keep.append((numpy.set_state, numpy.get_state()))
    attention = torch.backends.mha
    keep.append((attention.set_fastpath_enabled, attention.get_fastpath_enabled()))

    def enter(module, _):
        """Before a module runs: its name, and how it was before its first call."""
        if watch.mode == "backward" and not watch.inside:
            watch.__enter__()  # a checkpoint runs its part again, outside of the mode
        watch.inside.append(watch.modules.get(id(module), ""))
        if id(module) not in watch.called:
            buffers = [(it, it.clone()) for it in module.buffers(recurse=False)]
            watch.called[id(module)] = module, module.training, buffers

    def leave(module, _, __):
        watch.inside.pop()
        if watch.mode == "backward" and not watch.inside:
            watch.__exit__(None, None, None)

    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        for words in ("None of the inputs have requires_grad", "Using `torch.compile"):
            warnings.filterwarnings(
                "ignore", words
            )  # said because of what is done here
        hooks = nn.modules.module
        stack.callback(hooks.register_module_forward_pre_hook(enter).remove)
        after = hooks.register_module_forward_hook(leave, always_call=True)
        stack.callback(after.remove)
        for module in model.modules():
            stack.callback(setattr, module, "training", module.training)
        for p in model.parameters():
            stack.callback(setattr, p, "grad", p.grad)
            p.grad = None
        for put, state in keep:
            stack.callback(put, state)
        stack.callback(watch.put_back)
        attention.set_fastpath_enabled(False)  # or a whole layer is one function
        yield


# ---- One batch: gradients, and one step that is taken back ----
@dataclass
class _Seen:
    """What one batch shows: loss, gradient and update of each parameter, leaves."""

    loss: float
    matrices: list  # names of the parameters with two or more axes
    gradients: dict
    updates: dict
    leaves: list  # tensors with a gradient that are no parameters of the model


def _loss(loss_of, model, batch, watch):
    """The loss of one batch as one number, watched."""
    wanted = [
        it
        for it in inspect.signature(loss_of).parameters.values()
        if it.kind < it.VAR_POSITIONAL and it.default is it.empty
    ]
    given = {0: (), 1: (batch,)}.get(len(wanted), (model, batch))
    watch.uses.clear()
    with watch, torch.compiler.set_stance("force_eager"):
        loss = loss_of(*given)
    loss = getattr(loss, "loss", loss)
    parts = [*_tensors([[*loss.values()] if isinstance(loss, dict) else loss])]
    if not parts:
        raise TypeError(f"loss_of returned {type(loss).__name__}, not a tensor")
    if wrong := [tuple(it.shape) for it in parts if it.numel() != 1]:
        raise ValueError(f"loss_of returned shape {wrong[0]}: return its mean or sum")
    return sum(it.reshape(()) for it in parts)


def _count(loss_of, model, batch, watch):
    """Run one batch only to count; the loss."""
    try:
        with torch.no_grad():
            return float(_loss(loss_of, model, batch, watch))
    except RuntimeError as error:  # a loss that needs gradients itself
        if "grad" not in str(error):
            raise
        return float(_loss(loss_of, model, batch, watch).detach())


def _one_batch(model, loss_of, batch, watch, optimizer):
    """Run one batch forward and backward, and try a step."""
    if any(isinstance(p, nn.UninitializedParameter) for p in model.parameters()):
        with torch.no_grad():
            _loss(loss_of, model, batch, watch)  # builds lazy layers
        watch.learn_names(model)
    watch.mode = "gradient"
    before = [p._version for p in model.parameters()]
    loss = _loss(loss_of, model, batch, watch)
    if before != [p._version for p in model.parameters()]:
        raise ValueError("loss_of changes weights: leave optimizer.step() out of it")
    own = {id(p) for p in model.parameters()}
    outside = [it for it in _leaves(loss) if id(it) not in own | watch.own]
    matrices = [_plain(name) for name, p in model.named_parameters() if p.ndim > 1]
    seen = _Seen(float(loss.detach()), matrices, {}, {}, outside)
    if loss.requires_grad:
        with ExitStack() as stack:
            for leaf in outside:
                stack.callback(setattr, leaf, "grad", leaf.grad)
                leaf.grad = None
            watch.mode = "backward"
            loss.backward()
            named = [*model.named_parameters()]
            seen.gradients = {_plain(name): norm(p.grad) for name, p in named}
            if optimizer is not None:
                seen.updates = _try_step(model, optimizer)
            for p in model.parameters():
                p.grad = None
    watch.put_back()
    return seen


def _gradient(model, loss_of, batch, watch):
    """Norm of the gradient of one more batch."""
    watch.mode = ""
    loss = _loss(loss_of, model, batch, watch)
    if not loss.requires_grad:
        return 0.0
    own = [p for p in model.parameters() if p.requires_grad]
    each = torch.autograd.grad(loss, own, allow_unused=True)
    watch.put_back()
    return math.hypot(*(norm(it) for it in each if it is not None))


def _leaves(loss):
    """Every tensor that the graph of a loss ends in."""
    seen, todo = {}, [loss.grad_fn]  # a dict keeps their order
    while todo:
        node = todo.pop()
        if node is not None and node not in seen:
            seen[node] = True
            todo += [it for it, _ in node.next_functions]
    return [node.variable for node in seen if hasattr(node, "variable")]


def _try_step(model, optimizer):
    """Take one step, note how far each weight moves, and take it back."""
    state, groups = optimizer.state, optimizer.param_groups
    moved = {id(p): p for group in groups for p in group["params"]}
    old = {key: p.detach().clone() for key, p in moved.items()}
    settings = [{k: v for k, v in group.items() if k != "params"} for group in groups]
    settings = copy.deepcopy(settings)
    optimizer.state = type(state)(getattr(state, "default_factory", None))
    for p, values in state.items():
        optimizer.state[p] = {
            k: v.clone() if torch.is_tensor(v) else copy.deepcopy(v)
            for k, v in values.items()
        }
    try:
        type(optimizer).step(optimizer)
        return {
            _plain(name): norm(p.detach() - old[id(p)]) / (norm(old[id(p)]) or nan)
            for name, p in model.named_parameters()
            if p.ndim > 1 and id(p) in old
        }
    except TypeError:  # an optimizer that wants a closure
        return {}
    finally:
        optimizer.state = state
        for group, values in zip(groups, settings, strict=True):
            group.update(values)
        with torch.no_grad():
            for key, p in moved.items():
                p.copy_(old[key])


# ---- Coverage: what was seen, and what was not ----
def _coverage(model, watch, seen, optimizer):
    """In words: layers, activations, gradients, and what is missing from each."""
    named = {_plain(name): p for name, p in model.named_parameters()}
    known = {id(p) for g in getattr(optimizer, "param_groups", ()) for p in g["params"]}
    kinds = Counter(name.rpartition(".")[2] for name, _ in watch.units)
    modes = len({mode for _, mode in watch.units}) or 1
    some = ", ".join(f"{n // modes} {kind}" for kind, n in sorted(kinds.items()))
    arrived = [it for it in seen.gradients.values() if it is not None]
    trained = {name: p for name, p in named.items() if p.requires_grad}
    closed = [n or "the model" for n, m in model.named_modules() if _is_script(m)]
    heard = [_told(*it) for it in watch.times.items()]
    over_time = {"over time": _few(heard)} if heard else {}
    return {
        "layers": str(len(watch.layers)),
        "activations": some or "none",
        "gradients": f"{len(arrived)} of {len(named)} parameters get one",
        "no gradient": _few([n for n in trained if seen.gradients.get(n) is None]),
        "frozen": _few([name for name in named if name not in trained]),
        "not in the optimizer": _few(
            [n for n, p in trained.items() if optimizer and id(p) not in known]
        ),
        "not registered": _few(_unregistered(model)),
        "not in the model": _few([f"tensor {tuple(it.shape)}" for it in seen.leaves]),
        "scripted": _few(closed[:1]),
        "not counted": _few([*watch.unseen]),
    } | over_time


def _told(name, heard):
    """What the first and the last time step of a recurrent layer hear."""
    return f"{name}: |δ| {heard[0]:.2g} at step 1, {heard[-1]:.2g} at {len(heard)}"


def _is_script(module):
    return isinstance(module, torch.jit.ScriptModule)


def _unregistered(model):
    """Modules and parameters in plain lists and dictionaries: nobody trains them."""
    own = {id(it) for it in (*model.modules(), *model.parameters())}
    found, todo = [], []
    for name, module in model.named_modules():
        place = f"{name}." if name else ""
        todo += [(place + k, it, 0) for k, it in vars(module).items() if k[0] != "_"]
    while todo:
        name, it, depth = todo.pop(0)
        if isinstance(it, nn.Module | nn.Parameter):
            found += [name] if id(it) not in own else []
        elif isinstance(it, dict | list | tuple) and depth < 3 and len(it) < 1000:
            inside = it.items() if isinstance(it, dict) else enumerate(it)
            todo += [(f"{name}[{k!r}]", one, depth + 1) for k, one in inside]
    return found


def _facts(watch, model, found, seen, optimizer):
    """All that the rules ask for, beside the report."""
    kinds = nn.TransformerEncoderLayer | nn.TransformerDecoderLayer
    post = [m for m in model.modules() if isinstance(m, kinds) and not m.norm_first]
    units, layers = watch.units.items(), watch.layers.items()
    name = type(optimizer).__name__
    return watch.facts | {
        "value": seen.loss,
        "gradients": seen.gradients,
        "parameters": len(found),
        "found": found,  # norms of .grad before
        "largest": {name: it["max"] for (name, m), it in units if m == "training"},
        "post-norm": len(post),
        "closed": any(map(_is_script, model.modules())) and not watch.layers,
        "classes": watch.classes,  # of batches: the only one in it, or None
        "inputs": {name: it["count"] for name, it in layers if "count" in it},
        "zeros": {name: it.get("zeros", 0) for name, it in layers},  # share in float16
        "times": {name: heard.tolist() for name, heard in watch.times.items()},
        "decay": [
            (name, it.get("weight_decay", 0), it.get("decoupled_weight_decay", False))
            for it in getattr(optimizer, "param_groups", ())
        ],
    }


# ---- What the verdict tells to do, in the words of PyTorch ----
_SAY = {
    "relu": 'nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")',
    "tanh": "nn.init.xavier_normal_(layer.weight)",
    "sigmoid": "ReLU in place of the sigmoid, with kaiming_normal_ weights",
    "clip": "clip_grad_norm_",
    "finite": "torch.isfinite(x).all()",
    "standardize": "x = (x - x.mean(0)) / x.std(0).clamp(min=1e-6)",
    "squeeze": "output.squeeze(-1), or target.unsqueeze(-1)",
    "cut": "no detach(), .data, .item(), argmax, numpy() or no_grad() between model "
    "and loss",
    "branch": "look for detach(), .data, no_grad() or a skipped branch after them",
    "root": "(x.square().sum(-1) + 1e-12).sqrt() for a norm or root that can be 0; "
    "clamp(min=1e-6) before log or division",
    "rest": "drop_last=True in the loader",
    "shuffle": "DataLoader(data, batch_size, shuffle=True)",
    "scale": "scaler = torch.amp.GradScaler(): scaler.scale(loss).backward(), "
    "scaler.step(optimizer), scaler.update(); or bfloat16",
    "compare": "Compare .grad after one backward() with that of your loop: "
    "is it cleared?",
    "step": "Put watch_step around the step of your loop: does clipping or a "
    "scheduler stop it?",
}


# ---- Rules that PyTorch alone can feed ----
def _own(before, facts):
    """Rules of this framework alone, by the shared rule that each stands before."""
    if before == "not finite":
        yield from _nothing_left(facts)
    if before == "broadcast":
        yield from _outputs(facts)
    if before == "flat loss":
        yield from _over_time(facts)
    if before == "modes" and facts["still"]:
        yield Finding(
            "The model is in evaluation mode, as found.",
            "no module has training=True; it has dropout or batch norm",
            "model.train() after each validation, before the loop goes on",
            "practice/diagnose",
            "if you call diagnose right after an evaluation, all is well",
        )


def _nothing_left(facts):
    """The mean or the softmax of nothing, which is NaN."""
    if "ignored" in facts:
        yield Finding(
            "All targets of a batch are ignored: the mean of nothing is NaN.",
            f"every target is {facts['ignored']}, the ignore_index",
            "leave such batches out; or reduction='sum', divided by the number kept",
            "practice/diagnose",
        )
    if "hidden" in facts:
        yield Finding(
            "An attention mask hides every key: the softmax of nothing is NaN.",
            f"NaN first in {facts['hidden']}, from finite inputs",
            "leave one key open in each row, or leave out inputs that are all padding",
            "vanishing-gradients/floating-point",
            "scores so large that they overflow do the same",
        )


def _outputs(facts):
    """What stands between the output layer and the loss."""
    if made := facts.get("axis"):
        yield Finding(
            "The softmax runs over the wrong axis: not over the classes.",
            f"{made[0]} over axis {made[1]} of shape {made[2]}; the classes are axis 1",
            "dim=1",
            "practice/diagnose",
        )
    if largest := facts.get("no logarithm"):
        yield Finding(
            "nll_loss wants logarithms of probabilities and gets something else.",
            f"the largest value is {largest:.3g}, that of a logarithm at most 0",
            "F.log_softmax at the end of the model; or logits, and F.cross_entropy",
            "practice/diagnose",
        )


def _over_time(facts):
    """What a recurrent layer hears at its first and at its last step."""
    for name, heard in facts["times"].items():
        first, last = heard[0], heard[-1]
        if len(heard) < 10 or not first + last > 0:
            continue
        factor = (first / last) ** (1 / (len(heard) - 1)) if first and last else inf
        numbers = f"{_told(name, heard)}: a factor of {factor:.3g} per step"
        if first < 1e-4 * last:
            yield Finding(
                "The gradient vanishes on its way back through time.",
                numbers,
                "open the gate that keeps: layer.bias_ih_l0.data[h : 2 * h] = "
                "math.log(steps) in nn.LSTM and nn.GRU (h: hidden size)",
                "vanishing-gradients/recurrent",
                "if the answer depends on the last steps only, leave it",
            )
        if first > 1e3 * last:
            yield Finding(
                "The gradient explodes on its way back through time.",
                numbers,
                "clip_grad_norm_ before the step; tanh, not ReLU, in the recurrence; "
                "orthogonal recurrent weights",
                "vanishing-gradients/recurrent",
            )


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
        flat = [*_flat(report, facts)]
        yield from flat or _underflow(report, facts)
        yield from _data(facts)
        depth = [*_depth(report, facts)]
        yield from depth
        yield from _own("flat loss", facts)
        yield from () if flat else _flat_loss(report, facts)
        yield from _half_dead(report)
        yield from _own("modes", facts)
        yield from _modes(report)
        yield from _decay(facts)
        vanishes = any("vanishes" in it.what for it in depth)  # so steps are small
        if any(gradients):  # else no step could be large enough
            yield from _step_size(report, vanishes)


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


def _wiring(report, facts):
    """Parts that cannot learn, whatever the signal does."""
    if names := report.coverage["not registered"]:
        yield Finding(
            "Layers in a plain list or dictionary: the model does not know them.",
            names,
            "self.layers = nn.ModuleList([...])",
            "practice/diagnose",
        )
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
            "sums of a few batches on purpose, or a scaled loss",
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
            "A layer norm over one or two features leaves nothing but signs.",
            f"normalized_shape has {facts['narrow']} features",
            "normalize over all features of a layer",
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


def _flat_loss(report, facts):
    """A loss that is flat where the network stands."""
    rows = [it for it in report.layers if it["delta"] is not None]
    last = rows[-1] if rows else {"layer": None}
    inputs = facts.get("inputs", {}).get(last["layer"])
    if inputs and last["delta"] * inputs**0.5 < 1e-4:
        yield Finding(
            "The loss is flat here: hardly any signal starts at its end.",
            f"|δ| {last['delta']:.3g} in {last['layer']}, the last layer",
            "a loss that keeps its slope: for a generator softplus(-D(fake)), not "
            "log(1 - sigmoid(D(fake))); cross-entropy from logits",
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
        if row["dead"] == 1 and kind in _EXACT:
            none = not any(facts["gradients"].values())
            largest = facts["largest"][row["activation"]]
            yield Finding(
                f"{row['activation']} is flat for every unit on every input.",
                f"{row['units']} of {row['units']} units, largest pre-activation "
                f"{largest:.3g}" + ("; every gradient is exactly 0" if none else ""),
                "no ReLU on an output (softplus, or nothing); elsewhere new weights "
                "for this layer and a smaller learning rate",
                "dying-relu/how-neurons-die",
            )
            return
    for row, kind in zip(rows, kinds, strict=True):
        if kind in ("tanh", "sigmoid") and row["saturated"] > 0.7:
            yield Finding(
                f"{row['activation']} is saturated.",
                f"{row['saturated']:.0%} of its values have below 5% of the slope at 0",
                _SAY["standardize"] + "; for scaled inputs, smaller weights",
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
        if top < 2e-3 * bottom and factor < 0.85:
            yield Finding(
                "The gradient vanishes on its way to the first layer.",
                numbers,
                fix if post else fix + "; or a norm, or skips",
                "vanishing-gradients/gradient-decay",
                "Adam trains some such networks: does the loss fall?",
            )
        if top > 1e3 * bottom and factor > 1.2:
            yield Finding(
                "The gradient explodes on its way to the first layer.",
                numbers,
                f"{fix}; {_SAY['clip']} against single spikes",
                "vanishing-gradients/exploding",
            )
    rows = [it for it in report.layers if it["distance"] == it["distance"]]
    if len(rows) > 3 and rows[-1]["distance"] < 1e-2 < 0.05 < rows[0]["distance"]:
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
        if own and row["inputs"] >= 16 and 0.5 < row["dead"] < 1:
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
        gaps = [abs(row[it] - row[f"{it}, eval"]) for it in ("saturated", "dead")]
        if max(gaps) > 0.2:
            losses += f"; {row['activation']} {row['dead']:.0%} and "
            losses += f"{row['dead, eval']:.0%} dead"
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
    ratios = sorted(
        it for row in report.layers if (it := row["update"]) is not None and it == it
    )
    if ratios and ratios[-1] < 1e-4 and not vanishes:
        yield Finding(
            "The steps are small.",
            f"one step moves no layer by more than {ratios[-1]:.1g} of its size",
            "ten times the learning rate, until the loss jumps; then a third of that",
            "practice/diagnose",
            "warm-up, the end of training, or a gradient that vanishes",
        )
    if ratios and ratios[-1] > 0.3:
        yield Finding(
            "The steps are large.",
            f"one step moves a layer by {ratios[-1]:.2g} of its size",
            "a tenth of the learning rate",
            "dying-relu/how-neurons-die",
            "weights that start at or near 0 move far at first",
        )


# ---- Paste or import what is above. Below: an example. ----
def example():
    """The network that all four recipes share, made sick on purpose."""
    import numpy as np

    rng = np.random.default_rng(0)
    x, y = rng.uniform(0.5, 1.5, (512, 20)), rng.normal(size=(512, 1))
    x, y = torch.tensor(x).float(), torch.tensor(y).float()
    sizes = (20, 64), (64, 32), (32, 1)
    one, two, three = (nn.Linear(*pair, bias=False) for pair in sizes)
    model = nn.Sequential(one, nn.ReLU(), two, nn.Tanh(), three)
    for weight in model.parameters():  # as in the other recipes; not needed for yours
        weight.data = torch.tensor(rng.normal(0, 0.3, weight.shape[::-1])).float().T
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    print(f"PyTorch {torch.__version__}, NumPy {np.__version__}")
    nn.functional.mse_loss(model(x), y).backward()
    with watch_step(model) as step:
        optimizer.step()
    show(step)
    show(count_units(model, x.split(64)))
    optimizer.zero_grad()
    print()
    batches = [*zip(x.split(64), y.split(64), strict=True)]
    loss_of = lambda batch: nn.functional.mse_loss(model(batch[0]), batch[1])  # noqa: E731
    diagnose(model, loss_of, batches, optimizer)


if __name__ == "__main__":
    example()
