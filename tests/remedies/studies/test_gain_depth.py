import pytest


@pytest.fixture(scope="session")
def rows(study):
    table = study("gain_depth")
    return {(row["activation"], str(row["width"])): row for row in table}


def test_gelu_and_silu_end_at_the_factor_of_relu_with_xavier(rows):
    for name in ("GELU", "SiLU"):
        assert rows[name, "mean field"]["101"] == pytest.approx(0.5**0.5, abs=1e-3)
        for width in ("128.0", "512.0"):
            assert rows[name, width]["101"] == pytest.approx(0.5**0.5, abs=0.03)


def test_gelu_holds_delta_in_the_first_ten_layers_silu_nearly(rows):
    for width in ("mean field", "128.0", "512.0"):
        assert rows["GELU", width]["1"] > 0.93
        assert 0.78 < rows["SiLU", width]["1"] < 0.9
        assert rows["SiLU", width]["11"] < 0.73


def test_elu_falls_towards_one(rows):
    for width in ("mean field", "128.0", "512.0"):
        row = rows["ELU", width]
        assert 1.07 < row["1"] < 1.11
        assert 1 < row["101"] < row["31"] < row["1"]
        assert 1.02 < row["31"] < 1.06
