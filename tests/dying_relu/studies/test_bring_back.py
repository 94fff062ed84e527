"""New weights bring back all, another slope few; both mend the fit."""

import pytest

SLOPES = ("leaky 0.01", "leaky 0.2", "ELU", "GELU", "SiLU")


@pytest.mark.parametrize("rate", [6, 10])
def test_new_weights_bring_back_all_and_another_slope_at_most_half(study, rate):
    table = study("bring_back")
    rows = {r["change"]: r for r in table if r["killed at rate"] == rate}
    assert rows["none"]["on again %"] == 0
    assert rows["new weights"]["on again %"] > 99
    assert all(0 < rows[name]["on again %"] < 50 for name in SLOPES)


@pytest.mark.parametrize("rate", [6, 10])
def test_all_of_them_mend_the_fit(study, rate):
    table = study("bring_back")
    rows = {r["change"]: r for r in table if r["killed at rate"] == rate}
    for name in (*SLOPES, "new weights"):
        assert rows[name]["right %"] > max(95, rows["none"]["right %"] + 3)


def test_gelu_and_silu_units_return_no_less_than_those_with_a_slope_of_a_hundredth(
    study,
):
    rows = {r["change"]: r for r in study("bring_back") if r["killed at rate"] == 10}
    for name in ("GELU", "SiLU"):
        assert rows[name]["on again %"] > rows["leaky 0.01"]["on again %"]
