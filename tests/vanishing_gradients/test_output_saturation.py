from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

logits = st.floats(-30, 30)
labels = st.sampled_from([0, 1])


@pytest.fixture(scope="module")
def snippet(run):
    return run("output_saturation")


def exact_sigmoid(s):
    return 1 / (1 + Decimal(-s).exp())


def exact_loss(s, y):
    """Cross-entropy of the logit s for the label y, to the precision of Decimal."""
    return (1 + Decimal(-s if y else s).exp()).ln()


@given(s=logits, y=labels)
def test_gradients_are_the_slopes_of_their_losses(snippet, s, y):
    h = 1e-5
    for loss in (snippet.squared_error, snippet.from_logit):
        slope = (loss(s + h, y)[0] - loss(s - h, y)[0]) / (2 * h)
        assert loss(s, y)[1] == pytest.approx(slope, rel=1e-5, abs=1e-9)


@given(s=st.floats(-300, 300), y=labels)
def test_cross_entropy_from_the_logit_is_exact_at_any_logit(snippet, s, y):
    with localcontext(prec=160):  # exp(-300) next to 1
        loss, gradient = snippet.from_logit(s, y)
        assert float(exact_loss(s, y)) == pytest.approx(loss, rel=1e-13, abs=1e-300)
        assert float(exact_sigmoid(s) - y) == pytest.approx(gradient, abs=2e-16)


@given(s=logits, y=labels)
def test_squared_error_gradient_is_error_times_slope(snippet, s, y):
    with localcontext(prec=60):
        a = exact_sigmoid(s)
        exact = float((a - y) * a * (1 - a))
    gradient = snippet.squared_error(s, y)[1]
    assert gradient == pytest.approx(exact, rel=1e-12, abs=1e-15)


def test_squared_error_gradient_has_two_flat_ends_and_peaks_at_one_third(snippet):
    s = np.linspace(-20, 20, 400001)
    size = -snippet.squared_error(s, 1)[1]
    assert size.max() == pytest.approx(4 / 27)
    assert snippet.sigmoid(s[size.argmax()]) == pytest.approx(1 / 3, abs=1e-4)
    assert size[0] < 1e-8
    assert size[-1] < 1e-8


def test_squared_error_gradient_falls_by_e_per_unit_while_wrong(snippet):
    size = snippet.squared_error(np.array([-15.0, -14.0]), 1)[1]
    assert size[1] / size[0] == pytest.approx(np.e, rel=1e-4)


@given(s=st.floats(-(2**100), 2**100, width=32), y=labels)
def test_float32_from_the_logit_is_finite_and_never_flat_while_wrong(snippet, s, y):
    loss, gradient = snippet.from_logit(np.float32(s), y)
    assert np.isfinite(loss)
    assert loss.dtype == gradient.dtype == np.float32
    if s * (2 * y - 1) <= 0:  # the wrong side
        assert abs(gradient) >= 0.5


@pytest.mark.parametrize("loss", ["squared_error", "from_logit"])
def test_steps_back_agree_with_the_integral_of_one_over_the_gradient(snippet, loss):
    antiderivative = {
        "squared_error": lambda s: 3 * (s + np.exp(s)) - np.exp(-s) + np.exp(2 * s) / 2,
        "from_logit": lambda s: s + np.exp(s),
    }[loss]
    for start in (-5.0, -10.0):
        s = np.linspace(start, 0, 200001)
        time = np.trapezoid(-1 / getattr(snippet, loss)(s, 1)[1], s)
        assert time == pytest.approx(antiderivative(0) - antiderivative(start))
        z, steps = start, 0
        while z < 0:
            z, steps = z - getattr(snippet, loss)(z, 1)[1], steps + 1
        assert abs(steps - time) < 6
        assert f" {steps}" in snippet.printed


@given(s=st.floats(-16, 16), y=labels)
def test_clipping_changes_nothing_at_moderate_logits(snippet, s, y):
    expected = snippet.from_logit(s, y)
    assert snippet.from_probability(s, y, 1e-7) == pytest.approx(expected, abs=1e-6)


@given(s=st.floats(17, 80, width=32), y=labels)
def test_clipping_leaves_a_gradient_of_exactly_zero_when_sure_and_wrong(snippet, s, y):
    wrong = np.float32(-s if y else s)
    loss, gradient = snippet.from_probability(wrong, y, 1e-7)
    assert gradient == 0
    assert 15.9 < loss < 16.2  # and the loss no longer says how wrong


def test_unclipped_float32_breaks_near_one_long_before_it_breaks_near_zero(snippet):
    with np.errstate(divide="ignore", invalid="ignore"):
        loss, gradient = snippet.from_probability(np.float32(17), 0)
        assert np.isposinf(loss)
        assert np.isnan(gradient)
        loss, gradient = snippet.from_probability(np.float32(-120), 1)
        assert np.isposinf(loss)
        assert np.isnan(gradient)
    loss, gradient = snippet.from_probability(np.float32(-80), 1)
    assert loss == pytest.approx(80)
    assert gradient == pytest.approx(-1)


@given(s=st.floats(-20, 20))
def test_generator_losses_push_the_same_way_and_differ_by_exp_of_s(snippet, s):
    h = 1e-5
    minimax = -snippet.from_logit(s, 0)[1]
    non_saturating = snippet.from_logit(s, 1)[1]
    with localcontext(prec=60):
        high, low = exact_sigmoid(s + h), exact_sigmoid(s - h)
        width = Decimal(s + h) - Decimal(s - h)
        slope = ((1 - high).ln() - (1 - low).ln()) / width
        assert minimax == pytest.approx(float(slope), rel=1e-8)
        slope = (low.ln() - high.ln()) / width
        assert non_saturating == pytest.approx(float(slope), rel=1e-6)
    assert minimax < 0
    assert non_saturating < 0
    assert minimax / non_saturating == pytest.approx(np.exp(s), rel=1e-6)


def test_minimax_gradient_vanishes_while_the_other_is_near_one_in_the_figure(snippet):
    sure = snippet.s < -10  # the discriminator is sure that the sample is generated
    assert sure.sum() > 100
    assert (snippet.from_logit(snippet.s, 0)[1][sure] < 1e-4).all()
    assert (-snippet.from_logit(snippet.s, 1)[1][sure] > 0.999).all()
