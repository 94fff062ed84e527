"""A loss scale that falls for ever: no scale makes a NaN finite."""

import math

import torch
from torch import nn

STEPS, CHECKED = 100, (1, 10, 40, 100)


def train(loss_of):
    """The scale over the steps, how many were skipped, the last bad gradients."""
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**16, growth_interval=50)
    scales, skipped, bad = [2.0**16], 0, []
    for _ in range(STEPS):
        optimizer.zero_grad()
        scaler.scale(loss_of(model)).backward()
        for parameter in model.parameters():
            parameter.grad = parameter.grad.half().float()  # what float16 would keep
        named = model.named_parameters()
        bad = [name for name, it in named if not it.grad.isfinite().all()]
        scaler.step(optimizer)
        scaler.update()
        skipped += scaler.get_scale() < scales[-1]
        scales.append(scaler.get_scale())
    return scales, skipped, bad


def large(model):
    """Gradients of about a thousand: fine, once the scale is small enough."""
    return 1000 * model(torch.ones(8, 3)).mean()


def branch(model):
    """The square root where it exists: its slope at 0 is infinite, times 0 is NaN."""
    z = model(torch.zeros(8, 3)) - model.bias
    return torch.where(z > 0, z.sqrt(), z).mean()


def overflow(model):
    """Logits that float16 cannot hold: the scale comes after them."""
    logits = (1e6 * model(torch.ones(8, 3))).half().float()
    return torch.cat([logits, -logits], 1).log_softmax(1)[:, 0].mean()


if __name__ == "__main__":
    print(f"PyTorch {torch.__version__}")
    print("log2 of the scale after", *(f"{n:4}" for n in CHECKED), "skipped  still bad")
    for loss_of in (large, branch, overflow):
        torch.manual_seed(0)
        scales, skipped, bad = train(loss_of)
        row = [f"{math.log2(scales[step]):4.0f}" for step in CHECKED]
        said = ", ".join(bad) or "none"
        print(f"{loss_of.__name__:23}", *row, f"{skipped:7}  {said}")
