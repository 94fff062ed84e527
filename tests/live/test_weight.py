"""What live figures cost who does not use them, and who does."""

import gzip

from benchmark import needed, rooms


def packed(paths):
    """Bytes of files as a host sends them: compressed one by one."""
    return sum(len(gzip.compress(path.read_bytes())) for path in paths)


def test_a_live_figure_adds_at_most_24_kb_to_the_page_that_has_it(assets):
    names = rooms(assets)
    assert {"bench", "hero", "decay"} <= {*names}
    for name in names:
        assert packed({assets / "live.js"} | needed(assets, name)) <= 24 * 1024, name


def test_all_live_figures_together_stay_below_42_kb(assets):
    assert packed(assets.rglob("*.*")) < 42_000


def test_what_only_a_button_or_a_choice_needs_waits_for_it(assets):
    for name in rooms(assets):
        loaded = {path.name for path in needed(assets, name)}
        assert not loaded & {"script.js", "python.js", "digits.js"}, name


def test_square_roots_stay_square_roots(assets):
    # The minifier writes Math.sqrt(x) as x**.5, which browsers may round differently.
    for path in assets.rglob("*.js"):
        assert "**.5" not in path.read_text("utf-8"), path.name
