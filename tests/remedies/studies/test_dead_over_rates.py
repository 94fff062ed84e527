import pytest

RATES = ["1", "2", "3", "4", "5", "6", "7", "8", "10", "15", "20", "30"]


@pytest.fixture(scope="session")
def rows(study):
    return {(row["task"], row["activation"]): row for row in study("dead_over_rates")}


def fits(row):
    """The highest rate at which the networks fit."""
    return float(row["fits"].split()[-1])


@pytest.mark.parametrize("task", ["rings", "moons", "rings, wide"])
def test_gelu_and_silu_lose_fewer_units_than_relu_between_rates_six_and_eight(
    rows, task
):
    relu, gelu, silu = (rows[task, name] for name in ("ReLU", "GELU", "SiLU"))
    for rate in ("6", "7", "8"):
        assert silu[rate] - 2 < gelu[rate] < relu[rate]
        assert silu[rate] < 0.6 * relu[rate]


@pytest.mark.parametrize("task", ["rings", "moons", "rings, wide"])
def test_small_leak_loses_as_many_units_as_relu_until_it_explodes(rows, task):
    for rate in RATES[:9]:
        assert abs(rows[task, "ReLU"][rate] - rows[task, "leaky 0.01"][rate]) < 15


@pytest.mark.parametrize("task", ["rings", "moons", "rings, wide"])
def test_at_rate_thirty_most_units_are_lost_with_all_but_the_large_leak(rows, task):
    for name in ("ReLU", "ELU", "GELU", "SiLU"):
        assert rows[task, name]["30"] > 65


def test_order_of_the_highest_rates_that_fit_on_the_rings(rows):
    names = "leaky 0.2", "ReLU", "ELU", "GELU", "SiLU"
    highest = [fits(rows["rings", name]) for name in names]
    assert highest == sorted(highest)
    assert fits(rows["rings", "leaky 0.01"]) == fits(rows["rings", "ReLU"])


def test_on_the_moons_none_fits_at_a_higher_rate_than_relu_but_tanh(rows):
    relu = fits(rows["moons", "ReLU"])
    for name in ("leaky 0.01", "ELU", "GELU", "SiLU"):
        assert fits(rows["moons", name]) == relu
    assert fits(rows["moons", "leaky 0.2"]) < relu < fits(rows["moons", "tanh"])


def test_on_digits_all_but_tanh_meet_the_cliff_at_a_rate_near_two(rows):
    for name in ("ReLU", "leaky 0.01", "leaky 0.2", "ELU", "GELU", "SiLU"):
        assert 2 <= fits(rows["digits ÷ 2", name]) <= 3
    assert fits(rows["digits ÷ 2", "tanh"]) == 30
    for name in ("ReLU", "GELU", "SiLU"):
        assert rows["digits ÷ 2", name]["4"] > 40


def test_elu_is_the_first_to_lose_units(rows):
    for task in ("rings", "rings, wide", "digits ÷ 2"):
        others = [rows[task, name]["3"] for name in ("ReLU", "GELU", "SiLU")]
        assert rows[task, "ELU"]["3"] > max(others) + 10


def test_with_three_layers_gelu_and_silu_lose_fewer_units_but_overflow_earlier(rows):
    deep = {name: row for (task, name), row in rows.items() if "deep" in task}
    for name in ("GELU", "SiLU"):
        assert deep[name]["6"] < deep["ReLU"]["6"] / 2
        assert fits(deep[name]) <= fits(deep["ReLU"])
        overflows = [rate for rate in RATES if deep[name][rate] != deep[name][rate]]
        relu = [rate for rate in RATES if deep["ReLU"][rate] != deep["ReLU"][rate]]
        assert len(overflows) >= len(relu) > 0
