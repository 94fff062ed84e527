import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

LARGE_BATCH_RELU = np.sqrt(np.pi / (np.pi - 1))
NODES, MASS = np.polynomial.hermite_e.hermegauss(120)
MASS /= MASS.sum()
seeds = st.integers(0, 2**32 - 1)


def layer(Z, gamma, beta, epsilon=0.0, axis=0):
    """Batch norm written so that complex numbers pass through it."""
    centred = Z - Z.mean(axis, keepdims=True)
    s = np.sqrt((centred**2).mean(axis, keepdims=True) + epsilon)
    return gamma * centred / s + beta


def complex_step(function, Z):
    gradient = np.empty(Z.shape)
    for index in np.ndindex(Z.shape):
        step = Z.astype(complex)
        step[index] += 1e-30j
        gradient[index] = function(step).imag / 1e-30
    return gradient


def central_differences(function, W, h=1e-6):
    gradient = np.empty(W.shape)
    for index in np.ndindex(W.shape):
        up, down = W.copy(), W.copy()
        up[index] += h
        down[index] -= h
        gradient[index] = (function(up) - function(down)) / (2 * h)
    return gradient


@given(seeds, st.integers(3, 7), st.integers(3, 5), st.sampled_from([-2, -1]))
def test_backward_pass_agrees_with_complex_steps(run, seed, m, n, axis):
    rng, snippet = np.random.default_rng(seed), run("batch_norm_gradient")
    Z, C = rng.normal(size=(2, m, n))
    gamma, beta = rng.normal(size=(2, 1, n))

    def loss(Z):
        return (C * np.sin(layer(Z, gamma, beta, axis=axis))).sum()

    Z_hat, s = snippet.normalize(Z, axis)
    delta = C * np.cos(gamma * Z_hat + beta)
    expected = complex_step(loss, Z)
    found = snippet.normalize_backward(gamma * delta, Z_hat, s, axis)
    np.testing.assert_allclose(found, expected, atol=1e-9 * (1 + abs(delta / s).max()))


@given(seeds)
def test_weight_scale_and_shift_gradients_agree_with_differences(run, seed):
    rng, snippet = np.random.default_rng(seed), run("batch_norm_gradient")
    A, C = rng.normal(size=(6, 4)), rng.normal(size=(6, 3))
    W, (gamma, beta) = rng.normal(size=(3, 4)), rng.normal(size=(2, 1, 3))

    def loss(W, gamma, beta):
        return (C * np.tanh(layer(A @ W.T, gamma, beta))).sum()

    Z_hat, s = snippet.normalize(A @ W.T, 0)
    delta = C / np.cosh(gamma * Z_hat + beta) ** 2
    before = snippet.normalize_backward(gamma * delta, Z_hat, s, 0)
    for found, function, value in (
        (before.T @ A, lambda v: loss(v, gamma, beta), W),
        ((delta * Z_hat).sum(0, keepdims=True), lambda v: loss(W, v, beta), gamma),
        (delta.sum(0, keepdims=True), lambda v: loss(W, gamma, v), beta),
    ):
        expected = central_differences(function, value)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@given(seeds, st.floats(0, 2))
def test_formula_stays_exact_with_epsilon_inside_s(run, seed, epsilon):
    rng, snippet = np.random.default_rng(seed), run("batch_norm_gradient")
    Z, delta = rng.normal(size=(2, 6, 2))
    s = np.sqrt(Z.var(0, keepdims=True) + epsilon)
    Z_hat = (Z - Z.mean(0)) / s
    expected = complex_step(lambda Z: (delta * layer(Z, 1, 0, epsilon)).sum(), Z)
    found = snippet.normalize_backward(delta, Z_hat, s, 0)
    np.testing.assert_allclose(found, expected, atol=1e-9 * (1 + abs(delta / s).max()))


@given(seeds, st.integers(2, 9))
def test_backward_is_a_projection_that_deletes_two_directions(run, seed, m):
    rng, snippet = np.random.default_rng(seed), run("batch_norm_gradient")
    Z_hat, _ = snippet.normalize(rng.normal(size=(m, 1)), 0)
    ones = np.ones((m, 1))
    P = np.eye(m) - ones @ ones.T / m - Z_hat @ Z_hat.T / m
    found = snippet.normalize_backward(np.eye(m), Z_hat, 1, 0)
    np.testing.assert_allclose(found, P, atol=1e-12)
    np.testing.assert_allclose(P @ P, P, atol=1e-12)
    assert np.trace(P) == pytest.approx(m - 2, abs=1e-9)


def test_bias_before_batch_norm_has_gradient_zero(run):
    rng, snippet = np.random.default_rng(1), run("batch_norm_gradient")
    Z, delta = rng.normal(size=(2, 50, 8))
    Z_hat, s = snippet.normalize(Z, 0)
    assert abs(delta.sum(0)).min() > 1e-3
    assert abs(snippet.normalize_backward(delta, Z_hat, s, 0).sum(0)).max() < 1e-12


