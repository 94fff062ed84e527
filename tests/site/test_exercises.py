"""Every solution has what it says: its code is run, its claims are worked out anew."""

import contextlib
import io
import math
import re
import textwrap
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

PRACTICE = Path(__file__).resolve().parents[2] / "docs/practice"
FIRST, *_, LAST = NAMES = ("exercises.md", "exercises-proofs.md", "exercises-code.md")
TEXTS = {name: (PRACTICE / name).read_text("utf-8") for name in NAMES}
TITLE = re.compile(r"^### (?P<number>\d+)\. (?P<title>.+?) \{ #(?P<key>\S+) \}$", re.M)
FENCE = re.compile(
    r'^``` python\n(?P<code>.+?)^```\n\n``` text title="Output"\n(?P<output>.*?)^```$',
    re.M | re.S,
)


def read() -> dict[str, SimpleNamespace]:
    """Title, task, solution and level of each exercise, by key."""
    parts = (text.split("\n## Check your curves")[0] for text in TEXTS.values())
    text = "\n".join(parts)
    marks, found = [*TITLE.finditer(text)], {}
    for mark, after in zip(marks, [*marks[1:], None], strict=True):
        body = text[mark.end() : after.start() if after else None]
        task, _, solution = body.partition('??? success "Solution"\n')
        solution = re.split(r"^\S", solution, maxsplit=1, flags=re.M)[0]
        level = re.match(r"\s*\*\*(Easy|Medium|Hard)\*\*, ", task)
        found[mark["key"]] = SimpleNamespace(
            number=int(mark["number"]),
            title=mark["title"],
            task=task,
            solution=textwrap.dedent(solution),
            level=level and level[1],
        )
    return found


EXERCISES = read()
CODE = [
    pytest.param(key, match["code"], match["output"], id=key)
    for key, exercise in EXERCISES.items()
    for match in FENCE.finditer(exercise.solution)
]


def execute(code: str) -> SimpleNamespace:
    """Names and output of a solution's code, run as a reader would."""
    names, output = {"__name__": "__main__"}, io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(code, "solution", "exec"), names)
    return SimpleNamespace(**names, printed=output.getvalue())


def solved(key: str) -> SimpleNamespace:
    """The first code of a solution, run."""
    return execute(FENCE.search(EXERCISES[key].solution)["code"])


# --- The pages ---------------------------------------------------------------------


