from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

GRID = np.linspace(-9, 9, 4001)
MASS = np.exp(-(GRID**2) / 2) / np.exp(-(GRID**2) / 2).sum()
H = 1e-30j  # complex step
COLUMNS = ("median", "low", "high", "rms", "stretch")


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_slope(z):
    return sigmoid(z) * sigmoid(-z)


def average(function):
    """Expectation over N(0, 1) by quadrature."""
    return function(sigmoid_slope(GRID)) @ MASS


@pytest.fixture(scope="session")
def snippet(run):
    return run("product_of_slopes")


@pytest.fixture(scope="session")
def table(snippet):
    """The printed rows of |δ| after 50 layers."""
    lines = snippet.printed.splitlines()
    rows = {
        name: next(x for x in lines if x.startswith(name)) for name in snippet.cases
    }
    return {
        name: dict(zip(COLUMNS, map(float, row.split()[-5:]), strict=True))
        for name, row in rows.items()
    }


@pytest.fixture(scope="session")
def norms(snippet):
    """Norms of δ from an independent seed: shape (50, 500) for each case."""
    rng = np.random.default_rng(99)
    draws = {
        "alone": (1, lambda: np.eye(1)),
        "eight": (1, lambda: 8 * np.eye(1)),
        "all 0.2": (32, lambda: np.full((32, 32), 0.2)),
        "orthogonal": (32, lambda: np.linalg.qr(rng.normal(size=(32, 32))).Q),
        "thin": (1, lambda: rng.normal(size=(500, 1, 1)) / snippet.rms),
    }
    return {name: snippet.signal_norms(*draw, rng) for name, draw in draws.items()}


def backward(weights, slopes, delta):
    for W, slope in zip(weights, slopes, strict=True):
        delta = slope * (W.T @ delta)
    return delta


@given(z=st.floats(-30, 30))
def test_slope_is_the_complex_step_derivative_of_the_sigmoid(snippet, z):
    expected = sigmoid(z + H).imag / H.imag
    assert snippet.slope(z) == pytest.approx(expected, rel=1e-12)


@given(z=st.floats(-700, 700))
def test_slope_is_at_most_one_quarter_and_not_zero_in_this_range(snippet, z):
    assert 0 < snippet.slope(z) <= 0.25


@given(seed=st.integers(0, 2**32), width=st.integers(1, 4), scale=st.floats(0.1, 9))
def test_biases_can_put_every_z_anywhere_and_delta_is_then_the_product(
    snippet, seed, width, scale
):
    rng = np.random.default_rng(seed)
    weights = scale * rng.standard_normal((4, width, width))  # W of layers 2 to 5
    z, readout = rng.standard_normal((5, width)), rng.standard_normal(width)
    biases = [
        after - W @ sigmoid(before)
        for W, before, after in zip(weights, z[:-1], z[1:], strict=True)
    ]
    by_complex_step = np.empty(width)
    for i in range(width):
        signal = z[0].astype(complex)
        signal[i] += H
        for W, b in zip(weights, biases, strict=True):
            signal = W @ sigmoid(signal) + b
        np.testing.assert_allclose(signal.real, z[-1], atol=1e-9)
        by_complex_step[i] = (readout @ signal).imag / H.imag
    slopes = snippet.slope(z[-2::-1])
    delta = backward(weights[::-1], slopes, readout)
    np.testing.assert_allclose(delta, by_complex_step, rtol=1e-9, atol=1e-9)
    stretches = np.linalg.norm(weights, 2, axis=(1, 2))
    bound = 0.25**4 * np.prod(stretches) * np.linalg.norm(readout)
    assert np.linalg.norm(delta) <= bound * (1 + 1e-9)


def test_the_bound_is_attained_by_orthogonal_weights_at_z_zero(snippet):
    rng = np.random.default_rng(0)
    weights = np.linalg.qr(rng.standard_normal((50, 8, 8))).Q
    slopes = np.broadcast_to(snippet.slope(np.zeros(8)), (50, 8))
    delta = backward(weights, slopes, np.eye(8)[0])
    assert np.linalg.norm(delta) == pytest.approx(0.25**50)


def test_signal_norms_follow_the_recursion_of_backpropagation(snippet):
    W = np.random.default_rng(1).standard_normal((3, 3))
    found = snippet.signal_norms(3, lambda: W, np.random.default_rng(5))
    rng, delta = np.random.default_rng(5), np.full((500, 3), 3**-0.5)
    for row in found[:4]:
        slopes = sigmoid_slope(rng.standard_normal((500, 3)))
        delta = slopes * np.einsum("ji,rj->ri", W, delta)
        np.testing.assert_allclose(row, np.linalg.norm(delta, axis=1))


