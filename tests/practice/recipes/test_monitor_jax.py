from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="no JAX: `make recipes` installs it")
import jax.numpy as jnp  # noqa: E402

WEEKLY = pytest.mark.weekly
PHI = {"tanh": jnp.tanh, "relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid}
PHI |= {"elu": jax.nn.elu, "silu": jax.nn.silu}


@pytest.fixture(scope="module")
def monitor(recipe):
    return recipe("monitor_jax")


def test_page_shows_what_the_recipe_prints(monitor, agrees_with_stored_output):
    agrees_with_stored_output("monitor_jax", monitor.printed)


def test_agrees_with_numpy_in_float64(
    monitor, network, expected, assert_same, assert_same_report
):
    def forward(params, x):
        for i, layer in enumerate(params):
            x = x @ layer["W"] + layer["b"]
            x = PHI[network.kinds[i]](x) if i < len(network.kinds) else x
        return x

    def loss_of(params, batch):
        return ((forward(params, batch[0]) - batch[1]) ** 2).mean()

    def optimizer(params, gradients):
        return jax.tree.map(lambda w, g: w - network.rate * g, params, gradients)

    x, y = np.split(network.x, 6), np.split(network.y, 6)
    with jax.enable_x64(True):
        pairs = zip(network.W, network.b, strict=True)
        params = [{"W": jnp.asarray(W), "b": jnp.asarray(b)} for W, b in pairs]
        units = monitor.count_units(forward, params, x)
        batches = [*zip(x, y, strict=True)]
        report = monitor.diagnose(params, loss_of, batches, optimizer, quiet=True)
        gradients = jax.jit(jax.grad(loss_of))(params, (network.x, network.y))
        rows = monitor.compare_step(params, optimizer(params, gradients), gradients)
    assert_same(units, expected.units)
    assert_same(rows, expected.step)
    assert_same_report(report, expected.report)
    assert list(rows) == [f"{i}.W" for i in range(6)]
    assert list(units) == [f"{i}.{kind}" for i, kind in enumerate(network.kinds)]


class Layer(NamedTuple):
    weight: jax.Array
    bias: jax.Array


def test_nested_containers_have_readable_names(monitor):
    layer = Layer(jnp.ones((2, 3)), jnp.ones(3))
    params = {"encoder": [layer, (layer,)], "head": {"scale": jnp.ones(())}}
    rows = monitor.compare_step(params, params, params)
    assert list(rows) == ["encoder.0.weight", "encoder.1.0.weight"]


def test_gradient_that_is_none_keeps_its_place(monitor):
    params = {"a": jnp.ones((2, 2)), "b": jnp.ones((2, 2)), "c": None, "d": "static"}
    gradients = {"a": None, "b": 2 * jnp.ones((2, 2)), "c": None, "d": None}
    rows = monitor.compare_step(params, params, gradients)
    assert rows["a"] == {"gradient_norm": None, "update_ratio": 0}
    assert rows["b"] == {"gradient_norm": 4, "update_ratio": 0}
    assert len(rows) == 2


def test_trees_of_different_structure_are_refused(monitor):
    with pytest.raises(ValueError, match="shorter"):
        monitor.compare_step([jnp.ones((2, 2))] * 2, [jnp.ones((2, 2))] * 2, [None])


def test_shared_weight_is_one_row_with_the_gradient_of_both_uses(monitor):
    params = {"W": jnp.eye(3) * 2}

    def loss(params):
        return (jnp.ones(3) @ params["W"] @ params["W"]).sum()

    gradients = jax.grad(loss)(params)
    rows = monitor.compare_step(params, params, gradients)
    assert list(rows) == ["W"]
    assert rows["W"]["gradient_norm"] == pytest.approx(4 * 3)


def test_unit_of_a_convolution_is_a_channel_over_all_positions(monitor):
    rng = np.random.default_rng(0)
    kernel = jnp.asarray(rng.normal(size=(3, 3, 2, 6)), "float32")
    params = {"conv": {"kernel": kernel, "bias": jnp.linspace(-30, 0, 6)}}
    x = rng.normal(size=(20, 7, 7, 2)).astype("float32")

    def before(params, x):
        axes, conv = ("NHWC", "HWIO", "NHWC"), params["conv"]
        z = jax.lax.conv_general_dilated(
            x, conv["kernel"], (1, 1), "SAME", dimension_numbers=axes
        )
        return z + conv["bias"]

    def forward(params, x):
        return jax.nn.relu(before(params, x).transpose(0, 3, 1, 2))

    rows = monitor.count_units(forward, params, np.split(x, 5))
    off = np.asarray(before(params, x)) <= 0
    assert rows["conv.relu"]["units"] == 6
    assert rows["conv.relu"]["dead"] == off.all((0, 1, 2)).mean() > 0
    assert rows["conv.relu"]["saturated"] == pytest.approx(off.mean())


def test_memory_does_not_grow_with_the_number_of_batches(monitor):
    alive = []

    def batches():
        for i in range(40):
            yield jnp.full((8, 5), i - 20.0)
            alive.append(len(jax.live_arrays()))

    monitor.count_units(lambda w, x: jax.nn.relu(x @ w), jnp.eye(5), batches())
    assert max(alive[3:]) == alive[3]


def test_counts_do_not_overflow_32_bits(monitor):
    units = {}
    for _ in range(2):
        counts = [(2**31 - 1, jnp.full(3, 2**31 - 1, "int32"), jnp.zeros(()))]
        monitor._count(units, monitor.Counter(), "evaluation", ["x"], counts)
    assert monitor._shares(units, "evaluation")["x"]["saturated"] == 1
    assert units["x", "evaluation"]["n"] == 2**32 - 2


def test_bfloat16_norms_are_taken_in_float64(monitor):
    old = jnp.full((300, 300), 1e-25, "bfloat16")
    rows = monitor.compare_step([old], [old * 1.5], [old])
    assert rows["0"]["gradient_norm"] == pytest.approx(300 * 1e-25, rel=0.01)
    assert rows["0"]["update_ratio"] == pytest.approx(0.5, rel=0.01)


def test_nan_raises_an_alarm_instead_of_looking_alive(monitor):
    rows = monitor.count_units(
        lambda _, x: jnp.tanh(x), {}, [jnp.full((4, 3), jnp.nan)]
    )
    assert rows["outside.tanh"] == {"units": 3, "saturated": 1, "dead": 1}


# ---- What is seen without a change to the forward pass ------------------------------
WAYS = {
    "jax.nn.relu": jax.nn.relu,
    "jnp.maximum": lambda z: jnp.maximum(0, z),
    "jnp.where": lambda z: jnp.where(z > 0, z, 0.0),
    "where turned": lambda z: jnp.where(z <= 0, 0.0, z),
    "clip": lambda z: z.clip(0),
    "lax.max": lambda z: jax.lax.max(z, jnp.zeros_like(z)),
    "jit": jax.jit(lambda z: jax.nn.relu(z)),
    "checkpoint": jax.checkpoint(jax.nn.relu),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_write_a_relu_is_seen(monitor, way):
    rng = np.random.default_rng(0)
    w, x = rng.normal(size=(3, 40)), rng.normal(size=(50, 3))
    forward = lambda p, x: WAYS[way](x @ p["1"]["w"])  # noqa: E731
    rows = monitor.count_units(forward, {"1": {"w": w}}, [x])
    off = np.float32(x) @ np.float32(w) <= 0
    assert list(rows) == ["1.relu"]
    assert rows["1.relu"]["saturated"] == pytest.approx(off.mean())
    assert rows["1.relu"]["dead"] == off.all(0).mean()


SEEN = {
    "gelu": jax.nn.gelu,
    "gelu, exact": lambda z: jax.nn.gelu(z, approximate=False),
    "silu": jax.nn.silu,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "celu": jax.nn.celu,
    "softplus": jax.nn.softplus,
    "mish": jax.nn.mish,
    "hardtanh": jax.nn.hard_tanh,
    "relu6": jax.nn.relu6,
    "softsign": jax.nn.soft_sign,
    "hardswish": jax.nn.hard_swish,
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
}


def test_each_activation_has_one_row_with_its_own_limits(monitor):
    z = np.linspace(-9, 9, 1001)[:, None]
    for name, function in SEEN.items():
        rows = monitor.count_units(lambda w, z, f=function: f(z @ w), np.eye(1), [z])
        kind = name.split(",")[0]
        limits = {"relu6": (0, 6), "hardtanh": (-1, 1)} | monitor.LIMITS
        beyond = (z <= limits[kind][0]) | (z >= limits[kind][1])
        assert [it.rpartition(".")[2] for it in rows] == [kind]
        (row,) = rows.values()
        assert row["saturated"] == pytest.approx(beyond.mean(), abs=3e-3), name


def test_a_bound_on_a_relu_is_a_second_limit_and_a_variance_is_no_activation(monitor):
    def forward(w, z):
        z = z @ w
        variance = jnp.maximum((z**2).mean(0) - z.mean(0) ** 2, 0)
        return jnp.clip(z, 0, 3), jnp.minimum(jax.nn.relu(z), 3), variance

    z = np.linspace(-9, 9, 1001)[:, None]
    (row,) = monitor.count_units(forward, np.eye(1), [z]).values()  # both uses
    assert row["saturated"] == pytest.approx(15 / 18, abs=2e-3)


def test_what_has_no_flat_side_is_named_as_not_counted(monitor):
    def loss_of(params, x):
        z = x @ params["1"]["w"]
        leaky = jax.nn.leaky_relu(z) + jnp.where(z > 0, z, 0.1 * z)
        both = jax.nn.relu(z) - 0.2 * jax.nn.relu(-z)  # a PReLU
        return (leaky + both + jax.lax.cond(True, jnp.tanh, jnp.sin, z)).mean()

    report = monitor.diagnose({"1": {"w": np.eye(3)}}, loss_of, [np.eye(3)], quiet=True)
    assert not report.units
    assert set(report.coverage["not counted"].split(", ")) == {
        "1.leaky_relu (no flat side)",
        "what runs inside of cond",
        "1.relu (both sides are used)",
    }
    with pytest.raises(ValueError, match="no activation with a flat side"):
        monitor.count_units(lambda w, x: x @ w, np.eye(3), [np.eye(3)])


def test_a_loop_shows_what_the_unrolled_loop_shows(monitor, assert_same_report):
    rng = np.random.default_rng(0)
    W, U = (jnp.asarray(rng.normal(size=(4, 4)), "float32") for _ in range(2))
    x = rng.normal(size=(8, 5, 4)).astype("float32")

    def step(params, h, x):
        return jnp.tanh(x @ params["W"] + h @ params["U"])

    def unrolled(params, x):
        h = jnp.zeros((8, 4))
        for k in range(5):
            h = step(params, h, x[:, k])
        return (h**2).mean()

    def scanned(params, x):
        inside = lambda h, x: (step(params, h, x), None)  # noqa: E731
        return (
            jax.lax.scan(inside, jnp.zeros((8, 4)), x.swapaxes(0, 1))[0] ** 2
        ).mean()

    params = {"W": W, "U": U}
    one, two = (
        monitor.diagnose(params, loss_of, [x], quiet=True)
        for loss_of in (unrolled, scanned)
    )
    assert one.units[0]["inputs"] == 40
    assert_same_report(one, two, rel=1e-5)


def test_units_and_distances_survive_vmap_and_a_transposed_product(
    monitor, assert_same_report
):
    rng = np.random.default_rng(0)
    w, x = np.float32(rng.normal(size=(9, 4))), np.float32(rng.normal(size=(20, 4)))

    def plain(params, x):
        return jnp.tanh(x @ params["w"].T).mean()

    def mapped(params, x):
        return jax.vmap(lambda one: jnp.tanh(params["w"] @ one))(x).mean()

    one, two = (
        monitor.diagnose({"w": w}, loss_of, [x], quiet=True)
        for loss_of in (plain, mapped)
    )
    assert one.units[0]["units"] == 9
    assert_same_report(one, two, rel=1e-5)


# ---- Networks that do not learn, and the same ones fixed ----------------------------
def net(*widths, gain=2.0, seed=0):
    """Weights and zero biases."""
    rng = np.random.default_rng(seed)
    draw = lambda n, m: rng.normal(0, (gain / n) ** 0.5, (n, m))  # noqa: E731
    pairs = pairwise(widths)
    return [{"w": jnp.float32(draw(n, m)), "b": jnp.zeros(m)} for n, m in pairs]


def forward(params, x, act=jax.nn.relu):
    """A chain of layers; nothing about it knows of a monitor."""
    for layer in params[:-1]:
        x = act(x @ layer["w"] + layer["b"])
    return x @ params[-1]["w"] + params[-1]["b"]


def descend(rate):
    return lambda p, g: jax.tree.map(lambda w, d: w - rate * d, p, g)


def labels(output, y):
    return -jnp.take_along_axis(jax.nn.log_softmax(output), y[:, None], 1).mean()


X = np.float32(np.random.default_rng(1).normal(size=(64, 6)))
Y = np.arange(64) % 3


def predicts_the_mean(fixed, gain):
    """Outputs (n, 1) minus targets (n,): a public report, built anew."""
    x = jnp.linspace(-2, 2, 128)[:, None]

    def loss_of(params, x):
        output = forward(params, x)
        return jnp.mean(((output[:, 0] if fixed else output) - (x**2)[:, 0]) ** 2)

    return net(1, 17, 17, 1, gain=gain), loss_of, [x], descend(0.005)


def broadcast(fixed):
    return predicts_the_mean(fixed, 2.0)


def vanishes(fixed):
    params = net(6, *[16] * 12, 3, gain=2.0 if fixed else 0.3)
    return params, lambda p, b: labels(forward(p, b[0]), b[1]), [(X, Y)], None


def softmax_twice(fixed):
    last = (lambda z: z) if fixed else jax.nn.softmax
    return (
        net(6, 16, 3),
        lambda p, b: labels(last(forward(p, b[0])), b[1]),
        [(X, Y)],
        None,
    )


def sigmoid_twice(fixed):
    def loss_of(p, b):
        z = forward(p, b)
        z = z if fixed else jax.nn.sigmoid(z)
        return -(jax.nn.log_sigmoid(z) + jax.nn.log_sigmoid(-z)).mean()

    return net(6, 16, 3), loss_of, [X], None


def large_targets(fixed):
    y = X[:, :1] * (1 if fixed else 1000)
    loss_of = lambda p, b: ((forward(p, b[0]) - b[1]) ** 2).mean()  # noqa: E731
    return net(6, 16, 1), loss_of, [(X, y)], None


def slow(fixed):
    loss_of = lambda p, b: labels(forward(p, b[0]), b[1])  # noqa: E731
    return net(6, 16, 3), loss_of, [(X, Y)], descend(0.1 if fixed else 1e-6)


def closed(fixed):
    """A density that a ReLU in the renderer closes on every sample."""
    params, act = net(6, 16, 1), jax.nn.softplus if fixed else jax.nn.relu
    params[-1]["b"] -= 9.0
    return params, lambda p, x: ((act(forward(p, x)) - 1) ** 2).mean(), [X], None


def cut(fixed):
    stop = (lambda z: z) if fixed else jax.lax.stop_gradient

    def loss_of(p, b):
        return labels(forward(p[1:], stop(forward(p[:1], b[0]))), b[1])

    return net(6, 16, 16, 3), loss_of, [(X, Y)], None


def broken(fixed):
    shift = 50 if fixed else -50
    return net(6, 16, 1), lambda p, x: jnp.log(forward(p, x) + shift).mean(), [X], None


FAULTS = {
    broadcast: "Output and target broadcast",
    vanishes: "The gradient vanishes",
    softmax_twice: "The loss wants logits",
    sigmoid_twice: "The loss wants logits",
    large_targets: "The targets are large",
    slow: "The steps are small",
    closed: "1.relu is flat for every unit on every input",
    cut: "Some parameters get no gradient",
    broken: "The loss or its gradient is not a finite number",
}


OFTEN = (
    broadcast,
    vanishes,
    cut,
)  # the rules are NumPy's, tested there; JAX compiles each
EACH = [pytest.param(it, marks=() if it in OFTEN else WEEKLY) for it in FAULTS]


@pytest.mark.parametrize("fault", EACH, ids=lambda it: it.__name__)
def test_the_cause_comes_first_and_a_fixed_network_is_not_accused(monitor, fault):
    report = monitor.diagnose(*fault(fixed=False), quiet=True)
    assert report.findings[0].what.startswith(FAULTS[fault]), report
    assert not monitor.diagnose(*fault(fixed=True), quiet=True).findings


def test_weights_that_are_too_small_do_not_hide_the_shapes(monitor):
    report = monitor.diagnose(*predicts_the_mean(fixed=False, gain=1e-4), quiet=True)
    assert report.findings[0].what.startswith("Output and target broadcast")
    assert report.findings[0].numbers == "shapes (128, 1) and (128,)"


def test_no_gradient_is_told_from_a_gradient_of_zero(monitor):
    params = {"used": jnp.eye(6), "unused": jnp.eye(3), "zero": jnp.zeros((6, 6))}

    def loss_of(params, x):
        return (x @ params["used"]).mean() + 0 * (x @ params["zero"]).mean()

    report = monitor.diagnose(params, loss_of, [X], quiet=True)
    rows = {row["layer"]: row["gradient"] for row in report.layers}
    assert rows.keys() == {"used", "zero"}
    assert rows["zero"] == 0 < rows["used"]
    assert report.coverage["no gradient"] == "unused"


def test_a_weight_that_is_no_argument_is_named(monitor):
    hidden = jnp.ones((16, 16))
    params = net(6, 16, 3)

    def loss_of(params, b):
        h = jax.nn.relu(b[0] @ params[0]["w"]) @ hidden
        return labels(h @ params[1]["w"], b[1])

    report = monitor.diagnose(params, loss_of, [(X, Y)], quiet=True)
    assert report.coverage["not in the model"] == "array (16, 16)"


def test_losses_with_more_beside_them_and_results_that_are_refused(monitor):
    params, loss_of, batches, _ = slow(fixed=True)
    look = lambda f, b=batches: monitor.diagnose(params, f, b, quiet=True)  # noqa: E731
    whole = look(loss_of).losses["training"]
    assert look(lambda p, b: (loss_of(p, b), b[0])).losses["training"] == whole
    parts = look(lambda p, b: {"a": loss_of(p, b), "b": loss_of(p, b)}).losses
    assert parts["training"] == pytest.approx(2 * whole)
    with pytest.raises(ValueError, match=r"shape \(64, 3\): return its mean"):
        look(lambda p, b: forward(p, b[0]))
    with pytest.raises(ValueError, match="batches is empty"):
        look(loss_of, iter([]))


@WEEKLY  # it compiles for a quarter of a minute
def test_flax_modules_need_no_change(monitor):
    nn = pytest.importorskip("flax.linen", reason="no flax: `make recipes` installs it")
    optax = pytest.importorskip("optax", reason="no optax: `make recipes` installs it")

    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train=True):
            x = nn.relu(nn.BatchNorm(use_running_average=not train)(nn.Dense(8)(x)))
            x = nn.LayerNorm()(nn.RNN(nn.SimpleCell(6))(x))
            return nn.Dense(3)(nn.gelu(nn.Dense(5)(x[:, -1])))

    x, model = X.reshape(16, 4, 6), Net()
    state = jax.jit(model.init)(jax.random.key(0), x)
    state["batch_stats"]["BatchNorm_0"]["mean"] += 100  # lags far behind
    optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(1e-3))
    memory = optimizer.init(state["params"])

    def loss_of(params, batch, train=True):
        given = {"params": params, "batch_stats": state["batch_stats"]}
        output = model.apply(given, batch[0], train, mutable=["batch_stats"])[0]
        loss = optax.softmax_cross_entropy_with_integer_labels(output, batch[1])
        return loss.mean()

    def step(params, gradients):
        updates, _ = optimizer.update(gradients, memory, params)
        return optax.apply_updates(params, updates)

    report = monitor.diagnose(
        state["params"],
        loss_of,
        [(x, Y[:16])],
        step,
        evaluation=lambda params, batch: loss_of(params, batch, train=False),
        quiet=True,
    )
    names = [row["layer"] for row in report.layers]
    cell = ["SimpleCell_0.i", "SimpleCell_0.h"]
    assert names == ["Dense_0", *cell, "Dense_2", "Dense_1"]  # as flax names them
    assert all(row["delta"] > 0 and row["update"] > 0 for row in report.layers)
    units = {row["activation"]: row for row in report.units}
    kinds = {"relu", "tanh", "gelu"}
    assert {it.rpartition(".")[2] for it in units} == kinds
    assert units["Dense_0.relu"]["dead"] < 1 == units["Dense_0.relu"]["dead, eval"]
    what = [it.what for it in report.findings]
    assert "Evaluation mode is another network than the one that trains." in what
    gradients = jax.jit(jax.grad(loss_of))(state["params"], (x, Y[:16]))
    norms = [monitor.norm(it) for it in jax.tree.leaves(gradients)]
    whole = optax.tree.norm(gradients)  # the line on the page
    assert whole == pytest.approx(np.linalg.norm(norms), rel=1e-5)
