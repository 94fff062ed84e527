"""What the lab "train fifty layers" says, in its text and in its solutions."""

import re

import notebooks
import numpy as np
import pytest

STEM = "train-fifty-layers"
PLAIN = ["σ_w = 1", "He", "orthogonal"]
SKIPS = ["skip", "skip, batch norm"]


@pytest.fixture(scope="module")
def lab():
    return notebooks.run(STEM)


@pytest.fixture(scope="module")
def solutions(lab):
    return notebooks.solutions(STEM)


def row(text, name, what):
    """(Smallest, largest) seed that the stick prints for a network."""
    block = re.search(rf"^{re.escape(name)}\n((?:  .*\n)+)", text, re.M)[1]
    line = re.search(rf"{re.escape(what)}: +(.*)", block)[1]
    return notebooks.numbers(line)[:2]


def stick(lab, name, what):
    return row("".join(lab.printed.values()), name, what)


def in_double(net):
    net.W, net.b = [W.astype(float) for W in net.W], [b.astype(float) for b in net.b]
    return net


KINDS = {
    "plain": {},
    "orthogonal": {"orthogonal": True},
    "norm": {"norm": True},
    "skip": {"skip": 1, "c": 0.4},
    "skip and norm": {"skip": 1, "c": 0.4, "norm": True},
}


@pytest.mark.parametrize("kind", KINDS)
def test_backpropagation_agrees_with_central_differences(lab, kind):
    net = in_double(lab.network(layers=6, **KINDS[kind]))
    x, labels = lab.x[:, ::20].astype(float), lab.labels[::20]
    rng = np.random.default_rng(3)
    for b in net.b:  # away from the kink at 0
        b += rng.normal(0, 0.1, b.shape)

    def loss():
        return lab.backward(net, *lab.forward(net, x), labels)[0]

    _, _, dW, db = lab.backward(net, *lab.forward(net, x), labels)
    for values, gradient in zip(net.W + net.b, dW + db, strict=True):
        place = (slice(None), *(rng.integers(n) for n in values.shape[1:]))
        slope = notebooks.central_difference(loss, values, place, 1e-6)
        np.testing.assert_allclose(gradient[place], slope, rtol=1e-3, atol=1e-6)


def test_delta_is_the_gradient_with_respect_to_the_state(lab):
    """By δ of layer 1, which is the state W x: ∂L/∂W = δ xᵀ, and W x moves by δ."""
    net = in_double(lab.network(layers=5, skip=1, c=0.4, norm=True))
    x, labels = lab.x[:, ::40].astype(float), lab.labels[::40]
    deltas = lab.backward(net, *lab.forward(net, x), labels)[1]
    direction = np.random.default_rng(0).standard_normal(deltas[0].shape)
    net.W[0] = net.W[0] @ x  # the state itself as weights of unit inputs
    unit, slope, h = np.eye(x.shape[1]), [], 1e-6
    for sign in (1, -1):
        net.W[0] += sign * h * direction
        slope.append(lab.backward(net, *lab.forward(net, unit), labels)[0])
        net.W[0] -= sign * h * direction
    slope = (slope[0] - slope[1]) / (2 * h)
    np.testing.assert_allclose((deltas[0] * direction).sum((1, 2)), slope, rtol=1e-3)


def test_norm_gives_mean_0_and_variance_1_and_a_test_image_stands_alone(lab):
    net = lab.network(norm=True, layers=6)
    _, a, used = lab.forward(net, lab.x)
    assert len(used) == 5
    alone = lab.forward(net, lab.x[:, :1], used)[1]
    for with_all, single in zip(a[1:], alone[1:], strict=True):
        np.testing.assert_allclose(single[..., 0], with_all[..., 0], atol=1e-4)


def test_naive_start_loses_a_half_of_the_square_per_layer_and_never_learns(lab):
    assert 1e-9 < lab.ratio < 1e-7
    low, high = stick(lab, "σ_w = 1", "δ per layer, going back")
    assert 0.64 < low <= 0.5**0.5 <= high + 0.01 < 0.75
    assert stick(lab, "σ_w = 1", "read right") == [10, 10]
    assert abs(lab.results["σ_w = 1"].losses - np.log(10)).max() < 0.02
    (largest,) = re.findall(
        r"largest output of any image: +(\S+)", lab.printed["naive"]
    )
    assert float(largest) < 1e-6