def test_one_slope_has_the_means_that_quadrature_gives(snippet):
    _, rms, mean, geometric = snippet.means
    assert rms == pytest.approx(average(np.square) ** 0.5, rel=1e-3)
    assert mean == pytest.approx(average(lambda s: s), rel=1e-3)
    assert geometric == pytest.approx(np.exp(average(np.log)), rel=1e-3)
    sd = (average(lambda s: np.log(s) ** 2) - average(np.log) ** 2) ** 0.5
    assert np.log(snippet.s).std() == pytest.approx(sd, rel=5e-3)


def test_without_weights_every_product_stays_below_the_bound(norms):
    bound = 0.25 ** np.arange(1, 51)[:, None]
    assert (norms["alone"] <= bound).all()
    assert (norms["orthogonal"] <= bound).all()


def test_without_weights_the_bound_is_not_tight(norms, table):
    for case in ("alone", "orthogonal"):
        assert (norms[case][-1] < 0.25**50 / 10).mean() > 0.9
    assert table["slopes alone"]["median"] < 0.25**50 / 1e4


@pytest.mark.parametrize("case", ["eight", "all 0.2"])
def test_the_power_of_one_quarter_is_no_bound_once_weights_stretch(norms, case):
    assert (norms[case][-1] > 0.25**50 * 1e30).all()


def test_entries_below_one_do_not_keep_a_matrix_from_stretching(table, norms):
    assert table["all weights 0.2"]["stretch"] == pytest.approx(32 * 0.2)
    per_layer = norms["all 0.2"][-1] ** (1 / 50)
    assert (per_layer > 1.2).all()
    assert np.median(per_layer) == pytest.approx(6.4 * average(lambda s: s), rel=0.02)


def test_weight_five_survives_and_weight_eight_explodes(table):
    assert 0.1 < table["slopes × 5"]["median"] < 10
    assert table["slopes × 8"]["low"] > 1e7


def test_typical_product_follows_the_geometric_mean_not_the_mean(norms):
    median = np.median(norms["alone"][-1])
    assert median == pytest.approx(np.exp(50 * average(np.log)), rel=0.4)
    assert median < average(lambda s: s) ** 50 / 3


def test_mean_of_a_product_is_the_product_of_the_means(norms):
    # at depth 10, where 500 products still show their mean
    expected = average(lambda s: s) ** 10
    assert norms["alone"][9].mean() == pytest.approx(expected, rel=0.2)


def test_spread_of_the_log_grows_like_the_square_root_of_the_depth(norms):
    sd = np.log(norms["alone"]).std(axis=1)
    assert sd[49] / sd[1] == pytest.approx(5, rel=0.15)
    assert sd[49] == pytest.approx(0.2934 * 50**0.5, rel=0.1)


def test_wide_layers_of_norm_one_follow_the_rms_slope(norms, table):
    expected = average(np.square) ** 25
    assert np.median(norms["orthogonal"][-1]) == pytest.approx(expected, rel=0.3)
    assert table["orthogonal"]["median"] == pytest.approx(expected, rel=0.3)


def test_critical_random_weights_keep_the_mean_square(norms):
    assert (norms["thin"][0] ** 2).mean() == pytest.approx(1, abs=0.3)


def test_critical_random_weights_halve_the_typical_signal_of_width_one(norms, table):
    grid = (np.arange(200000) + 0.5) / 20000
    bell = np.exp(-(grid**2) / 2)
    log_weight = (np.log(grid) * bell).sum() / bell.sum()
    factor = np.exp(log_weight + average(np.log)) / average(np.square) ** 0.5
    assert factor == pytest.approx(0.5, abs=0.01)
    assert np.median(norms["thin"][-1]) ** (1 / 50) == pytest.approx(factor, abs=0.04)
    assert table["random, width 1"]["median"] < 1e-12
    assert table["random, width 1"]["rms"] < 1e-3  # the mean square 1 is never seen
    assert 0.1 < table["random, width 32"]["median"] < 1


def test_chain_without_biases_multiplies_true_derivatives(snippet):
    signal = H
    for expected in np.cumprod(snippet.chain[:6]):
        signal = 8 * sigmoid(signal)
        assert signal.imag / H.imag == pytest.approx(expected, rel=1e-9)


