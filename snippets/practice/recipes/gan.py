"""A generator that a sure discriminator rejects hears nothing; another loss speaks."""

from itertools import pairwise

import torch
from monitor_pytorch import diagnose
from torch import nn

F = nn.functional


def net(*sizes):
    """Linear layers with ReLU between them."""
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def real(size=64):
    """The data: one cloud of points around (4, 4)."""
    return 4 + 0.5 * torch.randn(size, 2)


LOSSES = {
    "saturating, log(1 - D)": lambda logits: F.logsigmoid(-logits).mean(),
    "non-saturating, -log D": lambda logits: -F.logsigmoid(logits).mean(),
}


def train(loss, optimizer=torch.optim.SGD, rate=0.1, head_start=400, steps=400):
    """Generator and discriminator before and after: the discriminator starts ahead."""
    G, D = net(4, 32, 2), net(2, 32, 32, 1)
    g = optimizer(G.parameters(), lr=rate)
    d = torch.optim.Adam(D.parameters(), lr=0.005)
    for step in range(head_start + steps):
        d.zero_grad()
        fakes = G(torch.randn(64, 4)).detach()
        (F.softplus(-D(real())) + F.softplus(D(fakes))).mean().backward()
        d.step()
        if step == head_start:
            yield G, D
        if step >= head_start:
            g.zero_grad()
            loss(D(G(torch.randn(64, 4)))).backward()
            g.step()
    yield G, D


def miss(G):
    """How far the centre of the fakes is from that of the data."""
    return (G(torch.randn(500, 4)).mean(0) - 4).norm().item()


if __name__ == "__main__":
    for method, rate in ((torch.optim.SGD, 0.1), (torch.optim.Adam, 0.003)):
        for name, loss in LOSSES.items():
            torch.manual_seed(0)
            print(f"==== {method.__name__}, the generator's loss: {name}\n")
            training = train(loss, method, rate)
            G, D = next(training)
            if method is torch.optim.SGD:
                diagnose(G, lambda z: loss(D(G(z))), torch.randn(8, 64, 4))  # noqa: B023
            next(training)
            print(f"\nFakes are {miss(G):.1f} off the data's centre after 400 steps\n")
