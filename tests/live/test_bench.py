"""The lab bench in a browser: by keys, by thumb, on paper, without JavaScript."""

import contextlib
import io
import itertools
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

BENCH, PHONE, DESK = "bench/", 390, 1280
CLIPBOARD = ["clipboard-read", "clipboard-write"]
# Fields, their labels and what assistive technology is told of them.
FIELDS = """() => [...document.querySelectorAll(".bench .control")].map(it => {
  const field = it.querySelector("input, select"), slider = field.matches("input")
  const output = it.querySelector("output"), [option] = field.selectedOptions ?? []
  const label = slider ? output.value : option.text
  return { name: field.name, slider, label, told: field.ariaValueText }})"""
DRAG = """slider => { // five places in one go, as a finger does
  const tell = kind => slider.dispatchEvent(new Event(kind, { bubbles: true }))
  for (let i = 0; i < 5; i++) {
    slider.stepUp()
    tell("input")
  }
  tell("change")}"""
SOON = "() => new Promise(done => setTimeout(done, 200))"
STATE = """async () => {
  const { TABLE } = await import("../assets/live/table.js")
  const { said, fromAddress } = await import("../assets/live/controls.js")
  const { DEFAULTS } = await import("../assets/live/network.js")
  const words = new URLSearchParams(location.hash.slice(1))
  words.delete("steps")
  const { state } = fromAddress(TABLE, String(words), DEFAULTS)
  return Object.fromEntries(TABLE.map(it => [it.name, said(it, state[it.name])]))}"""
COUNT = """selector => { // changes of what an element says
  window.said = []
  const watched = document.querySelector(selector)
  new MutationObserver(() => window.said.push(watched.textContent))
    .observe(watched, { childList: true, characterData: true, subtree: true })}"""
SMALL_TARGETS = """() => {
  const targets = ".bench :is(button, select, input, summary)"
  return [...document.querySelectorAll(targets)].filter(it => it.checkVisibility())
    .map(it => [it.textContent.slice(0, 30) || it.name, it.getBoundingClientRect()])
    .filter(([, box]) => box.height < 44 || box.width < 44)
    .map(([name, { width, height }]) => `${name} ${width} x ${height}`)}"""
TEXTS = """() => [...document.querySelectorAll(".bench svg")]
  .filter(it => it.checkVisibility()).map(svg => {
    const frame = svg.getBoundingClientRect(), box = it => it.getBoundingClientRect()
    const scale = frame.width / svg.viewBox.baseVal.width
    const size = it => parseFloat(getComputedStyle(it).fontSize) * scale
    return [...svg.querySelectorAll("text")].map(it => ({ text: it.textContent,
      size: size(it), box: box(it).toJSON(), frame: frame.toJSON() }))})"""


@pytest.fixture
def bench(visit: Callable[..., Page]) -> Callable[..., Page]:
    """Open the bench, and wait until it has told what it shows."""

    def open_bench(hash: str = "", width: int = DESK, **options: object) -> Page:
        calm = {"reduced_motion": "reduce"}  # the end of training at once: quicker
        tab = visit(BENCH + hash, width, **calm | options)
        settled(tab)
        return tab

    return open_bench


def settled(tab: Page) -> None:
    """Nothing moves any more: what is seen was announced."""
    expect(tab.locator(".announced")).not_to_be_empty()
    same = """() => { const text = it => document.querySelector(it).textContent
      return text(".announced") == `${text(".headline")} ${text(".more")}`
        && !/Pause/.test(text("[data-do=train]")) }"""
    tab.wait_for_function(same, timeout=60_000)


def do(tab: Page, name: str) -> None:
    """Press a button, and wait until nothing moves any more."""
    tab.evaluate("document.querySelector('.announced').textContent = ''")
    tab.locator(".bench").get_by_role("button", name=name, exact=True).click()
    settled(tab)


def field(tab: Page, name: str) -> Locator:
    """The slider or menu of an option."""
    return tab.locator(f".bench [name={name}]")


def assert_labels_agree(tab: Page) -> None:
    """Label, what is told of the field, and the state in the address."""
    state = tab.evaluate(STATE)
    for it in tab.evaluate(FIELDS):
        assert it["label"] == state[it["name"]], it
        assert not it["slider"] or it["told"] == it["label"], it


