"""An LSTM forgets its first input, until its forget gate starts open."""

import math

import torch
from monitor_pytorch import diagnose
from torch import nn

STEPS, HIDDEN = 30, 16


def make(open_gate, kind=nn.LSTM):
    """An LSTM and its output layer; `open_gate`: the forget gate lets 30 steps pass."""
    lstm, out = kind(1, HIDDEN, batch_first=True), nn.Linear(HIDDEN, 1)
    if open_gate:  # LSTM: input, forget, cell, output. GRU: reset, update, new
        lstm.bias_ih_l0.data[HIDDEN : 2 * HIDDEN] = math.log(STEPS)
    return nn.ModuleDict({"lstm": lstm, "out": out})


def batch_of(size=64):
    """Random sequences, and the sign of each one's first number."""
    x = torch.randn(size, STEPS, 1)
    return x, (x[:, 0] > 0).float()


def loss_of(model, batch):
    """Cross-entropy of the last step's output."""
    x, y = batch
    last = model["lstm"](x)[0][:, -1]
    return nn.functional.binary_cross_entropy_with_logits(model["out"](last), y)


def train(model, rate=0.01, steps=400):
    """Mean loss of the last 30 steps of Adam."""
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=rate), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = loss_of(model, batch_of())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return sum(losses[-30:]) / 30


if __name__ == "__main__":
    for open_gate in (False, True):
        torch.manual_seed(0)
        model = make(open_gate)
        print(f"==== Forget gate {'open' if open_gate else 'as PyTorch draws it'}\n")
        diagnose(model, loss_of, [batch_of()])
        print(
            f"\nLoss after 400 steps: {train(model):.3f} (guessing: {math.log(2):.3f})"
        )
