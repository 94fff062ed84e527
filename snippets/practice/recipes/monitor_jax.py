"""Why does a JAX network not learn? One call looks at it and says what it saw.

It reads the program that JAX makes of your loss (its jaxpr), so nothing in the forward
pass has to change, whoever wrote it: plain functions, flax, haiku, equinox. Seen are
products with a parameter, activations by name or form, jit, vmap, scan, checkpoint and
custom derivatives. Not seen, but named: what runs inside of `cond` and `while`.
JAX has no modes, no `.grad` and no optimizer that holds parameters: rules on these
cannot fire, and evaluation is another function, `evaluation=`.
"""

import math
import re
from collections import Counter
from dataclasses import asdict, dataclass, replace
from math import inf, nan

import jax
import jax.numpy as jnp
import numpy as np

# Beyond these pre-activations the slope stays below 5% of its largest.
LIMITS = {"relu": (0, inf), "tanh": (-2.18, 2.18), "sigmoid": (-4.36, 4.36)}
LIMITS |= {"elu": (-3.0, inf), "gelu": (-2.28, inf), "silu": (-3.93, inf)}
LIMITS |= {"selu": (-3.0, inf), "celu": (-3.0, inf), "mish": (-3.98, inf)}
LIMITS |= {"softplus": (-2.94, inf), "logsigmoid": (-inf, 2.94)}
LIMITS |= {"hardswish": (-3, inf), "hardsigmoid": (-3, 3), "softsign": (-3.47, 3.47)}
_EXACT = {"relu", "relu6", "threshold", "hardtanh", "hardsigmoid"}  # slope 0


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


def count_units(apply, params, batches):
    """One row per activation that `apply(params, batch)` uses."""
    weights, function, units = *_by_name(params, apply), {}
    count, found = _counter(function)
    for batch in batches:
        _, counts = count(weights, (batch,))
        _count(units, Counter(), "evaluation", found["names"], counts)
    rows = _shares(units, "evaluation")
    if not rows:
        raise ValueError("no activation with a flat side was seen; see LIMITS")
    return rows


def diagnose(params, loss_of, batches, optimizer=None, *, evaluation=None, quiet=False):
    """Look at a network as it is now; print and return a report. Nothing is changed.

    `loss_of(params, batch)` returns the loss of a batch, or the loss and anything else
    (several losses in a list or dict are added up). Gradients are those of the first
    batch; units are counted over all batches. `evaluation(params, batch)` is the loss
    in evaluation, if that is another function. `optimizer(params, gradients)` returns
    the parameters after one step. Raises ValueError if there is no batch.
    """
    weights, function = _by_name(params, loss_of, _one_number)
    functions = {"training": function}
    if evaluation is not None:
        functions["evaluation"] = _by_name(params, evaluation, _one_number)[1]
    tree = jax.tree.structure(params)

    def step(own, gradients):
        new = optimizer(*(_tree(tree, weights, it) for it in (own, gradients)))
        return {k: v for k, v in _by_name(new)[0].items() if k in own}

    batches = ((batch,) for batch in batches)
    step = step if optimizer is not None else None
    report = _measure(functions, weights, {*weights}, batches, step)
    if not quiet:
        print(report)
    return report


def _by_name(params, function=None, finish=lambda out: out):
    """Parameters in a dictionary, and the function that takes them so."""
    leaves, tree = jax.tree.flatten_with_path(params)
    names = [jax.tree_util.keystr(k, simple=True, separator=".") for k, _ in leaves]
    weights = {
        name or "w": jnp.asarray(it)
        for name, (_, it) in zip(names, leaves, strict=True)
    }
    if len(weights) < len(leaves):
        raise ValueError("two parameters have one name")
    order = [*weights]

    def by_name(weights, *arguments):
        given = jax.tree.unflatten(tree, [weights[name] for name in order])
        return finish(function(given, *arguments))

    return weights, by_name


def _tree(tree, weights, values):
    """A tree like that of the parameters; 0 for what has no gradient."""
    return jax.tree.unflatten(
        tree, [values.get(k, jnp.zeros_like(v)) for k, v in weights.items()]
    )


