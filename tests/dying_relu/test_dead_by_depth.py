"""Depth alone leaves units dead, at any width; batch norm leaves none."""

import numpy as np
import pytest


def means(names, norm):
    runs = [names.dead_by_layer(norm, np.random.default_rng(s)) for s in range(4)]
    return np.mean(runs, axis=0)


@pytest.mark.parametrize("choice", ["", ":WIDTH=16", ":WIDTH=64"])
def test_share_of_dead_units_grows_with_depth_at_every_width(run, choice):
    names = run(f"dead_by_depth{choice}")
    dead = means(names, False)
    assert dead[0] == 0
    assert 3 < dead[9] < 30
    assert dead[9] < dead[19] < dead[29:].mean()
    assert 25 < dead[49] < 60


@pytest.mark.parametrize("choice", ["", ":WIDTH=16"])
def test_batch_norm_leaves_no_unit_dead_in_any_layer(run, choice):
    assert means(run(f"dead_by_depth{choice}"), True).max() == 0


def test_share_is_that_of_a_layer_written_plainly(run):
    names, rng = run("dead_by_depth"), np.random.default_rng(1)
    a = rng.standard_normal((names.INPUTS, 64), "f")
    a, dead = (a - a.mean(axis=0)) / a.std(axis=0), []
    for _ in range(12):
        W = rng.standard_normal((a.shape[1], names.WIDTH), "f")
        z = a @ W * (2 / a.shape[1]) ** 0.5
        dead.append(sum(z[:, j].max() <= 0 for j in range(names.WIDTH)))
        a = np.where(z > 0, z, 0)
    found = names.dead_by_layer(False, np.random.default_rng(1))[:12]
    assert np.array(found) * names.WIDTH / 100 == pytest.approx(dead)
