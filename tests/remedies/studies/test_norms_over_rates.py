import pytest


@pytest.fixture(scope="session")
def rows(study):
    return {(row["task"], row["norm"]): row for row in study("norms_over_rates")}


def fits(row):
    """The highest rate at which the networks fit."""
    return float(row["fits"].split()[-1])


@pytest.mark.parametrize("task", ["rings", "moons"])
def test_batch_norm_loses_as_many_units_as_no_norm_on_rings_and_moons(rows, task):
    none, batch = rows[task, "none"], rows[task, "batch"]
    for rate in ("1", "2", "3", "4", "5", "6"):
        assert abs(none[rate] - batch[rate]) < 12
    assert 0.7 <= fits(batch) / fits(none) <= 1


@pytest.mark.parametrize("task", ["rings", "moons"])
def test_with_the_shift_only_none_die_up_to_rate_five_and_all_from_ten_on(rows, task):
    row = rows[task, "batch, β only"]
    assert max(row[rate] for rate in ("1", "2", "3", "4", "5")) <= 2
    assert row["6"] < rows[task, "none"]["6"]
    assert min(row[rate] for rate in ("10", "15", "20", "30")) > 90


@pytest.mark.parametrize("task", ["rings", "moons"])
def test_layer_norm_loses_units_at_lower_rates_than_no_norm(rows, task):
    for rate in ("4", "5", "6"):
        assert rows[task, "layer"][rate] > rows[task, "none"][rate] + 5
        assert rows[task, "layer"][rate] > rows[task, "layer, β only"][rate]


def test_without_scale_and_shift_none_or_few_die(rows):
    rates = [key for key in rows["rings", "none"] if key.isdigit()]
    for (_, norm), row in rows.items():
        if "no γ, β" in norm:
            limit = 0 if norm.startswith("batch") else 15
            assert max(row[rate] for rate in rates) <= limit


def test_on_moons_the_missing_shift_costs_points(rows):
    assert rows["moons", "batch, no γ, β"]["fits"] == "nowhere"
    assert fits(rows["rings", "batch, no γ, β"]) == 30


def test_on_digits_either_norm_bears_higher_rates_than_none(rows):
    digits = {norm: row for (task, norm), row in rows.items() if task == "digits ÷ 2"}
    for norm, row in digits.items():
        assert norm == "none" or fits(row) > 1.5 * fits(digits["none"])
    assert fits(digits["batch"]) >= 2.5 * fits(digits["none"])
    assert digits["batch"]["6"] < 10 < digits["none"]["6"]