def assert_readable(tab: Page) -> None:
    """Text in charts is large enough, whole, and touches no other."""
    for texts in tab.evaluate(TEXTS):
        assert not [it["text"] for it in texts if it["size"] < 11]
        for it in texts:
            assert it["box"]["left"] > it["frame"]["left"] - 1, it["text"]
            assert it["box"]["right"] < it["frame"]["right"] + 1, it["text"]
        for one, other in itertools.combinations(texts, 2):
            assert not overlap(one["box"], other["box"]), (one["text"], other["text"])


def overlap(one: dict, other: dict) -> bool:
    """Whether two boxes share more than a pixel in both directions."""
    across = min(one["right"], other["right"]) - max(one["left"], other["left"])
    down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
    return min(across, down) > 1


# ---- By keys -----------------------------------------------------------------------
def test_keys_alone_reach_every_control_in_the_order_in_which_they_stand(bench):
    tab = bench()
    tab.locator(".bench summary").first.press("Enter")  # more settings
    wanted = tab.evaluate(
        """() => [...document.querySelectorAll(".bench *")]
        .filter(it => it.tabIndex >= 0 && it.checkVisibility())
        .map((it, i) => (it.dataset.stop = i))"""
    )
    tab.locator(".presets button").first.focus()
    reached = []
    for _ in wanted:
        reached.append(tab.evaluate("Number(document.activeElement.dataset.stop)"))
        tab.keyboard.press("Tab")
    assert reached == wanted
    assert not tab.evaluate("!!document.activeElement.closest('.bench')")


def test_keys_alone_move_everything_and_labels_and_address_follow(bench):
    tab = bench()
    tab.locator(".bench summary").first.press("Enter")
    fields = tab.evaluate(FIELDS)
    assert len(fields) >= 14
    for it in fields:
        place = field(tab, it["name"])
        place.focus()
        moved = [it["label"]]
        # At an end, one of the two directions leads nowhere.
        for key in ("ArrowRight", "ArrowLeft", "ArrowLeft"):
            tab.keyboard.press(key)
            now = next(n for n in tab.evaluate(FIELDS) if n["name"] == it["name"])
            moved.append(now["label"])
        assert len(set(moved)) >= 2, it
    settled(tab)
    tab.wait_for_timeout(800)  # until the last change is in the address
    assert_labels_agree(tab)


@pytest.mark.parametrize("key", ["Home", "End"])
def test_at_its_ends_a_slider_says_what_the_network_has(bench, key):
    tab = bench()
    for name in ("scale", "depth", "rate"):
        field(tab, name).press(key)
    tab.wait_for_function("() => /scale=.*depth=.*rate=/.test(location.hash)")
    assert_labels_agree(tab)
    depth = 1 if key == "Home" else 50
    tab.locator(".bench [data-part] > summary").press("Enter")
    expect(tab.locator(".bench tbody tr")).to_have_count(depth)


# ---- What is seen, and said --------------------------------------------------------
def test_the_sentence_is_announced_once_a_change(bench):
    tab = bench()
    tab.evaluate(COUNT, ".announced")
    field(tab, "depth").evaluate(DRAG)
    tab.wait_for_function("() => location.hash == '#depth=25'")
    tab.wait_for_timeout(300)
    assert len(tab.evaluate("window.said")) == 1
    assert "layer 25" in tab.evaluate("window.said[0]")
    do(tab, "Train to step 100")
    said = [it for it in tab.evaluate("window.said")[1:] if it]
    assert len(said) == 1
    assert "After 100 steps" in said[0]


def test_every_preset_asks_a_question_and_says_what_is_seen(bench):
    tab = bench()
    verdicts = []
    for button in tab.locator(".presets button").all():
        do(tab, button.inner_text())
        assert button.get_attribute("aria-pressed") == "true"
        expect(tab.locator(".presets [aria-pressed=true]")).to_have_count(1)
        assert tab.locator(".ask span").inner_text().endswith("?")
        verdicts.append(tab.locator(".headline").inner_text().partition(":")[0])
        assert_readable(tab)
    sizes = ["vanishes", "vanishes", "keeps its size", "grows", "explodes"]
    sizes += ["vanishes", "explodes", "keeps its size"]
    assert [it.removeprefix("The error signal ") for it in verdicts[:8]] == sizes
    assert verdicts[8:] == ["No neuron is dead.", "33 of 64 neurons are dead"]


