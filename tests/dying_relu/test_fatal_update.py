import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st


def largest_after(fatal, rate):
    """Largest pre-activation after one step at this rate."""
    return ((fatal.START - rate * fatal.gradient(fatal.START)[0]) @ fatal.X).max()


@pytest.mark.parametrize("name", ["ReLU", "leaky ReLU", "ELU", "GELU"])
def test_gradient_agrees_with_central_differences(run, name):
    fatal = run("fatal_update")
    for params in ([0.5, 1.5], [0.3, -0.4], [-0.125, -2.25]):
        numeric = [
            (
                fatal.gradient(np.add(params, h), name)[1]
                - fatal.gradient(np.subtract(params, h), name)[1]
            )
            / 2e-6
            for h in 1e-6 * np.eye(2)
        ]
        exact = fatal.gradient(np.array(params), name)[0]
        assert exact == pytest.approx(numeric, rel=1e-6, abs=1e-9)


def test_the_neuron_is_on_for_all_inputs_and_all_pre_activations_fall(run):
    fatal = run("fatal_update")
    assert (fatal.z > 0).all()
    assert (fatal.fall > 0).all()


def test_fatal_rate_is_five_halves_by_hand(run):
    fatal = run("fatal_update")
    assert fatal.fatal == 2.5
    assert fatal.gradient(fatal.START)[0].tolist() == [0.125, 0.75]


def test_last_float_below_the_fatal_rate_leaves_the_neuron_alive(run):
    fatal = run("fatal_update")
    below = np.nextafter(fatal.fatal, 0)
    assert 0 < largest_after(fatal, below) < 1e-15
    params = fatal.START - below * fatal.gradient(fatal.START)[0]
    assert np.abs(fatal.gradient(params)[0]).min() > 0.1


@pytest.mark.parametrize("rate", [2.5, np.nextafter(2.5, 3), 3, 5, 1000.0])
def test_from_the_fatal_rate_on_the_gradient_is_exactly_zero_for_ever(run, rate):
    fatal = run("fatal_update")
    params = fatal.START - rate * fatal.gradient(fatal.START)[0]
    killed = params.copy()
    assert (params @ fatal.X <= 0).all()
    for _ in range(100):
        gradient, loss = fatal.gradient(params)
        params = params - 0.5 * gradient
        assert (gradient == 0).all()
        assert loss == np.mean(fatal.Y**2) / 2
    assert (params == killed).all()


@given(
    st.lists(st.tuples(st.floats(-2, 2), st.floats(0, 3)), min_size=1, max_size=6),
    st.floats(-1, 1),
    st.floats(0.1, 3),
)
def test_threshold_formula_holds_wherever_its_conditions_do(data, w, b):
    x, y = np.array(data).T
    z = w * x + b
    fall = np.mean((z - y) * x) * x + np.mean(z - y)
    assume(z.min() > 1e-3)
    assume(fall.min() > 1e-3)
    fatal = (z / fall).max()

    def dead_at(rate):
        w_new = w - rate * np.mean((z - y) * x)
        return (w_new * x + b - rate * np.mean(z - y) <= 0).all()

    assert not dead_at(fatal * (1 - 1e-9))
    assert dead_at(fatal * (1 + 1e-9))


def test_leaky_and_elu_come_back_and_gelu_only_from_a_shallow_death(run):
    fatal = run("fatal_update")
    steps = {
        rate: {
            name: fatal.steps_back(
                fatal.START - rate * fatal.gradient(fatal.START)[0], name
            )
            for name in fatal.ACTIVATIONS
        }
        for rate in (3, 5)
    }
    never = "none of 1000"
    assert steps[3]["ReLU"] == steps[5]["ReLU"] == never
    assert steps[3]["ELU"] <= steps[3]["GELU"] < steps[3]["leaky ReLU"] < 100
    assert steps[5]["ELU"] < steps[5]["leaky ReLU"] < 300
    assert steps[5]["GELU"] == never


def test_gelu_slope_is_negative_below_about_minus_three_quarters(run):
    slope = run("fatal_update").ACTIVATIONS["GELU"]
    assert (slope(np.linspace(-8, -0.76, 50))[1] < 0).all()
    assert (slope(np.linspace(-0.75, 3, 50))[1] > 0).all()
    root = -0.7517915
    assert 0.5 * math.erfc(-root / math.sqrt(2)) + root * math.exp(
        -(root**2) / 2
    ) / math.sqrt(2 * math.pi) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("rate", "steps"), [(0.1, 100), (0.01, 1000), (0.001, 9000)])
def test_a_death_that_the_loss_asks_for_comes_at_every_rate(run, rate, steps):
    x, (w, b) = run("fatal_update").X[0], run("fatal_update").START
    for _ in range(steps):  # all targets are -1, which ReLU cannot reach
        z = w * x + b
        delta = np.where(z > 0, z + 1, 0) / len(x)
        w, b = w - rate * delta @ x, b - rate * delta.sum()
    assert (w * x + b <= 0).all()
