import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


def test_streaming_count_equals_the_count_over_the_full_table(run):
    check = run("dead_check")
    assert (check.streamed == check.per_batch[:, -1:]).all()


@pytest.mark.parametrize("size", [1, 16, 1024])
def test_streaming_count_equals_a_loop_over_neurons(run, size):
    check = run("dead_check")
    dead = sum(
        all(check.x @ check.W[:, j] + check.b[j] <= 0) for j in range(check.WIDTH)
    )
    assert check.count_dead(check.x, check.W, check.b, size) == dead
    assert 0 < dead < check.WIDTH


def test_counting_per_batch_never_finds_fewer_and_falls_with_the_batch_size(run):
    check = run("dead_check")
    assert (np.diff(check.per_batch, axis=1) <= 0).all()
    assert (check.per_batch >= check.streamed).all()


def test_small_batches_overestimate_by_tens_of_points(run):
    excess = run("dead_check").per_batch - run("dead_check").streamed
    assert excess[:, 0].min() > 45
    assert 15 < excess[:, 3].mean() < 30
    assert 2 < excess[:, 5].mean() < 10


def test_prediction_from_the_share_of_inputs_matches_the_measurement(run):
    check = run("dead_check")
    assert np.abs(check.per_batch - check.predicted)[:, :-1].max() < 2


@given(st.floats(0, 1), st.integers(1, 200))
def test_a_neuron_on_for_a_share_p_is_off_for_a_batch_with_probability(p, size):
    from math import comb

    count, total = round(p * 1000), 1000  # without replacement: the exact count
    exact = comb(total - count, size) / comb(total, size)
    assert exact <= (1 - count / total) ** size + 1e-12
    if size == 1:
        assert exact == pytest.approx(1 - count / total)


def test_count_off_agrees_with_batches_taken_one_by_one(run):
    check = run("dead_check")
    slow = [
        sum(not check.on[i : i + 64, j].any() for j in range(check.WIDTH))
        for i in range(0, check.POINTS, 64)
    ]
    assert check.count_off(check.on, 64) == pytest.approx(np.mean(slow))


def test_table_is_printed_for_every_batch_size(run):
    printed = run("dead_check").printed
    assert "largest difference of their counts: 0" in printed
    assert printed.count("%)") == 8
