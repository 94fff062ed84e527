import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

FIRST, SECOND, THIRD = range(3)


def back(run, way, layer):
    """Neurons on again and neurons that were dead, in each run."""
    source = run("revival")
    row = source.WAYS.index(way)
    return source.back[row, layer], source.killed[row, layer]


@pytest.mark.parametrize(
    "way",
    ["gradient descent", "momentum, reset", "decay of W and b", "decay of W"],
)
def test_first_layer_never_comes_back_where_the_theorem_says_so(run, way):
    returned, killed = back(run, way, FIRST)
    assert killed.min() >= 8
    assert returned.max() == 0


@pytest.mark.parametrize("seed", [11, 12])
def test_first_layer_stays_dead_under_gradient_descent_for_other_seeds(run, seed):
    start, end = run("revival").train("gradient descent", np.random.default_rng(seed))
    assert start[FIRST].any(axis=1).all()
    assert not (start[FIRST] & ~end[FIRST]).any()
    assert (start[SECOND:] & ~end[SECOND:]).any()


@pytest.mark.parametrize("way", ["momentum", "Adam"])
def test_memory_revives_a_few_of_the_first_layer_but_not_many(run, way):
    returned, killed = back(run, way, FIRST)
    assert 1 <= returned.sum() < 0.3 * killed.sum()


@pytest.mark.parametrize("layer", [SECOND, THIRD])
@pytest.mark.parametrize(
    "way", ["gradient descent", "momentum", "momentum, reset", "Adam", "new inputs"]
)
def test_a_third_to_three_quarters_of_deep_neurons_come_back(run, way, layer):
    returned, killed = back(run, way, layer)
    assert 0.3 < returned.sum() / killed.sum() < 0.75
    assert returned.min() > 0


@pytest.mark.parametrize("layer", [SECOND, THIRD])
def test_decay_of_the_weights_slows_revival_in_deep_layers(run, layer):
    plain = back(run, "gradient descent", layer)[0].sum()
    assert back(run, "decay of W", layer)[0].sum() < 0.6 * plain
    assert back(run, "decay of W and b", layer)[0].sum() < 0.8 * plain


def test_decay_of_the_biases_alone_brings_the_whole_first_layer_back(run):
    returned, killed = back(run, "decay of b", FIRST)
    assert (returned == killed).all()
    assert back(run, "decay of b", SECOND)[0].sum() > 0.6 * killed.sum()


def test_new_inputs_bring_back_first_layer_neurons_in_every_run(run):
    returned, killed = back(run, "new inputs", FIRST)
    assert returned.min() > 0
    assert 0.25 < returned.sum() / killed.sum() < 0.7


def test_deeper_deaths_outlast_momentum_and_adam(run, monkeypatch):
    train = run("revival").train
    monkeypatch.setitem(train.__globals__, "GAP", 0.3)
    for way in ("momentum", "Adam"):
        start, end = train(way, np.random.default_rng(0))
        assert not (start[FIRST] & ~end[FIRST]).any()
        assert (start[SECOND:] & ~end[SECOND:]).any()


def loss_and_gradients(params, x, y):
    """Oracle: one network with separate weights and biases, error point by point."""
    gradients, total = [np.zeros_like(p) for p in params], 0
    signals, zs = [x], []
    for W, b in zip(params[::2], params[1::2], strict=True):
        zs.append(signals[-1] @ W + b)
        signals.append(np.where(zs[-1].real > 0, zs[-1], 0))
    total = ((zs[-1][:, 0] - y) ** 2).sum() / 2 / len(y)
    error = ((zs[-1][:, 0] - y) / len(y))[:, None]
    for layer in range(3, -1, -1):
        gradients[2 * layer] = np.einsum("pi,pj->ij", signals[layer], error)
        gradients[2 * layer + 1] = np.einsum("pj->j", error)
        if layer:
            error = np.einsum("pj,ij->pi", error, params[2 * layer])
            error[zs[layer - 1].real <= 0] = 0
    return total, gradients


