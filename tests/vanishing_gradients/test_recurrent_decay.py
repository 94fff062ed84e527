import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

H = 1e-30j  # complex step
NILPOTENT = np.array([[4, -4], [4, -4]])
seeds, widths = st.integers(0, 2**32), st.integers(1, 6)


@pytest.fixture(scope="session")
def snippet(run):
    return run("recurrent_decay")


def draw(seed, width):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((width, width)), rng.standard_normal(width)


def spectral_radius(W):
    return np.abs(np.linalg.eigvals(W)).max()


@given(seed=seeds, width=widths)
def test_error_signal_of_a_linear_network_is_a_power_of_the_transpose(seed, width):
    W, readout = draw(seed, width)
    by_complex_step = []
    for k in range(width):
        z = np.zeros(width, complex)
        z[k] = H
        for _ in range(5):
            z = W @ z
        by_complex_step.append((readout @ z).imag / H.imag)
    delta = np.linalg.matrix_power(W.T, 5) @ readout
    np.testing.assert_allclose(delta, by_complex_step, rtol=1e-8, atol=1e-8)


def test_signal_norms_multiply_by_the_transpose_of_each_matrix(snippet):
    rng = np.random.default_rng(1)
    matrices = rng.standard_normal((3, snippet.WIDTH, snippet.WIDTH))
    start = np.full(snippet.WIDTH, snippet.WIDTH**-0.5)
    found = snippet.signal_norms(matrices)
    product = start @ matrices[0] @ matrices[1] @ matrices[2]
    assert found[0] == pytest.approx(1)
    assert found[3] == pytest.approx(np.linalg.norm(product))


@pytest.mark.parametrize("k", [0, 1, 2, 6, 50])
def test_powers_of_the_two_by_two_matrix_have_the_closed_form(snippet, k):
    corner = 40 * (0.9**k - 0.8**k)
    closed = np.array([[0.9**k, corner], [0, 0.8**k]])
    power = np.linalg.matrix_power(snippet.SHEAR, k)
    np.testing.assert_allclose(power, closed, rtol=1e-9, atol=1e-12)
    gram = np.linalg.eigvalsh(closed @ closed.T).max() ** 0.5
    assert snippet.power_norms(snippet.SHEAR, [k])[0] == pytest.approx(gram)


def test_a_radius_below_one_does_not_keep_the_norm_from_growing_first(snippet):
    norms = snippet.power_norms(snippet.SHEAR, range(1, 101))
    assert spectral_radius(snippet.SHEAR) < 1
    assert norms.argmax() + 1 == 6
    assert norms.max() > 10
    assert norms[-1] < 0.01
    assert norms[-1] == pytest.approx(40 * 0.9**100, rel=0.01)


def test_root_of_the_norm_tends_to_the_radius_but_slowly(snippet):
    roots = snippet.power_norms(snippet.SHEAR, [10, 1000]) ** [1 / 10, 1 / 1000]
    assert roots[0] > 1.2
    assert roots[1] == pytest.approx(0.9, rel=0.005)


@given(seed=seeds, width=widths, k=st.integers(1, 8))
def test_norm_of_a_power_lies_between_powers_of_radius_and_norm(
    snippet, seed, width, k
):
    W, _ = draw(seed, width)
    found = snippet.power_norms(W, [k])[0]
    assert spectral_radius(W) ** k <= found * (1 + 1e-6) + 1e-9
    assert found <= np.linalg.norm(W, 2) ** k * (1 + 1e-9)


@given(seed=seeds, width=widths, k=st.integers(0, 8))
def test_normal_matrices_follow_their_radius_from_the_first_step(
    snippet, seed, width, k
):
    W, _ = draw(seed, width)
    for normal in (W + W.T, W - W.T, np.linalg.qr(W).Q):
        expected = spectral_radius(normal) ** k
        found = snippet.power_norms(normal, [k])[0]
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(seed=seeds)
def test_scaling_brings_the_norm_of_a_triangular_matrix_down_to_its_radius(seed):
    R = np.triu(draw(seed, 4)[0])  # the step of the proof of Gelfand's formula
    radius = np.abs(np.diag(R)).max()
    s = 1e6 ** np.arange(4)
    scaled = R * (s[:, None] / s)
    assert np.linalg.norm(scaled, 2) <= radius + 1e-4
    np.testing.assert_allclose(np.diag(scaled), np.diag(R))


def test_random_matrices_have_radius_about_one_and_norm_about_two(snippet):
    assert ((snippet.radius > 0.95) & (snippet.radius < 1.2)).all()
    assert ((snippet.stretch > 1.85) & (snippet.stretch < 2.1)).all()
    wide = np.random.default_rng(7).standard_normal((400, 400)) / 20
    sizes = np.abs(np.linalg.eigvals(wide))
    assert np.mean(sizes < 0.5) == pytest.approx(0.25, abs=0.06)  # even on the disc
    assert sizes.max() == pytest.approx(1, abs=0.1)


def test_scaled_random_matrices_first_grow_then_fall_like_their_radius(snippet):
    assert (snippet.scaled.max(axis=1) > 1.4).all()
    rate = (snippet.scaled[:, -1] / snippet.scaled[:, 11]) ** (1 / 66)
    assert rate == pytest.approx(0.9, rel=0.02)


def test_same_and_fresh_matrices_agree_at_first(snippet):
    for signals in (snippet.same, snippet.fresh):
        assert ((signals[:, 10] > 0.4) & (signals[:, 10] < 2.5)).all()


def test_one_matrix_compounds_where_fresh_ones_average_out(snippet):
    same, fresh = snippet.same[:, 100], snippet.fresh[:, 100]
    assert same.max() / same.min() > 100
    assert np.median(same) > 20
    assert 0.05 < fresh.min() < fresh.max() < 5


def test_late_factor_of_one_matrix_is_its_own_spectral_radius(snippet):
    late = (snippet.same[:, 100] / snippet.same[:, 50]) ** (1 / 50)
    assert late == pytest.approx(snippet.radius, rel=0.04)


def test_slopes_can_make_a_matrix_without_eigenvalues_double_the_signal():
    wanted = np.array([0, np.arctanh(0.5**0.5)])  # slopes 1 and ½
    assert not (NILPOTENT @ NILPOTENT).any()
    drive = wanted - NILPOTENT @ np.tanh(wanted)
    norms = []
    for steps in range(1, 9):
        jacobian = []
        for k in range(2):
            z = wanted.astype(complex)
            z[k] += H
            for _ in range(steps):
                z = NILPOTENT @ np.tanh(z) + drive
            jacobian.append(z.imag / H.imag)
        norms.append(np.linalg.norm(jacobian, 2))
    np.testing.assert_allclose(np.divide(norms[1:], norms[:-1]), 2, rtol=1e-9)


@given(w=st.floats(1.05, 30))
def test_a_unit_that_holds_a_bit_has_a_factor_below_one(w):
    h = 1.0
    for _ in range(2000):
        h = np.tanh(w * h)
    factor = np.tanh(w * (h + H)).imag / H.imag
    assert h > 0.1
    assert factor == pytest.approx(2 * w * h / np.sinh(2 * w * h), rel=1e-6, abs=1e-12)
    assert factor < 1
