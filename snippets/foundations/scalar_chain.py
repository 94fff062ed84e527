"""The slopes alone give the wrong size and the wrong sign.

Three sigmoid neurons in a row, one input each; half the squared error. No chance."""

import matplotlib.pyplot as plt
import numpy as np

X, TARGET, LEARNING_RATE = 2, 1, 2
WEIGHTS = (1, -2, 3)  # try (1, 2, 0.5), (1, -2, -3), (1, 0.1, 0.1)
BIASES = (-1, 1, -1)


def forward(weights):
    """Input and outputs a[0] to a[3], pre-activations z[0] to z[2]: two lists."""
    a, z = [X], []
    for w, b in zip(weights, BIASES, strict=True):
        z.append(w * a[-1] + b)
        a.append(1 / (1 + np.exp(-z[-1])))
    return a, z


def loss(weights):
    """Half the squared error of the last neuron."""
    return (forward(weights)[0][3] - TARGET) ** 2 / 2


def backward(weights, slopes, error):
    """Error signals δ of the three neurons, found from the last to the first: (3,)."""
    third = error * slopes[2]
    second = third * weights[2] * slopes[1]
    return np.array([second * weights[1] * slopes[0], second, third])


a, z = forward(WEIGHTS)
slopes, error = [value * (1 - value) for value in a[1:]], a[3] - TARGET
delta = backward(WEIGHTS, slopes, error)
gradient = delta * a[:3]
slopes_only = backward((1, 1, 1), slopes, error) * a[:3]  # leaves the weights out
central = [(loss(WEIGHTS + s) - loss(WEIGHTS - s)) / 2e-5 for s in 1e-5 * np.eye(3)]
rows = {"input": a[:3], "weight w": WEIGHTS, "pre-activation z": z, "output a": a[1:]}
rows |= {"slope σ′(z)": slopes, "error signal δ": delta, "∂L/∂w = δ * input": gradient}
rows |= {"central differences": central, "slopes only": slopes_only}
print(f"{'':19}  neuron 1  neuron 2  neuron 3")
for name, row in (rows | {"∂L/∂w / slopes only": gradient / slopes_only}).items():
    print(f"{name:19}" + "".join(f"{value:10.4f}" for value in row))
print(f"output - target {error:.4f}, loss {loss(WEIGHTS):.4f}")

w1, near = np.linspace(-2, 4, 49), np.array([-0.5, 2.5])
lines = {"∂L/∂w": ("C8--", gradient, 2.6), "slopes only": ("C6-.", slopes_only, -1.9)}
_, ax = plt.subplots(layout="constrained")
losses = [loss((w, *WEIGHTS[1:])) for w in w1]
ax.plot(w1, losses, "o-", color="black", markevery=[24])  # the dot: w₁ = 1
for name, (style, step, place) in lines.items():
    new = (WEIGHTS[0] - LEARNING_RATE * step[0], *WEIGHTS[1:])
    print(f"w₁ after a step by {name:11} {new[0]:.4f}, loss {loss(new):.4f}")
    line = loss(WEIGHTS) + step[0] * (near - WEIGHTS[0])
    ax.plot(near, line, style)
    ax.text(place, line[int(place > 0)], name, color=style[:2], va="bottom")
ax.set(xlabel="first weight w₁", ylabel="loss L")
plt.show()