def start_of(source, rng, run_index):
    x = rng.normal(size=(source.RUNS, source.POINTS, 3))
    x -= x.mean(axis=1, keepdims=True)
    params, n = [], source.WIDTH
    for shape in ((3, n), (n, n), (n, n), (n, 1)):
        W = rng.normal(0, np.sqrt(2 / shape[0]), (source.RUNS, *shape))
        params += [W[run_index], np.zeros(shape[1])]
    return x[run_index], params


def test_gradients_of_the_oracle_agree_with_the_complex_step(run):
    x, params = start_of(run("revival"), np.random.default_rng(4), 0)
    y = np.sign(x[:, 0] * x[:, 1])
    _, gradients = loss_and_gradients(params, x, y)
    for index, place in ((0, (1, 3)), (1, (2,)), (2, (5, 0)), (4, (3, 3)), (7, (0,))):
        moved = [p.astype(complex) for p in params]
        moved[index][place] += 1e-30j
        slope = loss_and_gradients(moved, x, y)[0].imag / 1e-30
        assert gradients[index][place] == pytest.approx(slope, rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("way", range(8))
def test_training_agrees_with_one_network_written_plainly(run, way):
    source = run("revival")
    way = source.WAYS[way]
    x, params = start_of(source, np.random.default_rng(0), 3)
    m, v, alive = [0.0] * 8, [0.0] * 8, []
    decays = {"decay of W": (1, 0), "decay of b": (0, 1), "decay of W and b": (1, 1)}
    for t in range(1, source.KILL + source.AFTER + 1):
        y, a = np.sign(x[:, 0] * x[:, 1]), x
        for layer in range(3):
            W, b = params[2 * layer : 2 * layer + 2]
            if t == source.KILL:
                for j in range(0, source.WIDTH, 2):
                    b[j] -= max(point @ W[:, j] + b[j] for point in a) + source.GAP
            a = np.maximum(a @ W + b, 0)
            if t in (source.KILL, source.KILL + source.AFTER):
                alive.append(a.max(axis=0) > 0)
        _, gradients = loss_and_gradients(params, x, y)
        if t == source.KILL and way == "new inputs":
            x = x + 0.3
        if t == source.KILL and way == "momentum, reset":
            m = [0.0] * 8
        for i, g in enumerate(gradients):
            if way == "Adam":
                m[i], v[i] = 0.9 * m[i] + 0.1 * g, 0.999 * v[i] + 0.001 * g**2
                root = np.sqrt(v[i] / (1 - 0.999**t)) + 1e-8
                move = 0.01 * m[i] / (1 - 0.9**t) / root
            elif "momentum" in way:
                m[i] = 0.9 * m[i] + 0.1 * g
                move = 0.1 * m[i]
            else:
                move = 0.1 * g
            pull = 0.003 * decays.get(way, (0, 0))[i % 2]
            params[i] = params[i] - move - pull * params[i]
    expected = ~np.array(alive).reshape(2, 3, -1)
    found = source.dead[source.WAYS.index(way)][:, :, 3]
    assert (found[0] == expected[0]).all()
    assert (found[1] != expected[1]).sum() <= 1  # one may hang on a last digit


@given(st.floats(0, 0.99), st.floats(-10, 10))
def test_leftover_momentum_moves_a_weight_by_beta_over_one_minus_beta(beta, velocity):
    moved, v = 0.0, velocity
    for _ in range(2000):
        v *= beta
        moved += v
    assert moved == pytest.approx(velocity * beta / (1 - beta), rel=1e-6, abs=1e-9)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=60))
