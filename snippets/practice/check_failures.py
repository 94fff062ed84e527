"""A right gradient can fail its check in five ways.

Three layers of width 4, 60 parameters, 8 samples; 10 draws: median and range."""

import matplotlib.pyplot as plt
import numpy as np

LAYERS, WIDTH, SAMPLES, NETWORKS, STEPS = 3, 4, 8, 10, np.geomspace(1e-10, 1, 21)
CASES = {"float64": ("C6-", 3e-10, 2e-10), "float32": ("C7--", 2e-10, 2e-2)}
CASES |= {"ReLU": ("C2-.", 3e-7, 1e-14), "new dropout": ("C8:", 2e-6, 4e6)}
CASES |= {"x in place": ("C9--", 2e-10, 2e3)}  # style, position of the label
UNITS = np.eye(60).reshape(60, LAYERS, WIDTH, WIDTH + 1)  # one per parameter


def loss(theta, x, y, case, rng):
    """Loss of K networks, (K,), and which pre-activations are > 0, (K, 3, 4, 8)."""
    x += 0.01 if case == "x in place" else 0  # moves the caller's array, too
    a, z = x, []
    for layer in range(LAYERS):
        z.append(theta[:, layer, :, :-1] @ a + theta[:, layer, :, -1:])
        a = z[-1] * (z[-1].real > 0) if case == "ReLU" else np.tanh(z[-1])
        a = a * (rng.random(a.shape) < (0.9 if case == "new dropout" else 1))
    return ((a - y) ** 2).sum((1, 2)) / 2 / SAMPLES, np.stack(z, 1).real > 0


def gradient(theta, x, y, *how):
    """The right one, by complex steps; your backward pass goes here. Shape (60,)."""
    return loss(theta + 1e-30j * UNITS, x.copy(), y, *how)[0].imag / 1e-30


def differences(theta, x, y, h, *how):
    """Central differences, and whether a pre-activation changes sign: both (60,)."""
    x, step = x.copy(), (h * UNITS).astype(theta.dtype)
    (up, above), (down, below) = (loss(theta + s, x, y, *how) for s in (step, -step))
    return (up - down) / (2 * h), (above != below).any((1, 2, 3))


errors, crossed = np.empty((2, len(CASES), NETWORKS, len(STEPS), len(UNITS)))
for c, seed in np.ndindex(errors.shape[:2]):
    case, rng, kind = [*CASES][c], np.random.default_rng(seed), "f4" if c == 1 else "f8"
    theta = rng.standard_normal((1, *UNITS.shape[1:])).astype(kind)
    x, y = rng.standard_normal((2, WIDTH, SAMPLES)).astype(kind)
    right = gradient(theta, x, y, case, rng)
    for k, h in enumerate(STEPS):
        found, crossed[c, seed, k] = differences(theta, x, y, h, case, rng)
        errors[c, seed, k] = (found - right) / np.linalg.norm(right)
low, median, high = np.quantile(np.linalg.norm(errors, axis=3), (0, 0.5, 1), axis=1)
print("step h" + "".join(f"{case:>13}" for case in CASES))
for k in range(2, len(STEPS), 2):
    print(f"{STEPS[k]:.0e} " + "".join(f"{error:13.0e}" for error in median[:, k]))
kink, error = crossed[2, :, 16] > 0, abs(errors[2, :, 16])
print(f"ReLU at h = {STEPS[16]:.0e}: {kink.sum()} of {kink.size} steps cross a kink")
print(f"largest error {error[kink].max():.2f}, in the others {error[~kink].max():.0e}")
_, ax = plt.subplots(figsize=(5.6, 4.6), layout="constrained")
for k, (case, (style, left, bottom)) in enumerate(CASES.items()):
    ax.loglog(STEPS, median[k], style)
    ax.fill_between(STEPS, low[k], high[k], color=style[:2], alpha=0.2)
    ax.text(left, bottom, case, color=style[:2])
ax.set(xlabel="step h", ylabel="error / size of the gradient")
plt.show()
