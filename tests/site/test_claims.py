"""The list of claims is complete in itself, and its verdicts hold in the snippets."""

import itertools
import math
import posixpath
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
import sources
from markdown.extensions.toc import slugify

DOCS = Path(__file__).resolve().parents[2] / "docs"
HOME = PurePosixPath("reference/claims.md")
PAGE = (DOCS / HOME).read_text()
ENTRY = re.compile(  # the sources, .a and .b, are not shown
    r"^(?P<number>\d+) · (?P<text>.+)"
    r" \{ #(?P<key>\S+) \.(?P<kind>\w+) (?P<sources>\.a|\.b|\.a \.b) \}\n"
    r":   \*\*(?P<verdict>True\.|True if|False\.|Convention\.)\*\* (?P<why>.+)$",
    re.M,
)
LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<path>[^)#]*)(?:#(?P<anchor>[^)]+))?\)")


@dataclass(frozen=True)
class Claim:
    """One entry of the page."""

    number: int
    key: str
    text: str
    sources: tuple[str, ...]
    kind: str  # for the filter
    verdict: str
    why: str

    @property
    def links(self) -> list[tuple[str, str, str]]:
        """Text, page and anchor of each link."""
        return LINK.findall(self.why)


CLAIMS = [
    Claim(
        int(m["number"]),
        m["key"],
        m["text"],
        tuple(m["sources"].upper().replace(".", "").split()),
        m["kind"],
        m["verdict"].rstrip(".").lower(),
        m["why"],
    )
    for m in ENTRY.finditer(PAGE)
]


def stated(part: str) -> Claim:
    """The one claim whose words contain a part."""
    (found,) = (claim for claim in CLAIMS if part in claim.text)
    return found


def verdict(part: str) -> str:
    """What the page says of a claim."""
    return stated(part).verdict


# ---- The page in itself ----


def test_every_entry_can_be_read():
    assert len(CLAIMS) == PAGE.count("\n:   ") >= 40


def test_claims_are_numbered_in_order_and_anchored_by_number():
    assert [claim.number for claim in CLAIMS] == [*range(1, len(CLAIMS) + 1)]
    assert all(claim.key == f"claim-{claim.number}" for claim in CLAIMS)


def test_no_claim_is_listed_twice():
    assert len({claim.text for claim in CLAIMS}) == len(CLAIMS)


def test_filter_offers_each_verdict_and_counts_its_claims():
    counted = Counter(claim.kind for claim in CLAIMS)
    offered = re.findall(r'id="show-(\w+)".*?> (.*?:?) (\d+)</label>', PAGE)
    wanted = [(kind, str(number)) for kind, number in counted.items()]
    wanted.append(("all", str(len(CLAIMS))))
    assert sorted((kind, number) for kind, _, number in offered) == sorted(wanted)
    for claim in CLAIMS:
        assert claim.kind == claim.verdict.removeprefix("true ").lower(), claim.key
    lead = PAGE.split("\n# Claims\n\n")[1].split("\n")[0]
    assert (counted["false"], lead.split()[0]) == (6, "Six")
    assert f"{counted['if']} hold only under a condition" in lead


def test_the_false_ones_come_first_each_as_a_card():
    cards = PAGE.partition('<div class="myths" markdown>')[2].partition("</div>")[0]
    shown = re.findall(r"\[claim (\d+)\]\(#claim-\1\)", cards)
    assert [*map(int, shown)] == [it.number for it in CLAIMS if it.kind == "false"]


@pytest.mark.parametrize("javascript", [True, False])
def test_the_filter_leaves_what_is_asked_for(visit, javascript):
    tab = visit("reference/claims/", java_script_enabled=javascript)
    assert tab.locator("dt:visible").count() == len(CLAIMS)
    tab.get_by_label("false").check()
    left = [it.number for it in CLAIMS if it.kind == "false"]
    assert tab.locator("dt:visible").count() == len(left)
    assert tab.locator("dd:visible").count() == len(left)
    headings = " ".join(tab.locator("h2:visible").all_inner_texts())
    assert "Slopes" in headings
    assert "Added later" not in headings


