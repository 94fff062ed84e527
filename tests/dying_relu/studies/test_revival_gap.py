"""Revival is a matter of depth below 0 and of the speed of decay."""

import pytest

FIRST, SECOND, THIRD = (f"layer {k}, on again %" for k in (1, 2, 3))


@pytest.fixture
def row(study):
    def chosen(way, gap=0.03, steps=250, network="16"):
        wanted = way, gap, steps, network
        table = study("revival_gap")
        (found,) = (it for it in table if same(it, wanted))
        return found

    def same(it, wanted):
        values = list(it.values())[:4]
        return [str(v).removesuffix(".0") for v in values] == [*map(str, wanted)]

    return chosen


def test_gradient_descent_revives_none_of_layer_1_in_any_row(study):
    rows = [r for r in study("revival_gap") if r["way"] == "gradient descent"]
    assert len(rows) > 20
    assert all(r[FIRST] == 0 for r in rows)


def test_from_near_0_half_of_layer_2_comes_back_and_from_1_hardly_any(row):
    near, far, away = (row("gradient descent", g)[SECOND] for g in (0.03, 0.3, 1))
    assert 40 < near < 56
    assert 10 < far < 25
    assert away < 5


@pytest.mark.parametrize("network", ["16", "32", "digits"])
@pytest.mark.parametrize("layer", [SECOND, THIRD])
def test_deeper_deaths_are_rarer_to_come_back_in_every_network(row, network, layer):
    shares = [row("gradient descent", g, 250, network)[layer] for g in (0.003, 0.3, 3)]
    assert shares[0] > shares[1] > shares[2] - 1


def test_memory_revives_some_of_layer_1_from_near_0_and_none_from_far(row):
    for way in ("momentum", "Adam"):
        assert row(way, 0.003)[FIRST] > 10
        assert all(row(way, gap)[FIRST] == 0 for gap in (0.3, 1, 3))


def test_slow_decay_changes_nothing_and_fast_decay_hinders_or_helps(row):
    plain = row("gradient descent")[SECOND]
    assert abs(row("decay of W, 1e-5")[SECOND] - plain) < 4
    assert row("decay of W, 0.003")[SECOND] < plain / 4
    assert row("decay of b, 1e-5")[FIRST] < 5
    assert row("decay of b, 0.003")[FIRST] == 100
    assert 30 < row("decay of b, 0.003", 3)[FIRST] < 80
