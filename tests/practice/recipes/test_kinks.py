"""Slopes at kinks, in the frameworks as they are installed."""

import os

import pytest

pytest.importorskip("torch")
pytest.importorskip("jax")


def test_output_is_the_text_on_the_page(recipe, agrees_with_stored_output):
    agrees_with_stored_output("kinks", recipe("kinks").printed)


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_the_frameworks_own_losses_from_logits_are_right_at_zero(recipe, label):
    import torch

    kinks = recipe("kinks")
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    assert kinks.by_torch(lambda z: loss(z, torch.tensor(label))) == 0.5 - label


def test_only_softplus_is_right_at_zero_in_both(recipe):
    kinks = recipe("kinks")
    right = {
        name: (kinks.by_torch(one) == -0.5, kinks.by_jax(other) == -0.5)
        for name, (one, other) in kinks.LOSS.items()
    }
    assert right == {
        "with relu(z)": (False, False),
        "with maximum(z, 0)": (True, False),
        "softplus(z) - z": (True, True),
    }


def test_away_from_the_kink_all_are_right(recipe):
    kinks = recipe("kinks")
    for one, other in kinks.LOSS.values():
        for z in (-1e-3, 1e-3):
            assert kinks.by_torch(one, z) == pytest.approx(-0.5, abs=1e-3)
            assert kinks.by_jax(other, z) == pytest.approx(-0.5, abs=1e-3)


def test_gelu_is_exact_by_default_in_pytorch_and_approximate_in_jax(recipe):
    import jax
    import numpy as np
    import torch

    z = np.linspace(-3, 3, 13, dtype=np.float32)
    exact, near = (
        torch.nn.functional.gelu(torch.tensor(z), approximate=it).numpy()
        for it in ("none", "tanh")
    )
    default = torch.nn.functional.gelu(torch.tensor(z)).numpy()
    np.testing.assert_array_equal(default, exact)
    np.testing.assert_allclose(np.array(jax.nn.gelu(z)), near, atol=1e-6)
    assert abs(exact - near).max() > 1e-4


def test_keras_has_an_exact_activation_and_an_approximate_operation():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import inspect

    import keras

    def default(function):
        return inspect.signature(function).parameters["approximate"].default

    assert default(keras.activations.gelu) is False
    assert default(keras.ops.gelu) is True
