"""The sources' tanh neuron and its ReLU twin."""

import numpy as np
import pytest


def test_the_neuron_adds_up_to_one_and_a_half(run):
    assert run("neuron_twins").start == 1.5


def test_slopes_agree_with_central_differences(run):
    names, step = run("neuron_twins"), 1e-6
    for phi, slope in (np.tanh, names.tanh_slope), (names.relu, names.relu_slope):
        for z in (-3.0, 1.5, 4.0):
            numeric = (phi(z + step) - phi(z - step)) / (2 * step)
            assert slope(z) == pytest.approx(numeric, rel=1e-5, abs=1e-12)


def test_far_out_tanh_passes_a_hundred_millionth_and_relu_nothing_on_one_side(run):
    names = run("neuron_twins")
    assert (
        names.tanh_slope(10) == names.tanh_slope(-10) == pytest.approx(4 * np.exp(-20))
    )
    assert names.relu_slope(10) == 1
    assert names.relu_slope(-10) == 0
