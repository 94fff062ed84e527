import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

NAMES = ("sigmoid", "tanh", "ReLU", "leaky ReLU", "ELU", "GELU")


@pytest.fixture(scope="session")
def factors(run):
    """Factor of every printed row: mean, least, most."""
    rows = {}
    for line in run("measuring_stick").printed.splitlines():
        numbers = line[20:].replace("(", " ").replace(")", " ").replace("to", " ")
        rows[line[:20].strip()] = [float(value) for value in numbers.split()]
    return rows


def layer(phi, W, axis, skip, branch, z):
    """One layer, written from its definition: z of shape (..., batch, width)."""
    z = skip * z + branch * (phi(z)[0] @ W)
    if axis is None:
        return z
    z = np.moveaxis(z, axis, 0)
    return np.moveaxis((z - z.mean(0)) / z.std(0), 0, axis)


def jacobian(function, z):
    """Central differences of all entries at once: (outputs, inputs)."""
    step = 1e-6 * np.abs(z).max()
    moves = step * np.eye(z.size).reshape(-1, *z.shape)
    return (
        ((function(z + moves) - function(z - moves)) / (2 * step)).reshape(z.size, -1).T
    )


@pytest.mark.parametrize("name", ["sigmoid", "ReLU", "ELU"])
@pytest.mark.parametrize(
    ("axis", "skip", "branch"), [(None, 0, 1), (-2, 0, 1), (-1, 0, 1), (None, 1, 0.3)]
)
def test_factor_agrees_with_a_product_of_numerical_jacobians(
    run, monkeypatch, name, axis, skip, branch
):
    source = run("measuring_stick")
    phi, rng = source.ACTIVATIONS[name], np.random.default_rng(3)
    weights = rng.standard_normal((50, 1, 12, 12)) * (2 / 12) ** 0.5
    x, delta = rng.standard_normal((2, 1, 3, 12))
    names = source.measure_factor.__globals__
    monkeypatch.setitem(names, "x", x)
    monkeypatch.setitem(names, "last_delta", delta)
    z, steps = x[0] @ weights[0, 0], []
    for W in weights[1:, 0]:
        steps.append(jacobian(lambda v, W=W: layer(phi, W, axis, skip, branch, v), z))
        z = layer(phi, W, axis, skip, branch, z)
    signal, norms = delta.ravel(), {50: np.linalg.norm(delta)}
    for level, step in zip(range(49, 0, -1), steps[::-1], strict=True):
        signal = step.T @ signal
        norms[level] = np.linalg.norm(signal)
    expected = (norms[11] / norms[41]) ** (1 / 30)
    measured = source.measure_factor(phi, weights, axis, skip, branch)
    assert measured == pytest.approx([expected], rel=1e-4)


@pytest.mark.parametrize("name", NAMES)
@given(z=st.floats(-8, 8).filter(lambda z: abs(z) > 1e-3))
def test_slopes_agree_with_central_differences(run, name, z):
    phi, z = run("measuring_stick").ACTIVATIONS[name], np.array(z)
    numeric = (phi(z + 1e-5)[0] - phi(z - 1e-5)[0]) / 2e-5
    assert float(phi(z)[1]) == pytest.approx(float(numeric), abs=1e-7)


def test_the_tanh_form_of_gelu_is_close_to_z_times_the_normal_distribution(run):
    z = np.linspace(-6, 6, 241)
    exact = z * np.array([math.erfc(-v / math.sqrt(2)) / 2 for v in z])
    assert np.abs(run("measuring_stick").ACTIVATIONS["GELU"](z)[0] - exact).max() < 1e-3


def test_orthogonal_weights_keep_lengths(run):
    Q = run("measuring_stick").orthogonal[:3]
    np.testing.assert_allclose(Q.mT @ Q, np.eye(128) + 0 * Q, atol=1e-12)


def test_sigmoid_with_xavier_loses_three_quarters_per_layer(factors):
    assert 0.22 < factors["sigmoid, Xavier"][1] <= factors["sigmoid, Xavier"][2] < 0.25


def test_he_and_orthogonal_weights_hold_relu_at_one(factors):
    for start in ("He", "orthogonal"):
        assert factors[f"ReLU, {start}"] == pytest.approx([1, 1, 1], abs=0.03)


def test_relu_with_xavier_is_he_divided_by_root_two(factors):
    expected = [value / 2**0.5 for value in factors["ReLU, He"]]
    assert factors["ReLU, Xavier"] == pytest.approx(expected, abs=0.002)


def test_leaky_relu_is_no_better_than_relu(factors):
    assert factors["leaky ReLU, He"] == pytest.approx(factors["ReLU, He"], abs=0.01)


def test_he_is_too_large_for_elu_and_unsteady_for_gelu(factors):
    assert factors["ELU, He"][1] > 1.02
    assert factors["GELU, He"][2] - factors["GELU, He"][1] > 0.1
    assert factors["GELU, He"][1] < 0.85


def mean_field_factors(phi, layers):
    """Factor of |δ| in each layer of a very wide network with He weights."""
    u = np.linspace(-10, 10, 4001)
    bell, q, factors = np.exp(-(u**2) / 2) / np.exp(-(u**2) / 2).sum(), 2.0, []
    for _ in range(layers):
        value, slope = phi(q**0.5 * u)
        factors.append((2 * (slope**2 @ bell)) ** 0.5)
        q = 2 * (value**2 @ bell)
    return factors


def test_gelu_with_he_weights_falls_to_the_factor_of_relu_with_xavier(run):
    factors = mean_field_factors(run("measuring_stick").ACTIVATIONS["GELU"], 60)
    assert factors[0] > 0.95
    assert factors[-1] == pytest.approx(0.5**0.5, abs=1e-3)


def test_elu_with_he_weights_stays_above_one_and_falls_towards_it(run):
    factors = mean_field_factors(run("measuring_stick").ACTIVATIONS["ELU"], 400)
    assert 1.02 < factors[50] < factors[10]
    assert 1 < factors[-1] < 1.015


def test_batch_norm_makes_relu_explode_near_pi_over_pi_minus_one(factors):
    limit = math.sqrt(math.pi / (math.pi - 1))
    assert factors["ReLU, batch norm"] == pytest.approx([limit] * 3, rel=0.02)


def test_batch_norm_rescues_the_sigmoid_and_layer_norm_does_not(factors):
    assert 1 < factors["sigmoid, batch norm"][0] < 1.06
    assert factors["sigmoid, layer norm"][2] < 0.45


def test_layer_norm_holds_relu_at_one(factors):
    assert factors["ReLU, layer norm"] == pytest.approx([1, 1, 1], abs=0.04)


@pytest.mark.parametrize("axis", [-1, -2])
def test_under_normalization_the_weight_scale_does_not_matter(run, axis):
    source = run("measuring_stick")
    phi, W = source.ACTIVATIONS["ReLU"], source.unit
    small, large = (source.measure_factor(phi, s * W, axis, 0, 1) for s in (1, 9))
    assert small == pytest.approx(large)


def test_a_bare_skip_doubles_the_square_and_a_scaled_one_holds_it(factors):
    assert factors["ReLU, skip"] == pytest.approx([2**0.5] * 3, rel=0.01)
    assert factors["ReLU, skip/√50"] == pytest.approx([1.02**0.5] * 3, abs=0.002)
    assert factors["sigmoid, skip/√50"] == pytest.approx([1, 1, 1], abs=0.003)


def test_every_row_is_drawn_with_its_spread(run, factors):
    lines = run("measuring_stick").ax.lines
    assert len(lines) == len(factors) == 15
    assert all(len(line.get_xdata()) == 5 for line in lines)