def test_adam_coasts_less_than_67_learning_rates_whatever_the_past(history):
    m = v = 0.0
    for g in history:
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    assume(v > 1e-12)
    start, steps = m / v**0.5, []
    for k in range(1, 200):
        m, v, t = 0.9 * m, 0.999 * v, len(history) + k
        assert abs(m / v**0.5 - start * (0.9 / 0.999**0.5) ** k) < 1e-12
        steps.append(abs(m) / (1 - 0.9**t) / np.sqrt(v / (1 - 0.999**t)))
        assert steps[-1] <= abs(m) / v**0.5 * (1 + 1e-9)  # the correction only damps
    assert abs(start) < 7.3
    assert sum(steps) < 67


def test_the_past_that_adam_coasts_furthest_on_comes_close_to_the_bound():
    back_in_time = np.arange(20_000)
    g = (0.9 / 0.999) ** back_in_time
    m = 0.1 * (0.9**back_in_time * g).sum()
    v = 0.001 * (0.999**back_in_time * g**2).sum()
    ratio = 0.9 / 0.999**0.5
    assert 65 < m / v**0.5 * ratio / (1 - ratio) < 67
    assert 9 < ratio / (1 - ratio) < 9.1


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 0.5))
def test_decay_of_both_scales_z_and_never_changes_its_sign(seed, pull):
    rng = np.random.default_rng(seed)
    x, w, b = rng.normal(2, 1, (20, 4)), rng.normal(size=4), rng.normal()
    z = x @ w + b
    for _ in range(9):
        w, b = (1 - pull) * w, (1 - pull) * b
    assert x @ w + b == pytest.approx((1 - pull) ** 9 * z, rel=1e-6, abs=1e-12)
    assert ((x @ w + b > 0) == (z > 0)).all()


@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_decay_of_the_weights_cannot_revive_on_centred_inputs(seed, scale):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(15, 3))
    x -= x.mean(axis=0)
    w = rng.normal(size=3)
    b = -(x @ w).max() - rng.exponential(0.1)
    assert b < 0  # the mean of z over the inputs is b
    assert (scale * (x @ w) + b <= 1e-12).all()
    assert (x @ w).max() > 0  # so that decay of the bias alone does revive it


def test_decay_of_the_weight_revives_a_neuron_on_positive_inputs():
    x, w, b, steps = np.array([1.0, 2.0]), -1.0, 0.5, 0
    assert (w * x + b <= 0).all()
    while (w * x + b <= 0).all():
        w, steps = 0.9 * w, steps + 1
    assert steps == 7


def test_l2_term_inside_adam_revives_where_plain_decay_does_not():
    x = np.array([1 / 4, 1 / 3])
    p, m, v = np.array([2.0, -1.0]), np.zeros(2), np.zeros(2)
    assert (p[0] * x + p[1] < 0).all()
    for t in range(1, 201):
        g = 0.01 * p  # the data part of the gradient is 0: the neuron is dead
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        p = p - 0.01 * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        if (p[0] * x + p[1] > 0).any():
            break
    assert 50 < t < 100


@given(st.integers(0, 2**32 - 1))
def test_a_deep_neuron_without_positive_weight_or_bias_is_off_whatever_comes(seed):
    rng = np.random.default_rng(seed)
    a = np.maximum(rng.normal(0, 5, (30, 6)), 0)
    assert (a @ -rng.exponential(1, 6) - rng.exponential(1) <= 0).all()


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=40))
def test_largest_of_m_standardized_values_lies_between_the_two_bounds(values):
    values = np.array(values)
    assume(values.std() > 1e-3)
    top, m = ((values - values.mean()) / values.std()).max(), len(values)
    assert (m - 1) ** -0.5 - 1e-6 <= top <= (m - 1) ** 0.5 + 1e-6


@pytest.mark.parametrize("m", [2, 5, 32])
def test_both_bounds_are_reached_by_one_value_apart_from_the_rest(m):
    apart = np.zeros(m)
    apart[0] = 1
    up, down = (((v - v.mean()) / v.std()).max() for v in (apart, -apart))
    assert up == pytest.approx((m - 1) ** 0.5)
    assert down == pytest.approx((m - 1) ** -0.5)
