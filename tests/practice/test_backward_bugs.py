import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SIZE, COSINE, ERROR, RANDOM, W1, B1, W2, B2 = range(8)


def scalar_loss(theta, x, y, centered):
    """The loss, neuron by neuron and sample by sample, for complex numbers too."""
    z = [[sum(row[:-1] * x[:, s]) + row[-1] for s in range(8)] for row in theta[0]]
    if centered:
        z = [[v - sum(row) / 8 for v in row] for row in z]
    a = np.tanh(np.array(z))
    total = 0
    for s in range(8):
        output = [sum(row[:-1] * a[:, s]) + row[-1] for row in theta[1]]
        total += sum((o - t) ** 2 for o, t in zip(output, y[:, s], strict=True))
    return total / 16


@pytest.mark.parametrize("bug", ["no bug", "no bug, centered"])
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32))
def test_without_a_bug_backward_is_the_derivative(run, bug, seed):
    snippet, rng = run("backward_bugs"), np.random.default_rng(seed)
    theta, x, y = rng.standard_normal((2, 4, 5)), *rng.standard_normal((2, 4, 8))
    index = np.unravel_index(seed % 40, theta.shape)
    step = theta.astype(complex)
    step[index] += 1e-30j
    expected = scalar_loss(step, x, y, "centered" in bug).imag / 1e-30
    found = snippet.backward(theta, x, y, bug)[index]
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize(
    ("bug", "factor"), [("no ½", 2), ("sum, not mean", 8), ("wrong sign", -1)]
)
def test_a_constant_factor_has_cosine_one_and_shows_in_the_size(run, bug, factor):
    for row in run("backward_bugs").rows[bug]:
        assert row[COSINE] == pytest.approx(np.sign(factor), abs=1e-9)
        assert row[SIZE] == pytest.approx(abs(factor), rel=1e-6)
        error = abs(factor - 1) / max(abs(factor), 1)  # one less one over the factor
        np.testing.assert_allclose(row[ERROR:], error, rtol=1e-5)


def test_a_forgotten_transpose_turns_the_gradient_below_its_layer_only(run):
    rows = np.array(run("backward_bugs").rows["W, not Wᵀ"])
    assert rows[:, COSINE].max() < 0.99
    assert rows[:, [W1, B1]].min() > 0.1
    assert rows[:, [W2, B2]].max() < 1e-7


@pytest.mark.parametrize(("bug", "error"), [("bias: mean", 7 / 8), ("no bias", 1)])
def test_a_wrong_bias_gradient_leaves_the_weights_right(run, bug, error):
    rows = np.array(run("backward_bugs").rows[bug])
    np.testing.assert_allclose(rows[:, [B1, B2]], error, rtol=1e-6)
    assert rows[:, [W1, W2]].max() < 1e-7


def test_a_bias_before_centering_looks_wrong_although_it_is_right(run):
    snippet = run("backward_bugs")
    rows = np.array(snippet.rows["no bug, centered"])
    assert rows[:, ERROR].max() < 1e-8  # all together it does not show
    assert rows[:, B1].min() > 0.99
    rng = np.random.default_rng(0)
    theta, x, y = rng.standard_normal((2, 4, 5)), *rng.standard_normal((2, 4, 8))
    data = theta, x, y, "no bug, centered"
    assert abs(snippet.backward(*data)[0, :, -1]).max() < 1e-15
    numeric = snippet.numeric(snippet.UNITS, *data).reshape(theta.shape)
    assert abs(numeric[0, :, -1]).max() < 1e-9


def test_one_random_direction_finds_every_bug_in_every_network(run):
    snippet = run("backward_bugs")
    for bug, rows in snippet.rows.items():
        along = np.array(rows)[:, RANDOM]
        if bug.startswith("no bug"):
            assert along.max() < 1e-6
        else:
            assert along.min() > 1e-3


def test_a_forgotten_transpose_raises_when_layers_differ_in_size():
    W2, delta2 = np.ones((3, 5)), np.ones((3, 8))
    assert (W2.T @ delta2).shape == (5, 8)
    with pytest.raises(ValueError, match="matmul"):
        W2 @ delta2


@given(a=st.floats(0.01, 100), n=st.floats(0.01, 100))
def test_the_relative_error_is_symmetric_and_names_the_factor(run, a, n):
    error = run("backward_bugs").error
    assert error([a], [n]) == error([n], [a])
    assert error([a], [n]) == pytest.approx(1 - min(a, n) / max(a, n), abs=1e-12)
    assert error([a], [-a]) == 2
    assert error([a], [0.0]) == 1


def test_missing_entries_make_size_and_cosine_equal(run):
    for row in run("backward_bugs").rows["no bias"]:
        assert row[SIZE] == pytest.approx(row[COSINE], rel=1e-6)
        assert row[SIZE] < 0.99


@given(seed=st.integers(0, 2**32))
def test_the_error_follows_from_size_and_cosine(run, seed):
    a, n = np.random.default_rng(seed).standard_normal((2, 5))
    a = a * 1.5
    size = np.linalg.norm(a) / np.linalg.norm(n)
    cosine = a @ n / np.linalg.norm(a) / np.linalg.norm(n)
    expected = np.sqrt(size**2 + 1 - 2 * size * cosine) / max(size, 1)
    assert run("backward_bugs").error(a, n) == pytest.approx(expected)
