"""The presets of the lab bench before training."""

import numpy as np
import pytest

SEEDS = "presets", "presets:SEED=1", "presets:SEED=2"
LOSS, DELTA, DW, DEAD = range(4)


@pytest.fixture(params=SEEDS)
def results(request, run):
    return run(request.param).results


def test_error_signal_vanishes_in_sigmoid_layers_with_or_without_layer_norm(results):
    assert results["Sigmoid, 20 layers"][DELTA] < 1e-11
    assert (
        10 * results["Sigmoid, 20 layers"][DELTA]
        < results["Layer norm, sigmoid"][DELTA]
        < 1e-7
    )


def test_small_weights_fade_delta_a_thousandfold_but_hardly_the_weight_gradient(
    results,
):
    _, delta, dW, _ = results["ReLU, small weights"]
    assert 1e-4 < delta < 3e-3
    assert dW > 0.1


def test_he_weights_keep_the_signal_and_leave_a_fifth_of_the_neurons_dead(results):
    _, delta, _, dead = results["ReLU, He weights"]
    assert 0.3 < delta < 3
    assert dead > 0.2


def test_large_weights_and_batch_norm_explode(results):
    assert results["Small slopes explode"][DELTA] > 10
    assert results["Batch norm explodes"][DELTA] > 50


def test_fifty_layers_need_a_scaled_branch(results):
    loss, delta, _, _ = results["50 layers, plain skip"]
    assert loss > 1e4
    assert delta > 1e6
    loss, delta, _, dead = results["50 layers, scaled skip"]
    assert loss < 2
    assert 0.5 < delta < 2
    assert dead < 0.05


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize(("skip", "branch"), [(0, 1), (1, 0.4)])
def test_gradient_of_the_weights_agrees_with_central_differences(
    run, axis, skip, branch
):
    names, rng = run("presets"), np.random.default_rng(0)
    x = rng.standard_normal((names.POINTS, 2))
    W = [rng.standard_normal((5, n)) for n in (2, 5, 5)]
    v, how = rng.standard_normal(5), (names.SIGMOID, axis, skip, branch)
    rows = names.measure(x, W, v, *how)[1]
    for k in range(3):
        gradient = np.empty(W[k].shape)
        for place in np.ndindex(gradient.shape):
            ends = []
            for step in (1e-5, -1e-5):
                moved = [w.copy() for w in W]
                moved[k][place] += step
                ends.append(names.measure(x, moved, v, *how)[0])
            gradient[place] = (ends[0] - ends[1]) / 2e-5
        np.testing.assert_allclose(np.linalg.norm(gradient), rows[k, 1], 1e-6)
