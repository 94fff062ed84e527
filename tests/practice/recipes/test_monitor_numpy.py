import re
import tracemalloc
from contextlib import nullcontext
from itertools import pairwise
from math import erf, exp, isnan, pi, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

OTHERS = ["monitor_pytorch", "monitor_jax", "monitor_keras"]
HEADS = [["gradient_norm", "update_ratio"], ["units", "saturated", "dead"]]
SLOPES = {
    "relu": lambda z: float(z > 0),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "sigmoid": lambda z: exp(-z) / (1 + exp(-z)) ** 2,
    "elu": lambda z: exp(min(z, 0)),
    "gelu": lambda z: (1 + erf(z / sqrt(2))) / 2 + z * exp(-z * z / 2) / sqrt(2 * pi),
    "relu6": lambda z: float(0 < z < 6),
    "selu": lambda z: 1.0507 if z > 0 else 1.7581 * exp(z),
    "softplus": lambda z: 1 / (1 + exp(-z)),
    "silu": lambda z: (1 + exp(-z) * (1 + z)) / (1 + exp(-z)) ** 2,
}


@pytest.fixture(scope="module")
def monitor(recipe):
    return recipe("monitor_numpy")


def test_page_shows_what_the_recipe_prints(monitor, agrees_with_stored_output):
    agrees_with_stored_output("monitor_numpy", monitor.printed)


@pytest.mark.parametrize("stem", OTHERS)
def test_outputs_on_the_page_hold_the_same_numbers(folder, stem):
    def tables(name):
        parts = (folder / f"{name}.txt").read_text().split("\n\n")
        assert [parts[k].split("\n")[0].split() for k in (1, 2)] == HEADS
        return [re.findall(r"(?<= )\d\S*", parts[k]) for k in (1, 2, 4, 5)]

    assert [*map(len, tables(stem))] == [6, 6, 20, 12]
    assert tables(stem) == tables("monitor_numpy")


@pytest.mark.parametrize("stem", OTHERS)
def test_rules_of_the_verdict_are_the_same_text_in_every_monitor(folder, stem):
    def rules(name):
        text = (folder / f"{name}.py").read_text("utf-8")
        _, rest = text.split("# ---- The report and its rules")
        return rest.split("# ---- Paste or import")[0]

    assert rules(stem) == rules("monitor_numpy")
    assert "def _findings(report, facts)" in rules(stem)


def test_jax_and_keras_read_a_program_with_the_same_text(folder):
    def reader(name):
        text = (folder / f"{name}.py").read_text("utf-8")
        _, rest = text.split("# ---- What is seen: the program")
        return rest.split("# ---- What the verdict tells")[0]

    assert reader("monitor_jax") == reader("monitor_keras")


@pytest.mark.parametrize("stem", ["monitor_numpy", *OTHERS])
def test_every_monitor_has_words_for_all_that_the_rules_say(folder, stem):
    text = (folder / f"{stem}.py").read_text("utf-8")
    said = set(re.findall(r"_SAY\[['\"](\w+)['\"]\]", text))
    said |= set(re.findall(r"^   \{(\w+)\}$", text, re.M))  # lines of the healthy
    names = re.search(r"_SAY = (\{.*?\n\})", text, re.S).group(1)
    assert {*eval(names)} == said | {"relu", "tanh", "sigmoid"}


@pytest.mark.parametrize("stem", OTHERS)
def test_definition_of_saturated_is_the_same_text_in_every_recipe(folder, stem):
    def definition(name):
        text = (folder / f"{name}.py").read_text()
        return re.findall(r"^(?:# Beyond|LIMITS).*$", text, re.M)

    shared, lines = definition("monitor_numpy"), definition(stem)
    assert len(lines) == 6
    assert lines == [it for it in shared if "relu6" not in it]  # named by hand there


@pytest.fixture(scope="module")
def limits(monitor):
    """The limits of the recipes; and the page says how to add one."""
    page = Path(__file__).parents[3] / "docs/practice/recipes.md"
    assert '`LIMITS["leaky_relu"] = (0, inf)`' in page.read_text("utf-8")
    return monitor.LIMITS


@pytest.mark.parametrize("kind", SLOPES)
def test_slope_is_small_beyond_the_limits_and_not_just_inside(limits, kind):
    low, high = limits[kind]
    z = np.linspace(-15, 15, 30001)
    slope = np.abs([SLOPES[kind](value) for value in z])
    beyond = (z < low - 0.01) | (z > high + 0.01)
    assert slope[beyond].max() < 0.05 * slope.max()
    inside = (z > low + 0.01) & (z < high - 0.01)
    assert (slope[inside][[0, -1]] > 0.05 * slope.max()).all()


