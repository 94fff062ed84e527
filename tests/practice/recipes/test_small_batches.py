import pytest

torch = pytest.importorskip("torch", reason="no PyTorch: `make recipes` installs it")
NORMS = torch.nn.BatchNorm1d, torch.nn.LayerNorm


def test_batch_norm_refuses_one_row_in_training_only():
    norm = torch.nn.BatchNorm1d(3)
    with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
        norm(torch.randn(1, 3))
    assert norm.eval()(torch.randn(1, 3)).shape == (1, 3)
    assert torch.nn.LayerNorm(3)(torch.randn(1, 3)).shape == (1, 3)


def test_two_rows_become_plus_and_minus_one():
    out = torch.nn.BatchNorm1d(3)(torch.tensor([[1.0, 9.0, -5.0], [2.0, 3.0, 4.0]]))
    torch.testing.assert_close(out.abs(), torch.ones(2, 3), rtol=0, atol=1e-4)


@pytest.mark.parametrize("kind", NORMS)
def test_no_rows_pass_and_leave_the_running_averages_alone(kind):
    norm = kind(3)
    before = [b.clone() for b in norm.buffers() if b.is_floating_point()]
    out = norm(torch.randn(0, 3))
    assert out.shape == (0, 3)
    assert out.mean().isnan()
    after = [b for b in norm.buffers() if b.is_floating_point()]
    for old, new in zip(before, after, strict=True):
        assert torch.equal(old, new)
