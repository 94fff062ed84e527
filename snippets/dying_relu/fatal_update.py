"""One large step kills a ReLU neuron.

One neuron, four inputs: it is dead from the rate on at which its last z reaches 0."""

import math

import matplotlib.pyplot as plt
import numpy as np

X = np.array([[-1.0, 0.0, 1.0, 2.0], [1.0, 1.0, 1.0, 1.0]])  # inputs; 1 for the bias
Y = np.array([0.0, 0.5, 1.5, 2.0])
BIAS = 1.5  # try 1.25, 2
START = np.array([0.5, BIAS])  # weight and bias: z > 0 for all four inputs
cdf = np.vectorize(lambda v: math.erfc(-v / math.sqrt(2)) / 2)
ACTIVATIONS = {  # value and slope
    "ReLU": lambda z: (np.maximum(z, 0), np.where(z > 0, 1.0, 0.0)),
    "leaky ReLU": lambda z: (np.maximum(z, 0.01 * z), np.where(z > 0, 1.0, 0.01)),
    "ELU": lambda z: (np.where(z > 0, z, np.expm1(z)), np.exp(np.minimum(z, 0))),
    "GELU": lambda z: (z * cdf(z), cdf(z) + z * np.exp(-z * z / 2) / math.tau**0.5),
}


def gradient(params, name="ReLU"):
    """Gradient (2,) of the loss mean((a - Y)²) / 2, and the loss."""
    a, slope = ACTIVATIONS[name](params @ X)
    return X @ ((a - Y) * slope) / Y.size, np.mean((a - Y) ** 2) / 2


def steps_back(params, name):
    """Further steps, of rate 0.5, until the neuron is on again for some input."""
    for count in range(1, 1001):
        params = params - 0.5 * gradient(params, name)[0]
        if max(params @ X) > 0:
            return count
    return "none of 1000"


z, fall = START @ X, gradient(START)[0] @ X  # after a step at rate η: z - η fall
fatal = max(z / fall)
fig, axes = plt.subplots(layout="constrained")
end, deaths = 1.4 * fatal, np.round([1.2 * fatal, 2 * fatal], 2)
axes.axvspan(fatal, end, color="gray", alpha=0.2, lw=0)
axes.axhline(0, color="gray", lw=1)
axes.text(fatal + 0.08, 1.2, f"dead from\nη* = {fatal:.3g}")
for x, top, drop, dash in zip(X[0], z, fall, (":", "-.", "--", "-"), strict=True):
    print(f"x = {x:2.0f}: z = {top} - {drop:.3f} η, reaches 0 at η = {top / drop:.4f}")
    axes.plot([0, end], [top, top - end * drop], "C2" + dash)
    axes.text(-0.02 * end, top - 0.06, f"x = {x:.0f}".replace("-", "−"), ha="right")
axes.set(xlabel="learning rate η", ylabel="z after one step", xlim=(-0.2 * end, end))
print("\none step at η =     largest z    loss   gradient (w, b)")
for rate in (0, 1, np.nextafter(fatal, 0), fatal, *deaths):
    params = START - rate * gradient(START)[0]
    slope, loss = gradient(params)
    print(f"{rate!s:<18} {max(params @ X):10.2g}  {loss:.4f}   {slope.round(4)}")
for rate in deaths:
    print(f"\nafter the step at η = {rate:g}: slope for each x, steps to come back")
    params = START - rate * gradient(START)[0]
    for name, phi in ACTIVATIONS.items():
        print(f"{name:11} {phi(params @ X)[1].round(4)}  {steps_back(params, name)}")
plt.show()
