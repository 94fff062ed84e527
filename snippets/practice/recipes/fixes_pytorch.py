"""Fixes to paste, for PyTorch, each with a number before and after."""

import contextlib
import math
from itertools import pairwise

import torch
from torch import nn


def initialize(model, nonlinearity="relu"):
    """He weights (or those of another activation) and zero biases for a whole model."""
    for layer in model.modules():
        if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity=nonlinearity)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


class Block(nn.Module):
    """A residual block: norm first, and a branch divided by the root of the depth."""

    def __init__(self, width, blocks):
        """Give all blocks of a network the same width."""
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(width), nn.Linear(width, width)
        self.scale = blocks**-0.5

    def forward(self, x):
        """Add the branch to what came in."""
        return x + self.scale * self.linear(torch.relu(self.norm(x)))


def encoder(width, layers, norm_first=True):
    """A transformer encoder with its norms before the branches, and one at the end."""
    layer = nn.TransformerEncoderLayer(
        width, 4, 4 * width, 0.0, batch_first=True, norm_first=norm_first
    )
    last = nn.LayerNorm(width) if norm_first else None
    return nn.TransformerEncoder(layer, layers, last, enable_nested_tensor=False)


def clipped_step(loss, model, optimizer, limit):
    """One step, clipped; returns the norm of the gradient as it was before."""
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
    if norm.isfinite():  # a factor cannot repair inf or NaN
        optimizer.step()
    return norm


def accumulated_step(loss_of, parts, model, optimizer, limit):
    """One step for several parts of a batch: one backward each, clipped once."""
    optimizer.zero_grad()
    for part in parts:
        (loss_of(part) / len(parts)).backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
    optimizer.step()
    return norm


def warm_up(optimizer, steps):
    """A schedule: the rate rises to its full size in these steps, and stays."""
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, (step + 1) / steps)
    )


def remember(lstm, bias=1.0):
    """Sets the forget gates of an LSTM; its gates lie in the order i, f, g, o."""
    with torch.no_grad():
        for name, vector in lstm.named_parameters():
            if "bias" in name:  # of two vectors, which PyTorch adds up
                size = len(vector) // 4
                vector[size : 2 * size] = bias if "bias_ih" in name else 0


def yes_or_no(logits, targets):
    """The loss for yes or no, from logits; for K classes use `cross_entropy`."""
    return nn.functional.binary_cross_entropy_with_logits(logits, targets)


def half_precision_step(loss_of, batch, model, optimizer, scaler, limit=1.0):
    """One step in float16: scale, backward, unscale, clip, step; returns the scale."""
    optimizer.zero_grad()
    with torch.autocast(batch[0].device.type, dtype=torch.float16):
        loss = loss_of(model, batch)
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)  # or the limit is for the scaled gradient
    nn.utils.clip_grad_norm_(model.parameters(), limit)
    scaler.step(optimizer)  # skips the step if the gradient is not finite
    scaler.update()  # and halves the scale then
    return scaler.get_scale()


def start_at_base_rate(layer, targets):
    """Sets the last bias: log odds of yes or no, log shares of classes, or a mean."""
    with torch.no_grad():
        if not targets.is_floating_point():  # classes
            share = torch.bincount(targets, minlength=len(layer.bias)) / len(targets)
            layer.bias.copy_(share.clamp(min=1e-6).log())
        elif ((targets == 0) | (targets == 1)).all():
            layer.bias.copy_(targets.mean(0).logit(1e-6))
        else:
            layer.bias.copy_(targets.mean(0))


def scales(targets):
    """Functions that shrink targets for training, and restore predictions."""
    mean, size = targets.mean(0), targets.std(0).clamp(min=1e-6)
    return lambda y: (y - mean) / size, lambda out: out * size + mean


def without_decay(model, decay):
    """Parameter groups for an optimizer: weight decay for matrices only."""
    named = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in named if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in named if p.ndim <= 1], "weight_decay": 0.0},
    ]


def self_normalizing(*widths):
    """SELU layers with the weights and the dropout that belong to them."""
    layers = []
    for n, m in pairwise(widths):
        layers += [nn.Linear(n, m), nn.SELU(), nn.AlphaDropout(0.05)]
        nn.init.kaiming_normal_(layers[-3].weight, nonlinearity="linear")  # LeCun
        nn.init.zeros_(layers[-3].bias)
    return nn.Sequential(*layers[:-2])  # the last layer is linear


# ---- Paste what is above, or a part of it. Below: each fix, before and after. ----
def signal(model, x):
    """Norms of the gradient at the output of each linear layer, first to last."""
    outputs = []
    with contextlib.ExitStack() as stack:
        for layer in model.modules():
            if isinstance(layer, nn.Linear):
                hook = layer.register_forward_hook(lambda *it: outputs.append(it[-1]))
                stack.callback(hook.remove)
        y = model(x)
    loss = (y * torch.randn_like(y)).sum()
    return [g.norm().item() for g in torch.autograd.grad(loss, outputs)]


