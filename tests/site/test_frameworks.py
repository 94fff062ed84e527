"""What pages say of frameworks in a sentence: gates' places, what clipping returns."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="no PyTorch: `make recipes` installs it")
from torch import nn  # noqa: E402
from torch.nn.utils import clip_grad_norm_, clip_grad_value_  # noqa: E402

os.environ.setdefault("KERAS_BACKEND", "jax")
PAGE = Path(__file__).parents[2] / "docs/vanishing-gradients/recurrent.md"
N, HUGE = 4, 100.0  # units; a bias that opens a gate


def parameter(gradient):
    p = nn.Parameter(torch.zeros(len(gradient)))
    p.grad = torch.tensor(gradient)
    return p


def test_pytorch_keeps_the_forget_gate_in_the_second_quarter_of_two_biases():
    lstm, x, cell = nn.LSTM(3, N), torch.zeros(1, 3), torch.ones(1, N)
    with torch.no_grad():
        for p in lstm.parameters():
            p.zero_()
        lstm.bias_ih_l0[N : 2 * N] = HUGE
        kept = lstm(x, (torch.zeros(1, N), cell))[1][1]
        lstm.bias_hh_l0[N : 2 * N] = -2 * HUGE  # the two add up
        lost = lstm(x, (torch.zeros(1, N), cell))[1][1]
    assert torch.equal(kept, cell)
    assert torch.equal(lost, 0 * cell)


def test_the_lines_on_the_page_start_the_forget_gate_at_one_and_nothing_else():
    lines = re.search(r"``` python\n(n = .*?)```", PAGE.read_text(), re.S)[1]
    lstm = nn.LSTM(3, N)
    before = lstm.bias_ih_l0.detach().clone()
    exec(lines, {"lstm": lstm, "torch": torch})
    changed = lstm.bias_ih_l0.detach() != before
    assert changed.tolist() == [False] * N + [True] * N + [False] * 2 * N
    both = lstm.bias_ih_l0 + lstm.bias_hh_l0
    assert both[N : 2 * N].tolist() == [1] * N


def test_pytorch_gives_the_forget_gate_no_bias_of_one():
    assert nn.LSTM(3, 100).bias_ih_l0.abs().max() <= 0.1  # uniform: one over the root


def test_a_gru_keeps_its_state_by_the_update_gate_the_second_third_in_pytorch():
    gru, state = nn.GRU(3, N), torch.ones(1, N)
    with torch.no_grad():
        for p in gru.parameters():
            p.zero_()
        gru.bias_hh_l0[N : 2 * N] = HUGE
        kept = gru(torch.zeros(1, 3), state)[1]
    assert torch.equal(kept, state)


def test_keras_starts_the_forget_gate_the_second_quarter_of_one_bias_at_one():
    keras = pytest.importorskip("keras", reason="no Keras: `make recipes` installs it")
    layer = keras.layers.LSTM(N)
    layer.build((None, 1, 3))
    bias = np.asarray(layer.weights[2].value)
    np.testing.assert_array_equal(bias, np.repeat([0, 1, 0, 0], N))
    gru = keras.layers.GRU(N, reset_after=False)
    gru.build((None, 1, 3))
    kernel, recurrent, bias = (np.zeros(w.shape) for w in gru.weights)
    bias[:N] = HUGE  # the update gate: the first third
    gru.set_weights([kernel, recurrent, bias])
    state = np.ones((1, N), np.float32)
    kept = gru(np.zeros((1, 1, 3), np.float32), initial_state=state)
    np.testing.assert_array_equal(np.asarray(kept), state)


def test_clipping_by_norm_returns_the_norm_before_clipping():
    p = parameter([3.0, 4.0])
    assert clip_grad_norm_([p], 1) == 5
    torch.testing.assert_close(p.grad, torch.tensor([0.6, 0.8]))


def test_clipping_an_infinite_entry_by_norm_leaves_nan_and_zeros():
    p = parameter([torch.inf, 1.0])
    assert clip_grad_norm_([p], 1) == torch.inf
    assert p.grad[0].isnan()
    assert p.grad[1] == 0
    with pytest.raises(RuntimeError, match="non-finite"):
        clip_grad_norm_([parameter([torch.inf])], 1, error_if_nonfinite=True)


def test_clipping_by_value_leaves_the_other_entries_of_a_huge_one_alone():
    p, q = parameter([1e6, 0.5]), parameter([1e6, 0.5])
    clip_grad_value_([p], 1)
    clip_grad_norm_([q], 1)
    assert p.grad.tolist() == [1, 0.5]
    assert q.grad[1] < 1e-6
