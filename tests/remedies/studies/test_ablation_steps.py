import pytest

RATES = 0.0003, 0.001, 0.003, 0.01, 0.03


@pytest.fixture(scope="session")
def fit(study):
    """Networks of 20 that fit: by data, layers, start and network, then by rate."""
    return {
        (row["data"], row["layers"], row["start"], row["network"]): {
            rate: row[f"fit at {rate}"]
            for rate in RATES
            if row[f"fit at {rate}"] != "–"
        }
        for row in study("ablation_steps")
    }


def test_with_a_scaled_skip_all_fit_from_every_start_over_thirtyfold_rates(fit):
    for (*_, network), counts in fit.items():
        if "skip" in network:
            assert min(n for rate, n in counts.items() if rate > 0.0003) >= 19


def test_no_plain_network_of_50_layers_fits_at_the_largest_rate(fit):
    for (_, layers, _, network), counts in fit.items():
        if network == "plain":
            assert counts[0.03] <= (1 if layers == 50 else 11)


@pytest.mark.parametrize("start", ["tanh 1", "ReLU 1.4"])
def test_plain_networks_of_the_critical_scale_fit_at_a_small_rate(fit, start):
    for (_, _, name, network), counts in fit.items():
        if (name, network) == (start, "plain"):
            assert counts[0.001] >= 17


def test_on_the_circles_they_do_so_sooner_than_with_a_skip(study):
    rows = [it for it in study("ablation_steps") if it["data"] == "circles"]
    steps = {(*list(it.values())[1:4],): it["steps at 0.001"] for it in rows}
    for layers in (25, 50):
        for start in ("tanh 1", "ReLU 1.4"):
            assert steps[layers, start, "plain"] < steps[layers, start, "skip"]


def test_about_half_of_the_plain_sigmoid_networks_fit_at_the_best_rate(fit):
    assert 5 <= max(fit["circles", 50, "sigmoid 10", "plain"].values()) <= 15


def test_batch_norm_trains_the_sigmoid_at_every_rate_and_tanh_at_small_ones(fit):
    for start in ("sigmoid 1", "sigmoid 10"):
        assert min(fit["circles", 50, start, "norm"].values()) >= 19
    for start in ("tanh 0.5", "tanh 1"):
        assert fit["circles", 50, start, "norm"][0.001] >= 19
        assert fit["circles", 50, start, "norm"][0.01] <= 8


def test_norm_and_skip_together_fit_at_all_five_rates(fit):
    for (*_, network), counts in fit.items():
        if network == "norm and skip":
            assert min(counts.values()) >= 19


def test_batch_norm_makes_relu_ten_times_as_slow_at_depth_50_only(study, fit):
    rows = {
        it["network"]: it
        for it in study("ablation_steps")
        if (it["data"], it["layers"], it["start"]) == ("circles", 50, "ReLU 1.4")
    }
    assert fit["circles", 50, "ReLU 1.4", "norm"][0.001] <= 2
    assert fit["circles", 50, "ReLU 1.4", "norm"][0.01] >= 17
    assert min(fit["circles", 25, "ReLU 1.4", "norm"].values()) >= 17
    assert 6 < rows["norm"]["at the best"] / rows["plain"]["at the best"] < 20


def test_from_a_small_start_with_neither_few_fit(fit):
    most = {
        start: max(fit["circles", 50, start, "plain"].values())
        for start in ("sigmoid 1", "tanh 0.5", "ReLU 1")
    }
    assert most["sigmoid 1"] == most["tanh 0.5"] == 0
    assert 4 <= most["ReLU 1"] <= 14
