import numpy as np
import pytest

NAMES = ("sigmoid", "tanh", "ReLU", "linear")
SMOOTH = {  # φ and φ′ as functions of z, written independently
    "sigmoid": (
        lambda z: 1 / (1 + np.exp(-z)),
        lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2,
    ),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
}
NODES, MASS = np.polynomial.hermite_e.hermegauss(100)
MASS /= MASS.sum()


def expectation(function, q, nodes=NODES, mass=MASS):
    return function(np.sqrt(q) * nodes) @ mass


def independent_factor(name, sigma_w, nodes=NODES, mass=MASS):
    """σ_w rms φ′ at the stable fixed point of q, by bisection on q."""
    phi, slope = SMOOTH[name]
    low, high = 1e-12, sigma_w**2
    for _ in range(200):
        q = (low + high) / 2
        mapped = sigma_w**2 * expectation(lambda z: phi(z) ** 2, q, nodes, mass)
        low, high = (q, high) if mapped > q else (low, q)
    return sigma_w * expectation(lambda z: slope(z) ** 2, q, nodes, mass) ** 0.5


@pytest.fixture(scope="session")
def fits(run):
    snippet = run("decay_factors")
    return {
        (name, kind): snippet.fit_factors(
            phi, slope, getattr(snippet, kind), snippet.x, snippet.delta
        )
        for name, (phi, slope, *_) in snippet.ACTIVATIONS.items()
        for kind in ("gaussian", "orthogonal")
    }


@pytest.fixture(scope="session")
def theory(run):
    snippet = run("decay_factors")
    return {
        name: snippet.SIGMA_W * snippet.predict_rms_slope(phi, slope)
        for name, (phi, slope, *_) in snippet.ACTIVATIONS.items()
    }


@pytest.mark.parametrize("name", SMOOTH)
def test_theory_agrees_with_gauss_hermite_and_bisection(run, theory, name):
    for sigma_w, factor in zip(run("decay_factors").SIGMA_W, theory[name], strict=True):
        if sigma_w < 1.9:  # beyond, 100 nodes are too coarse for the slope
            assert factor == pytest.approx(independent_factor(name, sigma_w), rel=1e-4)


@pytest.mark.parametrize("name", SMOOTH)
def test_theory_agrees_with_a_finer_grid_for_large_weights(run, theory, name):
    nodes = np.linspace(-9, 9, 8000)
    mass = np.exp(-(nodes**2) / 2) / np.exp(-(nodes**2) / 2).sum()
    expected = independent_factor(name, 16, nodes, mass)
    assert theory[name][-1] == pytest.approx(expected, rel=3e-4)


def test_relu_and_linear_factors_are_proportional_to_the_scale(run, theory):
    sigma_w = run("decay_factors").SIGMA_W
    np.testing.assert_allclose(theory["ReLU"], sigma_w / 2**0.5)
    np.testing.assert_allclose(theory["linear"], sigma_w)


def test_tanh_factor_is_the_scale_itself_below_one(run, theory):
    sigma_w = run("decay_factors").SIGMA_W
    below = sigma_w < 1.001
    np.testing.assert_allclose(theory["tanh"][below], sigma_w[below], rtol=1e-5)
    assert (theory["tanh"][~below] > 1).all()
    assert (theory["tanh"][~below] < sigma_w[~below]).all()


def test_printed_critical_scales_are_those_of_the_closed_forms(run):
    printed = run("decay_factors").printed
    assert "tanh, 1 at 1.00" in printed
    assert f"ReLU, 1 at {2**0.5:.2f}" in printed
    assert "linear, 1 at 1.00" in printed


def test_printed_critical_scale_of_the_sigmoid_gives_the_factor_one(run):
    printed = float(run("decay_factors").printed.split("sigmoid, 1 at ")[1][:5])
    nodes = np.linspace(-9, 9, 4000)
    mass = np.exp(-(nodes**2) / 2) / np.exp(-(nodes**2) / 2).sum()
    assert independent_factor("sigmoid", printed, nodes, mass) == pytest.approx(
        1, abs=2e-3
    )


def test_sigmoid_at_xavier_has_a_factor_below_one_quarter(theory, fits):
    assert 0.2 < theory["sigmoid"][4] < 0.25
    assert (fits["sigmoid", "gaussian"][:, 4] < 0.25).all()


def test_slopes_below_one_quarter_can_explode(fits):
    assert (fits["sigmoid", "gaussian"][:, -1] > 1).all()
    assert (fits["sigmoid", "orthogonal"][:, -1] > 1).all()


def test_slope_one_can_vanish(fits):
    assert (fits["linear", "gaussian"][:, 0] < 0.6).all()
    assert (fits["ReLU", "gaussian"][:, 4] < 0.8).all()


@pytest.mark.parametrize("kind", ["gaussian", "orthogonal"])
@pytest.mark.parametrize("name", NAMES)
def test_fits_agree_with_theory_within_five_percent_up_to_scale_four(
    run, theory, fits, name, kind
):
    moderate = run("decay_factors").SIGMA_W < 4.1
    ratio = fits[name, kind].mean(axis=0) / theory[name]
    np.testing.assert_allclose(ratio[moderate], 1, atol=0.05)


@pytest.mark.parametrize("kind", ["gaussian", "orthogonal"])
def test_saturated_tanh_stays_below_the_theory_at_this_width(theory, fits, kind):
    assert 0.75 < fits["tanh", kind][:, -1].mean() / theory["tanh"][-1] < 0.97


def test_tanh_at_scale_one_follows_the_finite_depth_map_not_the_fixed_point(fits):
    q, logs = 1.0, []  # the input has q = 1, so layer 1 has too
    for _ in range(30):
        logs.append(np.log(expectation(lambda z: np.cosh(z) ** -4, q)) / 2)
        q = expectation(lambda z: np.tanh(z) ** 2, q)
    expected = np.exp(np.mean(logs[10:30]))
    assert 0.95 < expected < 0.99
    assert fits["tanh", "orthogonal"][:, 4].mean() == pytest.approx(expected, abs=0.005)


def test_orthogonal_matrices_are_orthogonal(run):
    Q = run("decay_factors").orthogonal[::13, ::3]
    product = Q @ Q.swapaxes(-1, -2)
    np.testing.assert_allclose(
        product, np.broadcast_to(np.eye(128), Q.shape), atol=1e-9
    )


def test_orthogonal_linear_networks_have_no_spread_at_all(run, fits):
    scales = np.broadcast_to(run("decay_factors").SIGMA_W, (10, 21))
    np.testing.assert_allclose(fits["linear", "orthogonal"], scales, rtol=1e-9)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "linear"])
def test_orthogonal_weights_remove_spread_where_slopes_are_nearly_equal(fits, name):
    spread = {k: fits[name, k][:, :5].std(0) for k in ("gaussian", "orthogonal")}
    assert (spread["orthogonal"] < spread["gaussian"] / 4).all()


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_orthogonal_weights_do_not_remove_spread_where_units_saturate(fits, name):
    spread = {k: fits[name, k][:, 16:].std(0) for k in ("gaussian", "orthogonal")}
    assert spread["orthogonal"].mean() > spread["gaussian"].mean() / 2
