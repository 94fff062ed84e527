from itertools import pairwise

import numpy as np
import pytest


@pytest.fixture(scope="module")
def results(run):
    """Losses (step, run) and the four diagnostics of every case."""
    snippet, found = run("four_curves"), {}
    for name, (*settings, matched) in snippet.CASES.items():
        rng = np.random.default_rng(0)
        inputs = snippet.make_rings(rng, matched)
        losses, rows = snippet.train(*inputs, rng, *settings)
        found[name] = np.array(losses), np.array(rows)
    return found


def test_only_the_healthy_network_gets_below_the_coin_toss(results):
    assert results["well"][0][-1].max() < 0.1
    for name in "ABCD":
        assert results[name][0][-1].min() > 0.6


def test_every_run_starts_near_the_loss_of_a_coin_toss(results):
    for losses, _ in results.values():
        assert np.abs(losses[0] - np.log(2)).max() < 0.1


def test_a_loses_five_powers_of_ten_and_no_neuron(results):
    losses, (ratio, step, dead, spread) = results["A"]
    assert np.ptp(losses[20:], axis=0).max() < 0.01
    assert ratio.max() < 1e-5
    assert step.max() < 1e-7
    assert dead.max() == 0
    assert spread.max() < 1e-5


def test_b_jumps_then_has_a_layer_that_is_off_for_all_inputs(results):
    losses, (ratio, step, dead, spread) = results["B"]
    assert losses.max() > 1
    assert np.sum(dead == 1) >= 3  # of 5: the way there is chaotic
    gone = dead == 1
    assert np.all(ratio[gone] == 0)
    assert np.all(step[gone] == 0)
    assert spread[gone].max() < 1e-12


def test_c_has_gradient_steps_and_live_neurons_but_falls_only_a_little(results):
    losses, (ratio, step, dead, spread) = results["C"]
    _, (_, healthy, _, _) = results["well"]
    assert ratio.min() > 0.1
    assert np.median(step) > np.median(healthy) / 10
    assert dead.max() < 0.5
    assert spread.min() > 0.1
    assert np.all(losses[-1] < losses[20])


def test_d_has_a_gradient_and_stands_still(results):
    losses, (ratio, step, dead, _) = results["D"]
    _, (_, healthy, _, _) = results["well"]
    assert ratio.min() > 0.01
    assert dead.max() < 0.5
    assert np.median(healthy) / np.median(step) == pytest.approx(2000, rel=0.3)
    assert np.abs(losses[-1] - losses[0]).max() < 0.05
    assert np.ptp(losses[-1]) > 0.02  # the five runs lie apart


def test_a_and_d_have_tiny_steps_but_only_a_has_a_tiny_gradient(results):
    (_, a), (_, d) = results["A"], results["D"]
    assert max(a[1].max(), d[1].max()) < 1e-6
    assert d[0].min() > 1e3 * a[0].max()


def test_d_learns_at_the_healthy_rate_since_nothing_else_differs(run):
    cases = run("four_curves").CASES
    differing = [x is not y for x, y in zip(cases["well"], cases["D"], strict=True)]
    assert differing == [False] * 4 + [True, False]


def test_one_step_goes_along_the_complex_step_gradient(run):
    snippet, rate = run("four_curves"), 0.5
    x, y = snippet.make_rings(np.random.default_rng(3), True)
    sizes = [2, snippet.WIDTH, snippet.WIDTH, 1]
    rng = np.random.default_rng(5)
    weights = [  # drawn in the order of the snippet; here of the first run only
        rng.normal(0, m**-0.5, (snippet.RUNS, m, n))[0] for m, n in pairwise(sizes)
    ]
    weights[-1] = weights[-1] / 10
    shapes = [w.shape for w in weights]
    cuts = np.cumsum([w.size for w in weights])

    def loss(theta):
        parts = np.split(theta, [*cuts, *(cuts[-1] + np.cumsum(sizes[1:]))][:-1])
        z = x[0]
        for k, shape in enumerate(shapes):
            z = z @ parts[k].reshape(shape) + parts[len(shapes) + k]
            if k + 1 < len(shapes):
                z = 1 / (1 + np.exp(-z))
        return np.mean(np.log(1 + np.exp(-y[0] * z)))

    theta = np.concatenate([*map(np.ravel, weights), np.zeros(sum(sizes[1:]))])
    gradient = np.empty_like(theta)
    for i in range(len(theta)):
        step = np.zeros(len(theta), complex)
        step[i] = 1e-20j
        gradient[i] = loss(theta + step).imag / 1e-20
    losses, _ = snippet.train(x, y, np.random.default_rng(5), *snippet.SIGMOID, 2, rate)
    assert losses[0][0] == pytest.approx(loss(theta), rel=1e-12)
    assert losses[1][0] == pytest.approx(loss(theta - rate * gradient), rel=1e-10)


def test_labels_are_shuffled_within_each_run_only(run):
    snippet = run("four_curves")
    (x, y), (same_x, other) = (
        snippet.make_rings(np.random.default_rng(7), matched)
        for matched in (True, False)
    )
    np.testing.assert_array_equal(x, same_x)
    np.testing.assert_array_equal(y.sum(axis=1), other.sum(axis=1))
    assert np.all(np.mean(y != other, axis=(1, 2)) > 0.3)
    assert np.abs(y.mean(axis=1)).max() < 0.3  # both classes about equally frequent