def test_both_sources_are_covered_from_beginning_to_end():
    """The sources lie outside of the project: what each is about, by its claims."""
    subjects = {  # in the order of the sources
        "A": "handed back|while deep networks are trained|layer by layer"
        "|lies between 0 and 1|slope of the sigmoid|many small numbers|Far from 0, tanh"
        "|Early layers learn|impossible to train|do not shrink"
        "|no saturation|outputs 0 for all|positive, else 0|on the negative side"
        "|all training examples|off for ever|too high|One large update"
        "|bad initialization|wasted|cost capacity|maximum|PReLU|where|smooth|mean act",
        "B": "chain rule|product of all derivatives|nearly everywhere|below 1 every"
        r"|Wx \+ b|slopes alone|early layers goes|outputs 0 gets|in the same way"
        "|over many layers|Xavier initialization|He initialization|avoids vanishing"
        "|Batch normalization gives|Skip connections|essential|extreme inputs"
        "|between −1 and 1|always output|exactly 0|bias ½|far up or far down"
        "|almost ±1|output is not 0|He initialization mitigates"
        "|never stops|do not die|unique to ReLU",
    }
    for source, parts in subjects.items():
        texts = [claim.text for claim in CLAIMS if source in claim.sources]
        for part in parts.split("|"):
            assert any(re.search(part, text) for text in texts), (source, part)


def test_each_claim_leads_to_evidence():
    shown = {(it.page, it.stem) for it in sources.SHOWN}
    tables = {
        f'/studies/{stem}.md"': {
            stem,
            *re.findall(r"\{#(\S+)\}", path.with_suffix(".md").read_text("utf-8")),
        }
        for stem, path in sources.STUDIES.items()
    }
    for claim in CLAIMS:
        assert claim.links, claim.key
        for text, path, anchor in claim.links:
            name = posixpath.normpath(f"{HOME.parent}/{path}")
            headings = re.findall(r"^#+ (.+)$", sources.NAMES[name].text, re.M)
            if text.startswith("`"):
                assert text.strip("`") == anchor, claim.key
                assert (name, anchor) in shown, claim.key
            elif anchor:
                found = {slugify(it, "-") for it in headings}
                shows = (line in sources.NAMES[name].text for line in tables)
                found.update(*itertools.compress(tables.values(), shows))
                assert anchor in found, claim.key


def test_each_claim_is_judged_in_a_few_plain_words():
    for claim in CLAIMS:
        assert 2 <= len(LINK.sub("", claim.why).split()) <= 45, claim.key
        assert len(claim.text.split()) <= 25, claim.key
        ends_with_condition = re.match(r"[^.:]+[.:,]", claim.why)
        assert claim.verdict != "true if" or ends_with_condition, claim.key


# ---- The verdicts, against what the snippets compute ----


def row(printed: str, name: str) -> list[float]:
    """The numbers in the first printed line that begins with a name."""
    (line, *_) = (x for x in printed.splitlines() if x.startswith(name))
    return [
        float(x)
        for x in re.findall(
            r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", line[len(name) :]
        )
    ]


def test_tanh_slope_is_1_at_0_and_never_above(run):
    assert verdict("slope of tanh is below 1 everywhere") == "false"
    assert verdict("slope of tanh lies between 0 and 1") == "true"
    z = np.linspace(-5, 5, 1001)
    slope = run("derivative_curves").curves(z)["tanh"][1]
    assert slope[500] == 1
    assert np.all(slope[np.arange(1001) != 500] < 1)
    assert np.all(slope > 0)


def test_sigmoid_slope_is_at_most_a_quarter(run):
    assert verdict("slope of the sigmoid lies between 0 and ¼") == "true"
    slope = run("derivative_curves").curves(np.linspace(-30, 30, 601))["sigmoid"][1]
    assert slope.max() == slope[300] == 0.25
    assert slope.min() > 0


def test_relu_slope_at_0_is_a_convention(run):
    assert verdict("At exactly 0 the slope of ReLU") == "convention"
    relu = run("fatal_update").ACTIVATIONS["ReLU"]
    right, left = ((relu(np.array([h]))[0] / h).item() for h in (1e-9, -1e-9))
    assert (left, right) == (0, 1)  # so there is no derivative at 0
    assert relu(np.array([0.0]))[1] == 0  # what this site chose


