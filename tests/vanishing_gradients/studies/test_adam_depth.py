"""How deep a network Adam gets through, and gradient descent: twenty networks a row."""

import pytest

MOST, FEW = 15, 5  # of 20


@pytest.fixture(scope="module")
def rows(study):
    names = "net", "task", "width", "layers", "optimizer", "steps"
    return {tuple(r[name] for name in names): r for r in study("adam_depth")}


@pytest.fixture(scope="module")
def solved(rows):
    return {case: row["solved of 20"] for case, row in rows.items()}


def circle(net, layers, optimizer, steps=3000, width=16):
    return net, "circle", width, layers, optimizer, steps


def test_gradient_descent_solves_up_to_eight_sigmoid_layers_and_none_of_ten(solved):
    assert solved[circle("sigmoid", 6, "GD")] >= MOST
    assert solved[circle("sigmoid", 8, "GD")] > FEW
    assert solved[circle("sigmoid", 10, "GD")] == 0
    assert solved[circle("sigmoid", 12, "GD")] == 0


def test_eight_layers_take_gradient_descent_more_than_half_of_the_steps(rows):
    assert rows[circle("sigmoid", 8, "GD")]["solved at half"] <= FEW


def test_adam_solves_eight_sigmoid_layers_and_fewer_networks_with_each_depth(solved):
    found = [solved[circle("sigmoid", n, "Adam")] for n in (6, 8, 10, 12, 14, 16)]
    assert min(found[:2]) >= MOST
    assert found == sorted(found, reverse=True)
    assert found[2] > FEW > 0 == found[-1]


def test_most_of_ten_layers_are_solved_when_adam_has_ten_thousand_steps(solved):
    assert solved[circle("sigmoid", 10, "Adam", 10000)] >= MOST


def test_sixteen_layers_are_not_solved_even_then_though_networks_leave_loss_one(rows):
    row = rows[circle("sigmoid", 16, "Adam", 10000)]
    assert row["solved of 20"] == 0
    assert row["left of 20"] >= rows[circle("sigmoid", 16, "Adam")]["left of 20"] > 0


def test_steps_of_equal_relative_size_get_below_adam_at_sixteen_layers(rows):
    row = rows[circle("sigmoid", 16, "per_layer")]
    assert row["left of 20"] >= MOST
    assert row["median loss"] < 0.4
    assert rows[circle("sigmoid", 16, "Adam", 10000)]["median loss"] > 0.5


def test_where_inputs_stay_apart_adam_solves_sixteen_layers_and_more(solved):
    assert solved[circle("tanh", 16, "Adam")] >= MOST
    assert solved[circle("ReLU", 16, "Adam")] >= MOST
    assert solved[circle("ReLU", 30, "Adam")] >= MOST


def test_gradient_descent_solves_sixteen_relu_layers_but_hardly_any_other(solved):
    assert solved[circle("ReLU", 16, "GD")] >= MOST
    assert solved[circle("ReLU", 30, "GD")] <= FEW
    assert solved[circle("tanh", 16, "GD")] <= FEW


def test_what_adam_gains_on_the_circle_it_gains_on_the_digits_and_at_width_32(solved):
    assert solved["sigmoid", "digits", 32, 8, "Adam", 3000] > FEW
    assert solved["sigmoid", "digits", 32, 8, "GD", 3000] == 0
    assert solved[circle("sigmoid", 8, "Adam", width=32)] >= MOST


def test_with_time_and_a_smaller_rate_adam_solves_sixteen_layers_too(rows):
    row = rows[circle("sigmoid", 16, "Adam@0.001", 30000)]
    assert row["solved of 20"] >= MOST
    assert row["solved at half"] > FEW  # some ten thousand steps


def test_gradient_descent_takes_ten_layers_tens_of_thousands_of_steps(rows):
    row = rows[circle("sigmoid", 10, "GD@3", 50000)]
    assert row["solved of 20"] >= MOST
    assert row["solved at half"] <= MOST
