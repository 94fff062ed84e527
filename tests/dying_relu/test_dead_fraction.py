import functools

import numpy as np
import pytest


@pytest.fixture(scope="session")
def train(run):
    """Each optimizer's training, once: share of inputs off, and last margins."""
    source = run("dead_fraction")
    known = {"Adam": (source.off, source.margin)}  # the snippet's last

    @functools.cache
    def result(name):
        return known.get(name) or source.train(name, np.random.default_rng(0))

    return result


def dead_percent(off):
    """Mean over neurons: (step, run, rate)."""
    return 100 * (off == 1).mean(axis=3)


def at(run, rate):
    """Index of a learning rate."""
    return run("dead_fraction").RATES.tolist().index(rate)


def test_inputs_are_standardized_and_both_classes_present(run):
    x, y = run("dead_fraction").make_rings(np.random.default_rng(3))
    assert x.mean(axis=2) == pytest.approx(0, abs=1e-12)
    assert x.std(axis=2) == pytest.approx(1)
    assert (np.abs(y.mean(axis=2)) < 0.5).all()


def test_no_neuron_is_dead_before_training_and_half_are_off_for_an_input(train):
    off, _ = train("GD")
    assert (off[0] < 1).all()
    assert 0.48 < off[0].mean() < 0.52


def test_under_gradient_descent_no_dead_neuron_ever_comes_back(train):
    dead = train("GD")[0] == 1
    assert dead[-1].any()
    assert not (dead[:-1] & ~dead[1:]).any()


@pytest.mark.parametrize("name", ["momentum", "Adam"])
def test_momentum_and_adam_do_move_dead_neurons(train, name):
    dead = train(name)[0] == 1
    assert (dead[:-1] & ~dead[1:]).any()


def test_gradient_descent_kills_hardly_any_up_to_rate_three_and_most_at_ten(run, train):
    dead = dead_percent(train("GD")[0])[-1]
    assert dead[:, : at(run, 3) + 1].mean() < 0.5
    assert 3 < dead[:, at(run, 4)].mean() < 30
    assert 30 < dead[:, at(run, 5)].mean() < 70 < dead[:, at(run, 8)].mean()
    assert dead[:, at(run, 10)].mean() > 60
    assert dead[:, at(run, 10)].min() > 40


def test_above_the_cliff_the_dead_fraction_stays_on_a_plateau(run, train):
    dead = dead_percent(train("GD")[0])[-1]
    assert (dead[:, at(run, 8) :].mean(axis=0) > 70).all()
    assert (dead[:, at(run, 8) :].mean(axis=0) < 97).all()


@pytest.mark.parametrize("name", ["GD", "momentum", "Adam"])
def test_some_runs_have_fewer_dead_neurons_at_a_higher_rate(train, name):
    dead = dead_percent(train(name)[0])[-1]
    assert (np.diff(dead, axis=1) < 0).any(axis=1).sum() >= 2


def test_adam_and_momentum_kill_at_smaller_rates_than_gradient_descent(run, train):
    means = {
        name: dead_percent(train(name)[0])[-1].mean(axis=0)
        for name in ("GD", "momentum", "Adam")
    }
    assert means["Adam"][at(run, 0.3)] > 10
    assert means["momentum"][at(run, 0.3)] < 2
    assert means["momentum"][at(run, 3)] > 25
    assert means["GD"][at(run, 3)] < 2


def test_a_network_with_a_third_of_its_neurons_dead_can_still_fit(run, train):
    off, margin = train("Adam")
    rate = at(run, 1)
    assert dead_percent(off)[-1, :, rate].min() > 15
    assert (margin[:, rate] > 0).mean() > 0.99


def test_a_tiny_rate_kills_nothing_and_learns_nothing(run, train):
    off, margin = train("GD")
    assert dead_percent(off)[-1, :, 0].max() == 0
    assert 0.4 < (margin[:, 0] > 0).mean() < 0.62
    assert np.logaddexp(0, -margin[:, 0]).mean() > 0.5


def test_most_deaths_at_rate_ten_happen_in_the_first_few_steps(run, train):
    dead = dead_percent(train("GD")[0])[:, :, at(run, 10)].mean(axis=1)
    assert dead[1] < 5
    assert dead[5] > 0.8 * dead[-1]
    assert dead[20] > 0.95 * dead[-1]


def test_momentum_at_rate_three_has_more_dead_after_ten_steps_than_at_the_end(
    run, train
):
    dead = dead_percent(train("momentum")[0])[:, :, at(run, 3)].mean(axis=1)
    assert dead[10] > dead[-1]


def test_adam_at_large_rates_goes_on_killing_after_ten_steps(run, train):
    dead = dead_percent(train("Adam")[0])[:, :, at(run, 10) :].mean(axis=1)
    assert (dead[10] < 50).all()
    assert (dead[-1] > dead[10] + 15).all()


def simple_descent(x, y, W1, W2, rate, steps, name):
    """One network, written plainly; gradients by a second route (per point)."""
    params = [W1.copy(), np.zeros(W1.shape[1]), W2.copy(), 0.0]
    m, v = [0.0] * 4, [0.0] * 4
    for t in range(1, steps + 1):
        W1, b1, W2, b2 = params
        gradients = [0 * W1, 0 * b1, 0 * W2, 0.0]
        for point, label in zip(x, y, strict=True):
            z = point @ W1 + b1
            error = -label / (1 + np.exp(label * (np.maximum(z, 0) @ W2 + b2)))
            delta = error * W2 * (z > 0)
            parts = np.outer(point, delta), delta, error * np.maximum(z, 0), error
            gradients = [g + p / len(x) for g, p in zip(gradients, parts, strict=True)]
        for i, g in enumerate(gradients):
            if name == "GD":
                move = g
            elif name == "momentum":
                m[i] = move = 0.9 * m[i] + g
            else:
                m[i], v[i] = 0.9 * m[i] + 0.1 * g, 0.999 * v[i] + 0.001 * g**2
                root = np.sqrt(v[i] / (1 - 0.999**t))
                move = m[i] / (1 - 0.9**t) / (root + 1e-8)
            params[i] = params[i] - rate * move
    return (x @ params[0] + params[1] <= 0).mean(axis=0)


@pytest.mark.parametrize("name", ["GD", "momentum", "Adam"])
def test_training_agrees_with_one_network_written_plainly(run, train, name):
    source = run("dead_fraction")
    rng = np.random.default_rng(0)
    x, y = source.make_rings(rng)
    W1 = rng.normal(0, 1, (source.RUNS, 1, 2, source.WIDTH))
    W2 = rng.normal(0, np.sqrt(2 / source.WIDTH), (source.RUNS, 1, source.WIDTH, 1))
    index, steps = at(run, 0.3), 12
    expected = simple_descent(
        x[2, 0], y[2, 0, :, 0], W1[2, 0], W2[2, 0, :, 0], 0.3, steps, name
    )
    assert train(name)[0][steps, 2, index] == pytest.approx(expected, abs=0.011)