def test_product_without_weights_has_a_wrong_sign_and_size(run, printed):
    assert verdict("product is one of slopes alone") == "false"
    names = run("scalar_chain")
    ratio = names.gradient / names.slopes_only
    assert ratio == pytest.approx([-6, 3, 1])
    assert names.gradient == pytest.approx(np.array(names.central), abs=1e-9)
    said = printed("sigmoid_network")
    true, short = re.search(r"δ = \[(.*?)\], by slopes alone \[(.*?)\]", said).groups()
    big, small = (np.array(text.split(), dtype=float) for text in (true, short))
    assert big[0] / small[0] == pytest.approx(3, abs=0.02)
    assert np.sign(big[1]) == -np.sign(small[1]) != 0


def test_sigmoid_gradient_can_explode_although_its_slopes_vanish(run):
    assert verdict("product of the slopes becomes very small") == "true"
    assert verdict("sigmoid network's early layers goes to 0") == "true if"
    names = run("product_of_slopes")
    rng = np.random.default_rng(1)
    alone = names.signal_norms(1, lambda: np.eye(1), rng)[-1]
    times_8 = names.signal_norms(1, lambda: 8 * np.eye(1), rng)[-1]
    below_4 = names.signal_norms(1, lambda: 3.9 * np.eye(1), rng)[-1]
    assert np.all(alone < 0.25**50)
    assert np.median(times_8) > 1e8
    assert np.all(below_4 < 1)


def test_slope_1_of_relu_does_not_keep_the_gradient_from_shrinking(run):
    assert verdict("so gradients do not shrink") == "true if"
    assert verdict("occur while deep networks are trained") == "true"
    assert verdict("strike sigmoid and tanh above all") == "true if"
    results = run("gradient_decay").results
    first = {name: values[:, 0, 0] for name, values in results.items()}
    assert np.all(first["ReLU, Xavier"] < 1e-7 * 2)
    assert np.all(first["tanh, Xavier"] > 1e4 * first["ReLU, Xavier"])
    assert np.all(first["ReLU, He"] > 0.1)
    # each with its own weights: the order in which they lose
    lost = ["ReLU, He", "tanh, Xavier", "sigmoid, Xavier"]
    most, tenth, nothing = (np.median(first[name]) for name in lost)
    assert most > 0.5 > 0.2 > tenth > 0.03 > 1e-20 > nothing


def test_saturated_tanh_can_explode(run):
    assert verdict("Saturated tanh neurons make gradients vanish") == "true if"
    names = run("gradient_decay")
    assert np.all(names.results["tanh, σ_w = 3"][:, 0, 0] > 1e4)
    rng = np.random.default_rng(0)
    a = rng.standard_normal(names.WIDTH)
    for _ in range(10):
        W = rng.standard_normal((names.WIDTH, names.WIDTH)) / names.WIDTH**0.5
        a = np.tanh(3 * W @ a)
    assert np.mean(1 - a**2 < 0.1) > 1 / 3  # "many": over a third


def test_tanh_slope_is_exactly_0_in_floats_only(run):
    for part in ("is never exactly 0", "extreme inputs tanh has slope zero"):
        assert verdict(part) == "true if"
    textbook = run("float_zeros").SLOPES["1 − tanh²"][0]
    assert textbook(np.float32(11)) == 0
    assert run("stable_activations").CAREFUL["tanh slope"](11.0) > 0


def test_claims_that_contradict_each_other_name_each_other():
    zero, never_zero = stated("extreme inputs tanh"), stated("is never exactly 0")
    assert f"claim {never_zero.number})" in zero.why
    assert f"claim {zero.number}." in never_zero.why


def test_a_saturated_neuron_can_stop_although_its_gradient_is_not_0(printed):
    assert verdict("never stops learning") == "true if"
    assert "z =  8: weights change False, gradient is 0 False" in (
        printed("escape_time")
    )


