"""Small live figures: what they say is what their scripts print, wherever one moves."""

import re

import numpy as np
import pytest

from .test_script import output

FIGURES = "hero", "decay", "fifty", "deaths", "twins", "product", "slope"
MOUNT = """async name => {
  navigator.clipboard.writeText = async text => { window.copied = text }
  document.body.innerHTML = "<div data-label='Settings'></div>"
  const { mount } = await import(`./${name}.js`)
  window.figure?.stop()
  window.figure = mount(document.body.firstElementChild)
}"""
EXPONENTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def numbers(text):
    """The numbers of a sentence, powers of ten among them."""
    plain = re.sub(r"\s×\s10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", r"e\1", text).translate(EXPONENTS)
    return [float(it) for it in NUMBER.findall(plain)]


@pytest.fixture
def show(tab):
    """Mount a figure; read its sentence, its script, its controls."""

    def mount(name):
        tab.evaluate(MOUNT, name)
        return tab

    yield mount
    tab.evaluate("window.figure?.stop()")


def said(tab):
    """Both sentences, after the next picture."""
    tab.evaluate("() => new Promise(it => requestAnimationFrame(() => setTimeout(it)))")
    return tab.locator(".headline").inner_text(), tab.locator(".more").inner_text()


def copied(tab):
    """What the copied script prints."""
    tab.get_by_role("button", name="Copy as NumPy").click()
    tab.wait_for_function("window.copied")
    text = tab.evaluate("window.copied")
    tab.evaluate("delete window.copied")
    assert len(text.splitlines()) <= 70
    return output(text)


def drag(tab, label, keys):
    """Move a slider by keys."""
    slider = tab.get_by_label(label)
    slider.focus()
    for key in keys.split():
        tab.keyboard.press(key)
    assert tab.locator("label", has_text=label).count() == 1
    return slider


def near(value, among):
    return any(np.isclose(value, it, rtol=0.06) for it in among)


@pytest.mark.parametrize("moves", [{}, {"Slope": "Home"}, {"Weight": "End"}])
def test_product_prints_the_factor_and_what_is_left(show, moves):
    tab = show("product")
    for label, keys in moves.items():
        drag(tab, label, keys)
    (headline, more), printed = said(tab), copied(tab)
    slope, weight, factor = numbers(headline)[:3]
    assert factor == pytest.approx(slope * weight, rel=0.01)
    layers, left, level = numbers(more)
    assert left == pytest.approx((slope * weight) ** layers, rel=0.2)
    assert level == pytest.approx(1 / slope, rel=0.01)
    assert near(factor, numbers(printed))
    assert near(left, numbers(printed))


def test_product_calls_level_what_it_shows_as_a_factor_of_1(show):
    tab = show("product")
    tab.get_by_label("Slope").fill("83")
    tab.get_by_label("Weight").fill("26")
    headline, _ = said(tab)
    assert headline.startswith("0.84 × 1.19 = 1 in each layer")
    assert headline.endswith("keeps its size.")


@pytest.mark.parametrize(
    "activation", ["tanh", "sigmoid", "ReLU", "ELU", "GELU", "SiLU"]
)
@pytest.mark.parametrize("keys", ["", "End", "Home", "ArrowRight " * 45])
def test_slope_is_that_of_numpy_in_both_precisions(show, activation, keys):
    tab = show("slope")
    tab.get_by_role("combobox", name="Activation").select_option(activation)
    drag(tab, "Pre-activation", keys)
    (headline, _), printed = said(tab), copied(tab)
    double, single = (numbers(line)[-1] for line in printed.splitlines())
    if "exactly 0, in 64 bits too" in headline:
        assert double == 0
    else:
        assert near(double, numbers(headline))
        assert (single == 0) == ("in 32 bits exactly 0" in headline)


