import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


@given(b=st.floats(0, 6))
def test_share_on_is_the_normal_tail(run, b):
    expected = NormalDist().cdf(-b)
    assert run("pencil_answers").share_on(b) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("bias", "inputs"), [(-2, 30), (-3, 513)])
def test_half_of_the_neurons_are_never_on_for_that_many_inputs(bias, inputs):
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((6, 4000))
    weights /= np.linalg.norm(weights, axis=0)
    off = [
        ((rng.standard_normal((inputs, 6)) @ w) + bias <= 0).all() for w in weights.T
    ]
    assert np.mean(off) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("b", [2, 3, 4, 5])
def test_number_of_inputs_is_right_to_the_last_digit(run, b):
    low = next(
        line for line in run("pencil_answers").printed.splitlines() if f"-{b}:" in line
    )
    inputs = int(low.split()[-2])
    log_on = [n * math.log1p(-NormalDist().cdf(-b)) for n in (inputs - 1, inputs + 1)]
    assert math.exp(log_on[0]) > 0.5 > math.exp(log_on[1])


def test_a_thousand_inputs_miss_what_a_hundred_thousand_find():
    tail = NormalDist().cdf(-4)
    assert (1 - tail) ** 1000 == pytest.approx(0.97, abs=0.005)
    assert 1 - (1 - tail) ** 100_000 == pytest.approx(0.96, abs=0.005)


def test_behind_batch_norm_about_every_second_unit_is_off_at_three():
    z = np.random.default_rng(0).standard_normal((3000, 513))
    z = (z - z.mean(1, keepdims=True)) / z.std(1, keepdims=True)
    assert 0.42 < np.mean((z - 3 <= 0).all(axis=1)) < 0.56


@given(bias=st.floats(-2, 12), steps=st.integers(1, 2000))
def test_memory_is_the_product_of_the_gates(run, bias, steps):
    gate = 1 / (1 + math.exp(-bias))
    kept = math.exp(steps * math.log(gate))
    assert run("pencil_answers").memory(bias, steps) == pytest.approx(kept, rel=1e-6)


def test_gate_keeps_half_and_off_by_one(run):
    snippet = run("pencil_answers")
    assert snippet.memory(snippet.bias) == pytest.approx(0.5, rel=1e-9)
    assert snippet.bias == pytest.approx(math.log(784 / math.log(2)), abs=1e-3)
    assert snippet.memory(snippet.bias - 1) == pytest.approx(0.5**math.e, abs=1e-3)
    assert snippet.memory(snippet.bias + 1) == pytest.approx(
        0.5 ** (1 / math.e), abs=1e-3
    )


@pytest.mark.parametrize("steps", [20, 784, 100_000])
def test_memory_as_a_whole_is_not_saturated(run, steps):
    memory, h = run("pencil_answers").memory, 1e-5
    bias = -math.log(math.expm1(math.log(2) / steps))
    derivative = (memory(bias + h, steps) - memory(bias - h, steps)) / (2 * h)
    assert derivative == pytest.approx(math.log(2) / 2, rel=0.03)
    gate = 1 / (1 + math.exp(-bias))
    assert gate * (1 - gate) == pytest.approx(math.log(2) / steps, rel=0.06)
