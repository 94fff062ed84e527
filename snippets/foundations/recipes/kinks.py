"""Slopes at a kink: each framework has its own convention, and each function too."""

import jax
import jax.numpy as jnp
import torch
from torch.nn import functional


def by_torch(function, z=0.0):
    """The slope that PyTorch gives a function of one number at z."""
    z = torch.tensor(z, requires_grad=True)
    function(z).backward()
    return z.grad.item()


def by_jax(function, z=0.0):
    """The slope that JAX gives a function of one number at z."""
    return float(jax.grad(function)(z))


def loss_by_torch(rectify):
    """Stable cross-entropy from a logit z, label 1, by some max(z, 0)."""
    return lambda z: rectify(z) - z + torch.log1p(torch.exp(-z.abs()))


def loss_by_jax(rectify):
    """The same in JAX."""
    return lambda z: rectify(z) - z + jnp.log1p(jnp.exp(-jnp.abs(z)))


TIE = (
    lambda z: torch.maximum(z, torch.zeros(())),
    lambda z: jnp.maximum(z, 0),
)
CLIP = (lambda z: z.clamp(0, 6), lambda z: jnp.clip(z, 0, 6))
RELU = functional.relu, jax.nn.relu
AT_ZERO = {  # name: in PyTorch, in JAX
    "relu(z)": RELU,
    "leaky_relu(z, 0.01)": (functional.leaky_relu, jax.nn.leaky_relu),
    "maximum(z, 0)": TIE,
    "clamp or clip, 0 to 6": CLIP,
    "abs(z)": (torch.abs, jnp.abs),
}
AT_SIX = {"relu6(z)": (functional.relu6, jax.nn.relu6), "clamp or clip, 0 to 6": CLIP}
LOSS = {  # the right slope at 0 is sigmoid(0) - 1 = -0.5
    "with relu(z)": (loss_by_torch(RELU[0]), loss_by_jax(RELU[1])),
    "with maximum(z, 0)": (loss_by_torch(TIE[0]), loss_by_jax(TIE[1])),
    "softplus(z) - z": (
        lambda z: functional.softplus(z) - z,
        lambda z: jax.nn.softplus(z) - z,
    ),
}


def show(title, rows, z=0.0):
    """A table of both frameworks' slopes."""
    print(f"\n{title:24} PyTorch    JAX")
    for name, (one, other) in rows.items():
        print(f"{name:24} {by_torch(one, z):7.2f} {by_jax(other, z):6.2f}")


if __name__ == "__main__":
    print(f"PyTorch {torch.__version__}, JAX {jax.__version__}")
    show("slope at 0", AT_ZERO)
    show("slope at 6", AT_SIX, 6.0)
    show("slope at 0 of a loss", LOSS)
    z = torch.linspace(-6, 6, 120001, dtype=torch.float64, requires_grad=True)
    curves = [functional.gelu(z, approximate=it) for it in ("none", "tanh")]
    slopes = [torch.autograd.grad(curve.sum(), z)[0] for curve in curves]
    print("\nGELU by its tanh formula, largest difference to the exact one:")
    for name, (exact, near) in {"value": curves, "slope": slopes}.items():
        print(f"{name} {(exact - near).abs().max():.1e}")
