import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

NODES = np.linspace(-9, 9, 1001)  # finer and wider than the snippet's grid
MASS = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()
SMOOTH = {  # φ and φ′ as functions of z, written independently
    "sigmoid": (
        lambda z: 1 / (1 + np.exp(-z)),
        lambda z: np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))) ** 2,
    ),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
}


def settle(phi, sigma_w, sigma_b):
    """The fixed point of the variance map by bisection on q alone."""
    low, high = 1e-12, sigma_w**2 + sigma_b**2
    for _ in range(50):
        q = (low * high) ** 0.5
        grows = sigma_w**2 * (phi(q**0.5 * NODES) ** 2 @ MASS) + sigma_b**2 > q
        low, high = (q, high) if grows else (low, q)
    return q


def chi(name, sigma_w, sigma_b):
    phi, slope = SMOOTH[name]
    q = settle(phi, sigma_w, sigma_b)
    return sigma_w**2 * (slope(q**0.5 * NODES) ** 2 @ MASS)


def rows(run, name):
    """The printed rows of one activation: (6, 5)."""
    lines = [x for x in run("edge_of_chaos").printed.splitlines() if x.startswith(name)]
    return np.array([line.split()[-5:] for line in lines], float)


def test_the_line_agrees_with_a_search_over_the_weight_scale(run):
    for name in SMOOTH:
        for sigma_b, _, theory, *_ in rows(run, name).T[[1, 4]]:
            low, high = 0.5, 32.0
            for _ in range(14):
                middle = (low * high) ** 0.5
                vanishes = chi(name, middle, sigma_b) < 1
                low, high = (middle, high) if vanishes else (low, middle)
            assert theory == pytest.approx(middle, abs=0.006)


@settings(max_examples=25)
@given(st.sampled_from(list(SMOOTH)), st.floats(0.05, 4))
def test_the_solution_fulfils_both_equations(run, name, sigma_b):
    snippet, (phi, slope) = run("edge_of_chaos"), SMOOTH[name]
    case = snippet.ACTIVATIONS[name][:2]
    (sigma_w,), (q,) = snippet.critical_point(*case, np.array([sigma_b]))
    z = q**0.5 * NODES
    assert sigma_w**2 * (slope(z) ** 2 @ MASS) == pytest.approx(1, abs=1e-4)
    assert sigma_w**2 * (phi(z) ** 2 @ MASS) + sigma_b**2 == pytest.approx(q, rel=1e-3)


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("sigma_b", [0, 0.5, 2, 4])
def test_below_the_line_vanishes_and_above_it_explodes(run, name, sigma_b):
    snippet = run("edge_of_chaos")
    case = snippet.ACTIVATIONS[name][:2]
    sigma_w = snippet.critical_point(*case, np.array([float(sigma_b)]))[0][0]
    assert chi(name, 0.95 * sigma_w, sigma_b) < 0.999
    assert chi(name, 1.05 * sigma_w, sigma_b) > 1.001


@pytest.mark.parametrize("name", SMOOTH)
def test_the_needed_biases_grow_with_q_along_the_line(run, name):
    phi, slope = SMOOTH[name]
    z = np.geomspace(1e-3, 100, 200)[:, None] ** 0.5 * NODES
    sigma_w2 = 1 / (slope(z) ** 2 @ MASS)
    needed = np.geomspace(1e-3, 100, 200) - sigma_w2 * (phi(z) ** 2 @ MASS)
    assert (np.diff(needed[needed > -0.1]) > 0).all()


def test_biases_raise_the_line_of_sigmoid_and_tanh_and_leave_that_of_relu(run):
    for name in SMOOTH:
        assert (np.diff(rows(run, name)[2]) > 0).all()
    snippet = run("edge_of_chaos")
    sigma_w, q = snippet.critical_point(
        *snippet.ACTIVATIONS["ReLU"][:2], np.arange(5.0)
    )
    np.testing.assert_allclose(sigma_w, 2**0.5, rtol=1e-9)
    assert np.isinf(q).all()


def test_networks_change_from_decay_to_growth_on_the_line_or_just_above(run):
    for name in ("sigmoid", "tanh", "ReLU"):
        _, _, theory, low, median, high = rows(run, name)[
            :, 1 if name == "tanh" else 0 :
        ]
        assert (median < 1.07 * theory).all()
        assert (median > 0.98 * theory).all()
        assert (low > 0.9 * theory).all()
        assert (high < 1.15 * theory).all()


def test_tanh_without_biases_has_not_arrived_at_its_fixed_point(run):
    _, _, theory, low, _, high = rows(run, "tanh")[:, 0]
    assert theory == 1
    assert low > 1.05
    assert high < 1.3


def test_growth_is_the_log_of_the_scale_in_a_linear_network(run):
    scales, rng = np.array([0.5, 1, 2]), np.random.default_rng(0)
    measure = run("edge_of_chaos").measure_growth
    growth = measure(lambda z: z, np.ones_like, scales, 1.0, rng)
    np.testing.assert_allclose(growth, np.log(scales), atol=0.03)


def test_biases_turn_an_exploding_tanh_network_into_a_vanishing_one(run):
    snippet = run("edge_of_chaos")
    phi, slope, *_ = snippet.ACTIVATIONS["tanh"]
    for seed in range(5):
        scales, rng = np.array([1.5, 1.5]), np.random.default_rng(seed)
        bare, biased = snippet.measure_growth(phi, slope, scales, np.array([0, 1]), rng)
        assert biased < -0.02 < 0.02 < bare


def test_twice_as_steep_a_tanh_halves_the_line_in_both_directions(run):
    critical, sigma_b = run("edge_of_chaos").critical_point, np.linspace(0, 2, 5)
    steep = critical(lambda z: np.tanh(2 * z), lambda a: 2 * (1 - a**2), sigma_b)[0]
    plain = critical(np.tanh, lambda a: 1 - a**2, 2 * sigma_b)[0]
    np.testing.assert_allclose(steep, plain / 2, rtol=1e-4)


@pytest.mark.parametrize("sigma_w", [1, 2**0.5])
def test_mean_q_of_relu_follows_its_map_at_width_eight(sigma_w):
    rng, networks, width = np.random.default_rng(0), 5_000, 8
    z = rng.standard_normal((networks, width, 1))
    expected = 1.0
    for _ in range(5):
        W = sigma_w * rng.standard_normal((networks, width, width)) / width**0.5
        z = W @ np.maximum(z, 0) + rng.standard_normal((networks, width, 1))
        expected = sigma_w**2 / 2 * expected + 1
    assert np.mean(z**2) == pytest.approx(expected, rel=0.1)


def test_neighbouring_inputs_part_by_the_factor_of_the_gradient():
    rng, width, sigma_w = np.random.default_rng(0), 400, 3.0
    z, d, logs = rng.standard_normal(width), 1e-9 * rng.standard_normal(width), []
    other = z + d
    for _ in range(20):
        W = sigma_w * rng.standard_normal((width, width)) / width**0.5
        b = rng.standard_normal(width)
        z, other = W @ np.tanh(z) + b, W @ np.tanh(other) + b
        logs.append(np.log(np.linalg.norm(other - z)))
    growth = np.polyfit(range(15), logs[5:], 1)[0]
    assert np.exp(2 * growth) == pytest.approx(chi("tanh", sigma_w, 1.0), rel=0.15)
