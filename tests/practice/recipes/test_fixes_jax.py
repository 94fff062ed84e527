import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="no JAX: `make recipes` installs it")
from jax import numpy as jnp  # noqa: E402


@pytest.fixture(scope="module")
def fixes(recipe):
    return recipe("fixes_jax")


def test_page_shows_what_the_fixes_print(fixes, agrees_with_stored_output):
    agrees_with_stored_output("fixes_jax", fixes.printed)


def test_weights_are_he_for_the_fan_in_and_biases_zero(fixes):
    first, second = fixes.initialize(jax.random.key(0), [500, 100, 300])
    assert 500 * float(first["w"].var()) == pytest.approx(2, rel=0.05)
    assert 100 * float(second["w"].var()) == pytest.approx(2, rel=0.05)
    assert not first["b"].any()


def test_clipping_shortens_all_weights_alike_and_tells_the_norm_before(fixes):
    g = {"w": jnp.full((2, 2), 3.0), "b": jnp.full(4, 0.2)}
    clipped, norm = fixes.clip(g, 1.0)
    assert float(norm) == pytest.approx(np.sqrt(4 * 9 + 4 * 0.04), rel=1e-5)
    for name in g:
        np.testing.assert_allclose(clipped[name], g[name] / norm, rtol=1e-4)
    same = fixes.clip(g, 100.0)[0]
    np.testing.assert_allclose(same["w"], g["w"])


def test_accumulated_gradient_is_that_of_the_whole_batch(fixes):
    x = np.random.default_rng(0).normal(size=(12, 4))

    def loss(w, part):
        return jnp.mean((part @ w) ** 2)

    w = jnp.arange(4.0)
    found = fixes.accumulated(loss, w, np.split(x, 3))
    np.testing.assert_allclose(found, jax.grad(loss)(w, x), rtol=1e-5)


def test_rate_rises_evenly_and_stays(fixes):
    rates = [float(fixes.warm_up(2.0, 4, step)) for step in range(6)]
    assert rates == [0.5, 1, 1.5, 2, 2, 2]


def test_losses_from_logits_agree_with_the_textbook_where_that_is_safe(fixes):
    z, y = jnp.array([-2.0, 0.5, 3.0]), jnp.array([0.0, 1.0, 1.0])
    p = jax.nn.sigmoid(z)
    textbook = -jnp.mean(y * jnp.log(p) + (1 - y) * jnp.log(1 - p))
    assert float(fixes.yes_or_no(z, y)) == pytest.approx(float(textbook), rel=1e-5)
    logits, classes = jnp.array([[1.0, 2, 0], [0, 0, 5]]), jnp.array([1, 2])
    p = jax.nn.softmax(logits)
    textbook = -(jnp.log(p[0, 1]) + jnp.log(p[1, 2])) / 2
    loss = float(fixes.one_of_many(logits, classes))
    assert loss == pytest.approx(float(textbook), rel=1e-5)


def test_scaling_saves_a_small_gradient_and_halves_when_it_is_not_finite(fixes):
    w, x = jnp.ones(2), jnp.full(2, 1e-4, jnp.float16)

    def loss(p, it):
        return jnp.sum(p * it) * jnp.float16(1e-4)

    plain, scaled = (fixes.scaled_gradient(loss, w, x, s)[0] for s in (1.0, 2.0**14))
    np.testing.assert_allclose(scaled, 1e-8, rtol=0.02)
    assert not plain.any()
    g, scale = fixes.scaled_gradient(loss, w, x * jnp.nan, 8.0)
    assert float(scale) == 4
    assert not g.any()


def test_base_rate_and_scales(fixes):
    y = (jnp.arange(1000) % 50 == 0).astype(float)[:, None]
    share = jax.nn.sigmoid(fixes.base_rate(y))
    np.testing.assert_allclose(share, 0.02, rtol=1e-4)
    y = 300 + 50 * jax.random.normal(jax.random.key(0), (200, 2))
    np.testing.assert_allclose(fixes.base_rate(y), y.mean(0), rtol=1e-5)
    shrink, restore = fixes.scales(y)
    np.testing.assert_allclose(shrink(y).std(0), 1, rtol=1e-4)
    np.testing.assert_allclose(restore(shrink(y)), y, rtol=1e-4)


def test_forget_gate_is_the_second_quarter(fixes):
    assert fixes.remember(jnp.zeros(8), 3.0).tolist() == [0, 0, 3, 3, 0, 0, 0, 0]


def test_decay_is_for_matrices_only(fixes):
    moves = fixes.decay({"w": jnp.ones((2, 2)), "b": jnp.ones(2)}, 0.1)
    np.testing.assert_allclose(moves["w"], 0.1, rtol=1e-6)
    assert not moves["b"].any()