def test_a_positive_gradient_pushes_z_down_and_only_down(run):
    assert verdict("far up or far down") == "false"
    names = run("tanh_neuron")
    for push in (0.1, 10, 200, 1000):
        w, b = names.step(names.W, names.B, names.X, push)
        assert w @ names.X + b < names.z


def test_off_on_one_input_is_not_dead(run):
    assert verdict("outputs 0 gets no gradient and thereby dies") == "false"
    start = run("dead_fraction").off[0]
    assert 0.4 < start.mean() < 0.6
    assert np.all(start < 1)


def test_dead_for_ever_needs_the_first_layer_and_plain_descent(run):
    assert verdict("off for ever") == "true if"
    names = run("revival")
    back = names.back.sum(axis=2)  # (way, layer)
    plain = names.WAYS.index("gradient descent")
    assert back[plain, 0] == 0
    assert np.all(back[plain, 1:] > 0)
    assert back[names.WAYS.index("Adam"), 0] > 0


def test_output_is_not_what_keeps_tanh_alive_and_relu_is_not_alone(run):
    for part in ("always output something", "unique to ReLU"):
        assert verdict(part) == "false"
    assert verdict("do not die as ReLU neurons do") == "true if"
    names = run("silent_units")
    z = names.pre_activations(np.random.default_rng(0))[1][9]  # inputs of mean 100
    silent = {name: np.all(f(z) == 0, axis=0) for name, (f, *_) in names.SLOPES.items()}
    assert silent["tanh"].mean() > silent["ReLU"].mean() > 0
    assert np.all(np.abs(np.tanh(z[:, silent["tanh"]])) > 0)
    for name in ("hard tanh", "GELU", "ELU"):
        far = names.pre_activations(np.random.default_rng(0))[1][-1]
        assert np.all(names.SLOPES[name][0](far) == 0, axis=0).any()
    assert not silent["leaky ReLU"].any()


def test_leaky_relu_as_a_maximum_needs_alpha_of_at_most_1(run):
    assert verdict("maximum(alpha * x, x)") == "true if"
    z = np.linspace(-3, 3, 61)
    for alpha, right in ((0.01, True), (1.0, True), (1.5, False)):
        wanted = np.where(z > 0, z, alpha * z)
        assert np.allclose(np.maximum(alpha * z, z), wanted) is right
    names = run("stable_activations")
    textbook, careful = names.TEXTBOOK["leaky, α = 2"], names.CAREFUL["leaky, α = 2"]
    assert np.all(textbook(z[z != 0]) != careful(z[z != 0]))  # on both sides


def test_elu_with_where_is_right_even_where_exp_overflows(run):
    assert verdict("ELU is `where") == "true"
    names = run("stable_activations")
    z = np.linspace(-5, 5, 101)
    assert np.allclose(names.TEXTBOOK["ELU"](z), names.CAREFUL["ELU"](z))
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        names.TEXTBOOK["ELU"](np.array([1000.0]))
    with np.errstate(over="ignore"):
        assert names.TEXTBOOK["ELU"](np.array([1000.0])) == 1000


def test_elu_means_are_closer_to_0_than_those_of_relu(run):
    assert verdict("mean activation closer to 0") == "true"
    names = run("derivative_curves")
    means = {
        name: np.average(y, weights=names.weights)
        for name, (y, _) in names.curves(names.z).items()
    }
    assert 0 < means["ELU"] < means["ReLU"] / 2


def steps_to_fit(alive, seeds=20, width=32, steps=300):
    """Steps until 99% of two noisy rings are right; neurons that live: alive."""
    needed = np.full(seeds, np.inf)
    for seed in range(seeds):
        rng = np.random.default_rng(100 + seed)
        label = np.arange(200) % 2
        angle, radius = rng.uniform(0, 2 * np.pi, 200), rng.normal(1 + label, 0.15)
        x = (radius * [np.cos(angle), np.sin(angle)]).T
        x = np.append(x / x.std(axis=0), np.ones((200, 1)), axis=1)
        W, v = rng.normal(size=(3, width)), rng.normal(0, (2 / width) ** 0.5, width)
        W[2] = 0
        W, v = W[:, :alive], v[:alive]  # the dead change nothing: claim 48
        for step in range(steps):
            a = np.maximum(x @ W, 0)
            if np.mean((a @ v > 0) == label) >= 0.99:
                needed[seed] = step
                break
            error = ((1 + np.tanh(a @ v / 2)) / 2 - label) / 200
            W = W - x.T @ (error[:, None] * v * (a > 0))
            v = v - a.T @ error
    return needed


