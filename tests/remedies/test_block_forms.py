import numpy as np
import pytest

ROOT = 1 / np.sqrt(np.pi)


def factors(run, name):
    snippet = run("block_forms")
    branch, after, *_ = snippet.FORMS[name]
    return snippet.block_factors(branch, after, snippet.h, snippet.delta)


@pytest.mark.parametrize("name", ["h + W relu(h)", "h + W₂ relu(W₁ h)"])
def test_branch_as_large_as_its_input_doubles_both_mean_squares(run, name):
    for factor in factors(run, name):
        assert factor.mean() == pytest.approx(2, abs=0.1)


def test_he_in_both_layers_of_the_branch_triples_them(run):
    for factor in factors(run, "h + W₂ relu(W₁ h), both He"):
        assert factor.mean() == pytest.approx(3, abs=0.15)


def test_relu_at_the_end_of_the_branch_grows_by_the_root_of_a_cubic(run):
    ratio = max(np.roots([2 * ROOT, 1, -2 * ROOT, -1 / np.pi]).real)
    mean, square = ratio, 1.0  # the fixed point of mean / rms
    new_mean, new_square = mean + ROOT, 2 * square + 2 * mean * ROOT
    assert new_mean / new_square**0.5 == pytest.approx(ratio)
    assert new_square == pytest.approx(2.90, abs=0.005)
    forward, _ = factors(run, "h + relu(W h)")
    assert forward.mean() == pytest.approx(new_square, rel=0.04)


def test_mean_and_square_of_that_form_by_sampling():
    rng = np.random.default_rng(0)
    h, n = rng.normal(0.8, 0.6, 1000), 1000  # mean 0.8, mean square 1
    h /= np.sqrt(np.mean(h**2))
    new = np.concatenate(
        [h + np.maximum(rng.normal(0, (2 / n) ** 0.5, (n, n)) @ h, 0) for _ in range(9)]
    )
    assert new.mean() == pytest.approx(h.mean() + ROOT, rel=0.02)
    assert np.mean(new**2) == pytest.approx(2 + 2 * h.mean() * ROOT, rel=0.03)


def test_gradient_times_state_is_the_same_after_every_block_without_biases(run):
    rng = np.random.default_rng(0)
    W = rng.standard_normal((3, 5, 5))
    h, delta = rng.standard_normal((2, 5))

    def after(h, blocks):
        for matrix in blocks:
            h = h + np.maximum(matrix @ h, 0)
        return h

    products, step = [], 1e-6
    for k in range(4):
        state = after(h, W[:k])
        gradient = [
            delta @ (after(state + step * e, W[k:]) - after(state - step * e, W[k:]))
            for e in np.eye(5)
        ]
        products.append(state @ gradient / (2 * step))
    np.testing.assert_allclose(products, products[0], rtol=1e-6)
    _, backward = factors(run, "h + relu(W h)")
    assert backward.mean() > 2.2  # δ grows faster than chance, since h · δ stays


def test_relu_after_the_addition_grows_less_but_still_explodes(run):
    forward, backward = factors(run, "relu(h + W₂ relu(W₁ h))")
    assert ((forward > 1.5) & (forward < 2)).all()
    assert ((backward > 1.2) & (backward < 2)).all()


def test_bounds_for_relu_after_the_addition_hold_for_any_nonnegative_input():
    rng = np.random.default_rng(0)
    for h in (rng.exponential(size=500), rng.uniform(0, 1, 500), np.eye(500)[0]):
        q = np.mean(h**2)
        b = rng.normal(0, q**0.5, (800, 500))
        b = np.concatenate([b, -b])
        new = np.mean(np.maximum(h + b, 0) ** 2)
        share = np.mean(b**2) / q
        assert 1 + share / 2 - 1e-9 <= new / q <= 1 + share + 1e-9
        assert np.mean(h + b > 0) >= 0.5


@pytest.mark.parametrize("name", ["h + relu(W h)", "relu(h + W₂ relu(W₁ h))"])
def test_factors_agree_with_a_direct_computation(run, monkeypatch, name):
    snippet = run("block_forms")
    branch, after, *_ = snippet.FORMS[name]
    rng, n, step = np.random.default_rng(1), 12, 1e-7
    pool = rng.standard_normal((30, 2, 1, n, n)) * 0.5 / n**0.5
    h, delta = abs(rng.standard_normal((2, 1, n, 1)))

    def forward(v, first):
        for W1, W2 in pool[first:, :, 0]:
            a = np.maximum(2**0.5 * W1 @ v, 0)
            v = np.maximum(v + W2 @ a, 0) if after else v + a
            states.append(v)
        return v

    states = [h[0, :, 0]]
    forward(states[0], 0)
    kept, norms = states[:], []
    for first in (0, 20):
        state = kept[first]
        gradient = [
            delta[0, :, 0] @ (forward(state + step * e, first) - kept[-1]) / step
            for e in np.eye(n)
        ]
        norms.append(np.linalg.norm(gradient))
    monkeypatch.setitem(snippet.block_factors.__globals__, "pool", pool)
    found = snippet.block_factors(branch, after, h, delta)[:, 0]
    sizes = np.linalg.norm(kept[30]) / np.linalg.norm(kept[10])
    assert found[0] == pytest.approx(sizes**0.1)
    assert found[1] == pytest.approx((norms[0] / norms[1]) ** 0.1, rel=1e-4)
