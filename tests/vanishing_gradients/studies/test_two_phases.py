import pytest

SIZES = "0.1", "1", "10"


def factors(study, activation, scale, how):
    """The factor per layer for inputs of size 0.1, 1 and 10."""
    (row,) = (
        r
        for r in study("two_phases")
        if (r["activation"], r["weight scale"]) == (activation, scale)
    )
    return [row[f"input {size}, {how}"] for size in SIZES]


def test_networks_of_width_256_follow_the_theory(study):
    for row in study("two_phases"):
        for size in SIZES:
            theory, found = (row[f"input {size}, {h}"] for h in ("theory", "width 256"))
            assert found == pytest.approx(theory, rel=0.05)


@pytest.mark.parametrize("how", ["theory", "width 256"])
@pytest.mark.parametrize("activation", ["GELU", "SiLU"])
def test_between_root_two_and_two_the_size_of_the_input_decides(study, activation, how):
    for scale in (1.5, 1.6, 1.7, 1.8, 1.9):
        small, _, large = factors(study, activation, scale, how)
        assert small == pytest.approx(scale / 2, abs=0.02)
        assert large == pytest.approx(scale / 2**0.5, abs=0.02)


@pytest.mark.parametrize("activation", ["GELU", "SiLU"])
def test_outside_the_strip_all_sizes_share_one_fate(study, activation):
    assert max(factors(study, activation, 1.2, "width 256")) < 0.7
    assert min(factors(study, activation, 2.2, "width 256")) > 1.4


@pytest.mark.parametrize("activation", ["GELU", "SiLU"])
def test_he_weights_let_an_input_of_size_one_vanish(study, activation):
    assert factors(study, activation, 1.41, "width 256")[1] == pytest.approx(
        0.71, abs=0.01
    )


@pytest.mark.parametrize(
    ("activation", "below", "above"),
    [("tanh", 0.8, 1.41), ("ReLU", 1, 2), ("sigmoid", 4, 12)],
)
def test_sigmoid_tanh_and_relu_do_not_ask_for_the_size(study, activation, below, above):
    for how in ("theory", "width 256"):
        assert max(factors(study, activation, below, how)) < 0.85
        assert min(factors(study, activation, above, how)) > 1.03
    for scale in (below, above):
        found = factors(study, activation, scale, "width 256")
        assert max(found) - min(found) < 0.03
