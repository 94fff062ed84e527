"""Dead neurons cost what a narrower network costs."""

import numpy as np
import pytest


@pytest.fixture
def start(run):
    """A data set and a network of which the first 5 of 32 neurons are alive."""
    names, rng = run("capacity"), np.random.default_rng(3)
    x, label = names.make_rings(rng)
    W, v = rng.normal(size=(2, 32)), rng.normal(0, 0.25, 32)
    return names, x, label, W, np.where(np.arange(32) < 5, 0.0, -100.0), v


def test_a_network_with_dead_neurons_learns_what_the_one_without_them_does(start):
    names, x, label, W, b, v = start
    wide = names.train(x, label, W, b, v)
    narrow = names.train(x, label, W[:, :5], b[:5], v[:5])
    assert wide[:4] == pytest.approx(narrow[:4])
    assert wide[4] == narrow[4] + 27


def test_dead_neurons_stay_dead_and_no_live_one_dies(run):
    names = run("capacity")
    assert np.all(names.runs[:, :, 4] == 32 - names.ALIVE[:, None])


def test_six_live_neurons_of_32_are_enough_here_and_three_are_not(run):
    names = run("capacity")
    accuracy = dict(zip(names.ALIVE, names.accuracy, strict=True))
    assert np.all(accuracy[32] > 99)
    assert np.all(accuracy[6] > 98)
    assert accuracy[3].mean() < 95
    assert accuracy[1].mean() < 75


def test_with_fewer_live_neurons_it_takes_longer_and_ends_at_a_higher_loss(run):
    names = run("capacity")
    median = np.median(names.runs, axis=1)
    steps, loss = (dict(zip(names.ALIVE, median[:, k], strict=True)) for k in (1, 2))
    assert np.isinf(steps[3])
    assert steps[6] > 1.5 * steps[12] > 1.5 * steps[32]
    assert loss[6] > loss[12] > loss[32]
    few, all_alive = names.runs[list(names.ALIVE).index(6)], names.runs[-1]
    assert np.all(few[:, 2] > all_alive[:, 2])


def test_live_neurons_of_wide_networks_are_off_on_about_half_of_the_inputs(run):
    off = run("capacity").runs[-4:, :, 3]
    assert np.all((off > 40) & (off < 60))


def test_training_beats_the_start(start):
    names, x, label, W, b, v = start
    old, names.train.__globals__["STEPS"] = names.STEPS, 0
    try:
        accuracy = names.train(x, label, W, b, v)[0]
    finally:
        names.train.__globals__["STEPS"] = old
    assert accuracy < names.train(x, label, W, b, v)[0]
