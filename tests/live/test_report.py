"""Paste your numbers: printed reports are read back, with the monitor's verdict."""

import runpy

import numpy as np
import pytest

from common import ROOT

MONITOR = ROOT / "snippets/practice/recipes/monitor_numpy.py"
READ = """async text => {
  const { findings, read } = await import("./verdict.js")
  const report = read(text)
  return [report, findings(report).map(it => it.what)]
}"""


@pytest.fixture(scope="module")
def monitor():
    """The names of the NumPy monitor."""
    return runpy.run_path(str(MONITOR))


def rounded(value):
    """A number as it is printed, so that no rule hangs on its fourth digit."""
    return float(f"{value:.3g}")


def a_report(monitor, rng):
    """A report of random numbers, ill or not, and what its rules say of it."""
    depth = rng.integers(2, 12)
    slope, apart, step = rng.normal(0, 0.6), rng.normal(0, 0.4), rng.normal(-2.5, 1.2)
    layers = [
        {
            "layer": f"block.{n}",
            "delta": rounded(10 ** (slope * (depth - n))),
            "factor": None if n == depth - 1 else rounded(10**slope),
            "gradient": rounded(10 ** (slope * (depth - n))),
            "update": rounded(10 ** (step + rng.normal(0, 0.2))),
            "size": rounded(rng.uniform(0.1, 3)),
            "distance": rounded(10 ** (apart * n)),
            "angle": rounded(rng.uniform(0, 90)),
        }
        for n in range(depth)
    ]
    units = []
    for n in range(depth):
        place = rng.choice([f"block.{n}", f"outside (16, {n})"], p=[0.8, 0.2])
        kind = rng.choice(["relu", "tanh", "sigmoid", "gelu", "relu6"])
        dead = rng.choice([0, rng.uniform(), 1], p=[0.6, 0.3, 0.1])
        saturated = max(dead, rng.uniform())
        shares = {"saturated": rounded(saturated), "dead": rounded(dead)}
        lag = rng.choice([0, 0.3, -0.3], p=[0.9, 0.05, 0.05])
        shift = {k: np.clip(v - lag, 0, 1) for k, v in shares.items()}
        later = {f"{k}, eval": rounded(v) for k, v in shift.items()}
        name = {"activation": f"{place}.{kind}", "units": 16}
        units.append({**name, **shares, "inputs": int(rng.choice([4, 64])), **later})
    made = monitor["Report"](
        coverage={"not registered": "", "not in the optimizer": "", "no gradient": ""},
        layers=layers,
        units=units,
        losses={"training": 1.0, "evaluation": 1.0},
        findings=[],
    )
    facts = {
        "value": 1.0,
        "gradients": {it["layer"]: it["gradient"] for it in layers},
        "parameters": depth,
        "largest": {it["activation"]: -1.0 for it in units},
    }
    made.findings = list(monitor["_findings"](made, facts))
    return made


def test_any_printed_report_gets_the_same_verdict_from_the_page(monitor, tab):
    rng, found = np.random.default_rng(0), set()
    for _ in range(200):
        report = a_report(monitor, rng)
        said = [it.what for it in report.findings]
        assert tab.evaluate(READ, str(report))[1] == said, str(report)
        found |= {it.rpartition(" is ")[2] for it in said}
    assert len(found) >= 8  # each rule has spoken


def test_tables_are_read_number_for_number(monitor, tab):
    report = a_report(monitor, np.random.default_rng(1))
    read = tab.evaluate(READ, str(report))[0]
    assert read == {"layers": report.layers, "units": report.units}


def test_a_report_that_is_not_finite_is_said_to_be(monitor, tab):
    report = a_report(monitor, np.random.default_rng(2))
    for row in report.layers:
        row |= {"delta": float("nan"), "size": float("inf")}
    assert "not a finite number" in tab.evaluate(READ, str(report))[1][0]


def test_what_is_no_report_is_read_as_none(tab):
    for text in "", "hello", "layer  delta", "layer  delta\nfc1  1  2  3":
        assert tab.evaluate(READ, text) == [{"layers": [], "units": []}, []]


def test_a_table_may_be_indented_and_without_the_later_columns(monitor, tab):
    report = a_report(monitor, np.random.default_rng(1))
    text = "".join(f"    {line}\n" for line in str(report).splitlines())
    assert tab.evaluate(READ, text)[0]["layers"] == report.layers
    assert tab.evaluate(READ, "layer  delta\nfc1  0.1\nfc2  0.2")[1] == []
