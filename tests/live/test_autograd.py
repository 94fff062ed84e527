"""Gradients of the engine are those that PyTorch finds; run by `make recipes`."""

import numpy as np
import pytest

from . import reference
from .settings import bound, settings

torch = pytest.importorskip("torch", reason="no PyTorch: `make recipes` installs it")
F = torch.nn.functional

PHI = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "ReLU": F.relu,
    "leaky ReLU": F.leaky_relu,
    "ELU": F.elu,
    "GELU": lambda z: F.gelu(z, approximate="tanh"),
    "SiLU": F.silu,
    "linear": lambda z: z,
}
PASS = """return given.map(options => {
    const network = new Network(options)
    network.forward()
    network.backward()
    const { params, gW, gv, gb, gc, delta, X, y, loss } = network
    return { params, gW, gv, gb, gc, delta, X, y, loss }
  })"""


def norm(z, kind):
    """What PyTorch's own layer makes of z, without learned scale and shift."""
    if kind == "none":
        return z
    if kind == "layer":
        return F.layer_norm(z, z.shape[1:])
    return F.batch_norm(z, None, None, training=True)


def join(weights, biases):
    """Both in one: with batch norm, the gradient of a bias alone is rounding."""
    return np.concatenate([np.ravel(weights), np.ravel(biases)])


def autograd(found, o):
    """On the engine's weights: the loss, its gradient by each W and by each z."""
    n, depth = o.width, o.depth
    sizes = [2 * n] + [n * n] * (depth - 1) + [n] * (depth + 1) + [1]
    parts = [p.requires_grad_() for p in torch.tensor(found["params"]).split(sizes)]
    a, zs = torch.tensor(found["X"]).view(-1, 2), []
    for W, b in zip(parts[:depth], parts[depth + 1 : -1], strict=True):
        z = F.linear(a, W.view(n, -1), b)
        zs.append(o.branch * z + o.skipped * zs[-1] if zs else z)
        a = PHI[o.activation](norm(zs[-1], o.norm))
    score = a @ parts[depth] + parts[-1]
    positive = (torch.tensor(found["y"]) + 1) / 2
    loss = F.binary_cross_entropy_with_logits(score, positive)
    gradients = torch.autograd.grad(loss, [*parts, *zs])
    return loss.item(), gradients[: len(parts)], gradients[len(parts) :]


@pytest.mark.parametrize("activation", reference.PHI)
def test_gradients_are_those_of_autograd(engine, activation):
    options = list(settings(13, activation=activation))
    for given, found in zip(options, engine(PASS, options), strict=True):
        o = reference.full(**given)
        loss, gradients, deltas = autograd(found, o)
        assert found["loss"] == pytest.approx(loss, rel=1e-10), given
        mine = [join(*pair) for pair in zip(found["gW"], found["gb"], strict=True)]
        theirs = [
            join(*it)
            for it in zip(
                gradients[: o.depth], gradients[o.depth + 1 : -1], strict=True
            )
        ]
        mine += [*found["delta"], join(found["gv"], found["gc"])]
        theirs += [*deltas, join(gradients[o.depth], gradients[-1])]
        for it, other in zip(mine, theirs, strict=True):
            distance = np.linalg.norm(it - np.ravel(other))
            assert distance <= bound(given) * np.linalg.norm(other), given
