import numpy as np
import pytest


@pytest.mark.parametrize("logit", [-11.5, -3.0, 0.0, 4.0])
def test_slopes_agree_with_central_differences(run, logit):
    ends = logit + np.array([1e-4, -1e-4])
    saturating, other = -np.logaddexp(0, ends), np.logaddexp(0, -ends)
    slopes = [(loss[0] - loss[1]) / 2e-4 for loss in (saturating, other)]
    assert run("generator_losses").gradients(logit) == pytest.approx(slopes, rel=1e-4)