def test_the_answer_of_a_preset_opens_below_its_question_and_goes_with_it(bench):
    tab = bench()
    do(tab, "Rate too high")
    button, answer = tab.locator("[data-do=answer]"), tab.locator(".answer")
    expect(answer).to_be_hidden()
    button.press("Enter")
    expect(answer).to_contain_text("75% of the neurons die")
    expect(button).to_have_attribute("aria-expanded", "true")
    do(tab, "Train to step 100")
    expect(answer).to_be_visible()
    do(tab, "Dead at birth")
    expect(answer).to_be_hidden()
    expect(button).to_have_attribute("aria-expanded", "false")


def test_one_guesses_before_training_and_not_after_it(bench):
    tab = bench()
    expect(tab.locator(".ask")).to_contain_text("Guess first: how much")
    do(tab, "One step")
    expect(tab.locator(".ask")).to_contain_text("The question: how much")
    field(tab, "depth").press("ArrowRight")
    expect(tab.locator(".ask")).to_contain_text("Your own setting.")


def test_neurons_that_come_back_to_life_are_explained(bench):
    tab = bench()
    do(tab, "ReLU, He weights")
    expect(tab.locator(".more")).not_to_contain_text("active again")
    do(tab, "Train to step 100")
    woken = re.search(r"(\d+) that had died are", tab.locator(".more").inner_text())[1]
    assert int(woken) > 10
    do(tab, "Rate too high")  # in a first layer none can
    do(tab, "Train to step 100")
    expect(tab.locator(".facts")).to_contain_text("75%")
    expect(tab.locator(".more")).not_to_contain_text("active again")


def test_overflow_is_said_and_not_counted_as_dead(bench):
    tab = bench("#activation=ReLU&scale=He&depth=50&skip=plain&rate=30")
    do(tab, "Train to step 100")
    expect(tab.locator(".headline")).to_contain_text("overflowed within")
    expect(tab.locator(".more")).to_contain_text("no death")
    assert tab.locator(".facts dd").all_inner_texts()[1:] == ["overflow", "–", "–"]
    assert "NaN" not in tab.locator(".bench").inner_html()
    loss = tab.locator(".bench svg").nth(4)
    expect(loss).to_contain_text("× overflow")
    steps = int(tab.locator(".facts dd").first.inner_text())
    curve = loss.locator("path[stroke='var(--c2)']").get_attribute("d")
    assert curve.count("L") == steps - 1  # none for the step that has no loss


def test_digits_come_when_they_are_chosen(bench):
    tab, asked = bench("#activation=ReLU&scale=He&depth=3"), []
    tab.on("request", lambda it: asked.append(it.url))
    tab.locator(".bench summary").first.press("Enter")
    field(tab, "data").select_option(label="digits, 3 or 8")
    do(tab, "Train to step 100")
    assert [it for it in asked if it.endswith("/digits.js")]
    expect(tab.locator(".more")).to_contain_text("64 of 64 points are right")
    plane = tab.locator(".bench svg").last
    expect(plane).to_have_attribute("aria-label", re.compile("64 of 64 digits"))


def test_what_is_exactly_zero_is_said(bench):
    tab = bench("#precision=float32&depth=50&scale=0.5")
    expect(tab.locator(".headline")).to_contain_text("exactly 0")
    expect(tab.locator(".bench svg").first).to_contain_text("× exactly 0")


def test_the_curve_before_stays_in_gray(bench):
    tab = bench()
    gray = tab.locator(".bench svg").first.locator(
        "path[stroke='var(--soft)'][stroke-width='2']"
    )
    expect(gray).to_have_count(0)
    before = tab.locator(".bench svg").first.locator("path[stroke='var(--c0)']")
    line = before.get_attribute("d")
    field(tab, "rate").press("ArrowRight")  # changes nothing of it
    expect(gray).to_have_count(1)
    assert gray.get_attribute("d") == line


