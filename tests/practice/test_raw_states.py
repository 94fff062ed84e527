import re


def test_raw_states_saturate_nearly_all_and_standardized_ones_hardly_any(run):
    raw, standardized = re.findall(r"(\d+)%? of the values", run("raw_states").printed)
    assert int(raw) > 90
    assert int(standardized) < 5
