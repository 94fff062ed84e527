"""Why does a PyTorch network not learn? One call looks at it and says what it saw."""

import copy
import inspect
import math
import random
import sys
import warnings
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
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
_LAYERS |= {"multi_head_attention_forward"}
_PRODUCTS = {"matmul", "mm", "bmm", "addmm", "baddbmm", "mv", "einsum", "tensordot"}
_PRODUCTS |= {"bilinear"}  # layers if of a parameter and of data
_SAME = {"__matmul__": "matmul", "__rmatmul__": "matmul", "_threshold": "threshold"}
_SAME |= {"log_sigmoid": "logsigmoid", "_sparse_mm": "mm", "spmm": "mm"}
_EXACT = {"relu", "relu6", "threshold", "hardtanh", "hardsigmoid"}  # slope 0
_PAIRS = {"sub", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"}
_LOSSES = {"cross_entropy", "nll_loss", "binary_cross_entropy_with_logits"} | _PAIRS
_LOSSES |= {"binary_cross_entropy"}
_SOFTMAX = {"softmax", "log_softmax"}
_REACH = {"sigmoid": (0, 1), "softmax": (0, 1), "tanh": (-1, 1), "relu": (0, inf)}
_REACH |= {"special_expit": (0, 1), "softplus": (0, inf), "relu6": (0, 6)}
_LOGITS = {"cross_entropy", "binary_cross_entropy_with_logits"}
_BOUNDED = {"relu", "relu6", "tanh"}
_SQUASH = {"softmax", "sigmoid", "special_expit"}
_KEEP = {"view", "reshape", "flatten", "squeeze", "unsqueeze", "transpose", "permute"}
_KEEP |= {"to", "float", "double", "half", "bfloat16", "clamp", "clip", "contiguous"}
_KEEP |= {"__getitem__", "type"}  # probabilities remain what they are
_PIECES = {"chunk", "split", "tensor_split", "split_with_sizes"}
_AGAIN = " (again)"
_DROPOUT = {"dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout"}
_DROPOUT |= {"feature_alpha_dropout"}
_MODAL = nn.modules.batchnorm._BatchNorm | nn.modules.dropout._DropoutNd


def norm(values):
    """Root of the sum of squares, in float64; None stays None."""
    return None if values is None else float(_double(values).norm())


def _double(values):
    """In float64 on the processor, as some devices have none; complex ones by size."""
    values = values.detach()
    if values.layout != torch.strided:
        values = (values.coalesce() if values.is_sparse else values).values()
    return (values.abs() if values.is_complex() else values).cpu().double()


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


def diagnose(
    model, loss_of, batches, optimizer=None, *, split=False, quiet=False, limit=100
):
    """Look at a network as it is now; print and return a report. Nothing is changed.

    `loss_of(batch)` returns the loss of a batch as your loop computes it, without
    `backward` (several losses as a list or dict are added up). Gradients are those of
    the first batch; units are counted over the first `limit` batches (None: all), in
    training mode and in evaluation mode. With the optimizer one step is tried and taken
    back; a model or an optimizer in several parts is a list. `split=True` keeps the
    uses of a layer (time steps) apart. Raises ValueError if there is no batch, if the
    loss is not one number, or if `loss_of` calls `backward` or changes weights.
    """
    if not torch.is_grad_enabled():
        raise ValueError("gradients are off here: call diagnose outside of no_grad()")
    model, optimizers = _whole(model), _listed(optimizer)
    watch = _Watch(model, split=split)
    found = [norm(p.grad) for p in model.parameters()]
    watch.trains = any(m.training for m in model.modules())
    still = not watch.trains and any(isinstance(m, _MODAL) for m in model.modules())
    with _as_found(model, watch):
        some = _first(batches, limit, watch)
        seen, losses = _measure(model, loss_of, some, watch, optimizers, any(found))
        report = Report(
            coverage=_coverage(model, watch, seen, optimizers),
            layers=watch.rows(seen),
            units=watch.both_modes(),
            losses={mode: sum(them) / len(them) for mode, them in losses.items()},
            findings=[],
        )
        facts = _facts(watch, model, found, seen, optimizers)
        facts |= {"still": still, "others": seen.others}
        report.findings += _findings(report, facts)
    if not quiet:
        print(report)
    return report


def _whole(model):
    """One module, also of several in a list or dictionary."""
    if isinstance(model, dict | list | tuple):
        kind = nn.ModuleDict if isinstance(model, dict) else nn.ModuleList
        model = kind(model)
        model.training = any(it.training for it in model.children())
    if not isinstance(model, nn.Module):
        raise TypeError(f"model is a {type(model).__name__}, not an nn.Module")
    if any(p.is_meta for p in model.parameters()):
        raise ValueError("the model is on the meta device: its weights have no values")
    return model


def _first(batches, limit, watch):
    """The first batches, with a word if there are more."""
    for number, batch in enumerate(batches):
        if number == limit:
            watch.more = f"the first {limit}; limit=None looks at all"
            return
        yield batch


@contextmanager
def _hint(batch):
    """Say what may be wrong if the first batch fails."""
    try:
        yield
    except Exception as error:
        if isinstance(batch, torch.Tensor) and hasattr(error, "add_note"):
            error.add_note("batches is a list of batches: pass [(x, y)] for one alone")
        raise


def _measure(model, loss_of, batches, watch, optimizers, found):
    """What the first batch shows, and the losses of all of them in both modes."""
    losses, seen = {"training": [], "evaluation": []}, None
    for batch in batches:
        if seen is None:
            with _hint(batch):
                seen = _one_batch(model, loss_of, batch, watch, optimizers)
            first = batch
        elif len(seen.others) < 4 and (found or _unheard(model, seen)):
            seen.others.append(_gradient(model, loss_of, batch, watch, seen))
        drawn = _random()
        for mode, values in losses.items():
            watch.mode = mode
            for put, state in drawn:  # a loss that samples is no other network
                put(state)
            if mode == "evaluation" or not watch.trains:
                model.train(mode == "training")
            values += _in_mode(loss_of, model, batch, watch)
            watch.put_back()
    if seen is None:
        raise ValueError("batches is empty: an iterator that was used up before?")
    if _unheard(model, seen):
        _without_chance(model, loss_of, first, watch, seen)
    late = watch.ran["training"] - watch.ran["gradient"] - watch.ran[""]
    seen.late |= {n for n in _unheard(model, seen) if id(_owner(model, n)) in late}
    if not losses["evaluation"]:
        losses["evaluation"] = losses["training"]
        watch.units |= {(n, "evaluation"): it for (n, _), it in watch.units.items()}
    return seen, losses


def _listed(optimizer):
    """No, one or several optimizers, as a list."""
    if isinstance(optimizer, list | tuple):
        return [*optimizer]
    return [] if optimizer is None else [optimizer]


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
        self.trains = True  # in training mode as found
        self.modules = {id(m): _plain(n) for n, m in model.named_modules()}
        self.modules[id(model)] = type(model).__name__
        self.names, self.fixed = {}, set()  # of weights; buffers
        self.called, self.inside = {}, []  # modules as found; names of those running
        self.parts, self.graph = None, None  # losses of all returned; need gradients
        self.lost, self.more = set(), ""  # modes without a loss; batches left out
        self.ran = {"gradient": set(), "": set(), "training": set()}  # modules by mode
        self.layers, self.units, self.uses = {}, {}, Counter()
        self.facts, self.unseen, self.classes = {}, Counter(), []
        self.differ = set()  # whether the examples of each input do
        self.sides, self.targets = {}, set()  # (time, batch) of layers; numbers of them
        self.times, self.own = {}, set()  # recurrent layers; inputs made to listen
        self.learn_names(model)

    def learn_names(self, model):
        """Weights by identity; again when lazy layers have been built."""
        for name, p in model.named_parameters(remove_duplicate=False):
            self.names.setdefault(id(p), _plain(name))
        self.fixed |= {id(it) for it in model.buffers()}

    def __torch_function__(self, function, types, args=(), kwargs=None):
        """Look before and after a function of PyTorch."""
        kwargs, name = kwargs or {}, getattr(function, "__name__", "")
        kind = _SAME.get(name, name)
        kind = kind if kind.startswith("_") else kind.rstrip("_")  # relu_ is relu
        given = [*_tensors((*args, *kwargs.values()))]
        if _transformed():
            self.unseen["calls inside of torch.func"] += 1
            return function(*args, **kwargs)
        if activation := _activation(kind, args, kwargs):
            self.activation(*activation)
        self.note(kind, args, kwargs, given)
        if kind in _RECURRENT and self.mode == "gradient":
            args = self.listen(kind, args)
        out = function(*args, **kwargs)
        if kind in _LAYERS or kind in _PRODUCTS:
            self.layer(kind, args, given, out)
        self.mark(kind, args, kwargs, given, out)
        self.hand_on(kind, args, kwargs, given, out)
        return out

    def hand_on(self, kind, args, kwargs, given, out):
        """What a tensor was made of: a layer's output, or weights alone."""
        if kind not in _LAYERS and self.of_weights(kind, given, out):
            out._weight = next((self.name_of(it) for it in given if it.ndim > 1), "")
        made = [it for it in given if hasattr(it, "_from")]
        if not made:
            return
        latest = max(made, key=lambda it: it._from[0])
        number, layer, axis = latest._from
        if isinstance(out, torch.Tensor) and not hasattr(out, "_from"):
            out._from = number, layer, _moved(kind, args, axis, latest, out)
        elif kind in _PIECES and isinstance(out, tuple | list) and axis is not None:
            along = kwargs.get("dim", (*args, 0, 0, 0)[2])
            own = len(out) > 1 and along % latest.ndim == axis % latest.ndim
            for k, piece in enumerate(out):  # of its units, or of all inputs
                piece._from = number, f"{layer}[{k}]" if own else layer, axis

    def of_weights(self, kind, given, out):
        """Whether a new tensor is made of weights, and of buffers such as a mask."""
        if not isinstance(out, torch.Tensor) or any(out is it for it in given):
            return False
        buffers = self.fixed if kind not in _PRODUCTS or kind == "mv" else ()
        both = all(_is_weight(it) or id(it) in buffers for it in given)
        return both and any(map(_is_weight, given))

    def name_of(self, weight):
        """The layer of a weight, or of the one that it was made of."""
        return _layer_of(self.names.get(id(weight)) or getattr(weight, "_weight", ""))

    # -- Layers
    def layer(self, kind, args, given, out):
        """Name a layer's output, and listen for the gradient that comes back to it."""
        z = out[0] if isinstance(out, tuple) else out
        rest = given[1:] if kind in _LAYERS - _RECURRENT else given  # without the input
        weights = [it for it in rest if it.ndim > 1 and _is_weight(it)]
        data = [it for it in given if it.ndim and not _is_weight(it)]
        if kind == "mv":  # spectral norm multiplies a weight by its buffers
            data = [it for it in data if id(it) not in self.fixed]
        if not (kind in _LAYERS or (weights and data)) or not (
            z.is_floating_point() or z.is_complex()
        ):
            return
        own = [name for it in weights if (name := self.name_of(it))]
        if kind in _RECURRENT or kind == "multi_head_attention_forward":
            own = self.inside[-1:] or own
        module = self.inside[-1] if self.inside and not weights else ""
        name = (own[0] if own else module) or _outside(kind, weights)
        axis = -1 - int(kind[-2]) if "conv" in kind else -1
        width = z.shape[axis] if z.ndim else 1
        if self.layers.get(name, {"width": width})["width"] != width:
            name += _AGAIN  # a weight that two layers share
        row = {"squares": 0.0, "heard": 0, "each": [], "width": width}
        row = self.layers.setdefault(name, row)
        z._from = len(self.layers), name, axis
        if self.mode == "gradient" and "size" not in row:
            row |= {"size": _size(z), "count": len(z) if z.ndim else 1}
            row |= _neighbours(z.detach())
            if data and not hasattr(data[0], "_from"):
                self.entry(data[0])
            if sides := _sides(kind, args):
                self.sides[name] = sides
        if self.mode in ("gradient", "backward") and z.requires_grad:
            use = len(row["each"])
            row["each"].append(0.0)
            ends = kind in _RECURRENT and not kind.endswith("cell")
            for it in [z, out[1]] if ends else [z]:  # of this value; of the last state
                it.register_hook(lambda delta: self.hear(row, use, delta))
        if kind in _RECURRENT and self.mode in ("training", "evaluation"):
            self.gates(kind, args, name)

    def entry(self, raw):
        """What enters the network: its size, and whether examples differ."""
        if raw.is_floating_point():
            self.facts["input"] = max(_size(raw), self.facts.get("input", 0))
        few = raw.layout != torch.strided or len(raw) < 2
        differ = few or not bool((raw[:64] == raw[:1]).all())
        self.differ = {*self.differ, differ}

    def hear(self, row, use, delta):
        """Add up the gradient at a layer's output, over all its uses."""
        if self.mode != "backward":  # a gradient that the loss itself asks for
            return
        row["squares"] += norm(delta) ** 2
        row["each"][use] = math.hypot(row["each"][use], norm(delta))
        row["heard"] += 1
        if delta.dtype == torch.float16:
            row["zeros"] = _double(delta == 0).mean().item()

    def rows(self, seen):
        """One row a layer, first to last: δ at its output, its weights, its inputs."""
        table, above = [], None
        for name, it in reversed(self.layers.items()):
            if "size" not in it:
                continue
            delta = math.sqrt(it["squares"]) if it["heard"] else None
            factor = delta / above if above and delta is not None else None
            base = name.removesuffix(_AGAIN)
            own = [k for k in seen.matrices if base in (k, _parent(k), _layer_of(k))]
            moves = [seen.updates[k] for k in own if k in seen.updates]
            known = [v for k in own if (v := seen.gradients.get(k)) is not None]
            table.append({"layer": name, "delta": delta, "factor": factor})
            table[-1]["gradient"] = math.hypot(*known) if known else None
            table[-1]["update"] = max(moves) if moves else None
            table[-1] |= {k: it[k] for k in ("size", "distance", "angle")}
            above = delta
        return table[::-1]

    def through_time(self):
        """What each step hears of recurrent layers, and of layers used again and again.

        Steps at the end that hear nothing are padding.
        """
        again = {n: it["each"] for n, it in self.layers.items() if len(it["each"]) > 9}
        heard = again | {name: it.tolist() for name, it in self.times.items()}
        last = {
            n: max((i for i, it in enumerate(h) if it), default=-1)
            for n, h in heard.items()
        }
        return {n: h[: last[n] + 1] for n, h in heard.items() if last[n] >= 0}

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
        none = {"saturated": nan, "dead": nan}  # not used in evaluation mode
        each = evaluation | {it: none for it in training if it not in evaluation}
        return [
            {"activation": name, **training.get(name, row)}
            | {"inputs": self.units[name, mode]["n"]}
            | {"saturated, eval": row["saturated"], "dead, eval": row["dead"]}
            for name, row in each.items()
            for mode in ("training" if row is none else "evaluation",)
        ]

    # -- Facts
    def note(self, kind, args, kwargs, given):
        """Remember what is odd about a loss, a difference or a normalization."""
        if kind in _PAIRS and len(given) > 1 and not self.akin(*given[:2]):
            a, b = (tuple(it.shape) for it in given[:2])
            if len(a) != len(b) and math.prod(a) == math.prod(b) > 1:
                self.facts["broadcast"] = a, b
        if kind in _LOSSES and len(given) > 1 and kind != "sub":
            output, target = (it.detach() for it in given[:2])
            if target.ndim == 1 and self.mode == "gradient":
                self.targets.add(len(target))
            made = getattr(given[0], "_made", (None, None))
            known = {name: it for name, it in self.facts.items() if it}
            self.facts = _of_loss(kind, output, target, made) | known
            if kind in _LOGITS:
                layer = getattr(given[0], "_from", (0, ""))[1]
                self.facts["logits"] = {*self.facts.get("logits", ()), layer}
            if kind in ("cross_entropy", "nll_loss") and not target.is_floating_point():
                self.labels(target, kwargs.get("ignore_index", (*args, *[-100] * 5)[4]))
        if kind in ("layer_norm", "rms_norm", "group_norm"):
            size = _normalized(kind, args, kwargs)
            self.facts["narrow"] = min(size, self.facts.get("narrow", inf))
        first = self.mode == "gradient"  # the last batch of a loader may be smaller
        if kind == "batch_norm" and kwargs.get("training", (*args, *[False] * 6)[5]):
            size = args[0].numel() // args[0].shape[1] if first else inf
            self.facts["few"] = min(size, self.facts.get("few", inf))
        if self.mode == "evaluation" and _drops(kind, args, kwargs):
            self.facts["always"] = self.inside[-1] if self.inside else _where()

    def akin(self, one, other):
        """Whether a difference is no error: of outputs, with itself, with a weight."""
        if any(_is_weight(it) or id(it) in self.fixed for it in (one, other)):
            return True
        if one.requires_grad and other.requires_grad:
            return True
        return _storage(one) == _storage(other) is not None

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
        elif out is given[0] and hasattr(out, "_made"):
            del out._made  # changed in place
        if kind in ("gt", "ge") and len(given) == 1 < len(args):
            out._above = given[0], args[1]  # a mask, by which a ReLU is written by hand
        elif kind in _KEEP and hasattr(given[0], "_above"):
            out._above = given[0]._above
        if kind in ("softmax", "multi_head_attention_forward") and (
            out.isnan().any() and not any(_spoiled(it) for it in given)
        ):
            self.facts["hidden"] = self.inside[-1] if self.inside else _where()

    def listen(self, kind, args):
        """Arguments of a recurrent layer whose input tells what each step hears."""
        x, name = args[0], self.inside[-1] if self.inside else kind
        if (
            _packed(args)
            or kind.endswith("cell")
            or x.ndim < 3
            or not torch.is_grad_enabled()
        ):
            return args
        branch = x.view_as(x) if x.requires_grad else x.detach().requires_grad_()
        self.own |= {id(branch)} if branch.is_leaf else set()

        def hear(gradient):
            self.times.setdefault(name, _over(gradient, 1 if args[8] else 0))

        branch.register_hook(hear)
        return branch, *args[1:]

    def put_back(self):
        """Modes, buffers (running averages), attributes of modules called, as found."""
        self.inside.clear()
        with torch.no_grad():
            for module, training, buffers, attributes in self.called.values():
                module.training = training
                for buffer, old in buffers:
                    buffer.copy_(old)
                _put_attributes(module, attributes)


def _activation(kind, args, kwargs):
    """(kind, pre-activation, limits) if a call is that of an activation, else None."""
    if kind in ("where", "mul"):
        z = _kept_above_zero(kind, args)
        return None if z is None else ("relu", z, LIMITS["relu"])
    z = args[0] if args else kwargs.get("input")
    if not isinstance(z, torch.Tensor) or not z.is_floating_point():
        return None
    if kind == "glu":
        return "sigmoid", _gate(z, kwargs.get("dim", (*args, -1)[1])), LIMITS["sigmoid"]
    more = [*args[1:], *(v for k, v in kwargs.items() if k not in ("input", "inplace"))]
    numbers = [it for it in more if isinstance(it, int | float) and it is not True]
    if kind in ("clamp", "clamp_min", "clip"):
        low, high = kwargs.get("min", more[0] if more else None), kwargs.get("max", inf)
        high = more[1] if len(args) > 2 else high
        zero = isinstance(low, int | float) and low == 0
        return ("relu", z, (0, inf if high is None else high)) if zero else None
    if kind in ("maximum", "max"):
        other = more[0] if more else None
        zero = isinstance(other, torch.Tensor) and not other.any()
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


def _transformed():
    """Whether this is inside of torch.func, whose tensors hold no numbers to read."""
    inner = getattr(torch._C, "_functorch", None)  # there is no public way to ask
    peek = getattr(inner, "peek_interpreter_stack", None)
    return peek is not None and peek() is not None


def _gate(z, axis):
    """The second half of what a gated linear unit gets."""
    gate = z.chunk(2, axis)[1]
    if hasattr(z, "_from"):
        number, layer, own = z._from
        gate._from = number, f"{layer}[1]", own
    return gate


def _kept_above_zero(kind, args):
    """z of a ReLU by hand: where(z > 0, z, 0) or z * (z > 0), else None."""
    if len(args) < (3 if kind == "where" else 2):
        return None
    mask, z, rest = args[:3] if kind == "where" else (args[1], args[0], 0)
    if kind == "mul" and hasattr(z, "_above"):
        mask, z = z, mask
    above, least = getattr(mask, "_above", (None, None))
    if above is None or above is not z or least != 0:
        return None
    return None if (rest.any() if isinstance(rest, torch.Tensor) else rest) else z


def _plain(name):
    """The name of a weight's layer, without what wrappers add."""
    parts = [it for it in name.split(".") if it not in ("_orig_mod", "module")]
    return ".".join(parts or [name]).removesuffix(".weight")


def _parent(name):
    """The module that a parameter belongs to."""
    return _plain(name.rpartition(".")[0])


def _layer_of(name):
    """The layer of a weight, without what parametrizations and weight norm add."""
    name = name.partition(".parametrizations.")[0]
    return name.removesuffix(".weight_v").removesuffix(".weight_orig")


def _is_weight(it):
    """Whether a tensor is a parameter, or made of parameters alone."""
    return isinstance(it, nn.Parameter) or hasattr(it, "_weight")


def _storage(it):
    """Where the numbers of a tensor are, if anywhere."""
    return it.untyped_storage().data_ptr() if it.layout == torch.strided else None


def _normalized(kind, args, kwargs):
    """How many values a norm makes alike together."""
    if kind == "group_norm":
        groups = kwargs.get("num_groups", (*args, 1)[1])
        return args[0][:1].numel() // groups
    shape = kwargs.get("normalized_shape", (*args, (9,))[1])
    return math.prod(shape)


def _sides(kind, args):
    """How long time and batch are for a recurrent layer or an attention, else None."""
    many = kind == "multi_head_attention_forward"
    cell = kind.endswith("cell") or (len(args) > 1 and not many and _packed(args))
    if not (many or kind in _RECURRENT) or cell or args[0].ndim != 3:
        return None
    first, second = args[0].shape[:2]
    return (second, first) if not many and args[8] else (first, second)


def _packed(args):
    """Whether a recurrent layer gets a packed sequence."""
    return isinstance(args[1], torch.Tensor) and not args[1].is_floating_point()


def _drops(kind, args, kwargs):
    """Whether a call is that of a dropout that is on."""
    if kind == "scaled_dot_product_attention":
        return kwargs.get("dropout_p", (*args, 0.0, 0.0, 0.0)[4]) > 0
    if kind not in _DROPOUT:
        return False
    p, on = kwargs.get("p", (*args, 0.5)[1]), args[2] if len(args) > 2 else True
    return p > 0 and bool(kwargs.get("training", on))


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
    if axis is None:
        return None
    place = old.ndim + axis  # from the left: kept by flatten(2), lost by flatten(1)
    if kind in ("reshape", "view", "flatten", "unflatten") and axis != -1:
        kept = new.ndim > place and new.shape[: place + 1] == old.shape[: place + 1]
        return place - new.ndim if kept else None
    if old.ndim != new.ndim:
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
    return axis if kind not in ("reshape", "view") or old.shape == new.shape else None


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
    return norm(values) / math.sqrt(values.numel() or 1)


def _neighbours(z):
    """Distance of neighbours in a batch by their size, and their angle in degrees."""
    if z.ndim < 2 or len(z) < 2:
        return {"distance": nan, "angle": nan}
    z = torch.view_as_real(z) if z.is_complex() else z
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
    if kind in _LOGITS and maker in _BOUNDED:
        facts["bounded"] = maker, kind
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
        sums = bool(((_double(output).sum(1) - 1).abs() < 1e-2).all())
        facts["probabilities"] = inside and (maker in _SQUASH or sums) and kind
    elif kind in _PAIRS and target.is_floating_point():
        size, alike = _size(target), output.shape == target.shape
        if not alike or _size(output - target) > size / 2:  # else it is there already
            facts["target"] = size
        facts |= _out_of_reach(maker, target)
    return facts


def _out_of_reach(maker, target):
    """The share of the targets that the function at the output cannot give."""
    low, high = _REACH.get(maker, (-inf, inf))
    beyond = _double((target < low - 1e-3) | (target > high + 1e-3)).mean().item()
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
    if _packed(args):
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
    keep = [*_random(), (random.setstate, random.getstate())]
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
        watch.ran.get(watch.mode, set()).add(id(module))
        if id(module) not in watch.called:
            own = [*module.buffers(recurse=False)] if not _is_lazy(module) else []
            watch.fixed |= {id(it) for it in own}
            buffers = [(it, it.clone()) for it in own]
            found = module, module.training, buffers, _attributes(module)
            watch.called[id(module)] = found

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
            if hooks := p._post_accumulate_grad_hooks:  # an optimizer may step in them
                stack.callback(hooks.update, dict(hooks))
                hooks.clear()
        for put, state in keep:
            stack.callback(put, state)
        stack.callback(watch.put_back)
        attention.set_fastpath_enabled(False)  # or a whole layer is one function
        yield


def _random():
    """(function that puts back, state) of the random numbers of every device."""
    keep = [(torch.set_rng_state, torch.get_rng_state())]
    for place in (torch.cuda, getattr(torch, "xpu", None)):
        if place is not None and place.is_available():
            keep.append((place.set_rng_state_all, place.get_rng_state_all()))
    if torch.backends.mps.is_available():
        keep.append((torch.mps.set_rng_state, torch.mps.get_rng_state()))
    return keep


def _is_lazy(module):
    """Whether a module is not built yet."""
    return isinstance(module, nn.modules.lazy.LazyModuleMixin)


def _attributes(module):
    """What a module keeps beside parameters: hidden states, counters, caches."""
    if _is_lazy(module):
        return None
    own, kept = vars(module), []
    for name in own.keys() - vars(nn.Module()).keys():
        it = own[name]
        copied = it.copy() if type(it) in (list, dict, set) else None
        if isinstance(it, torch.Tensor) and not isinstance(it, nn.Parameter):
            small = it.numel() < 1e7 and not it.is_inference()
            copied = (it._version, it.detach().clone()) if small else None
        kept.append((name, it, copied))
    return kept


def _put_attributes(module, kept):
    """The same attributes with the same contents; new ones are removed."""
    if kept is None:
        return
    own = vars(module)
    for name in own.keys() - vars(nn.Module()).keys() - {name for name, *_ in kept}:
        del own[name]
    for name, it, copied in kept:
        own[name] = it
        if isinstance(copied, list):
            it[:] = copied
        elif isinstance(copied, dict | set):
            it.clear()
            it.update(copied)
        elif copied is not None and it._version != copied[0]:
            it.detach().copy_(copied[1])


# ---- One batch: gradients, and one step that is taken back ----
@dataclass
class _Seen:
    """What one batch shows: loss, gradient and update of each parameter, leaves."""

    loss: float
    matrices: list  # names of the parameters with two or more axes
    gradients: dict
    updates: dict
    leaves: list  # tensors with a gradient that are no parameters of the model
    late: set  # names of parameters that only some other batch gives a gradient
    others: list  # norms of the gradients of some more batches
    rounded: list  # names of 16-bit weights that a step hardly changes
    refused: list  # optimizers that could not be tried, and why


def _loss(loss_of, model, batch, watch):
    """The loss of one batch as one number, watched."""
    given = _arguments(loss_of, model, batch)
    watch.uses.clear()
    with watch, torch.compiler.set_stance("force_eager"):
        loss = loss_of(*given)
    return _one_number(getattr(loss, "loss", loss), watch)


_OUTPUTS = {"input", "inputs", "output", "outputs", "pred", "preds", "prediction"}
_OUTPUTS |= {"y_pred", "y_hat", "logits", "out"}  # what losses of outputs call them
_TARGETS = {"target", "targets", "label", "labels", "y_true", "gt", "truth"}


def _arguments(loss_of, model, batch):
    """What a loss wants: nothing, the batch, model and batch, or the batch's parts."""
    function = loss_of.forward if isinstance(loss_of, nn.Module) else loss_of
    takes = inspect.signature(function).parameters
    wanted = [
        name
        for name, it in takes.items()
        if it.kind < it.VAR_POSITIONAL and it.default is it.empty
    ]
    if len(wanted) < 2:
        any_number = any(it.kind == it.VAR_POSITIONAL for it in takes.values())
        return (batch,)[: len(wanted) or any_number]  # a decorator takes what comes
    if isinstance(loss_of, nn.Module) or (
        wanted[0] in _OUTPUTS and wanted[1] in _TARGETS and wanted[0][:5] != "inputs"
    ):
        raise TypeError(
            f"loss_of({', '.join(wanted)}) does not call the model: pass "
            "lambda batch: loss_function(model(batch[0]), batch[1])"
        )
    whole = wanted[0] in ("model", "net", "network", "m", "f") or "batch" in wanted[1]
    if isinstance(batch, list | tuple) and len(batch) == len(wanted) and not whole:
        return tuple(batch)
    return model, batch


def _one_number(loss, watch):
    """Several losses added up; what comes beside a loss (logits, metrics) left out."""
    rest = isinstance(loss, tuple)
    if isinstance(loss, dict):
        loss = loss["loss"] if "loss" in loss else [*loss.values()]
    parts = [*_tensors([loss])]
    if not parts:
        raise TypeError(f"loss_of returned {type(loss).__name__}, not a tensor")
    if watch.mode == "gradient":  # all that can be lowered
        kept = [i for i, it in enumerate(parts) if it.requires_grad]
        if rest and (single := [i for i in kept if parts[i].numel() == 1]):
            kept = single
        watch.parts = kept or None
    parts = [parts[i] for i in watch.parts or range(len(parts)) if i < len(parts)]
    if wrong := [tuple(it.shape) for it in parts if it.numel() != 1]:
        raise ValueError(f"loss_of returned shape {wrong[0]}: return its mean or sum")
    return sum(it.reshape(()) for it in parts)


def _count(loss_of, model, batch, watch):
    """Run one batch only to count; the loss."""
    if watch.graph is None:
        kept = copy.deepcopy((watch.units, watch.unseen, watch.classes))
        try:
            with torch.no_grad():
                loss = float(_loss(loss_of, model, batch, watch))
            watch.graph = False
            return loss
        except RuntimeError as error:  # a loss that needs gradients itself
            if "grad" not in str(error):
                raise
        watch.graph = True
        watch.units, watch.unseen, watch.classes = kept  # nothing is counted twice
        watch.put_back()
    with torch.set_grad_enabled(watch.graph):
        return float(_loss(loss_of, model, batch, watch).detach())


_NO_LOSS = AttributeError, IndexError, KeyError, NameError, TypeError, ValueError


def _in_mode(loss_of, model, batch, watch):
    """The loss, in a list; with a word, none where a model trains only."""
    if watch.mode in watch.lost:
        return []
    try:
        return [_count(loss_of, model, batch, watch)]
    except _NO_LOSS as error:
        if watch.mode != "evaluation":
            raise
        watch.lost.add("evaluation")
        watch.unseen[f"evaluation mode ({type(error).__name__}: {error})"] += 1
        watch.units = {k: it for k, it in watch.units.items() if k[1] != "evaluation"}
        return []


def _build(model, loss_of, batch, watch):
    """Build lazy layers, in evaluation mode: no running average moves."""
    with ExitStack() as stack, torch.no_grad():
        for module in model.modules():
            stack.callback(setattr, module, "training", module.training)
        model.eval()
        _loss(loss_of, model, batch, watch)
        watch.put_back()
    watch.called.clear()
    watch.learn_names(model)


def _one_batch(model, loss_of, batch, watch, optimizers):
    """Run one batch forward and backward, and try a step."""
    if any(isinstance(p, nn.UninitializedParameter) for p in model.parameters()):
        _build(model, loss_of, batch, watch)
    watch.mode = "gradient"
    before = [p._version for p in model.parameters()]
    loss = _loss(loss_of, model, batch, watch)
    if before != [p._version for p in model.parameters()]:
        raise ValueError("loss_of changes weights: leave optimizer.step() out of it")
    if any(p.grad is not None for p in model.parameters()):
        raise ValueError("loss_of calls backward(): leave it out, return the loss")
    own = {id(p) for p in model.parameters()}
    outside = [it for it in _leaves(loss) if id(it) not in own | watch.own]
    matrices = [_plain(name) for name, p in model.named_parameters() if p.ndim > 1]
    seen = _Seen(float(loss.detach()), matrices, {}, {}, outside, set(), [], [], [])
    if loss.requires_grad:
        with ExitStack() as stack:
            for leaf in outside:
                stack.callback(setattr, leaf, "grad", leaf.grad)
                leaf.grad = None
            watch.mode = "backward"
            loss.backward()
            named = [*model.named_parameters()]
            seen.gradients = {_plain(name): norm(p.grad) for name, p in named}
            for optimizer in optimizers:
                seen.updates |= _try_step(model, optimizer, seen)
            for p in model.parameters():
                p.grad = None
    watch.put_back()
    return seen


def _gradient(model, loss_of, batch, watch, seen):
    """Norm of the gradient of one more batch; which parameters it reaches."""
    watch.mode = ""
    loss = _loss(loss_of, model, batch, watch)
    if not loss.requires_grad:
        return 0.0
    own = {_plain(n): p for n, p in model.named_parameters() if p.requires_grad}
    each = torch.autograd.grad(loss, [*own.values()], allow_unused=True)
    norms = {n: norm(it) for n, it in zip(own, each, strict=True) if it is not None}
    seen.late |= {name for name in norms if seen.gradients.get(name) is None}
    watch.put_back()
    return math.hypot(*norms.values())


def _unheard(model, seen):
    """Names of the parameters that no batch so far gives a gradient."""
    if all(it is None for it in seen.gradients.values()):
        return []  # no loss can reach any
    open_ = {_plain(n) for n, p in model.named_parameters() if p.requires_grad}
    return [
        n for n, it in seen.gradients.items() if it is None and n in open_ - seen.late
    ]


def _owner(model, name):
    """The module that a parameter belongs to, by the parameter's plain name."""
    for place, module in model.named_modules():
        for own, _ in module.named_parameters(recurse=False):
            if _plain(f"{place}.{own}" if place else own) == name:
                return module
    return None


def _without_chance(model, loss_of, batch, watch, seen):
    """The gradient in evaluation mode, where stochastic depth uses every layer."""
    model.eval()
    with suppress(RuntimeError, *_NO_LOSS):
        _gradient(model, loss_of, batch, watch, seen)
    watch.put_back()


def _leaves(loss):
    """Every tensor that the graph of a loss ends in."""
    seen, todo = {}, [loss.grad_fn]  # a dict keeps their order
    while todo:
        node = todo.pop()
        if node is not None and node not in seen:
            seen[node] = True
            todo += [it for it, _ in node.next_functions]
    return [node.variable for node in seen if hasattr(node, "variable")]


def _rounds_away(p, old):
    """Whether a step leaves almost all 16-bit weights that have a gradient."""
    if p.grad is None or p.ndim < 2 or p.element_size() > 2 or p.grad.is_sparse:
        return False
    heard = p.grad != 0
    return bool(heard.any() and _double((p == old)[heard]).mean() > 0.9)


def _try_step(model, optimizer, seen):
    """Take one step, note how far each weight moves, and take it back."""
    state, groups = optimizer.state, optimizer.param_groups
    moved = {id(p): p for group in groups for p in group["params"]}
    old = {key: p.detach().clone() for key, p in moved.items()}
    settings = [{k: v for k, v in group.items() if k != "params"} for group in groups]
    settings = copy.deepcopy(settings)
    numbers = int | float | bool | None
    counts = {k: v for k, v in vars(optimizer).items() if isinstance(v, numbers)}
    optimizer.state = type(state)(getattr(state, "default_factory", None))
    for p, values in state.items():
        optimizer.state[p] = {
            k: v.clone() if torch.is_tensor(v) else copy.deepcopy(v)
            for k, v in values.items()
        }
    try:
        type(optimizer).step(optimizer)
        named = [(_plain(n), p) for n, p in model.named_parameters() if id(p) in old]
        seen.rounded += [n for n, p in named if _rounds_away(p, old[id(p)])]
        return {
            _plain(name): norm(p.detach() - old[id(p)]) / (norm(old[id(p)]) or nan)
            for name, p in model.named_parameters()
            if p.ndim > 1 and id(p) in old
        }
    except Exception as error:  # an optimizer that wants a closure, for example
        words = f"{type(error).__name__}: {error}"
        seen.refused.append(f"update by {type(optimizer).__name__} ({words})")
        return {}
    finally:
        vars(optimizer).update(counts)
        optimizer.state = state
        for group, values in zip(groups, settings, strict=True):
            group.update(values)
        with torch.no_grad():
            for key, p in moved.items():
                p.copy_(old[key])


# ---- Coverage: what was seen, and what was not ----
def _coverage(model, watch, seen, optimizers):
    """In words: layers, activations, gradients, and what is missing from each."""
    named = {_plain(name): p for name, p in model.named_parameters()}
    groups = [group for it in optimizers for group in it.param_groups]
    known = {id(p) for group in groups for p in group["params"]}
    kinds = Counter(name.rpartition(".")[2] for name, _ in watch.units)
    modes = len({mode for _, mode in watch.units}) or 1
    some = ", ".join(f"{n // modes} {kind}" for kind, n in sorted(kinds.items()))
    arrived = [it for it in seen.gradients.values() if it is not None]
    trained = {name: p for name, p in named.items() if p.requires_grad}
    closed = [n or "the model" for n, m in model.named_modules() if _is_script(m)]
    heard = [_told(*it) for it in watch.through_time().items()]
    inside = {id(it) for it in seen.leaves}
    lists = _unregistered(model)
    used = [n for n, ids in lists.items() if ids & inside]  # a teacher is not trained
    more = {
        "batches": watch.more,
        "in some batches only": _few([n for n in trained if n in seen.late]),
        "over time": _few(heard),
        "in a list, not trained": _few([n for n in lists if n not in used]),
    }
    return {
        "layers": str(len(watch.layers)),
        "activations": some or "none",
        "gradients": f"{len(arrived)} of {len(named)} parameters get one",
        "no gradient": _few([*trained] if not arrived else _unheard(model, seen)),
        "frozen": _few([name for name in named if name not in trained]),
        "not in the optimizer": _few(
            [n for n, p in trained.items() if optimizers and id(p) not in known]
        ),
        "not registered": _few(used),
        "not in the model": _few([f"tensor {tuple(it.shape)}" for it in seen.leaves]),
        "scripted": _few(closed[:1]),
        "not counted": _few([*watch.unseen, *seen.refused]),
    } | {name: it for name, it in more.items() if it}


def _told(name, heard):
    """What the first and the last time step of a recurrent layer hear."""
    return f"{name}: |δ| {heard[0]:.2g} at step 1, {heard[-1]:.2g} at {len(heard)}"


def _is_script(module):
    return isinstance(module, torch.jit.ScriptModule)


def _unregistered(model):
    """Modules and parameters in plain lists and dictionaries; ids of their parts."""
    own = {id(it) for it in (*model.modules(), *model.parameters())}
    found, todo = {}, []
    for name, module in model.named_modules():
        place = f"{name}." if name else ""
        todo += [(place + k, it, 0) for k, it in vars(module).items() if k[0] != "_"]
    while todo:
        name, it, depth = todo.pop(0)
        if isinstance(it, nn.Module | nn.Parameter):
            parts = it.parameters() if isinstance(it, nn.Module) else [it]
            found |= {name: {*map(id, parts)}} if id(it) not in own else {}
        elif isinstance(it, dict | list | tuple) and depth < 3 and len(it) < 1000:
            inside = it.items() if isinstance(it, dict) else enumerate(it)
            todo += [(f"{name}[{k!r}]", one, depth + 1) for k, one in inside]
    return found


def _facts(watch, model, found, seen, optimizers):
    """All that the rules ask for, beside the report."""
    kinds = nn.TransformerEncoderLayer | nn.TransformerDecoderLayer
    post = [m for m in model.modules() if isinstance(m, kinds) and not m.norm_first]
    units, layers = watch.units.items(), watch.layers.items()
    groups = [
        (type(it).__name__, group) for it in optimizers for group in it.param_groups
    ]
    return watch.facts | {
        "value": seen.loss,
        "gradients": seen.gradients,
        "parameters": len(found),
        "found": found,  # norms of .grad before
        "largest": {  # that in training mode, where there is one
            name: watch.units.get((name, "training"), it)["max"]
            for (name, _), it in units
        },
        "post-norm": len(post),
        "closed": any(map(_is_script, model.modules())) and not watch.layers,
        "classes": watch.classes,  # of batches: the only one in it, or None
        "inputs": {name: it["count"] for name, it in layers if "count" in it},
        "zeros": {name: it.get("zeros", 0) for name, it in layers},  # share in float16
        "times": watch.through_time(),
        "closed to": _closed(watch, model, seen),
        "rounded": seen.rounded,
        "alike": watch.differ == {False},
        "along": [
            (name, time, batch)
            for name, (time, batch) in watch.sides.items()
            if batch > 1 and watch.targets == {time} and time != batch
        ],
        "idle": {p.requires_grad for p in model.parameters() if p.ndim > 1} == {False},
        "made anew": _made_anew(watch, model, seen),
        "fresh": _is_fresh(model),
        "waiting": any(map(_warms_up, optimizers)),
        "decay": [
            (name, it.get("weight_decay", 0), it.get("decoupled_weight_decay", False))
            for name, it in groups
        ],
    }


def _made_anew(watch, model, seen):
    """Layers outside of the model that one pass only used, weights and all."""
    once = watch.ran["gradient"] - watch.ran["training"] - {*map(id, model.modules())}
    graph, found = {id(it) for it in seen.leaves}, []
    for key in once & watch.called.keys():
        module = watch.called[key][0]
        if any(id(p) in graph for p in module.parameters(recurse=False)):
            found.append(str(module))
    return found


def _is_fresh(model):
    """Whether batch norms have averaged nothing yet: no step was taken."""
    norms = nn.modules.batchnorm._BatchNorm
    means = [m.running_mean for m in model.modules() if isinstance(m, norms)]
    return bool(means) and not any(it is not None and it.any() for it in means)


def _warms_up(optimizer):
    """Whether a scheduler holds the rate down before the first step."""
    low = any(it["lr"] < it.get("initial_lr", 0) for it in optimizer.param_groups)
    return low and not getattr(optimizer, "_opt_called", False)


def _closed(watch, model, seen):
    """Layers that hear exactly 0 although a later one hears something, if any."""
    named = {_plain(n): p for n, p in model.named_parameters() if "bias" not in n}
    if any(seen.gradients.get(n) and not p.any() for n, p in named.items()):
        return []  # a factor that starts at 0: it opens after one step
    rows = [(name, it) for name, it in watch.layers.items() if it["heard"]]
    last = max((i for i, (_, it) in enumerate(rows) if it["squares"]), default=0)
    half = any(it.get("zeros") for _, it in rows)  # float16: another rule says so
    dead = [n for (n, m), it in watch.units.items() if (it["flat"] == it["n"]).all()]
    half = half or any(n.rpartition(".")[2] in _EXACT for n in dead)
    silent = [n for n, it in rows[:last] if not it["squares"] and "outside" not in n]
    return [] if half else silent


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
        yield from _inputs(facts)
        yield from _outputs(facts)
    if before == "flat loss":
        yield from _over_time(facts)
        yield from _no_slope(facts)
        yield from _swallowed(facts)
    if before == "modes" and (place := facts.get("always")):
        yield Finding(
            "Dropout stays on in evaluation mode.",
            place,
            "F.dropout(x, p, training=self.training); dropout_p=p if self.training "
            "else 0 in scaled_dot_product_attention",
            "practice/diagnose",
            "Monte Carlo dropout does so on purpose",
        )
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


def _inputs(facts):
    """Inputs that hold nothing or lie the wrong way; layers that cannot be trained."""
    if facts["alike"]:
        yield Finding(
            "All inputs of the batch are the same.",
            f"no two differ where they enter; root mean square {facts['input']:.3g}"
            if "input" in facts
            else "no two differ where they enter",
            "print(batch): are files missing, is everything padding?",
            "practice/diagnose",
        )
    if facts["along"]:
        name, time, batch = facts["along"][0]
        yield Finding(
            f"{name} runs along the batch, not along time.",
            f"it takes {time} for the time steps and {batch} for the batch; the loss "
            f"has {time} targets",
            "batch_first=True where the layer is made, for (batch, time, features)",
            "practice/diagnose",
        )
    if facts["idle"]:
        yield Finding(
            "All weights are frozen: biases and scales alone can train.",
            "no parameter with two or more axes has requires_grad=True",
            "layer.requires_grad_(True) for what should learn",
            "practice/diagnose",
            "some ways to tune a model do so on purpose",
        )
    if names := facts["made anew"]:
        yield Finding(
            "Layers are made anew in every forward pass: no step can train them.",
            _few(names),
            "make them once, in __init__: self.layer = nn.Linear(...)",
            "practice/diagnose",
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
    if made := facts.get("bounded"):
        yield Finding(
            "An activation bounds the outputs, and the loss wants logits of any size.",
            f"{made[0]} directly before {made[1]}",
            "no activation after the last layer",
            "vanishing-gradients/saturated-outputs",
        )
    if largest := facts.get("no logarithm"):
        yield Finding(
            "nll_loss wants logarithms of probabilities and gets something else.",
            f"the largest value is {largest:.3g}, that of a logarithm at most 0",
            "F.log_softmax at the end of the model; or logits, and F.cross_entropy",
            "practice/diagnose",
        )


def _no_slope(facts):
    """A gradient of exactly 0 that no dead layer explains."""
    if names := facts["closed to"]:
        yield Finding(
            "The gradient is exactly 0 from some layer on: a step without a slope.",
            f"|δ| is 0 in {_few(names)}, not after them",
            "no round, sign, floor or comparison on the way (x + (x.round() - "
            "x).detach() passes the gradient on); no Dropout(1.0)",
            "practice/diagnose",
            "a part of the loss that is weighted by 0; a softmax over one key",
        )


def _swallowed(facts):
    """Steps that are smaller than the distance of neighbouring 16-bit numbers."""
    if names := facts["rounded"]:
        yield Finding(
            "Steps are rounded away: weights in 16 bits are too coarse for them.",
            f"more than 90% of the weights stay as they are in {_few(names)}",
            "weights in float32, and torch.autocast for the rest",
            "vanishing-gradients/floating-point",
            "a rate that is far too small does the same",
        )


def _over_time(facts):
    """What a recurrent layer hears at its first and at its last step."""
    said = set()  # one message is enough
    for name, heard in facts["times"].items():
        if len(heard) < 10 or not heard[0] + heard[-1] > 0:
            continue
        first, last = heard[0], heard[-1]
        factor = (first / last) ** (1 / (len(heard) - 1)) if last else inf
        numbers = f"{_told(name, heard)}: a factor of {factor:.3g} per step"
        kind = "less" * (first < 1e-4 * last) or "more" * (first > 1e3 * last)
        if not kind or kind in said:
            continue
        said.add(kind)
        if kind == "less":
            yield Finding(
                "The gradient vanishes on its way back through time.",
                numbers,
                "open the gate that keeps: layer.bias_ih_l0.data[h : 2 * h] = "
                "math.log(steps) in nn.LSTM and nn.GRU (h: hidden size), bias_ih in "
                "their cells",
                "vanishing-gradients/recurrent",
                "if the answer depends on the last steps only, leave it",
            )
        else:
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