def _one_number(out):
    """The loss that a function returned."""
    if isinstance(out, tuple):  # the loss, and what else it wants to say
        out = out[0]
    parts = jax.tree.leaves(out)
    if wrong := [it.shape for it in map(jnp.asarray, parts) if it.size != 1]:
        raise ValueError(f"loss_of returned shape {wrong[0]}: return its mean or sum")
    return sum(jnp.reshape(it, ()) for it in parts)


# ---- What is seen: the program that JAX makes of a function, step by step ----
_CALLS = {"jit", "pjit", "closed_call", "core_call", "remat", "remat2", "checkpoint"}
_CUSTOM = {"custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr"}
_NAMES = {"hardsilu": "hardswish", "swish": "silu"}  # of functions, without "_"
_FIXED = {"relu6": (0, 6), "hardtanh": (-1, 1)}
_SLOPED = {"leakyrelu", "prelu", "glu", "identity", "squareplus"}  # no flat side
_SAME_VALUES = {"copy", "convert_element_type", "copy_p"}
_RESHAPED = {"reshape", "squeeze", "transpose", "broadcast_in_dim", "slice", "rev"}
_RESHAPED |= _SAME_VALUES | {"expand_dims", "dynamic_slice"}
_LAST = ("kernel", "weight", "w", "W", "embedding", "embeddings")


@dataclass(eq=False)
class _Value:
    """An array of the program, and what is known of it beside its numbers."""

    x: object  # the array
    op: str = ""  # what made it
    of: tuple = ()  # out of which values
    weight: str = ""  # of which parameter it is a form
    params: frozenset = frozenset()  # parameters whose gradient comes through it
    number: float | None = None  # if it is a constant
    constant: bool = False  # an array that the function did not get as an argument
    layer: tuple = ()  # number, name and axis of units of the layer it comes from
    fresh: bool = False  # nothing but a bias was added since
    part: str = ""  # which slice of that layer, as the gates of an LSTM are
    squashed: bool = False  # a softmax or sigmoid made it
    row: dict | None = None  # of the activation that made it

    def root(self, through=_SAME_VALUES):
        """The value before conversions."""
        return self.of[0].root(through) if self.op in through else self


