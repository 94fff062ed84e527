"""Ten checks of a few lines, each on a network with the fault and on one without."""

import copy
import math
from itertools import pairwise

import torch
from torch import nn


def fit_one_batch(model, loss_of, batch, rate=0.01, steps=300):
    """Loss of a copy of the model before and after training on one batch only."""
    net, losses = copy.deepcopy(model), []
    optimizer = torch.optim.Adam(net.parameters(), lr=rate)
    for _ in range(steps):
        optimizer.zero_grad()
        losses.append(loss_of(net, batch))
        losses[-1].backward()
        optimizer.step()
    return losses[0].item(), losses[-1].item()


def neighbours_agree(x, y):
    """Share of inputs whose nearest other input has the same label; share by chance."""
    distance = torch.cdist(x.flatten(1), x.flatten(1)).fill_diagonal_(math.inf)
    pairs = (y[:, None] == y).double().fill_diagonal_(0)
    chance = pairs.sum() / (len(y) * (len(y) - 1))
    return (y[distance.argmin(1)] == y).double().mean().item(), chance.item()


def left_over(model, loss):
    """Norm of .grad, as your loop left it, over the norm of this loss's gradient."""
    weights = [p for p in model.parameters() if p.grad is not None]
    fresh = torch.autograd.grad(loss, weights, allow_unused=True)
    fresh = [it for it in fresh if it is not None]
    old = nn.utils.get_total_norm([p.grad for p in weights])
    return (old / nn.utils.get_total_norm(fresh)).item()


def are_probabilities(outputs):
    """Whether outputs that should be logits went through a softmax or sigmoid."""
    inside = ((outputs >= 0) & (outputs <= 1)).all().item()
    least = 0.75 if outputs.shape[-1] > 1 else 0.4  # a lost signal leaves less
    return inside and outputs.double().sum(-1).mean().item() > least


def differ(outputs):
    """How far outputs of different inputs are apart, by their size; 0: all the same."""
    size = outputs.square().mean().sqrt()
    return (outputs.std(0).mean() / size).item() if size else 0.0


def exactly_zero(outputs):
    """Share of outputs that are exactly 0: a ReLU at the end makes them."""
    return (outputs == 0).double().mean().item()


def without_gradient(model):
    """Names of the parameters that a backward pass did not reach."""
    return [name for name, p in model.named_parameters() if p.grad is None]


def not_in(optimizer, model):
    """Names of the parameters that the optimizer will never move."""
    known = {id(p) for group in optimizer.param_groups for p in group["params"]}
    return [name for name, p in model.named_parameters() if id(p) not in known]


def both_modes(model, loss_of, batch):
    """Loss of the same batch in training mode and in evaluation mode."""
    losses, was = [], model.training
    kept = copy.deepcopy(model.state_dict())  # training mode moves running averages
    with torch.no_grad():
        for training in (True, False):
            losses.append(loss_of(model.train(training), batch).item())
            model.load_state_dict(kept)
    model.train(was)
    return losses


def pull_on_fakes(discriminator, fakes):
    """Mean slope of the generator's loss at a discriminator's logits: 0 is no pull."""
    logits = discriminator(fakes).detach().requires_grad_()
    loss = torch.log1p(-torch.sigmoid(logits)).mean()  # what the generator lowers
    loss.backward()
    return (logits.grad.abs().mean() * logits.numel()).item()


# ---- Paste what is above, or a part of it. Below: each fault, and the mended network.
def show(check, ill, well):
    """One line for each check."""
    print(f"{check:20} with the fault: {ill}\n{'':20} without:        {well}")


def numbers(values, digits=3):
    """Numbers with few digits."""
    return ", ".join(f"{it:.{digits}g}" for it in values)


def network(*widths, last=None):
    """A chain of linear layers and ReLUs."""
    layers = []
    for a, b in pairwise(widths):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1], *([last] if last else []))


def loss_of(model, batch):
    return nn.functional.cross_entropy(model(batch[0]), batch[1])


def example():
    """Every check on an ill and on a well network."""
    torch.manual_seed(0)
    y = torch.randint(3, (300,))
    x = nn.functional.one_hot(y, 3) * 2.0 + torch.randn(300, 3)
    deep, well = network(3, *[16] * 20, 3), network(3, 16, 3)
    small = x[:9], y[:9]
    print(f"PyTorch {torch.__version__}")
    pairs = fit_one_batch(deep, loss_of, small), fit_one_batch(well, loss_of, small)
    show("fit_one_batch", *map(numbers, pairs))
    pairs = neighbours_agree(x, y.roll(1)), neighbours_agree(x, y)
    show("neighbours_agree", *map(numbers, pairs))

    for _ in range(10):
        loss_of(well, (x, y)).backward()
    ill = left_over(well, loss_of(well, (x, y)))
    well.zero_grad()
    loss_of(well, (x, y)).backward()
    show("left_over", f"{ill:.3g}", f"{left_over(well, loss_of(well, (x, y))):.3g}")

    twice = network(3, 16, 3, last=nn.Softmax(-1))
    show("are_probabilities", are_probabilities(twice(x)), are_probabilities(well(x)))
    for classes in 2, 10:
        floor = math.log(math.e + classes - 1) - 1
        print(f"{'':20} least loss with softmax twice, {classes} classes: {floor:.3f}")
    show("differ", *(f"{differ(net(x)):.2g}" for net in (deep, well)))
    clipped = network(3, 16, 3, last=nn.ReLU())
    shares = exactly_zero(clipped(x)), exactly_zero(well(x))
    show("exactly_zero", *(f"{share:.2g}" for share in shares))

    cut = network(3, 16, 3)
    nn.functional.cross_entropy(cut[2](cut[:2](x).detach()), y).backward()
    show("without_gradient", without_gradient(cut), without_gradient(well))
    half = torch.optim.SGD(well[2].parameters(), lr=0.1)
    whole = torch.optim.SGD(well.parameters(), lr=0.1)
    show("not_in", not_in(half, well), not_in(whole, well))
    lagging = nn.Sequential(nn.Linear(3, 16), nn.BatchNorm1d(16), nn.Linear(16, 3))
    lagging[1].running_mean += 5
    losses = both_modes(lagging, loss_of, (x, y)), both_modes(well, loss_of, (x, y))
    show("both_modes", *map(numbers, losses))
    sure, fair = network(3, 16, 1), network(3, 16, 1)
    sure[2].bias.data -= 20
    show("pull_on_fakes", *(f"{pull_on_fakes(net, x):.2g}" for net in (sure, fair)))


if __name__ == "__main__":
    example()
