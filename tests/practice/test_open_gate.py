import numpy as np
import pytest


@pytest.mark.parametrize("choice", ["open_gate", "open_gate:STEPS=100"])
def test_a_bias_of_log_t_leaves_more_than_a_third_of_t_steps(run, choice):
    names = run(choice)
    left = names.gate(np.log(names.STEPS)) ** names.STEPS
    assert 1 / np.e < left < 0.38
    assert names.gate(1) ** names.STEPS < 1e-3
