"""Steps of training: the losses of NumPy; what may change keeps the weights."""

import numpy as np
import pytest

from . import reference
from .test_network import flat

RUN = """const network = new Network(given.options), losses = []
  for (let i = 0; i < given.steps; i++) losses.push(train(network))
  return { losses, params: network.params, steps: network.steps }"""
ACTIVE = "ReLU", "tanh", "GELU"


@pytest.mark.parametrize("optimizer", ["SGD", "momentum", "Adam"])
@pytest.mark.parametrize(
    "options",
    [
        {"activation": "ReLU", "depth": 3, "width": 16, "scale": 1.414},
        {"activation": "tanh", "depth": 8, "width": 32, "data": "rings"},
        {"activation": "GELU", "depth": 20, "skip": "scaled", "norm": "layer"},
    ],
)
def test_a_hundred_steps_are_those_of_numpy(engine, options, optimizer):
    rate = 0.005 if optimizer == "Adam" else 0.05
    options = {**options, "optimizer": optimizer, "rate": rate}
    run = engine(RUN, {"options": options, "steps": 100})
    losses, params = reference.train(100, **options)
    np.testing.assert_allclose(run["losses"], losses, 1e-8)
    np.testing.assert_allclose(run["params"], flat(params), 1e-6, 1e-7)
    assert run["steps"] == 100
    assert losses[-1] < losses[0]


def test_rate_optimizer_and_activation_change_without_moving_the_weights(engine):
    body = """const network = new Network({ depth: 2, optimizer: "Adam" })
      for (let i = 0; i < 3; i++) train(network)
      const before = network.params.slice()
      Object.assign(network.options, given)
      network.forward()
      network.backward()
      const after = network.params.slice(), gradient = network.gradient.slice()
      update(network)
      return { before, after, gradient, next: network.params }"""
    given = {"rate": 0.5, "optimizer": "SGD", "activation": "ReLU"}
    it = engine(body, given)
    np.testing.assert_array_equal(it["before"], it["after"])
    np.testing.assert_array_equal(it["next"], it["after"] - 0.5 * it["gradient"])


@pytest.mark.parametrize("before", [["SGD"], ["Adam"], ["momentum", "SGD"]])
def test_another_optimizer_starts_without_memory(engine, before):
    body = """const network = new Network({ depth: 2, rate: 0.1 })
      for (const optimizer of given) {
        network.options.optimizer = optimizer
        for (let i = 0; i < 5; i++) train(network)
      }
      network.options.optimizer = "momentum"
      const before = network.params.slice()
      train(network)
      return { before, gradient: network.gradient, next: network.params }"""
    it = engine(body, before)
    np.testing.assert_array_equal(it["next"], it["before"] - 0.1 * it["gradient"])


def test_only_what_overflowed_ends_training_and_not_a_sum_of_it(engine):
    given = {"activation": "linear", "depth": 1, "bias": 1e305}
    assert engine("return train(new Network(given))", given) > 1e300