def test_reference_gradients_agree_with_central_differences(expected, network):
    def loss(i, change):
        n = network
        kept, n.W[i] = n.W[i], n.W[i] + change
        value = ((expected.forward(n.x)[0][-1] - n.y) ** 2).mean()
        n.W[i] = kept
        return value

    rng = np.random.default_rng(0)
    for i, W in enumerate(network.W):
        step = 1e-6 * rng.normal(size=W.shape)
        slope = (expected.gradients[f"{i}.W"] * step).sum()
        assert loss(i, step) - loss(i, -step) == pytest.approx(2 * slope, rel=1e-4)


def test_reference_network_has_something_to_find_in_every_column(expected):
    dead = [row["dead"] for row in expected.units.values()]
    assert expected.units["1.relu"]["dead"] > 0
    assert sum(share > 0 for share in dead) >= 2
    assert all(0 < row["saturated"] < 1 for row in expected.units.values())
    assert all(row["gradient_norm"] > 0 for row in expected.step.values())


def test_counts_over_batches_equal_those_of_all_data_at_once(monitor, expected):
    n = {name: z.shape[1] for name, z in expected.pre.items()}
    for name, z in expected.pre.items():
        low, high = monitor.LIMITS[name.split(".")[1]]
        beyond = (z <= low) | (z >= high)
        row = {"units": n[name], "saturated": beyond.mean()}
        row["dead"] = beyond.all(axis=0).mean()
        assert expected.units[name] == pytest.approx(row, rel=1e-12)


@given(st.integers(1, 12), st.integers(0, 1000))
def test_batch_size_does_not_change_the_counts(monitor, size, seed):
    z = np.random.default_rng(seed).normal(-1.5, 1, (12, 7))
    batches = [z[i : i + size] for i in range(0, 12, size)]
    row = monitor.count_units(lambda z: {"1.relu": z}, batches)["1.relu"]
    assert row["dead"] == (z <= 0).all(axis=0).mean()
    assert row["saturated"] == pytest.approx((z <= 0).mean())


def test_relu_that_is_exactly_zero_everywhere_is_dead(monitor):
    rows = monitor.count_units(lambda z: {"1.relu": z}, [np.zeros((4, 3))])
    assert rows["1.relu"] == {"units": 3, "saturated": 1, "dead": 1}


def test_nan_raises_an_alarm_instead_of_looking_alive(monitor):
    rows = monitor.count_units(lambda z: {"1.tanh": z}, [np.full((4, 3), np.nan)])
    assert rows["1.tanh"] == {"units": 3, "saturated": 1, "dead": 1}


def test_unit_of_a_convolution_is_a_channel_over_all_positions(monitor):
    z = np.full((2, 5, 5, 3), -1.0)
    z[1, 4, 0, 2] = 1  # one position of one input keeps channel 2 alive
    row = monitor.count_units(lambda z: {"1.relu": z}, [z[:1], z[1:]])["1.relu"]
    assert row == pytest.approx({"units": 3, "saturated": 149 / 150, "dead": 2 / 3})


def test_memory_does_not_grow_with_the_number_of_batches(monitor):
    def peak(batches):
        rng = np.random.default_rng(0)
        data = (rng.normal(size=(50, 40)) for _ in range(batches))
        tracemalloc.start()
        monitor.count_units(lambda z: {"1.relu": z}, data)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(2)
    assert peak(400) < 1.2 * peak(4)


def test_gradient_that_is_missing_is_none_and_not_zero(monitor):
    W = {"a": np.ones((2, 2)), "b": np.ones((2, 2))}
    rows = monitor.compare_step(W, W, {"b": np.zeros((2, 2))})
    assert rows["a"] == {"gradient_norm": None, "update_ratio": 0}
    assert rows["b"] == {"gradient_norm": 0, "update_ratio": 0}


def test_table_says_none_for_a_missing_gradient(monitor, capsys):
    monitor.show({"a": {"gradient_norm": None, "update_ratio": 0.25}})
    assert capsys.readouterr().out.split() == [
        "gradient_norm",
        "update_ratio",
        "a",
        "none",
        "0.25",
    ]


def test_ratio_is_size_of_change_over_size_before(monitor):
    W = np.array([[3.0, 0], [0, 4]])
    rows = monitor.compare_step({"a": W}, {"a": 1.02 * W}, {"a": 2 * W})
    assert rows["a"] == pytest.approx({"gradient_norm": 10, "update_ratio": 0.02})


def test_weights_that_are_all_zero_have_no_ratio(monitor):
    zero = np.zeros((2, 2))
    rows = monitor.compare_step({"a": zero}, {"a": zero + 1}, {"a": zero})
    assert isnan(rows["a"]["update_ratio"])


def test_biases_have_no_row(monitor):
    assert monitor.compare_step({"b": np.ones(3)}, {"b": np.ones(3)}, {}) == {}