class _Watch:
    """Runs a program and notes layers, activations and what is odd about a loss.

    A layer is a product with a parameter. What it makes carries its number and name,
    so an activation knows whose pre-activations it gets. `shifts` are added to the
    outputs of layers: the gradient with respect to a shift is the layer's δ.
    """

    def __init__(self, shifts=None):
        self.shifts = shifts or {}
        self.uses, self.units = [], []  # of layers; of activations
        self.inner = {}  # layers inside of a scan, by the number of the first
        self.facts, self.unseen, self.outside = {}, Counter(), Counter()
        self.quiet = self.depth = 0  # inside of an activation; of a scan

    def run(self, jaxpr, consts, values):
        """The outputs of a program, for values that are watched."""
        env = dict(zip(jaxpr.constvars, map(_constant, consts), strict=True))
        env.update(zip(jaxpr.invars, values, strict=True))

        def read(it):
            return _constant(it.val) if hasattr(it, "val") else env[it]

        for eqn in jaxpr.eqns:
            given = [*map(read, eqn.invars)]
            env.update(zip(eqn.outvars, self.apply(eqn, given), strict=True))
        return [*map(read, jaxpr.outvars)]

    def apply(self, eqn, given):
        """One step of the program; its outputs."""
        op = eqn.primitive.name
        if op in _CALLS | _CUSTOM:
            return self.call(eqn, given)
        if op == "scan":
            return self.scan(eqn, given)
        row = self.activation_of(op, given) if given else None
        outs = _bind(eqn, given)
        if _has_inside(eqn.params):
            self.unseen[f"what runs inside of {op}"] += 1
        made = [_made(op, eqn, given, out, k) for k, out in enumerate(outs)]
        made[0].row = row or made[0].row
        if op in ("dot_general", "conv_general_dilated", "gather"):
            self.layer(op, eqn.params, given, made[0])
        if op in ("add", "add_any"):
            self.bias(given, made[0])
        self.note(op, given, made[0])
        return made

    def call(self, eqn, given):
        """A function within the program: an activation by name, or looked into."""
        inner = eqn.params.get("jaxpr") or eqn.params.get("call_jaxpr")
        name = _named(eqn, inner).replace("_", "").lower()
        kind = _NAMES.get(name, name)
        z = next((it for it in given if np.ndim(it.x)), None)
        known = z is not None and (kind in _FIXED or kind in LIMITS or kind in _SLOPED)
        loss = kind in ("logsigmoid", "logsoftmax")
        if loss and z is not None and z.root(("neg",)).root().squashed:
            self.facts |= {"probabilities": name}
        row = self.activation(kind, z) if known and not loss else None
        if eqn.primitive.name in _CUSTOM:  # has a derivative of its own
            outs = _bind(eqn, given)
            made = [_made(kind, eqn, given, out, k) for k, out in enumerate(outs)]
            if "dot_general" in str(inner) and not known:
                self.unseen[f"what runs inside of {name or eqn.primitive.name}"] += 1
        else:
            self.quiet += known or loss
            body, consts = getattr(inner, "jaxpr", inner), getattr(inner, "consts", ())
            made = self.run(body, consts, given)
            self.quiet -= known or loss
        if known:
            made = [replace(it, op=kind, of=(z,), row=row) for it in made]
        return made

    def scan(self, eqn, given):
        """A loop: its steps are watched, and what they show is stacked."""
        p, start, inner = eqn.params, len(self.uses), eqn.params["jaxpr"]
        fixed, carried = p["num_consts"], p["num_consts"] + p["num_carry"]
        uses, units, shifts, seen = self.uses, self.units, self.shifts, {}
        own = (
            {k: v for k, v in shifts.items() if 0 <= k - start < self.inner[start]}
            if (start in self.inner)
            else {}
        )

        def step(carry, given_now):
            now, shifts_now = given_now
            self.uses, self.units, self.shifts = [None] * start, [], shifts_now
            arrays = [*(it.x for it in given[:fixed]), *carry, *now]
            values = [replace(v, x=x) for v, x in zip(given, arrays, strict=True)]
            outs = self.run(inner.jaxpr, inner.consts, values)
            seen.update(outs=outs, uses=self.uses[start:], units=self.units)
            shown = [it["z"] for it in seen["uses"]], [it["z"] for it in self.units]
            arrays = [it.x for it in outs]
            return arrays[: p["num_carry"]], (arrays[p["num_carry"] :], shown)

        self.depth += 1
        carry, (ys, (zs, us)) = jax.lax.scan(
            step,
            [it.x for it in given[fixed:carried]],
            ([it.x for it in given[carried:]], own),
            p["length"],
            p["reverse"],
        )
        self.depth -= 1
        for row, z in zip(seen["uses"], zs, strict=True):
            row |= {"z": z, "axis": row["axis"] + 1, "steps": row["steps"] + 1}
            row["last"] = p["reverse"]
        for row, z in zip(seen["units"], us, strict=True):
            row |= {"z": z, "axis": None if row["axis"] is None else row["axis"] + 1}
            row["value"] = None
        self.inner[start] = len(seen["uses"])
        self.uses, self.units = uses + seen["uses"], units + seen["units"]
        self.shifts = shifts
        params = frozenset().union(*(it.params for it in given))
        outs = []
        for out, x in zip(seen["outs"], [*carry, *ys], strict=True):
            number, name, axis = out.layer or (0, "", None)
            axis = axis + (len(outs) >= len(carry)) if axis is not None else None
            layer = (number, name, axis) if out.layer else ()
            outs.append(_Value(x, "scan", (), "", params, layer=layer))
        return outs

    # -- Layers
    def layer(self, op, p, given, out):
        """Name the output of a layer, and shift it."""
        left, right = given[:2]
        if op == "gather":  # an embedding, if it picks more than one row
            found = (
                left if left.weight and np.size(right.x) > right.x.shape[-1] else None
            )
        else:
            found = next((it for it in (left, right) if it.weight), None)
            if found and left.weight and right.weight:
                found = None
        if not found and op != "gather" and (left.constant or right.constant):
            one, other = (left, right) if left.constant else (right, left)
            if other.layer and np.ndim(one.x) > 1:
                self.outside[f"array {one.x.shape}"] += 1
                found = replace(one, weight=f"outside {one.x.shape}")
        if not found or np.ndim(found.x) < 2 or self.quiet:
            return
        number, axis = len(self.uses), _units(op, p, given, found is left, out.x)
        if number in self.shifts:
            out.x = out.x + self.shifts[number]
        out.layer, out.fresh, out.part = (number, found.weight, axis), True, ""
        row = {"name": found.weight, "z": out.x, "axis": axis, "steps": 0}
        self.uses.append(row)

    def bias(self, given, out):
        """A parameter that is added to what a layer made belongs to that layer."""
        for one, other in (given, given[::-1]):
            if one.layer and one.fresh and other.weight and not other.layer:
                out.fresh, out.weight = True, ""
                if len(self.uses) > one.layer[0] and self.uses[one.layer[0]]:
                    self.uses[one.layer[0]]["z"] = out.x

    # -- Activations
    def activation_of(self, op, given):
        """The row of an activation that has no name of its own, or None."""
        z = given[0]
        if op == "logistic":
            return self.activation("sigmoid", z)
        if op in ("tanh", "erf", "erfc"):
            inside = _of_gelu(op, z.root())
            if inside is not None:
                return self.activation("gelu", inside)
            return self.activation("tanh", z) if op == "tanh" else None
        if op in ("max", "min") and any(it.number is not None for it in given):
            z, bound = given if given[0].number is None else given[::-1]
            if z.number is not None or not _is_float(z.x):
                return None
            if z.row and op == "min" and z.row["limits"][1] > bound.number:
                z.row["limits"] = z.row["limits"][0], bound.number
            if z.row:
                return z.row
            if z.op == "sub" and z.of[1].op in ("square", "mul", "integer_pow"):
                return None  # a variance, kept from being negative
            return (
                self.activation("relu", z) if (op, bound.number) == ("max", 0) else None
            )
        if (
            op == "select_n"
            and len(given) == 3
            and given[0].op in ("gt", "ge", "lt", "le")
        ):
            return self.chosen(*given)
        return None

    def chosen(self, where, no, yes):
        """`where(z > 0, z, 0)` is a ReLU, `where(z > 0, z, a * z)` a leaky one."""
        no, yes = (yes, no) if where.op in ("lt", "le") else (no, yes)
        z, at = where.of[0].root(), where.of[1].number
        if at is None or yes.root() is not z or not np.ndim(z.x):
            return None
        if no.root(_RESHAPED).number == 0:
            row = self.activation("relu", z)
            if row:
                row["limits"] = at, inf
            return row
        if no.op == "mul" and any(it.root() is z for it in no.of):
            return self.activation("leakyrelu", z)
        return None

    def activation(self, kind, z):
        """Remember a pre-activation; or that it has no flat side."""
        if self.quiet or not _is_float(z.x):
            return None
        _, layer, axis = z.layer or (0, "outside", None)
        kind = {"leakyrelu": "leaky_relu"}.get(kind, kind)
        name = f"{layer}{z.part}.{kind}"
        limits = _FIXED.get(kind) or LIMITS.get(kind)
        if limits is None:
            self.unseen[f"{name} (no flat side)"] += 1
            return None
        row = {"name": name, "z": z.x, "axis": axis, "limits": limits, "value": z}
        self.units.append(row)
        return row

    def counted(self):
        """The rows to count: without those of both sides of a value."""
        both = []
        for row in self.units:
            z = row["value"].root() if row["value"] else None
            if z is not None and z.op == "neg":
                for other in self.units:
                    if other["value"] and other["value"].root() is z.of[0].root():
                        both += [row, other]
                        self.unseen[f"{other['name']} (both sides are used)"] += 1
        return [row for row in self.units if not any(row is it for it in both)]

    # -- Facts
    def note(self, op, given, out):
        """Remember what is odd about a difference or a loss."""
        if op == "sub" and not self.depth:
            a, b = (it.root(("broadcast_in_dim",)) for it in given)
            shapes = tuple(a.x.shape), tuple(b.x.shape)
            sizes = np.size(a.x), np.size(b.x)
            ranks = len(shapes[0]) != len(shapes[1])
            if ranks and out.x.size > sizes[0] == sizes[1] > 1:
                self.facts["broadcast"] = shapes
            for one, other in ((a, b), (b, a)):
                free = not (other.layer or other.params or other.weight)
                if one.layer and free and np.ndim(other.x) and sizes[0] == sizes[1]:
                    self.facts["target"] = other.x
        if op == "log":
            total = given[0].root(_RESHAPED | {"abs"})
            power = total.of[0] if total.op == "reduce_sum" else total
            less = power.of[0] if power.op == "exp" else power
            if less.op == "sub" and less.of[0].root(_RESHAPED).squashed:
                self.facts |= {"probabilities": "logsumexp"}


