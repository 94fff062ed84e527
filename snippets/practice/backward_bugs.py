"""Size and angle name the bug in a backward pass."""

import matplotlib.pyplot as plt
import numpy as np

WIDTH, SAMPLES, NETWORKS, H, NORM = 4, 8, 10, 1e-5, np.linalg.norm
UNITS = np.eye(40).reshape(40, 2, WIDTH, WIDTH + 1)  # one per parameter of two layers
FACTOR = {"no ½": 2, "sum, not mean": SAMPLES, "wrong sign": -1}
SHARE = {"bias: mean": 1 / SAMPLES, "no bias": 0}
BUGS = ["no bug", "no bug, centered", *FACTOR, "W, not Wᵀ", *SHARE]


def forward(theta, x, bug):
    """Hidden activations and output, both (..., 4, 8), of θ: b is the last column."""
    z = theta[..., 0, :, :-1] @ x + theta[..., 0, :, -1:]
    a = np.tanh(z - z.mean(-1, keepdims=True) * ("centered" in bug))
    return a, theta[..., 1, :, :-1] @ a + theta[..., 1, :, -1:]


def backward(theta, x, y, bug):
    """∂L/∂W and ∂L/∂b, (2, 4, 5); L is half the squared error, mean over samples."""
    (a, output), W2 = forward(theta, x, bug), theta[1, :, :-1]
    delta2 = FACTOR.get(bug, 1) * (output - y) / SAMPLES
    delta1 = (W2 if bug == "W, not Wᵀ" else W2.T) @ delta2 * (1 - a * a)
    delta1 = delta1 - delta1.mean(1, keepdims=True) * ("centered" in bug)
    b1, b2 = (SHARE.get(bug, 1) * delta.sum(1) for delta in (delta1, delta2))
    return np.stack([np.c_[delta1 @ x.T, b1], np.c_[delta2 @ a.T, b2]])


def numeric(directions, theta, x, y, bug):
    """Derivatives of the loss along directions (K, 2, 4, 5), from two losses each."""
    outputs = (forward(theta + s * directions, x, bug)[1] for s in (H, -H))
    up, down = (((o - y) ** 2).sum((1, 2)) / (2 * SAMPLES) for o in outputs)
    return (up - down) / (2 * H)


def error(a, n):
    """Length of the difference over the larger of the two lengths."""
    return NORM(np.subtract(a, n)) / max(NORM(a), NORM(n))


rng, rows = np.random.default_rng(0), {bug: [] for bug in BUGS}
for _ in range(NETWORKS):
    theta, random = rng.standard_normal((2, *UNITS.shape[1:]))
    x, y = rng.standard_normal((2, WIDTH, SAMPLES))
    for bug in BUGS:
        a, n = backward(theta, x, y, bug), numeric(UNITS, theta, x, y, bug)
        n, along = n.reshape(a.shape), numeric(random[None], theta, x, y, bug)
        row = [NORM(a) / NORM(n), np.vdot(a, n) / (NORM(a) * NORM(n))]
        row += [error(a, n), error([np.vdot(a, random)], along)]
        row += [error(a[k, :, c], n[k, :, c]) for k in (0, 1) for c in (slice(4), 4)]
        rows[bug].append(row)
print("bug               size cosine  error random     W1     b1     W2     b2")
_, ax = plt.subplots(layout="constrained")
for bug, marker in zip(BUGS, "o.sD^x<v", strict=True):
    print(f"{bug:16}", *(f"{value:6.3f}" for value in np.median(rows[bug], axis=0)))
    ax.plot(*np.array(rows[bug]).T[:2], marker, fillstyle="none", label=bug)
ax.legend(loc="lower right", frameon=False)
ax.set(xlabel="size of backward / size of numeric", ylabel="cosine between them")
plt.show()
