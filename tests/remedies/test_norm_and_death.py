import numpy as np
import pytest


@pytest.fixture(scope="session")
def table(run):
    """Each row of the output, by variant and kind: a value for each rate."""
    head, *lines = run("norm_and_death").printed.splitlines()
    rates = [int(rate) for rate in head.split()[1:]]
    return {
        (line[:20].strip(), line[20:35].strip()): dict(
            zip(rates, map(float, line[35:].split()), strict=True)
        )
        for line in lines
    }


def train_with(run, monkeypatch, name, rate=30, seed=0, **constants):
    snippet = run("norm_and_death")
    for constant, value in constants.items():
        monkeypatch.setitem(snippet.train.__globals__, constant, value)
    *variant, _ = snippet.VARIANTS[name]
    return snippet.train(*variant, rate, np.random.default_rng(seed))


def test_at_a_high_rate_batch_norm_does_not_stop_killing(table):
    for name in ("no norm", "batch norm", "batch norm, β only", "layer norm"):
        assert table[name, "never on %"][10] > 75
        assert table[name, "never on %"][30] > 55


def test_where_the_killing_starts_batch_norm_with_shift_only_loses_no_unit(table):
    beta = table["batch norm, β only", "never on %"]
    assert max(beta[rate] for rate in (2, 3, 4, 5)) <= 2
    assert beta[6] < 25
    assert beta[10] > 90
    for name in ("no norm", "batch norm"):
        assert table[name, "never on %"][5] > 25


def test_layer_norm_loses_units_where_the_others_lose_none(table):
    assert table["layer norm", "never on %"][3] > 25
    for name in ("no norm", "batch norm", "batch norm, β only"):
        assert table[name, "never on %"][3] <= 3


@pytest.mark.parametrize("seed", range(3))
def test_without_scale_and_shift_no_unit_dies_and_training_succeeds(
    run, monkeypatch, seed
):
    (never_on, right, _), _ = train_with(
        run, monkeypatch, "batch norm, no γ, β", seed=seed
    )
    assert (never_on == 0).all()
    assert (right > 95).all()


def test_layer_norm_without_shift_loses_few_units(table):
    assert max(table["layer norm, no γ, β", "never on %"].values()) < 10
    assert min(table["layer norm, no γ, β", "right %"].values()) > 97


def test_layer_norm_leaves_some_unit_on_for_each_input_but_not_each_unit():
    z = np.array([[3.0, -1, -2], [4, -3, -1], [1, 0, -1]])  # rows: inputs
    z -= z.mean(1, keepdims=True)
    assert (z.max(1) > 0).all()
    assert (z[:, 2] <= 0).all()


def test_bias_before_batch_norm_never_moves_but_before_layer_norm_it_does(
    run, monkeypatch
):
    for name in run("norm_and_death").VARIANTS:
        _, b1 = train_with(run, monkeypatch, name)
        assert (abs(b1).max() < 1e-6) == name.startswith("batch norm")


def test_running_averages_lag_behind_in_evaluation(table):
    name = "batch norm, no γ, β"
    assert table[name, "right %"][30] - table[name, "in evaluation %"][30] > 4
    name = "layer norm, no γ, β"
    assert table[name, "right %"] == table[name, "in evaluation %"]


def test_faster_running_averages_close_the_gap(run, monkeypatch):
    (_, right, evaluated), _ = train_with(
        run, monkeypatch, "batch norm, no γ, β", FOLLOW=0.1
    )
    assert abs(right - evaluated).max() < 3


@pytest.mark.parametrize("name", ["no norm", "layer norm, no γ, β"])
def test_first_step_of_the_bias_follows_central_differences(run, monkeypatch, name):
    snippet = run("norm_and_death")
    axis = snippet.VARIANTS[name][0]
    _, b1 = train_with(run, monkeypatch, name, STEPS=1)
    rng = np.random.default_rng(0)
    x, y = snippet.make_rings(rng)
    W1 = rng.normal(0, 1, (6, 2, 64))
    W2 = rng.normal(0, np.sqrt(2 / 64), (6, 64, 1))

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


@pytest.mark.parametrize(
    ("axis", "low", "high"), [(None, 0.25, 0.6), (2, 0.25, 0.6), (1, 0, 0)]
)
def test_at_the_start_batch_norm_keeps_units_on_and_layer_norm_does_not(
    axis, low, high
):
    rng = np.random.default_rng(1)
    a = rng.normal(size=(3, 1000, 128))
    for _ in range(50):
        z = a @ rng.normal(0, (2 / 128) ** 0.5, (3, 128, 128))
        if axis:
            z = (z - z.mean(axis, keepdims=True)) / z.std(axis, keepdims=True)
        a = np.maximum(z, 0)
    off = (a == 0).all(axis=1).mean()
    assert low <= off <= high
