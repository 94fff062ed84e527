import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

SMALL = st.floats(-3, 3)


def test_the_sources_neuron_starts_at_one_and_a_half(run):
    snippet = run("tanh_neuron")
    assert snippet.z == 1.5
    assert snippet.a == pytest.approx(0.905, abs=5e-4)


@given(z=st.floats(-15, 15))
def test_slope_of_tanh_agrees_with_the_complex_step(run, z):
    expected = np.tanh(z + 1e-30j).imag / 1e-30
    assert run("tanh_neuron").slope(z) == pytest.approx(expected, rel=1e-9)


@given(w=st.tuples(SMALL, SMALL), b=SMALL, x=st.tuples(SMALL, SMALL), push=SMALL)
def test_a_step_moves_z_against_delta_whatever_the_signs_of_the_inputs(
    run, w, b, x, push
):
    snippet, (w, x) = run("tanh_neuron"), (np.array(w), np.array(x))
    new_w, new_b = snippet.step(w, b, x, push)
    delta = push * (np.tanh(w @ x + b + 1e-30j).imag / 1e-30)
    change = new_w @ x + new_b - (w @ x + b)
    expected = -snippet.RATE * delta * (x @ x + 1)
    assert change == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(target=st.floats(-1, 1), z=st.floats(-3, 3))
def test_step_is_gradient_descent_on_the_squared_error(run, target, z):
    snippet, w = run("tanh_neuron"), np.array([z / 2, z / 4])
    b, h = z - w.sum(), 1e-6

    def loss(parameters):
        return (np.tanh(parameters @ [1, 1, 1]) - target) ** 2 / 2

    params = np.array([*w, b])
    expected = [(loss(params + e) - loss(params - e)) / (2 * h) for e in h * np.eye(3)]
    new_w, new_b = snippet.step(w, b, snippet.X, np.tanh(z) - target)
    found = (params - [*new_w, new_b]) / snippet.RATE
    np.testing.assert_allclose(found, expected, atol=1e-8)


@pytest.mark.parametrize(("end", "push"), [(-10, 212.13), (10, -156.79)])
def test_a_positive_gradient_pushes_down_and_a_negative_one_up(run, end, push):
    snippet = run("tanh_neuron")
    w, b = snippet.step(snippet.W, snippet.B, snippet.X, push)
    assert w @ snippet.X + b == pytest.approx(end, abs=1e-3)
    assert f"∂L/∂a = {push}" in snippet.printed


@pytest.mark.parametrize(("end", "target", "rate"), [(-10, 0, 23.44), (10, 1, 165.30)])
def test_printed_rates_take_the_squared_error_to_the_end(run, end, target, rate):
    a = np.tanh(1.5)
    z = 1.5 - 3 * rate * (a - target) * (1 - a**2)
    assert z == pytest.approx(end, abs=5e-3)
    assert f"rate {rate:.2f}" in run("tanh_neuron").printed


def test_slope_falls_by_more_than_ten_million_times(run):
    slope = run("tanh_neuron").slope
    assert slope(1.5) / slope(10) > 1e7
    assert slope(-10) == slope(10) > 0


def test_float32_slope_from_the_output_is_exactly_zero_at_ten_but_not_at_eight():
    assert 1 - np.tanh(np.float32(10)) ** 2 == 0
    assert 1 - np.tanh(np.float32(8)) ** 2 > 0


def test_another_input_brings_the_neuron_back_a_million_times_faster(run):
    snippet = run("tanh_neuron")
    w, b = np.full(2, 10 / 3), 10 / 3
    change = {}
    for name, x in (("own", snippet.X), ("other", snippet.OTHER)):
        new_w, new_b = snippet.step(w, b, x, 1)
        change[name] = (new_w - w) @ snippet.X + new_b - b
    assert change["other"] < change["own"] < 0
    assert 1e6 < change["other"] / change["own"] < 1e7


def test_an_input_that_sees_the_largest_slope_does_not_help_at_all(run):
    snippet, x = run("tanh_neuron"), np.array([-0.5, -0.5])
    w, b = np.full(2, 10 / 3), 10 / 3
    assert w @ x + b == pytest.approx(0, abs=1e-12)  # the slope there is 1
    new_w, new_b = snippet.step(w, b, x, 1)
    assert (new_w - w) @ snippet.X + new_b - b == pytest.approx(0, abs=1e-12)


def test_clipping_the_gradient_to_norm_one_bounds_the_jump(run):
    snippet = run("tanh_neuron")
    w, b = snippet.step(snippet.W, snippet.B, snippet.X, 212.13)
    gradient = (np.array([*snippet.W, snippet.B]) - [*w, b]) / snippet.RATE
    clipped = gradient / np.linalg.norm(gradient)
    assert snippet.RATE * clipped.sum() == pytest.approx(snippet.RATE * 3**0.5)