def _is_float(x):
    """Whether a gradient can flow through an array."""
    return jnp.issubdtype(x.dtype, jnp.floating)


def _has_inside(params):
    """Whether a step of a program holds programs itself."""
    for it in params.values():
        for one in it if isinstance(it, tuple | list) else [it]:
            if hasattr(one, "eqns") or hasattr(one, "jaxpr"):
                return True
    return False


def _named(eqn, inner):
    """The name of a function within a program; one with a derivative hides it."""
    own = getattr(inner, "jaxpr", inner)
    inside = [it.params.get("name") for it in own.eqns if len(own.eqns) == 1]
    told = getattr(getattr(own, "debug_info", None), "func_name", "")
    return str(eqn.params.get("name") or (inside and inside[0]) or told or "")


def _bind(eqn, given):
    """Do what a step of a program does."""
    params = eqn.primitive.get_bind_params(eqn.params)
    more, params = params if isinstance(params, tuple) else ((), params)  # older JAX
    out = eqn.primitive.bind(*more, *(it.x for it in given), **params)
    return out if eqn.primitive.multiple_results else [out]


def _constant(x):
    """A constant of a program."""
    if np.ndim(x) == 0 and not isinstance(x, jax.core.Tracer):
        known = np.issubdtype(np.asarray(x).dtype, np.number)
        return _Value(x, number=float(x) if known else None)
    return _Value(x, constant=True)


