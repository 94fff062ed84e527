"""What is left of the signal in each layer of ten, as lengths."""

import numpy as np


def test_a_sigmoid_layer_passes_on_about_a_quarter_whatever_the_seed(run):
    shares = [run("whispers").lengths("sigmoid", 1, seed)[0] for seed in range(20)]
    factors = np.array(shares) ** (1 / 9)
    assert np.all((factors > 0.2) & (factors < 0.26))


def test_relu_with_he_weights_keeps_the_size_within_a_factor_of_four(run):
    for seed in range(20):
        heard = run("whispers").lengths("ReLU", np.sqrt(2), seed)
        assert np.all((heard > 0.25) & (heard < 4))


def test_lengths_are_said_in_the_unit_people_would_use(run):
    metres = run("whispers").metres
    assert [metres(it) for it in (1, 0.23, 0.0031, 2.4e-6)] == [
        "1 m",
        "23 cm",
        "3.1 mm",
        "2.4 µm",
    ]
