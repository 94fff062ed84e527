"""The slopes of the activations, their extremes, zeros and averages."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = [
    "sigmoid",
    "tanh",
    "ReLU",
    "leaky ReLU",
    "ELU",
    "SELU",
    "GELU",
    "SiLU",
    "softplus",
    "Mish",
]
KINKED = {"ReLU", "leaky ReLU", "ELU", "SELU"}
LAMBDA, ALPHA = 1.0507009873554805, 1.6732632423543772


# Analytic in the complex plane near the real axis, and written independently.
COMPLEX = {
    "sigmoid": lambda z: np.exp(-np.log1p(np.exp(-z))),
    "tanh": lambda z: np.sinh(z) / np.cosh(z),
    "ReLU": lambda z: (z + np.where(z.real > 0, z, -z)) / 2,
    "leaky ReLU": lambda z: np.where(z.real > 0, z, z / 100),
    "ELU": lambda z: np.where(z.real > 0, z, np.exp(z) - 1),
    "SELU": lambda z: LAMBDA * np.where(z.real > 0, z, ALPHA * (np.exp(z) - 1)),
    "SiLU": lambda z: z / (1 + np.exp(-z)),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "Mish": lambda z: z * (1 - 2 / ((1 + np.exp(z)) ** 2 + 1)),
}


def gauss_hermite(function, degree=200):
    """Average function(z) over z ~ N(0, 1); good for smooth functions only."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(degree)
    return weights @ function(nodes) / weights.sum()


@pytest.fixture(scope="module")
def table(run):
    """Read the printed table: name -> list of its seven entries, as text."""
    rows = {}
    for line in run("derivative_curves").printed.splitlines():
        match = re.match(r"(leaky ReLU|\w+) +(-?\d.*)", line)
        if match:
            rows[match[1]] = re.split(r" +(?!<)", match[2].replace("z < 0", "z<0"))
    return rows


def test_table_has_one_complete_row_for_each_activation(table):
    assert list(table) == NAMES
    assert {len(row) for row in table.values()} == {8}


