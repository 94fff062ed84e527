"""The copied script runs alone and prints the numbers that are on the screen."""

import contextlib
import io

import numpy as np
import pytest

from . import reference
from .settings import settings

BOTH = """const [options, steps, changes] = given, network = new Network(options)
  for (let i = 0; i <= steps; i++) {
    for (const { step, ...change } of changes) {
      if (step == i) Object.assign(network.options, change)
    }
    if (i < steps) train(network)
  }
  network.forward()
  network.backward()
  return [script(options, steps, changes), printed(network)]"""
OPTIMIZERS = "SGD", "momentum", "Adam"


def output(text):
    """What a script prints when it runs alone."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, "copied.py", "exec"), {"__name__": "__main__"})
    return printed.getvalue()


def assert_same(engine, options, steps=0, changes=(), lines=70):
    text, shown = engine(BOTH, [options, steps, list(changes)])
    assert output(text) == shown, options
    assert len(text.splitlines()) <= lines, options
    assert max(map(len, text.splitlines())) <= 88, options
    return text


@pytest.mark.parametrize("activation", reference.PHI)
def test_script_prints_what_the_screen_shows(engine, activation):
    for i, options in enumerate(settings(8, activation=activation)):
        # Where rounding grows with every step, only the start can be the same.
        steps = 0 if options["norm"] == "batch" or options["depth"] > 20 else 2 * i
        options = {**options, "optimizer": OPTIMIZERS[i % 3], "rate": 0.01}
        assert_same(engine, options, steps)


@pytest.mark.parametrize("activation", reference.PHI)
def test_script_rounds_to_32_bits_where_the_screen_does(engine, activation):
    for norm, optimizer in ("none", "SGD"), ("layer", "momentum"), ("none", "Adam"):
        options = {"precision": "float32", "norm": norm, "optimizer": optimizer}
        options |= {"activation": activation, "skip": "scaled", "depth": 6}
        assert_same(engine, options, 5)


@pytest.mark.parametrize("points", [32, 64])
def test_script_brings_the_digits_along(engine, points):
    packed = engine("""await load({ data: "digits" })
      return (await import("./digits.js")).PACKED""")
    options = {"data": "digits", "points": points, "activation": "ReLU", "depth": 3}
    text, shown = engine(
        BOTH.replace("steps, changes)", "steps, changes, given[3])"),
        [
            {**options, "shift": 1},
            5,
            [],
            packed,
        ],
    )
    assert output(text) == shown
    assert shown.startswith("loss 0.")
    assert len(text.splitlines()) <= 90  # of which the digits take twenty
    assert max(map(len, text.splitlines())) <= 88


def test_changes_made_while_it_trains_are_in_the_script(engine):
    options = {"depth": 3, "width": 16, "activation": "ReLU", "rate": 1}
    changes = [
        {"step": 0, "rate": 2},
        {"step": 5, "rate": 0.1, "activation": "tanh"},
        {"step": 9, "optimizer": "momentum"},
        {"step": 9, "rate": 0.03},
        {"step": 12, "optimizer": "Adam"},
        {"step": 14, "rate": 0.001},
        {"step": 20, "activation": "GELU"},
    ]
    for steps in 3, 9, 17, 20:
        made = [it for it in changes if it["step"] <= steps]
        assert_same(engine, options, steps, made, lines=90)
    text = assert_same(engine, options, 3, [{"step": 0, "rate": 2}])
    assert "RATE, STEPS = 2, 3\n" in text  # nobody trained with the rate before
    text = assert_same(engine, options, 8, [{"step": 5, "rate": 0.01}])
    assert "(5, 1, " in text
    assert "(3, 0.01, " in text


def test_overflow_is_printed_in_both(engine):
    options = {"depth": 50, "skip": "plain", "activation": "ReLU", "rate": 10}
    with np.errstate(all="ignore"):
        text, shown = engine(BOTH, [options, 60, []])
        assert output(text) == shown
    assert shown.startswith("overflow")
    assert len(shown.splitlines()) == 2


def test_overflow_that_hides_in_a_plausible_loss_is_printed_in_both(engine):
    options = {"depth": 50, "skip": "plain", "activation": "ReLU", "rate": 0.03}
    with np.errstate(all="ignore"):
        text, shown = engine(BOTH, [{**options, "scale": 2**0.5}, 2, []])
        assert output(text) == shown
    assert shown.startswith("overflow")


def test_lines_are_few_and_short_whatever_is_chosen(engine):
    body = """const texts = []
      for (const norm of ["none", "batch"]) for (const skip of ["none", "scaled"])
        for (const activation in ACTIVATIONS) for (const optimizer of given)
          for (const precision of ["float64", "float32"])
            for (const data of ["moons", "rings", "spiral"])
              texts.push(script({ norm, skip, activation, optimizer, precision, data,
                orthogonal: true, shift: -0.123, bias: -0.123, scale: 10.153,
                noise: 0.123, seed: 2 ** 32 - 1, rate: 0.00123 }, 9999))
      return texts"""
    texts = engine(body, OPTIMIZERS)
    assert len(texts) > 500
    assert max(len(text.splitlines()) for text in texts) <= 70
    assert max(len(line) for text in texts for line in text.splitlines()) <= 88
    for text in texts[::7]:
        compile(text, "copied.py", "exec")
