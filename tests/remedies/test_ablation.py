import re

import numpy as np
import pytest


@pytest.fixture(scope="session")
def steps(run):
    """Steps until each of the three networks of a field has fitted."""
    line = r"(\w+) +(\w+) +(0\.\d+) +\S+ +\[(.*)\]"
    return {
        (name, network, float(rate)): [float(n) for n in values.split()]
        for name, network, rate, values in re.findall(line, run("ablation").printed)
    }


def test_gradient_agrees_with_central_differences(run, monkeypatch):
    source, rng = run("ablation"), np.random.default_rng(1)
    small = {
        "x": rng.standard_normal((1, 4, 6)),
        "y": np.array([-1.0, 1] * 3),
        "out": rng.standard_normal((1, 4, 1)),
        "DEPTH": 3,
    }
    for name, value in small.items():
        monkeypatch.setitem(source.backprop.__globals__, name, value)
    params = rng.standard_normal((3, 1, 4, 5)) / 2
    for (phi, _), k in ((it, k) for it in source.STARTS.values() for k in range(4)):

        def loss(params, phi=phi, k=k):
            margin, _ = source.backprop(phi, k % 2, k // 2, params)
            return np.logaddexp(0, -margin).mean()

        gradient = source.backprop(phi, k % 2, k // 2, params)[1]
        for place in np.ndindex(params.shape):
            sides = []
            for step in (1e-6, -1e-6):
                moved = params.copy()
                moved[place] += step
                sides.append(loss(moved))
            numeric = (sides[0] - sides[1]) / 2e-6
            np.testing.assert_allclose(gradient[place], numeric, atol=2e-8)


def test_starts_are_orthogonal_with_biases_of_zero(run):
    Q = run("ablation").Q
    W = Q[..., :-1]
    np.testing.assert_allclose(W.mT @ W, np.eye(16) + 0 * W, atol=1e-10)
    assert not Q[..., -1].any()


def test_at_the_small_rate_plain_tanh_and_relu_fit_and_sooner_than_with_a_skip(steps):
    for name in ("tanh", "ReLU"):
        assert max(steps[name, "plain", 0.001]) <= 120
        plain, skip = (np.median(steps[name, it, 0.001]) for it in ("plain", "skip"))
        assert plain < skip


def test_at_thirty_times_the_rate_each_network_with_a_skip_fits_and_no_plain_one(steps):
    for (_, network, rate), values in steps.items():
        if rate == 0.03 and network in ("skip", "both"):
            assert max(values) <= 120
        if rate == 0.03 and network == "plain":
            assert min(values) > 120


def test_a_norm_alone_makes_the_sigmoid_quick_at_both_rates_and_relu_slow(steps):
    for rate in (0.001, 0.03):
        assert max(steps["sigmoid", "norm", rate]) <= 120
        assert np.median(steps["ReLU", "norm", rate]) > 120


def test_every_field_is_drawn(run, steps):
    ax = run("ablation").ax
    assert len(steps) == len(ax.texts) == len(ax.patches) == 24
    assert [it.get_text() for it in ax.get_yticklabels()] == ["sigmoid", "tanh", "ReLU"]
