"""What the lab "watch gradients vanish" says, in its text and in its solutions."""

import re

import notebooks
import numpy as np
import pytest


@pytest.fixture(scope="module")
def lab():
    return notebooks.run("watch-gradients-vanish")


@pytest.fixture(scope="module")
def solutions(lab):
    return notebooks.solutions("watch-gradients-vanish")


def ratios(lab, net):
    """|δ| in layer 1 as a fraction of |δ| in the last layer, for each seed."""
    delta = lab.norms(lab.backward(net, *lab.forward(net, lab.x), lab.labels)[1])
    return delta[0] / delta[-1]


def row(lab, cell, name):
    """(|δ| ratios, layers that stand still, percent right) as printed for a mend."""
    text = re.search(rf"^{re.escape(name)}: (.*\n.*\n.*)", lab.printed[cell], re.M)[1]
    ratio, still, right = text.splitlines()
    return (
        notebooks.numbers(ratio.split(":")[1]),
        notebooks.numbers(still),
        notebooks.numbers(right)[:2],
    )


@pytest.mark.parametrize("kind", ["sigmoid", "relu", "skip"])
def test_backpropagation_agrees_with_central_differences(lab, kind):
    nets = {
        "sigmoid": lab.centred(lab.network(sigma_w=4, layers=6)),
        "relu": lab.network(2**0.5, lab.relu, lab.relu_slope, layers=6),
        "skip": lab.network(sigma_w=1, skip=True, layers=6),
    }
    net, x, labels = nets[kind], lab.x[:, ::100], lab.labels[::100]
    _, deltas, gradients = lab.backward(net, *lab.forward(net, x), labels)

    def loss():
        return lab.backward(net, *lab.forward(net, x), labels)[0]

    rng = np.random.default_rng(3)
    for k in range(6):
        bias = deltas[k].sum(axis=-1, keepdims=True)
        for values, gradient in ((net.W[k], gradients[k]), (net.b[k], bias)):
            place = (slice(None), *(rng.integers(n) for n in values.shape[1:]))
            slope = notebooks.central_difference(loss, values, place, 1e-5)
            np.testing.assert_allclose(gradient[place], slope, rtol=1e-4, atol=1e-8)


def test_slopes_are_derivatives(lab):
    z, h = np.linspace(-6, 6, 101), 1e-5  # 0 is among them: ReLU's slope there is 0
    difference = (lab.sigmoid(z + h) - lab.sigmoid(z - h)) / (2 * h)
    np.testing.assert_allclose(lab.sigmoid_slope(z), difference, atol=1e-10)
    assert set(lab.relu_slope(z[z <= 0])) == {0}
    assert set(lab.relu_slope(z[z > 0])) == {1}


def test_about_a_millionth_of_a_millionth_arrives_by_one_factor_a_layer(lab):
    net = lab.network(sigma_w=1)
    assert (ratios(lab, net) < 2e-12).all()
    assert (ratios(lab, net) > 5e-13).all()
    delta = np.median(lab.delta, axis=1)
    factors = delta[:-1] / delta[1:]
    assert (factors[2:] > 0.15).all()
    assert (factors[2:] < 0.3).all()


def test_learning_stops_at_layer_16_and_every_image_gets_one_answer(lab):
    still = (lab.moved < lab.STILL).sum(axis=0)
    assert still.min() == 16
    assert still.max() <= 17
    for power in (1, 2, 3):  # each ten times lower threshold: one or two layers
        lower = (lab.moved < lab.STILL / 10**power).sum(axis=0).mean()
        assert 1 <= (still.mean() - lower) / power <= 2
    assert (lab.moved[17:] > lab.STILL).all()
    answers = lab.forward(lab.plain, lab.x_test)[1][-1].argmax(axis=1)
    assert all(len(set(seed)) == 1 for seed in answers)
    assert abs(lab.losses[-100:].mean() - np.log(10)) < 0.02


