import re
import tracemalloc
from math import erf, exp, inf, isnan, pi, sqrt
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
    def numbers(name):
        _, step, units, *more = (folder / f"{name}.txt").read_text().split("\n\n")
        assert bool(more) == (name == "monitor_pytorch")  # which goes on
        assert [step.split()[:2], units.split()[:3]] == HEADS
        return [re.findall(r"(?<= )\d\S*", table) for table in (step, units)]

    assert [*map(len, numbers(stem))] == [6, 6]
    assert numbers(stem) == numbers("monitor_numpy")


@pytest.mark.parametrize("stem", OTHERS)
def test_definition_of_saturated_is_the_same_text_in_every_recipe(folder, stem):
    def definition(name):
        text = (folder / f"{name}.py").read_text()
        return re.findall(r"^(?:# Beyond|LIMITS).*$", text, re.M)

    def limits(lines):
        names = {"inf": inf}
        exec("\n".join(lines), names)
        return names["LIMITS"]

    shared, lines = definition("monitor_numpy"), definition(stem)
    assert len(shared) == 3
    assert lines[:3] == shared
    more = limits([*lines[:1], "LIMITS = {}", *lines[3:]])
    assert bool(more) == (stem == "monitor_pytorch")
    assert not more.keys() & limits(shared).keys()  # it adds, and changes none


@pytest.fixture(scope="module")
def limits(monitor):
    """The limits of the recipes, and those that the page says how to add."""
    page = Path(__file__).parents[3] / "docs/practice/recipes.md"
    lines = re.findall(r'`LIMITS\["(\w+)"\] = \((.*?), (.*?)\)`', page.read_text())
    added = {name: (float(low), float(high)) for name, low, high in lines}
    assert added.pop("leaky_relu") == (0, inf)
    assert not added.keys() & monitor.LIMITS.keys()
    return monitor.LIMITS | added


def test_every_limit_is_checked(limits):
    assert limits.keys() == SLOPES.keys()


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
