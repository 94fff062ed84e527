"""Warm-up helps just above the cliff and harms far above it."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def results(run):
    """Length of the warm-up -> percent dead and percent right by rate, means."""
    names, found = run("warm_up_deaths"), {}
    for warm_up in names.WARM_UPS:
        dead, right = names.train(warm_up, np.random.default_rng(0))
        found[warm_up] = (
            dict(zip(names.RATES.tolist(), dead.mean(axis=0), strict=True)),
            dict(zip(names.RATES.tolist(), right.mean(axis=0), strict=True)),
        )
    return found


def test_below_the_cliff_nothing_dies_with_or_without_warm_up(results):
    for dead, right in results.values():
        assert dead[2] < 2
        assert right[2] > 99


@pytest.mark.parametrize("rate", [5, 6, 8])
def test_just_above_the_cliff_warm_up_saves_neurons(results, rate):
    assert results[20][0][rate] < results[0][0][rate] - 30
    assert results[100][0][rate] < results[0][0][rate] - 20


@pytest.mark.parametrize("rate", [15, 20, 30, 60])
def test_far_above_the_cliff_a_short_warm_up_kills_all_and_the_fit(results, rate):
    assert results[20][0][rate] > 95 > results[0][0][rate]
    assert results[20][1][rate] < results[0][1][rate]


def test_first_step_of_a_warm_up_is_a_share_of_the_rate(run, monkeypatch):
    """After one step the networks are those of a smaller rate without warm-up."""
    train = run("warm_up_deaths").train
    monkeypatch.setitem(train.__globals__, "STEPS", 1)
    slow = train(20, np.random.default_rng(0))
    monkeypatch.setitem(train.__globals__, "RATES", train.__globals__["RATES"] / 20)
    quick = train(0, np.random.default_rng(0))
    assert np.abs(slow[0] - quick[0]).max() < 0.1
    assert np.abs(slow[1] - quick[1]).max() < 1.1