def test_where_the_line_is_flat_weights_do_not_follow_the_mean_activation(lab):
    distance = np.median(lab.moved, axis=1)
    assert max(distance[:3]) < 2 * min(distance[:3])
    start = lab.network(sigma_w=1)
    share = []
    for W, W0 in zip(lab.plain.W[1:], start.W[1:], strict=True):
        along = (W - W0).sum(axis=-1) / lab.WIDTH**0.5  # all activations near 1/2
        share.append(np.median(np.linalg.norm(along, axis=1) / lab.norms([W - W0])))
    assert max(share[:2]) < 0.75
    assert min(share[3:]) > 0.95


def test_training_cell_run_again_with_another_guess_prints_the_same_numbers(lab):
    path = notebooks.LABS / "watch-gradients-vanish.ipynb"
    code = {cell["id"]: cell["text"] for cell in notebooks.cells(path, "code")}
    again = notebooks.execute(code["stop"], dict(lab.live))
    assert again == lab.printed["stop"]


def test_large_weights_alone_saturate_and_still_vanish(lab):
    net = lab.network(sigma_w=4)
    slopes = [lab.sigmoid_slope(z).mean() for z in lab.forward(net, lab.x)[0][:-1]]
    assert 0.1 < np.mean(slopes) < 0.15
    assert (ratios(lab, net) < 1e-3).all()
    _, still, right = row(lab, "scale", "σ_w = 4")
    assert min(still) >= 5
    assert right == [10, 10]


def test_centred_large_weights_learn_about_half(lab):
    ratio, still, right = row(lab, "scale", "σ_w = 4, centred")
    assert 0.05 < np.median(ratios(lab, lab.centred(lab.network(sigma_w=4)))) < 0.2
    assert still == [0, 0]
    assert 40 < min(right) < 60
    assert 60 < max(right) < 75
    assert max(ratio) < 0.3


def test_relu_keeps_the_size_learns_more_and_scatters(lab):
    ratio, still, right = row(lab, "relu", "ReLU")
    assert min(ratio) < 0.5
    assert max(ratio) > 2
    assert still == [0, 0]
    centred = row(lab, "scale", "σ_w = 4, centred")[2]
    assert sum(right) > sum(centred)
    assert right[1] - right[0] > 10


def test_relu_does_worse_at_the_common_rate(lab):
    net = lab.network(2**0.5, lab.relu, lab.relu_slope)
    with np.errstate(all="ignore"):  # a run may blow up
        lab.train(net, lab.RATE)
        right = np.median(lab.percent_right(net))
    assert right < sum(row(lab, "relu", "ReLU")[2]) / 2


def test_skip_wins_in_every_seed_although_no_more_signal_arrives(lab):
    ratio, still, right = row(lab, "skip", "skip")
    assert min(ratio) > 0.2
    assert max(ratio) < 0.5
    assert still == [0, 0]
    assert min(right) > 90
    assert min(right) > max(row(lab, "relu", "ReLU")[2])
    assert max(ratio) < max(row(lab, "relu", "ReLU")[0])
    assert min(ratio) > max(row(lab, "scale", "σ_w = 4, centred")[0])
    nets = [lab.network(2**0.5, lab.relu, lab.relu_slope), lab.network(1, skip=True)]
    relu, skip = (ratios(lab, net) for net in nets)
    assert (relu > skip).sum() > lab.SEEDS / 2


@pytest.mark.weekly  # it trains for long
def test_other_rates_leave_both_mends_behind_the_skip(lab):
    nets = {
        3 * lab.RATE: lab.centred(lab.network(sigma_w=4)),
        10 * lab.RATE: lab.centred(lab.network(sigma_w=4)),
        0.01: lab.network(2**0.5, lab.relu, lab.relu_slope),
        0.06: lab.network(2**0.5, lab.relu, lab.relu_slope),
    }
    for rate, net in nets.items():
        lab.train(net, rate)
        assert lab.percent_right(net).max() < min(row(lab, "skip", "skip")[2]) - 20


def first(net, seeds):
    """The same networks, the first few seeds of them."""
    net.W, net.b = [W[:seeds] for W in net.W], [b[:seeds] for b in net.b]
    return net


