"""What the home page says of its picture holds for nine networks in ten."""

import pytest


@pytest.fixture(scope="module")
def rows(study):
    return {row["percent"]: row for row in study("overview_spread")}


def test_relu_with_he_weights_roughly_keeps_the_size_of_the_error_signal(rows):
    row = rows["sent back, ReLU"]
    assert 25 < row["5% below"] < 40
    assert 60 < row["median"] < 90
    assert 150 < row["95% below"] < 190


def test_the_sigmoid_loses_eighteen_powers_of_ten_in_every_network(rows):
    row = rows["sent back, sigmoid"]
    assert 1e-17 < row["least"] < row["most"] < 3e-16
    assert row["median"] == pytest.approx(5e-17, rel=0.2)


def test_a_rate_of_thirty_kills_about_three_quarters(rows):
    row = rows["dead"]
    assert 70 < row["median"] < 85
    assert row["5% below"] > 50


def test_a_typical_neuron_of_the_healthy_network_answers_to_half_of_the_inputs(rows):
    row = rows["active"]
    assert 45 < row["median"] < 55
    assert row["5% below"] > 35
    assert row["95% below"] < 65
