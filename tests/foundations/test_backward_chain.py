import numpy as np


def test_every_layer_on_the_way_back_shrinks_the_signal_to_about_a_quarter(run):
    lengths = run("backward_chain").lengths
    factors = lengths[:-1] / lengths[1:]
    assert factors.max() < 0.3
    assert factors.min() > 0.15


def test_other_networks_of_this_kind_shrink_it_by_the_same_factor(run):
    snippet = run("backward_chain")
    for seed in range(1, 21):
        lengths = snippet.signal_lengths(np.random.default_rng(seed))
        assert 0.2 < (lengths[0] / lengths[-1]) ** (1 / 6) < 0.27


def test_lengths_are_read_in_units_that_round_to_them(run):
    in_words = run("backward_chain").in_words
    assert [in_words(x) for x in (1, 0.22, 0.012, 0.0028, 0.00014)] == [
        "1 m",
        "22 cm",
        "1 cm",
        "3 mm",
        "0.1 mm",
    ]
