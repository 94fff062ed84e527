"""Fewer live neurons: more steps and a higher loss, even at full accuracy."""

import pytest


@pytest.mark.parametrize("data", ["rings", "digits"])
def test_with_six_live_neurons_it_takes_longer_and_the_loss_ends_higher(study, data):
    rows = {r["live of 32"]: r for r in study("cost_of_dead") if r["data"] == data}
    for few, many in ((6, 12), (6, 32), (8, 32), (12, 32)):
        assert rows[few]["steps to 99%"] > rows[many]["steps to 99%"]
        assert rows[few]["loss at the end"] > rows[many]["loss at the end"]
    assert rows[6]["steps to 99%"] > 1.5 * rows[32]["steps to 99%"]


@pytest.mark.parametrize("data", ["rings", "digits"])
def test_accuracy_needs_six_to_eight_and_four_are_too_few(study, data):
    rows = {r["live of 32"]: r for r in study("cost_of_dead") if r["data"] == data}
    assert isinstance(rows[4]["steps to 99%"], str)  # not within the run
    assert rows[6]["accuracy %"] > 99
    assert rows[6]["least accuracy %"] < 100
    assert all(rows[n]["least accuracy %"] > 99 for n in (8, 12, 16, 24, 32))