def test_there_are_at_least_twenty_in_order():
    numbers = [exercise.number for exercise in EXERCISES.values()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 20
    assert f"Here are {len(numbers)} problems" in TEXTS[FIRST]


@pytest.mark.parametrize("key", EXERCISES)
def test_exercise_has_a_level_a_question_and_a_solution(key):
    exercise = EXERCISES[key]
    assert exercise.level
    assert "?" in exercise.task
    assert len(exercise.solution.split()) >= 60
    assert "$" not in exercise.title


def test_ranges_in_the_table_are_those_of_pages_and_sections():
    rows = re.findall(r"\[(\d+)–(\d+)\]\((.*?)(?:#(\S+))?\)", TEXTS[FIRST])
    assert len(rows) >= 3
    for first, last, page, anchor in rows:
        section = TEXTS[page or FIRST]
        if anchor:
            heading = anchor.replace("-", " ").capitalize()
            section = section.split(f"\n## {heading}\n")[1].split("\n## ")[0]
        numbers = [int(mark["number"]) for mark in TITLE.finditer(section)]
        assert numbers == list(range(int(first), int(last) + 1))


def test_all_code_of_solutions_is_run_here():
    text = re.sub(r"``` python\n\s*--8<--.*", "", "\n".join(TEXTS.values()))
    assert len(re.findall(r"^ *``` python$", text, re.M)) == len(CODE)


@pytest.mark.parametrize(("key", "code", "output"), CODE)
def test_code_of_a_solution_prints_what_the_page_shows(key, code, output):
    assert execute(code).printed == output


# --- With pencil and paper ---------------------------------------------------------


def he_layers(rng, inputs, depth, width=128):
    """Activations of all layers of a random ReLU network: list of (input, unit)."""
    a = [inputs]
    for _ in range(depth):
        n = a[-1].shape[1]
        W = rng.standard_normal((n, width)) * (2 / n) ** 0.5
        a.append(np.maximum(a[-1] @ W, 0))
    return a


def test_weights_moved_by_one_example_and_by_eight():
    rng = np.random.default_rng(0)
    shares = {key: [] for key in ("one", "first", "eight", "deep")}
    for _ in range(12):
        on = [v > 0 for v in he_layers(rng, rng.standard_normal((8, 128)), 20)]
        shares["one"].append(np.mean(np.outer(on[1][0], on[2][0])))
        shares["first"].append(np.mean(on[1][0]))
        for name, k in ("eight", 2), ("deep", 20):
            moved = [np.outer(i, j) for i, j in zip(on[k - 1], on[k], strict=True)]
            shares[name].append(np.mean(np.any(moved, axis=0)))
    assert np.mean(shares["one"]) == pytest.approx(1 / 4, abs=0.02)
    assert np.mean(shares["first"]) == pytest.approx(1 / 2, abs=0.02)
    assert np.mean(shares["eight"]) == pytest.approx(0.83, abs=0.02)
    assert np.mean(shares["deep"]) < 0.5
    assert round(100 * (1 - 0.75**8)) == 90


def descend(w, b, rate):
    """One step of one ReLU neuron on the inputs 1 and -2, both with target 0."""
    inputs = np.array([1.0, -2.0])
    delta = np.maximum(w * inputs + b, 0)
    return w - rate * delta @ inputs, b - rate * delta.sum()


@given(rate=st.floats(0, 6))
def test_neuron_is_dead_between_one_half_and_two_only(rate):
    w, b = descend(1.0, 0.0, rate)
    dead = w <= -b and -2 * w <= -b
    if min(abs(rate - 0.5), abs(rate - 2)) > 1e-9:
        assert dead == (0.5 < rate < 2)


def test_neuron_that_survived_dies_in_the_second_step():
    first = descend(1.0, 0.0, 3)
    assert first == (-2, -3)
    second = descend(*first, 3)
    assert second == (4, -6)
    assert [second[0] * x + second[1] for x in (1, -2)] == [-2, -14]


@pytest.mark.parametrize(("k", "steps"), [(1 / 100, 69), (1 / 1000, 693)])
def test_small_steps_kill_after_a_way_of_fixed_length(k, steps):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(3)
    w, b = rng.standard_normal(3), 0.0
    b = 1 - w @ x  # starts at z = 1
    rate, count, delta = k / (x @ x + 1), 0, 0.0
    while w @ x + b > 0:
        delta = w @ x + b + 1
        w, b, count = w - rate * delta * x, b - rate * delta, count + 1
    assert count == steps
    assert delta == pytest.approx(1, abs=0.02)
    assert count * k == pytest.approx(math.log(2), abs=2 * k)


@pytest.mark.parametrize(("keep", "share", "layer"), [(0.5, 0.88, 10), (1, 0.08, 256)])
def test_dropout_cuts_the_signal_of_one_input(keep, share, layer):
    silent = (1 - keep / 2) ** 8
    assert 1 - (1 - silent) ** 20 == pytest.approx(share, abs=0.005)
    depths = np.arange(1, 20_000)
    mean = np.sum(depths * (1 - silent) ** (depths - 1.0) * silent)
    assert mean == pytest.approx(layer, abs=0.1)
    rng, a = np.random.default_rng(0), np.ones((4000, 1, 3))
    for _ in range(20):
        W = rng.standard_normal((len(a), a.shape[2], 8))
        a = np.maximum(a @ W, 0) * (rng.random((len(a), 1, 8)) < keep)
        a = a / np.maximum(a.max(axis=2, keepdims=True), 1e-9)  # only signs count
    assert np.mean(a.max(axis=(1, 2)) == 0) == pytest.approx(share, abs=0.02)


def test_he_weights_on_one_hot_inputs_are_a_hundred_times_too_small():
    rng = np.random.default_rng(0)
    column = rng.standard_normal(200_000) * (2 / 10_000) ** 0.5  # W @ one-hot
    assert column.std() == pytest.approx(np.sqrt(2) / 100, rel=0.01)
    W = rng.standard_normal((500, 1000)) * (2 / 3) ** 0.5
    bag = np.zeros((1000, 400))
    for row in bag.T:
        row[rng.choice(1000, 3, replace=False)] = 1
    assert np.mean((W @ bag) ** 2) == pytest.approx(2, rel=0.05)


def test_decay_frees_the_neuron_that_the_gradient_cannot():
    params, rate, steps, shares = np.full(3, 10 / 3), 0.1, 0, []
    while params.sum() > 2:
        push = rate / np.cosh(params.sum()) ** 2
        shares.append((params.sum(), 3 * push, params.sum() / 1000))
        params, steps = params * (1 - 1 / 1000) - push, steps + 1
    alone = math.ceil(math.log(5) / -math.log(1 - 1 / 1000))
    assert alone == 1609
    assert steps == 1217
    balance = next(z for z, gradient, decay in shares if gradient > decay)
    assert balance == pytest.approx(3, abs=0.02)
    assert 1.2 * math.exp(-6) == pytest.approx(3 / 1000, rel=0.02)
    integral = (10 / 2 + math.sinh(20) / 4) / 0.3  # without decay, see saturation
    assert integral == pytest.approx(2e8, rel=0.02)


def test_without_decay_of_the_bias_z_falls_to_the_bias():
    w = 20 / 3 * (1 - 1 / 1000) ** np.arange(20_000)
    assert np.all(np.diff(w) < 0)
    assert 10 / 3 < w[-1] + 10 / 3 < 10 / 3 + 1e-6


def test_label_smoothing_has_its_optimum_at_a_finite_logit():
    s, eps = np.linspace(-20, 20, 400_001), 0.1
    loss = np.logaddexp(0, -s) * (1 - eps) + np.logaddexp(0, s) * eps
    assert s[np.argmin(loss)] == pytest.approx(math.log(9), abs=1e-3)
    slopes = np.diff(loss) / np.diff(s)
    assert slopes[-1] == pytest.approx(eps, abs=1e-6)
    assert slopes[0] == pytest.approx(-(1 - eps), abs=1e-6)
    target = np.full(10, eps / 10)
    target[0] += 1 - eps
    assert target.sum() == pytest.approx(1)
    logits = np.zeros(10)
    for _ in range(4000):
        p = np.exp(logits) / np.exp(logits).sum()
        logits -= 2 * (p - target)
    assert logits[0] - logits[1] == pytest.approx(math.log(91), abs=1e-6)
    assert math.log(91) == pytest.approx(4.5, abs=0.02)


def test_without_smoothing_the_logit_grows_like_a_logarithm():
    s, rate = 0.0, 0.01
    for _ in range(200_000):
        s += rate / (1 + math.exp(s))
    assert s + math.exp(s) - 1 == pytest.approx(200_000 * rate, rel=1e-3)


# --- Classics and proofs: the window and the other curves have snippets --------------


@given(
    w=st.lists(st.floats(0.1, 20), min_size=1, max_size=6),
    data=st.data(),
)
def test_product_of_factors_averages_below_one_over_all_inputs(w, data):
    b = data.draw(st.lists(st.floats(-20, 20), min_size=len(w), max_size=len(w)))
    a = np.linspace(0, 1, 4001)
    product, start = np.ones_like(a), a
    for weight, bias in zip(w, b, strict=True):
        a = 0.5 + 0.5 * np.tanh((weight * a + bias) / 2)
        product = product * weight * a * (1 - a)
    assert a[-1] - a[0] < 1
    # The integral of the derivative is the difference of the ends.
    assert np.trapezoid(product, start) == pytest.approx(a[-1] - a[0], abs=0.02)


@given(w=st.floats(4.01, 50), a=st.floats(0, 1))
def test_product_along_the_shared_chain_is_bounded_by_the_start(w, a):
    start, product = abs(2 * a - 1), 1.0
    if start < 1e-9:
        return
    for _ in range(40):
        a = 0.5 + 0.5 * math.tanh(w * (a - 0.5) / 2)
        product *= w * a * (1 - a)
        assert product <= 1 / start * (1 + 1e-6)


def test_chain_of_the_solution_stays_below_its_bound():
    chain = solved("chain")
    assert chain.largest[0] < 500
    assert chain.largest[1] == 8
    assert 2 * (1 - chain.t**2) < 1  # it has come to rest where it vanishes


def test_pair_of_layers_grows_like_two_ninths_of_the_weight():
    pair = solved("pair")
    u = np.linspace(0.01, 10, 100_001)
    top = u / (2 + 2 * np.cosh(u))
    best = u[np.argmax(top)]
    assert 2 / 9 < top.max() < 0.23
    assert 1.5 < best < 1.6
    assert best * math.tanh(best / 2) == pytest.approx(1, abs=1e-3)
    assert pair.largest(1000) / 1000 == pytest.approx(top.max(), rel=2e-3)
    assert pair.low == pytest.approx(5.87, abs=0.005)
    for w in (2, 4, 6, 20):
        z = np.linspace(-20, 20, 400_001)
        s = 1 / (1 + np.exp(-z))
        t = 1 / (1 + np.exp(-w * s))
        product = w**2 * s * (1 - s) * t * (1 - t)
        assert pair.largest(w) == pytest.approx(product.max(), rel=1e-6)
        assert product.max() < w * top.max()


@given(sigma=st.floats(0.2, 0.95) | st.floats(1.05, 4))
def test_sine_network_is_critical_at_one_only(sigma):
    u = np.linspace(-9, 9, 1801)
    mass = np.exp(-(u**2) / 2)
    mass /= mass.sum()
    q = 1.0
    for _ in range(300):
        q = sigma**2 * np.sum(mass * np.sin(np.sqrt(q) * u) ** 2)
    chi = sigma**2 * np.sum(mass * np.cos(np.sqrt(q) * u) ** 2)
    assert chi + q == pytest.approx(sigma**2, rel=1e-9)
    if sigma > 1:
        assert chi == pytest.approx(q / math.tanh(q), rel=1e-6)
        assert chi > 1
    else:
        assert chi == pytest.approx(sigma**2, rel=1e-6)


@given(
    g=st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8),
    v=st.floats(1e-3, 1e2),
)
def test_clipping_turns_by_no_more_than_the_arccosine_of_one_over_root_n(g, v):
    g = np.array(g)
    if np.linalg.norm(g) < 1e-6:
        return
    clipped = np.clip(g, -v, v)
    cosine = g @ clipped / np.linalg.norm(g) / np.linalg.norm(clipped)
    assert cosine >= 1 / np.sqrt(len(g)) - 1e-9


