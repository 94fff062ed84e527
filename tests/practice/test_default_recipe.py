import numpy as np
import pytest


@pytest.fixture(scope="module")
def steps(run):
    """Median steps by depth and line, as printed."""
    rows = {}
    for line in run("default_recipe").printed.splitlines():
        head, name, rest = line.split(" layers, ")[0], line[11:37].strip(), line[37:]
        rows[int(head), name] = float(rest.split()[0].replace("–", "inf"))
    return rows


DEPTHS = 4, 10, 30, 50


def test_whole_default_fits_at_every_depth(steps):
    assert max(steps[depth, "the whole default"] for depth in DEPTHS) < 60


def test_raw_inputs_fit_at_no_depth(steps):
    assert min(steps[depth, "raw inputs"] for depth in DEPTHS) == np.inf


@pytest.mark.parametrize("line", ["PyTorch's weights", "no warm-up", "no norm"])
def test_with_the_skip_these_lines_may_go(steps, line):
    assert max(steps[depth, line] for depth in DEPTHS) < np.inf


def test_without_the_skip_only_four_layers_fit_behind_a_norm(steps):
    assert steps[4, "no skip"] < np.inf
    assert min(steps[depth, "no skip"] for depth in DEPTHS[1:]) == np.inf


def test_plain_network_fits_at_thirty_layers_and_not_at_fifty(steps):
    assert steps[30, "no norm, no skip"] < np.inf == steps[50, "no norm, no skip"]


@pytest.mark.parametrize(("norm", "skip"), [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_gradient_agrees_with_central_differences(run, norm, skip):
    names, rng = run("default_recipe"), np.random.default_rng(1)
    params = rng.normal(size=(3, 1, 2, 5, 6)) / 2
    x, y = rng.normal(size=(2, 5, 32)), np.resize([-1.0, 1.0], 32)
    out = rng.normal(size=(2, 5, 1))
    switches = np.full((1, 1, 1, 1), norm), np.full((1, 1, 1, 1), skip)
    _, gradient = names.backprop(params, x, y, out, *switches)
    for place in [(0, 0, 0, 1, 2), (1, 0, 1, 3, 5), (2, 0, 0, 4, 0)]:
        ends = []
        for step in (1e-5, -1e-5):
            moved = params.copy()
            moved[place] += step
            ends.append(names.backprop(moved, x, y, out, *switches)[0].sum())
        slope = (ends[0] - ends[1]) / 2e-5
        assert gradient[place] == pytest.approx(slope, rel=1e-4, abs=1e-9)
