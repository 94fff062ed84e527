import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

H = 1e-30j  # complex step
COLUMNS = "gate", "time", "cell_factor", "factor", "cell", "median", "low", "high"
SMALL = {
    "seed": st.integers(0, 2**32),
    "width": st.integers(1, 4),
    "scale": st.floats(0, 4),
    "bias": st.floats(-2, 5),
}


@pytest.fixture(scope="session")
def snippet(run):
    return run("gating")


@pytest.fixture(scope="session")
def table(snippet):
    """The printed rows by forget bias and scale of the weights."""
    rows = [line.split() for line in snippet.printed.splitlines()[1:]]
    return {
        (float(bias), float(scale)): dict(zip(COLUMNS, map(float, values), strict=True))
        for bias, scale, *values in rows
    }


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def draw(seed, width, scale):
    rng = np.random.default_rng(seed)
    W = scale * rng.standard_normal((4 * width, width)) / width**0.5
    return W, rng.standard_normal((6, 4, width)), rng.standard_normal(width)


def loss(W, bias, drive, readout, at, change):
    """Loss of an LSTM, written anew, whose cell is changed after one step."""
    n = W.shape[1]
    h, c = np.zeros(n), np.zeros(n)
    for t, x in enumerate(drive):
        z = W @ h + x.ravel()
        i, f, o = sigmoid(z[:n]), sigmoid(z[n : 2 * n] + bias), sigmoid(z[2 * n : -n])
        c = f * c + i * np.tanh(z[-n:])
        if t == at:
            c = c + change
        h = o * np.tanh(c)
    return readout @ h


@given(**SMALL)
def test_backward_pass_gives_the_derivative_by_every_cell(
    snippet, seed, width, scale, bias
):
    W, drive, readout = draw(seed, width, scale)
    steps = snippet.lstm_forward(W, bias, drive)
    found = snippet.lstm_backward(W, steps, readout)
    expected = [
        [
            loss(W, bias, drive, readout, at, H * np.eye(width)[k]).imag / H.imag
            for k in range(width)
        ]
        for at in range(6)[::-1]
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-10)


@given(**SMALL)
def test_with_the_gates_held_the_cell_derivative_is_the_product_of_forget_gates(
    snippet, seed, width, scale, bias
):
    W, drive, _ = draw(seed, width, scale)
    i, f, _, g, before, _ = snippet.lstm_forward(W, bias, drive).swapaxes(0, 1)
    c = before[2] + H
    for t in range(2, 6):
        c = f[t] * c + i[t] * g[t]
    np.testing.assert_allclose(c.imag / H.imag, np.prod(f[2:], axis=0), rtol=1e-9)


def test_without_recurrent_weights_only_the_cell_path_is_left(snippet):
    W, drive, readout = draw(0, 3, 0)
    steps = snippet.lstm_forward(W, 1, drive)
    found = snippet.lstm_backward(W, steps, readout)
    np.testing.assert_allclose(found[1:], found[:-1] * steps[:0:-1, 1])


def test_small_weights_put_all_paths_close_to_the_cell_path(snippet):
    rng = np.random.default_rng(5)
    n = snippet.WIDTH
    W = 0.1 * rng.standard_normal((4 * n, n)) / n**0.5
    steps = snippet.lstm_forward(W, 3, rng.standard_normal((snippet.STEPS, 4, n)))
    found = snippet.lstm_backward(W, steps, rng.standard_normal(n))
    cell = found[0] * np.prod(steps[-100:, 1], axis=0)
    ratio = np.linalg.norm(found[100]) / np.linalg.norm(cell)
    assert 0.5 < ratio < 2
    assert np.linalg.norm(found[100]) < 0.01 * np.linalg.norm(found[0])


@pytest.mark.parametrize("bias", [0, 1, 3])
def test_gate_and_time_constant_are_those_of_the_bias(table, bias):
    row = table[bias, 1]
    assert row["gate"] == pytest.approx(sigmoid(bias), abs=5e-4)
    assert np.exp(-1 / row["time"]) == pytest.approx(sigmoid(bias), rel=2e-3)


@given(bias=st.floats(4, 20))
def test_one_more_unit_of_a_large_bias_lengthens_memory_by_e(bias):
    def time(b):
        return 1 / np.log1p(np.exp(-b))

    assert time(bias) == pytest.approx(np.exp(bias), rel=0.02)
    assert time(bias + 1) / time(bias) == pytest.approx(np.e, rel=0.02)


def test_bias_five_keeps_half_of_the_cell_path_over_a_hundred_steps():
    exact = -np.log(2 ** (1 / 100) - 1)
    assert exact == pytest.approx(np.log(100 / np.log(2)), abs=0.01)
    assert round(exact) == 5
    assert sigmoid(exact) ** 100 == pytest.approx(0.5)


def test_more_forget_bias_keeps_more_signal(table):
    factors = [table[bias, 1]["factor"] for bias in (0, 1, 3)]
    assert 0.5 < factors[0] < 0.75 < factors[1] < 0.9 < 0.97 < factors[2] < 1.03


def test_an_lstm_without_forget_bias_vanishes(table):
    assert table[0, 1]["high"] < 1e-17


def test_bias_three_keeps_the_signal_for_a_hundred_steps_in_every_seed(table):
    assert 0.05 < table[3, 1]["low"] < table[3, 1]["high"] < 5


def test_cell_path_is_only_a_part_of_the_gradient(table):
    for row in table.values():
        assert row["cell"] < row["low"] / 20
        assert row["cell_factor"] < row["factor"]


def test_an_lstm_explodes_although_its_cell_path_vanishes(table):
    assert table[1, 4]["cell"] < 1e-3
    assert table[1, 4]["low"] > 5


def test_fluctuating_gates_keep_less_than_the_gate_at_the_bias(table):
    for bias in (0, 1, 3):
        row = table[bias, 1]
        assert 0.9 * row["gate"] < row["cell_factor"] < row["gate"]


def last_state(activation, bias, scale, seed, steps=300, width=128):
    """The rms of h after some steps of an LSTM with another activation for its tanh."""
    rng = np.random.default_rng(seed)
    W = scale * rng.standard_normal((4 * width, width)) / width**0.5
    h, c = np.zeros((2, width))
    for _ in range(steps):
        z = (W @ h).reshape(4, -1) + rng.standard_normal((4, width))
        i, f, o = sigmoid(z[:3] + bias * np.eye(3)[:, 1:2])
        c = f * c + i * activation(z[3])
        h = o * activation(c)
    return np.mean(h**2) ** 0.5


@pytest.mark.filterwarnings("ignore:overflow")  # of exp(-z), where the gate is 0
def test_relu_in_an_lstm_lets_its_state_grow_without_bound_where_tanh_does_not():
    for seed in range(10):
        assert last_state(lambda z: np.maximum(z, 0), 3, 2, seed) > 1e12
        assert last_state(np.tanh, 3, 2, seed) < 1
