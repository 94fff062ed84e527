"""The bench beside a slow worker: whatever is done before its reports arrive holds."""

from collections.abc import Callable

import pytest

# Mounts the bench with reports that come late, does something, and leaves it.
LATE = """const Quick = window.Worker, from = location.href
  window.Worker = class extends Quick {
    set onmessage(hear) { super.onmessage = event => setTimeout(hear, DELAY, event) }
  }
  const pause = ms => new Promise(done => setTimeout(done, ms))
  const until = async test => {
    for (let i = 0; !test(); i++) {
      if (i > 2000) throw Error(`never: ${test}`)
      await pause(5)
    }
  }
  document.body.innerHTML = "<div></div><p id='below'></p>"
  history.replaceState(null, "", `#${given}`)
  const { mount } = await import("./bench.js"), bench = mount(document.body.firstChild)
  const find = selector => document.querySelector(selector)
  const text = selector => find(selector).textContent
  const press = name => find(`[data-do=${name}]`).click()
  const set = (name, place, event = "change") => {
    const field = find(`[name=${name}]`)
    field[field.matches("select") ? "selectedIndex" : "value"] = place
    field.dispatchEvent(new Event(event, { bubbles: true }))
  }
  let taken
  navigator.clipboard.writeText = async it => { taken = it }
  const copied = async () => {
    press("copy")
    await until(() => taken)
    return taken
  }
  const built = () => until(() => steps())
  const steps = () => find(".live").dataset.steps
  const told = () => until(() => text(".announced"))
  try {
    BODY
  } finally {
    bench.stop()
    history.replaceState(null, "", from)
    window.Worker = Quick
    document.body.innerHTML = ""
  }"""
SMALL = "depth=2&width=8&activation=ReLU"


@pytest.fixture
def late(engine: Callable[..., object]) -> Callable[..., object]:
    """Run JavaScript beside the bench."""

    def run(body: str, hash: str = SMALL, delay: int = 60) -> object:
        text = LATE.replace("BODY", body).replace("DELAY", str(delay))
        return engine(text, hash)

    return run


def test_training_goes_on_although_the_rate_changes_on_the_way(late):
    late("""await built()
    press("train")
    await until(() => steps() > 0)
    await pause(20)
    set("rate", 5) // the answer comes after the next request to run
    await until(() => steps() > 2)""")


def test_a_change_right_after_a_restart_makes_a_network_with_it(late):
    script, hash = late("""await built()
    press("step")
    await until(() => steps() == 1)
    press("restart")
    set("rate", 5)
    await told()
    return [await copied(), location.hash]""")
    assert "rate=0.02" in hash
    assert "STEPS" not in script


def test_who_asks_for_training_before_the_network_is_there_gets_it(late):
    late("""press("train")
    await until(() => steps() > 1)""")


def test_a_script_asked_for_before_the_network_is_there_is_said_not_to_be_copied(late):
    assert late("""press("copy")
    await until(() => text("[data-do=copy]") == "Not copied")
    return true""")


def test_neurons_are_not_woken_by_another_activation(late):
    more = late(
        """await built()
    press("train")
    await until(() => steps() > 1)
    await pause(70)
    set("activation", 1) // while a report of many dead is on its way
    press("train")
    await told()
    return text(".more")""",
        "depth=1&width=64&activation=ReLU&bias=-2",
    )
    assert "active again" not in more


def test_what_is_announced_is_what_was_reported_last_however_late(late):
    late(
        """await told()
    press("step")
    await until(() => text(".announced").includes("After 1 step"))""",
        "depth=1",
        300,
    )


@pytest.mark.weekly
def test_a_slider_brought_back_to_where_it_was_leaves_no_draft_behind(late):
    drag = """await built()
    set("depth", 11, "input")
    set("depth", 12, "input") // as it was: browsers tell no change
    await told()
    await until(() => !location.hash.includes("points"))
    const label = find("svg[aria-label*=' points ']").ariaLabel
    set("depth", 11, "input")
    press("step") // before it is settled
    await until(() => text(".announced").includes("After 1 step"))
    return [label, text(".announced")]"""
    for words in late(drag, "depth=13&width=64", 110):  # so slow that a draft has fewer
        assert "of 64 points" in words


def test_a_control_moved_is_in_the_address_that_led_to_a_place_of_the_page(late):
    assert late(
        """await told()
    set("depth", 4)
    await until(() => location.hash == "#depth=5")
    return true""",
        "below",
    )


def test_the_address_of_the_page_that_comes_next_is_left_alone(late):
    warned, hash = late("""await told()
    history.pushState(null, "", "next#part")
    dispatchEvent(new HashChangeEvent("hashchange"))
    set("depth", 4)
    await until(() => text(".announced").includes("layer 5"))
    return [!find(".warning").hidden, location.hash]""")
    assert not warned
    assert hash == "#part"
