def test_gates_at_their_bias_keep_a_little_more_than_gates_that_fluctuate(run):
    snippet = run("cell_path")
    drawn = snippet.gate**snippet.STEPS
    row = next(x for x in run("gating").printed.splitlines() if x.startswith("3 1"))
    measured = float(row.split()[6])  # the cell path at lag 100, all else moving
    assert measured < drawn < 10 * measured
    assert f"{drawn:.4f} is left" in snippet.printed
