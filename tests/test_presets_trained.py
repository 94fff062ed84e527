"""The presets of the lab bench after 100 steps."""

import numpy as np
import pytest

SEEDS = "presets_trained", "presets_trained:SEED=1", "presets_trained:SEED=2"
LOSS, RIGHT, DEAD = range(3)


@pytest.fixture(params=SEEDS)
def results(request, run):
    return run(request.param).results


def test_twenty_sigmoid_layers_end_at_the_loss_of_a_coin(results):
    loss = results["Sigmoid, 20 layers"][LOSS]
    np.testing.assert_allclose(loss[-50:], np.log(2), rtol=1e-4)


def test_a_small_error_signal_is_no_verdict(results):
    assert results["ReLU, small weights"][LOSS][-1] < 0.66
    assert results["ReLU, He weights"][LOSS][-1] < 0.35


def test_too_high_a_rate_kills_within_a_dozen_steps_and_the_rest_learns(results):
    _, right, dead = results["Rate too high"]
    assert dead[0] == 0
    assert dead[15] == dead[-1] > 0.15
    assert right[-1] > 0.9


def test_neurons_that_are_dead_at_birth_stay_dead(results):
    _, right, dead = results["Dead at birth"]
    assert np.all(dead == dead[0])
    assert 0.4 < dead[0] < 0.6
    assert right[-1] > 0.8


def test_other_seeds_lose_fewer_neurons(run):
    first, *others = (run(it).results["Rate too high"][DEAD][-1] for it in SEEDS)
    assert max(others) < first


def test_a_step_goes_down_the_gradient(run):
    names, rng = run("presets_trained"), np.random.default_rng(1)
    x, y, shapes = rng.standard_normal((8, 2)), np.repeat([-1, 1], 4), [(3, 2), (3, 3)]
    start = rng.standard_normal(15 + 6 + 4)

    def after(flat, rate=0):
        """The loss, and the parameters after a step."""
        flat = flat.copy()
        W = [flat[:6].reshape(shapes[0]), flat[6:15].reshape(shapes[1])]
        b, v = flat[15:21].reshape(2, 3), flat[21:]
        return names.step(x, y, W, b, v, names.SIGMOID, rate)[0], flat

    nudges = 1e-6 * np.eye(len(start))
    slopes = [(after(start + it)[0] - after(start - it)[0]) / 2e-6 for it in nudges]
    np.testing.assert_allclose(start - after(start, rate=1)[1], slopes, atol=1e-8)
