"""A finite difference has a best step, a complex step has none.

All 60 parameters of 10 random tanh networks, 3 layers, float64: median and range."""

import matplotlib.pyplot as plt
import numpy as np

TRANSPOSED = True  # try False
SEEDS, LAYERS, WIDTH, SAMPLES = 10, 3, 4, 8
STEPS = np.geomspace(1e-13, 1, 27)  # two per power of ten


def forward(theta, x):
    """Activations, x first, for θ of shape (..., 3, 4, 5): b is the last column."""
    a = [x]
    for layer in range(LAYERS):
        a.append(np.tanh(theta[..., layer, :, :-1] @ a[-1] + theta[..., layer, :, -1:]))
    return a


def loss(theta, x, y):  # half the squared error, mean over the samples: shape (...)
    return ((forward(theta, x)[-1] - y) ** 2).sum((-2, -1)) / (2 * SAMPLES)


def backpropagate(theta, x, y):
    """∂L/∂W and ∂L/∂b of all layers: same shape as θ."""
    a, gradient = forward(theta, x), np.empty_like(theta)
    upstream = (a[-1] - y) / SAMPLES  # ∂L/∂a of the last layer
    for layer in reversed(range(LAYERS)):
        W, delta = theta[..., layer, :, :-1], upstream * (1 - a[layer + 1] ** 2)
        gradient[..., layer, :, :-1] = delta @ a[layer].mT
        gradient[..., layer, :, -1] = delta.sum(-1)
        upstream = (W.mT if TRANSPOSED else W) @ delta
    return gradient


rng, errors = np.random.default_rng(0), []
theta = rng.standard_normal((SEEDS, 1, LAYERS, WIDTH, WIDTH + 1))
x, y = rng.standard_normal((2, SEEDS, 1, WIDTH, SAMPLES))
gradient = backpropagate(theta, x, y).reshape(SEEDS, -1)
units = np.eye(gradient.shape[1]).reshape(-1, *theta.shape[2:])  # one per parameter
for h in STEPS:
    twice = loss(theta + h * units, x, y) - loss(theta - h * units, x, y)
    found = np.array([twice / (2 * h), loss(theta + 1j * h * units, x, y).imag / h])
    errors.append(np.linalg.norm(found - gradient, axis=2))
errors /= np.linalg.norm(gradient, axis=1)  # shape (27, 2, SEEDS)
low, median, high = np.quantile(errors, (0, 0.5, 1), axis=2)
print("step h     central      max     complex      max")
for h, row in zip(STEPS[::4], np.stack([median, high], 2)[::4], strict=True):
    print(f"{h:.0e}" + "{:13.0e}{:9.0e}{:12.0e}{:9.0e}".format(*row.flat))
best, eps = STEPS[median[:, 0].argmin()], np.finfo(float).eps
print(f"best central h {best:.0e}; ε {eps:.1e}, ε^(1/3) {eps ** (1 / 3):.0e}")
_, ax = plt.subplots(figsize=(5.6, 4.6), layout="constrained")
for k, style in enumerate(("C6-", "C8--")):
    ax.loglog(STEPS, median[:, k], style)
    ax.fill_between(STEPS, low[:, k], high[:, k], color=style[:2], alpha=0.2)
ax.text(4e-10, 50 * median[7, 0], "central differences", color="C6")
ax.text(3e-13, 0.01 * median[1, 1], "complex step", color="C8")
ax.set(xlabel="step h", ylabel="relative error of gradient", ylim=(1e-19, 1e3))
plt.show()
