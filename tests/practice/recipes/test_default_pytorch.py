import pytest

torch = pytest.importorskip("torch", reason="no PyTorch: `make recipes` installs it")
from torch import nn  # noqa: E402


@pytest.fixture(scope="module")
def default(recipe):
    return recipe("default_pytorch")


def test_page_shows_what_it_prints(default, agrees_with_stored_output):
    agrees_with_stored_output("default_pytorch", default.printed)


@pytest.mark.parametrize("blocks", [4, 50])
def test_gradient_at_the_first_layer_has_the_size_of_that_at_the_last(default, blocks):
    torch.manual_seed(0)
    x = 300 + 50 * torch.randn(200, 6)
    model = default.default_network(x, 3, blocks=blocks)
    state = model[1](model[0](x))
    assert state.std().item() == pytest.approx(1, rel=0.3)  # inputs standardized
    out = model[2:-2](state)
    g = torch.randn_like(out)
    back = torch.autograd.grad(out, state, g)[0]
    assert 0.7 < (back.norm() / g.norm()).item() < 2.5


def test_no_step_is_longer_than_the_limit_allows_and_norms_are_those_before(default):
    torch.manual_seed(0)
    x = torch.randn(50, 2)
    model = default.default_network(x, 1, width=16, blocks=2)

    def loss_of(model, batch):
        return batch * nn.functional.mse_loss(model(x), x[:, :1])

    losses, norms = default.default_training(model, loss_of, [1.0, 1e4, 1.0], limit=0.1)
    assert norms[1] > 1000 * norms[0]
    assert losses[2] < 2 * losses[0]
