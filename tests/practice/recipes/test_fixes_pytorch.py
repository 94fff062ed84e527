import math

import pytest

torch = pytest.importorskip("torch", reason="no PyTorch: `make recipes` installs it")
from torch import nn  # noqa: E402


@pytest.fixture(scope="module")
def fixes(recipe):
    return recipe("fixes_pytorch")


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(1)


def test_page_shows_what_the_fixes_print(fixes, agrees_with_stored_output):
    agrees_with_stored_output("fixes_pytorch", fixes.printed)


def test_default_weights_have_a_sixth_of_the_variance_of_he(fixes):
    layer = nn.Linear(500, 500)
    assert 500 * layer.weight.var().item() == pytest.approx(1 / 3, rel=0.02)
    fixes.initialize(layer)
    assert 500 * layer.weight.var().item() == pytest.approx(2, rel=0.02)
    assert not layer.bias.any()


def test_initialize_counts_kernel_positions_and_leaves_norms_alone(fixes):
    model = nn.Sequential(nn.Conv2d(16, 64, 5), nn.BatchNorm2d(64))
    fixes.initialize(model)
    variance = 16 * 25 * model[0].weight.var().item()
    assert variance == pytest.approx(2, rel=0.05)
    assert (model[1].weight == 1).all()


def test_block_passes_its_input_on_where_the_branch_is_silent(fixes):
    block, x = fixes.Block(8, 50), torch.randn(4, 8)
    nn.init.zeros_(block.linear.weight)
    nn.init.zeros_(block.linear.bias)
    assert torch.equal(block(x), x)


def step(fixes, limit, scale=1.0):
    model = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    before = [p.clone() for p in model.parameters()]
    norm = fixes.clipped_step(
        scale * model(torch.ones(2, 4)).sum(), model, optimizer, limit
    )
    moves = [b - p for b, p in zip(before, model.parameters(), strict=True)]
    return norm.item(), nn.utils.get_total_norm(moves).item()


def test_clipping_returns_the_norm_before_and_steps_by_the_limit(fixes):
    norm, moved = step(fixes, 0.5)
    assert norm == pytest.approx(2 * math.sqrt(5))  # 4 inputs of 1 and a bias, twice
    assert moved == pytest.approx(0.5, rel=1e-4)


def test_step_is_left_out_when_the_gradient_is_not_finite(fixes):
    norm, moved = step(fixes, 0.5, math.nan)
    assert math.isnan(norm)
    assert moved == 0


def test_accumulated_gradient_is_that_of_the_whole_batch(fixes):
    model, x = nn.Linear(4, 1), torch.randn(12, 4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)

    def loss_of(part):
        return model(part).square().mean()

    norm = fixes.accumulated_step(loss_of, x.split(4), model, optimizer, math.inf)
    fresh = torch.autograd.grad(loss_of(x), list(model.parameters()))
    assert norm.item() == pytest.approx(nn.utils.get_total_norm(fresh).item(), rel=1e-5)


def test_rate_rises_evenly_and_stays(fixes):
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=2.0)
    schedule, rates = fixes.warm_up(optimizer, 4), []
    for _ in range(6):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert rates == [0.5, 1.0, 1.5, 2.0, 2.0, 2.0]


def test_forget_gate_is_the_second_quarter_and_its_biases_add_up(fixes):
    lstm = nn.LSTM(3, 5, num_layers=2, bidirectional=True)
    fixes.remember(lstm, 30.0)
    with torch.no_grad():  # open gate, nothing in, nothing asked of the input gate
        for name, weight in lstm.named_parameters():
            weight.mul_(0 if "weight" in name else 1)
            if "bias" in name:
                weight[10:15] = 0  # g: nothing is written
    state = torch.zeros(4, 1, 5), torch.rand(4, 1, 5)
    _, (_, kept) = lstm(torch.zeros(50, 1, 3), state)
    torch.testing.assert_close(kept, state[1])
    biases = dict(lstm.named_parameters())
    assert (biases["bias_ih_l0"] + biases["bias_hh_l0"])[5:10].tolist() == [30.0] * 5


def test_loss_from_logits_pulls_where_probabilities_do_not(fixes):
    z = torch.tensor([-120.0], requires_grad=True)
    fixes.yes_or_no(z, torch.ones(1)).backward()
    assert z.grad.item() == -1


def test_scale_halves_and_the_step_is_left_out_while_gradients_are_not_finite(fixes):
    model = nn.Linear(4, 1)
    optimizer, before = (
        torch.optim.SGD(model.parameters(), lr=0.1),
        model.weight.clone(),
    )
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    bad = (torch.full((2, 4), math.nan),)
    for power in (9, 8, 7):
        scale = fixes.half_precision_step(
            lambda net, it: net(it[0]).mean(), bad, model, optimizer, scaler
        )
        assert scale == 2.0**power
    assert torch.equal(model.weight, before)


@pytest.mark.parametrize("kind", ["classes", "yes or no", "numbers"])
def test_first_loss_is_that_of_the_best_constant(fixes, kind):
    layer, n = nn.Linear(1, 3 if kind == "classes" else 1), 1000
    nn.init.zeros_(layer.weight)
    x = torch.zeros(n, 1)
    if kind == "classes":
        y = torch.arange(n) % 10 % 3
        fixes.start_at_base_rate(layer, y)
        share = torch.bincount(y) / n
        loss = nn.functional.cross_entropy(layer(x), y)
        assert loss.item() == pytest.approx(
            -(share * share.log()).sum().item(), rel=1e-4
        )
    elif kind == "yes or no":
        y = (torch.arange(n) % 50 == 0).float()[:, None]
        fixes.start_at_base_rate(layer, y)
        assert layer(x)[0].sigmoid().item() == pytest.approx(0.02, rel=1e-4)
    else:
        y = torch.randn(n, 1) + 300
        fixes.start_at_base_rate(layer, y)
        assert layer(x)[0].item() == pytest.approx(y.mean().item())


def test_scaled_targets_come_back(fixes):
    y = 300 + 50 * torch.randn(100, 2)
    shrink, restore = fixes.scales(y)
    assert shrink(y).std(0).tolist() == pytest.approx([1, 1])
    torch.testing.assert_close(restore(shrink(y)), y)


def test_decay_is_for_matrices_only(fixes):
    model = nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8), nn.PReLU())
    decayed, others = fixes.without_decay(model, 0.01)
    assert [tuple(p.shape) for p in decayed["params"]] == [(8, 8)]
    assert len(others["params"]) == 4
    assert others["weight_decay"] == 0


def test_selu_keeps_mean_and_size_with_its_weights_and_dropout(fixes):
    x = torch.randn(500, 256)
    for layer in fixes.self_normalizing(*[256] * 31)[:-1].train():
        x = layer(x)
    assert abs(x.mean().item()) < 0.2
    assert 0.7 < x.std().item() < 1.3


def test_zero_weights_with_distinct_biases_send_nothing_back(fixes):
    model = fixes.plain([8] * 5 + [2])
    for p in model.parameters():
        nn.init.zeros_(p) if p.ndim > 1 else nn.init.normal_(p)
    optimizer, x = torch.optim.SGD(model.parameters(), lr=0.1), torch.randn(32, 8)
    reached = []
    for _ in range(4):
        loss = (model(x) - x[:, :2]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        reached.append(sum(bool(layer.bias.grad.any()) for layer in model[::2]))
        optimizer.step()
    assert reached == [1, 2, 3, 4], "one layer a step, from the last"