def _made(op, eqn, given, x, k):
    """What is known of an output from what is known of the inputs."""
    out = _Value(x, op, tuple(given))
    floats = _is_float(x)
    if floats and op != "stop_gradient":
        out.params = frozenset().union(*(it.params for it in given))
    named = [it for it in given if it.weight]
    if all(it.weight or it.number is not None for it in given) and named:
        out.weight = max(named, key=lambda it: np.ndim(it.x)).weight
        if op == "slice" and np.ndim(x) > 2 and x.shape[0] == 1:
            out.weight += f"[{eqn.params['start_indices'][0]}]"
    if op in _RESHAPED and given:
        out.number, out.constant = given[0].number, given[0].constant
        out.number = out.number if np.size(x) else None
    made = [it for it in given if it.layer]
    if made:
        latest = max(made, key=lambda it: it.layer[0])
        number, name, axis = latest.layer
        part = latest.part if len({it.part for it in made}) == 1 else ""
        if op in ("split", "slice") and np.ndim(x) == np.ndim(latest.x):
            part = _part(op, eqn.params, latest, x, axis, k)
        out.layer = number, name, _moved(op, eqn.params, axis, latest.x, x)
        out.part = part
    if given:
        kept = op in _RESHAPED | {"max", "min", "clamp"} and given[0].squashed
        total = given[-1].root(_RESHAPED)
        softmax = op == "div" and given[0].op == "exp" and total.op == "reduce_sum"
        softmax = softmax and total.of[0].root() is given[0].root()
        kept = kept or (op in ("max", "min") and any(it.squashed for it in given))
        out.squashed = kept or softmax or op == "logistic"
    if op in _SAME_VALUES and given:
        out.row, out.fresh = given[0].row, given[0].fresh
    return out