def test_dead_neurons_cost_capacity_and_speed(run):
    assert verdict("cost capacity and slow down") == "true"
    names = run("capacity")
    accuracy = dict(zip(names.ALIVE, names.runs[:, :, 0], strict=True))
    assert np.all(accuracy[6] > 95)
    assert np.mean(accuracy[6] == 100) >= 0.9  # "nearly all runs"
    assert max(accuracy[1].max(), accuracy[2].max()) < 100
    few, many = steps_to_fit(6), steps_to_fit(32)
    assert 1.5 < np.median(few) / np.median(many) < 3  # "about twice as many"
    assert np.mean(few > many) >= 0.9


def test_a_layer_norm_reads_the_dead_and_a_relu_does_not():
    assert verdict("their parameters are wasted") == "true if"
    rng = np.random.default_rng(0)
    z = rng.standard_normal((50, 8))
    z[:, 6:] -= 20  # dead
    normed = (z - z.mean(1, keepdims=True)) / z.std(1, keepdims=True)
    alone = z[:, :6]
    alone = (alone - alone.mean(1, keepdims=True)) / alone.std(1, keepdims=True)
    v = rng.standard_normal(8)
    before, after = np.maximum(z, 0) @ v, np.maximum(z[:, :6], 0) @ v[:6]
    assert before == pytest.approx(after)
    outputs = np.maximum(normed, 0) @ v, np.maximum(alone, 0) @ v[:6]
    assert np.all(normed[:, 6:] < 0)  # off behind the norm as well
    assert np.abs(outputs[0] - outputs[1]).min() > 0.01


def test_a_high_rate_kills_and_a_low_one_does_not(run):
    assert verdict("learning rate that is too high kills") == "true"
    names = run("dead_fraction")
    row = re.search(r"GD +dead %, mean (.*)", names.printed)[1]
    dead = dict(zip(names.RATES, map(int, row.split()), strict=True))
    assert dead[3] <= 1
    assert 70 < dead[10] < 90


def test_an_overshooting_step_raises_the_loss(run):
    assert verdict("how far each weight has to move") == "true if"
    names = run("fatal_update")
    direction, before = names.gradient(names.START)
    small, large = (names.gradient(names.START - r * direction)[1] for r in (1, 3))
    assert small < before < large


def test_late_layers_become_as_slow_as_early_ones(run):
    assert verdict("Early layers learn slowly or not at all") == "true if"
    assert verdict("impossible to train") == "true if"
    names = run("layer_speeds")
    first, later = (np.median(names.train(names.W, 1, 50)[t, 2], -1) for t in (0, 49))
    assert first[-1] > 1e6 * first[0]
    assert 0.1 < later[-1] / later[0] < 10
    healthy = names.train(names.centred, 1, names.STEPS)[-1, 0, 0]
    assert np.all(healthy < 0.1)


def kept(phi, slope, scales, widths=(128, 512), depth=12):
    """Factor of |δ| per layer of random networks: (scale, width), median of 5."""
    factors = np.empty((len(scales), len(widths), 5))
    for (s, w, seed), _ in np.ndenumerate(factors):
        n, rng = widths[w], np.random.default_rng(seed)
        a, delta = rng.standard_normal((2, n))
        W = scales[s] / n**0.5 * rng.standard_normal((depth, n, n))
        z = [a := W[0] @ a]
        for later in W[1:]:
            z.append(later @ phi(z[-1]))
        size = np.linalg.norm(delta * slope(z[-1]))
        for k in range(depth - 1, -1, -1):
            delta = delta * slope(z[k])
            last = np.linalg.norm(delta)
            delta = W[k].T @ delta
        factors[s, w, seed] = (last / size) ** (1 / (depth - 1))
    return np.median(factors, axis=2)


