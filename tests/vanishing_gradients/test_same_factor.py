"""The same factor once per layer: what is left of the signal."""

import re


def test_printed_shares_are_the_powers_of_the_factor(run):
    rows = re.findall(
        r"factor (\S+): after 9 steps (\S+), after 29 steps (\S+)",
        run("same_factor").printed,
    )
    assert len(rows) == 5
    for factor, nine, more in rows:
        assert f"{float(factor) ** 9:.1g}" == nine
        assert f"{float(factor) ** 29:.1g}" == more