@pytest.mark.parametrize(("n", "angle"), [(2, 45), (4, 60), (10**6, 89.94), (16, 75.5)])
def test_bound_on_the_turn_is_reached_in_the_limit(n, angle):
    g = np.ones(n)
    g[0] = 1e9 * n
    clipped = np.clip(g, -1, 1)
    cosine = g @ clipped / np.linalg.norm(g) / np.linalg.norm(clipped)
    assert math.degrees(math.acos(cosine)) == pytest.approx(angle, abs=0.05)


@given(norms=st.lists(st.floats(1e-3, 1e3), min_size=16, max_size=16))
def test_clipping_each_of_16_layers_turns_by_75_degrees_at_most(norms):
    rng = np.random.default_rng(0)
    layers = [n * v / np.linalg.norm(v) for n in norms for v in [rng.normal(size=5)]]
    clipped = [v * min(1, 1 / np.linalg.norm(v)) for v in layers]
    g, h = np.concatenate(layers), np.concatenate(clipped)
    assert g @ h / np.linalg.norm(g) / np.linalg.norm(h) >= 1 / 4 - 1e-9


# --- Short code --------------------------------------------------------------------


@given(f=st.floats(0.51, 0.995))
def test_product_sticks_where_rounding_returns_the_same_multiple(f):
    x, factor = np.float32(2.0**-130), np.float32(f)
    while x * factor != x:
        x = x * factor
    k = float(x) * 2.0**149
    assert k >= 1
    assert k * (1 - float(factor)) <= 0.5 + 1e-6
    assert k + 2 > 1 / (2 * (1 - float(factor)))  # the first place it can stick


