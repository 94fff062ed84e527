import numpy as np
import pytest


def test_below_the_threshold_each_layer_multiplies_by_gamma_over_root_two_epsilon(
    study,
):
    for row in study("small_gamma"):
        for name, epsilon in (("PyTorch, ε = 1e-5", 1e-5), ("Keras, ε = 1e-3", 1e-3)):
            ratio = row["γ"] / (1.7128 * epsilon**0.5)
            if ratio < 0.7:
                expected = row["γ"] / np.sqrt(2 * epsilon)
                assert row[name] == pytest.approx(expected, rel=0.02)
            elif ratio > 5:
                assert row[name] == pytest.approx(1.22, abs=0.02)


def test_threshold_is_where_the_variance_of_the_signal_has_its_fixed_point():
    shrink = (np.pi - 1) / (2 * np.pi)  # variance of relu(u) for standard normal u
    for epsilon in (1e-5, 1e-3):
        for ratio in (0.9, 1.1):
            gamma, v = ratio * np.sqrt(epsilon / shrink), 1.0
            for _ in range(2000):
                v = shrink * gamma**2 * v / (v + epsilon)
            assert (v > epsilon / 100) == (ratio > 1)
    assert 1 / np.sqrt(shrink) == pytest.approx(1.7, abs=0.02)
