import os
import subprocess
import sys

import numpy as np
import pytest

REASON = "no Keras: `make recipes` installs it"
os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras", reason=REASON)
from keras import layers  # noqa: E402


@pytest.fixture(scope="module")
def monitor(recipe):
    return recipe("monitor_keras")


@pytest.fixture(autouse=True)
def fresh_start():
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")


def test_page_shows_what_the_recipe_prints(monitor, agrees_with_stored_output):
    agrees_with_stored_output("monitor_keras", monitor.printed)


def test_torch_backend_prints_the_same(folder, agrees_with_stored_output):
    pytest.importorskip("torch", reason="no PyTorch: `make recipes` installs it")
    done = subprocess.run(
        [sys.executable, folder / "monitor_keras.py"],
        env={**os.environ, "KERAS_BACKEND": "torch"},
        text=True,
        capture_output=True,
        check=True,
    )
    assert " on torch," in done.stdout
    agrees_with_stored_output("monitor_keras", done.stdout)


def test_agrees_with_numpy_in_float64(monitor, network, expected, assert_same):
    import jax

    # On JAX, Keras 3.15 computes its own tanh and "mse" in float32 whatever it is told.
    with jax.enable_x64(True):
        keras.config.set_floatx("float64")
        keras.config.set_dtype_policy("float64")
        model = keras.Sequential([keras.Input((12,))])
        for W, kind in zip(network.W, [*network.kinds, None], strict=True):
            function = jax.numpy.tanh if kind == "tanh" else kind
            model.add(layers.Dense(W.shape[1], activation=function))
        for layer, W, b in zip(model.layers, network.W, network.b, strict=True):
            layer.set_weights([W, b])
        assert_same(monitor.count_units(model, np.split(network.x, 6)), expected.units)
        model.compile(
            keras.optimizers.SGD(network.rate),
            loss=lambda y, output: jax.numpy.mean((y - output) ** 2, axis=-1),
        )
        with monitor.watch_step(model) as rows:
            model.train_on_batch(network.x, network.y)
        assert_same(rows, expected.step)


def image_model():
    """Convolution, batch norm, a nested model, an activation layer used twice."""
    inner = keras.Sequential(
        [keras.Input((6, 6, 8)), layers.Conv2D(4, 3, activation="elu")], name="inner"
    )
    relu, image = layers.ReLU(name="relu"), keras.Input((8, 8, 3))
    x = relu(layers.BatchNormalization()(layers.Conv2D(8, 3, name="conv")(image)))
    x = layers.Flatten()(inner(x))
    x = relu(layers.Dense(16, name="frozen", trainable=False)(layers.Dropout(0.5)(x)))
    x = layers.Activation("tanh", name="last")(layers.Dense(7)(x))
    return keras.Model(image, layers.Dense(2)(x))


def test_every_kind_of_activation_is_found_and_counted_per_channel(monitor):
    model = image_model()
    conv = model.get_layer("conv")
    conv.bias.assign(np.linspace(-50, 0, 8))
    x = np.random.default_rng(0).normal(size=(12, 8, 8, 3)).astype("float32")
    rows = monitor.count_units(model, np.split(x, 4))
    names = {name.split("/")[-1]: row for name, row in rows.items()}
    assert list(names) == ["relu.relu", "conv2d.elu", "relu.relu#2", "last.tanh"]
    assert [row["units"] for row in rows.values()] == [8, 4, 16, 7]
    bn = keras.Model(model.input, model.layers[2].output)
    off = np.asarray(bn(x)) <= 0
    assert names["relu.relu"]["dead"] == off.all((0, 1, 2)).mean() > 0
    assert names["relu.relu"]["saturated"] == pytest.approx(off.mean())


def test_model_is_as_before_and_trains_compiled_again(monitor):
    model = image_model()
    model.compile("adam", "mse")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 8, 8, 3)), rng.normal(size=(16, 2))
    model.fit(x, y, verbose=0)
    compiled, calls = model.train_function, [vars(a) for a in model._flatten_layers()]
    calls = [(a.get("activation"), a.get("call")) for a in calls]
    before = model.predict(x, verbose=0)
    with pytest.raises(OSError, match="disk"), monitor.watch_step(model):
        raise OSError("the disk is gone")
    monitor.count_units(model, np.split(x, 2))
    with pytest.raises(ValueError, match="None was passed"):
        monitor.count_units(model, [None])
    after = [vars(a) for a in model._flatten_layers()]
    assert [(a.get("activation"), a.get("call")) for a in after] == calls
    assert model.train_function is compiled
    assert not model.run_eagerly
    assert "apply" not in vars(model.optimizer)
    np.testing.assert_array_equal(model.predict(x, verbose=0), before)
    model.fit(x, y, verbose=0)
    assert np.abs(model.predict(x, verbose=0) - before).max() > 0


def test_watching_a_step_does_not_change_the_step(monitor):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 5)), rng.normal(size=(16, 2))
    results = []
    for watched in (False, True):
        keras.utils.set_random_seed(3)
        model = keras.Sequential([keras.Input((5,)), layers.Dense(4, "gelu")])
        model.add(layers.Dense(2))
        model.compile("adam", "mse")
        for _ in range(3):
            if watched:
                with monitor.watch_step(model):
                    model.train_on_batch(x, y)
            else:
                model.train_on_batch(x, y)
        results.append(model.predict(x, verbose=0))
    np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-6)