@given(f=st.floats(0.01, 0.5))
def test_product_reaches_zero_for_factors_up_to_one_half(f):
    x, factor = np.float32(2.0**-140), np.float32(f)
    while x * factor != x:
        x = x * factor
    assert x == 0


@pytest.mark.parametrize(("bits", "stop"), [(11, 2048), (8, 256)])
def test_counter_stops_at_two_to_the_number_of_bits(bits, stop):
    def store(value):  # round to that many bits, ties to even
        spacing = 2.0 ** max(math.floor(math.log2(value)) - bits + 1, -24)
        return round(value / spacing) * spacing

    counter = 1.0
    while store(counter + 1) != counter:
        counter = store(counter + 1)
    assert counter == stop
    assert 16.5e6 < 2**24 < 17e6
    assert round(100 * 2048 / 60_000) == 3


@given(seed=st.integers(0, 10**6), n=st.integers(1, 9))
def test_rms_norm_backward_agrees_with_central_differences(seed, n):
    code = solved("rms-norm")
    x, delta = np.random.default_rng(seed).standard_normal((2, n))
    x = x + np.sign(x)  # not too close to 0
    h = 1e-6
    numeric = [
        delta @ (code.forward(x + h * e) - code.forward(x - h * e)) / (2 * h)
        for e in np.eye(n)
    ]
    np.testing.assert_allclose(code.backward(x, delta), numeric, atol=1e-7)
    if n == 1:
        assert abs(code.backward(x, delta)[0]) < 1e-12


