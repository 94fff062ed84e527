import numpy as np
import pytest


def norms(names, name, start, depth, network):
    """|δ| in layer 1 and in the last hidden layer, by a loop over units' Jacobians."""
    phi, (variance, biased, _) = names.PHI[name][0], names.STARTS[start]
    draw, x = names.draw[:depth, network].astype(float), names.x[network].astype(float)
    kept = []
    for layer in draw:
        W, b = layer[:-1] * (3 * variance) ** 0.5, layer[-1] * biased
        x, slope = phi(x @ W + b)
        kept.append((W, slope))
    readout = names.readout[network].astype(float)
    jacobian = np.array([np.diag(row) for row in kept[0][1]])  # one for each input
    for W, slope in kept[1:]:
        jacobian = jacobian @ W * slope[:, None, :]
    first = np.einsum("iab,ib->ia", jacobian, readout)
    return np.linalg.norm(first) / np.linalg.norm(readout * kept[-1][1])


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "ReLU", "GELU"])
@pytest.mark.parametrize("start", ["He", "PyTorch"])
def test_share_agrees_with_the_product_of_jacobians(run, name, start):
    names = run("reaches_layer_one:WIDTH=32")
    variance, biased, _ = names.STARTS[start]
    W, b = names.draw[:, :, :-1] * (3 * variance) ** 0.5, names.draw[:, :, -1:] * biased
    share = names.shares(names.PHI[name][0], W, b)
    expected = norms(names, name, start, 6, 2)
    assert share[names.DEPTHS.index(6), 2] == pytest.approx(expected, rel=1e-4)


@pytest.fixture(scope="module")
def median(run):
    names = run("reaches_layer_one")

    def get(name, start, depth):
        variance, biased, _ = names.STARTS[start]
        W = names.draw[:, :, :-1] * (3 * variance) ** 0.5
        share = names.shares(names.PHI[name][0], W, names.draw[:, :, -1:] * biased)
        return np.median(share[names.DEPTHS.index(depth)])

    return get


def test_relu_with_pytorch_weights_loses_the_root_of_a_sixth_per_layer(median):
    for depth in (4, 10, 50):
        expected = (1 / 6) ** ((depth - 1) / 2)
        assert median("ReLU", "PyTorch", depth) == pytest.approx(expected, rel=0.5)


def test_relu_with_he_weights_and_tanh_with_xavier_keep_their_signal(median):
    assert 0.5 < median("ReLU", "He", 50) < 2
    assert 0.05 < median("tanh", "Xavier", 50) < 0.5


def test_gelu_with_he_weights_holds_at_ten_layers_and_not_at_fifty(median):
    assert median("GELU", "He", 10) > 0.3
    assert median("GELU", "He", 50) < 0.01


def test_width_changes_the_median_little_at_ten_layers(run, median):
    names = run("reaches_layer_one:WIDTH=32")
    W, b = names.draw[:, :, :-1], names.draw[:, :, -1:]  # PyTorch's: variance 1/3
    share = names.shares(names.PHI["ReLU"][0], W, b)[names.DEPTHS.index(10)]
    wide = median("ReLU", "PyTorch", 10)
    assert np.median(share) == pytest.approx(wide, rel=0.5)
