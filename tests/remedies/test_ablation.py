import re

import numpy as np
import pytest

COLUMNS = ("plain", "skip", "norm", "norm, skip")


@pytest.fixture(scope="session")
def cells(run):
    """Loss and accuracy of every printed cell: (median, least, most) each."""
    result = {}
    for line in run("ablation").printed.splitlines():
        numbers = [float(n) for n in re.findall(r"\d+\.?\d*", line[25:])]
        result[line[:13].strip(), line[13:25].strip()] = numbers[:3], numbers[3:]
    return result


def test_gradient_agrees_with_central_differences(run, monkeypatch):
    source, rng = run("ablation"), np.random.default_rng(1)
    names = source.backprop.__globals__
    small = {
        "x": rng.standard_normal((1, 6, 2)),
        "y": np.array([[1.0], [-1]] * 3),
        "into": rng.standard_normal((1, 2, 4)),
        "out": rng.standard_normal((1, 1, 4)),
        "POINTS": 6,
    }
    for name in ("NORM", "SKIP", "BRANCH"):
        small[name] = getattr(source, name).astype(float)
    for name, value in small.items():
        monkeypatch.setitem(names, name, value)
    params = rng.standard_normal((3, 1, 2, 2, 1, 5, 4)) / 2

    def loss(phi, params):
        margin, _ = source.backprop(phi, params)
        return np.logaddexp(0, -margin).mean((-2, -1))

    for phi, *_ in source.STARTS.values():
        gradient = source.backprop(phi, params)[1]
        for k, i, j in np.ndindex(3, 5, 4):  # the four networks side by side
            sides = []
            for step in (1e-6, -1e-6):
                moved = params.copy()
                moved[k, ..., i, j] += step
                sides.append(loss(phi, moved))
            numeric = (sides[0] - sides[1]) / 2e-6
            np.testing.assert_allclose(gradient[k, ..., i, j], numeric, atol=2e-8)


def test_starts_are_orthogonal_and_equal_in_all_networks_of_a_seed(run):
    Q = run("ablation").Q
    np.testing.assert_allclose(Q.mT @ Q, np.eye(16) + 0 * Q, atol=1e-10)
    assert np.ptp(Q, axis=(1, 2, 3)).max() == 0


def test_normalized_columns_have_mean_zero_and_variance_one(run, monkeypatch):
    source = run("ablation")
    seen = []
    phi = source.STARTS["tanh"][0]
    params = np.zeros((2, 1, 2, 2, 5, 17, 16), np.float32)
    params[..., :-1, :] = np.eye(16)
    source.backprop(lambda z: (seen.append(z), phi(z))[1], params)
    normalized = seen[0][:, 1]  # first layer, biases 0
    assert normalized.mean(-2) == pytest.approx(0, abs=1e-5)
    assert normalized.std(-2) == pytest.approx(1, abs=1e-2)


@pytest.mark.parametrize("start", ["sigmoid, 1", "tanh, 0.5", "ReLU, 1"])
def test_a_small_start_without_skip_or_norm_stays_at_the_loss_of_guessing(cells, start):
    loss, right = cells[start, "plain"]
    assert loss == pytest.approx([np.log(2)] * 3, abs=0.06)
    assert right[2] < 80


def test_the_critical_scale_alone_trains_tanh_and_relu_but_not_the_sigmoid(cells):
    assert cells["tanh, 1", "plain"][1][0] > 75
    assert cells["ReLU, 1.4", "plain"][1][0] > 90
    assert cells["sigmoid, 10", "plain"][1][0] < 75
    assert cells["sigmoid, 10", "plain"][0][0] > 0.3


@pytest.mark.parametrize("start", ["sigmoid, 1", "tanh, 0.5", "tanh, 1"])
def test_batch_norm_alone_trains_sigmoid_and_tanh(cells, start):
    assert cells[start, "norm"][1][0] > 85


@pytest.mark.parametrize("start", ["ReLU, 1", "ReLU, 1.4"])
def test_batch_norm_alone_keeps_relu_from_learning(cells, start):
    loss, right = cells[start, "norm"]
    assert loss[1] > 0.5
    assert right[0] < 75


@pytest.mark.parametrize("column", ["skip", "norm, skip"])
def test_a_scaled_skip_trains_every_start(cells, column):
    for (_, name), (loss, right) in cells.items():
        if name == column:
            assert right[0] > 85
            assert right[1] > 65
            assert loss[0] < 0.5


def test_every_cell_is_printed_and_drawn(run, cells):
    ax = run("ablation").ax
    assert len(cells) == len(ax.texts) == 24
    assert [t.get_text() for t in ax.get_xticklabels()] == list(COLUMNS)
    for text, (loss, right) in zip(ax.texts, cells.values(), strict=True):
        assert text.get_text() == f"{right[0]:.0f}%\n{loss[0]:.1f}"