# --- Read a plot or a log ----------------------------------------------------------


def test_table_of_the_four_curves_is_what_the_snippet_prints(printed):
    digits = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    said = {
        line.split()[0]: [float(v) for v in line.split()[1:]]
        for line in printed("four_curves").splitlines()[1:]
    }
    rows = re.findall(r"^ +\| (well|A|B|C|D) \|(.+)\|$", TEXTS[LAST], re.M)
    assert len(rows) == len(said) == 5
    for name, cells in rows:
        values = [
            float(re.sub(r"\s×\s10", "e", cell.strip()).translate(digits).rstrip("%"))
            for cell in cells.split("|")
        ]
        ratio, step, dead, *_ = said[name]
        assert values == pytest.approx([ratio, step, 100 * dead])


def test_loss_of_random_logits_lies_between_the_two_bounds():
    rng = np.random.default_rng(0)
    for s in (0.5, 1, 3, 6):
        z = s * rng.standard_normal((40_000, 10))
        mean = np.mean(np.log(np.exp(z).sum(axis=1)) - z[:, 0])
        assert math.log(10) < mean < math.log(10) + s**2 / 2


def test_first_lines_of_the_log():
    losses = re.findall(r"^run \d: loss ([\d.]+)$", TEXTS[LAST], re.M)
    first, second, third = map(float, losses)
    assert first == round(math.log(10), 4)
    assert third == round(math.log(2), 4)
    assert math.sqrt(2 * (second - math.log(10))) == pytest.approx(4.5, abs=0.02)


