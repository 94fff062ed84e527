import numpy as np
import pytest


@pytest.fixture(scope="session")
def shares(run):
    """All-negative, silent, right of every printed row: percent (mean, least, most)."""
    rows = {}
    for line in run("rate_thirty").printed.splitlines():
        numbers = line[20:].replace("%", "").replace("(", "").replace(")", "")
        cells = [float(value) for value in numbers.replace("to", "").split()]
        rows[line[:20].strip()] = np.reshape(cells, (3, 3))
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
    monkeypatch.setitem(names, "RATE", rate)
    sigma_w, axis, skip, branch, _ = source.REMEDIES[remedy]
    phi = source.ACTIVATIONS["ReLU"]
    W, V = sigma_w * source.unit, sigma_w * source.W_out
    off, _, right = source.train(*phi, W, V, axis, skip, branch)
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


def test_no_remedy_has_an_all_negative_unit_before_training_under_batch_norm(
    run, monkeypatch
):
    source = run("rate_thirty")
    monkeypatch.setitem(source.train.__globals__, "STEPS", 0)
    phi = source.ACTIVATIONS["ReLU"]
    for axis in (None, -2):
        off = source.train(*phi, source.unit, source.W_out, axis, 0, 1)[0]
        assert not off.any()


@pytest.mark.parametrize("start", ["Xavier", "He", "orthogonal"])
def test_plain_relu_loses_most_units_from_any_start(shares, start):
    (mean, least, most), silent, _ = shares[f"ReLU, {start}"]
    assert mean > 65
    assert least > 30
    assert most > 85
    assert silent == pytest.approx([mean, least, most])  # for ReLU the same as dead


def test_tanh_has_few_all_negative_units_and_hardly_a_silent_one(shares):
    off, silent, _ = shares["tanh, Xavier"]
    assert off[2] < 45
    assert silent[0] < 12


@pytest.mark.parametrize("norm", ["batch norm", "layer norm"])
@pytest.mark.parametrize("name", ["sigmoid", "ReLU"])
def test_with_a_learned_shift_normalization_saves_no_unit(shares, name, norm):
    assert shares[f"{name}, {norm}"][0, 1] > 90


def test_an_all_negative_sigmoid_unit_is_not_silent(shares):
    for row in ("sigmoid, Xavier", "sigmoid, batch norm", "sigmoid, layer norm"):
        assert shares[row][0, 0] > 60
        assert shares[row][1, 2] < 5


def test_a_bare_skip_saves_no_unit_but_a_scaled_branch_does(shares):
    assert shares["ReLU, skip"][0, 0] > 60
    assert shares["ReLU, skip/√50"][0, 0] < 45
    assert shares["ReLU, skip/√50"][2, 0] > 95


def test_every_row_is_drawn_run_by_run(run, shares):
    lines = run("rate_thirty").ax.lines
    assert len(lines) == len(shares) == 12
    assert all(len(line.get_xdata()) == 8 for line in lines)
