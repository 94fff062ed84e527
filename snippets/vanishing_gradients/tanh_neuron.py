"""One large step saturates a tanh neuron.

One neuron, two inputs (1, 1), one step of gradient descent; nothing is random."""

import matplotlib.pyplot as plt
import numpy as np

X, W, B = np.array([1.0, 1.0]), np.array([0.5, 0.5]), 0.5
OTHER = np.array([-0.5, 0.0])  # a second input
RATE = 0.1


def slope(z):
    """Slope of tanh, 1 - tanh² in a form that loses no digits: shape of z."""
    return 1 / np.cosh(z) ** 2


def step(w, b, x, push):
    """One step on the input x with ∂L/∂a = push: new weights (2,) and bias."""
    delta = push * slope(w @ x + b)
    return w - RATE * delta * x, b - RATE * delta


z, reach = W @ X + B, X @ X + 1  # a step on X moves z by -RATE * δ * reach
a = np.tanh(z)
print(f"start: z = {z}, a = tanh(z) = {a:.4f}, slope = {slope(z):.4f}")
for end, target in ((-10, 0), (10, 1)):
    delta = (z - end) / reach / RATE
    push = delta / slope(z)
    w, b = step(W, B, X, push)
    print(f"\nto z = {w @ X + b:.0f}, by {end - z}: W = {w.round(4)}, b = {b:.4f}")
    print(f"  at rate {RATE}: δ = {delta:.4f}, ∂L/∂a = {push:.2f}")
    error = a - target  # ∂L/∂a of the squared error
    print(f"  at ∂L/∂a = a - {target} = {error:.4f}: rate {RATE * push / error:.2f}")
    naive = 1 - np.tanh(np.float32(end)) ** 2
    print(f"  slope there {slope(end):.3e}, in float32 from 1 - a²: {naive}")
    print(f"  that is smaller by {slope(z) / slope(end):.3e}; a step back moves z by")
    for x in (X, OTHER):
        new_w, new_b = step(w, b, x, np.sign(end))
        change = (new_w - w) @ X + new_b - b
        print(f"    {change:10.3e} on x = {x}, where z = {w @ x + b:.4f}")
pushes = np.linspace(-160, 220, 400)
ends = z - RATE * pushes * slope(z) * reach
_, (top, bottom) = plt.subplots(
    2, sharex=True, figsize=(5.6, 5.6), layout="constrained"
)
top.plot(pushes, ends, "C1-")
bottom.semilogy(pushes, slope(ends), "C1-")
for end, offset in ((-10, (-62, -4)), (z, (10, 4)), (10, (10, 0))):
    push = (z - end) / (RATE * slope(z) * reach)
    top.plot(push, end, "o", color="black")
    bottom.plot(push, slope(end), "o", color="black")
    label = f"z = {end:g}".replace("-", "−")
    top.annotate(label, (push, end), offset, textcoords="offset points")
top.set(ylabel="z after the step")
bottom.set(xlabel="∂L/∂a in the step (learning rate 0.1)", ylabel="slope of tanh there")
plt.show()
