import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

slope_numbers = st.floats(-2, 2).filter(lambda a: abs(a) > 1e-2)


@pytest.fixture(scope="session")
def learned(run):
    """Slopes (step, run * unit) and margins, without decay."""
    source = run("prelu_slope")
    return source.train(*source.CASES["learned"], np.random.default_rng(0))


@pytest.fixture(scope="session")
def decayed(run):
    source = run("prelu_slope")
    return source.slopes, source.margin  # the last case


def loss_of(alpha, x, y, W1, W2):
    z = x @ W1
    return np.logaddexp(0, -y * (np.where(z > 0, z, alpha * z) @ W2)).mean()


def test_gradient_of_the_slopes_agrees_with_central_differences(run, learned):
    source, rng = run("prelu_slope"), np.random.default_rng(0)
    step = learned[0][0] - learned[0][1]  # the slopes have rate 1
    step = step.reshape(source.RUNS, source.WIDTH)[2]
    x, y = source.make_rings(rng)
    W1 = rng.normal(0, 1, (source.RUNS, 2, source.WIDTH))[2]
    W2 = rng.normal(0, np.sqrt(2 / source.WIDTH), (source.RUNS, source.WIDTH, 1))[2]
    alpha = np.full(source.WIDTH, source.START)
    numeric = [
        (
            loss_of(alpha + h, x[2], y[2], W1, W2)
            - loss_of(alpha - h, x[2], y[2], W1, W2)
        )
        / 2e-6
        for h in 1e-6 * np.eye(source.WIDTH)
    ]
    assert step == pytest.approx(numeric, abs=1e-8)


def test_the_median_stays_but_single_slopes_leave_zero_to_one(learned):
    last = learned[0][-1]
    assert 0.15 < np.median(last) < 0.25
    assert last.min() < -0.3
    assert last.max() > 1


def test_some_slopes_of_every_run_end_below_zero(run, learned):
    source = run("prelu_slope")
    negative = (learned[0][-1].reshape(source.RUNS, source.WIDTH) < 0).mean(axis=1)
    assert negative.min() > 0.05
    assert negative.max() < 0.25


def test_decay_pulls_most_slopes_to_zero_and_keeps_the_fit(decayed, learned):
    low, high = np.quantile(decayed[0][-1], (0.1, 0.9))
    assert -0.03 < low < high < 0.08
    assert (decayed[1] > 0).mean() > 0.99
    assert (learned[1] > 0).mean() > 0.99


def test_slopes_start_at_a_quarter_and_fixed_ones_stay_there(run, learned):
    assert (learned[0][0] == 0.25).all()
    row = next(t for t in run("prelu_slope").printed.splitlines() if t[:5] == "fixed")
    assert row.split()[1:6] == ["0.25"] * 5


def test_learned_slopes_overflow_at_rate_three_where_most_fixed_ones_train(run):
    source = run("prelu_slope")
    names = source.train.__globals__
    try:
        names.update(RATE=3, STEPS=60)
        with np.errstate(all="ignore"):
            learned = source.train(3, 0, np.random.default_rng(0))[1]
        names.update(STEPS=400)
        fixed = source.train(0, 0, np.random.default_rng(0))[1]
    finally:
        names.update(RATE=source.RATE, STEPS=source.STEPS)
    assert not np.isfinite(learned).all(axis=(1, 2)).any()
    assert ((fixed > 0).mean(axis=(1, 2)) > 0.97).sum() >= 5


def test_slopes_that_start_at_zero_as_in_keras_leave_it(run):
    source = run("prelu_slope")
    names = source.train.__globals__
    try:
        names.update(START=0.0)
        slopes, _ = source.train(source.RATE, 0, np.random.default_rng(0))
    finally:
        names.update(START=source.START)
    low, high = np.quantile(slopes[-1], (0.1, 0.9))
    assert -0.05 < low < 0 < 0.15 < high < 0.3


def test_an_all_negative_unit_with_slope_zero_still_gets_a_gradient_for_its_slope():
    rng = np.random.default_rng(1)
    x, target = rng.normal(size=50), rng.normal(size=50)

    def loss(w, b, alpha):
        z = w * x + b
        return np.mean((np.where(z > 0, z, alpha * z) - target) ** 2) / 2

    h = 1e-6
    at = {"w": 0.5, "b": -5.0, "alpha": 0.0}
    gradient = {
        k: (loss(**{**at, k: at[k] + h}) - loss(**{**at, k: at[k] - h})) / (2 * h)
        for k in at
    }
    assert gradient["w"] == gradient["b"] == 0
    assert abs(gradient["alpha"]) > 0.1


@given(push=st.floats(0.1, 5), z=st.floats(-20, -0.1), alpha=slope_numbers)
def test_far_left_the_gradient_of_the_slope_is_larger_by_z_over_alpha(push, z, alpha):
    by_slope, by_bias = push * min(z, 0), push * alpha
    assert abs(by_slope / by_bias) == pytest.approx(abs(z / alpha))


@given(z=st.floats(-5, 5), alpha=st.floats(-2, 3))
def test_maximum_of_both_branches_is_wrong_only_for_slopes_above_one(z, alpha):
    prelu, short = (z if z > 0 else alpha * z), max(alpha * z, z)
    if alpha <= 1:
        assert short == prelu
    elif abs(z) > 1e-3 and alpha > 1.001:
        assert short != prelu
