import pytest

SIZES = (32, 50), (128, 50), (512, 50), (128, 100)


def find(study, network, width, depth):
    """The row of one network at one size."""
    (row,) = (
        r
        for r in study("decay_spread")
        if (r["network"], r["width"], r["depth"]) == (network, width, depth)
    )
    return row


def test_medians_lie_below_infinite_width_and_within_three_of_it_when_wide(study):
    for row in study("decay_spread"):
        assert row["median"] < 1.05 * row["infinite width"]
        if row["width"] >= 128 and row["depth"] == 50:
            assert row["median"] > row["infinite width"] / 3


@pytest.mark.parametrize(
    "network",
    ["sigmoid, Xavier", "tanh, Xavier", "tanh, scale 3", "ReLU, Xavier", "ReLU, He"],
)
def test_narrow_networks_have_the_wider_band(study, network):
    rows = [find(study, network, width, 50) for width in (32, 128, 512)]
    spread = [row["95%"] / row["5%"] for row in rows]
    assert spread == sorted(spread, reverse=True)


def test_tanh_with_xavier_keeps_a_tenth_or_so_at_width_128(study):
    row = find(study, "tanh, Xavier", 128, 50)
    assert 0.08 < row["median"] < 0.12
    assert row["5%"] < 0.0671 < row["median"]


def test_sigmoid_with_xavier_loses_thirty_powers_of_ten_in_fifty_layers(study):
    for width in (32, 128, 512):
        assert find(study, "sigmoid, Xavier", width, 50)["95%"] < 1e-30


@pytest.mark.parametrize("network", ["tanh, Xavier", "ReLU, Xavier", "ReLU, He"])
def test_weight_gradient_is_flat_where_delta_vanishes_or_not(study, network):
    for size in SIZES:
        assert 0.5 < find(study, network, *size)["∂L/∂W, first / last"] < 2


def test_weight_gradient_of_the_sigmoid_vanishes_with_delta(study):
    for size in SIZES:
        assert find(study, "sigmoid, Xavier", *size)["∂L/∂W, first / last"] < 1e-29