def _part(op, p, latest, x, axis, k):
    """Which slice along the units an array is, of several of one size."""
    if axis is None or x.shape[axis] in (latest.x.shape[axis], 0):
        return latest.part
    start = sum(p["sizes"][:k]) if op == "split" else p["start_indices"][axis]
    return f"[{start}:{start + x.shape[axis]}]"


def _units(op, p, given, left, z):
    """The axis of the units in the output of a layer."""
    if op == "conv_general_dilated":
        return p["dimension_numbers"].out_spec[1]
    if op == "gather":
        return z.ndim - 1
    (lc, _), (lb, _) = p["dimension_numbers"]
    free = np.ndim(given[0].x) - len(lc) - len(lb)
    return len(lb) + free - 1 if left and free else z.ndim - 1


def _moved(op, p, axis, old, new):
    """Where the axis of the units is after a step, or None if that is not known."""
    if axis is None:
        return None
    if op == "transpose":
        return p["permutation"].index(axis)
    if op == "broadcast_in_dim":
        return p["broadcast_dimensions"][axis] if old.ndim else None
    if op in ("squeeze", "reduce_sum", "reduce_max", "reduce_min"):
        gone = p.get("dimensions", p.get("axes", ()))
        gone = [it % old.ndim for it in gone]
        return None if axis in gone else axis - sum(it < axis for it in gone)
    if old.ndim == new.ndim:
        return axis
    last = axis == old.ndim - 1 and new.ndim and new.shape[-1] == old.shape[-1]
    return new.ndim - 1 if last else None


def _of_gelu(op, z):
    """The pre-activation of a GELU, from what its tanh or erf is given; or None."""
    scale = next((it.number for it in z.of if it.number is not None), None)
    other = next((it for it in z.of if it.number is None), None)
    if z.op not in ("mul", "div") or scale is None or other is None:
        return None
    other = other.root()
    if op == "tanh" and abs(scale - 0.79788) < 1e-3 and other.op == "add":
        return next((it for it in other.of if it.op != "mul"), None)
    if op != "tanh" and min(abs(scale - 0.70711), abs(scale - 1.41421)) < 1e-3:
        return other.of[0] if other.op == "neg" else other
    return None


def _program(function, weights, arguments, shifts=None, inner=None):
    """Run `function(weights, *arguments)` under a watch; its output, and the watch."""
    given = weights, *arguments
    closed = jax.make_jaxpr(function)(*given)
    values = [_Value(x) for x in jax.tree.leaves(given)]
    for name, value in zip(sorted(weights), values, strict=False):
        if _is_float(value.x):  # no states of random numbers
            value.weight, value.params = _plain(name), frozenset([name])
    watch = _Watch(shifts)
    watch.inner |= inner or {}
    outs = watch.run(closed.jaxpr, closed.consts, values)
    return outs, watch


def _plain(name):
    """The name of a weight's layer."""
    parts = re.split(r"([./])", name.removesuffix(".value").removeprefix("params."))
    return "".join(parts[:-2] if len(parts) > 2 and parts[-1] in _LAST else parts)


# ---- What is measured ----
@dataclass
class _Seen:
    """What one batch shows, in NumPy."""

    loss: float
    layers: dict  # |δ|, size, distance and angle of each layer
    gradients: dict  # norms; None where none comes
    updates: dict
    watch: _Watch