def test_slope_of_tanh_ends_in_32_bits_long_before_it_ends_in_64(show):
    tab = show("slope")
    drag(tab, "Pre-activation", "ArrowRight " * 95)
    headline, _ = said(tab)
    assert "9.5" in headline
    assert headline.endswith("in 32 bits exactly 0.")


@pytest.mark.parametrize("thrown", ["", "ArrowRight " * 12, "End"])
def test_twins_tanh_comes_back_and_relu_does_not(show, thrown):
    tab = show("twins")
    drag(tab, "large step", thrown)
    for button in ("One step", "100 steps", "1000 steps"):
        tab.get_by_role("button", name=button, exact=True).click()
    (headline, more), printed = said(tab), copied(tab)
    tanh, relu = (numbers(line) for line in printed.splitlines())
    assert numbers(headline)[0] == 1101
    assert near(relu[0], numbers(headline))
    assert near(tanh[0], numbers(more))
    assert near(tanh[1], numbers(more))
    assert ("exactly 0" in headline) == (thrown != "End")


@pytest.mark.parametrize("name", ["hero", "decay", "fifty"])
@pytest.mark.parametrize("change", [None, "tanh", "ReLU"])
def test_layers_hear_what_the_script_prints(show, name, change):
    tab = show(name)
    if change:
        tab.get_by_role("combobox", name="Activation").select_option(change)
    headline, _ = said(tab)
    rows = [numbers(line) for line in copied(tab).splitlines()[2:]]
    ratio = rows[0][1] / rows[-1][1]
    share = numbers(headline.split("hears")[1])[0]
    if "%" in headline.split("of what")[0]:
        share /= 100
    assert share == pytest.approx(ratio, rel=0.07)
    assert len(rows) == {"hero": 30}.get(name, 50)


def test_decay_says_when_the_line_is_level(show):
    tab = show("decay")
    assert "take larger weights" in said(tab)[1]
    scale = drag(tab, "Weight scale", "End")
    assert "take smaller weights" in said(tab)[1]
    for _ in range(40):
        scale.press("ArrowLeft")
        if "Level: you have found it" in said(tab)[1]:
            break
    assert 8 < numbers(tab.locator("output").first.inner_text())[0] < 13


def test_fifty_layers_need_he_weights_and_a_scaled_skip(show):
    tab = show("fifty")
    assert said(tab)[0].startswith("The error signal vanishes")
    tab.get_by_role("combobox", name="Weights").select_option(label="He")
    tab.get_by_role("combobox", name="Skip").select_option("plain")
    assert said(tab)[0].startswith("The error signal explodes")
    tab.get_by_role("combobox", name="Skip").select_option(label="branch/√L")
    assert said(tab)[0].startswith("The error signal keeps its size")


def test_deaths_come_with_the_rate_and_the_script_counts_the_same(show):
    tab = show("deaths")
    shares = []
    for keys in ("", "End", "ArrowLeft ArrowLeft"):  # 1, 30, 10
        drag(tab, "Learning rate", keys)
        tab.get_by_role("button", name="100 steps").click()
        (headline, _), printed = said(tab), copied(tab)
        steps, dead, width, _ = numbers(headline)
        assert (steps, width) == (100, 32)
        assert numbers(printed.splitlines()[-1])[-1] == dead
        shares.append(dead / width)
    assert shares[0] < 0.1 < 0.4 < min(shares[1:])


@pytest.mark.parametrize("name", FIGURES)
def test_label_and_value_agree_and_each_change_is_announced_once(show, name):
    tab = show(name)
    for slider in tab.get_by_role("slider").all():
        slider.focus()
        tab.keyboard.press("ArrowRight")
        label = tab.locator(f"output[for='{slider.get_attribute('id')}']").inner_text()
        assert slider.get_attribute("aria-valuetext") == label
    headline, more = said(tab)
    tab.wait_for_function("document.querySelector('.announced').textContent")
    heard = tab.locator(".announced").inner_text()
    assert " ".join(heard.split()) == " ".join(f"{headline} {more}".split())
    assert tab.get_by_role("img").first.get_attribute("aria-label")
    tab.get_by_role("button", name="Start again").press("Enter")
    start = said(tab)
    assert start == said(show(name))


