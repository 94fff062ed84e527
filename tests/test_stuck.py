"""The tour's network: two runs that are stuck, for two reasons, and one that learns."""

import math

import pytest

CHANCE = math.log(2)


@pytest.mark.parametrize("rate", [0.1, 1, 3])
def test_ten_sigmoid_layers_stay_at_a_coin_flip_at_any_usual_rate(run, rate):
    loss, heard, dead = run("stuck").train("sigmoid", rate, seed=0)
    assert loss[-1] == pytest.approx(CHANCE, abs=0.005)
    assert heard < 1e-5
    assert not dead.any()


def test_relu_hears_well_and_learns(run):
    for seed in run("stuck").SEEDS:
        loss, heard, _ = run("stuck").train("ReLU", 0.05, seed)
        assert loss[-1] < 0.1
        assert heard > 0.1


def test_of_the_large_steps_the_stuck_runs_have_most_neurons_dead_and_a_whole_layer(
    run,
):
    runs = [run("stuck").train("ReLU", 1, seed) for seed in run("stuck").SEEDS]
    stuck = [dead for loss, _, dead in runs if loss[-1] > 0.6]
    assert len(stuck) == 2
    for dead in stuck:
        assert dead.mean() > 50
        assert dead.max() == 100  # so nothing gets through, though layer 1 lives
        assert dead[0] < 100


def test_two_layers_learn_either_way(run):
    shallow = run("stuck:LAYERS=2")
    for kind, rate in ("sigmoid", 3), ("ReLU", 1):
        for seed in shallow.SEEDS:
            assert shallow.train(kind, rate, seed)[0][-1] < 0.1
