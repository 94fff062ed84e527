"""Which lines of the default may go: twenty networks a cell."""

import pytest


@pytest.fixture(scope="module")
def rows(study):
    names = "data", "layers", "rate"
    return {tuple(r[name] for name in names): r for r in study("default_lines")}


MOST, FEW = 15, 5


def test_whole_default_fits_at_every_depth_from_rate_one_hundredth_on(rows):
    for (_, _, rate), row in rows.items():
        if rate >= 0.01:
            assert row["default"] >= MOST


def test_raw_inputs_spoil_the_moons_and_the_digits_at_small_rates_only(rows):
    assert max(rows["moons", n, 0.01]["raw inputs"] for n in (4, 10, 30)) <= FEW
    assert rows["digits", 10, 0.01]["raw inputs"] >= MOST
    assert rows["digits", 10, 0.001]["raw inputs"] <= FEW


def test_at_ten_layers_the_norm_without_the_skip_is_worse_than_neither(rows):
    row = rows["moons", 10, 0.01]
    assert row["no skip"] < 12 < MOST <= row["neither"]
    assert rows["moons", 10, 0.1]["no skip"] <= FEW


def test_first_weights_decide_at_thirty_layers_only_without_norm_and_skip(rows):
    row = rows["moons", 30, 0.001]
    assert row["PyTorch's weights"] >= MOST <= row["neither"]
    assert row["neither, PyTorch's weights"] <= FEW