# ---- What the pages say one finds --------------------------------------------------
@pytest.mark.parametrize(("thrown", "steps"), [(-2, 16), (-3, 91), (-4, 630)])
def test_the_tanh_needs_that_many_steps_back_to_0(thrown, steps):
    z = float(thrown)
    for step in range(steps):
        assert z < 0, step
        z -= 0.1 * 3 * (np.tanh(z) - 1) / np.cosh(z) ** 2
    assert z >= 0


ROWS = """const out = []
  for (const options of given) {
    const network = new Network({ points: 16, ...options })
    network.forward()
    network.backward()
    const { layers } = measure(network)
    out.push(layers[0].delta / layers.at(-1).delta)
  }
  return out"""


def test_fifty_layers_do_what_the_page_says(engine):
    he, relu = 2**0.5, {"activation": "ReLU", "depth": 50}
    level = [{"scale": he}, {"norm": "layer"}, {"skip": "scaled"}]
    level += [{"skip": "scaled", "scale": he}]
    wild = [{"norm": "batch"}, {"skip": "plain"}, {"skip": "plain", "scale": he}]
    both = {"norm": "batch", "skip": "plain"}
    ratios = engine(ROWS, [{**relu, **it} for it in [{}, *level, *wild, both]])
    assert ratios[0] < 1e-6
    assert all(0.2 < it < 5 for it in ratios[1:5])
    assert min(ratios[5:8]) > 1e4
    assert ratios[7] > 100 * ratios[6]
    assert 1 < ratios[8] < 100


def test_the_level_scale_is_where_the_page_says(engine):
    wide = {"depth": 50, "width": 64, "points": 8}
    for activation, low, high in ("sigmoid", 8, 13.5), ("tanh", 0.84, 1.19):
        wide["activation"] = activation
        below, above = engine(ROWS, [{**wide, "scale": it} for it in (low, high)])
        assert below < 0.01
        assert above > 1
    relu = [{**wide, "activation": "ReLU", "scale": it} for it in (1.19, 2**0.5, 2)]
    below, he, above = engine(ROWS, relu)
    assert below < 1e-3 < 0.1 < he < 10 < 1e3 < above


def test_hero_fades_and_grows_as_the_home_page_says(engine):
    ratios = engine(
        ROWS,
        [
            {"activation": "ReLU", "depth": 50},
            {"activation": "ReLU", "depth": 50, "scale": 2**0.5},
            {"activation": "sigmoid", "depth": 30, "scale": 16},
        ],
    )
    assert ratios[0] < 1e-6
    assert 0.2 < ratios[1] < 5
    assert ratios[2] > 10


DEATHS = """const out = []
  for (const rate of given) {
    const start = { data: "rings", activation: "ReLU", scale: Math.SQRT2, depth: 1 }
    const network = new Network({ ...start, width: 32, rate })
    const row = []
    for (let step = 0; step <= 300; step++) {
      network.forward()
      network.backward()
      const { layers, accuracy } = measure(network)
      row.push([32 * layers[0].dead, accuracy])
      train(network)
    }
    out.push(row)
  }
  return out"""


def test_deaths_come_at_once_or_not_at_all(engine):
    runs = np.array(engine(DEATHS, [1, 2, 3, 5, 10, 30]))
    dead, right = runs[..., 0], runs[..., 1]
    assert not dead[:3].any()
    assert dead[3:, 100].tolist() == [11, 32, 24]
    assert dead[3, 5] == 11
    assert dead[4, 20] == 32
    assert (dead[:, 300] == dead[:, 20]).all()
    assert right[4, 100] == 0.5
    assert right[5, 100] > 0.95
