import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

CASES = "float64", "float32", "ReLU", "new dropout", "x in place"


def draw(seed):
    """θ, inputs and targets of one network of the snippet."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((1, 3, 4, 5)), *rng.standard_normal((2, 4, 8))


def backpropagate(theta, x, y, relu):
    """The gradient by the formulas of the backpropagation page: shape (60,)."""
    a, slopes = [x], []
    for block in theta[0]:
        z = block[:, :-1] @ a[-1] + block[:, -1:]
        a.append(z * (z > 0) if relu else np.tanh(z))
        slopes.append(z > 0 if relu else 1 - a[-1] ** 2)
    upstream, blocks = (a[-1] - y) / 8, []
    for block, inputs, slope in zip(
        theta[0][::-1], a[-2::-1], slopes[::-1], strict=True
    ):
        delta = upstream * slope
        blocks.insert(0, np.c_[delta @ inputs.T, delta.sum(1)])
        upstream = block[:, :-1].T @ delta
    return np.stack(blocks).ravel()


def curve(snippet, case):
    """Median relative error over the steps."""
    return snippet.median[CASES.index(case)]


@pytest.mark.parametrize("case", ["float64", "ReLU"])
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32))
def test_the_gradient_under_test_is_the_one_of_backpropagation(run, case, seed):
    snippet = run("check_failures")
    theta, x, y = draw(seed)
    found = snippet.gradient(theta, x, y, case, np.random.default_rng(0))
    expected = backpropagate(theta, x, y, case == "ReLU")
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_float64_is_best_near_one_hundred_thousandth(run):
    snippet = run("check_failures")
    error = curve(snippet, "float64")
    assert snippet.STEPS[error.argmin()] == pytest.approx(1e-5)
    assert error.min() < 1e-9


def test_float32_never_gets_below_one_in_ten_thousand(run):
    snippet = run("check_failures")
    error = curve(snippet, "float32")
    assert 1e-4 < error.min() < 5e-4
    assert 1e-3 < snippet.STEPS[error.argmin()] < 2e-2
    best64 = snippet.STEPS.searchsorted(1e-5 * 0.99)
    assert 0.02 < error[best64] < 0.1  # a few percent at the step good for float64
    below = snippet.STEPS < 1.5e-9
    np.testing.assert_array_equal(snippet.high[1, below], 1)  # it finds exactly 0


def test_randomness_and_changed_state_grow_like_one_over_the_step(run):
    snippet = run("check_failures")
    small = snippet.STEPS < 1e-4
    for case in "new dropout", "x in place":
        slope = np.polyfit(
            np.log(snippet.STEPS[small]), np.log(curve(snippet, case)[small]), 1
        )
        assert slope[0] == pytest.approx(-1, abs=0.02)
        assert snippet.low[CASES.index(case), snippet.STEPS < 1e-3].min() > 0.5


@pytest.mark.parametrize("case", CASES)
def test_calling_the_loss_twice_finds_randomness_and_changed_state(run, case):
    snippet, rng = run("check_failures"), np.random.default_rng(1)
    theta, x, y = draw(0)
    same = (
        snippet.loss(theta, x, y, case, rng)[0],
        snippet.loss(theta, x, y, case, rng)[0],
    )
    assert (same[0] == same[1]) == (case not in ("new dropout", "x in place"))


def test_one_mask_for_all_evaluations_makes_dropout_checkable(run):
    snippet = run("check_failures")
    theta, x, y = draw(3)

    def loss(theta):
        rng = np.random.default_rng(7)  # the same mask each time
        return snippet.loss(theta, x, y, "new dropout", rng)[0][0]

    unit = np.zeros_like(theta)
    unit[0, 0, 1, 2] = 1
    exact = loss(theta + 1e-30j * unit).imag / 1e-30
    central = (loss(theta + 1e-5 * unit) - loss(theta - 1e-5 * unit)) / 2e-5
    assert exact != 0
    assert central == pytest.approx(exact, rel=1e-6)


def test_relu_entries_fail_only_where_a_kink_lies_between_the_points(run):
    snippet = run("check_failures")
    kink, error = snippet.kink, snippet.error
    assert 5 < kink.sum() < 100
    assert error[kink].max() > 0.01
    assert error[~kink].max() < 1e-12


def test_without_a_kink_relu_has_no_truncation_error(run):
    """Along one weight the loss is quadratic: rounding alone, falling like 1/h."""
    snippet = run("check_failures")
    k = np.searchsorted(snippet.STEPS, [0.99e-8, 0.99e-4])
    error = curve(snippet, "ReLU")[k]
    assert error[1] == pytest.approx(error[0] * 1e-4, rel=1)
    assert error[1] < curve(snippet, "float64")[k[1]] / 100


def test_exactly_at_a_kink_the_difference_finds_half_a_slope_at_any_step():
    for h in 1e-1, 1e-5, 1e-9:
        assert (max(h, 0) - max(-h, 0)) / (2 * h) == 0.5
