import numpy as np
import pytest


@pytest.fixture(scope="session")
def outcomes(run):
    snippet = run("norm_and_death")
    return {
        name: snippet.train(*variant, np.random.default_rng(0))
        for name, variant in snippet.VARIANTS.items()
    }


def train_with(run, monkeypatch, name, seed=0, **constants):
    snippet = run("norm_and_death")
    for constant, value in constants.items():
        monkeypatch.setitem(snippet.train.__globals__, constant, value)
    return snippet.train(*snippet.VARIANTS[name], np.random.default_rng(seed))


def test_batch_norm_does_not_stop_large_steps_from_killing(outcomes):
    for name in ("no norm", "batch norm", "batch norm, β only", "layer norm, β only"):
        (never_on, *_), _ = outcomes[name]
        assert never_on.mean() > 70


def test_learned_shift_alone_kills_nearly_all_units_in_every_run(outcomes):
    for name in ("batch norm, β only", "layer norm, β only"):
        (never_on, *_), _ = outcomes[name]
        assert (never_on > 90).all()


@pytest.mark.parametrize("seed", range(3))
def test_without_scale_and_shift_no_unit_dies_and_training_succeeds(
    run, monkeypatch, seed
):
    (never_on, right, _), _ = train_with(run, monkeypatch, "batch norm, no γ, β", seed)
    assert (never_on == 0).all()
    assert (right > 95).all()


def test_layer_norm_without_shift_loses_few_units(outcomes):
    (never_on, right, _), _ = outcomes["layer norm, no γ, β"]
    assert never_on.max() < 15
    assert right.mean() > 95


def test_layer_norm_leaves_some_unit_on_for_each_input_but_not_each_unit():
    z = np.array([[3.0, -1, -2], [4, -3, -1], [1, 0, -1]])  # rows: inputs
    z -= z.mean(1, keepdims=True)
    assert (z.max(1) > 0).all()
    assert (z[:, 2] <= 0).all()


def test_bias_before_batch_norm_never_moves_but_before_layer_norm_it_does(outcomes):
    for name, (_, b1) in outcomes.items():
        assert (abs(b1).max() < 1e-6) == name.startswith("batch norm")


def test_running_averages_lag_behind_in_evaluation(outcomes):
    (_, right, evaluated), _ = outcomes["batch norm, no γ, β"]
    assert right.mean() - evaluated.mean() > 4
    (_, right, evaluated), _ = outcomes["layer norm, no γ, β"]
    np.testing.assert_array_equal(right, evaluated)


def test_faster_running_averages_close_the_gap(run, monkeypatch):
    (_, right, evaluated), _ = train_with(
        run, monkeypatch, "batch norm, no γ, β", FOLLOW=0.1
    )
    assert abs(right - evaluated).max() < 3


@pytest.mark.parametrize("name", ["no norm", "batch norm"])
def test_small_rate_kills_none_with_and_without_batch_norm(run, monkeypatch, name):
    (never_on, right, _), _ = train_with(run, monkeypatch, name, RATE=3)
    assert never_on.max() <= 2
    assert right.min() > 95


def test_small_rate_already_kills_some_with_layer_norm(run, monkeypatch):
    (never_on, *_), _ = train_with(run, monkeypatch, "layer norm, β only", RATE=3)
    assert 1 < never_on.mean() < 25
    assert never_on.max() < 40


@pytest.mark.parametrize("name", ["no norm", "layer norm, no γ, β"])
def test_first_step_of_the_bias_follows_central_differences(run, monkeypatch, name):
    snippet = run("norm_and_death")
    axis = snippet.VARIANTS[name][0]
    _, b1 = train_with(run, monkeypatch, name, STEPS=1)
    rng = np.random.default_rng(0)
    x, y = snippet.make_rings(rng)
    W1 = rng.normal(0, 1, (8, 2, 64))
    W2 = rng.normal(0, np.sqrt(2 / 64), (8, 64, 1))

    def loss(bias):
        z = x @ W1 + bias
        if axis:
            z = z - z.mean(axis, keepdims=True)
            z = z / np.sqrt((z**2).mean(axis, keepdims=True) + snippet.EPSILON)
        return np.logaddexp(0, -y * (np.maximum(z, 0) @ W2)).mean(axis=(1, 2))

    for unit in (0, 17, 63):
        step = np.zeros(64)
        step[unit] = 1e-6
        expected = (loss(step) - loss(-step)) / 2e-6
        np.testing.assert_allclose(b1[:, 0, unit] / -30, expected, atol=1e-6)
