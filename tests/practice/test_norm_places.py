import pytest


def test_a_norm_behind_a_sum_of_equals_divides_the_skip_by_the_root_of_two(run):
    names = run("norm_places")
    assert names.left == pytest.approx(0.5**0.5, abs=0.01)
    assert "in theory: 3.8e-06" in names.printed
