"""The worker: the newest build wins, weights stay, nothing goes wrong in silence."""

import numpy as np
import pytest

from . import reference

# Sends messages one after the other; a text waits for a report of which it is true.
TALK = """const worker = new Worker("./worker.js", { type: "module" }), heard = []
  let met
  worker.onmessage = ({ data }) => {
    heard.push(data)
    met?.(data)
  }
  worker.onerror = event => heard.push({ error: event.message })
  for (const message of given) {
    if (message.trim) {
      const is = new Function("it", `return ${message}`)
      await new Promise((done, fail) => {
        met = it => is(it) && done()
        setTimeout(fail, 60_000, Error(`never: ${message}`))
      })
    } else worker.postMessage(message)
  }
  worker.terminate()
  return heard"""
SMALL = {"depth": 2, "width": 8, "activation": "tanh"}
ENDLESS, TILL = {"run": 10**9}, "it.steps == 312"


@pytest.fixture
def talk(engine):
    return lambda *messages: engine(TALK, list(messages))


def test_of_builds_that_wait_only_the_newest_is_answered(talk):
    builds = [{"id": i, "build": {**SMALL, "seed": i}} for i in range(20)]
    *early, last = talk(*builds, {"id": 99, "step": 1}, "it.id == 99 && it.steps")
    assert last["options"]["seed"] == 19
    assert len(early) <= 2  # all of them, if the worker started in between


def test_a_network_is_reported_before_what_is_done_to_it(talk):
    heard = talk({"id": 1, "build": SMALL}, {"id": 2, "step": 1}, "it.id == 2")
    assert [(it["id"], it["steps"]) for it in heard] == [(1, 0), (2, 1)]


def test_messages_that_come_while_data_loads_keep_their_order(talk):
    builds = [
        {"id": i, "build": {**SMALL, "data": "digits", "seed": i}} for i in (1, 2)
    ]
    *_, last = talk(*builds, {"step": 1}, "it.id == 2 && it.steps")
    assert last["options"]["seed"] == 2


def test_report_says_all_there_is_to_draw(talk):
    (report,) = talk({"id": 7, "build": SMALL}, "it.id == 7")
    X, y, params = reference.draw(**SMALL)
    seen = reference.backpropagate(params, X, y, **SMALL)
    assert report["loss"] == pytest.approx(seen.loss, rel=1e-12)
    norms = [row["delta"] for row in report["layers"]]
    np.testing.assert_allclose(norms, [*map(np.linalg.norm, seen.delta)], 1e-12)
    np.testing.assert_allclose(report["X"], X.ravel(), 1e-12)
    assert len(report["theory"]) == 2
    assert report["steps"] == len(report["history"]) == 0
    assert report["finite"]
    assert not report["running"]
    assert report["start"] == report["options"] == {**reference.DEFAULTS, **SMALL}


def test_a_run_ends_at_the_step_named_and_steps_are_as_many_as_they_say(talk):
    build = {"id": 1, "build": {**SMALL, "optimizer": "Adam", "rate": 0.01}}
    *_, last = talk(build, {"run": 300}, "!it.running && it.steps", {"step": 12}, TILL)
    losses, _ = reference.train(312, **build["build"])
    np.testing.assert_allclose(last["history"], losses, 1e-8)
    assert last["theory"] is None  # of networks that were drawn, not trained


def test_a_run_reports_on_its_way_until_it_is_paused(talk):
    build = {"id": 1, "build": {**SMALL, "depth": 20, "width": 32}}
    heard = talk(build, ENDLESS, "it.steps > 5", {"pause": True}, "!it.running")
    assert [it["running"] for it in heard] == [False, *[True] * (len(heard) - 2), False]
    steps = [it["steps"] for it in heard]
    assert steps == sorted(steps)
    assert {it["id"] for it in heard} == {1}


def test_a_new_build_ends_the_run_before(talk):
    build, other = {"id": 1, "build": SMALL}, {"id": 2, "build": SMALL}
    after = {"id": 3, "boundary": 2}, "it.boundary"
    *_, new, last = talk(build, ENDLESS, "it.running", other, "it.id == 2", *after)
    assert (new["steps"], new["running"]) == (0, False)
    assert (last["steps"], last["running"]) == (0, False)


def test_changes_keep_the_weights_and_are_recorded(talk):
    build, change = {"id": 1, "build": SMALL}, {"activation": "ReLU", "rate": 0.5}
    changed = {"id": 2, "change": change}
    *_, before, after = talk(build, {"step": 5}, "it.steps == 5", changed, "it.id == 2")
    assert [row["W"] for row in before["layers"]] == [
        row["W"] for row in after["layers"]
    ]
    assert after["changes"] == [{"step": 5, **change}]
    assert after["start"] == {**reference.DEFAULTS, **SMALL}
    assert after["options"] == {**after["start"], **change}


def test_overflow_ends_the_run_and_is_said(talk):
    wild = {"depth": 50, "skip": "plain", "activation": "ReLU", "rate": 10}
    first, *_, last = talk({"id": 1, "build": wild}, ENDLESS, "!it.finite")
    assert first["finite"]
    assert not last["running"]


def test_what_goes_wrong_is_said_and_the_next_build_works(talk):
    wrong = {"id": 1, "build": {"activation": "nope"}}
    failed, named, unknown, right = talk(
        *({"step": 1}, "it.error"),
        *(wrong, "it.id == 1"),
        *({"id": 2, "nonsense": 1}, "it.id == 2"),
        *({"id": 3, "build": SMALL}, "it.id == 3"),
    )
    assert failed["error"]
    assert named == {"id": 1, "error": "RangeError: no activation: nope"}
    assert unknown["error"]
    assert "error" not in right
