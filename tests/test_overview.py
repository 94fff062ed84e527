"""The home page's picture: one network that vanishes, one that dies."""

import numpy as np


def test_error_signal_of_the_sigmoid_network_vanishes_for_every_seed(run):
    ratios = np.array(run("overview").fading)[:, 0]
    assert np.all(ratios < 1e-17)
    assert np.all(ratios > 0)  # small, not zero: it is the size that is lost


def test_relu_with_he_weights_keeps_the_size_of_the_error_signal(run):
    ratios = np.array(run("overview").steady)
    assert np.all((ratios > 0.1) & (ratios < 10))


def test_where_the_sigmoid_network_vanishes_its_activations_are_alike(run):
    names = run("overview")
    phi, _, gain = names.sigmoid
    for seed in names.SEEDS:
        rng = np.random.default_rng(seed)
        W = rng.normal(0, gain / np.sqrt(names.WIDTH), (30, names.WIDTH, names.WIDTH))
        a = rng.normal(size=(names.WIDTH, 64))
        for w in W:
            a = phi(w @ a)
        assert 0.1 < a.min() < a.max() < 0.9  # neither tiny nor saturated …
        assert a.std(axis=1).max() < 1e-12  # … but the same for every input


def test_backward_pass_agrees_with_central_differences(run):
    names, step = run("overview"), 1e-6
    phi, slope, gain = names.sigmoid
    depth, width = 4, 6
    rng = np.random.default_rng(0)
    W = rng.normal(0, gain / np.sqrt(width), (depth, width, width))
    x, v = rng.normal(size=width), rng.normal(size=width)

    def loss(nudges):
        a = x
        for matrix, nudge in zip(W, nudges, strict=True):
            a = phi(matrix @ a + nudge)
        return v @ a

    def pre_activations():
        z = [W[0] @ x]
        for layer in range(1, depth):
            z.append(W[layer] @ phi(z[-1]))
        return z

    z = pre_activations()
    delta = slope(z[-1]) * v
    for layer in range(depth - 1, 0, -1):
        delta = slope(z[layer - 1]) * (W[layer].T @ delta)
    for unit in range(width):
        up = np.zeros((depth, width))
        up[0, unit] = step
        numeric = (loss(up) - loss(-up)) / (2 * step)
        np.testing.assert_allclose(delta[unit], numeric, rtol=1e-6, atol=1e-12)


def test_gentle_training_kills_no_neuron_and_harsh_training_most(run):
    names = run("overview")
    dead = np.array(
        [np.mean(np.array(r) == 0, axis=1) for r in (names.gentle, names.harsh)]
    )
    assert np.all(dead[0] < 0.05)
    assert np.all(dead[1] > 0.5)


def test_a_typical_neuron_of_a_healthy_network_is_off_for_half_of_the_inputs(run):
    medians = np.median(run("overview").gentle, axis=1)  # typical: see overview_spread
    assert np.all((medians > 40) & (medians < 60))
