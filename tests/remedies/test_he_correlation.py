import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

STATE = {}


@pytest.fixture(autouse=True)
def snippet(run):
    STATE["snippet"] = run("he_correlation")
    return STATE["snippet"]


@given(st.floats(0, np.pi))
def test_angle_map_agrees_with_the_integral_over_directions(theta):
    psi = np.linspace(-np.pi, np.pi, 4000, endpoint=False)
    both = np.maximum(np.cos(psi), 0) * np.maximum(np.cos(psi - theta), 0)
    one = np.maximum(np.cos(psi), 0) ** 2
    expected = np.arccos(np.minimum(both.sum() / one.sum(), 1))
    mapped = STATE["snippet"].angle_map(theta)
    assert np.cos(mapped) == pytest.approx(np.cos(expected), abs=1e-6)


def test_angle_map_agrees_with_one_very_wide_layer(snippet):
    rng = np.random.default_rng(5)
    for theta in (0.3, 1.0, 2.5):
        u, v = rng.standard_normal((2, 400_000))
        a = np.maximum(u, 0)
        b = np.maximum(np.cos(theta) * u + np.sin(theta) * v, 0)
        measured = np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
        assert snippet.angle_map(theta) == pytest.approx(measured, abs=0.01)


@given(st.floats(1e-3, 0.05))
def test_small_angles_shrink_by_their_square_over_three_pi(theta):
    mapped = STATE["snippet"].angle_map(theta)
    assert theta - mapped == pytest.approx(theta**2 / (3 * np.pi), rel=0.05)


@given(st.floats(0.01, np.pi))
def test_every_angle_shrinks(theta):
    assert STATE["snippet"].angle_map(theta) < theta


def test_angle_tends_to_three_pi_over_the_depth(snippet):
    theta = np.pi / 2
    for _ in range(5000):
        theta = snippet.angle_map(theta)
    assert theta * 5000 == pytest.approx(3 * np.pi, rel=0.02)


def test_measured_relu_angles_follow_the_map_at_first_and_end_below_it(snippet):
    measured = np.median(snippet.angle(snippet.relu, 90), axis=1)
    theory = np.degrees(snippet.theory)
    np.testing.assert_allclose(measured[:5], theory[:5], rtol=0.15)
    assert measured[-1] < theory[-1]


def test_relu_networks_lose_the_angle_in_every_seed_and_keep_the_size(snippet):
    last = snippet.angle(snippet.relu, 90)[-1]
    assert ((last > 2) & (last < 15)).all()
    size = np.sqrt(np.mean(snippet.relu[-1] ** 2, axis=(1, 2)))
    assert ((size > 0.3) & (size < 4)).all()
    share = snippet.relu[-1].var(axis=2).mean(axis=1) / size**2
    assert (share < 0.2).all()


def test_tanh_keeps_small_angles_at_gain_one_and_drives_them_apart_at_five_thirds(
    snippet,
):
    kept = snippet.angle(snippet.forward(np.tanh, snippet.W), 10)[-1]
    apart = snippet.angle(snippet.forward(np.tanh, 5 / 3 * snippet.W), 10)[-1]
    assert ((kept > 9) & (kept < 17)).all()
    assert (apart > 60).all()


def test_angles_of_the_inputs_themselves_are_measured_exactly(snippet):
    inputs = np.broadcast_to(snippet.x, (1, 1, *snippet.x.shape))
    for turn in (10, 90, 180):
        assert snippet.angle(inputs, turn).item() == pytest.approx(turn)