def test_xavier_helps_tanh_and_makes_the_sigmoid_only_less_bad(run):
    assert verdict("vanishing gradients for tanh") == "true"
    assert verdict("vanishing gradients for the sigmoid") == "true if"

    def phi(z):
        return 0.5 + 0.5 * np.tanh(z / 2)

    uniform = 3**-0.5  # U(-1/√n, 1/√n), the rule that Xavier's replaced
    factors = kept(phi, lambda z: phi(z) * (1 - phi(z)), (uniform, 1.0))
    assert np.all(factors[0] < 0.16)
    assert np.all((factors[1] > 0.2) & (factors[1] < 0.25))
    results = run("gradient_decay").results
    tanh, sigmoid = (
        results[f"{name}, Xavier"][:, :, 0] for name in ("tanh", "sigmoid")
    )
    assert 0.03 < np.median(tanh[:, 0]) < 0.3  # "a tenth or so": few seeds, wide
    assert np.all((sigmoid[:, 0] / sigmoid[:, -1]) ** (1 / 49) < 0.25)


def test_he_keeps_the_mean_square_while_inputs_become_alike(printed):
    claim = stated("He initialization keeps the variance")
    assert claim.verdict == "true if"
    said = printed("signal_collapse")
    angles = re.search(r"ReLU, He +(?:\S+ +){4}(.*)", said)[1].split()
    assert float(angles[0]) > 80
    assert float(angles[3]) < 10


def test_relu_with_he_keeps_its_gradient_and_other_scales_lose_it(printed):
    for part in ("or not in the same way", "one of its variants avoids"):
        assert verdict(part) == "true if"
    rows = printed("decay_factors").partition("ReLU, 1 at")[2].splitlines()
    critical = float(rows[0].partition(":")[0])
    assert critical == pytest.approx(2**0.5, abs=0.01)


def test_with_he_weights_gelu_vanishes_deep_down_and_elu_gains_ever_less():
    """Mean-field theory, layer by layer; here the widths are infinite."""
    assert "three tenths" in stated("one of its variants avoids").why
    u, weight = np.polynomial.hermite_e.hermegauss(201)
    weight = weight / weight.sum()

    def gelu(z):
        cdf = (1 + np.vectorize(math.erf)(z / 2**0.5)) / 2
        return z * cdf, cdf + z * np.exp(-(z**2) / 2) / (2 * np.pi) ** 0.5

    def elu(z):
        below = np.exp(np.minimum(z, 0))
        return np.where(z > 0, z, below - 1), below

    factor = {}
    for f in gelu, elu:
        q, factor[f] = 2.0, []
        for _ in range(200):
            value, slope = f(q**0.5 * u)
            factor[f].append((2 * weight @ slope**2) ** 0.5)
            q = 2 * weight @ value**2
    assert np.array(factor[gelu][30:]) == pytest.approx(0.5**0.5, abs=0.01)
    assert np.all(np.diff(factor[elu]) < 0)
    assert 1 < factor[elu][-1] < factor[elu][49] < 1.06
    assert "each layer takes three tenths" in stated("He initialization mitigates").why


def test_variance_under_xavier_settles_for_the_sigmoid_and_creeps_for_tanh(printed):
    assert verdict("variance level from layer to layer") == "true if"
    said = printed("gains")
    assert 0.99 < row(said, "sigmoid, gain 1")[0] < 1.01
    assert 0.96 < row(said, "tanh, gain 1")[0] < 0.99


def test_far_units_need_long_and_gelu_units_near_0_return(printed):
    assert verdict("fix dying ReLU") == "true if"
    lines = printed("recovery").splitlines()
    most = {x[:12].strip(): x.split()[-9:] for x in lines if x[13:17] == "most"}
    at_depth_2 = {name: float(cells[5]) for name, cells in most.items()}
    assert at_depth_2["GELU"] == np.inf
    assert at_depth_2["leaky 0.01"] > 1000
    assert "under plain gradient descent" in stated("fix dying ReLU").why


