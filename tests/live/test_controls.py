"""What the bench offers and how it is called: labels, values and addresses agree."""

import numpy as np
import pytest

ROOMS = """const controls = await import("./controls.js")
  const { toAddress, fromAddress, said, growing } = controls
  const { TABLE } = await import("./table.js")
"""


def test_every_value_of_every_control_finds_its_way_through_the_address(engine):
    lost = engine(
        ROOMS
        + """return TABLE.flatMap(({ name, values }) => values.map(value => {
      const hash = toAddress(TABLE, { ...DEFAULTS, [name]: value }, DEFAULTS)
      const { state, wrong } = fromAddress(TABLE, "#" + hash, DEFAULTS)
      return wrong.length || state[name] !== value ? hash : ""
    })).filter(Boolean)"""
    )
    assert lost == []


def test_the_start_has_a_place_on_every_control(engine):
    missing = engine(
        ROOMS
        + "return TABLE.filter(it => !it.values.includes(DEFAULTS[it.name])).length"
    )
    assert missing == 0


def test_every_option_of_the_network_has_a_control(engine):
    names = "return [Object.keys(DEFAULTS), TABLE.map(it => it.name)]"
    options, controls = engine(ROOMS + names)
    assert sorted(options) == sorted(controls)


@pytest.mark.parametrize(
    ("hash", "wrong"),
    [
        ("", []),
        ("#depth=30&scale=He", []),
        ("#depth=51", ["depth = 51"]),
        ("#depth=30&depht=3&rate=<b>", ["depht = 3", "rate = <b>"]),
        ("#__proto__=1&constructor=x", ["__proto__ = 1", "constructor = x"]),
        ("#%E0%A4%A", ["%E0%A4%A = "]),
    ],
)
def test_nonsense_in_an_address_is_named_and_the_rest_is_kept(engine, hash, wrong):
    found = engine(
        f"{ROOMS} return fromAddress(TABLE, given, DEFAULTS)",
        hash,
    )
    assert len(found["wrong"]) == len(wrong)
    if "%" not in hash:
        assert found["wrong"] == wrong
    assert found["state"]["depth"] == (30 if "depth=30" in hash else 20)


def test_sliders_that_grow_do_so_by_one_factor_but_for_named_values(engine):
    values = engine(f"{ROOMS} return growing(0.25, 16, {{ also: [Math.SQRT2] }})")
    assert values[0] == 0.25
    assert values[-1] == 16
    assert 2**0.5 in values
    np.testing.assert_allclose(np.divide(values[1:], values[:-1]), 2**0.25, 6e-3)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"), (0.2331, "0.233"), (1.7412e-13, "1.7\u202f×\u202f10⁻¹³"),
        (270194.6, "2.7\u202f×\u202f10⁵"), (-2.5, "-2.5"), (1234, "1230"),
    ],
)  # fmt: skip
def test_numbers_are_short_and_powers_of_ten_are_set(engine, value, words):
    short = 'const { short } = await import("./numbers.js")\nreturn short(given)'
    assert engine(short, value) == words


def test_what_is_no_number_is_called_so(engine):
    said = """const { short, percent } = await import("./numbers.js")
      return [short(NaN), short(1 / 0), percent(0.001), percent(0.999), percent(0),
        percent(NaN), percent(-1 / 0)]"""
    words = ["not a number", "infinite", "under 1%", "over 99%", "0%"]
    assert engine(said) == [*words, "unknown", "unknown"]
