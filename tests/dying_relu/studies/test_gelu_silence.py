"""PyTorch's slopes end where the page says."""


def test_where_the_slope_ends_on_the_left(study):
    end = {r["activation"]: r["0 left of z ="] for r in study("gelu_silence")}
    assert -6.5 < end["GELU"] < -6
    assert -5.2 < end["GELU-tanh"] < -4.9
    assert -9.3 < end["tanh"] < -8.8
    assert -104.5 < end["ELU"] < -103


def test_for_gelu_the_size_of_the_tensor_decides(study):
    (row,) = (r for r in study("gelu_silence") if r["activation"] == "GELU")
    assert row["in tensors of one"] < 2 * row["0 left of z ="]


def test_only_sigmoid_and_tanh_end_on_the_right_too(study):
    for row in study("gelu_silence"):
        two_sided = row["activation"] in ("sigmoid", "tanh")
        assert isinstance(row["0 right of z ="], float) == two_sided


def test_gelu_is_silent_far_more_often_than_by_the_formula(run, study):
    names = run("silent_units")
    (row,) = (r for r in study("gelu_silence") if r["activation"] == "GELU")
    at = list(names.MEANS).index(10)
    shares = [(names.gelu_slope(z[at]) == 0).all(axis=0) for _, z in names.draws]
    formula = 100 * sum(s.mean() for s in shares) / len(shares)
    assert row["silent at mean 10, %"] > 3 * formula