@pytest.mark.weekly  # it trains for long
def test_given_2000_steps_both_mends_nearly_catch_up(lab, monkeypatch):
    monkeypatch.setitem(lab.train.__globals__, "STEPS", 2000)
    nets = {
        lab.RATE: lab.centred(lab.network(sigma_w=4)),
        0.03: lab.network(2**0.5, lab.relu, lab.relu_slope),
    }
    for rate, net in nets.items():
        lab.train(first(net, 2), rate)
        assert lab.percent_right(net).min() > 83


@pytest.mark.weekly  # it trains for long
def test_large_weights_alone_learn_at_no_larger_rate(lab):
    for rate in (0.3, 1, 3):
        net = first(lab.network(sigma_w=4), 2)
        lab.train(net, rate)
        assert lab.percent_right(net).max() < 15


def test_skip_keeps_more_directions_of_the_images(lab):
    rows = [notebooks.numbers(line) for line in lab.printed["directions"].splitlines()]
    centred, relu, skip = (numbers[-3:-1] for numbers in rows)
    assert max(centred + relu) <= 4
    assert min(skip) >= 8


def test_task_1_images_fade_by_four_a_layer_to_twelve_digits(solutions):
    rows = dict(re.findall(r"layer +(\d+): (\S+)", solutions[0]))
    difference = {int(layer): float(size) for layer, size in rows.items()}
    assert difference[0] > 0.5
    assert 3 < (difference[1] / difference[19]) ** (1 / 18) < 5
    assert 1e-13 < difference[19] < 1e-12


def test_task_2_three_layers_learn_four_do_not_though_all_of_them_move(solutions):
    table = re.findall(r"(\d) layers: (\d+)% to (\d+)% right, (.*)", solutions[1])
    lowest = {int(layers): int(low) for layers, low, _, _ in table}
    highest = {int(layers): int(high) for layers, _, high, _ in table}
    assert lowest[2] > 90
    assert lowest[3] > 50
    assert highest[4] == highest[5] == 10
    assert [still for *_, still in table][2] == "[0 0 0 0 0]"


@pytest.mark.weekly  # it trains for long
def test_task_2_ten_times_the_steps_are_enough_for_four_layers(lab, monkeypatch):
    monkeypatch.setitem(lab.train.__globals__, "STEPS", 10 * lab.STEPS)
    net = lab.network(sigma_w=1, layers=4)
    lab.train(net, lab.RATE)
    assert lab.percent_right(net).min() > 50


def test_task_2_larger_rates_train_four_layers_start_five_and_not_six(lab):
    right = {}
    for layers, rate in ((4, 1), (5, 3), (6, 1), (6, 3)):
        net = lab.network(sigma_w=1, layers=layers)
        lab.train(net, rate)
        right[layers, rate] = lab.percent_right(net)
    assert right[4, 1].min() > 85
    assert 15 < np.median(right[5, 3]) < 60
    assert max(right[6, 1].max(), right[6, 3].max()) < 12


def test_task_3_fifteen_layers_contribute_nothing(solutions):
    (change,) = notebooks.numbers(solutions[2])
    assert change < 1e-6


def test_task_3_the_same_destroys_the_network_with_skips(lab):
    net, fresh = (lab.network(sigma_w=1, skip=True) for _ in range(2))
    lab.train(net, lab.RATE)
    net.W[:15], net.b[:15] = fresh.W[:15], fresh.b[:15]
    assert lab.percent_right(net).max() < 50


def test_task_4_equal_steps_move_all_layers_and_teach_almost_nothing(lab, solutions):
    slow, fast = solutions[3].splitlines()
    assert notebooks.numbers(slow) == [0.01, 0, 10, 10]
    rate, still, low, high = notebooks.numbers(fast)
    assert (rate, still) == (0.1, 0)
    assert 10 <= low <= high < 40
    assert lab.live["backward"] is lab.backward  # as it was before the task


def test_page_shows_what_a_reader_gets(site):
    assert notebooks.shown("watch-gradients-vanish", site) == notebooks.expected(
        "watch-gradients-vanish"
    )
