"""The default recipe in PyTorch: a function for the network, one for its training."""

import torch
from torch import nn


class Block(nn.Module):
    """Norm, ReLU, weights; divided by the root of the depth, and added to the input."""

    def __init__(self, width, blocks):
        """Draw He weights; start the biases at 0."""
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(width), nn.Linear(width, width)
        self.scale = blocks**-0.5
        nn.init.kaiming_normal_(self.linear.weight, nonlinearity="relu")
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        """Add the branch to what came in."""
        return x + self.scale * self.linear(torch.relu(self.norm(x)))


class Standardize(nn.Module):
    """Inputs of mean 0 and size 1, by the mean and size of the training set."""

    def __init__(self, x):
        """Take both from all training inputs."""
        super().__init__()
        self.register_buffer("mean", x.mean(0))
        self.register_buffer("size", x.std(0).clamp(min=1e-6))

    def forward(self, x):
        """Standardize a batch."""
        return (x - self.mean) / self.size


def default_network(x, outputs, width=64, blocks=8):
    """A network for inputs like x; its outputs are logits, or a mean."""
    first, last = nn.Linear(x.shape[1], width), nn.Linear(width, outputs)
    for layer in first, last:
        nn.init.kaiming_normal_(layer.weight, nonlinearity="linear")
        nn.init.zeros_(layer.bias)
    middle = [Block(width, blocks) for _ in range(blocks)]
    return nn.Sequential(Standardize(x), first, *middle, nn.LayerNorm(width), last)


def default_training(model, loss_of, batches, rate=0.003, warm=20, limit=5.0):
    """One pass over the batches; returns losses and norms, to choose rate and limit."""
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, (step + 1) / warm)
    )
    losses, norms = [], []
    for batch in batches:
        optimizer.zero_grad()
        loss = loss_of(model, batch)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), limit)  # before clipping
        if norm.isfinite():
            optimizer.step()
        schedule.step()
        losses.append(loss.item())
        norms.append(norm.item())
    return losses, norms


# ---- Paste what is above. Below: an example, beside a chain of layers as PyTorch is.
def example():
    """Three rings of raw numbers, from 4 to 50 layers."""
    torch.manual_seed(0)
    y = torch.arange(90) % 3
    turn, radius = 2 * torch.pi * torch.rand(90), 1 + y + 0.1 * torch.randn(90)
    x = 100 + 10 * radius[:, None] * torch.stack([turn.cos(), turn.sin()], 1)

    def loss_of(model, batch):
        return nn.functional.cross_entropy(model(batch[0]), batch[1])

    print(f"PyTorch {torch.__version__}; loss after 150 steps, guessing has 1.10")
    for layers in 4, 10, 30, 50:
        chain = [nn.Linear(2, 64), nn.ReLU()]
        for _ in range(layers - 1):
            chain += [nn.Linear(64, 64), nn.ReLU()]
        plain = nn.Sequential(Standardize(x), *chain, nn.Linear(64, 3))
        ends = []
        for model in plain, default_network(x, 3, blocks=layers):
            ends.append(default_training(model, loss_of, [(x, y)] * 150)[0][-1])
        print(f"{layers:2} layers   plain: {ends[0]:.2f}   default: {ends[1]:.2f}")


if __name__ == "__main__":
    example()
