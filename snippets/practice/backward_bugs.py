"""Size and angle name the bug in a backward pass.

Two layers of width 4, mean loss over SAMPLES, 10 networks, float64, step 1e-5."""

import matplotlib.pyplot as plt
import numpy as np

WIDTH, NETWORKS, H, NORM = 4, 10, 1e-5, np.linalg.norm
SAMPLES = 8  # try 1, 2
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


def numeric(to, theta, x, y, bug):
    """Derivatives of the loss along directions `to`, (K, 2, 4, 5), from two losses."""
    ends = [forward(theta + s * to, x, bug)[1] - y for s in (H, -H)]
    return np.subtract(*np.sum(np.square(ends), axis=(2, 3))) / (4 * H * SAMPLES)


def error(a, n):
    """Length of the difference over the larger of the two lengths; 0/0 counts as 0."""
    return NORM(np.subtract(a, n)) / (max(NORM(a), NORM(n)) or 1)


rng, rows = np.random.default_rng(0), {bug: [] for bug in BUGS}
for _ in range(NETWORKS):
    theta, way = rng.standard_normal((2, *UNITS.shape[1:]))
    data = theta, *rng.standard_normal((2, WIDTH, SAMPLES))  # and x and y
    for bug in BUGS:
        a, n = backward(*data, bug), numeric(UNITS, *data, bug).reshape(theta.shape)
        rows[bug].append(row := [NORM(a) / NORM(n), np.vdot(a, n) / NORM(a) / NORM(n)])
        row += [error(a, n), error([np.vdot(a, way)], numeric(way[None], *data, bug))]
        row += [error(a[k, :, c], n[k, :, c]) for k in (0, 1) for c in (slice(4), 4)]
print("bug               size cosine  error random     W1     b1     W2     b2")
table = [["bug", "size", "cosine", "they differ in"]]
for bug in BUGS:
    median = np.median(rows[bug], axis=0)
    print(f"{bug:16}", *(f"{value:6.3f}" for value in median))
    wrong = np.array(["W₁", "b₁", "W₂", "b₂"])[median[4:] > 1e-3]
    table.append([bug, *(f"{it:.2f}" for it in median[:2]), " ".join(wrong) or "none"])
fig = plt.figure(figsize=(5.6, 3.2))
for (y, x), cell in np.ndenumerate(table):  # what is as it should be is gray
    color = "gray" if cell in ("1.00", "none") else "black"
    fig.text((0.02, 0.36, 0.53, 0.7)[x], 0.92 - y / 9.5, cell, color=color)
plt.show()
