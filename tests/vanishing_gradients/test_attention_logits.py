import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

WEIGHT, ENTROPY, JACOBIAN, QUERY = range(4)  # the second axis of results
PLAIN, SCALED = 0, 1  # the first
logit_vectors = arrays(float, st.integers(2, 8), elements=st.floats(-20, 20))


@pytest.fixture(scope="module")
def snippet(run):
    return run("attention_logits")


def complex_softmax(s):
    e = np.exp(s - s.real.max())
    return e / e.sum()


def derivative(f, x):
    """All partial derivatives of f at x (n,) by complex steps: (outputs, n)."""
    return np.stack([f(x + 1e-30j * e).imag / 1e-30 for e in np.eye(len(x))], -1)


@given(s=logit_vectors)
def test_jacobian_is_the_derivative_of_softmax(snippet, s):
    found = snippet.jacobian(snippet.softmax(s))
    np.testing.assert_allclose(found, derivative(complex_softmax, s), atol=1e-14)


@given(s=logit_vectors)
def test_squared_error_goes_through_the_jacobian_and_cross_entropy_does_not(snippet, s):
    p, y = snippet.softmax(s), np.eye(len(s))[1]

    def squared_error(s):
        return np.sum((complex_softmax(s) - y) ** 2) / 2

    def cross_entropy(s):
        return np.log(np.exp(s - s.real.max()).sum()) + s.real.max() - y @ s

    found = snippet.jacobian(p) @ (p - y)
    np.testing.assert_allclose(found, derivative(squared_error, s), atol=1e-14)
    np.testing.assert_allclose(p - y, derivative(cross_entropy, s), atol=1e-14)


@given(s=logit_vectors)
def test_jacobian_passes_at_most_twice_what_the_largest_weight_leaves(snippet, s):
    p = snippet.softmax(s)
    J = snippet.jacobian(p)
    eigenvalues = np.linalg.eigvalsh(J)
    assert eigenvalues.min() > -1e-14
    assert eigenvalues.max() <= 2 * np.delete(p, p.argmax()).sum() * (1 + 1e-9) + 1e-17
    assert eigenvalues.max() <= 0.5 + 1e-14
    np.testing.assert_allclose(J.sum(axis=0), 0, atol=1e-15)


@given(s=logit_vectors, shift=st.floats(-1e3, 1e3))
def test_shifting_all_logits_changes_no_weight(snippet, s, shift):
    softmax = snippet.softmax
    np.testing.assert_allclose(softmax(s + shift), softmax(s), atol=1e-12)


def test_softmax_does_not_overflow_where_exp_does(snippet):
    s = np.float32([1000, 999, -1000])
    expected = complex_softmax(s.astype(float))
    np.testing.assert_allclose(snippet.softmax(s), expected, rtol=1e-6)


@pytest.mark.parametrize("scale", [1, 0.5])
def test_measured_norms_agree_with_complex_step_derivatives(snippet, scale):
    rng = np.random.default_rng(1)
    queries, keys = rng.standard_normal((2, 6, 4))
    found = np.transpose(snippet.measure(queries, keys, scale))
    for q, (weight, entropy, to_logits, to_query) in zip(queries, found, strict=True):
        p = complex_softmax(scale * keys @ q)
        by_logit = derivative(complex_softmax, scale * keys @ q)
        by_query = derivative(lambda q: complex_softmax(scale * keys @ q), q)
        assert weight == pytest.approx(p.max())
        assert entropy == pytest.approx(-np.sum(p * np.log(p)))
        assert to_logits == pytest.approx(np.linalg.norm(by_logit))
        assert to_query == pytest.approx(np.linalg.norm(by_query))


def test_norm_of_the_jacobian_is_the_rms_of_what_a_random_gradient_leaves(snippet):
    rng = np.random.default_rng(0)
    J = snippet.jacobian(snippet.softmax(rng.standard_normal(8)))
    passed = rng.standard_normal((20000, 8)) @ J
    rms = np.sqrt(np.mean(np.sum(passed**2, axis=1)))
    assert rms == pytest.approx(np.linalg.norm(J), rel=0.03)