def test_tiny_float32_gradient_does_not_become_zero_by_squaring(monitor):
    gradient = np.full((2, 2), 1e-30, dtype="float32")
    assert monitor.norm(gradient) == pytest.approx(2e-30)


# ---- diagnose ----------------------------------------------------------------------
def net(gain=1.0, layers=2, target=None, rate=0.01):
    """A ReLU network with hand-written backward pass, ready for `diagnose`."""
    rng = np.random.default_rng(0)
    sizes = [6, *[16] * (layers - 1), 1]
    shapes = pairwise(sizes)
    W = {
        f"{i}.W": rng.normal(0, gain * (2 / n) ** 0.5, (n, m))
        for i, (n, m) in enumerate(shapes)
    }
    x = rng.normal(size=(32, 6))
    y = x[:, :1] if target is None else target(x)

    def loss_of(batch):
        x, y = batch
        z, inputs = {}, [x]
        for i, w in enumerate(W.values()):
            last = i == len(W) - 1
            z[f"{i}" if last else f"{i}.relu"] = inputs[-1] @ w
            inputs.append(np.maximum(inputs[-1] @ w, 0))
        output = z[f"{i}"]
        delta = 2 * (output - y) / (output - y).size
        delta = delta.sum(1, keepdims=True) if delta.shape != output.shape else delta
        gradients, deltas = {}, {}
        for i in reversed(range(len(W))):
            deltas[f"{i}"], gradients[f"{i}.W"] = delta, inputs[i].T @ delta
            delta = delta @ W[f"{i}.W"].T * (inputs[i] > 0)
        return {
            "loss": ((output - y) ** 2).mean(),
            "z": z,
            "delta": deltas,
            "gradients": gradients,
            "output": output,
            "target": y,
        }

    def step(W, gradients):
        for name, w in W.items():
            w -= rate * gradients[name]

    return W, loss_of, [(x, y)], step


@pytest.mark.parametrize(
    ("sick", "words"),
    [
        ({"gain": 0.2, "layers": 12}, "The gradient vanishes"),
        ({"target": lambda x: x[:, 0]}, "Output and target broadcast"),
        ({"target": lambda x: 1000 * x[:, :1]}, "The targets are large"),
        ({"rate": 1e-7}, "The steps are small"),
        ({"target": lambda x: np.inf * x[:, :1]}, "The loss or its gradient is not"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_the_cause_comes_first_and_a_healthy_network_is_not_accused(
    monitor, sick, words
):
    report = monitor.diagnose(*net(**sick), quiet=True)
    assert report.findings[0].what.startswith(words), report
    assert not monitor.diagnose(*net(), quiet=True).findings


def test_weights_stay_as_they_were_and_a_step_in_loss_of_is_refused(monitor):
    W, loss_of, batches, step = net()
    before = {name: w.copy() for name, w in W.items()}

    def trains(batch):
        out = loss_of(batch)
        step(W, out["gradients"])
        return out

    for function in (loss_of, trains):
        refused = function is trains
        with (
            pytest.raises(ValueError, match="leave the step")
            if refused
            else nullcontext()
        ):
            monitor.diagnose(W, function, batches, step, quiet=True)
        assert all((W[name] == w).all() for name, w in before.items())


def test_evaluation_stands_beside_training(monitor):
    W, loss_of, batches, _ = net()

    def evaluation(batch):
        out = loss_of(batch)
        return out | {"z": {name: z - 100 for name, z in out["z"].items()}}

    report = monitor.diagnose(W, loss_of, batches, evaluation=evaluation, quiet=True)
    (row,) = report.units
    assert row["dead"] < 1 == row["dead, eval"]
    assert report.findings[0].what.startswith("Evaluation mode is another network")


def test_what_cannot_be_right_is_an_error(monitor):
    W, loss_of, batches, step = net()
    with pytest.raises(ValueError, match="batches is empty"):
        monitor.diagnose(W, loss_of, iter([]), step)

    def turned(batch):
        out = loss_of(batch)
        out["gradients"]["0.W"] = out["gradients"]["0.W"].T
        return out

    with pytest.raises(ValueError, match=r"0.W has the shape \(16, 6\)"):
        monitor.diagnose(W, turned, batches, step)


def test_a_forgotten_gradient_and_an_unknown_activation_are_named(monitor):
    W, loss_of, batches, _ = net()

    def partial(batch):
        out = loss_of(batch)
        del out["gradients"]["0.W"]
        return out | {"z": {"0.leaky_relu": out["z"]["0.relu"], "1": out["z"]["1"]}}

    report = monitor.diagnose(W, partial, batches, quiet=True)
    assert report.coverage["no gradient"] == "0.W"
    assert report.coverage["not counted"] == "0.leaky_relu (no flat side)"
    assert report.findings[0].what.startswith("Some parameters get no gradient")
