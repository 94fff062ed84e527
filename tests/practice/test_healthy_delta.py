"""The healthy range of the error signal, and two starts outside of it."""

import numpy as np


def test_only_he_weights_stay_within_a_factor_of_ten_for_every_seed(run):
    names = run("healthy_delta")
    for name, gain in names.GAINS.items():
        runs = np.array([names.error_signal(gain, seed) for seed in range(20)])
        inside = np.all((runs > 0.1) & (runs < 10))
        assert inside == (name == "He"), name


def test_the_factor_is_the_gain_over_root_two(run):
    names = run("healthy_delta")
    for gain in names.GAINS.values():
        factor = names.error_signal(gain, 0)[0] ** (1 / (names.LAYERS - 1))
        np.testing.assert_allclose(factor, gain / 2**0.5, rtol=0.06)
