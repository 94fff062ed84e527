"""Slopes at kinks, in the frameworks as they are installed."""

import contextlib
import inspect
import io
import os
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")
RECIPE = Path(__file__).parents[3] / "snippets/foundations/recipes/kinks.py"


@pytest.fixture(scope="module")
def kinks():
    """The recipe's names, and what it printed."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        names = runpy.run_path(str(RECIPE), run_name="__main__")
    return SimpleNamespace(**names, printed=output.getvalue())


def test_output_is_the_text_on_the_page(kinks):
    stored = RECIPE.with_suffix(".txt").read_text("utf-8")
    assert kinks.printed.splitlines()[1:] == stored.splitlines()[1:]  # but versions


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_the_frameworks_own_losses_from_logits_are_right_at_zero(kinks, label):
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    assert kinks.by_torch(lambda z: loss(z, torch.tensor(label))) == 0.5 - label


def test_only_softplus_is_right_at_zero_in_both(kinks):
    right = {
        name: (kinks.by_torch(one) == -0.5, kinks.by_jax(other) == -0.5)
        for name, (one, other) in kinks.LOSS.items()
    }
    assert right == {
        "with relu(z)": (False, False),
        "with maximum(z, 0)": (True, False),
        "softplus(z) - z": (True, True),
    }


def test_away_from_the_kink_all_are_right(kinks):
    for one, other in kinks.LOSS.values():
        for z in (-1e-3, 1e-3):
            assert kinks.by_torch(one, z) == pytest.approx(-0.5, abs=1e-3)
            assert kinks.by_jax(other, z) == pytest.approx(-0.5, abs=1e-3)


def test_gelu_is_exact_by_default_in_pytorch_and_approximate_in_jax():

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
    import keras

    def default(function):
        return inspect.signature(function).parameters["approximate"].default

    assert default(keras.activations.gelu) is False
    assert default(keras.ops.gelu) is True