def test_chain_without_biases_settles_where_its_slope_is_tiny(snippet):
    low, high = 4.0, 8.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if 8 * sigmoid(middle) > middle else (low, middle)
    assert snippet.chain[0] == 2
    assert snippet.chain[-1] == pytest.approx(8 * sigmoid_slope(low), rel=1e-9)
    assert snippet.chain[-1] < 0.01


@pytest.mark.parametrize("width", [2, 8])
def test_all_ones_weights_act_like_one_weight_as_large_as_the_width(width):
    ones, wide, scalar = np.ones((width, width)), [np.zeros(width)], [0.0]
    for _ in range(5):
        wide.append(ones @ sigmoid(wide[-1]))
        scalar.append(width * sigmoid(scalar[-1]))
    np.testing.assert_allclose(wide, np.outer(scalar, np.ones(width)))
    delta = backward([ones] * 5, sigmoid_slope(np.array(wide[-2::-1])), np.ones(width))
    expected = np.prod(width * sigmoid_slope(np.array(scalar[:-1])))
    np.testing.assert_allclose(delta, expected)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_all_ones_relu_network_overflows_at_the_layer_after_the_printed_power(
    snippet, position
):
    kind = (np.float16, np.float32, np.float64)[position]
    printed = snippet.printed.splitlines()[-1].split()[-3:]
    a, W, layer = np.ones(32, kind), np.ones((32, 32), kind), 0
    with np.errstate(over="ignore"):
        while np.isfinite(a).all():
            a, layer = np.maximum(W @ a, 0), layer + 1
    assert layer == np.ceil(float(printed[position])) == (4, 26, 205)[position]
    assert np.isinf(a).all()  # not NaN: nothing negative to cancel


@pytest.mark.parametrize("phi", [np.tanh, lambda z: 0.5 + 0.5 * np.tanh(z / 2)])
def test_all_ones_network_of_bounded_activations_never_overflows(phi):
    a = np.ones(128, np.float32)
    for _ in range(300):
        a = phi(np.ones((128, 128), np.float32) @ a)
    assert (a == 1).all()  # so a(1 - a) and 1 - a² are 0


def test_factors_below_one_need_not_have_a_product_of_zero():
    product = Fraction(1)
    for k in range(2, 501):
        product *= 1 - Fraction(1, k * k)
        assert product == Fraction(k + 1, 2 * k) > Fraction(1, 2)


@given(weight=st.floats(0.01, 500))
def test_one_positive_weight_without_biases_always_shrinks_below_one_over_e(weight):
    z = 0.0
    for _ in range(200):
        z = weight * sigmoid(z)
    assert z == pytest.approx(weight * sigmoid(z))
    assert weight * sigmoid_slope(z) < 1 / np.e


@pytest.mark.parametrize("width", [32, 128])
def test_typical_factor_of_a_wide_layer_is_below_its_rms_by_a_quarter_variance(width):
    rng = np.random.default_rng(0)
    z, u = rng.standard_normal((2, 20000, width))
    squares = np.mean((sigmoid_slope(z) * u) ** 2, axis=1) / average(np.square)
    fourth = average(lambda s: s**4)
    variance = (3 * fourth / average(np.square) ** 2 - 1) / width
    assert squares.var() == pytest.approx(variance, rel=0.05)
    assert squares.mean() == pytest.approx(1, abs=0.01)
    assert np.log(squares).mean() / 2 == pytest.approx(-variance / 4, rel=0.15)


def test_three_times_wider_pre_activations_make_every_case_vanish(snippet):
    class Wide:
        def __init__(self, rng):
            self.rng = rng

        def standard_normal(self, shape):
            return 3 * self.rng.standard_normal(shape)

    rng, medians = np.random.default_rng(3), {}
    draws = {
        "eight": (1, lambda: 8 * np.eye(1)),
        "all 0.2": (32, lambda: np.full((32, 32), 0.2)),
        "alone": (1, lambda: np.eye(1)),
        "orthogonal": (32, lambda: np.linalg.qr(rng.normal(size=(32, 32))).Q),
    }
    for name, (width, draw) in draws.items():
        medians[name] = np.median(snippet.signal_norms(width, draw, Wide(rng))[-1])
    assert max(medians.values()) < 1e-6
    assert medians["orthogonal"] > 1e15 * medians["alone"]
