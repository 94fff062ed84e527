"""What the lab "kill neurons and bring them back" says, in text and in solutions."""

import re
from copy import deepcopy

import notebooks
import numpy as np
import pytest

KILL = notebooks.LABS / "kill-and-revive.ipynb"


@pytest.fixture(scope="module")
def lab():
    return notebooks.run("kill-and-revive")


@pytest.fixture(scope="module")
def solutions(lab):
    return notebooks.solutions("kill-and-revive")


def rows(text):
    """Per printed row: (smallest, largest) % dead in layers 1 and 2, and % right."""
    found = re.findall(r"^.{13} +([\d–]+) +([\d–]+) +([\d–]+)$", text, re.M)
    parts = [[notebooks.numbers(part) for part in row] for row in found]
    return [[(part[0], part[-1]) for part in row] for row in parts]


@pytest.mark.parametrize("slope", [0, 0.1])
def test_backpropagation_agrees_with_central_differences(lab, slope):
    net, x, labels = lab.network(), lab.x[:, ::100], lab.labels[::100]
    net.slope = slope
    gradients = lab.backward(net, x, labels)[1]
    rng = np.random.default_rng(3)

    def loss():
        return lab.backward(net, x, labels)[0]

    for k in range(3):
        for values, gradient in zip((net.W[k], net.b[k]), gradients[k], strict=True):
            place = (slice(None), *(rng.integers(n) for n in values.shape[1:]))
            change = notebooks.central_difference(loss, values, place, 1e-5)
            np.testing.assert_allclose(gradient[place], change, rtol=1e-4, atol=1e-8)


