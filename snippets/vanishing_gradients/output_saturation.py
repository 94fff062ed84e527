"""Where an output is sure and wrong, the loss decides what gradient is left.

One output neuron, gradients with respect to its logit in float32. Nothing is random."""

import matplotlib.pyplot as plt
import numpy as np

CLIP = 1e-7  # try 1e-3, 1e-15


def sigmoid(s):  # of the logit s (any shape), without overflow
    return np.where(s > 0, 1, np.exp(-abs(s))) / (1 + np.exp(-abs(s)))


def squared_error(s, y):  # half of (a - y)², and its gradient in s (any shape)
    return ((a := sigmoid(s)) - y) ** 2 / 2, (a - y) * a * (1 - a)


def from_logit(s, y):  # cross-entropy straight from s, and its gradient in s
    return np.maximum(s, 0) - s * y + np.log1p(np.exp(-abs(s))), sigmoid(s) - y


def from_probability(s, y, clip=0.0):  # by sigmoid, clip, log (p == a: slope of clip)
    a = sigmoid(s)
    p = np.clip(a, clip, 1 - clip)
    right = p if y else 1 - p  # probability of the true label
    return -np.log(right), (p == a) / right * (1 - 2 * y) * (a * (1 - a))


print("gradients: s  squared error  cross-entropy  log(1 - D)   steps from s to 0")
for s in (-2.0, -5.0, -10.0):
    row = [squared_error(s, 1)[1], from_logit(s, 1)[1], -from_logit(s, 0)[1]]
    for loss in (squared_error, from_logit):
        z, steps = s, 0
        while z < 0:  # descend on the logit itself, label 1, learning rate 1
            z, steps = z - loss(z, 1)[1], steps + 1
        row.append(steps)
    print("{:12g}{:15.2e}{:15.5f}{:12.2e}{:12}{:5}".format(s, *row))
print("\nfloat32       from the logit       sigmoid, log   sigmoid, clip, log")
print("   s  label    loss  gradient     loss  gradient     loss  gradient")
for s, y in zip(np.float32([-10, -17, 10, 17]), (1, 1, 0, 0), strict=True):
    with np.errstate(divide="ignore", invalid="ignore"):
        row = from_logit(s, y), from_probability(s, y), from_probability(s, y, CLIP)
    print(f"{s:4g}{y:6} ", *("{:8.3f}{:z10.5f}".format(*pair) for pair in row))

s = np.linspace(-20, 8, 561, dtype=np.float32)
clipped = np.maximum(-from_probability(s, 1, CLIP)[1], 1e-20)  # 0 leaves the log axis
_, (top, low) = plt.subplots(2, sharex=True, figsize=(5.6, 6.4), layout="constrained")
top.semilogy(s, -from_logit(s, 1)[1], "C7")
top.semilogy(s, clipped, "C6--", s, -squared_error(s, 1)[1], "C8-.")
low.semilogy(s, -from_logit(s, 1)[1], "C7", s, from_logit(s, 0)[1], "C9-.")
top.text(-12, 2.5, "cross-entropy, from the logit", color="C7")
top.text(np.log(CLIP) + 0.7, 2e-9, "clipped:\n0 beyond", color="C6", clip_on=True)
top.text(-8, 1e-5, "squared error", color="C8")
low.text(-12, 2.5, "−log D", color="C7")
low.text(-8, 1e-5, "log(1 − D)", color="C9")
top.set(ylabel="|gradient|", ylim=(1e-9, 30), title="classifier, label 1")
low.set(ylabel="|gradient|", ylim=(1e-9, 30), title="generator, D = sigmoid(s)")
low.set_xlabel("logit s (the goal is on the right)")
plt.show()
