"""What PyTorch's GradScaler does with gradients that no scale makes finite."""

import contextlib
import io
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")
PLACE = "snippets/vanishing_gradients/recipes/loss_scale.py"
RECIPE = Path(__file__).parents[3] / PLACE


@pytest.fixture(scope="module")
def recipe():
    """The recipe's names, and what it printed."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        names = runpy.run_path(str(RECIPE), run_name="__main__")
    return SimpleNamespace(**names, printed=output.getvalue())


def test_output_is_the_text_on_the_page(recipe):
    stored = RECIPE.with_suffix(".txt").read_text("utf-8")
    assert recipe.printed.splitlines()[1:] == stored.splitlines()[1:]  # but versions


def test_scale_finds_its_level_where_gradients_are_merely_large(recipe):
    scales, _, _ = recipe.train(recipe.large)
    assert min(scales) >= 32
    assert scales[-1] * 1000 < 2 * 65504  # the largest that fits, or its double


@pytest.mark.parametrize("name", ["branch", "overflow"])
def test_a_nan_halves_the_scale_at_every_step_and_no_weight_moves(recipe, name):
    scales, skipped, bad = recipe.train(getattr(recipe, name))
    assert scales[-1] == 2.0 ** (16 - recipe.STEPS)
    assert skipped == recipe.STEPS
    assert bad
