"""Fixes to paste, for Keras 3, each with a number before and after."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")  # or "torch"; must precede the import
import keras
import numpy as np
from keras import layers, ops


def initialize(model, initializer=keras.initializers.HeNormal):
    """He weights (or others) and zero biases for a model that is built already."""
    for layer in model.layers:
        if isinstance(layer, layers.Dense | layers.Conv1D | layers.Conv2D):
            layer.kernel.assign(initializer()(layer.kernel.shape))
            if layer.bias is not None:
                layer.bias.assign(np.zeros(layer.bias.shape))


def block(x, blocks):
    """A residual block: norm first, and a branch divided by the root of the depth."""
    branch = layers.Activation("relu")(layers.LayerNormalization()(x))
    branch = layers.Dense(x.shape[-1], kernel_initializer="he_normal")(branch)
    return layers.Add()([x, layers.Rescaling(blocks**-0.5)(branch)])


def encoder_layer(x, heads, norm_first=True):
    """Attention and two dense layers, with the norms before the branches or after."""
    width = x.shape[-1]
    for branch in (
        lambda it: layers.MultiHeadAttention(heads, width // heads)(it, it),
        lambda it: layers.Dense(width)(layers.Dense(4 * width, "relu")(it)),
    ):
        if norm_first:
            x = layers.Add()([x, branch(layers.LayerNormalization()(x))])
        else:
            x = layers.LayerNormalization()(layers.Add()([x, branch(x)]))
    return x


def clipping(rate, limit):
    """An optimizer that clips; `clipnorm` would clip each weight by itself."""
    return keras.optimizers.Adam(rate, global_clipnorm=limit)


def accumulating(rate, limit, parts):
    """An optimizer that steps once for several batches, and clips their mean once."""
    return keras.optimizers.SGD(
        rate, global_clipnorm=limit, gradient_accumulation_steps=parts
    )


def warm_up(rate, steps):
    """A rate that rises to its full size in some steps; pass it to an optimizer."""
    return keras.optimizers.schedules.PolynomialDecay(
        rate / steps, max(1, steps - 1), end_learning_rate=rate
    )


def remember(lstm, bias=1.0):
    """Sets the forget gates of an LSTM; its gates lie in the order i, f, c, o."""
    vector, size = ops.convert_to_numpy(lstm.cell.bias.value).copy(), lstm.units
    vector[size : 2 * size] = bias  # Keras starts at 1 (unit_forget_bias=True)
    lstm.cell.bias.assign(vector)


def yes_or_no():
    """The loss for yes or no, from logits: no activation in the last layer."""
    return keras.losses.BinaryCrossentropy(from_logits=True)


def half_precision(optimizer):
    """Float16 with loss scaling; call it before you build the model."""
    keras.mixed_precision.set_global_policy("mixed_float16")
    return keras.optimizers.LossScaleOptimizer(optimizer)  # compile() would do it too


def start_at_base_rate(layer, targets):
    """Sets the last bias to the log odds of yes or no, or to a mean."""
    mean = np.asarray(targets, "float32").mean(0)
    if np.isin(targets, (0, 1)).all():
        mean = np.clip(mean, 1e-6, 1 - 1e-6)
        mean = np.log(mean / (1 - mean))
    layer.bias.assign(np.broadcast_to(mean, layer.bias.shape))


def scales(targets):
    """Layers that shrink targets for training, and restore predictions."""
    shrink = layers.Normalization()
    restore = layers.Normalization(invert=True)
    for layer in shrink, restore:
        layer.adapt(targets)
    return shrink, restore


def without_decay(optimizer, model):
    """Keeps weight decay from biases and norms; call it before the first step."""
    optimizer.exclude_from_weight_decay(
        var_list=[w for w in model.trainable_variables if len(w.shape) < 2]
    )


def self_normalizing(units):
    """SELU with the weights and the dropout that belong to it."""
    dense = layers.Dense(units, "selu", kernel_initializer="lecun_normal")
    return [dense, layers.AlphaDropout(0.05)]


# ---- Paste what is above, or a part of it. Below: each fix, before and after. ----
def show(fix, what, before, after, digits=3):
    """A line for a fix; one digit is enough for what training made."""
    before, after = (f"{float(f'{it:.{digits}g}'):g}" for it in (before, after))
    print(f"{fix:22} {what:38} {before:>8} -> {after:>8}")


def growth(model, x):
    """Factor by which a small change of the inputs grows per Dense layer, forward."""
    change = 1e-3 * np.random.default_rng(1).normal(size=x.shape).astype("float32")
    moved = ops.convert_to_numpy(model(x + change) - model(x))
    count = sum(isinstance(it, layers.Dense) for it in model.layers)
    return float((moved.std() / change.std()) ** (1 / count))


def train(model, optimizer, loss, x, y, steps):
    """Loss after some steps on all data."""
    model.compile(optimizer, loss)
    for _ in range(steps):
        model.train_on_batch(x, y)
    return float(model.test_on_batch(x, y))


def examples():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 128)).astype("float32")
    dense = [layers.Dense(128, "relu") for _ in range(20)]
    deep = keras.Sequential([keras.Input((128,)), *dense])
    before = growth(deep, x)
    initialize(deep)
    show("initialize", "factor per layer, 20 ReLU layers", before, growth(deep, x))
    own = [it for _ in range(20) for it in self_normalizing(128)]
    he = [layers.Dense(128, "selu", kernel_initializer="he_normal") for _ in own[::2]]
    nets = [keras.Sequential([keras.Input((128,)), *it]) for it in (he, own)]
    show(
        "self_normalizing",
        "factor per layer, 20 SELU layers",
        *(growth(n, x) for n in nets),
    )

    grown = []
    for blocks in 1, 50:
        state = entry = keras.Input((128,))
        for _ in range(50):
            if blocks == 1:
                branch = layers.Dense(128, kernel_initializer="he_normal")
                state = layers.Add()([state, branch(layers.Activation("relu")(state))])
            else:
                state = block(state, blocks)
        grown.append(growth(keras.Model(entry, state), x) ** 50)
    show("block", "growth of a change, 50 blocks", *grown)
    losses = []
    for first in False, True:
        entry = keras.Input((4, 16))
        state = entry
        for _ in range(8):
            state = encoder_layer(state, 2, first)
        model = keras.Model(entry, layers.Dense(16)(state))
        tokens = rng.normal(size=(64, 4, 16)).astype("float32")
        adam = keras.optimizers.Adam(0.01)
        losses.append(train(model, adam, "mse", tokens, tokens[:, ::-1], 60))
    show("encoder_layer", "loss after 60 steps, 8 layers", *losses, digits=1)

    steps = [size_of_step(optimizer) for optimizer in (None, clipping(0.01, 1.0))]
    show("clipping", "turned by, in degrees: clipnorm, global", *steps)
    show("accumulating", "step over that of the whole batch", *accumulate())
    y = (np.arange(100) % 2).astype("float32")[:, None]
    dead = [dead_after(steps, y) for steps in (1, 20)]
    show("warm_up", "dead units, %", *dead, digits=1)
    show("remember", "change left after 100 steps", *lstm_reach())

    one, z = np.ones((1, 1), "float32"), np.full((1, 1), -120, "float32")
    textbook = keras.losses.BinaryCrossentropy()(one, ops.sigmoid(z))
    show(
        "yes_or_no", "loss at a logit of -120, target 1", textbook, yes_or_no()(one, z)
    )
    y = (np.arange(1000) % 50 == 0).astype("float32")[:, None]
    inputs = rng.normal(size=(1000, 128)).astype("float32")
    model = keras.Sequential([keras.Input((128,)), layers.Dense(1)])
    initialize(model)
    model.layers[0].kernel.assign(
        0.1 * ops.convert_to_numpy(model.layers[0].kernel.value)
    )
    before = float(yes_or_no()(y, model(inputs)))
    start_at_base_rate(model.layers[0], y)
    show(
        "start_at_base_rate",
        "first loss, 2% yes",
        before,
        yes_or_no()(y, model(inputs)),
    )
    show("scales", "error over the targets' size", *regress(), digits=1)
    adam = keras.optimizers.AdamW(0.1, weight_decay=0.1)
    model.layers[0].bias.assign([1.0])
    without_decay(adam, model)
    adam.build(model.trainable_variables)
    adam.apply([ops.zeros(w.shape) for w in model.trainable_variables])
    show(
        "without_decay",
        "a bias of 1 after a step with decay",
        0.99,
        float(model.layers[0].bias[0]),
    )
    show("half_precision", "scale after 1 step; 30 more with NaN", *falling_scale())


def size_of_step(optimizer):
    """Degrees by which clipping turns the gradient of two unequal weights."""
    optimizer = optimizer or keras.optimizers.Adam(0.01, clipnorm=1.0)
    large, small = np.full(4, 3.0), np.full(4, 0.2)
    clipped = optimizer._clip_gradients([ops.array(large), ops.array(small)])
    new = np.concatenate([ops.convert_to_numpy(it) for it in clipped])
    old = np.concatenate([large, small])
    cosine = new @ old / np.linalg.norm(new) / np.linalg.norm(old)
    return float(np.degrees(np.arccos(min(1.0, cosine))))


def accumulate():
    """Length of the step for a batch in four parts over that for the whole."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(32, 8)), 9 * rng.normal(size=(32, 1))
    moved = []
    for parts, optimizer in (
        (1, keras.optimizers.SGD(0.1, global_clipnorm=1.0)),
        (4, keras.optimizers.SGD(0.1, global_clipnorm=1.0)),
        (4, accumulating(0.1, 1.0, 4)),
    ):
        model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
        model.layers[0].kernel.assign(np.zeros((8, 1)))
        model.compile(optimizer, "mse")
        for some in zip(np.split(x, parts), np.split(y, parts), strict=True):
            model.train_on_batch(*some)
        moved.append(np.linalg.norm(ops.convert_to_numpy(model.layers[0].kernel.value)))
    return moved[1] / moved[0], moved[2] / moved[0]


