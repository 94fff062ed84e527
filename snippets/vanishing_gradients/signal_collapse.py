"""A deep sigmoid network stops seeing its input.

Width 128, biases 0, 10 seeds: median, range; each the mean over 7 pairs of inputs."""

import matplotlib.pyplot as plt
import numpy as np

WIDTH, DEPTH, SEEDS, INPUTS = 128, 50, 10, 8
CASES = {  # φ, its slope as a function of a = φ(z), σ_w, line, label above the line
    "tanh": (np.tanh, lambda a: 1 - a**2, 1, "C1--", 0.02, 3),
    "ReLU, He": (lambda z: np.maximum(z, 0), lambda a: a > 0, 2**0.5, "C2-.", 30, 0.02),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a - a**2, 1, "C0-", 99, 99),
}


def forward(phi, sigma_w, x, weights):  # x first: (layers + 1, WIDTH, INPUTS)
    a = [x]
    for W in weights:
        a.append(phi(sigma_w * (W @ a[-1])))
    return np.array(a)


def separate(a):  # mean distance, angle (°) of the inputs to the first, per layer
    unit = a / np.linalg.norm(a, axis=1, keepdims=True)
    near, chord = (np.linalg.norm(v[..., 1:] - v[..., :1], axis=1) for v in (a, unit))
    return near.mean(axis=1), np.degrees(2 * np.arcsin(chord / 2)).mean(axis=1)


_, panels = plt.subplots(2, sharex=True, figsize=(5.6, 7), layout="constrained")
print("layer distance: 0      10      20      50 angle (°): 0  10      20      50")
for name, (phi, slope, sigma_w, style, *above) in CASES.items():
    results, factors = [], []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        weights = rng.standard_normal((DEPTH, WIDTH, WIDTH)) / WIDTH**0.5
        x, u = rng.standard_normal((WIDTH, INPUTS)), rng.standard_normal(WIDTH)
        a, J = forward(phi, sigma_w, x, weights), np.eye(WIDTH)
        for W, v in zip(weights[:20], a[1:21, :, :1], strict=True):
            J = slope(v) * (sigma_w * W @ J)  # layers 1 to 20, at the first input
        results.append(separate(a))
        factors.append(np.linalg.norm([J @ u, J.T @ u], axis=1) / np.linalg.norm(u))
    low, median, high = np.quantile(results, (0, 0.5, 1), axis=0)
    print(f"{name:10}", *(f"{v:7.2g}" for v in median[:, [0, 10, 20, 50]].ravel()))
    forth, back = np.mean(np.power(factors, 1 / 20), axis=0)
    print(f"  factor per layer: difference {forth:.2f}, error signal {back:.2f}")
    for k, ax in enumerate(panels):
        ax.semilogy(median[k], style)
        ax.fill_between(range(DEPTH + 1), low[k], high[k], alpha=0.2, color=style[:2])
        ax.text(16, above[k] * median[k, 16], name, color=style[:2])
norms = np.linalg.norm(weights[1:16], 2, axis=(1, 2))
print(f"\nsigmoid, layers 2 to 16: |W|₂ from {norms.min():.1f} to {norms.max():.1f}")
print(f"so layer 16 cannot move by more than {np.prod(norms / 4) * WIDTH**0.5:.0e}")
for scale in (1, 100):
    new = scale * rng.standard_normal((1, WIDTH, WIDTH)) / WIDTH**0.5
    after = forward(phi, 1, x, np.append(new, weights[1:], axis=0))
    moved = np.linalg.norm(after - a, axis=1).max(axis=1)
    print(f"new W, σ_w = {scale}: layer 1 by {moved[1]:.0f}, layer 16 {moved[16]:.0e}")
panels[0].set(ylabel="distance of two inputs")
for ax in panels:
    ax.annotate("", (50, 1e-4), (24, 1e-4), arrowprops={"arrowstyle": "->"})
    ax.text(24, 1e-3, "the signal travels this way")
panels[1].set(ylabel="angle between them (°)", xlabel="layer ℓ (0 = input)")
plt.show()