@pytest.mark.parametrize("name", sorted(COMPLEX))
@settings(max_examples=50, deadline=None)
@given(size=st.floats(1e-6, 20), sign=st.sampled_from([-1, 1]))
def test_slope_agrees_with_a_complex_step(run, name, size, sign):
    z = np.array([sign * size])
    step = COMPLEX[name](z + 1e-30j).imag / 1e-30
    _, slope = run("derivative_curves").curves(z)[name]
    assert slope == pytest.approx(step, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_slope_agrees_with_central_differences_away_from_kinks(run, name):
    curves, h = run("derivative_curves").curves, 1e-5
    z = np.linspace(-12, 12, 482)  # even: 0 is left out
    difference = (curves(z + h)[name][0] - curves(z - h)[name][0]) / (2 * h)
    np.testing.assert_allclose(curves(z)[name][1], difference, atol=1e-8)


def test_gelu_uses_the_exact_normal_distribution_and_not_an_approximation(run):
    z = np.linspace(-8, 8, 101)
    exact = [x * (1 + math.erf(x / math.sqrt(2))) / 2 for x in z]
    value, _ = run("derivative_curves").curves(z)["GELU"]
    np.testing.assert_allclose(value, exact, atol=1e-14)


def test_sigmoid_slope_peaks_at_one_quarter_and_only_at_zero(run):
    _, slope = run("derivative_curves").curves(np.array([-0.01, 0.0, 0.01]))["sigmoid"]
    assert slope[1] == 0.25
    assert max(slope[0], slope[2]) < 0.25


def test_tanh_slope_equals_one_at_zero_so_it_is_not_always_less_than_one(run):
    _, slope = run("derivative_curves").curves(np.array([-0.01, 0.0, 0.01]))["tanh"]
    assert slope[1] == 1
    assert max(slope[0], slope[2]) < 1


def test_relu_slope_at_zero_is_zero_by_convention(run):
    assert run("derivative_curves").curves(np.zeros(1))["ReLU"][1] == [0]


def test_leaky_relu_slope_is_as_large_at_minus_1000_as_anywhere_on_the_left(run):
    # Only this entry is wanted: the textbook sigmoid in the same call overflows.
    with np.errstate(over="ignore"):
        curves = run("derivative_curves").curves(np.array([-1000.0]))
    assert curves["leaky ReLU"][1] == [0.01]
    assert curves["ELU"][1] == [0]


def test_elu_slope_is_continuous_at_zero_and_selu_slope_is_not(run):
    curves = run("derivative_curves").curves(np.array([-1e-9, 1e-9]))
    assert np.ptp(curves["ELU"][1]) < 1e-8
    assert np.ptp(curves["SELU"][1]) == pytest.approx(LAMBDA * (ALPHA - 1), rel=1e-6)


@pytest.mark.parametrize(
    ("name", "largest", "place"),
    [
        ("GELU", "1.129", math.sqrt(2)),
        ("SiLU", "1.100", 2.3994),
        ("Mish", "1.088", 1.4907),
    ],
)
def test_smooth_rectifiers_have_a_largest_slope_above_one(
    run, table, name, largest, place
):
    curves = run("derivative_curves").curves
    assert table[name][:2] == [largest, f"{place:.2f}"]
    near = place + np.array([-0.01, 0.0, 0.01])
    assert curves(near)[name][1].argmax() == 1


@pytest.mark.parametrize(
    ("name", "zero"), [("GELU", -0.75), ("SiLU", -1.28), ("Mish", -1.19)]
)
def test_smooth_rectifier_slopes_have_one_zero_and_are_negative_left_of_it(
    run, table, name, zero
):
    assert float(table[name][4]) == zero
    left, right = np.linspace(-25, zero - 0.01, 999), np.linspace(zero + 0.01, 25, 999)
    curves = run("derivative_curves").curves
    assert curves(left)[name][1].max() < 0
    assert curves(right)[name][1].min() > 0


def test_gelu_slope_is_lowest_at_minus_the_square_root_of_two(table):
    assert table["GELU"][2:4] == ["-0.129", f"{-math.sqrt(2):.2f}"]


def test_only_relu_has_a_slope_of_zero_on_a_half_line(run, table):
    assert [name for name in NAMES if table[name][4] == "z<0"] == ["ReLU"]
    z = run("derivative_curves").z
    for name, (_, slope) in run("derivative_curves").curves(z).items():
        assert np.any(slope == 0) == (name == "ReLU")


def test_slopes_without_a_zero_stay_positive(run, table):
    never = {name for name in NAMES if table[name][4] == "never"}
    assert never == set(NAMES) - {"ReLU", "GELU", "SiLU", "Mish"}
    for name in never:
        assert (
            run("derivative_curves").curves(run("derivative_curves").z)[name][1].min()
            > 0
        )


@pytest.mark.parametrize("name", sorted(set(NAMES) - KINKED))
def test_printed_mean_and_rms_of_smooth_functions_agree_with_gauss_hermite(
    run, table, name
):
    curves = run("derivative_curves").curves
    rms = gauss_hermite(lambda z: curves(z)[name][1] ** 2) ** 0.5
    mean = gauss_hermite(lambda z: curves(z)[name][0])
    assert float(table[name][5]) == pytest.approx(rms, abs=5.1e-4)
    assert float(table[name][6]) == pytest.approx(mean, abs=5.1e-4)


def test_printed_mean_and_rms_of_kinked_functions_agree_with_closed_forms(table):
    def cdf(x):
        return math.erfc(-x / math.sqrt(2)) / 2

    relu = 1 / math.sqrt(2 * math.pi)  # E[max(z, 0)]
    below = math.exp(1 / 2) * cdf(-1) - 1 / 2  # E[exp(z) - 1; z < 0]
    squared = math.exp(2) * cdf(-2)  # E[exp(z)²; z < 0]
    expected = {
        "ReLU": (math.sqrt(1 / 2), relu),
        "leaky ReLU": (math.sqrt((1 + 0.01**2) / 2), 0.99 * relu),
        "ELU": (math.sqrt(1 / 2 + squared), relu + below),
        "SELU": (LAMBDA * math.sqrt(1 / 2 + ALPHA**2 * squared), 0),
    }
    for name, (rms, mean) in expected.items():
        assert float(table[name][5]) == pytest.approx(rms, abs=5.1e-4)
        assert float(table[name][6]) == pytest.approx(mean, abs=5.1e-4)


def test_selu_constants_keep_mean_zero_and_variance_one(run):
    script = run("derivative_curves")
    value, _ = script.curves(script.z)["SELU"]
    assert np.average(value, weights=script.weights) == pytest.approx(0, abs=1e-6)
    assert np.average(value**2, weights=script.weights) == pytest.approx(1, abs=1e-6)


def test_rms_slope_times_weight_scale_is_the_factor_of_a_random_wide_layer(run):
    script, width, factors = run("derivative_curves"), 1000, []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        weights = 1.5 * rng.standard_normal((width, width)) / math.sqrt(width)
        delta = rng.standard_normal(width)
        slope = script.curves(rng.standard_normal(width))["tanh"][1]
        below = (weights.T @ delta) * slope
        factors.append(np.linalg.norm(below) / np.linalg.norm(delta))
    assert np.mean(factors) == pytest.approx(1.5 * 0.681, rel=0.05)


def test_wider_inputs_close_saturating_slopes_and_leave_relu_unchanged(run):
    script = run("derivative_curves")
    wide = np.exp(-((script.z / 5) ** 2) / 2)
    change = {
        name: np.average(slope**2, weights=wide)
        / np.average(slope**2, weights=script.weights)
        for name, (_, slope) in script.curves(script.z).items()
    }
    assert change["ReLU"] == pytest.approx(1, abs=1e-9)
    assert change["leaky ReLU"] == pytest.approx(1, abs=1e-9)
    for name in ("sigmoid", "tanh"):
        assert 0.4 < change[name] ** 0.5 < 0.6
    assert max(change["ELU"], change["SELU"]) < 0.95
    assert min(change[name] for name in ("GELU", "SiLU", "Mish", "softplus")) > 1.05


def test_ranges_reach_the_printed_lowest_outputs(table):
    lowest = {name: float(row[7]) for name, row in table.items()}
    assert lowest["GELU"] == -0.170
    assert lowest["SiLU"] == -0.278
    assert lowest["Mish"] == -0.309
    assert lowest["SELU"] == pytest.approx(-LAMBDA * ALPHA, abs=5.1e-4)