def dead_after(steps, y):
    """Percent of dead units of a ReLU layer trained at rate 6 on two rings."""
    dead = []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        turn = rng.uniform(0, 2 * np.pi, (100, 1))
        x = rng.normal(1 + y, 0.2) * np.append(np.cos(turn), np.sin(turn), 1)
        x = (x - x.mean(0)) / x.std(0)
        model = keras.Sequential(
            [keras.Input((2,)), layers.Dense(64, "relu"), layers.Dense(1)]
        )
        keras.utils.set_random_seed(seed)
        initialize(model)
        train(model, keras.optimizers.SGD(warm_up(6.0, steps)), yes_or_no(), x, y, 100)
        z = x @ ops.convert_to_numpy(model.layers[0].kernel.value)
        dead.append(
            100
            * (z + ops.convert_to_numpy(model.layers[0].bias.value) <= 0).all(0).mean()
        )
    return float(np.mean(dead))


def lstm_reach():
    """How much of a change of the first of 100 inputs is left at the end."""
    x = np.random.default_rng(0).normal(size=(8, 100, 16)).astype("float32")
    moved, left = x.copy(), []
    moved[:, 0] += 1
    for bias in 1.0, 3.0:
        keras.utils.set_random_seed(0)
        lstm = layers.LSTM(32)
        lstm(x)
        remember(lstm, bias)
        left.append(np.abs(ops.convert_to_numpy(lstm(moved) - lstm(x))).max())
    return left