def factor(model, x):
    """Factor of that norm per hidden layer, going back."""
    norms = signal(model, x)[:-1]
    return (norms[0] / norms[-1]) ** (1 / (len(norms) - 1))


def plain(widths, activation=nn.ReLU):
    """A chain of linear layers and activations, as PyTorch draws it."""
    layers = []
    for n, m in pairwise(widths):
        layers += [nn.Linear(n, m), activation()]
    return nn.Sequential(*layers[:-1])


def show(fix, what, before, after, digits=3):
    """A line for a fix; one digit is enough for what training made."""
    before, after = (f"{float(f'{it:.{digits}g}'):g}" for it in (before, after))
    print(f"{fix:22} {what:38} {before:>8} -> {after:>8}")


def examples():
    x = torch.randn(64, 128)
    deep = plain([128] * 21 + [10])
    before = factor(deep, x)
    initialize(deep)
    show("initialize", "factor per layer, 20 ReLU layers", before, factor(deep, x))
    zero = plain([128] * 21 + [10])
    for p in zero.parameters():
        nn.init.zeros_(p) if p.ndim > 1 else nn.init.normal_(p)
    same = max(g / 64 for g in signal(zero, x)[:-1])
    print(f"{'zero weights':22} {'error signal of all hidden layers':38} {same:8.3g}")
    before = factor(initialized(plain([128] * 21 + [10], nn.SELU), "relu"), x)
    after = factor(self_normalizing(*[128] * 21, 10).eval(), x)
    show("self_normalizing", "factor per layer, 20 SELU layers", before, after)

    bare = nn.Sequential(*(Block(128, 1) for _ in range(50)))
    scaled = nn.Sequential(*(Block(128, 50) for _ in range(50)))
    for blocks in bare, scaled:
        initialize(blocks)
        for block in blocks:
            block.norm = nn.Identity() if blocks is bare else block.norm
    grown = [reach(blocks, x) for blocks in (bare, scaled)]
    show("Block", "growth of the gradient, 50 blocks", *grown)
    losses = [learn_tokens(encoder(32, 16, first)) for first in (False, True)]
    show("encoder", "loss after 60 steps, 16 layers", *losses, digits=1)

    losses = [meet_a_bad_batch(limit) for limit in (math.inf, 2.3)]
    show("clipped_step", "loss in 20 steps after a bad batch", *losses, digits=1)
    g = torch.tensor([3.0, 0.1])
    turned = torch.cosine_similarity(g, g.clamp(-0.5, 0.5), dim=0).acos().rad2deg()
    norm = torch.cosine_similarity(g, g * 0.5 / g.norm(), dim=0).clamp(max=1).acos()
    show("clip by norm, not value", "turned by, in degrees", turned, norm)
    show("accumulated_step", "error of the gradient: each, once", *accumulate())
    show("warm_up", "dead units, %", dead_after(1), dead_after(20), digits=1)
    show("remember", "gradient left after 100 steps", *lstm_reach())

    z = torch.tensor([-120.0], requires_grad=True)
    nn.functional.binary_cross_entropy(z.sigmoid(), torch.ones(1)).backward()
    before, z.grad = -z.grad.item(), None
    yes_or_no(z, torch.ones(1)).backward()
    show("yes_or_no", "pull on a logit of -120 with target 1", before, -z.grad.item())
    half_precision()
    y = (torch.arange(1000) % 50 == 0).float()[:, None]
    model = plain([128, 128, 1])
    inputs = torch.randn(1000, 128)
    initialize(model)
    before = yes_or_no(model(inputs), y).item()
    start_at_base_rate(model[-1], y)
    show(
        "start_at_base_rate", "first loss, 2% yes", before, yes_or_no(model(inputs), y)
    )
    show("scales", "error over the targets' size", *regress(), digits=1)
    groups = without_decay(nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8)), 0.01)
    show("without_decay", "tensors with decay", 4, len(groups[0]["params"]))


def initialized(model, nonlinearity):
    initialize(model, nonlinearity)
    return model


def reach(model, x):
    """Norm of the gradient at the inputs over that at the outputs."""
    x = x.clone().requires_grad_()
    y = model(x)
    g = torch.randn_like(y)
    return (torch.autograd.grad(y, x, g)[0].norm() / g.norm()).item()


def learn_tokens(model, steps=60):
    """Loss of an encoder that shall turn each of 12 tokens into another one."""
    torch.manual_seed(1)
    words = torch.randn(12, 32)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    for _ in range(steps):
        x = torch.randint(12, (32, 4))
        logits, targets = model(words[x])[..., :12], (5 * x + 3) % 12
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