def test_both_inputs_differ_by_the_mean_image_only(lab):
    np.testing.assert_allclose(lab.x.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(lab.x.std(), 1)
    shift = lab.paper - lab.x
    np.testing.assert_allclose(shift, shift[:, :1] + 0 * shift)
    np.testing.assert_allclose(lab.paper_test - lab.x_test, shift[:, :200])
    assert lab.paper.min() == 0


def test_batches_overstate_and_batches_of_like_images_most(lab):
    text = lab.printed["count"]
    mild, low = text.split("bias from -2")
    assert "dead: 0 of 256" in mild
    assert "dead: 0 of 256" in low
    ten, fifty = (int(n) for n in re.findall(r"(\d+)%", low.splitlines()[1]))
    (like,) = re.findall(r"one digit: (\d+–\d+)%", low)
    least, most = notebooks.numbers(like)
    assert 25 < ten < 40
    assert 3 < fifty < 12
    assert 20 < least < most < 60
    assert least > 2 * fifty
    assert least < ten < most
    assert "off for 10 images: 0%" in mild


def test_large_rate_kills_layer_2_and_never_layer_1(lab):
    table = rows(lab.printed["rate"])
    assert len(table) == 6
    assert all(layer_1 == (0, 0) for layer_1, _, _ in table)
    assert [layer_2 for _, layer_2, _ in table[:3]] == 3 * [(0, 0)]
    assert 0 < table[3][1][1] < 20
    assert table[3][2][0] >= 89
    assert table[-1][1][0] > 50
    assert table[-1][1][1] == 100
    assert table[-1][2][1] < 50


def test_layer_1_dies_of_no_rate_on_x_even_at_larger_rates(lab):
    for rate in (3, 5):
        net = lab.network()
        lab.train(net, rate, 100)
        assert not lab.off(net)[0].any()


def test_a_whole_dead_layer_gives_all_training_images_the_same_outputs(lab):
    net = lab.network()
    lab.train(net, 2, 100)
    all_dead = lab.off(net)[1].all(axis=-1)
    assert 2 <= all_dead.sum() < lab.SEEDS
    outputs = lab.forward(net, lab.x)[0][-1]
    np.testing.assert_array_equal(np.ptp(outputs, axis=-1).max(axis=-1) == 0, all_dead)


def test_in_layer_1_the_mean_of_z_over_the_training_set_is_the_bias(lab):
    net = lab.network()
    lab.train(net, 1, 100)
    z = lab.forward(net, lab.x)[0][0]
    np.testing.assert_allclose(z.mean(axis=-1, keepdims=True), net.b[0], atol=1e-9)


def test_low_bias_kills_and_training_revives_none(lab):
    table = rows(lab.printed["bias"])
    starts, ends = table[::2], table[1::2]
    assert starts[1][0] == ends[1][0] == (0, 0)
    assert ends[1][2][0] > 75
    assert 30 < np.mean(starts[3][0]) < 70
    assert 15 < ends[3][2][0] < ends[3][2][1] < 50
    assert starts[4][0][0] >= 80
    assert ends[4][2][1] <= 30
    for start, end in zip(starts, ends, strict=True):
        assert start[0][0] <= end[0][0]
        assert start[0][1] <= end[0][1]


def test_uncentred_inputs_move_the_cliff_and_kill_layer_1(lab):
    start, slow, same, _, fast, centred = rows(lab.printed["paper"])
    assert 5 <= start[0][0] < start[0][1] <= 30
    assert abs(np.subtract(slow[0], start[0])).max() <= 10
    assert slow[2][0] > 75
    assert same[0][0] > 50
    assert fast[0][0] > 80
    assert fast[2] == (10, 10)
    assert centred[0] == centred[1] == (0, 0)
    assert centred[2][0] > 85


def test_at_start_no_first_layer_neuron_is_dead_on_centred_inputs(lab):
    assert not lab.off(lab.network(), lab.x)[0].any()


def test_gradient_descent_revives_layer_2_and_moves_no_bit_of_layer_1(lab):
    for depth in (0.05, 0.1, 0.3):
        before, after = lab.wait("gradient descent", depth)
        dead = lab.off(before)
        assert (lab.off(after)[0] & dead[0]).sum() == dead[0].sum() >= 128
        assert np.array_equal(before.W[0][dead[0]], after.W[0][dead[0]])
        assert np.array_equal(before.b[0][dead[0]], after.b[0][dead[0]])
        back = (dead[1] & ~lab.off(after)[1]).sum()
        assert back > 0.8 * dead[1].sum()
    assert "the same: True" in lab.printed["wait"]


def test_ways_to_wait_do_what_the_text_says(lab):
    lines = lab.printed["wait"].splitlines()
    back = {}
    for way in lab.WAYS:
        (line,) = (line for line in lines if line.startswith(f"{way}  "))
        back[way] = notebooks.numbers(line.removeprefix(way))
        assert back[way][1] == back[way][3] == 128  # "number/of", twice, then % right
    assert back["gradient descent"][0] == back["decay of W and b"][0] == 0
    assert back["gradient descent"][2] > 0.9 * 128
    assert 64 < back["momentum"][0] < 110
    assert back["decay of W and b"][2] < back["gradient descent"][2] - 30
    assert back["decay of b"][:4:2] == [128, 128]
    assert 13 < back["shifted images"][0] < 45
    for way in ("gradient descent", "decay of b"):
        assert back[way][4] >= 88
    assert back["shifted images"][5] < 92


def test_dead_neurons_cost_what_missing_ones_cost(lab):
    assert lab.printed["cost"].endswith("in each step: True\n")
    full = {n: right[0] for n, right in zip(lab.ALIVE, lab.right, strict=True)}
    assert np.median(full[1]) < 35
    assert 60 < np.median(full[4]) < 87
    assert full[8].min() > 85
    assert np.median(full[32]) - np.median(full[8]) < 6
    loss = [float(text) for text in re.findall(r"loss (\d\S*)", lab.printed["cost"])]
    loss = dict(zip(lab.ALIVE, loss, strict=True))
    assert 2.3 < loss[8] / loss[32] < 4.5  # "about three times"


def test_revival_needs_the_cause_gone_and_the_neurons_moved(lab):
    patient, wait, at_once, inputs, slope, unread, fresh, never = rows(
        lab.printed["revive"]
    )
    assert max(at_once[0] + at_once[1]) < 5
    assert unread == [(0, 0), (0, 0), patient[2]]
    assert patient[0][0] > 50
    assert np.median(lab.percent_right(lab.patient, lab.paper_test)) < 30
    assert wait[2][0] == 10
    assert inputs[0] == (0, 0)
    assert inputs[2][0] > 70
    assert 50 < slope[2][0] < slope[2][1] < 90
    assert slope[0][0] > 50
    assert fresh[2][0] >= 80
    assert abs(np.mean(fresh[2]) - np.mean(never[2])) < 6
    assert max(fresh[0] + fresh[1]) < min(never[0])
    order = "worst first: wait, another slope, new inputs, new weights"
    assert order in lab.printed["revive"]
    assert "same outputs with new weights: True" in lab.printed["revive"]


def test_waiting_revives_none_of_layer_1_and_one_seed_learns_with_the_rest(lab):
    net = deepcopy(lab.patient)
    lab.train(net, 0.02, 300, lab.paper)
    dead, after = lab.off(lab.patient, lab.paper), lab.off(net, lab.paper)
    assert after[0][dead[0]].all()
    right = lab.percent_right(net, lab.paper_test)
    assert (right > 50).sum() == 1
    assert np.median(right) < 25
    few_left = (~after).sum(axis=-1).min(axis=0)
    assert few_left.argmax() == right.argmax()


def test_new_weights_are_as_good_as_never_killed_in_every_seed(lab):
    net = deepcopy(lab.patient)
    lab.draw_new(net, lab.paper)
    lab.train(net, 0.02, 300, lab.paper)
    right = lab.percent_right(net, lab.paper_test)
    assert (right - lab.percent_right(lab.never, lab.paper_test) > -5).all()


@pytest.mark.parametrize(("slope", "steps"), [(0.3, 300), (0.1, 1500)])
def test_a_larger_slope_or_more_steps_do_about_as_well_as_new_weights(
    lab, slope, steps
):
    net, drawn = deepcopy(lab.patient), deepcopy(lab.patient)
    net.slope = slope
    lab.draw_new(drawn, lab.paper)
    for each in net, drawn:
        lab.train(each, 0.02, steps, lab.paper)
    right = [np.median(lab.percent_right(n, lab.paper_test)) for n in (net, drawn)]
    assert abs(right[0] - right[1]) < 5


def test_a_weak_decay_of_weights_hinders_nobody_in_layer_2(lab, monkeypatch):
    """Decay is part of the code, so the code is rewritten."""
    source = "".join(c["text"] for c in notebooks.cells(KILL, "code"))
    source = source[source.index("def carry_on") : source.index("def wait")]
    monkeypatch.setitem(lab.live, "carry_on", lab.carry_on)  # put back at the end
    share = {}
    for strength in ("0.003", "0.0003", "0.0001"):
        exec(source.replace("0.003", strength), lab.live)
        for way in ("gradient descent", "decay of W and b", "decay of W"):
            before, after = lab.wait(way)
            dead = lab.off(before)[1]
            share[way, strength] = (dead & ~lab.off(after)[1]).sum() / dead.sum()
    plain = share["gradient descent", "0.003"]
    assert share["decay of W and b", "0.003"] < plain - 0.2
    assert abs(share["decay of W and b", "0.0001"] - plain) < 0.05
    assert share["decay of W", "0.003"] < 0.05
    assert 0.8 < share["decay of W", "0.0003"] < 0.95


def test_new_weights_make_dead_neurons_on_without_a_change_of_the_outputs(lab):
    net = deepcopy(lab.patient)
    dead = lab.off(net, lab.paper)
    lab.draw_new(net, lab.paper)
    assert not lab.off(net, lab.paper)[dead].any()
    z, _ = lab.forward(net, lab.paper)
    for k in (0, 1):
        np.testing.assert_allclose(z[k].mean(axis=-1)[dead[k]], 0, atol=1e-9)
        kept = ~dead[k]
        assert np.array_equal(net.b[k][kept], lab.patient.b[k][kept])
    old = lab.forward(lab.patient, lab.paper)[0][-1]
    np.testing.assert_allclose(z[-1], old, rtol=1e-9, atol=1e-9)


def test_task_1_from_ten_times_as_deep_only_decay_of_biases_brings_all_back(
    lab, solutions
):
    back = {
        way: [int(n) for n in found]
        for way, *found in re.findall(r"(.+): (\d+) in .*, (\d+) in", solutions[0])
    }
    assert set(back) == set(lab.WAYS)
    assert back["decay of b"][0] == 128
    assert back["gradient descent"][0] == back["momentum"][0] == 0
    assert back["decay of W and b"][0] == 0
    assert back["shifted images"][0] < 10
    assert 64 < back["gradient descent"][1] < 110


def test_task_2_decay_of_weights_alone_brings_back_next_to_none(solutions):
    first, second, right = map(notebooks.numbers, solutions[1].splitlines())
    assert first == [1, 0, 128]
    assert second[1] <= 4
    assert right[0] > 85


def test_task_2_a_dead_neuron_of_layer_1_has_a_bias_below_0(lab):
    before, _ = lab.wait("decay of W")
    assert (before.b[0][lab.off(before)[0]] < 0).all()


def test_task_2_a_dead_neuron_of_layer_2_mostly_has_a_bias_below_0(lab):
    before, _ = lab.wait("decay of W")
    assert (before.b[1][lab.off(before)[1]] < 0).mean() > 0.95


def test_task_3_warm_up_does_not_save_layer_2(lab, solutions):
    calm, calm_warmed, at_once, warmed = rows(solutions[2])
    assert calm[0] == calm_warmed[0] == at_once[0] == warmed[0] == (0, 0)
    assert warmed[1][0] > 25
    assert abs(np.mean(at_once[1]) - np.mean(warmed[1])) < 20
    assert np.mean(calm_warmed[1]) > np.mean(calm[1]) + 5


def test_task_3_a_long_warm_up_kills_most_of_layer_2(lab):
    net = lab.network()
    lab.train(net, 0.1, 400)
    lab.train(net, 1, 100)
    assert np.median(lab.percent_dead(net)[1]) > 45


def test_task_4_new_weights_die_again_while_the_cause_stays(lab, solutions):
    fresh, later = rows(solutions[3])
    assert fresh[0] == fresh[1] == (0, 0)
    assert 10 < later[0][0] < later[0][1]
    assert later[0][1] > 60


def test_page_shows_what_a_reader_gets(site):
    assert notebooks.shown("kill-and-revive", site) == notebooks.expected(
        "kill-and-revive"
    )