def regress():
    """Error after 200 steps for targets near 300, as they are and scaled."""
    rng, errors = np.random.default_rng(0), []
    x = rng.normal(size=(200, 8))
    y = 300 + 50 * x[:, :1] * x[:, 1:2]
    shrink, restore = scales(y)
    for scaled in False, True:
        keras.utils.set_random_seed(1)
        hidden = [layers.Dense(64, "relu") for _ in range(2)]
        model = keras.Sequential([keras.Input((8,)), *hidden, layers.Dense(1)])
        initialize(model)
        target = shrink(y) if scaled else y
        train(model, keras.optimizers.Adam(0.003), "mse", x, target, 200)
        out = restore(model(x)) if scaled else model(x)
        errors.append(
            float(np.sqrt(np.mean((ops.convert_to_numpy(out) - y) ** 2)) / y.std())
        )
    return errors


def falling_scale():
    """Loss scale at the start, and after 30 steps whose gradient is not finite."""
    try:
        optimizer = half_precision(keras.optimizers.SGD(0.1))
        model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
        model.compile(optimizer, "mse")
        found = []
        for x in np.ones((8, 4)), *[np.full((8, 4), np.nan)] * 30:
            model.train_on_batch(x, np.ones((8, 1)))
            found.append(float(optimizer.dynamic_scale))
        return found[0], found[-1]
    finally:
        keras.mixed_precision.set_global_policy("float32")


if __name__ == "__main__":
    keras.utils.set_random_seed(0)
    print(f"Keras {keras.__version__} on {keras.backend.backend()}")
    examples()
