import math

import pytest

NARROW, SHALLOW, DIGITS = "32 × 20", "64 × 10", "64 × 10, digits"


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


@pytest.mark.parametrize("steps", [160, 1000, 3000])
def test_clipped_training_on_digits_is_slower_above_the_line_too(study, steps):
    losses = [*column(study, DIGITS, 0.05, f"clipped, {steps} steps").values()]
    assert losses == sorted(losses)
    assert losses[-1] > 3 * losses[0]


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


@pytest.mark.parametrize(("network", "rate"), [(NARROW, 0.2), (DIGITS, 0.05)])
def test_clipping_can_be_what_lets_a_chaotic_start_train(study, network, rate):
    assert column(study, network, rate, "clipped, worst")[2] < 0.15
    assert math.isinf(column(study, network, rate, "not clipped, 3000 steps")[2])


@pytest.mark.parametrize("network", [NARROW, SHALLOW])
def test_at_the_rate_of_the_figure_far_starts_do_no_worse_without_clipping(
    study, network
):
    clipped = column(study, network, 0.05, "clipped, 3000 steps")
    free = column(study, network, 0.05, "not clipped, 3000 steps")
    for scale in clipped:
        assert free[scale] < 1.2 * clipped[scale]
