"""The presets of the bench show the numbers that a snippet has printed on its page."""

import re
from pathlib import Path

import numpy as np
import pytest

import pages
from common import DOCS

# Rows per layer before training, and loss, share right, share dead after `steps` more.
NUMBERS = """const { PRESETS } = await import("./presets.js"), found = {}
  for (const [name, options] of PRESETS) {
    const network = new Network(options), seen = []
    for (const steps of [0, given[name] ?? 0]) {
      for (let i = 0; i < steps; i++) train(network)
      const loss = network.forward()
      network.backward()
      const { layers, accuracy, finite } = measure(network)
      const dead = layers.reduce((sum, it) => sum + it.dead, 0) / layers.length
      const last = layers.at(-1), [first] = layers
      seen.push({ loss, accuracy, dead, finite, delta: first.delta / last.delta,
        dW: first.dW / last.dW })
    }
    found[name] = seen
  }
  return found"""
CHAOTIC = {"Batch norm explodes": 100, "50 layers, plain skip": 1}
SCALED = {"50 layers, scaled skip": 100}


@pytest.fixture(scope="module")
def shown(engine, run):
    trained = dict.fromkeys(run("presets_trained").results, 100)
    return engine(NUMBERS, {**trained, **CHAOTIC, **SCALED})


def test_presets_are_those_of_the_snippets(shown, run):
    both = run("presets").results | run("presets_trained").results
    assert set(shown) == set(both)


def test_before_training_the_bench_shows_the_numbers_of_the_table(shown, run):
    for name, expected in run("presets").results.items():
        start = shown[name][0]
        seen = [start[it] for it in ("loss", "delta", "dW", "dead")]
        np.testing.assert_allclose(seen, expected, 1e-7, err_msg=name)


def test_after_training_the_bench_shows_the_numbers_of_the_table(shown, run):
    for name, (loss, right, dead) in run("presets_trained").results.items():
        for at, seen in zip((0, -1), shown[name], strict=True):
            expected = loss[at], right[at], dead[at]
            numbers = seen["loss"], seen["accuracy"], seen["dead"]
            np.testing.assert_allclose(numbers, expected, 1e-5, err_msg=name)


def test_what_the_page_says_of_presets_that_no_table_has_after_training(shown):
    assert shown["Batch norm explodes"][1]["accuracy"] > 0.95  # soon all points
    assert not shown["50 layers, plain skip"][1]["finite"]  # one step ends it
    assert shown["50 layers, scaled skip"][1]["accuracy"] > 0.85
    assert shown["50 layers, scaled skip"][1]["dead"] < 0.1


def test_the_page_has_an_answer_for_each_preset_in_their_order(shown):
    text = pages.read(Path(DOCS / "bench.md")).text
    assert re.findall(r'^\?\?\? question preset "(.*?): ', text, re.M) == [*shown]
