import numpy as np
import pytest


def largest_z(snippet, rate):
    w = snippet.WEIGHTS - rate * snippet.step_w
    return max(snippet.points @ w + snippet.BIAS - rate * snippet.step_b)


def test_step_is_down_the_slope_of_the_mean_output(run):
    snippet, h = run("fatal_step"), 1e-6

    def output(w, b):
        return np.maximum(snippet.points @ w + b, 0).mean()

    numeric = [
        (output(snippet.WEIGHTS + e[:2], 0.5 + e[2]) - output(snippet.WEIGHTS, 0.5)) / h
        for e in h * np.eye(3)
    ]
    assert numeric == pytest.approx([*snippet.step_w, snippet.step_b], abs=1e-4)


def test_printed_learning_rate_is_where_the_last_point_goes_off(run):
    snippet = run("fatal_step")
    fatal = float(snippet.printed.split("learning rate of ")[1].split()[0])
    assert largest_z(snippet, fatal) <= 0 < largest_z(snippet, fatal - 0.01)
    assert largest_z(snippet, snippet.RATE) < 0


def test_the_values_to_try_leave_the_neuron_alive(run):
    for rate in (0.5, 1):
        assert "on for 0" not in run(f"fatal_step:RATE={rate}").printed
