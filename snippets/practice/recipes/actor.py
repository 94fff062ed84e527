"""An actor on raw states gives -1 or 1 and no longer learns; standardized, it does."""

from itertools import pairwise

import torch
from monitor_pytorch import diagnose
from torch import nn

SCALE = torch.tensor([100.0, 300.0, 50.0, 1.0, 200.0, 30.0])  # metres, degrees, ...


def net(*sizes):
    """Linear layers with ReLU between them."""
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def reward(state, action):
    """One-step control: the best action is a smooth function of the state."""
    s = state / SCALE
    best = torch.tanh(s[:, :2] - s[:, 2:4])
    return -(action - best).square().sum(1)


def actor_loss(actor, critic, seen):
    """What the actor lowers: minus the critic's opinion of its actions."""
    return -critic(torch.cat([seen, torch.tanh(actor(seen))], 1)).mean()


def train(standardize, rate=0.003, steps=300):
    """Actor, critic and view of the state after training, as in DDPG without time."""
    view = (lambda s: s / SCALE) if standardize else (lambda s: s)
    actor, critic = net(6, 64, 64, 2), net(8, 64, 64, 1)
    a, c = (torch.optim.Adam(it.parameters(), lr=rate) for it in (actor, critic))
    for _ in range(steps):
        state = torch.randn(64, 6) * SCALE
        seen = view(state)
        noise = 0.3 * torch.randn(64, 2)
        action = (torch.tanh(actor(seen)).detach() + noise).clamp(-1, 1)
        error = critic(torch.cat([seen, action], 1))[:, 0] - reward(state, action)
        c.zero_grad()
        error.square().mean().backward()
        c.step()
        a.zero_grad()
        actor_loss(actor, critic, seen).backward()
        a.step()
    return actor, critic, view


if __name__ == "__main__":
    for standardize in (False, True):
        torch.manual_seed(0)
        print(f"==== {'Standardized' if standardize else 'Raw'} states\n")
        actor, critic, view = train(standardize)
        state = torch.randn(1000, 6) * SCALE
        diagnose(actor, lambda s: actor_loss(actor, critic, view(s)), state.split(100))  # noqa: B023
        mean = reward(state, torch.tanh(actor(view(state)))).mean()
        print(f"\nMean reward: {mean:.2f} (best: 0)")