def test_log_of_the_sums_is_the_output_of_the_solution():
    log = re.search(r"^``` text\n(version 1.+?)^```$", TEXTS[LAST], re.M | re.S)
    assert log[1].split() == solved("one-number").printed.split()


def test_a_wrong_delta_is_handed_down_unchanged_in_the_sum():
    code = solved("one-number")
    right, mask, delta = code.sums(0), code.sums(1), code.sums(2)
    np.testing.assert_allclose(right, right[0], rtol=1e-9)
    np.testing.assert_allclose(np.delete(mask, 3), right[0], rtol=1e-9)
    assert mask[3] == pytest.approx(2 * right[0])
    np.testing.assert_allclose(delta[:3], delta[0], rtol=1e-9)
    np.testing.assert_allclose(delta[3:], right[0], rtol=1e-9)
    assert delta[0] != pytest.approx(right[0], rel=0.1)


def test_with_biases_each_layer_hands_its_sum_to_the_one_below():
    rng = np.random.default_rng(0)
    W, b = rng.standard_normal((5, 9, 9)), rng.standard_normal((5, 9))
    a = [rng.standard_normal(9)]
    for w, c in zip(W, b, strict=True):
        a.append(np.maximum(w @ a[-1] + c, 0))
    delta, sums = rng.standard_normal(9), {}
    for layer in range(5, 0, -1):
        sums[layer] = np.sum(W[layer - 1] * np.outer(delta, a[layer - 1]))
        if layer < 5:
            bias = delta @ b[layer - 1]
            assert sums[layer] + bias == pytest.approx(sums[layer + 1])
        delta = (a[layer - 1] > 0) * (W[layer - 1].T @ delta)


@pytest.mark.parametrize(("fan_in", "thousandths"), [(2, 1), (128, 8), (512, 16)])
def test_update_ratio_of_the_first_adam_step_knows_only_the_fan_in(fan_in, thousandths):
    rng = np.random.default_rng(0)
    W = rng.standard_normal((3000, fan_in)) * (2 / fan_in) ** 0.5
    for scale in (1e-3, 1e3):
        g = scale * rng.standard_normal(W.shape)
        step = 0.001 * g / (np.abs(g) + 1e-8)  # m and v corrected for their start
        ratio = np.linalg.norm(step) / np.linalg.norm(W)
        assert ratio == pytest.approx(thousandths / 1000, rel=0.03)
    assert 0.001 * math.sqrt(8192 / 2) == pytest.approx(0.064)


def test_first_adam_step_moves_all_terms_of_z_one_way():
    rng = np.random.default_rng(0)
    delta, a = rng.standard_normal(5), rng.standard_normal(40)
    step = -0.001 * np.sign(np.outer(delta, a))
    moved = np.abs(step @ a)
    np.testing.assert_allclose(moved, 0.001 * np.abs(a).sum(), rtol=1e-9)


# --- Think it through --------------------------------------------------------------


def test_units_of_the_inputs_change_norms_but_neither_loss_nor_delta():
    rng, c, rate = np.random.default_rng(0), 1000, 1e-3
    W, x, top = rng.standard_normal((6, 4)), rng.standard_normal(4), rng.normal(size=6)

    def measure(W, x):
        delta = top * (1 - np.tanh(W @ x) ** 2)
        return top @ np.tanh(W @ x), delta, np.outer(delta, x)

    (loss, delta, G), (loss_c, delta_c, G_c) = measure(W, x), measure(W / c, c * x)
    assert loss == pytest.approx(loss_c)
    np.testing.assert_allclose(delta, delta_c)
    norm = np.linalg.norm
    assert norm(G_c) / norm(G) == pytest.approx(1000)
    relative = [rate * norm(g) / norm(w) for g, w in ((G, W), (G_c, W / c))]
    assert relative[1] / relative[0] == pytest.approx(1e6)
    adam = [rate * norm(np.sign(g)) / norm(w) for g, w in ((G, W), (G_c, W / c))]
    assert adam[1] / adam[0] == pytest.approx(1000)
    assert np.sum(W * G) == pytest.approx(np.sum(W / c * G_c))


