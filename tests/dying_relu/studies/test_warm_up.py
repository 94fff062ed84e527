"""Warm-up saves neurons near the harmless rates and costs some far above them."""

import pytest


@pytest.fixture
def dead(study):
    """(data, optimizer) -> rate -> percent dead by length of the warm-up."""
    table = {}
    for row in study("warm_up"):
        shares = [row[f"dead %, warm-up {n}"] for n in (0, 20, 100)]
        table.setdefault((row["data"], row["optimizer"]), {})[row["rate"]] = shares
    return table


@pytest.mark.parametrize(
    ("task", "rates"),
    [
        (("rings", "GD"), (4, 5, 6, 7, 8)),
        (("rings", "Adam"), (0.2, 0.3, 0.5, 1)),
        (("digits", "GD"), (2, 2.5, 3)),
        (("digits", "Adam"), (0.03, 0.06, 0.1, 0.2, 0.3)),
    ],
)
def test_just_above_the_harmless_rates_warm_up_saves_neurons(dead, task, rates):
    for rate in rates:
        without, *warm = dead[task][rate]
        assert max(warm) < without - 4


@pytest.mark.parametrize(
    ("task", "rates"),
    [(("rings", "GD"), (20, 30, 100)), (("rings", "Adam"), (10, 30))],
)
def test_far_above_them_on_the_rings_warm_up_kills_more(dead, task, rates):
    for rate in rates:
        without, *warm = dead[task][rate]
        assert min(warm) > without


def test_a_long_warm_up_widens_the_range_of_rates_for_adam_tenfold(dead):
    digits = dead["digits", "Adam"]
    assert digits[0.3][2] < digits[0.03][0]
    rings = dead["rings", "Adam"]
    assert rings[1][2] < rings[0.1][0] + 2


def test_where_nothing_dies_warm_up_changes_nothing(dead):
    for task, rate in ((("rings", "GD"), 2), (("digits", "GD"), 0.5)):
        assert max(dead[task][rate]) < 1
