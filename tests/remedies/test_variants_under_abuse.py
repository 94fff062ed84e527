import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

NAMES = ["ReLU", "leaky 0.01", "leaky 0.2", "ELU", "GELU", "SiLU"]


@pytest.fixture(scope="session")
def table(run):
    """Each row of the output, by activation and kind: a value for each rate."""
    head, *lines = run("variants_under_abuse").printed.splitlines()
    rates = [int(rate) for rate in head.split()[1:]]
    return {
        (line[:11].strip(), line[11:25].strip()): dict(
            zip(rates, map(float, line[25:].split()), strict=True)
        )
        for line in lines
    }


@pytest.mark.parametrize("name", NAMES)
@given(z=st.floats(-20, 20).filter(lambda z: abs(z) > 1e-3))
def test_slopes_agree_with_central_differences(run, name, z):
    phi, h = run("variants_under_abuse").ACTIVATIONS[name][0], 1e-5
    values, slopes = phi(np.array([z - h, z + h, z]))
    numeric = (values[1] - values[0]) / (2 * h)
    assert slopes[2] == pytest.approx(numeric, abs=1e-8)


def test_gelu_in_tanh_form_is_close_to_the_exact_gelu(run):
    z = np.linspace(-6, 6, 601)
    exact = [v * math.erfc(-v / math.sqrt(2)) / 2 for v in z]
    value = run("variants_under_abuse").ACTIVATIONS["GELU"][0](z)[0]
    assert np.abs(value - exact).max() < 1e-3


def plain_descent(x, y, W1, W2, phi, rate, steps):
    """One network, point by point: pre-activations at the end."""
    b1, b2 = np.zeros(W1.shape[1]), 0.0
    for _ in range(steps):
        total = [0 * W1, 0 * b1, 0 * W2, 0.0]
        for point, label in zip(x, y, strict=True):
            a, slope = phi(point @ W1 + b1)
            error = -label / (1 + np.exp(label * (a @ W2 + b2))) / len(x)
            delta = error * W2 * slope
            parts = np.outer(point, delta), delta, error * a, error
            total = [t + p for t, p in zip(total, parts, strict=True)]
        W1, b1, W2, b2 = (
            p - rate * t for p, t in zip((W1, b1, W2, b2), total, strict=True)
        )
    return x @ W1 + b1


@pytest.mark.parametrize("name", NAMES)
def test_training_agrees_with_one_network_written_plainly(run, name):
    source = run("variants_under_abuse")
    phi, rng = source.ACTIVATIONS[name][0], np.random.default_rng(0)
    outer = rng.integers(0, 2, (source.RUNS, source.POINTS, 1))
    angle = rng.uniform(0, 2 * np.pi, outer.shape)
    ring = np.concatenate([np.cos(angle), np.sin(angle)], 2)
    x = rng.normal(1 + outer, 0.2) * ring
    x = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    W1 = rng.normal(0, 1, (source.RUNS, 2, source.WIDTH))
    W2 = rng.normal(0, np.sqrt(2 / source.WIDTH), (source.RUNS, source.WIDTH, 1))
    y = 2 * outer[2, :, 0] - 1
    expected = plain_descent(x[2], y, W1[2], W2[2, :, 0], phi, 0.5, source.STEPS // 10)
    steps, train = source.STEPS, source.train
    try:
        train.__globals__["STEPS"] = steps // 10
        z = train(phi, 0.5, np.random.default_rng(0))[0][2]
    finally:
        train.__globals__["STEPS"] = steps
    assert z == pytest.approx(expected, abs=1e-9)


def test_leaky_relu_loses_as_many_units_as_relu_at_every_rate(table):
    relu, leaky = table["ReLU", "all-negative %"], table["leaky 0.01", "all-negative %"]
    for rate, share in relu.items():
        assert abs(share - leaky[rate]) < 8
    assert table["leaky 0.01", "accuracy %"][8] > table["ReLU", "accuracy %"][8] + 3


def test_a_large_leak_loses_fewer_units_but_explodes(table):
    leak, loss = (
        table["leaky 0.2", "all-negative %"],
        table["leaky 0.2", "loss, median"],
    )
    assert all(share < 60 for share in leak.values())
    assert loss[10] > 1e20
    assert min(loss[15], loss[30]) > 1e80
    assert max(table["ReLU", "loss, median"].values()) < 3
    small = table["leaky 0.01", "loss, median"]
    assert small[30] > 1e6 > max(small[rate] for rate in small if rate < 30)


def test_gelu_and_silu_lose_fewer_units_than_relu_where_the_killing_starts(table):
    relu, gelu, silu = (
        table[name, "all-negative %"] for name in ("ReLU", "GELU", "SiLU")
    )
    for rate in (4, 5, 6, 8):
        assert silu[rate] < gelu[rate] < relu[rate] - 10
    elu = table["ELU", "all-negative %"]
    assert gelu[5] < elu[5] < relu[5] - 15
    assert elu[3] > 5 > max(relu[3], gelu[3], silu[3])


def test_fewer_lost_units_pay_at_rate_eight_and_silu_still_at_fifteen(table):
    for name in ("GELU", "SiLU"):
        assert table[name, "accuracy %"][8] > 99
    assert table["SiLU", "accuracy %"][15] > 98
    assert table["ReLU", "accuracy %"][8] < 93
    assert max(table[it, "accuracy %"][15] for it in NAMES if it != "SiLU") < 97


def test_none_works_at_rate_thirty(table):
    for name in NAMES:
        assert table[name, "accuracy %"][30] < 80
        assert (table[name, "all-negative %"][30] > 75) == (name != "leaky 0.2")


def test_leaky_units_are_never_silent_and_dead_relu_units_always(table):
    for name in ("leaky 0.01", "leaky 0.2"):
        assert set(table[name, "silent %"].values()) == {0}
    assert table["ReLU", "silent %"] == table["ReLU", "all-negative %"]


def test_some_elu_and_gelu_units_are_silent_at_rate_thirty_in_double_precision(table):
    for name in ("ELU", "GELU"):
        assert 5 < table[name, "silent %"][30] < 50


@given(
    w=st.floats(-3, -0.1),
    v=st.floats(-3, 3),
    g=st.floats(-1, 1),
    alpha=st.floats(0, 1),
    eta=st.floats(0, 30),
)
def test_sum_and_difference_of_the_weights_are_scaled_as_derived(w, v, g, alpha, eta):
    v_new, w_new = v - eta * g * (alpha * w), w - eta * (g * v * alpha)
    factor = eta * g * alpha
    assert v_new + w_new == pytest.approx((1 - factor) * (v + w), abs=1e-9)
    assert v_new - w_new == pytest.approx((1 + factor) * (v - w), abs=1e-9)