def _one_batch(function, weights, trained, arguments, step):
    """Forward, backward, and a step that is tried."""
    own = {k: v for k, v in weights.items() if k in trained}
    own = {k: v for k, v in own.items() if _is_float(v)}
    others = {k: v for k, v in weights.items() if k not in own}
    found = {}

    def run(own, shifts, others, arguments):
        outs, watch = _program(
            function, own | others, arguments, shifts, found.get("inner")
        )
        found.update(watch=watch, inner=watch.inner, out=outs[0])
        shown = [it["z"] for it in watch.uses], watch.facts.get("target")
        return outs[0].x.astype(float), shown

    _, (zs, _) = jax.eval_shape(run, own, {}, others, arguments)
    shifts = {k: jnp.zeros(z.shape, z.dtype) for k, z in enumerate(zs)}
    both = jax.jit(jax.value_and_grad(run, (0, 1), has_aux=True))
    (loss, (zs, target)), (gradients, deltas) = both(own, shifts, others, arguments)
    watch, reached = found["watch"], found["out"].params
    if target is not None:
        watch.facts["target"] = norm(target) / math.sqrt(np.size(target))
    layers = {}
    for k, (use, z) in enumerate(zip(watch.uses, zs, strict=True)):
        if use["name"] not in layers:
            layers[use["name"]] = {"delta": 0.0} | _output(np.asarray(z), use)
        row = layers[use["name"]]
        row["delta"] = math.hypot(row["delta"], norm(deltas[k]))
    for name, row in layers.items():
        known = [k for k in weights if _plain(k) == name.partition("[")[0]]
        if known and not reached & {*known}:
            row["delta"] = None
    norms = {k: norm(gradients[k]) if k in reached else None for k in own}
    updates = {}
    if step is not None:
        for name, new in step(own, gradients).items():
            if np.ndim(own[name]) > 1:
                moved = np.float64(new) - np.float64(own[name])
                updates[name] = norm(moved) / (norm(own[name]) or nan)
    return _Seen(float(loss), layers, norms, updates, watch)


def _output(z, use):
    """Size of a layer's output, and how far neighbours in the batch are apart."""
    z = np.moveaxis(z, use["axis"], -1)
    for _ in range(use["steps"]):  # of loops: the first
        z = z[-1 if use.get("last") else 0]
    return {"size": norm(z) / math.sqrt(max(z.size, 1)), **_neighbours(z)}


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


def _counter(function):
    """A compiled function that counts flat values: one whole number a unit."""
    found = {}

    @jax.jit
    def count(weights, arguments):
        outs, watch = _program(function, weights, arguments)
        rows, counts = watch.counted(), []
        found.update(names=[row["name"] for row in rows], unseen=watch.unseen)
        for row in rows:
            z, (low, high) = row["z"], row["limits"]
            z = z[None] if z.ndim < 2 else z
            z = jnp.moveaxis(z, -1 if row["axis"] is None else row["axis"], -1)
            z = z.reshape(-1, z.shape[-1])
            flat = ~((z > low) & (z < high))  # NaN counts, too
            counts.append((len(z), flat.sum(0), z.max(initial=-inf)))
        return [out.x for out in outs], counts

    return count, found


def _count(units, unseen, mode, names, counts):
    """Add what one batch showed. In NumPy: 32 bits of JAX would overflow."""
    for name, (n, flat, largest) in zip(names, counts, strict=True):
        flat = np.int64(flat)
        row = units.setdefault(
            (name, mode), {"n": 0, "flat": np.zeros_like(flat), "max": -inf}
        )
        if len(row["flat"]) != len(flat):
            unseen[f"{name} (its number of units changes)"] += 1
            continue
        row["n"] += int(n)
        row["flat"] += flat
        row["max"] = max(row["max"], float(largest))


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


def _measure(functions, weights, trained, batches, step):
    """A report of `functions`, by mode; each is given the weights and a batch."""
    units, unseen, losses, seen = {}, Counter(), {}, None
    counters = {mode: _counter(function) for mode, function in functions.items()}
    for arguments in batches:
        first = functions["training"]
        seen = seen or _one_batch(first, weights, trained, arguments, step)
        for mode, (count, found) in counters.items():
            (loss, *_), counts = count(weights, arguments)
            losses.setdefault(mode, []).append(float(loss))
            _count(units, unseen, mode, found["names"], counts)
            unseen |= found["unseen"]
    if seen is None:
        raise ValueError("batches is empty: an iterator that was used up before?")
    if "evaluation" not in functions:  # the same in both modes
        losses["evaluation"] = losses["training"]
        units |= {(name, "evaluation"): it for (name, _), it in units.items()}
    report = Report(
        coverage=_coverage(seen, units, unseen, weights, trained),
        layers=_rows(seen),
        units=_both_modes(units),
        losses={mode: sum(them) / len(them) for mode, them in losses.items()},
        findings=[],
    )
    means = [v for k, v in weights.items() if k.endswith("moving_mean")]
    facts = seen.watch.facts | {
        "value": seen.loss,
        "fresh": bool(means) and not any(map(norm, means)),  # batch norm, no step yet
        "gradients": seen.gradients,
        "parameters": len(seen.gradients),
        "largest": {name: it["max"] for (name, m), it in units.items() if m[0] == "t"},
    }
    report.findings += _findings(report, facts)
    return report


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


