"""Each activation and its slope, as in the snippets; exact zeros where they begin."""

import numpy as np
import pytest

from . import reference

Z = np.r_[np.linspace(-12, 12, 481), -0.0, 1e-9, -1e-9, 40, -40, 800, -800]
BOTH = """const { value, slope, steepest } = ACTIVATIONS[given.name]
  const a = given.z.map(value)
  return { a, slopes: given.z.map((z, i) => slope(z, a[i])), steepest }"""


@pytest.mark.parametrize("name", reference.PHI)
def test_value_and_slope_are_those_of_numpy(engine, name):
    it = engine(BOTH, {"name": name, "z": Z.tolist()})
    value, slope = reference.PHI[name](Z)
    np.testing.assert_allclose(it["a"], value, 1e-14, 1e-15)
    np.testing.assert_allclose(it["slopes"], slope, 1e-12, 1e-14)


@pytest.mark.parametrize("name", reference.PHI)
def test_slope_is_the_derivative_and_steepest_its_largest(engine, name):
    z, h = Z[abs(Z) > 1e-3], 1e-6
    it = engine(BOTH, {"name": name, "z": z.tolist()})
    difference = reference.PHI[name](z + h)[0] - reference.PHI[name](z - h)[0]
    np.testing.assert_allclose(it["slopes"], difference / (2 * h), 1e-6, 1e-8)
    assert max(it["slopes"]) == pytest.approx(it["steepest"], rel=0.01)


@pytest.mark.parametrize("name", reference.PHI)
def test_what_is_not_a_number_stays_so(engine, name):
    body = "const { value, slope } = ACTIVATIONS[given]; return value(NaN)"
    assert np.isnan(engine(body, name))


def test_the_list_in_the_browser_is_that_of_numpy(engine):
    assert engine("return Object.keys(ACTIVATIONS)") == list(reference.PHI)
