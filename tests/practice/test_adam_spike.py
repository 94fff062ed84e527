import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

B1, B2 = 0.9, 0.999


def closed_form(spike, steps, beta2):
    """Step sizes from the sums written out, not from the recursion."""
    k = np.arange(steps)
    m = 1 + (1 - B1) * B1**k * (spike - 1)
    v = 1 + (1 - beta2) * beta2**k * (spike**2 - 1)
    return m / np.sqrt(v)


def spiked(spike, steps):
    gradients = np.ones(steps)
    gradients[0] = spike
    return gradients


@given(spike=st.floats(1, 1e5), beta2=st.sampled_from([0.9, 0.95, 0.999]))
def test_steps_follow_the_formula_of_the_solution(run, spike, beta2):
    steps = run("adam_spike").adam_steps(spiked(spike, 300), beta2)
    np.testing.assert_allclose(steps, closed_form(spike, 300, beta2), rtol=1e-8)


def test_a_textbook_adam_with_bias_correction_does_the_same(run):
    before, m, v, steps = 20_000, 0.0, 0.0, []
    gradients = np.concatenate([np.ones(before), spiked(1000, 500)])
    for t, g in enumerate(gradients, 1):
        m, v = B1 * m + (1 - B1) * g, B2 * v + (1 - B2) * g * g
        steps.append(m / (1 - B1**t) / (np.sqrt(v / (1 - B2**t)) + 1e-8))
    expected = run("adam_spike").adam_steps(spiked(1000, 500), B2)
    np.testing.assert_allclose(steps[before:], expected, rtol=1e-6)


def test_step_is_short_for_as_long_as_the_solution_says(run):
    steps = run("adam_spike").adam_steps(spiked(1000, 20_000), B2)
    short = np.flatnonzero(steps < 0.5)
    assert len(short) == 5788
    until = np.log((1 - B2) * (1000**2 - 1) / 3) / -np.log(B2)
    assert until == pytest.approx(5806, abs=1)
    assert short[-1] == int(until)
    assert short[0] < 60
    assert np.sum(1 - steps) == pytest.approx(5551, abs=1)


def test_blow_is_bounded_and_followed_by_a_standstill(run):
    steps = run("adam_spike").adam_steps(spiked(1000, 20_000), B2)
    assert steps[0] == steps.max() == pytest.approx(3.19, abs=0.005)
    assert steps.min() == pytest.approx(0.033, abs=0.0005)
    assert steps[60:1000].max() < 0.06
    assert steps[10_000] > 0.97


def test_clipping_to_twice_the_usual_gradient_leaves_nothing(run):
    steps = run("adam_spike").adam_steps(spiked(2, 20_000), B2)
    assert 0.998 < steps.min() <= steps.max() <= 1.1


def test_a_smaller_beta_two_forgets_sooner(run):
    steps = run("adam_spike").adam_steps(spiked(1000, 20_000), 0.95)
    assert np.sum(steps < 0.5) == 190
    assert steps[400:].min() > 0.99
