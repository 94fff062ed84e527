import pytest


@pytest.fixture(scope="session")
def rows(study):
    return {
        (row["task"], row["rate"], row["activation"]): row
        for row in study("unit_return")
    }


def test_many_units_are_lost_and_few_come_back_for_good_on_the_wide_rings(rows):
    for (task, _, name), row in rows.items():
        if task == "rings" and name != "leaky 0.2":
            assert row["off"] > 50
            assert row["on %"] < 20


def test_after_the_shallow_kill_gelu_and_silu_units_come_back_more_often(rows):
    for name in ("GELU", "SiLU"):
        for other in ("leaky 0.01", "leaky 0.2", "ELU"):
            back = rows["rings", 5, name]["back %"]
            assert back > rows["rings", 5, other]["back %"] + 5


def test_elu_units_hardly_ever_come_back(rows):
    for (_, _, name), row in rows.items():
        if name == "ELU" and row["off"]:
            assert row["back %"] <= (25 if "Adam" in row["task"] else 5)


def test_under_adam_many_units_come_back_and_none_of_relu_in_a_first_layer(rows):
    for rate, least in (5, 45), (10, 30):
        for name in ("leaky 0.01", "GELU"):
            later = rows["rings then Adam", rate, name]["back %"]
            assert later > max(least, 3 * rows["rings", rate, name]["back %"])


def test_more_small_leak_units_come_back_where_fewer_are_left(rows):
    wide, narrow = (
        [
            row["back %"]
            for (it, _, name), row in rows.items()
            if name == "leaky 0.01" and it == task
        ]
        for task in ("rings", "rings, narrow")
    )
    assert min(narrow) > max(wide) + 5
    assert rows["rings", 10, "leaky 0.2"]["back %"] > 25
