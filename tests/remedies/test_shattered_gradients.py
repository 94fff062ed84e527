import numpy as np
import pytest

FAR, NEAR = 1, 0


def cosines(run, name, depth):
    """Mean cosine of near and of far pairs, and the norms: by other means."""
    snippet = run("shattered_gradients")
    skip, scaled, norm, *_ = snippet.NETS[name]
    branch = depth**-0.5 if scaled else 1
    g = snippet.input_gradients(skip, branch, norm, snippet.weights[:depth])
    unit = g / np.linalg.norm(g, axis=1, keepdims=True)
    near = (unit[:, :, ::2] * unit[:, :, 1::2]).sum(1).mean(1)
    far = [
        np.mean([v[:, i] @ v[:, j] for i in range(0, 32, 2) for j in range(0, i, 2)])
        for v in unit
    ]
    return near, np.array(far), np.linalg.norm(g, axis=1)


def test_gradients_agree_with_central_differences_at_fixed_statistics(run):
    snippet = run("shattered_gradients")
    weights, step = snippet.weights[:3], 1e-6
    g = snippet.input_gradients(1, 0.5, True, weights)[0, :, 3]
    x, h, statistics = snippet.x[0], snippet.x[0], []
    for W in weights[:, 0]:
        statistics.append((h.mean(1), h.std(1)))
        u = (h - h.mean(1, keepdims=True)) / h.std(1, keepdims=True)
        h = h + 0.5 * W @ np.maximum(u, 0)

    def output(v):
        for W, (mean, std) in zip(weights[:, 0], statistics, strict=True):
            v = v + 0.5 * W @ np.maximum((v - mean) / std, 0)
        return snippet.readout[0, :, 0] @ v

    rng = np.random.default_rng(0)
    for v in rng.standard_normal((5, 128)):
        plus, minus = output(x[:, 3] + step * v), output(x[:, 3] - step * v)
        assert g @ v == pytest.approx((plus - minus) / (2 * step), rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_batch_norm_halves_the_cosine_of_far_inputs_per_block(run, depth):
    far = cosines(run, "plain, norm", depth)[FAR]
    assert far.mean() == pytest.approx(0.5**depth, abs=0.04)


def test_bare_skip_leaves_three_quarters_of_it_in_the_first_block(run):
    assert cosines(run, "skip", 1)[FAR].mean() == pytest.approx(3 / 4, abs=0.05)


@pytest.mark.parametrize("depth", [1, 2, 5, 10, 20, 50])
def test_skip_with_batch_norm_follows_its_slow_product(run, depth):
    size = 1 + np.arange(depth) * (1 - 1 / np.pi)  # variance over the batch
    theory = np.prod((1 + 0.5 / size) / (1 + 1 / size))
    assert cosines(run, "skip, norm", depth)[FAR].mean() == pytest.approx(
        theory, abs=0.06
    )


def test_branch_divided_by_root_of_depth_keeps_gradients_alike(run):
    near, far, norms = cosines(run, "skip, F/√L", 50)
    assert near.min() > 0.85
    assert far.min() > np.exp(-0.5) - 0.05
    assert norms.max() < 4


def test_order_of_the_nets_at_depth_50(run):
    near = {
        name: cosines(run, name, 50)[NEAR] for name in run("shattered_gradients").NETS
    }
    assert abs(near["plain, norm"].mean()) < 0.1
    assert near["skip, norm"].min() > 0.25
    assert near["skip, norm"].mean() > near["skip"].mean() + 0.1
    assert near["skip, norm"].mean() > near["plain"].mean() + 0.1


def test_batch_norm_explodes_a_plain_net_and_not_one_with_skips(run):
    assert np.median(cosines(run, "plain, norm", 50)[2]) > 1e4
    assert np.median(cosines(run, "skip, norm", 50)[2]) < 50


def test_co_activation_gives_the_factor_one_half_for_unrelated_inputs():
    rng = np.random.default_rng(0)
    u, v = rng.standard_normal((2, 200_000))
    both = np.mean((u > 0) & (v > 0))
    assert both / np.mean(u > 0) == pytest.approx(0.5, abs=0.01)


def test_branch_variance_over_the_batch_leaves_out_the_common_mean():
    rng = np.random.default_rng(0)
    a = np.maximum(rng.standard_normal(10**6), 0)
    assert 2 * a.var() == pytest.approx(1 - 1 / np.pi, abs=0.01)
