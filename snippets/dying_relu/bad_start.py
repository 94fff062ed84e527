"""Low biases and shifted inputs make dead neurons.

An untrained layer of 256 neurons, He weights, 20 inputs; 8 draws: mean and range."""

import math

import matplotlib.pyplot as plt
import numpy as np

POINTS = 100  # try 10, 1000
RUNS, INPUTS, WIDTH = 8, 20, 256
BIASES, SHIFTS = np.arange(-6, 0.5, 0.5), np.array([0, 1, 2, 3, 5, 7, 10, 15, 20])
cdf = np.vectorize(lambda v: math.erfc(-v / math.sqrt(2)) / 2)  # Φ of the normal law


def percent_dead(pre_activation):
    """Percent of neurons off for all points: (run, point, neuron) -> (run,)."""
    return 100 * (pre_activation <= 0).all(axis=1).mean(axis=1)


def dead_for_bias(bias):
    """Mean of Φ(-bias / r)^POINTS in percent; r: length of the weight vector."""
    r = np.linspace(0.01, 4, 400)
    log_density = (INPUTS - 1) * np.log(r) - INPUTS * r**2 / 4  # of chi, scaled
    density = np.exp(log_density - log_density.max())
    return 100 * density @ cdf(-bias / r) ** POINTS / density.sum()


def dead_for_shift(shift):
    """Mean of Φ(-shift √INPUTS c)^POINTS in percent; c: cosine of weights and shift."""
    c = np.linspace(-1, 1, 401)
    density = (1 - c**2) ** ((INPUTS - 3) / 2)
    return 100 * density @ cdf(-shift * INPUTS**0.5 * c) ** POINTS / density.sum()


rng = np.random.default_rng(0)
x = rng.normal(size=(RUNS, POINTS, INPUTS))  # mean 0, standard deviation 1
weights = rng.normal(0, np.sqrt(2 / INPUTS), (RUNS, INPUTS, WIDTH))
by_bias = np.array([percent_dead(x @ weights + b) for b in BIASES])  # (value, run)
by_shift = np.array([percent_dead((x + m) @ weights) for m in SHIFTS])
far = x + SHIFTS[-1]
mended = (far - far.mean(axis=1, keepdims=True)) / far.std(axis=1, keepdims=True)
fig, panels = plt.subplots(2, 1, sharey=True, figsize=(5.6, 6), layout="constrained")
for axes, label, values, measured, theory in (
    (panels[0], "bias b of the neurons", BIASES, by_bias, dead_for_bias),
    (panels[1], "mean m of the inputs, in spreads", SHIFTS, by_shift, dead_for_shift),
):
    grid = np.linspace(values.min(), values.max(), 60)
    least, most = measured.min(axis=1), measured.max(axis=1)
    axes.plot(grid, [theory(v) for v in grid], "--", color="black", label="theory")
    axes.plot(values, measured.mean(axis=1), "C2o", label="measured")
    axes.fill_between(values, least, most, color="C2", alpha=0.3)
    axes.set(xlabel=label, ylabel="dead neurons (%)")
    print(f"{label[:6]}   dead %: theory   mean  least   most")
    for v, *row in zip(values, measured.mean(axis=1), least, most, strict=True):
        print(f"{v:6.1f} {theory(v):16.1f}", *(f"{share:6.1f}" for share in row))
panels[0].legend()
print(f"m = 20: {percent_dead(-far @ weights).mean():.1f} % on for every point")
print(f"m = 20, then standardized: {percent_dead(mended @ weights).max():.1f} % dead")
plt.show()
