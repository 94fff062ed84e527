import numpy as np
import pytest

CENTRAL, LARGER, COMPLEX, PIECES = range(4)


def test_delta_is_the_derivative_of_the_loss(run):
    """The last layer but one of the first network, in long double."""
    snippet = run("underflowing_check")
    a = snippet.forward(snippet.W, snippet.x)[-3][0].astype(np.longdouble)
    W, y = snippet.W[-2:, 0].astype(np.longdouble), snippet.y[0]

    def loss(z):
        a = 1 / (1 + np.exp(-z))
        a = 1 / (1 + np.exp(-(W[1] @ a)))
        return ((a - y) ** 2).sum() / 2

    z, h = W[0] @ a, np.longdouble(1e-5)
    for i in range(16):
        unit = np.eye(16)[:, [i]]
        slope = (loss(z + h * unit) - loss(z - h * unit)) / (2 * h)
        assert float(slope) == pytest.approx(
            snippet.delta[-2, 0, i], rel=1e-6, abs=1e-9
        )


def test_the_check_is_blind_in_the_first_half_and_sees_the_last_layers(run):
    median = run("underflowing_check").median
    assert median[CENTRAL, :12].min() > 0.9
    assert median[CENTRAL, 25:].max() < 1e-6
    assert median[CENTRAL, 14] > 0.3 > 0.01 > median[CENTRAL, 18]


def test_the_error_grows_as_delta_shrinks(run):
    """Rounding of the loss over h, a constant, in units of δ."""
    snippet = run("underflowing_check")
    size = np.median(np.linalg.norm(snippet.delta, axis=2), axis=1)
    product = snippet.median[CENTRAL, 16:28] * size[16:28]
    assert product.max() / product.min() < 5


def test_a_larger_step_buys_layers_but_not_the_first_ones(run):
    median = run("underflowing_check").median
    first = [int(np.argmax(median[k] < 0.1)) for k in (LARGER, CENTRAL)]
    assert 3 <= first[1] - first[0] <= 7
    assert median[LARGER, :7].min() > 0.9


def test_complex_steps_and_pieces_see_every_layer(run):
    snippet = run("underflowing_check")
    assert snippet.high[COMPLEX].max() < 1e-13
    assert snippet.high[PIECES].max() < 1e-7


def test_the_first_layers_get_exactly_zero_from_differences(run):
    snippet = run("underflowing_check")
    assert not snippet.n[0][:5].any()
    assert snippet.delta[0].all()


def test_an_absolute_tolerance_lets_the_wrong_sign_and_zero_pass(run):
    snippet = run("underflowing_check")
    n = snippet.n[0]
    for wrong in -snippet.delta, 0 * snippet.delta:
        passes = (abs(wrong - n) <= 1e-5 + 1e-3 * abs(n)).all((1, 2))
        assert passes[:18].all()
        assert not passes[25:].any()


def test_scaling_the_loss_changes_nothing(run):
    snippet = run("underflowing_check")
    W, x, y, unit = snippet.W, snippet.x, snippet.y, snippet.UNITS[..., :16]

    def losses(scale, h):
        return scale * ((snippet.forward(W, x, h * unit)[-1] - y) ** 2).sum(1) / 2

    plain, scaled = ((losses(s, 1e-5) - losses(s, -1e-5)) / 2e-5 for s in (1, 2.0**40))
    np.testing.assert_array_equal(scaled, 2.0**40 * plain)


def test_all_layers_together_hide_wrong_signs_in_the_early_ones(run):
    snippet = run("underflowing_check")
    wrong, n = snippet.delta.copy(), snippet.n[0]
    wrong[:15] *= -1
    right = snippet.rel_error(snippet.delta.ravel(), n.ravel())
    assert right < 1e-8
    assert snippet.rel_error(wrong.ravel(), n.ravel()) < 2 * right


def test_one_random_direction_does_not_see_wrong_signs_in_early_layers(run):
    snippet = run("underflowing_check")
    direction = np.random.default_rng(0).standard_normal((30, 16, 1))

    def loss(h):
        output = snippet.forward(snippet.W, snippet.x, h * direction)[-1]
        return ((output - snippet.y) ** 2).sum((1, 2)) / 2

    slope = (loss(1e-5) - loss(-1e-5)) / 2e-5  # one per network
    wrong = snippet.delta.copy()
    wrong[:15] *= -1
    found = (wrong * direction.swapaxes(1, 2)).sum((0, 2))
    np.testing.assert_allclose(found, slope, rtol=1e-6)


def test_the_third_step_is_imaginary(run):
    assert run("underflowing_check").STEPS[COMPLEX].real == 0