def test_frozen_layer_says_none_and_shared_layer_is_one_row(monitor):
    shared, inputs = layers.Dense(5, name="shared"), keras.Input((5,))
    x = layers.Dense(5, name="frozen", trainable=False)(shared(shared(inputs)))
    model = keras.Model(inputs, x)
    model.compile(keras.optimizers.SGD(0.1, clipnorm=1e-6), "mse")
    x = np.random.default_rng(0).normal(size=(9, 5))
    with monitor.watch_step(model) as rows:
        model.train_on_batch(x, x)
    assert list(rows) == ["shared/kernel", "frozen/kernel"]
    assert rows["frozen/kernel"] == {"gradient_norm": None, "update_ratio": 0}
    assert rows["shared/kernel"]["gradient_norm"] > 1e-3  # before clipping
    assert 0 < rows["shared/kernel"]["update_ratio"] < 1e-6  # after it


@pytest.mark.parametrize("name", ["adamw", "rmsprop", "lion"])
def test_ratio_is_that_of_the_step_taken_by_any_optimizer(monitor, name):
    model = keras.Sequential([keras.Input((5,)), layers.Dense(4)])
    model.compile(name, "mse")
    x = np.random.default_rng(0).normal(size=(9, 5))
    old = np.array(model.weights[0].value)
    with monitor.watch_step(model) as rows:
        model.train_on_batch(x, x[:, :4])
    ratio = np.linalg.norm(np.array(model.weights[0].value) - old) / np.linalg.norm(old)
    assert rows["sequential/dense/kernel"]["update_ratio"] == pytest.approx(ratio)
    assert ratio > 0


def test_mixed_bfloat16_works(monitor):
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = keras.Sequential([keras.Input((5,)), layers.Dense(4, "relu")])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(8, 5))
    z = x @ np.array(model.weights[0].value)
    (row,) = monitor.count_units(model, [x[:4], x[4:]]).values()
    assert row["saturated"] == pytest.approx((z <= 0).mean(), abs=0.04)
    with monitor.watch_step(model) as rows:
        model.train_on_batch(x, np.ones((8, 4)))
    (row,) = rows.values()
    assert row["gradient_norm"] > 0
    assert row["update_ratio"] > 0


def test_mixed_float16_on_jax_shows_the_update_but_no_gradient(monitor):
    keras.config.set_dtype_policy("mixed_float16")
    model = keras.Sequential([keras.Input((5,)), layers.Dense(4)])
    model.compile("sgd", "mse")
    with monitor.watch_step(model) as rows:
        model.train_on_batch(np.ones((8, 5)), np.ones((8, 4)))
    (row,) = rows.values()
    assert row["gradient_norm"] is None
    assert row["update_ratio"] > 0


def test_subclassed_model_and_recurrent_cells_that_are_left_out(monitor):
    class Mine(keras.Model):
        def __init__(self):
            super().__init__()
            self.memory = layers.LSTM(4)
            self.stack = [layers.Dense(6, "relu"), layers.Dense(3, layers.ReLU())]

        def call(self, x):
            return self.stack[1](self.stack[0](self.memory(x)))

    model = Mine()
    batches = [np.ones((2, 7, 3), "float32")] * 2
    model(batches[0])
    rows = monitor.count_units(model, batches)
    assert [row["units"] for row in rows.values()] == [6, 3]


def test_no_activation_is_an_error_that_says_what_to_do(monitor):
    model = keras.Sequential([keras.Input((5,)), layers.Dense(4)])
    with pytest.raises(ValueError, match="no activation was used"):
        monitor.count_units(model, [np.ones((2, 5))])


def test_memory_does_not_grow_with_the_number_of_batches(monitor):
    import jax

    model, alive = keras.Sequential([keras.Input((5,)), layers.Dense(4, "relu")]), []

    def batches():
        for _ in range(30):
            yield np.ones((8, 5), "float32")
            alive.append(len(jax.live_arrays()))

    monitor.count_units(model, batches())
    assert max(alive[2:]) == alive[2]


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("leakyrelu", layers.LeakyReLU()),
        ("leaky_relu", layers.Activation("leaky_relu")),
    ],
)
def test_added_line_makes_another_activation_seen(monitor, monkeypatch, name, layer):
    monkeypatch.setitem(monitor.LIMITS, name, (0, np.inf))
    model = keras.Sequential([keras.Input((3,)), layer])
    (row,) = monitor.count_units(model, [np.eye(3) - 0.5]).values()
    assert row == pytest.approx({"units": 3, "saturated": 2 / 3, "dead": 0})


def test_callback_counts_the_weights_of_the_moment(monitor):
    model = keras.Sequential([keras.Input((5,)), layers.Dense(40, "relu")])
    model.compile(keras.optimizers.SGD(0.5), "mse")
    x, seen = np.random.default_rng(0).normal(size=(32, 5)), []
    callback = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: seen.append(monitor.count_units(model, np.split(x, 4)))
    )
    model.fit(x, np.ones((32, 40)), epochs=2, verbose=0, callbacks=[callback])
    assert seen[0] != seen[1] == monitor.count_units(model, np.split(x, 4))
