"""A small distance of two inputs is a lost signal only relative to the activations."""

import pytest

SCALES = {"sigmoid, 1": 0.23, "tanh, 0.5": 0.49, "ReLU, 1": 0.64}


@pytest.fixture(scope="module")
def rows(study):
    table = study("signal_distance")
    return {(r["net, σ_w"], r["width"], r["layers"]): r for r in table}


def test_the_bare_distance_falls_in_each_layer_of_all_three(rows):
    for (net, *_), row in rows.items():
        if net in SCALES:
            assert row["falls by"] == pytest.approx(SCALES[net], abs=0.03)


def test_relative_to_the_activations_only_the_sigmoid_loses_it(rows):
    for (net, _, layers), row in rows.items():
        if net == "sigmoid, 1":
            assert row["relative"] < (1e-8 if layers == 16 else 1e-3)
        else:
            assert row["relative"] > 0.3


def test_tanh_keeps_a_relative_distance_of_about_one_at_either_scale(rows):
    for (net, *_), row in rows.items():
        if net.startswith("tanh"):
            assert 0.9 < row["relative"] < 1.5
