"""Too large a step throws a neuron's line out of the cloud of points.

One neuron, two inputs, 40 points; one step of gradient descent on its mean output."""

import matplotlib.pyplot as plt
import numpy as np

RATE = 4  # try 0.5, 1
WEIGHTS, BIAS = np.array([0.8, 0.6]), 0.5  # where the neuron starts


def gradient(w, b):
    """Gradient of the mean output for w (2,) and b: only points that are on count."""
    on = points @ w + b > 0
    return (on[:, None] * points).mean(axis=0), on.mean()


def draw(axes, w, b, name):
    """The points, filled where the neuron is on; its line, the side of "on" shaded."""
    z, height = points @ w + b, w[0] * grid[0] + w[1] * grid[1] + b
    axes.contourf(*grid, height, [0, 99], colors=["C2"], alpha=0.15)
    axes.contour(*grid, height, [0], colors=["C2"])
    axes.plot(*points[z > 0].T, "C2o", markersize=4)
    axes.plot(*points[z <= 0].T, "o", color="gray", markersize=4, fillstyle="none")
    axes.set(aspect="equal", xticks=[], yticks=[], xlabel="input 1")
    axes.set_title(f"{name}: on for {sum(z > 0)} of 40")
    print(f"{name}: z from {min(z):.2f} to {max(z):.2f}, on for {sum(z > 0)} of 40")


rng = np.random.default_rng(3)
points = rng.standard_normal((40, 2))
points = (points - points.mean(axis=0)) / points.std(axis=0)  # standardized
grid = np.meshgrid(np.linspace(-5.5, 3, 86), np.linspace(-3.5, 4, 76))
step_w, step_b = gradient(WEIGHTS, BIAS)
after = WEIGHTS - RATE * step_w, BIAS - RATE * step_b
_, (left, right) = plt.subplots(1, 2, figsize=(5.6, 2.9), layout="constrained")
draw(left, WEIGHTS, BIAS, "before")
draw(right, *after, "after")
left.set_ylabel("input 2")
print(f"weights {WEIGHTS} to {after[0].round(2)}, bias {BIAS} to {after[1]:.2f}")
rates = np.arange(0, 9, 0.01)[:, None]
largest = np.max(points @ (WEIGHTS - rates * step_w).T + (BIAS - rates * step_b).T, 0)
print(f"dead from a learning rate of {rates[largest <= 0].min():.2f} on")
plt.show()
