"""Up to which depth plain networks train: five networks a row, at the best rate."""

import pytest


@pytest.fixture(scope="module")
def solved(study):
    rows = study("depth_trains")
    names = "data", "activation", "weights", "layers", "steps"
    return {
        tuple(row[name] for name in names): (
            row["SGD, solved of 5"],
            row["Adam, solved of 5"],
        )
        for row in rows
    }


def rings(activation, weights, layers, steps=1000):
    return "rings", activation, weights, layers, steps


@pytest.mark.parametrize("activation", ["tanh", "ReLU", "GELU"])
@pytest.mark.parametrize("weights", ["Xavier", "He", "PyTorch"])
@pytest.mark.parametrize("layers", [4, 6])
def test_up_to_six_layers_all_but_the_sigmoid_train(
    solved, activation, weights, layers
):
    assert min(solved[rings(activation, weights, layers)]) >= 4


@pytest.mark.parametrize(
    ("data", "activation"), [("rings", "ReLU"), ("rings", "GELU"), ("digits", "ReLU")]
)
def test_ten_layers_with_pytorch_weights_train_with_adam_only(solved, data, activation):
    sgd, adam = solved[data, activation, "PyTorch", 10, 1000]
    assert sgd == 0
    assert adam >= 4


def test_four_relu_layers_with_pytorch_weights_train_under_both_on_both(solved):
    for data in ("rings", "digits"):
        assert min(solved[data, "ReLU", "PyTorch", 4, 1000]) >= 4


@pytest.mark.parametrize("activation", ["ReLU", "GELU"])
def test_with_he_weights_twenty_layers_train_under_both(solved, activation):
    assert min(solved[rings(activation, "He", 10)]) >= 4
    assert min(solved[rings(activation, "He", 20)]) >= 4


def test_tanh_trains_at_ten_layers_from_any_weights_and_at_twenty_from_xavier(solved):
    assert min(solved[rings("tanh", "PyTorch", 10)]) >= 4
    assert min(solved[rings("tanh", "Xavier", 20)]) >= 4
    sgd, adam = solved[rings("tanh", "PyTorch", 20)]
    assert sgd == 0
    assert adam >= 4


def test_four_sigmoid_layers_need_adam_and_twenty_train_with_neither(solved):
    for weights in ("Xavier", "He", "PyTorch"):
        assert solved[rings("sigmoid", weights, 4)][1] == 5
        assert solved[rings("sigmoid", weights, 20)] == (0, 0)
    assert solved[rings("sigmoid", "He", 10)][0] == 0


def test_fifty_layers_need_weights_of_their_activation_and_a_small_rate(solved, study):
    for weights in ("Xavier", "He", "PyTorch"):
        assert solved[rings("sigmoid", weights, 50)] == (0, 0)
    for activation in ("tanh", "ReLU", "GELU"):
        assert solved[rings(activation, "PyTorch", 50)] == (0, 0)
    assert min(solved[rings("ReLU", "He", 50)]) >= 4
    assert min(solved[rings("tanh", "Xavier", 50)]) >= 4
    sgd, adam = solved[rings("GELU", "He", 50)]
    assert sgd == 0
    assert adam >= 4
    for row in study("depth_trains"):
        if row["layers"] == 50 and row["activation"] in ("tanh", "ReLU"):
            assert row["weights"] == "PyTorch" or row["SGD, rate"] <= 0.01