def _coverage(seen, units, unseen, weights, trained):
    """In words: layers, activations, gradients, and what is missing from each."""
    kinds = Counter(name.rpartition(".")[2] for name, mode in units if mode[0] == "t")
    arrived = [it for it in seen.gradients.values() if it is not None]
    frozen = [k for k, v in weights.items() if k not in trained and np.ndim(v) > 1]
    return {
        "layers": str(len(seen.layers)),
        "activations": ", ".join(f"{n} {k}" for k, n in sorted(kinds.items()))
        or "none",
        "gradients": f"{len(arrived)} of {len(seen.gradients)} parameters get one",
        "no gradient": _few(
            [_plain(k) for k, v in seen.gradients.items() if v is None]
        ),
        "frozen": _few([*map(_plain, frozen)]),
        "not in the optimizer": "",
        "not registered": "",
        "not in the model": _few([*seen.watch.outside]),
        "scripted": "",
        "not counted": _few([*unseen]),
    }


# ---- What the verdict tells to do, in the words of JAX ----
_SAY = {
    "relu": "W = jax.nn.initializers.he_normal()(key, shape)",
    "tanh": "W = jax.nn.initializers.xavier_normal()(key, shape)",
    "sigmoid": "ReLU in place of the sigmoid, with he_normal weights",
    "clip": "optax.clip_by_global_norm",
    "finite": "jnp.isfinite(x).all()",
    "standardize": "x = (x - x.mean(0)) / x.std(0).clip(1e-6)",
    "squeeze": "output.squeeze(-1), or target[:, None]",
    "cut": "no stop_gradient(), argmax or integers between parameters and loss",
    "branch": "look for stop_gradient(), argmax or a skipped branch after them",
    "root": "jnp.sqrt((x**2).sum(-1) + 1e-12) for a norm or root that can be 0; "
    "x.clip(1e-6) before log or division",
    "rest": "no small rest at the end",
    "shuffle": "order = jax.random.permutation(key, len(x)); x, y = x[order], y[order]",
    "scale": "bfloat16; or the loss times 2**15, and the gradients divided by it",
    "compare": "Check that your loop keeps all that the optimizer returns.",
    "step": "Put compare_step after the step of your loop: does clipping or a "
    "schedule stop it?",
}


# ---- Rules that JAX alone can feed ----
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
    shapes = {"1": (20, 64), "2": (64, 32), "3": (32, 1)}
    params = {n: {"weight": rng.normal(0, 0.3, s)} for n, s in shapes.items()}
    params = jax.tree.map(jnp.float32, params)

    def forward(params, x):
        a1 = jax.nn.relu(x @ params["1"]["weight"])
        return jnp.tanh(a1 @ params["2"]["weight"]) @ params["3"]["weight"]

    def loss_of(params, batch):
        x, y = batch
        return jnp.mean((forward(params, x) - y) ** 2)

    def optimizer(params, gradients):
        return jax.tree.map(lambda w, g: w - 0.01 * g, params, gradients)

    print(f"JAX {jax.__version__}, NumPy {np.__version__}")
    gradients = jax.grad(loss_of)(params, (x, y))
    after = optimizer(params, gradients)
    show(compare_step(params, after, gradients))
    show(count_units(forward, after, np.split(x, 8)))
    print()
    batches = [*zip(np.split(x, 8), np.split(y, 8), strict=True)]
    diagnose(after, loss_of, batches, optimizer)


if __name__ == "__main__":
    example()
