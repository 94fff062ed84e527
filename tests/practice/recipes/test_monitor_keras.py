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


ON_TORCH = """
import keras, numpy, torch, monitor_keras, monitor_pytorch
layers = keras.layers.Dense(8, "relu"), keras.layers.Dense(1)
model = keras.Sequential([keras.Input((3,)), *layers])
model.compile("sgd", "mse")
x, y = numpy.ones((20, 3), "float32"), numpy.ones((20, 1), "float32")
with monitor_keras.watch_step(model) as rows:
    model.train_on_batch(x, y)
assert all(it["gradient_norm"] > 0 < it["update_ratio"] for it in rows.values())
try:
    monitor_keras.diagnose(model, [(x, y)])
except NotImplementedError as error:
    print(error)
loss_of = lambda batch: ((model(batch) - 1) ** 2).mean()
monitor_pytorch.diagnose(model, loss_of, [torch.tensor(x)])
"""


@pytest.mark.weekly  # a process of its own, with two frameworks
def test_on_the_torch_backend_the_monitor_of_pytorch_sees_the_model(folder):
    pytest.importorskip("torch", reason="no PyTorch: `make recipes` installs it")
    done = subprocess.run(
        [sys.executable, "-c", ON_TORCH],
        env={**os.environ, "KERAS_BACKEND": "torch", "PYTHONPATH": str(folder)},
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert "on PyTorch use monitor_pytorch.py" in done.stdout
    assert "  layers: 2\n  activations: 1 relu" in done.stdout


def test_agrees_with_numpy_in_float64(
    monitor, network, expected, assert_same, assert_same_report
):
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
        x, y = np.split(network.x, 6), np.split(network.y, 6)
        assert_same(monitor.count_units(model, x), expected.units)
        model.compile(
            keras.optimizers.SGD(network.rate),
            loss=lambda y, output: jax.numpy.mean((y - output) ** 2, axis=-1),
        )
        report = monitor.diagnose(model, [*zip(x, y, strict=True)], quiet=True)
        assert_same_report(report, expected.report)
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
    assert list(names) == ["conv.relu", "conv2d.elu", "frozen.relu", "dense.tanh"]
    assert [row["units"] for row in rows.values()] == [8, 4, 16, 7]
    bn = keras.Model(model.input, model.layers[2].output)
    off = np.asarray(bn(x)) <= 0
    assert names["conv.relu"]["dead"] == off.all((0, 1, 2)).mean() > 0
    assert names["conv.relu"]["saturated"] == pytest.approx(off.mean())


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
    kept = [np.array(it.value) for it in (*model.variables, *model.optimizer.variables)]
    monitor.count_units(model, np.split(x, 2))
    report = monitor.diagnose(model, [(x, y)], quiet=True)
    assert report.coverage["frozen"] == "frozen"
    with pytest.raises(ValueError, match="its mean or sum"):
        monitor.diagnose(model, [(x, y)], lambda batch: model(batch[0]))
    now = [it.value for it in (*model.variables, *model.optimizer.variables)]
    for old, new in zip(kept, now, strict=True):
        np.testing.assert_array_equal(old, new)
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


def test_subclassed_model_that_is_not_built_and_gates_of_a_cell(monitor):
    class Mine(keras.Model):
        def __init__(self):
            super().__init__()
            self.memory = layers.LSTM(4)
            self.stack = [layers.Dense(6, "relu"), layers.Dense(3, layers.ReLU())]

        def call(self, x):
            return self.stack[1](self.stack[0](self.memory(x)))

    model, x = Mine(), np.random.default_rng(0).normal(size=(8, 7, 3))
    with pytest.raises(ValueError, match="not compiled: pass loss_of"):
        monitor.diagnose(model, [x], quiet=True)
    loss_of = lambda x: keras.ops.mean(model(x) ** 2)  # noqa: E731
    report = monitor.diagnose(model, [(x,)], lambda b: loss_of(b[0]), quiet=True)
    kinds = [row["activation"].rpartition(".")[2] for row in report.units]
    assert kinds == [*["sigmoid"] * 2, "tanh", "sigmoid", "tanh", "relu", "relu"]
    assert [row["inputs"] for row in report.units] == [56] * 5 + [8] * 2
    assert all(row["update"] is None for row in report.layers)


def test_each_activation_is_counted_by_what_it_computes(monitor):
    relu, dense = layers.ReLU, lambda act=None: layers.Dense(8, act)
    parts = [
        (relu(max_value=6), "relu6"),
        (relu(max_value=4), "relu"),
        (relu(negative_slope=0.3), None),
        (relu(negative_slope=0.3, max_value=4), None),
        (layers.PReLU(), None),
        (layers.LeakyReLU(), None),
        (dense(lambda z: keras.ops.relu(z)), "relu"),
        (dense("gelu"), "gelu"),
        (layers.Softmax(), None),
    ]
    model = keras.Sequential([keras.Input((8,))])
    for part, _ in parts:
        model.add(dense())
        model.add(part)
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(64, 8)) * 9
    report = monitor.diagnose(model, [(x, x)], quiet=True)
    kinds = [row["activation"].rpartition(".")[2] for row in report.units]
    assert kinds == [kind for _, kind in parts if kind]
    assert report.coverage["not counted"].count("no flat side") == 2
    assert report.coverage["not counted"].count("both sides are used") == 2
    z = keras.Sequential(model.layers[:3]).predict(x, verbose=0)
    off = ((z <= 0) | (z >= 4)).mean()
    assert report.units[1]["saturated"] == pytest.approx(off)


