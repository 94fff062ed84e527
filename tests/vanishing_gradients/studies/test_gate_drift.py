import pytest


def find(study, width, bias, size):
    """The row of one start."""
    names = "width", "forget bias", "input size"
    (row,) = (
        r
        for r in study("gate_drift")
        if tuple(r[name] for name in names) == (width, bias, size)
    )
    return row


def factor(study, *case):
    return find(study, *case)["factor, all paths"]


def test_a_larger_forget_bias_raises_both_factors_at_every_width(study):
    for width in (32, 128, 256):
        for path in ("all paths", "cell path"):
            found = [find(study, width, b, 1)[f"factor, {path}"] for b in range(5)]
            assert found == sorted(found)


def test_bias_zero_forgets_about_as_fast_as_a_plain_tanh_network(study):
    for width in (32, 128, 256):
        assert factor(study, width, 0, 1) == pytest.approx(0.64, abs=0.02)


def test_the_factor_one_at_bias_three_is_a_balance_of_this_start(study):
    assert factor(study, 128, 3, 1) == pytest.approx(1, abs=0.01)
    assert factor(study, 32, 3, 1) < 0.998
    assert factor(study, 128, 3, 0.1) > 1.015
    assert factor(study, 128, 3, 3) < 0.9


def test_an_lstm_can_explode_at_the_usual_weight_scale(study):
    for width in (32, 128, 256):
        assert factor(study, width, 5, 1) > 1.005
    assert find(study, 128, 5, 1)["lowest"] > 1
    assert find(study, 128, 3, 0.1)["lowest"] > 1


def test_strong_inputs_let_even_bias_three_vanish(study):
    assert find(study, 128, 3, 3)["highest"] < 1e-15


def test_the_cell_path_never_grows(study):
    for row in study("gate_drift"):
        assert row["factor, cell path"] < 1
        assert row["factor, cell path"] < row["factor, all paths"]