def narrow_layer(place, networks, seed=0):
    """Share of networks whose narrow layer is off for all inputs, and for one."""
    rng, every, one = np.random.default_rng(seed), [], []
    for _ in range(networks):
        x = rng.standard_normal((20, 64))
        a = he_layers(rng, x - x.mean(0), place - 1, 64)[-1]
        off = np.all(a @ rng.standard_normal((64, 2)) <= 0, axis=1)
        every.append(off.all())
        one.append(off.mean())
    return np.mean(every), np.mean(one)


def test_narrow_layer_is_never_off_for_all_inputs_if_it_comes_first():
    assert narrow_layer(1, 300)[0] == 0


def test_narrow_layer_is_off_for_all_more_often_the_later_it_comes():
    third, twentieth = narrow_layer(3, 600)[0], narrow_layer(20, 400)[0]
    assert third < 0.03
    assert 0.08 < twentieth < 0.18
    assert third < twentieth < 1 / 4


@pytest.mark.parametrize("place", [1, 6])
def test_one_input_is_cut_off_in_a_quarter_of_the_cases_anywhere(place):
    assert narrow_layer(place, 300)[1] == pytest.approx(1 / 4, abs=0.04)


# --- What the text says is what comes out ------------------------------------------


def steps_to_half(rate):
    return math.ceil(math.log(2) / -math.log(1 - rate))


def inputs_to_half(bias):
    tail = math.erfc(-bias / math.sqrt(2)) / 2
    return round(math.log(2) / -math.log1p(-tail))


STATED = {
    "weights-moved": (f"**{1 - 0.75**8:.0%}**",),
    "small-steps": (f"step **{steps_to_half(0.01)}**", f"**{steps_to_half(0.001)}**"),
    "rare-neuron": tuple(f"**{inputs_to_half(b)}**" for b in (-2, -3, -4, -5)),
    "dropout": (
        f"**{1 - (1 - 0.75**8) ** 20:.0%}** with dropout",
        f"**{1 - (1 - 2**-8) ** 20:.0%}** without",
        f"layer **{1 / 0.75**8:.0f}** on average",
    ),
    "decay": (f"**{math.ceil(math.log(5) / -math.log(0.999))}** steps",),
    "gate": (
        f"**{-math.log(2 ** (1 / 784) - 1):.2f}**",
        f"{0.5**math.e:.0%} instead of half, or {0.5 ** (1 / math.e):.0%}",
    ),
    "window": ("$\\lvert w \\rvert = 6.89$, width **0.4477**",),
    "chain": (f"The bound is {1 / 0.002:.0f}.",),
    "batch-norm": (
        f"**{math.pi / (math.pi - 2):.3f}**",
        f"{math.sqrt(math.pi / (math.pi - 2)):.3f} times per layer",
        f"against {math.sqrt(math.pi / (math.pi - 1)):.3f}",
    ),
    "residual": (
        f"**{math.sinh(math.pi) / math.pi:.3f}**",
        f"{math.sqrt(math.sinh(math.pi) / math.pi):.3f} for the norm",
    ),
    "clipping": tuple(f"{math.degrees(math.acos(n**-0.5)):.0f}°" for n in (2, 4)),
    "counter": (f"$2^{{11}} = {2**11}$", f"$2^8 = {2**8}$"),
    "update-ratio": ("**1, 8, 16 and 64** thousandths",),
    "two-rates": ("$\\tfrac12 \\le \\eta \\le 2$",),
}


@pytest.mark.parametrize("key", STATED)
def test_text_of_a_solution_states_the_computed_numbers(key):
    for words in STATED[key]:
        assert words in " ".join(EXERCISES[key].solution.split())