def rnn(rate):
    """Recurrent ReLUs and a ReLU for each step on top: a public report, built anew."""
    keras.utils.set_random_seed(0)
    each = layers.TimeDistributed(layers.Dense(1, activation="relu"))
    memory = layers.LSTM(24, activation="relu", return_sequences=True)
    model = keras.Sequential([keras.Input((8, 4)), memory, each])
    model.compile(keras.optimizers.SGD(rate, momentum=0.99, nesterov=True), "mse")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 8, 4)).astype("float32")
    y = np.maximum(x[..., :1].cumsum(1) / 3 + 1, 0)
    return model, 5 * x, y


def test_steps_that_are_too_large_are_named_before_and_the_dead_output_after(monitor):
    def look(model):
        return monitor.diagnose(model, [(x, y)], quiet=True)

    model, x, y = rnn(rate=0.4)
    first = look(model)
    assert [it.what for it in first.findings] == ["The steps are large."]
    model.fit(x, y, batch_size=16, epochs=6, verbose=0)
    after = look(model)
    assert (
        "time_distributed/dense.relu is flat for every unit" in after.findings[0].what
    )
    assert "every gradient is exactly 0" in after.findings[0].numbers
    (row,) = [it for it in after.units if "time_distributed" in it["activation"]]
    assert row["inputs"] == 64 * 8, "one row for all time steps"
    fixed, x, y = rnn(rate=0.002)
    fixed.fit(x, y, batch_size=16, epochs=6, verbose=0)
    assert not look(fixed).findings


def test_softmax_before_a_loss_from_logits_is_named(monitor):
    def findings(last):
        model = keras.Sequential([keras.Input((5,)), layers.Dense(3, last)])
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(True))
        x = np.random.default_rng(0).normal(size=(30, 5))
        return monitor.diagnose(model, [(x, np.arange(30) % 3)], quiet=True).findings

    assert findings("softmax")[0].what.startswith("The loss wants logits")
    assert not findings(None)


def test_training_and_evaluation_mode_stand_side_by_side(monitor):
    norm = layers.BatchNormalization()
    parts = layers.Dense(8), norm, layers.ReLU(), layers.Dropout(0.5), layers.Dense(1)
    model = keras.Sequential([keras.Input((5,)), *parts])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(64, 5))
    norm.moving_variance.assign(norm.moving_variance + 1e4)  # not yet trained
    assert not monitor.diagnose(model, [(x, x[:, :1])], quiet=True).findings
    norm.moving_mean.assign(norm.moving_mean + 100)
    report = monitor.diagnose(model, [(x, x[:, :1])], quiet=True)
    (row,) = report.units
    assert row["dead"] < 1 == row["dead, eval"]
    assert report.findings[0].what.startswith("Evaluation mode is another network")


def test_no_activation_and_no_batch_are_errors_that_say_so(monitor):
    model = keras.Sequential([keras.Input((5,)), layers.Dense(4)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="no activation with a flat side"):
        monitor.count_units(model, [np.ones((2, 5))])
    with pytest.raises(ValueError, match="batches is empty"):
        monitor.diagnose(model, iter([]))


def test_memory_does_not_grow_with_the_number_of_batches(monitor):
    import jax

    model, alive = keras.Sequential([keras.Input((5,)), layers.Dense(4, "relu")]), []

    def batches():
        for _ in range(30):
            yield np.ones((8, 5), "float32")
            alive.append(len(jax.live_arrays()))

    monitor.count_units(model, batches())
    assert max(alive[2:]) == alive[2]


def test_added_line_makes_another_activation_seen(monitor, monkeypatch):
    monkeypatch.setitem(monitor.LIMITS, "leaky_relu", (0, np.inf))
    model = keras.Sequential([keras.Input((3,)), layers.LeakyReLU()])
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
