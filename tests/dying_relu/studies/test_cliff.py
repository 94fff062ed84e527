"""How suddenly a rate kills depends on the data."""

import pytest

DEAD = "dead %, width 64"


@pytest.fixture
def dead(study):
    """Data -> rate -> percent of dead neurons at width 64."""
    table = {}
    for row in study("cliff"):
        table.setdefault(row["data"], {})[row["rate"]] = row[DEAD]
    return table


def test_on_the_rings_there_is_a_cliff_between_rates_3_and_6(dead):
    assert dead["rings"][3] < 2
    assert 30 < dead["rings"][5] < 75
    assert all(share > 70 for rate, share in dead["rings"].items() if rate >= 6)


def test_on_the_moons_it_is_a_slope(dead):
    moons = dead["moons"]
    assert list(moons.values()) == sorted(moons.values())
    assert moons[5] < 3
    assert 10 < moons[8] < 30
    assert 50 < moons[12] < 75


def test_on_the_digits_the_second_layer_dies_between_rates_1_and_3(dead):
    assert dead["digits"][1] < 2 < dead["digits"][1.5] < 20
    assert 15 < dead["digits"][2] < 60 < dead["digits"][2.5] < dead["digits"][3]


def test_on_standardized_digits_the_first_layer_loses_no_neuron(dead):
    assert set(dead["digits-1"].values()) == {0}
    assert dead["digits"][3] > 80


def test_pixels_that_are_not_centred_cost_the_first_layer_its_neurons(dead):
    assert 2 < dead["pixels"][0] < 10  # before training
    assert dead["pixels"][0.3] < 10 < 60 < dead["pixels"][1] < dead["pixels"][1.5]


def test_a_harmless_rate_is_not_always_without_a_single_death(study):
    rows = [r for r in study("cliff") if r["data"] == "rings" and r["rate"] <= 3]
    assert any(row["range, width 16"] != "0 to 0" for row in rows)


def test_at_harmless_rates_the_points_are_fitted(study):
    for row in study("cliff"):
        if row["rate"] and row["data"] != "digits-1" and row[DEAD] < 5:
            assert row["right %, width 64"] > 99