def test_training_goes_on_from_where_the_rate_was_changed(bench):
    tab = bench()
    do(tab, "ReLU, He weights")
    do(tab, "Train to step 100")
    loss = tab.locator(".facts dd").nth(1).inner_text()
    field(tab, "rate").press("ArrowLeft")
    expect(tab.locator(".facts dd").first).to_have_text("100")
    expect(tab.locator(".facts dd").nth(1)).to_have_text(loss)
    do(tab, "Restart")
    expect(tab.locator(".facts dd").first).to_have_text("0")
    assert_labels_agree(tab)


def test_a_copied_script_prints_the_numbers_on_the_screen(bench):
    tab = bench("#depth=3&activation=ReLU&scale=He", permissions=CLIPBOARD)
    do(tab, "Train to step 100")
    field(tab, "rate").press("ArrowRight")
    do(tab, "One step")
    copy = tab.locator("[data-do=copy]")
    copy.press("Enter")
    expect(copy).to_have_text("Copied")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(tab.evaluate("navigator.clipboard.readText()"), {"__name__": "__main__"})
    loss = tab.locator(".facts dd").nth(1).inner_text()
    assert f"{float(re.search('loss ([0-9.]+)', printed.getvalue())[1]):.3g}" == loss
    right = re.search(r"(\d+) of 64 points", tab.locator(".more").inner_text())[1]
    assert f"right {right} of 64" in printed.getvalue()


# ---- The address -------------------------------------------------------------------
def test_a_link_brings_back_settings_and_steps(bench):
    tab = bench()
    do(tab, "Dead at birth")
    do(tab, "Train to step 100")
    seen, hash = tab.locator(".more").inner_text(), tab.evaluate("location.hash")
    assert hash.endswith("&steps=100")
    tab.reload()
    settled(tab)
    expect(tab.locator(".more")).to_have_text(seen)
    expect(tab.locator(".facts dd").first).to_have_text("100")
    assert tab.evaluate("location.hash") == hash


def test_nonsense_in_the_address_falls_back_with_a_message(bench):
    tab = bench("#depth=1000000&activation=magic&rate=3&steps=-1&hello&rate=5")
    warning = tab.get_by_role("alert").filter(has_text="The address asks for")
    for word in (
        "depth = 1000000",
        "activation = magic",
        "steps = -1",
        "hello",
        "rate = 5",
    ):
        expect(warning).to_contain_text(word)
    expect(field(tab, "depth")).to_have_value("19")  # twenty layers
    assert tab.evaluate("location.hash") == "#rate=3"


def test_an_address_typed_while_the_bench_is_open_is_followed(bench):
    tab = bench("#depth=7")
    tab.evaluate("location.hash = 'depth=9'")
    expect(tab.locator(".headline")).to_contain_text("layer 9")


def test_the_way_back_undoes_the_choice_of_a_preset_and_not_each_move(bench):
    tab = bench()
    tab.wait_for_load_state("networkidle")
    do(tab, "Dead at birth")
    do(tab, "Train to step 100")
    do(tab, "ReLU, He weights")
    for _ in range(3):
        field(tab, "depth").press("ArrowLeft")
    tab.wait_for_function("() => location.hash.endsWith('depth=17')")
    tab.go_back()
    expect(tab.locator(".presets [aria-pressed=true]")).to_have_text("Dead at birth")
    expect(tab.locator(".facts dd").first).to_have_text("100")
    tab.go_back()
    expect(tab.locator(".headline")).to_contain_text("layer 20")
    assert tab.evaluate("location.hash") == ""


def test_the_address_keeps_up_with_training(bench):
    tab = bench("#depth=50&width=64&norm=batch")
    tab.locator("[data-do=train]").click()
    tab.wait_for_function("() => /steps=[1-9]/.test(location.hash)")
    assert tab.locator("[data-do=train]").inner_text() == "Pause"


# ---- By thumb, calm, on paper, without JavaScript ----------------------------------
def test_on_a_phone_targets_are_large_text_too_and_nothing_scrolls_sideways(bench):
    tab = bench("#activation=ReLU&scale=He", PHONE, has_touch=True)
    for summary in tab.locator(".bench summary").all():
        summary.click()
    assert tab.evaluate(SMALL_TARGETS) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for width in (PHONE, 768, DESK):
        tab.set_viewport_size({"width": width, "height": 800})
        assert_readable(tab)


