from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


def safe_depths(snippet, form, k=0):
    """How many depths have less than half zeros, for each seed."""
    return (np.array(snippet.zeros[form, k]) < 50).sum(axis=1)


def test_bfloat16_rounds_to_the_nearest_of_its_neighbours_and_ties_to_even(run):
    bfloat16 = run("underflow").bfloat16

    @given(x=st.floats(-(2.0**100), 2.0**100, width=32))
    def check(x):
        size, bits = abs(x), int(np.float32(abs(x)).view(np.uint32)) >> 16
        floor, ceiling = (
            float(np.uint32(b << 16).view(np.float32)) for b in (bits, bits + 1)
        )
        down, up = Fraction(size) - Fraction(floor), Fraction(ceiling) - Fraction(size)
        nearest = floor if down < up or (down == up and bits % 2 == 0) else ceiling
        assert bfloat16(x) == np.copysign(nearest, x)

    check()


def test_bfloat16_has_eight_bits_of_precision_and_the_range_of_float32(run):
    bfloat16 = run("underflow").bfloat16
    assert bfloat16(1 + 2.0**-8) == 1
    assert bfloat16(1 + 2.0**-7) == 1 + 2.0**-7
    assert bfloat16(2.0**-133) == 2.0**-133  # its smallest subnormal
    assert bfloat16(2.0**-135) == 0
    assert bfloat16(1e38) > 0.99e38


def test_first_layer_gradients_agree_with_complex_step_at_every_depth(run):
    snippet = run("underflow")
    rng = np.random.default_rng(3)
    shape = (snippet.DEPTH, snippet.WIDTH, snippet.WIDTH)
    W = rng.standard_normal(shape) / snippet.WIDTH**0.5
    x, readout = rng.standard_normal((2, snippet.WIDTH))
    found = snippet.first_gradients(np.float64, W, x, readout)
    for i, j in ((0, 0), (5, 100), (127, 31)):
        a, expected = x, []
        for layer, matrix in enumerate(W):
            step = np.zeros(snippet.WIDTH, complex)
            step[i] = 1e-30j * x[j] if layer == 0 else 0  # W[0][i, j] + 1e-30j
            z = matrix @ a + step
            expected.append(readout @ z.imag / 1e-30)
            a = 1 / (1 + np.exp(-z))
        np.testing.assert_allclose(found[:, i, j], expected, rtol=1e-6)


def test_float16_loses_half_of_the_first_gradient_before_depth_twelve(run):
    depths = safe_depths(run("underflow"), "float16")
    assert depths.min() >= 9
    assert depths.max() <= 11


def test_float16_has_nothing_left_three_layers_later(run):
    snippet = run("underflow")
    zeros = np.array(snippet.zeros["float16", 0])
    assert (zeros[:, 13:] == 100).all()
    assert (zeros[:, :4] < 1).all()


def test_each_doubling_of_the_loss_buys_about_half_a_layer(run):
    snippet = run("underflow")
    plain = safe_depths(snippet, "float16")
    for k in (8, 16):
        bought = safe_depths(snippet, "float16", k) - plain
        assert (bought >= k / 2 - 1).all()
        assert (bought <= k / 2 + 1).all()


def test_bfloat16_and_float32_last_past_sixty_layers_and_float64_past_eighty(run):
    snippet = run("underflow")
    assert (abs(safe_depths(snippet, "bfloat16") - 62) <= 2).all()
    assert (abs(safe_depths(snippet, "float32") - 70) <= 2).all()
    assert not np.any(snippet.zeros["float64", 0])


def test_bfloat16_stops_seven_or_eight_layers_before_float32(run):
    snippet = run("underflow")
    gap = safe_depths(snippet, "float32") - safe_depths(snippet, "bfloat16")
    assert set(gap) <= {7, 8, 9}  # 16 halvings, about half a layer each


def test_scaled_float16_gradients_are_the_true_ones_after_unscaling(run):
    snippet = run("underflow")
    store, scale = snippet.ROUND["float16"], 2.0**16
    inputs = snippet.W, snippet.x, snippet.readout * scale
    scaled = snippet.first_gradients(store, *map(store, inputs))[9]
    true = snippet.gradients[9]  # float64, depth 10
    error = np.linalg.norm(scaled / scale - true) / np.linalg.norm(true)
    assert error < 0.02


def test_loss_scale_two_to_the_seventeen_is_finite_and_eighteen_overflows(run):
    snippet = run("underflow")
    with np.errstate(over="ignore"):
        last = [snippet.ROUND["float16"](snippet.readout * 2.0**k) for k in (17, 18)]
    assert np.isfinite(last[0]).all()
    assert np.isinf(last[1]).any()
    assert "overflows from loss × 2^17.8" in snippet.printed


def accumulate(store, update):
    w = np.float32(1)
    for _ in range(1000):
        w = store(w + np.float32(update))
    return w


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        (0.004, {"float16": 4.906, "bfloat16": 2, "float32": 5}),
        (0.001, {"float16": 1.977, "bfloat16": 1, "float32": 2}),
        (0.0004, {"float16": 1, "bfloat16": 1, "float32": 1.4}),
    ],
)
def test_thousand_updates_reach_a_weight_only_if_the_format_keeps_each(
    run, update, expected
):
    snippet = run("underflow")
    for form, value in expected.items():
        assert accumulate(snippet.ROUND[form], update) == pytest.approx(value, abs=1e-3)
        assert f"{value:.3f} {form}" in snippet.printed


def test_float16_agrees_with_arithmetic_that_numpy_does_in_float16(run):
    w = np.float16(1)
    for _ in range(1000):
        w = w + np.float16(0.001)
    assert w == accumulate(run("underflow").ROUND["float16"], 0.001)


def test_float32_master_weight_reaches_the_bfloat16_copy(run):
    snippet = run("underflow")
    master = accumulate(np.float32, 0.0004)
    assert snippet.bfloat16(master) == pytest.approx(1.4, rel=2.0**-8)