@pytest.mark.parametrize("name", ["He", "orthogonal"])
def test_right_scale_brings_delta_back_and_makes_all_images_alike(lab, name):
    low, high = stick(lab, name, "δ per layer, going back")
    assert 0.93 < low <= high < 1.05
    result = lab.results[name]
    assert (result.different[-1] < 12).all()
    assert (result.same[-1] / result.different[-1] > 0.75).all()
    low, high = stick(lab, name, "read right")
    assert 10 <= low <= high < 50  # about a third at best
    assert low < 35
    assert min(stick(lab, name, "loss at the end")) > 1.4


def test_three_in_ten_are_dead_before_he_trains_and_none_behind_a_norm(lab):
    assert (abs(lab.test(lab.network())[1] - 30) < 5).all()
    assert (lab.test(lab.network(norm=True))[1] == 0).all()


def test_angles_of_he_end_below_theory_and_do_not_depend_on_the_scale(lab):
    he, naive = lab.results["He"], lab.results["σ_w = 1"]
    np.testing.assert_allclose(naive.different, he.different, atol=0.2)
    assert 60 < he.different[0].min() <= he.different[0].max() < 70
    assert 30 < he.same[0].min() <= he.same[0].max() < 40
    assert np.median(he.different[-1]) < np.degrees(lab.theory[-1]) < 10


def test_theory_of_angles_is_that_of_very_wide_layers(lab):
    """By drawing: two inputs at the angle t, a layer of half a million neurons."""
    rng = np.random.default_rng(0)
    u, v = rng.standard_normal((2, 500_000))
    for now, then in zip(lab.theory[:10:3], lab.theory[1:11:3], strict=True):
        a = np.maximum([u, np.cos(now) * u + np.sin(now) * v], 0)
        cosine = (a[0] @ a[1]) / np.linalg.norm(a, axis=1).prod()
        assert np.arccos(cosine) == pytest.approx(then, abs=0.01)


def test_batch_norm_explodes_as_derived_and_makes_all_images_unlike(lab):
    low, high = stick(lab, "batch norm", "δ per layer, going back")
    assert 1.19 < low <= high < 1.25
    result = lab.results["batch norm"]
    assert (result.delta[0] / result.delta[-1] > 1e4).all()
    assert (abs(result.different[-1] - 70) < 8).all()
    assert (result.same[-1] / result.different[-1] > 0.97).all()
    assert (abs(lab.behind - 90) < 4).all()  # which ReLU turns into arccos(1/π)


def test_batch_norm_alone_reads_more_than_he_and_less_than_six_in_ten(lab):
    norm, he = (stick(lab, name, "read right") for name in ("batch norm", "He"))
    assert sum(norm) > sum(he)
    assert max(norm) < 60
    assert min(stick(lab, "batch norm", "loss at the end")) > 1


def one_seed(net):
    """The same network, its first seed only."""
    net.W, net.b = [W[:1] for W in net.W], [b[:1] for b in net.b]
    return net


@pytest.mark.weekly  # it trains for long
def test_ten_times_the_steps_help_and_neither_catches_up(lab, monkeypatch):
    monkeypatch.setitem(lab.train.__globals__, "STEPS", 10 * lab.STEPS)
    right = {}
    for norm, rate in ((False, 0.003), (True, 1)):
        trained, _ = lab.train(one_seed(lab.network(norm=norm)), [rate])
        right[norm] = lab.test(trained)[0].max()
    assert 30 < right[False] < 55
    assert 50 < right[True] < 80


def test_naive_start_learns_at_no_larger_rate(lab):
    _, losses = lab.train(lab.network(sigma_w=1), [3, 10, 30])
    last = losses[-20:].mean(axis=0)
    assert np.all(~(last < 2.2))  # or NaN


def test_bare_skip_explodes_by_more_than_ten_million(lab):
    assert (lab.bare[0] / lab.bare[-1] > 1e7).all()


@pytest.mark.parametrize("name", SKIPS)
def test_small_branch_keeps_delta_and_digits_and_learns_in_every_seed(lab, name):
    low, high = stick(lab, name, "δ per layer, going back")
    assert 1 <= low <= high <= 1.03
    result = lab.results[name]
    assert (result.same[-1] < 0.75 * result.different[-1]).all()
    assert min(stick(lab, name, "read right")) > 90
    assert max(stick(lab, name, "dead neurons")) < 10


