"""Fixes to paste, for JAX without further libraries, each before and after."""

import math
from functools import partial
from itertools import pairwise

import jax
import numpy as np
from jax import nn
from jax import numpy as jnp


def initialize(key, widths, start=None):
    """Weights (in, out) and zero biases of all layers; Flax draws with lecun_normal."""
    start = start or nn.initializers.he_normal()
    pairs = zip(jax.random.split(key, len(widths) - 1), pairwise(widths), strict=True)
    return [{"w": start(k, shape), "b": jnp.zeros(shape[1])} for k, shape in pairs]


def layer_norm(x):
    """Mean 0 and size 1 over the features of each input."""
    x = x - x.mean(-1, keepdims=True)
    return x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True) + 1e-5)


def block(p, x, blocks):
    """A residual block: norm first, and a branch divided by the root of the depth."""
    return x + (nn.relu(layer_norm(x)) @ p["w"] + p["b"]) / math.sqrt(blocks)


def attend(p, x):
    """Attention of one head over the tokens, which are the last axis but one."""
    query, key, value = (x @ p[name] for name in ("query", "key", "value"))
    return nn.softmax(query @ key.mT / math.sqrt(x.shape[-1])) @ value


def dense(p, x):
    """Two dense layers for each token."""
    return nn.relu(x @ p["up"]) @ p["down"]


def encoder_layer(p, x, norm_first=True):
    """Attention and two dense layers, with the norms before the branches or after."""
    for branch in attend, dense:
        x = x + branch(p, layer_norm(x)) if norm_first else layer_norm(x + branch(p, x))
    return x


def clip(gradient, limit):
    """The gradient of all weights, shortened to the limit; its norm before."""
    leaves = jax.tree.leaves(gradient)
    norm = jnp.sqrt(sum(jnp.sum(g * g) for g in leaves))
    factor = jnp.minimum(1.0, limit / (norm + 1e-6))
    return jax.tree.map(lambda g: g * factor, gradient), norm


def accumulated(loss, params, parts):
    """Mean gradient of several parts of a batch, to be clipped once."""
    gradients = [jax.grad(loss)(params, part) for part in parts]
    return jax.tree.map(lambda *g: sum(g) / len(parts), *gradients)


def warm_up(rate, steps, step):
    """The rate of a step, counted from 0: it rises to its full size and stays."""
    return rate * jnp.minimum(1.0, (step + 1) / steps)


def remember(bias, value=1.0):
    """Sets the forget gates in the bias of an LSTM whose gates lie as i, f, g, o."""
    size = len(bias) // 4
    return bias.at[size : 2 * size].set(value)


def yes_or_no(logits, targets):
    """The loss for yes or no, from logits."""
    return jnp.mean(jnp.logaddexp(0, logits) - targets * logits)


def one_of_many(logits, targets):
    """The loss for one of K classes, from logits; targets are numbers from 0 to K-1."""
    chosen = jnp.take_along_axis(nn.log_softmax(logits), targets[:, None], 1)
    return -jnp.mean(chosen)


def scaled_gradient(loss, params, batch, scale):
    """Gradient in float32 of a loss in float16, and the scale for the next step."""
    half = jax.tree.map(lambda p: p.astype(jnp.float16), params)
    g = jax.grad(lambda p: loss(p, batch).astype(jnp.float32) * scale)(half)
    g = jax.tree.map(lambda it: it.astype(jnp.float32) / scale, g)
    finite = jnp.all(jnp.array([jnp.isfinite(it).all() for it in jax.tree.leaves(g)]))
    g = jax.tree.map(lambda it: jnp.where(finite, it, 0), g)  # skips the step
    return g, jnp.where(finite, scale, scale / 2)  # double it every 2000 good steps


def base_rate(targets):
    """The last bias to start with: the log odds of yes or no, or a mean."""
    mean = targets.mean(0)
    if jnp.isin(targets, jnp.array([0, 1])).all():
        mean = jnp.clip(mean, 1e-6, 1 - 1e-6)
        return jnp.log(mean / (1 - mean))
    return mean


def scales(targets):
    """Functions that shrink targets for training, and restore predictions."""
    mean, size = targets.mean(0), jnp.maximum(targets.std(0), 1e-6)
    return lambda y: (y - mean) / size, lambda out: out * size + mean


def decay(params, rate):
    """What weight decay subtracts: from matrices only."""
    return jax.tree.map(lambda p: rate * p if p.ndim > 1 else 0 * p, params)


# ---- Paste what is above, or a part of it. Below: each fix, before and after. ----
def show(fix, what, before, after, digits=3):
    """A line for a fix; one digit is enough for what training made."""
    before, after = (f"{float(f'{it:.{digits}g}'):g}" for it in (before, after))
    print(f"{fix:22} {what:38} {before:>8} -> {after:>8}")


