from typing import NamedTuple

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="no JAX: `make recipes` installs it")
import jax.numpy as jnp  # noqa: E402

PHI = {"tanh": jnp.tanh, "relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid}
PHI |= {"elu": jax.nn.elu, "silu": jax.nn.silu}


@pytest.fixture(scope="module")
def monitor(recipe):
    return recipe("monitor_jax")


def test_page_shows_what_the_recipe_prints(monitor, agrees_with_stored_output):
    agrees_with_stored_output("monitor_jax", monitor.printed)


def test_agrees_with_numpy_in_float64(monitor, network, expected, assert_same):
    def forward(params, x):
        seen = {}
        for i, layer in enumerate(params):
            x = x @ layer["W"] + layer["b"]
            if i < len(network.kinds):
                seen[f"{i}.{network.kinds[i]}"] = x
                x = PHI[network.kinds[i]](x)
        return x, seen

    def loss(params):
        return ((forward(params, network.x)[0] - network.y) ** 2).mean()

    with jax.enable_x64(True):
        pairs = zip(network.W, network.b, strict=True)
        params = [{"W": jnp.asarray(W), "b": jnp.asarray(b)} for W, b in pairs]
        units = monitor.count_units(
            jax.jit(lambda x: forward(params, x)[1]), np.split(network.x, 6)
        )
        gradients = jax.jit(jax.grad(loss))(params)
        after = jax.tree.map(lambda w, g: w - network.rate * g, params, gradients)
        rows = monitor.compare_step(params, after, gradients)
    assert_same(units, expected.units)
    assert_same(rows, expected.step)
    assert list(rows) == [f"{i}.W" for i in range(6)]


class Layer(NamedTuple):
    weight: jax.Array
    bias: jax.Array


def test_nested_containers_have_readable_names(monitor):
    layer = Layer(jnp.ones((2, 3)), jnp.ones(3))
    params = {"encoder": [layer, (layer,)], "head": {"scale": jnp.ones(())}}
    rows = monitor.compare_step(params, params, params)
    assert list(rows) == ["encoder.0.weight", "encoder.1.0.weight"]


def test_gradient_that_is_none_keeps_its_place(monitor):
    params = {"a": jnp.ones((2, 2)), "b": jnp.ones((2, 2)), "c": None, "d": "static"}
    gradients = {"a": None, "b": 2 * jnp.ones((2, 2)), "c": None, "d": None}
    rows = monitor.compare_step(params, params, gradients)
    assert rows["a"] == {"gradient_norm": None, "update_ratio": 0}
    assert rows["b"] == {"gradient_norm": 4, "update_ratio": 0}
    assert len(rows) == 2


def test_trees_of_different_structure_are_refused(monitor):
    with pytest.raises(ValueError, match="shorter"):
        monitor.compare_step([jnp.ones((2, 2))] * 2, [jnp.ones((2, 2))] * 2, [None])


def test_shared_weight_is_one_row_with_the_gradient_of_both_uses(monitor):
    params = {"W": jnp.eye(3) * 2}

    def loss(params):
        return (jnp.ones(3) @ params["W"] @ params["W"]).sum()

    gradients = jax.grad(loss)(params)
    rows = monitor.compare_step(params, params, gradients)
    assert list(rows) == ["W"]
    assert rows["W"]["gradient_norm"] == pytest.approx(4 * 3)


def test_unit_of_a_convolution_is_a_channel_over_all_positions(monitor):
    rng = np.random.default_rng(0)
    kernel = jnp.asarray(rng.normal(size=(3, 3, 2, 6)), "float32")
    bias = jnp.linspace(-30, 0, 6)
    x = rng.normal(size=(20, 7, 7, 2)).astype("float32")

    @jax.jit
    def pre_activations(x):
        axes = ("NHWC", "HWIO", "NHWC")
        return {
            "conv.relu": bias
            + jax.lax.conv_general_dilated(
                x, kernel, (1, 1), "SAME", dimension_numbers=axes
            )
        }

    rows = monitor.count_units(pre_activations, np.split(x, 5))
    off = np.asarray(pre_activations(x)["conv.relu"]) <= 0
    assert rows["conv.relu"]["units"] == 6
    assert rows["conv.relu"]["dead"] == off.all((0, 1, 2)).mean() > 0
    assert rows["conv.relu"]["saturated"] == pytest.approx(off.mean())


def test_memory_does_not_grow_with_the_number_of_batches(monitor):
    alive = []

    def batches():
        for i in range(40):
            yield jnp.full((8, 5), i - 20.0)
            alive.append(len(jax.live_arrays()))

    monitor.count_units(lambda x: {"1.relu": x * 2}, batches())
    assert max(alive[2:]) == alive[2]


def test_counts_do_not_overflow_32_bits(monitor):
    rows = monitor.count_units(lambda x: {"1.relu": x}, [jnp.zeros((4, 3))])
    assert rows["1.relu"]["dead"] == 1
    count = monitor.Counter()
    count["x"] += np.int64(jnp.int32(2**31 - 1))
    count["x"] += np.int64(jnp.int32(2**31 - 1))
    assert count["x"] == 2**32 - 2


def test_bfloat16_norms_are_taken_in_float64(monitor):
    old = jnp.full((300, 300), 1e-25, "bfloat16")
    rows = monitor.compare_step([old], [old * 1.5], [old])
    assert rows["0"]["gradient_norm"] == pytest.approx(300 * 1e-25, rel=0.01)
    assert rows["0"]["update_ratio"] == pytest.approx(0.5, rel=0.01)


def test_nan_raises_an_alarm_instead_of_looking_alive(monitor):
    rows = monitor.count_units(lambda z: {"1.tanh": z}, [jnp.full((4, 3), jnp.nan)])
    assert rows["1.tanh"] == {"units": 3, "saturated": 1, "dead": 1}