def test_norm_beside_the_skip_bears_rate_1_with_hardly_a_dead_neuron(lab):
    assert "best rate:               1\n" in lab.printed["both"]
    assert max(stick(lab, "skip, batch norm", "dead neurons")) <= 1


def test_two_or_three_layers_read_as_many_as_fifty(lab):
    deep = [stick(lab, name, "read right") for name in SKIPS]
    for name in ("2 layers", "3 layers"):
        low, high = stick(lab, name, "read right")
        assert low > 90
        assert abs((low + high) / 2 - np.mean(deep)) < 3
    weights = re.findall(r"layers: +([\d,]+) weights", lab.printed["shallow"])
    two, three, fifty = (int(n.replace(",", "")) for n in weights)
    assert 14 < fifty / three < fifty / two < 23


def test_task_1_zero_branches_get_one_delta_and_learn_as_well(lab, solutions):
    alike, size, rest = solutions[0].split("\n", 2)
    assert alike.endswith("True")
    assert min(notebooks.numbers(size)[-2:]) > 1e-3
    right = row(rest, "zero start", "read right")
    assert min(right) > 90
    assert abs(sum(right) - sum(stick(lab, "skip", "read right"))) < 8


def test_task_1_two_zero_matrices_would_stay_zero():
    """A branch V relu(U h): each gradient holds the other matrix as a factor."""
    h, delta = np.random.default_rng(0).standard_normal((2, 5))
    U = V = np.zeros((5, 5))
    a = np.maximum(U @ h, 0)
    assert not np.outer(delta, a).any()
    assert not np.outer((V.T @ delta) * (U @ h > 0), h).any()


def test_task_2_branches_of_skips_can_be_missed_and_plain_layers_cannot(solutions):
    rows = [notebooks.numbers(line)[-2:] for line in solutions[1].splitlines()]
    plain, skip, both = rows[:4], rows[4:8], rows[8:]
    assert plain[1:] == [[10, 10]] * 3
    assert min(skip[1]) > min(skip[0]) - 5
    assert 30 < min(skip[3]) <= max(skip[3]) < 75
    assert min(both[1]) > 90
    assert min(both[3]) > 85
    assert min(both[4]) > max(75, *skip[3])  # at the rate of the skip alone


def test_task_3_adam_does_not_save_batch_norm_and_helps_orthogonal(lab, solutions):
    lines = solutions[2].splitlines()
    rows = [notebooks.numbers(line.split("loss")[1]) for line in lines[::2]]
    angles = [notebooks.numbers(line) for line in lines[1::2]]
    orthogonal, norm = rows[:2], rows[2:]
    for _, same, different, _ in angles[:2]:  # pulled apart
        assert same < 10
        assert different > 20
    assert all(30 < low <= high < 80 for *_, low, high in orthogonal)
    least = min(stick(lab, "orthogonal", "loss at the end"))
    assert all(most < least for _, most, *_ in orthogonal)
    assert all(loss > 2.2 for loss, *_ in norm)
    assert all(high < 20 for *_, high in norm)


@pytest.mark.weekly  # it trains for long
def test_task_3_with_1000_steps_orthogonal_reads_most_and_batch_norm_guesses(
    lab, solutions, monkeypatch
):
    train_adam = lab.live["train_adam"]
    monkeypatch.setitem(train_adam.__globals__, "STEPS", 1000)
    right = [
        lab.test(train_adam(one_seed(lab.network(**how)), [0.001])[0])[0].max()
        for how in ({"orthogonal": True}, {"norm": True})
    ]
    assert right[0] > 70
    assert right[1] < 25


def test_task_4_norm_saves_the_neurons_at_rate_1(solutions):
    rows = [
        notebooks.numbers(line.split(": ")[1]) for line in solutions[3].splitlines()
    ]
    alone, norm = np.array(rows[:3]), np.array(rows[3:])
    assert (alone[:2, 0] > 90).all()
    assert (norm[:, 0] > 90).all()
    assert (norm[:, 2:] <= 1).all()
    assert alone[2, 0] < 80
    assert alone[2, 2] > 50  # most neurons are dead in each


def test_task_4_nothing_is_learned_at_rate_10_behind_a_norm_either(lab):
    net = lab.network(skip=1, c=lab.LAYERS**-0.5, norm=True)
    trained, _ = lab.train(net, [10])
    assert lab.test(trained)[0].max() < 30


def test_page_shows_what_a_reader_gets(site):
    assert notebooks.shown("train-fifty-layers", site) == notebooks.expected(
        "train-fifty-layers"
    )