def test_batch_of_two_gives_only_signs_and_passes_no_gradient(run):
    rng, snippet = np.random.default_rng(2), run("batch_norm_gradient")
    Z, delta = rng.normal(size=(2, 2, 30))
    Z_hat, s = snippet.normalize(Z, 0)
    np.testing.assert_allclose(abs(Z_hat), 1)
    assert abs(s * snippet.normalize_backward(delta, Z_hat, s, 0)).max() < 1e-12


@given(seeds, st.floats(0.1, 10))
def test_scale_invariance_makes_gradients_of_larger_weights_smaller(run, seed, alpha):
    rng, snippet = np.random.default_rng(seed), run("batch_norm_gradient")
    A, W, C = rng.normal(size=(9, 5)), rng.normal(size=(4, 5)), rng.normal(size=(9, 4))
    gradients = []
    for scaled in (W, alpha * W):
        Z_hat, s = snippet.normalize(A @ scaled.T, 0)
        delta = C * (Z_hat > 0)
        gradients.append(snippet.normalize_backward(delta, Z_hat, s, 0).T @ A)
    size = abs(gradients[0]).max()
    np.testing.assert_allclose(alpha * gradients[1], gradients[0], atol=1e-9 * size)
    assert abs((W * gradients[0]).sum(1)).max() < 1e-9 * size * abs(W).sum()


def factors(run, name, size, sigma_w=1.0):
    snippet = run("batch_norm_gradient")
    (phi, slope), axis, *_ = snippet.NETWORKS[name]
    rng = np.random.default_rng(7)
    return snippet.measure_factor(phi, slope, axis, sigma_w * snippet.W, size, rng)


def rate_of_yang_et_al(m):
    """Theorem 8 of arXiv:1902.08129 for α = 1: the squared norm of the gradient."""
    c = -1 / (m - 1)
    slope = (np.pi - np.arccos(c)) / np.pi
    J = np.sqrt(1 - c**2) / np.pi + c * slope
    return (m - 1) * (slope + m - 1) / ((m - 3) * (m - 1) * (1 - J)) - 1 / (m - 3)


def one_wide_layer(m, rng, draws=200_000):
    """Growth of the mean square of δ in one infinitely wide layer, drawn at random."""
    h, k, g = rng.normal(size=(3, draws, m))
    z_hat = h - h.mean(1, keepdims=True)  # the batch is exchangeable, so any direction
    z_hat /= np.sqrt((z_hat**2).mean(1, keepdims=True))
    a = np.maximum(z_hat, 0)
    centred = (a**2).mean() - ((a.sum(1) ** 2 - (a**2).sum(1)) / (m * (m - 1))).mean()
    s2 = centred * (k - k.mean(1, keepdims=True)).var(1)
    delta = (z_hat > 0) * (g - g.mean(1, keepdims=True))
    delta -= delta.mean(1, keepdims=True)
    delta -= z_hat * (delta * z_hat).mean(1, keepdims=True)
    return (delta**2).sum(1).mean() * (1 / s2).mean() / (m - 1)


@pytest.mark.parametrize("m", [6, 8, 16, 64])
def test_published_rate_agrees_with_a_wide_layer_drawn_at_random(m):
    drawn = one_wide_layer(m, np.random.default_rng(m), 20_000 if m > 8 else 150_000)
    assert rate_of_yang_et_al(m) == pytest.approx(drawn, rel=0.02)


def test_published_rate_decreases_to_the_large_batch_value():
    rates = [rate_of_yang_et_al(m) for m in (4, 8, 16, 64, 1000, 10**6)]
    assert (np.diff(rates) < 0).all()
    assert rates[-1] == pytest.approx(np.pi / (np.pi - 1), rel=1e-5)


@pytest.mark.parametrize("size", [8, 16, 32, 64])
def test_relu_with_batch_norm_explodes_at_the_published_rate(run, size):
    measured = factors(run, "ReLU, batch norm", size)
    assert (measured > 1.15).all()
    assert measured.mean() == pytest.approx(rate_of_yang_et_al(size) ** 0.5, rel=0.02)


def test_small_batches_explode_faster(run):
    means = [factors(run, "ReLU, batch norm", size).mean() for size in (4, 8, 64)]
    assert means[0] > 1.4 > means[1] > 1.3 > means[2] > 1.2


def test_batch_norm_lifts_the_sigmoid_from_a_quarter_to_just_above_one(run):
    assert (factors(run, "sigmoid, no norm", 64) < 0.245).all()
    rescued = factors(run, "sigmoid, batch norm", 64)
    assert (rescued > 1.01).all()
    assert (rescued < 1.05).all()


def test_layer_norm_holds_relu_but_does_not_rescue_the_sigmoid(run):
    assert factors(run, "ReLU, layer norm", 16).mean() == pytest.approx(1, abs=0.03)
    assert (factors(run, "sigmoid, layer norm", 16) < 0.42).all()