def test_on_a_phone_a_preset_brings_what_is_seen_into_view(bench):
    tab = bench("", PHONE)
    do(tab, "50 layers, scaled skip")
    expect(tab.locator(".headline")).to_be_in_viewport()
    expect(tab.locator(".bench svg").first).to_be_in_viewport(ratio=0.5)


@pytest.mark.parametrize(("motion", "most"), [("no-preference", 300), ("reduce", 3)])
def test_who_wants_less_motion_sees_the_end_of_training_only(bench, motion, most):
    tab = bench("#activation=ReLU&scale=He", reduced_motion=motion)
    tab.evaluate(COUNT, ".facts")
    do(tab, "Train to step 100")
    seen = [it for it in tab.evaluate("window.said") if it]
    assert len(seen) <= most
    assert motion == "reduce" or len({*seen}) > 5


def test_without_javascript_the_tables_the_figures_and_the_answers_are_there(visit):
    tab = visit(BENCH, PHONE, java_script_enabled=False)
    expect(tab.locator(".fallback")).to_be_visible()
    expect(tab.locator("article table")).to_have_count(2)
    expect(tab.locator("article figure.plot svg")).to_have_count(2)
    answers = tab.locator("details.preset")
    expect(answers).to_have_count(10)
    answers.first.locator("summary").click()
    expect(answers.first).to_contain_text("1.74\u202f×\u202f10⁻¹³")
    expect(tab.locator(".bench")).to_have_count(0)


def test_paper_has_the_charts_and_the_sentence_and_no_controls(bench):
    tab = bench()
    tab.emulate_media(media="print")
    controls = tab.locator(".bench :is(button, select, input)")
    assert not [it for it in controls.all() if it.is_visible()]
    assert tab.locator(".headline").is_visible()
    assert [it.is_visible() for it in tab.locator(".bench svg").all()] == [True] * 6


# ---- Coming and going --------------------------------------------------------------
def workers(tab: Page, number: int) -> bool:
    """Whether so many are left, as soon as the browser has ended the others."""
    for _ in range(100):
        if len(tab.workers) == number:
            return True
        tab.wait_for_timeout(100)
    return False


def test_a_page_without_a_live_figure_loads_none_of_it(visit, site):
    pages = {it: it.read_text("utf-8") for it in sorted(site.rglob("index.html"))}
    live = {it for it, text in pages.items() if re.search("<[^>]* data-live=", text)}
    assert site / BENCH / "index.html" in live
    others = (it.parent for it in pages if it not in live and "live.js" in pages[it])
    still = next(others).relative_to(site).as_posix()
    tab, asked = visit(f"{still}/"), []
    tab.on("request", lambda it: asked.append(it.url))
    tab.reload()
    tab.wait_for_load_state("networkidle")
    assert [url for url in asked if url.endswith("/assets/live.js")]
    assert not [url for url in asked if re.search(r"/live(/|\.css)", url)]


def test_who_leaves_and_comes_back_leaves_no_worker_and_no_listener_behind(bench):
    tab = bench()
    tab.wait_for_load_state("networkidle")  # the theme has to know the pages first
    tab.evaluate("window.mark = 1")
    assert len(tab.workers) == 1
    for leave in (True, False, True):
        if leave:
            tab.locator(".md-header .md-logo").first.click()
            expect(tab.locator("h1")).not_to_have_text("Lab bench")
        else:
            tab.go_back()
            expect(tab.locator(".announced")).not_to_be_empty()
        assert workers(tab, 0 if leave else 1)
    tab.go_back()
    expect(tab.locator(".announced")).not_to_be_empty()
    tab.go_forward()
    expect(tab.locator("h1")).not_to_have_text("Lab bench")
    assert workers(tab, 0)
    tab.evaluate("location.hash = 'depth=3'")  # nobody listens
    tab.evaluate(SOON)
    assert workers(tab, 0)
    assert tab.evaluate("window.mark") == 1, "a full reload"