def forward(params, x, activation=nn.relu):
    """A chain of layers, the last one linear."""
    for p in params[:-1]:
        x = activation(x @ p["w"] + p["b"])
    return x @ params[-1]["w"] + params[-1]["b"]


def growth(function, x):
    """Norm of a gradient at the inputs over that at the outputs."""
    out, back = jax.vjp(function, x)
    g = jax.random.normal(jax.random.key(9), out.shape)
    return float(jnp.linalg.norm(back(g)[0]) / jnp.linalg.norm(g))


def examples():
    key = jax.random.key(0)
    x = jax.random.normal(key, (64, 128))
    found = []
    for start in nn.initializers.lecun_normal(), nn.initializers.he_normal():
        params = initialize(key, [128] * 21, start)
        found.append(growth(partial(forward, params), x) ** (1 / 20))
    show("initialize", "factor per layer, 20 ReLU layers", *found)
    found = []
    for start in nn.initializers.he_normal(), nn.initializers.lecun_normal():
        params = initialize(key, [128] * 21, start)
        selu = partial(forward, params, activation=nn.selu)
        found.append(growth(selu, x) ** (1 / 20))
    show("lecun_normal", "factor per layer, 20 SELU layers", *found)

    params = initialize(key, [128] * 51)

    def bare(state):
        for p in params:
            state = state + nn.relu(state) @ p["w"]
        return state

    def scaled(state):
        for p in params:
            state = block(p, state, 50)
        return state

    show(
        "block", "growth of the gradient, 50 blocks", growth(bare, x), growth(scaled, x)
    )
    losses = [train_encoder(first) for first in (False, True)]
    show("encoder_layer", "loss after 60 steps, 16 layers", *losses, digits=1)

    g = {"w": jnp.full(4, 3.0), "b": jnp.full(4, 0.2)}
    by_value = jax.tree.map(lambda it: jnp.clip(it, -0.5, 0.5), g)
    turned = [angle(it, g) for it in (by_value, clip(g, 1.0)[0])]
    show("clip by norm, not value", "turned by, in degrees", *turned)
    show("accumulated", "step over that of the whole batch", *accumulate())
    show("warm_up", "dead units, %", dead_after(1), dead_after(20), digits=1)
    show("remember", "gradient left after 100 steps", lstm_reach(0.0), lstm_reach(3.0))

    textbook = -jnp.log(nn.sigmoid(jnp.array(-120.0)))
    losses = textbook, yes_or_no(jnp.array([-120.0]), jnp.ones(1))
    show("yes_or_no", "loss at a logit of -120, target 1", *losses)
    g = 10.0 ** jnp.linspace(-10, -6, 100)
    lost = [100 * ((g * s).astype(jnp.float16) == 0).mean() for s in (1, 2.0**16)]
    show("scaled_gradient", "gradients of 1e-10 to 1e-6 lost, %", *lost)
    scale, ill = jnp.float32(2.0**16), jnp.full((8, 4), jnp.nan, jnp.float16)
    for _ in range(30):
        scale = scaled_gradient(mean_output, jnp.ones(4), ill, scale)[1]
    show("", "scale, after 30 steps with NaN", 2.0**16, scale)
    y = (jnp.arange(1000) % 50 == 0).astype(float)
    logits = 0.3 * jax.random.normal(key, (1000,))
    losses = yes_or_no(logits, y), yes_or_no(logits + base_rate(y), y)
    show("base_rate", "first loss, 2% yes", *losses)
    show(
        "scales",
        "error over the targets' size",
        regress(False),
        regress(True),
        digits=1,
    )
    params = {"w": jnp.ones((2, 2)), "b": jnp.ones(2)}
    left = [
        float((params["b"] - it["b"])[0]) for it in ({"b": 0.1}, decay(params, 0.1))
    ]
    show("decay", "a bias of 1 after a step with decay", *left)


def mean_output(weights, x):
    """A loss that is linear in the weights."""
    return jnp.mean(x @ weights)


def angle(first, second):
    """Degrees between two gradients, each as one vector."""
    a, b = (np.concatenate(jax.tree.leaves(it)) for it in (first, second))
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    return float(np.degrees(np.arccos(min(1.0, cosine))))


def adam(loss, params, rate, steps, batches):
    """Parameters after some steps of Adam."""
    m = v = jax.tree.map(jnp.zeros_like, params)

    @jax.jit
    def step(params, m, v, t, batch):
        g = jax.grad(loss)(params, batch)
        m = jax.tree.map(lambda a, b: 0.9 * a + 0.1 * b, m, g)
        v = jax.tree.map(lambda a, b: 0.999 * a + 0.001 * b * b, v, g)
        size = rate * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        moves = jax.tree.map(lambda a, b: size * a / (jnp.sqrt(b) + 1e-8), m, v)
        return jax.tree.map(jnp.subtract, params, moves), m, v

    for t in range(1, steps + 1):
        params, m, v = step(params, m, v, t, batches(t))
    return params


