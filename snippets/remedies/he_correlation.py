"""He weights keep the size and lose the differences.

50 random layers, width 128, tanh for inputs NEAR° apart; median, range of 10 seeds."""

import matplotlib.pyplot as plt
import numpy as np

WIDTH, DEPTH, SEEDS, SHOW, TURN = 128, 50, 10, [0, 1, 9, 19, 49], np.arange(0, 360, 10)
NEAR = 10  # try 40, 180


def angle_map(theta):
    """Angle (radians) of two inputs after one wide ReLU layer, from that before."""
    cosine = (np.sin(theta) + (np.pi - theta) * np.cos(theta)) / np.pi
    return np.arccos(np.clip(cosine, -1, 1))


def forward(phi, weights):
    """Pre-activations of all layers: shape (DEPTH, SEEDS, WIDTH, inputs)."""
    z = [weights[0] @ x]
    for W in weights[1:]:
        z.append(W @ phi(z[-1]))
    return np.array(z)


def angle(z, turn):
    """Mean angle (°) of z for inputs that are turn degrees apart: (DEPTH, SEEDS)."""
    unit = z / np.linalg.norm(z, axis=2, keepdims=True)
    chord = np.linalg.norm(unit - np.roll(unit, turn // 10, axis=3), axis=2)
    return np.degrees(2 * np.arcsin(np.minimum(chord / 2, 1))).mean(axis=2)


W = np.random.default_rng(0).standard_normal((DEPTH, SEEDS, WIDTH, WIDTH)) / WIDTH**0.5
x = WIDTH**0.5 * np.eye(WIDTH, 2) @ [np.cos(np.radians(TURN)), np.sin(np.radians(TURN))]
relu, theory = forward(lambda z: np.maximum(z, 0), 2**0.5 * W), [np.pi / 2]
for _ in range(DEPTH - 1):
    theory.append(angle_map(theory[-1]))
ROWS = {  # values (DEPTH, SEEDS), line
    "ReLU, He, 90°": (angle(relu, 90), "C2-"),
    "theory, 90°": (np.degrees(theory)[:, None], "C2:"),
    f"ReLU, He, {NEAR}°": (angle(relu, NEAR), "C2--"),
    "tanh, gain 1": (angle(forward(np.tanh, W), NEAR), "C1-"),
    "tanh, gain 5/3": (angle(forward(np.tanh, 5 / 3 * W), NEAR), "C1-."),
    "ReLU: rms of z": (np.sqrt(np.mean(relu**2, axis=(2, 3))),),
    "  it varies by %": (100 * relu.var(3).mean(2) / np.mean(relu**2, (2, 3)),),
}
fig, ax = plt.subplot_mosaic("AA;AA;BC", figsize=(5.6, 7.5), layout="constrained")
print("angle (°), layer   1      2     10     20     50 lowest highest")
for name, (values, *drawn) in ROWS.items():
    low, median, high = np.quantile(values, (0, 0.5, 1), axis=1)
    print(f"{name:16}", *(f"{v:6.1f}" for v in [*median[SHOW], low[-1], high[-1]]))
    for line in drawn:
        ax["A"].semilogy(range(1, DEPTH + 1), median, line, label=name)
        ax["A"].fill_between(range(1, DEPTH + 1), low, high, color=line[:2], alpha=0.2)
for key, layer in ("B", 1), ("C", 50):
    ax[key].plot(TURN, relu[layer - 1, 0, :6].T, "C2-")
    ax[key].set(ylim=(-3, 3), xlabel="input (°)", title=f"z in layer {layer}")
ax["A"].set(xlabel="layer ℓ", ylabel="angle between two inputs (°)")
fig.legend(loc="outside upper center", ncols=2)
plt.show()
