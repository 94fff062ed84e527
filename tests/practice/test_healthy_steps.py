"""Steps that are too small, right and too large, by ratio and by dead neurons."""

import math

import numpy as np
import pytest


@pytest.fixture(scope="module")
def runs(run):
    names = run("healthy_steps")
    return {rate: [names.train(rate, s) for s in range(10)] for rate in (1e-3, 0.1, 2)}


def test_small_steps_leave_the_loss_and_the_neurons(runs):
    for loss, ratios, dead in runs[1e-3]:
        assert loss > 0.9
        assert max(ratios) < 2e-4
        assert abs(dead[-1] - dead[0]) < 3


def test_moderate_steps_learn_and_kill_next_to_nothing(runs):
    for loss, ratios, dead in runs[0.1]:
        assert loss < 0.3
        assert 1e-4 < np.median(ratios) < 1e-1
        assert abs(dead[-1] - dead[0]) < 10


def test_large_steps_end_at_the_loss_of_guessing_with_most_neurons_dead(runs):
    losses, _, dead = zip(*runs[2], strict=True)
    assert np.median(losses) == pytest.approx(math.log(3), abs=0.01)
    assert np.median([it[-1] for it in dead]) > 50
