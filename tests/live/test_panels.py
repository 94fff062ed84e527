"""The charts of the bench draw what came last, whatever its size."""

import re

import pytest

PANEL = """const { PANELS } = await import("./panels.js")
  document.body.innerHTML = "<p><i class=plain></i></p><svg></svg>"
  const svg = document.querySelector("svg")
"""


def test_digits_do_not_come_over_the_points_that_were_chosen_after_them(engine):
    body = """const network = new Network({ depth: 1 })
      network.forward()
      for (const data of ["digits", "moons"]) {
        const { X, y, score } = network, options = { ...network.options, data }
        PANELS.at(-1).draw(svg, { X, y, score, options, finite: true, accuracy: 1 })
      }
      await new Promise(done => setTimeout(done, 50))
      return svg.ariaLabel"""
    assert engine(PANEL + body) == "64 of 64 points are on the right side."


@pytest.mark.parametrize(
    ("high", "words"),
    [
        (4e30, "up to 4.0\u202f×\u202f10³⁰"),
        (3e-9, "up to 3.0\u202f×\u202f10⁻⁹"),
        (3, "3"),
    ],
)
def test_activations_of_any_size_have_an_axis_that_people_read(engine, high, words):
    body = """const one = { low: 0, high: given, histogram: Uint32Array.of(1, 1) }
      const options = { activation: "ReLU" }
      PANELS[3].draw(svg, { layers: [one, one], options, finite: true })
      return [...svg.querySelectorAll("text")].map(it => it.textContent)"""
    texts = engine(PANEL + body, high)
    assert words in texts
    assert not [it for it in texts if re.search(r"\de", it)]
