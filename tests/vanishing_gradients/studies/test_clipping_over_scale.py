import math

import pytest

NARROW, SHALLOW = "32 × 20", "64 × 10"


def column(study, network, rate, name):
    """One column over the weight scale."""
    return {
        row["weight scale"]: row[name]
        for row in study("clipping_over_scale")
        if (row["network"], row["rate"]) == (network, rate)
    }


@pytest.mark.parametrize("network", [NARROW, SHALLOW])
@pytest.mark.parametrize("steps", [160, 1000, 3000])
def test_training_is_slower_the_further_the_start_is_above_the_line(
    study, network, steps
):
    for kind in ("clipped", "not clipped"):
        losses = column(study, network, 0.05, f"{kind}, {steps} steps").values()
        for lower, higher in zip(list(losses)[:-1], list(losses)[1:], strict=True):
            assert higher > 0.9 * lower
        assert max(losses) > 5 * min(losses)


def test_delta_explodes_at_scale_two_and_the_network_still_learns(study):
    assert column(study, NARROW, 0.05, "growth of δ")[2] > 5
    assert column(study, NARROW, 0.05, "clipped, worst")[2] < 0.2


def test_at_scale_three_clipped_training_is_slow_and_not_stuck(study):
    name = "clipped, {} steps"
    losses = [column(study, NARROW, 0.05, name.format(n))[3] for n in (160, 1000, 3000)]
    assert losses == sorted(losses, reverse=True)
    assert losses[0] > 1.5
    assert 0.7 < losses[2] < losses[0] / 2


def test_without_clipping_scale_three_stays_where_always_answering_zero_is(study):
    for steps in (1000, 3000):
        loss = column(study, NARROW, 0.05, f"not clipped, {steps} steps")[3]
        assert loss == pytest.approx(0.5, abs=0.1)


def test_clipping_keeps_a_rate_usable_at_which_unclipped_training_overflows(study):
    assert column(study, NARROW, 0.2, "clipped, 3000 steps")[2] < 0.1
    for scale in (2, 3):
        assert math.isinf(column(study, NARROW, 0.2, "not clipped, 3000 steps")[scale])