def train_encoder(norm_first):
    """Loss of 16 layers that shall turn each of 12 tokens into another one."""
    sizes = {"query": (32, 32), "key": (32, 32), "value": (32, 32)}
    sizes |= {"up": (32, 128), "down": (128, 32)}
    keys = jax.random.split(jax.random.key(1), 6)
    start = nn.initializers.variance_scaling(1, "fan_in", "normal", batch_axis=0)
    named = zip(sizes.items(), keys, strict=False)
    params = {name: start(k, (16, *size)) for (name, size), k in named}
    words = jax.random.normal(keys[5], (12, 32))

    def layer(x, p):
        return encoder_layer(p, x, norm_first), None

    def loss(params, tokens):
        x = jax.lax.scan(layer, words[tokens], params)[0]
        x = layer_norm(x) if norm_first else x
        return one_of_many(x[..., :12].reshape(-1, 12), (5 * tokens + 3).ravel() % 12)

    def batches(t):
        return jax.random.randint(jax.random.key(t), (32, 4), 0, 12)

    return float(loss(adam(loss, params, 0.003, 60, batches), batches(0)))


def accumulate():
    """Length of the step for a batch in four parts over that for the whole."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(32, 8)), 9 * rng.normal(size=32)

    def loss(w, it):
        return jnp.mean((it[0] @ w - it[1]) ** 2)

    parts, w = list(zip(np.split(x, 4), np.split(y, 4), strict=True)), jnp.zeros(8)
    whole = clip(jax.grad(loss)(w, (x, y)), 1.0)[0]
    each = sum(clip(jax.grad(loss)(w, it), 1.0)[0] for it in parts)
    once = clip(accumulated(loss, w, parts), 1.0)[0]
    return [float(jnp.linalg.norm(g) / jnp.linalg.norm(whole)) for g in (each, once)]


def dead_after(steps):
    """Percent of dead units of a ReLU layer trained at rate 6 on two rings."""
    dead, y = [], np.arange(100) % 2
    gradient = jax.jit(jax.grad(lambda p, x: yes_or_no(forward(p, x)[:, 0], y)))
    for seed in range(5):
        rng = np.random.default_rng(seed)
        turn = rng.uniform(0, 2 * np.pi, 100)
        x = (rng.normal(1 + y, 0.2) * np.array([np.cos(turn), np.sin(turn)])).T
        x = (x - x.mean(0)) / x.std(0)
        params = initialize(jax.random.key(seed), [2, 64, 1])
        for step in range(100):
            rate = warm_up(6.0, steps, step)
            moves = jax.tree.map(partial(jnp.multiply, rate), gradient(params, x))
            params = jax.tree.map(jnp.subtract, params, moves)
        z = x @ params[0]["w"] + params[0]["b"]
        dead.append(100 * float((z <= 0).all(0).mean()))
    return sum(dead) / len(dead)


def lstm_reach(forget):
    """Gradient at the first of 100 inputs over that at the last."""
    keys = jax.random.split(jax.random.key(1), 3)
    w = jax.random.uniform(keys[0], (48, 128), minval=-1, maxval=1) / math.sqrt(32)
    bias = remember(jnp.zeros(128), forget)

    def step(state, x):
        h, c = state
        i, f, g, o = jnp.split(jnp.concatenate([x, h], -1) @ w + bias, 4, -1)
        c = nn.sigmoid(f) * c + nn.sigmoid(i) * jnp.tanh(g)
        return (nn.sigmoid(o) * jnp.tanh(c), c), None

    readout = jax.random.normal(keys[1], (8, 32))

    def loss(x):
        return (jax.lax.scan(step, (jnp.zeros((8, 32)),) * 2, x)[0][0] * readout).sum()

    x = jax.random.normal(keys[2], (100, 8, 16))
    g = jnp.linalg.norm(jax.grad(loss)(x), axis=(1, 2))
    return float(g[0] / g[-1])


def regress(scaled):
    """Error after 200 steps for targets near 300, as they are or scaled."""
    x = jax.random.normal(jax.random.key(1), (200, 8))
    y = 300 + 50 * x[:, :1] * x[:, 1:2]
    shrink, restore = scales(y)
    target = shrink(y) if scaled else y

    def loss(p, x):
        return jnp.mean((forward(p, x) - target) ** 2)

    params = initialize(jax.random.key(2), [8, 64, 64, 1])
    out = forward(adam(loss, params, 0.003, 200, lambda _: x), x)
    out = restore(out) if scaled else out
    return float(jnp.sqrt(jnp.mean((out - y) ** 2)) / y.std())


if __name__ == "__main__":
    print(f"JAX {jax.__version__}")
    examples()
