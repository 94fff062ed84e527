import pytest


@pytest.fixture(scope="session")
def lost(study):
    """First rate at which that share is lost, infinity for none."""
    return {
        (row["data"], row["network"], share): float("inf")
        if row[share] == "–"
        else row[share]
        for row in study("stick_over_rates")
        for share in ("2% lost from", "half from", "95% from")
    }


@pytest.mark.parametrize("data", ["rings", "moons", "digits"])
def test_a_scaled_branch_bears_several_times_the_rate_and_a_bare_one_does_not(
    lost, data
):
    plain, bare, scaled = (
        lost[data, f"ReLU, {it}", "half from"] for it in ("He", "skip", "skip/√50")
    )
    assert scaled >= 4 * plain
    assert bare < 2 * plain


@pytest.mark.parametrize("data", ["rings", "moons", "digits"])
@pytest.mark.parametrize("norm", ["batch norm", "layer norm"])
def test_behind_a_norm_all_units_go_at_a_high_rate(lost, data, norm):
    assert lost[data, f"ReLU, {norm}", "95% from"] <= 30


def test_batch_norm_raises_the_rate_on_rings_and_digits_and_not_on_moons(lost):
    def gain(data):
        norm, none = (
            lost[data, f"ReLU, {it}", "half from"] for it in ("batch norm", "He")
        )
        return norm / none

    assert gain("rings") > 1.2
    assert gain("digits") > 2.5
    assert gain("moons") < 1.4


@pytest.mark.parametrize("data", ["rings", "moons", "digits"])
def test_the_start_hardly_matters(lost, data):
    xavier, he = (lost[data, f"ReLU, {it}", "half from"] for it in ("Xavier", "He"))
    assert 0.5 <= xavier / he <= 2
