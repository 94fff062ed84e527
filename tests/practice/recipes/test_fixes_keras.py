import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras", reason="no Keras: `make recipes` installs it")
from keras import layers, ops  # noqa: E402


@pytest.fixture(scope="module")
def fixes(recipe):
    return recipe("fixes_keras")


@pytest.fixture(autouse=True)
def seed():
    keras.utils.set_random_seed(1)


def numpy(it):
    return np.asarray(ops.convert_to_numpy(getattr(it, "value", it)))


def test_page_shows_what_the_fixes_print(fixes, agrees_with_stored_output):
    agrees_with_stored_output("fixes_keras", fixes.printed)


def test_default_weights_are_glorot_and_initialize_makes_them_he(fixes):
    model = keras.Sequential(
        [keras.Input((500,)), layers.Dense(100), layers.Dense(100)]
    )
    assert 300 * numpy(model.layers[0].kernel).var() == pytest.approx(1, rel=0.05)
    model.layers[0].bias.assign(np.ones(100))
    fixes.initialize(model)
    assert 500 * numpy(model.layers[0].kernel).var() == pytest.approx(2, rel=0.05)
    assert not numpy(model.layers[0].bias).any()


def test_layers_of_one_shape_get_different_weights(fixes):
    model = keras.Sequential([keras.Input((9,)), layers.Dense(9), layers.Dense(9)])
    fixes.initialize(model)
    first, second = (numpy(it.kernel) for it in model.layers)
    assert not np.array_equal(first, second)


def test_global_clipping_keeps_the_direction_and_clipnorm_does_not(fixes):
    gradients = [np.full(4, 3.0), np.full(4, 0.2)]
    size = np.linalg.norm(np.concatenate(gradients))
    clipped = fixes.clipping(0.01, 1.0)._clip_gradients(
        [ops.array(g) for g in gradients]
    )
    for new, old in zip(clipped, gradients, strict=True):
        np.testing.assert_allclose(numpy(new), old / size, rtol=1e-5)
    each = keras.optimizers.SGD(clipnorm=1.0)._clip_gradients(
        [ops.array(g) for g in gradients]
    )
    assert numpy(each[1])[0] == pytest.approx(0.2)


def test_rate_rises_evenly_and_stays(fixes):
    schedule = fixes.warm_up(2.0, 4)
    assert [float(schedule(step)) for step in range(6)] == pytest.approx(
        [0.5, 1, 1.5, 2, 2, 2]
    )


def test_forget_gate_is_the_second_quarter_and_starts_at_one(fixes):
    lstm = layers.LSTM(5)
    lstm(np.zeros((1, 2, 3)))
    assert numpy(lstm.cell.bias).reshape(4, 5).tolist() == [
        [0] * 5,
        [1] * 5,
        *[[0] * 5] * 2,
    ]
    fixes.remember(lstm, 30.0)
    for weight in lstm.cell.kernel, lstm.cell.recurrent_kernel:
        weight.assign(np.zeros(weight.shape))
    state, step = np.full((1, 5), 0.7), np.zeros((1, 3))
    for _ in range(50):
        state = lstm.cell(step, [np.zeros((1, 5)), state])[1][1]
    np.testing.assert_allclose(numpy(state), 0.7, rtol=1e-5)


def test_loss_from_logits_is_right_where_probabilities_are_clipped(fixes):
    one, z = np.ones((1, 1)), np.full((1, 1), -120.0)
    assert float(fixes.yes_or_no()(one, z)) == pytest.approx(120)


def test_base_rate_and_scales(fixes):
    layer = layers.Dense(1, kernel_initializer="zeros")
    x, y = np.zeros((1000, 2)), (np.arange(1000) % 50 == 0).astype(float)[:, None]
    layer.build(x.shape)
    fixes.start_at_base_rate(layer, y)
    assert float(ops.sigmoid(layer(x))[0, 0]) == pytest.approx(0.02, rel=1e-4)
    y = np.random.default_rng(0).normal(300, 50, (200, 2))
    shrink, restore = fixes.scales(y)
    np.testing.assert_allclose(numpy(shrink(y)).std(0), 1, rtol=1e-3)
    np.testing.assert_allclose(numpy(restore(shrink(y))), y, rtol=1e-3)


def test_decay_leaves_biases_alone(fixes):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    model.layers[0].bias.assign([1.0, 1.0])
    kernel = numpy(model.layers[0].kernel).copy()
    optimizer = keras.optimizers.AdamW(0.1, weight_decay=0.1)
    fixes.without_decay(optimizer, model)
    optimizer.build(model.trainable_variables)
    optimizer.apply([ops.zeros(w.shape) for w in model.trainable_variables])
    assert numpy(model.layers[0].bias).tolist() == [1.0, 1.0]
    np.testing.assert_allclose(numpy(model.layers[0].kernel), 0.99 * kernel, rtol=1e-5)