@pytest.mark.parametrize("d", [4, 64, 1024])
@pytest.mark.parametrize("law", ["normal", "uniform", "signs"])
def test_variance_of_a_dot_product_is_d_for_any_law_of_unit_variance(law, d):
    rng = np.random.default_rng(d)
    draw = {
        "normal": lambda shape: rng.standard_normal(shape),
        "uniform": lambda shape: rng.uniform(-(3**0.5), 3**0.5, shape),
        "signs": lambda shape: rng.choice([-1.0, 1.0], shape),
    }[law]
    logits = np.einsum("nd,nd->n", draw((4000, d)), draw((4000, d)))
    assert logits.mean() == pytest.approx(0, abs=4 * np.sqrt(d / 4000))
    assert logits.var() == pytest.approx(d, rel=0.15)


def test_unscaled_weights_become_one_hot_with_d_in_every_seed(snippet):
    median = np.median(snippet.results[PLAIN], axis=-1)
    assert (median[WEIGHT, 0] < 0.4).all()
    assert (median[WEIGHT, -1] > 0.999).all()
    assert (median[ENTROPY, -1] < 1e-4).all()


def test_scaled_weights_and_jacobian_do_not_depend_on_d_in_any_seed(snippet):
    median = np.median(snippet.results[SCALED], axis=-1)
    assert median[WEIGHT].min() > 0.09
    assert median[WEIGHT].max() < 0.2
    assert median[JACOBIAN].min() > 0.2
    assert median[JACOBIAN].max() < 0.26
    assert median[ENTROPY].min() > 2.8


def test_typical_unscaled_jacobian_first_grows_and_is_still_comparable_at_64(snippet):
    median = np.median(snippet.results[:, JACOBIAN], axis=-1)  # (2, d, seed)
    at = dict(zip(snippet.DIMENSIONS, range(len(snippet.DIMENSIONS)), strict=True))
    assert (median[PLAIN, at[4]] > median[SCALED, at[4]]).all()
    ratio = median[PLAIN, at[64]] / median[SCALED, at[64]]
    assert ratio.min() > 0.3
    assert ratio.max() < 1.3
    assert (median[PLAIN, at[1024]] < 0.02 * median[SCALED, at[1024]]).all()


def test_unlucky_queries_vanish_first(snippet):
    low = np.quantile(snippet.pooled[:, JACOBIAN], 0.1, axis=-1)
    at_64 = list(snippet.DIMENSIONS).index(64)
    assert low[PLAIN, at_64] < 0.01
    assert low[SCALED, at_64] > 0.2


def test_unscaled_query_gradient_vanishes_typically_while_its_rms_grows(snippet):
    by_query = snippet.pooled[PLAIN, QUERY]  # (d, queries)
    rms, median = np.sqrt(np.mean(by_query**2, axis=1)), np.median(by_query, axis=1)
    assert (np.diff(rms[::2]) > 0).all()
    assert (np.diff(median[4:]) < 0).all()
    assert median[-1] < 1e-5
    scaled = np.sqrt(np.mean(snippet.pooled[SCALED, QUERY] ** 2, axis=1))
    assert scaled.max() < 0.27
    assert scaled.min() > 0.22


def test_single_seeds_differ_by_powers_of_ten_once_saturated(snippet):
    at = list(snippet.DIMENSIONS).index(1024)
    median = np.median(snippet.results[PLAIN, JACOBIAN, at], axis=-1)
    assert median.max() / median.min() > 1e3


def test_scaling_does_not_help_where_queries_and_keys_are_aligned(snippet):
    for seed in range(5):
        queries = np.random.default_rng(seed).standard_normal((32, 256))
        measured = np.array(snippet.measure(queries, queries, 256**-0.5))
        assert (measured[WEIGHT] > 0.99).all()
        assert np.median(measured[JACOBIAN]) < 1e-4