@pytest.mark.parametrize("kind", ["batch norm", "layer norm"])
def test_weight_scale_cancels_behind_a_norm_and_only_there(run, kind):
    for name in ("sigmoid", "ReLU"):
        small, large = (factors(run, f"{name}, {kind}", 8, scale) for scale in (1, 9))
        np.testing.assert_allclose(large, small, rtol=1e-6)
        bare, scaled = (factors(run, f"{name}, no norm", 8, scale) for scale in (1, 9))
        assert (scaled > 3 * bare).all()


def printed_theory(run, name):
    lines = run("batch_norm_gradient").printed.splitlines()
    return float(next(line for line in lines if line.startswith(name)).split()[-1])


def chi(phi, slope, minus_mean=True):
    mean = phi(NODES) @ MASS if minus_mean else 0
    return (slope(NODES) ** 2 @ MASS) / ((phi(NODES) - mean) ** 2 @ MASS)


def test_printed_theory_agrees_with_closed_form_and_gauss_hermite(run):
    assert printed_theory(run, "ReLU, batch") == pytest.approx(
        LARGE_BATCH_RELU, abs=6e-4
    )
    assert printed_theory(run, "ReLU, layer") == pytest.approx(1, abs=6e-4)

    def phi(z):
        return 1 / (1 + np.exp(-z))

    def slope(z):
        return np.exp(-z) / (1 + np.exp(-z)) ** 2

    batch, layer = chi(phi, slope) ** 0.5, chi(phi, slope, minus_mean=False) ** 0.5
    assert printed_theory(run, "sigmoid, batch") == pytest.approx(batch, abs=6e-4)
    assert printed_theory(run, "sigmoid, layer") == pytest.approx(layer, abs=6e-4)


@given(
    st.lists(st.floats(-2, 2), min_size=2, max_size=6).filter(
        lambda c: max(map(abs, c[1:])) > 0.01
    )
)
def test_no_polynomial_has_a_factor_below_one(coefficients):
    p = np.polynomial.Polynomial(coefficients)
    assert chi(p, p.deriv()) >= 1 - 1e-9


@given(st.floats(0.05, 3), st.floats(-2, 2))
def test_no_scaled_and_shifted_tanh_has_a_factor_below_one(scale, shift):
    value = chi(
        lambda z: np.tanh(scale * z + shift),
        lambda z: scale / np.cosh(scale * z + shift) ** 2,
    )
    assert value >= 1 - 1e-6


def test_straight_line_has_factor_one_and_smaller_gamma_comes_closer():
    assert chi(lambda z: 3 * z - 1, lambda z: 3 + 0 * z) == pytest.approx(1)
    values = [
        chi(lambda z, g=g: np.tanh(g * z), lambda z, g=g: g / np.cosh(g * z) ** 2)
        for g in (1, 0.5, 0.1)
    ]
    assert values[0] > values[1] > values[2] > 1


@pytest.mark.parametrize(("axis", "low"), [(-2, 1.19), (-1, 1.19)])
def test_either_norm_behind_relu_makes_it_explode(run, axis, low):
    assert low < factor_norm_behind(run, "ReLU", axis) < 1.26


@pytest.mark.parametrize("axis", [-2, -1])
def test_either_norm_behind_the_sigmoid_lifts_it_just_above_one(run, axis):
    assert 1.005 < factor_norm_behind(run, "sigmoid", axis) < 1.06


def factor_norm_behind(run, name, axis):
    snippet, layers, norms = run("batch_norm_gradient"), [], []
    (phi, slope), *_ = snippet.NETWORKS[f"{name}, no norm"]
    a, delta = np.random.default_rng(3).normal(size=(2, 2, 64, 128))
    for W in snippet.W[:, :2]:
        out = phi(a @ W.mT)
        a, s = snippet.normalize(out, axis)
        layers.append((W, out, a, s))
    for W, out, a, s in layers[::-1]:
        delta = slope(out) * snippet.normalize_backward(delta, a, s, axis)
        norms.append(np.linalg.norm(delta))
        delta = delta @ W
    return (norms[39] / norms[10]) ** (1 / 29)


def test_batch_norm_refuses_one_row_in_training_only():
    torch = pytest.importorskip("torch", reason="no PyTorch")
    norm = torch.nn.BatchNorm1d(3)
    with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
        norm(torch.randn(1, 3))
    assert norm.eval()(torch.randn(1, 3)).shape == (1, 3)
    assert torch.nn.LayerNorm(3)(torch.randn(1, 3)).shape == (1, 3)


@pytest.mark.parametrize("kind", ["BatchNorm1d", "LayerNorm"])
def test_no_rows_pass_and_leave_the_running_averages_alone(kind):
    torch = pytest.importorskip("torch", reason="no PyTorch")
    norm = getattr(torch.nn, kind)(3)
    before = [b.clone() for b in norm.buffers() if b.is_floating_point()]
    out = norm(torch.randn(0, 3))
    assert out.shape == (0, 3)
    assert out.mean().isnan()
    after = [b for b in norm.buffers() if b.is_floating_point()]
    assert all(map(torch.equal, before, after))