def meet_a_bad_batch(limit):
    """Mean loss of a tanh network in 20 steps after one batch in a wrong unit."""
    torch.manual_seed(1)
    model = initialized(plain([32] * 11 + [1], nn.Tanh), "linear")
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=0.05), []
    for step in range(101):
        x = torch.randn(16, 32)
        loss = nn.functional.mse_loss(model(x), x[:, :1] * (10 if step == 80 else 1))
        clipped_step(loss, model, optimizer, limit)
        losses.append(loss.item())
    return sum(losses[81:]) / 20


def accumulate():
    """Error of a clipped gradient in four parts: each part clipped, and the sum."""
    torch.manual_seed(1)
    model, x, y = nn.Linear(8, 1), torch.randn(32, 8), 9 * torch.randn(32, 1)
    optimizer, errors = torch.optim.SGD(model.parameters(), lr=0.0), []

    def loss_of(part):
        return nn.functional.mse_loss(model(part[0]), part[1])

    clipped_step(loss_of((x, y)), model, optimizer, 1.0)
    whole = model.weight.grad.clone()
    parts = list(zip(x.split(8), y.split(8), strict=True))
    each = torch.zeros_like(whole)
    for part in parts:
        clipped_step(loss_of(part), model, optimizer, 1.0)
        each += model.weight.grad / 4
    accumulated_step(loss_of, parts, model, optimizer, 1.0)
    for g in each, model.weight.grad:
        errors.append(((g - whole).norm() / whole.norm()).item())
    return errors[0], round(errors[1], 6)


def dead_after(steps):
    """Percent of dead units of a ReLU layer trained at rate 6 on two rings."""
    dead = []
    for seed in range(5):
        torch.manual_seed(seed)
        y = (torch.arange(100) % 2).float()[:, None]
        turn = 2 * torch.pi * torch.rand(100, 1)
        x = (1 + y + 0.2 * torch.randn(100, 1)) * torch.cat([turn.cos(), turn.sin()], 1)
        x = (x - x.mean(0)) / x.std(0)
        model = initialized(plain([2, 64, 1]), "relu")
        optimizer = torch.optim.SGD(model.parameters(), lr=6.0)
        schedule = warm_up(optimizer, steps)
        for _ in range(100):
            optimizer.zero_grad()
            yes_or_no(model(x), y).backward()
            optimizer.step()
            schedule.step()
        dead.append(100 * (model[0](x) <= 0).all(0).float().mean().item())
    return sum(dead) / len(dead)


def lstm_reach():
    """Gradient at the first of 100 inputs over that at the last, for two biases."""
    shares = []
    for bias in None, 3.0:
        torch.manual_seed(1)
        lstm, x = nn.LSTM(16, 32), torch.randn(100, 8, 16, requires_grad=True)
        if bias:
            remember(lstm, bias)
        y = lstm(x)[0][-1]
        g = torch.autograd.grad((y * torch.randn_like(y)).sum(), x)[0].norm(dim=(1, 2))
        shares.append((g[0] / g[-1]).item())
    return shares


def half_precision():
    """Gradients that float16 loses without a scale; a scale that falls for ever."""
    g = 10.0 ** torch.linspace(-10, -6, 100)
    lost = [100 * ((g * s).half() == 0).float().mean().item() for s in (1, 2**16)]
    show("half_precision_step", "gradients of 1e-10 to 1e-6 lost, %", *lost)
    model = nn.Linear(4, 1)
    optimizer, scales = torch.optim.SGD(model.parameters(), lr=0.1), {}
    for name, x in {
        "good": torch.ones(8, 4),
        "NaN": torch.full((8, 4), torch.nan),
    }.items():
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0**16)
        for _ in range(30):
            half_precision_step(
                lambda net, it: net(it[0]).mean(), (x,), model, optimizer, scaler
            )
        scales[name] = scaler.get_scale()
    show(
        "",
        "scale after 30 steps with NaN; without",
        *[scales[n] for n in ("NaN", "good")],
    )


def regress():
    """Error after 200 steps for targets near 300, as they are and scaled."""
    errors = []
    for scaled in False, True:
        torch.manual_seed(1)
        x = torch.randn(200, 8)
        y = 300 + 50 * x[:, :1] * x[:, 1:2]
        shrink, restore = scales(y)
        model = initialized(plain([8, 64, 64, 1]), "relu")
        optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
        for _ in range(200):
            target = shrink(y) if scaled else y
            clipped_step(
                nn.functional.mse_loss(model(x), target), model, optimizer, 1e9
            )
        out = restore(model(x)) if scaled else model(x)
        errors.append((nn.functional.mse_loss(out, y).sqrt() / y.std()).item())
    return errors


if __name__ == "__main__":
    torch.manual_seed(0)
    print(f"PyTorch {torch.__version__}")
    examples()
