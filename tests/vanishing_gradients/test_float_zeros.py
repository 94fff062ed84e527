import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

DTYPES = (np.float16, np.float32, np.float64)
BITS = {np.float16: 11, np.float32: 24, np.float64: 53}
LIBRARY = "1 − tanh²"  # depends on how the NumPy build computes tanh
RANGES = {  # what the page promises, for builds with and without SIMD
    "σ(1 − σ)": ((7.5, 7.8), (16.5, 16.8), (36.5, 37)),
    "1 − tanh²": ((4, 5), (8, 11), (18, 20)),
    "σ(1 − σ) at −z": ((11, 11.2), (88.5, 89), (709, 710)),
    "careful sigmoid": ((17.2, 17.5), (87, 105), (708, 746)),  # with flushing or not
    "careful tanh": ((8.6, 8.8), (43, 53), (354, 373)),
    "ELU with where": ((11, 11.2), (88.5, 89), (709, 710)),
}
ANALYTIC = {
    "σ(1 − σ)": lambda z: 1 / (1 + np.exp(-z)),
    "careful sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "1 − tanh²": np.tanh,
    "careful tanh": np.tanh,
}


def neighbours(z, count):
    """Floats around z, in order: at most count on each side."""
    bits = f"u{z.dtype.itemsize}"
    middle, top = int(z.view(bits)), int(z.dtype.type(1000).view(bits))
    steps = np.arange(max(1, middle - count), min(top, middle + count))
    return steps.astype(bits).view(z.dtype)


@pytest.mark.parametrize("name", RANGES)
def test_slope_stops_being_positive_within_the_range_the_page_gives(run, name):
    for turn, (low, high) in zip(
        run("float_zeros").turns[name], RANGES[name], strict=True
    ):
        assert low < turn < high


@pytest.mark.parametrize("name", RANGES)
def test_bisection_is_valid_no_slope_is_positive_beyond_the_float_found(run, name):
    snippet = run("float_zeros")
    slope, _ = snippet.SLOPES[name]
    for turn in snippet.turns[name]:
        z = neighbours(turn, 40_000)  # all floats there are, for float16
        beyond = np.linspace(turn, 1000, 20_000).astype(turn.dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            assert (slope(z[z < turn]) > 0).all()
            assert not (slope(z[z >= turn]) > 0).any()
            assert not (slope(beyond) > 0).any()


@pytest.mark.parametrize("name", [name for name in RANGES if name != LIBRARY])
def test_turning_points_are_those_derived_by_hand(run, name):
    snippet = run("float_zeros")
    for turn, theory in zip(snippet.turns[name], snippet.SLOPES[name][1], strict=True):
        rel = max(1e-6, 2 * float(np.finfo(turn.dtype).eps))  # spacing of floats
        assert turn == pytest.approx(theory * np.log(2), rel=rel)


def test_sigmoid_rounds_to_one_exactly_when_its_exponential_is_half_an_ulp(run):
    for dtype, bits in BITS.items():
        assert dtype(1) + dtype(2.0**-bits) == 1  # a tie, to even
        assert dtype(1) + np.nextafter(dtype(2.0**-bits), dtype(1)) > 1


def test_textbook_zeros_come_at_least_twice_as_early_as_careful_ones(run):
    turns = run("float_zeros").turns
    for textbook, careful in (
        ("σ(1 − σ)", "careful sigmoid"),
        ("1 − tanh²", "careful tanh"),
    ):
        ratios = np.divide(turns[careful], np.array(turns[textbook], float))
        assert (ratios > 1.8).all()


@pytest.mark.parametrize("name", ANALYTIC)
def test_slopes_agree_with_complex_step_derivatives(run, name):
    slope, _ = run("float_zeros").SLOPES[name]

    @given(z=st.floats(0, 8))
    def check(z):
        expected = ANALYTIC[name](z + 1e-30j).imag / 1e-30
        assert slope(z) == pytest.approx(expected, rel=1e-8)

    check()


@given(z=st.floats(-700, 700))
def test_careful_formulas_with_the_absolute_value_hold_on_both_sides(z):
    e = np.exp(-abs(z))
    assert e / (1 + e) ** 2 == pytest.approx(
        np.exp(-np.logaddexp(0, z) - np.logaddexp(0, -z)), rel=1e-9
    )


def test_largest_lost_update_of_a_weight_of_one_is_half_the_spacing(run):
    for lost, dtype in zip(run("float_zeros").lost, DTYPES, strict=True):
        assert lost == 2.0 ** -BITS[dtype] == np.spacing(dtype(1)) / 2


@given(
    w=st.floats(0.5, 1000, width=32, exclude_min=True),
    fraction=st.floats(0, 1, width=32),
)
def test_update_below_half_the_spacing_of_the_weight_is_lost(w, fraction):
    w = np.float32(w)
    half = np.spacing(w) / 2
    assert 2.0**-25 <= half / w <= 2.0**-24
    assert w + half * np.float32(0.99) * np.float32(fraction) == w
    assert w + half * np.float32(1.01) != w


def test_adam_epsilon_is_zero_in_float16_only(run):
    assert np.float16(1e-8) == 0
    assert np.float32(1e-8) > 0
    line = next(r for r in run("float_zeros").printed.splitlines() if "1e-08 is" in r)
    assert line.split()[-3:] == ["0", "1e-08", "1e-08"]


def test_branch_not_taken_gives_nan_and_a_safe_argument_does_not(run):
    snippet = run("float_zeros")
    for turn in snippet.turns["ELU with where"]:
        with np.errstate(over="ignore", invalid="ignore"):
            assert np.isnan(snippet.SLOPES["ELU with where"][0](turn))
        assert 1 * (turn > 0) + np.exp(np.minimum(turn, 0)) * (turn <= 0) == 1


def test_zero_times_log_zero_is_the_same_nan_and_a_safe_argument_does_not():
    x = np.array([0.0, 0.5])
    with np.errstate(divide="ignore", invalid="ignore"):
        assert np.isnan((x > 0) * (np.log(x) + 1))[0]
    safe = np.where(x > 0, x, 1)
    np.testing.assert_array_equal((x > 0) * (np.log(safe) + 1), [0, np.log(0.5) + 1])
