import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

H = 1e-30j  # complex step
COLUMNS = "norm", "theory", "factor", "late", "cosine", "median", "low", "high"
SMALL = {
    "seed": st.integers(0, 2**32),
    "width": st.integers(1, 5),
    "scale": st.floats(0.1, 4),
}


@pytest.fixture(scope="session")
def snippet(run):
    return run("recurrent_tanh")


@pytest.fixture(scope="session")
def table(snippet):
    """The printed rows by name."""
    lines = snippet.printed.splitlines()
    return {
        name: dict(
            zip(
                COLUMNS,
                map(float, next(x for x in lines if x.startswith(name)).split()[-8:]),
                strict=True,
            )
        )
        for name in snippet.CASES
    }


def draw(seed, width, scale):
    rng = np.random.default_rng(seed)
    W = scale * rng.standard_normal((width, width)) / width**0.5
    return W, rng.standard_normal((6, width)), rng.standard_normal(width)


def loss(W, drive, readout):
    h = np.zeros(len(W))
    for x in drive:
        h = np.tanh(W @ h + x)
    return readout @ h


def complex_step(function, where):
    """The gradient of the function at an array of any shape."""
    gradient = np.empty(where.shape)
    for index in np.ndindex(where.shape):
        moved = where.astype(complex)
        moved[index] += H
        gradient[index] = function(moved).imag / H.imag
    return gradient


@given(**SMALL)
def test_backpropagation_through_time_gives_the_derivative_at_every_step(
    snippet, seed, width, scale
):
    W, drive, readout = draw(seed, width, scale)
    delta = snippet.backpropagate(W, drive, readout)[2]
    expected = complex_step(lambda x: loss(W, x, readout), drive)[::-1]
    np.testing.assert_allclose(delta, expected, rtol=1e-7, atol=1e-10)


@given(**SMALL)
def test_weight_gradient_is_the_sum_over_all_steps(snippet, seed, width, scale):
    W, drive, readout = draw(seed, width, scale)
    before, _, delta = snippet.backpropagate(W, drive, readout)
    expected = complex_step(lambda w: loss(w, drive, readout), W)
    np.testing.assert_allclose(delta.T @ before, expected, rtol=1e-7, atol=1e-10)


@given(**SMALL)
def test_largest_singular_value_bounds_every_step(snippet, seed, width, scale):
    W, drive, readout = draw(seed, width, scale)
    _, slope, delta = snippet.backpropagate(W, drive, readout)
    norms = np.linalg.norm(delta, axis=1)
    assert (slope <= 1).all()
    assert (norms[1:] <= np.linalg.norm(W, 2) * norms[:-1] * (1 + 1e-9)).all()


@pytest.mark.parametrize("name", ["radius 1", "radius 2", "radius 3", "orthogonal"])
def test_drawn_matrices_have_the_radius_of_their_case(snippet, name):
    W = snippet.draw_matrix(name, np.random.default_rng(42))
    radius = np.abs(np.linalg.eigvals(W)).max()
    assert radius == pytest.approx(snippet.CASES[name][0])


@pytest.mark.parametrize("name", ["radius 1", "radius 2", "radius 3", "orthogonal"])
def test_factor_is_the_scale_times_the_rms_slope(table, name):
    assert table[name]["factor"] == pytest.approx(table[name]["theory"], rel=0.05)


def test_neither_norm_nor_radius_tells_whether_the_signal_survives(table):
    assert table["radius 1"]["norm"] > 1.5
    assert table["radius 1"]["high"] < 1e-18
    assert table["radius 2"]["norm"] > 3
    assert 0.01 < table["radius 2"]["low"] < table["radius 2"]["high"] < 1e4
    assert table["radius 3"]["low"] > 1e7


def test_orthogonal_weights_do_not_save_a_tanh_network(table):
    assert table["orthogonal"]["norm"] == 1
    assert table["orthogonal"]["high"] < 1e-18
    assert table["orthogonal"]["factor"] == pytest.approx(0.63, abs=0.03)


def test_weight_gradient_of_a_vanishing_network_is_blind_to_large_lags(table):
    assert table["radius 1"]["late"] < 0.1
    assert table["orthogonal"]["late"] < 0.1
    assert table["radius 2"]["late"] > 80


def test_truncation_turns_the_gradient_only_where_large_lags_matter(table):
    for name in ("radius 1", "orthogonal"):
        assert table[name]["cosine"] > 0.999
    assert table["radius 2"]["cosine"] < 0.6


def test_at_rest_the_eigenvalues_of_the_jacobian_rule(snippet):
    rng = np.random.default_rng(3)
    W = 0.8 * rng.standard_normal((20, 20)) / 20**0.5
    drive = np.tile(rng.standard_normal(20), (400, 1))
    _, slope, delta = snippet.backpropagate(W, drive, rng.standard_normal(20))
    norms = np.linalg.norm(delta, axis=1)
    jacobian = slope[0][:, None] * W.T
    radius = np.abs(np.linalg.eigvals(jacobian)).max()
    assert (norms[200] / norms[100]) ** (1 / 100) == pytest.approx(radius, rel=0.02)
    assert radius < 0.95 * np.abs(np.linalg.eigvals(W)).max()


def test_identity_weights_and_active_relu_units_pass_the_signal_unchanged():
    rng = np.random.default_rng(0)
    drive, readout = rng.random((50, 4)), rng.standard_normal(4)

    def relu_loss(x):
        h = np.zeros(4)
        for step in x:
            z = h + step
            h = z * (z.real > 0)
        return readout @ h

    np.testing.assert_allclose(complex_step(relu_loss, drive), [readout] * 50)
