import re

import numpy as np
import pytest


@pytest.fixture(scope="session")
def shares(run):
    """All-negative, silent, right of every printed row: percent (mean, least, most)."""
    rows = {}
    for line in run("rate_thirty").printed.splitlines():
        cells = [float(value) for value in re.findall(r"\d+", line[24:])]
        rows[line[:20].strip(), int(line[20:24])] = np.reshape(cells, (3, 3))
    return rows


def loss(parameters, phi, axis, skip, branch, x, y):
    """One network, written from its definition; also z and margins."""
    W, b, V = parameters
    z = x @ W
    if axis is not None:
        z = (z - z.mean(axis, keepdims=True)) / z.std(axis, keepdims=True)
    z = z + b
    parts = branch * phi[0](z) @ V[:64] + skip * x @ V[64:66] + V[66]
    return np.logaddexp(0, -y * parts).mean(), z, y * parts


def numerical_gradient(parameters, *rest):
    gradients = []
    for values in parameters:
        gradient = np.empty_like(values)
        for index in np.ndindex(values.shape):
            kept, sides = values[index], []
            for step in (1e-6, -1e-6):
                values[index] = kept + step
                sides.append(loss(parameters, *rest)[0])
            values[index] = kept
            gradient[index] = (sides[0] - sides[1]) / 2e-6
        gradients.append(gradient)
    return gradients


@pytest.mark.parametrize("remedy", ["He", "batch norm", "layer norm", "skip/√50"])
def test_training_agrees_with_numerical_gradients(run, monkeypatch, remedy):
    source, rate, member = run("rate_thirty"), 3.0, 2
    names = source.train.__globals__
    monkeypatch.setitem(names, "STEPS", 3)
    sigma_w, axis, skip, branch, _ = source.REMEDIES[remedy]
    phi = source.ACTIVATIONS["ReLU"]
    W, V = sigma_w * source.unit, sigma_w * source.W_out
    off, _, right = source.train(rate, *phi, sigma_w, axis, skip, branch)
    parameters = [W[member].copy(), np.zeros((1, 64)), np.zeros((67, 1))]
    parameters[2][:64] = V[member]
    rest = phi, axis, skip, branch, source.x[member], source.y[member]
    for _ in range(3):
        gradients = numerical_gradient(parameters, *rest)
        for values, gradient in zip(parameters, gradients, strict=True):
            values -= rate * gradient
    _, z, margin = loss(parameters, *rest)
    np.testing.assert_array_equal(off[member], (z <= 0).all(0))
    np.testing.assert_array_equal(right[member], margin[:, 0] > 0)


def test_the_rings_and_weights_are_those_of_dead_fraction(run):
    source, rng = run("rate_thirty"), np.random.default_rng(0)
    x, y = run("dead_fraction").make_rings(rng)
    np.testing.assert_allclose(source.x, x[:, 0])
    np.testing.assert_array_equal(source.y, y[:, 0])
    W = rng.normal(0, np.sqrt(2 / 2), (8, 1, 2, 64))[:, 0]
    np.testing.assert_allclose(source.HE * source.unit, W)


def test_no_unit_is_all_negative_before_training(run, monkeypatch):
    source = run("rate_thirty")
    monkeypatch.setitem(source.train.__globals__, "STEPS", 0)
    phi = source.ACTIVATIONS["ReLU"]
    for axis in (None, -2):
        assert not source.train(6, *phi, 1, axis, 0, 1)[0].any()


@pytest.mark.parametrize("rate", [6, 30])
@pytest.mark.parametrize("row", ["ReLU, Xavier", "ReLU, He", "ReLU, skip"])
def test_plain_relu_loses_most_units_at_both_rates(shares, row, rate):
    (mean, least, most), silent, _ = shares[row, rate]
    assert mean > 60
    assert least > 20
    assert most > 80
    assert silent == pytest.approx([mean, least, most])  # for ReLU the same as dead


def test_batch_norm_saves_relu_units_at_six_and_none_at_thirty(shares):
    assert shares["ReLU, batch norm", 6][0, 0] < 25
    assert shares["ReLU, batch norm", 6][2, 0] > 95
    assert shares["ReLU, batch norm", 30][0, 1] > 90


def test_layer_norm_saves_fewer_and_costs_the_radius_of_the_rings(shares):
    for rate in (6, 30):
        for name in ("sigmoid", "ReLU"):
            assert shares[f"{name}, layer norm", rate][2, 0] < 75
    assert shares["ReLU, layer norm", 30][0, 1] > 90


def test_tanh_has_few_all_negative_units_and_hardly_a_silent_one(shares):
    for rate in (6, 30):
        off, silent, _ = shares["tanh, Xavier", rate]
        assert off[2] < 45
        assert silent[0] < 12


@pytest.mark.parametrize("rate", [6, 30])
def test_an_all_negative_sigmoid_unit_is_not_silent(shares, rate):
    for remedy in ("Xavier", "batch norm", "layer norm"):
        assert shares[f"sigmoid, {remedy}", rate][0, 0] > 50
        assert shares[f"sigmoid, {remedy}", rate][1, 2] < 5


def test_a_scaled_branch_saves_units_at_both_rates_and_not_at_three_hundred(
    shares, run
):
    assert shares["ReLU, skip/√50", 6][0, 2] < 5
    assert shares["ReLU, skip/√50", 30][0, 0] < 45
    assert shares["ReLU, skip/√50", 30][2, 0] > 95
    printed = run("rate_thirty:HIGH=300").printed
    (line,) = re.findall(r"ReLU, skip/√50 +300 +(\d+)", printed)
    assert int(line) > 80


def test_nothing_dies_behind_relu_at_rate_three(run):
    for line in run("rate_thirty:LOW=3").printed.splitlines():
        if line.startswith("ReLU") and int(line[20:24]) == 3:
            limit = 40 if "layer norm" in line else 5
            assert int(re.search(r"(\d+)%", line)[1]) < limit, line


def test_every_row_is_drawn_twice_with_its_range(run, shares):
    lines = run("rate_thirty").ax.lines
    assert len(lines) == 2 * len(shares) == 44
    assert all(len(line.get_xdata()) == 8 for line in lines[::2])
