import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


def curves(run, name, dead=None):
    snippet = run("residual_gradients")
    return snippet.propagate(*snippet.CASES[name][:3], dead)


def test_backward_pass_of_layer_norm_agrees_with_central_differences(run):
    normalize = run("residual_gradients").normalize

    @given(seed=st.integers(0, 2**32))
    def check(seed):
        rng = np.random.default_rng(seed)
        h, g, v = rng.standard_normal((3, 2, 128, 1))
        step = 1e-5
        plus, minus = normalize(h + step * v, True)[0], normalize(h - step * v, True)[0]
        expected = np.sum(g * (plus - minus), (1, 2)) / (2 * step)
        found = np.sum(normalize(h, True)[1](g) * v, (1, 2))
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)

    check()


@pytest.mark.parametrize("norm", ["", "before", "after"])
@pytest.mark.parametrize("skip", [0, 0.9, 1])
def test_norm_of_delta_agrees_with_central_differences_of_the_loss(
    run, monkeypatch, skip, norm
):
    snippet = run("residual_gradients")
    rng = np.random.default_rng(1)
    n, blocks, branch, step = 16, 4, 0.7, 1e-6
    weights = rng.standard_normal((blocks, 1, n, n))
    x, readout = rng.standard_normal((2, 1, n, 1))

    def normalize(h):
        return (h - h.mean()) / np.sqrt(((h - h.mean()) ** 2).mean())

    def loss(h):
        for W in weights[:, 0]:
            u = normalize(h) if norm == "before" else h
            h = skip * h + branch * (W @ np.maximum(u, 0))
            h = normalize(h) if norm == "after" else h
        return readout[0, :, 0] @ h

    h = x[0, :, 0]
    gradient = [
        (loss(h + step * e) - loss(h - step * e)) / (2 * step) for e in np.eye(n)
    ]
    swapped = {"weights": weights, "x": x, "readout": readout, "WIDTH": n}
    for key, value in swapped.items():
        monkeypatch.setitem(snippet.propagate.__globals__, key, value)
    found = snippet.propagate(skip, branch, norm, None)[1][0]
    np.testing.assert_allclose(found, np.linalg.norm(gradient), rtol=1e-6)


def test_predictions_are_the_products_of_the_factors_per_block(run):
    cases, block = run("residual_gradients").CASES, np.arange(50)
    for skip, branch, norm, theory, *_ in cases.values():
        size = 1 + block if norm == "before" else 1
        factor = skip**2 + branch**2 / size * np.ones(50)
        if norm == "after":
            factor /= skip**2 + branch**2
        assert theory == pytest.approx(np.sqrt(np.prod(factor)))


def test_bare_skip_multiplies_delta_by_millions_in_every_seed(run):
    delta = curves(run, "skip")[1][0]
    assert (delta > 1e6).all()
    assert 0.3 < np.median(delta) / 2**25 < 1.5


def test_norm_before_multiplies_delta_by_about_the_root_of_the_depth(run):
    delta = curves(run, "norm before")[1][0]
    assert ((delta > 3) & (delta < 20)).all()
    assert np.median(delta) == pytest.approx(51**0.5, rel=0.25)


def test_norm_after_keeps_delta_within_a_factor_of_three(run):
    delta = curves(run, "norm after")[1][0]
    assert ((delta > 1 / 3) & (delta < 3)).all()


def test_branch_divided_by_root_of_depth_keeps_the_growth_near_root_e(run):
    square, delta = curves(run, "skip, F·1/√L")
    assert np.median(delta[0]) == pytest.approx(np.e**0.5, rel=0.1)
    assert np.median(square[-1]) == pytest.approx(np.e, rel=0.25)


def test_norm_before_grows_linearly_in_the_mean_square(run):
    square = curves(run, "norm before")[0].mean(1)
    np.testing.assert_allclose(square, 1 + np.arange(51), rtol=0.12)


def test_skip_of_less_than_one_loses_the_gradient_despite_the_skip(run):
    square, delta = curves(run, "0.9 skip, F/√L")
    assert (delta[0] < 0.02).all()
    assert (square[-1] < 1e-3).all()


def test_dead_block_cuts_a_plain_net_and_is_the_identity_with_a_skip(run):
    square, delta = curves(run, "plain", dead=25)
    assert (delta[0] == 0).all()
    assert (square[25:] == 0).all()
    for name in ("skip", "skip, F·1/√L", "norm before"):
        square, delta = curves(run, name, dead=25)
        np.testing.assert_array_equal(delta[24], delta[25])
        np.testing.assert_array_equal(square[24], square[25])


def test_small_branches_bound_the_gradient_from_below():
    rng = np.random.default_rng(0)
    delta = start = rng.standard_normal(16)
    bound = np.linalg.norm(start)
    for _ in range(50):
        J = rng.standard_normal((16, 16))
        J *= 1 / (50 * np.linalg.norm(J, 2))
        delta = delta + J.T @ delta
        bound *= 1 - 1 / 50
    assert bound > np.linalg.norm(start) * 0.36
    assert np.linalg.norm(delta) >= bound


def test_paths_of_a_scaled_net_pass_one_block_on_average():
    rng, n, trials = np.random.default_rng(0), 40, 400
    J = rng.standard_normal((trials, 3, n, n)) / n**0.5
    v = np.eye(n)[:, :1]
    one, two, three = (J[:, k] for k in range(3))
    by_length = [v + 0 * one @ v, (one + two + three) @ v]
    by_length += [(two @ one + three @ one + three @ two) @ v, three @ two @ one @ v]
    squares = [(part**2).sum((1, 2)).mean() for part in by_length]
    np.testing.assert_allclose(squares, [1, 3, 3, 1], rtol=0.1)
    total = ((sum(by_length)) ** 2).sum((1, 2)).mean()
    assert total == pytest.approx(2**3, rel=0.1)  # paths add up in the square


def slopes_at_zero(layers, biases, moved=0):
    """Largest slope of the loss in each W and b of two blocks with branches of 0.

    A branch is W relu(h), or two and more of it, with a bias each: (block, layer)."""
    rng, n = np.random.default_rng(0), 4
    x, readout = rng.standard_normal((2, n))
    W, b = np.zeros((2, layers, n, n)), np.zeros((2, layers, n))
    b[:, -1] = moved * rng.standard_normal((2, n))

    def loss():
        h = x
        for weights, shifts in zip(W, b, strict=True):
            a = h
            for matrix, shift in zip(weights, shifts, strict=True):
                a = matrix @ np.maximum(a, 0) + biases * shift
            h = h + a
        return readout @ h

    found = []
    for values in (W, b):
        slope = np.empty_like(values)
        for place in np.ndindex(values.shape):
            sides = []
            for step in (1e-4, -1e-4):
                values[place] += step
                sides.append(loss())
                values[place] -= step
            slope[place] = (sides[0] - sides[1]) / 2e-4
        found.append(np.abs(slope).reshape(2, layers, -1).max(-1))
    return found


def test_branches_of_zeros_learn_unless_they_have_two_layers_and_no_biases():
    assert slopes_at_zero(1, biases=0)[0].min() > 0.1
    assert not np.any(slopes_at_zero(2, biases=0))
    assert not np.any(slopes_at_zero(3, biases=0))


@pytest.mark.parametrize("moved", [0, 1])
def test_with_biases_only_the_last_bias_of_a_branch_of_zeros_ever_moves(moved):
    W, b = slopes_at_zero(2, biases=1, moved=moved)
    assert W.max() < 1e-9
    assert b[:, 0].max() < 1e-9
    assert b[:, 1].min() > 0.1
