"""Depth, not width, leaves units dead; batch norm and scaled skips leave none."""

import pytest

LAYERS = [f"layer {n}, dead %" for n in (1, 5, 10, 20, 50)]


@pytest.fixture
def rows(study):
    def chosen(**wanted):
        table = study("dead_at_start")
        found = [it for it in table if all(it[k] == v for k, v in wanted.items())]
        assert found
        return found

    return chosen


def test_layer_1_has_no_dead_unit_in_any_row(rows):
    assert all(row[LAYERS[0]] == 0 for row in rows())


def test_with_he_weights_the_share_grows_with_depth_to_about_a_third_or_more(rows):
    for row in rows(weights="He", **{"between layers": "none"}):
        shares = [row[name] for name in LAYERS]
        assert shares == sorted(shares)
        assert 33 <= shares[-1] <= 48
        assert 6 < shares[2] < 30


def test_from_width_64_to_1024_the_deep_share_hardly_changes(rows):
    plain = {"weights": "He", "between layers": "none", "data": "Gaussian"}
    wide = [row for row in rows(inputs=1000, **plain) if row["width"] >= 64]
    assert {row["width"] for row in wide} == {64, 128, 256, 512, 1024}
    assert max(r[LAYERS[4]] for r in wide) - min(r[LAYERS[4]] for r in wide) < 9
    assert max(r[LAYERS[2]] for r in wide) - min(r[LAYERS[2]] for r in wide) < 3


def test_more_inputs_help_in_early_layers_and_not_at_the_end(rows):
    plain = {"weights": "He", "between layers": "none", "data": "Gaussian"}
    by = {row["inputs"]: row for row in rows(width=128, **plain)}
    early = [by[n][LAYERS[1]] for n in (10, 100, 1000, 10_000)]
    assert early == sorted(early, reverse=True)
    assert early[3] < 1 < early[2]
    assert by[10_000][LAYERS[4]] > 33


def test_digits_give_the_shares_of_gaussian_inputs(rows):
    for row in rows(weights="He", data="digits", **{"between layers": "none"}):
        twin = rows(
            weights="He",
            data="Gaussian",
            inputs=1000,
            width=row["width"],
            **{"between layers": "none"},
        )[0]
        assert all(abs(row[name] - twin[name]) < 3 for name in LAYERS)


def test_pytorchs_default_start_has_half_of_the_units_dead_from_layer_10_on(rows):
    for row in rows(weights="PyTorch"):
        assert all(45 < row[name] < 55 for name in LAYERS[2:])


@pytest.mark.parametrize("between", ["batch-norm", "scaled-skip"])
def test_batch_norm_and_scaled_skips_leave_none(rows, between):
    found = rows(**{"between layers": between})
    assert len(found) == 4
    assert all(row[name] == 0 for row in found for name in LAYERS)


def test_layer_norm_changes_nothing_and_a_bare_skip_only_delays(rows):
    for between, least, most in (("layer-norm", 34, 45), ("skip", 20, 30)):
        for row in rows(**{"between layers": between}):
            assert least < row[LAYERS[4]] < most
    assert all(row[LAYERS[2]] < 3 for row in rows(**{"between layers": "skip"}))