def below_0(phi, rate, runs=20, width=64):
    """Share of units at most 0 on every point of two rings after 100 steps: (runs,)."""
    rng = np.random.default_rng(5)
    y = rng.integers(0, 2, (runs, 100, 1))
    turn = rng.uniform(0, 2 * np.pi, y.shape) - [0, np.pi / 2]
    x, y = rng.normal(1 + y, 0.2) * np.cos(turn), 2 * y - 1
    x = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    W, b = rng.normal(size=(runs, 2, width)), 0
    v, c = rng.normal(0, (2 / width) ** 0.5, (runs, width, 1)), 0
    for _ in range(100):
        a, slope = phi(x @ W + b)
        last = -y * np.exp(-np.logaddexp(0, y * (a @ v + c))) / 100
        delta = last * v.mT * slope
        W, b = W - rate * x.mT @ delta, b - rate * delta.sum(1, keepdims=True)
        v, c = v - rate * a.mT @ last, c - rate * last.sum(1, keepdims=True)
    return np.all(x @ W + b <= 0, axis=1).mean(axis=1)


def test_elu_and_gelu_keep_more_units_at_a_moderate_rate_and_not_at_a_high_one(run):
    why = stated("fix dying ReLU").why
    assert "under plain gradient descent, many with Adam" in why
    assert "ELU loses its first ones earlier" in why
    phis = run("variants_under_abuse").ACTIVATIONS
    share = {
        rate: {name: below_0(phis[name][0], rate).mean() for name in phis}
        for rate in (6, 20)
    }
    assert max(share[6]["ELU"], share[6]["GELU"]) < 0.7 * share[6]["ReLU"]
    assert min(share[20]["ELU"], share[20]["GELU"]) > 0.7 * share[20]["ReLU"]
    assert share[6]["leaky 0.01"] > 0.85 * share[6]["ReLU"]  # for it: as many


def test_a_learned_slope_can_turn_negative(printed):
    assert verdict("PReLU is leaky ReLU") == "true"
    said = printed("prelu_slope")
    assert row(said, "learned ")[0] < 0  # the least of all slopes at the end
    assert row(said, "fixed")[0] > 0


def test_batch_norm_mends_the_sigmoid_and_makes_relu_explode(printed):
    assert verdict("mitigates vanishing and exploding") == "true if"
    said = printed("batch_norm_gradient")
    assert max(row(said, "sigmoid, no norm")) < 0.25
    assert 0.95 < row(said, "sigmoid, batch norm")[4] < 1.1
    assert min(row(said, "ReLU, batch norm")) > 1.15


def test_skips_carry_a_gradient_past_a_dead_block_if_they_are_whole(printed):
    assert verdict("Skip connections let gradients go around") == "true"
    assert verdict("Residual networks reduce vanishing") == "true if"
    said = printed("residual_gradients")
    assert row(said, "plain")[-1] == 0
    assert row(said, "skip, ")[-1] > 1  # the scaled one
    assert row(said, "skip ")[2] > 1e6
    assert row(said, "0.9 skip, F/√L")[2] < 0.05


def test_sigmoid_lies_between_0_and_1_and_its_floats_reach_both_ends():
    assert verdict("$ lies between 0 and 1") == "true"
    z = np.linspace(-30, 30, 601)
    s = 1 / (1 + np.exp(-z))
    assert np.all((s > 0) & (s < 1))
    with np.errstate(over="ignore"):
        ends = 1 / (1 + np.exp(-np.float32([-110, 20])))
    assert list(ends) == [0, 1]


def test_tanh_neuron_of_the_example_is_on_and_0_is_where_it_learns_best(run):
    assert verdict("its output is not 0") == "true"
    names = run("tanh_neuron")
    assert np.tanh(names.W @ names.X + names.B) == pytest.approx(0.905, abs=0.001)
    slope = run("derivative_curves").curves(np.linspace(-5, 5, 1001))["tanh"][1]
    assert slope.argmax() == 500


def test_he_keeps_the_error_signal_where_xavier_loses_three_tenths():
    assert verdict("He initialization mitigates") == "true"
    factors = kept(lambda z: np.maximum(z, 0), lambda z: z > 0, (1.0, 2**0.5))
    assert factors[0] == pytest.approx(0.5**0.5, abs=0.03)
    assert factors[1] == pytest.approx(1, abs=0.04)
