import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(50)
NODE_WEIGHTS = NODE_WEIGHTS / NODE_WEIGHTS.sum()


def correlation_map(phi, sigma_w, q, rho):
    """One layer's map of the mean product of two inputs, by quadrature."""
    u, v = np.meshgrid(NODES, NODES, indexing="ij")
    second = rho * u + np.sqrt(1 - rho**2) * v
    products = phi(q**0.5 * u) * phi(q**0.5 * second)
    return sigma_w**2 * NODE_WEIGHTS @ products @ NODE_WEIGHTS


@settings(max_examples=30)
@given(q=st.floats(0.05, 1.5), name=st.sampled_from(("tanh", "sigmoid")))
def check_chi(cases, q, name):
    phi, slope, sigma_w, *_ = cases[name]
    chi = sigma_w**2 * NODE_WEIGHTS @ slope(phi(q**0.5 * NODES)) ** 2
    h = 1e-4
    rise = correlation_map(phi, sigma_w, q, 1) - correlation_map(phi, sigma_w, q, 1 - h)
    assert rise / (q * h) == pytest.approx(chi, rel=5e-3)


def test_chi_is_the_slope_of_the_correlation_map_at_one(run):
    check_chi(run("signal_collapse").CASES)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32), layers=st.integers(1, 6), scale=st.floats(0.1, 30))
def check_bound(phi, seed, layers, scale):
    rng = np.random.default_rng(seed)
    W = scale * rng.standard_normal((layers, 8, 8)) / 8**0.5
    u, v = rng.uniform(0, 1, (2, 8))
    start = np.linalg.norm(u - v)
    for w in W:
        u, v = phi(w @ u), phi(w @ v)
    bound = start * np.prod(np.linalg.norm(W, 2, axis=(1, 2)) / 4)
    assert np.linalg.norm(u - v) <= bound * (1 + 1e-9) + 1e-12


def test_a_sigmoid_layer_stretches_by_at_most_a_quarter_of_the_spectral_norm(run):
    check_bound(run("signal_collapse").CASES["sigmoid"][0])


def test_jacobian_agrees_with_complex_step_through_twenty_layers(run):
    snippet = run("signal_collapse")
    start = snippet.x[:, :1] + 1e-30j * snippet.u[:, None]
    a = snippet.forward(snippet.phi, snippet.sigma_w, start, snippet.weights[:20])
    np.testing.assert_allclose(snippet.J @ snippet.u, a[20, :, 0].imag / 1e-30, 1e-9)


def test_forward_and_backward_factor_of_the_sigmoid_agree_with_its_rms_slope(run):
    factors = np.power(run("signal_collapse").factors, 1 / 20)
    assert np.ptp(factors) < 0.02
    assert factors.mean() == pytest.approx(0.236, abs=0.005)  # see decay_factors


def test_distance_and_angle_are_those_of_the_textbook(run):
    snippet, rng = run("signal_collapse"), np.random.default_rng(1)
    a = rng.standard_normal((1, 128, 8))
    distance, angle = snippet.separate(a)
    others, first = a[0, :, 1:].T, a[0, :, 0]
    cosines = others @ first / np.linalg.norm(others, axis=1) / np.linalg.norm(first)
    assert distance[0] == pytest.approx(np.linalg.norm(others - first, axis=1).mean())
    assert angle[0] == pytest.approx(np.degrees(np.arccos(cosines)).mean())


@pytest.fixture(scope="module")
def final(run):
    """Distance and angle per layer, from one seed that the snippet does not use."""
    snippet, rng = run("signal_collapse"), np.random.default_rng(99)
    weights = rng.standard_normal((50, 128, 128)) / 128**0.5
    x = rng.standard_normal((128, 8))
    return {
        name: snippet.separate(snippet.forward(phi, sigma_w, x, weights))
        for name, (phi, _, sigma_w, *_) in snippet.CASES.items()
    }


def test_in_the_sigmoid_network_only_rounding_is_left_of_the_difference(final):
    distance, angle = final["sigmoid"]
    assert distance[16] < 1e-8
    assert distance[30:].max() < 1e-14
    assert angle[30:].max() < 1e-12


def test_tanh_keeps_the_angle_and_relu_loses_most_of_it(final):
    assert final["tanh"][1][50] > 60
    assert final["ReLU, He"][1][50] < 30
    assert final["ReLU, He"][0][50] > 0.5  # although the distance stays


def test_a_new_first_layer_does_not_reach_layer_sixteen(run):
    snippet = run("signal_collapse")
    assert snippet.moved[1] > 3
    assert snippet.moved[16] < 1e-7
    assert snippet.moved[16] < np.prod(snippet.norms / 4) * 128**0.5
