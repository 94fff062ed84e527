import pytest

torch = pytest.importorskip("torch", reason="no PyTorch: `make recipes` installs it")
from torch import nn  # noqa: E402


@pytest.fixture(scope="module")
def checks(recipe):
    return recipe("checks_pytorch")


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(1)


def test_page_shows_what_the_checks_print(checks, agrees_with_stored_output):
    agrees_with_stored_output("checks_pytorch", checks.printed)


def data(n=300):
    y = torch.randint(3, (n,))
    return nn.functional.one_hot(y, 3) * 2.0 + torch.randn(n, 3), y


def test_a_network_whose_signal_is_lost_cannot_fit_one_batch(checks):
    x, y = data(9)
    deep, well = checks.network(3, *[16] * 20, 3), checks.network(3, 16, 3)
    before = [p.clone() for p in well.parameters()]
    first, last = checks.fit_one_batch(deep, checks.loss_of, (x, y))
    assert last > 0.5 * first
    first, last = checks.fit_one_batch(well, checks.loss_of, (x, y))
    assert last < 0.1 * first
    assert all(map(torch.equal, before, well.parameters())), "it trains a copy"


@pytest.mark.parametrize("seed", range(3))
def test_adam_fits_nine_points_where_sgd_stays_at_the_level_of_guessing(checks, seed):
    torch.manual_seed(seed)
    y, angle = torch.arange(9) % 3, 2 * torch.pi * torch.rand(9)
    radius = (y + 1 + 0.1 * torch.randn(9)) / 2
    batch = radius[:, None] * torch.stack([angle.cos(), angle.sin()], 1), y
    model = checks.network(2, *[32] * 8, 3)  # "as found"
    for layer in model[::2]:
        nn.init.normal_(layer.weight, std=(3 * layer.in_features) ** -0.5)
        nn.init.zeros_(layer.bias)
    first, last = checks.fit_one_batch(model, checks.loss_of, batch)
    assert last < 0.1 * first
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(300):
        optimizer.zero_grad()
        loss = checks.loss_of(model, batch)
        loss.backward()
        optimizer.step()
    assert loss.item() == pytest.approx(first, rel=0.02)


def test_permuted_labels_agree_with_neighbours_no_more_than_by_chance(checks):
    x, y = data()
    share, chance = checks.neighbours_agree(x, y[torch.randperm(300)])
    assert abs(share - chance) < 0.1
    share, chance = checks.neighbours_agree(x, y)
    assert share > chance + 0.3
    # Permuted labels are fitted all the same: one batch does not tell.
    batch = x[:9], y[torch.randperm(9)]
    first, last = checks.fit_one_batch(checks.network(3, 64, 3), checks.loss_of, batch)
    assert last < 0.1 * first


@pytest.mark.parametrize("steps", [1, 7])
def test_gradients_that_nobody_clears_are_many_times_the_fresh_one(checks, steps):
    model, batch = checks.network(3, 16, 3), data()
    for _ in range(steps):
        checks.loss_of(model, batch).backward()
    old = [p.grad.clone() for p in model.parameters()]
    ratio = checks.left_over(model, checks.loss_of(model, batch))
    assert ratio == pytest.approx(steps, rel=1e-4)
    assert all(map(torch.equal, old, (p.grad for p in model.parameters())))


def test_softmax_twice_has_a_floor_that_no_training_passes(checks):
    x, y = data()
    twice = checks.network(3, 64, 3, last=nn.Softmax(-1))
    assert checks.are_probabilities(twice(x))
    assert not checks.are_probabilities(checks.network(3, 64, 3)(x))
    floor = torch.log(torch.e + torch.tensor(2.0)) - 1
    _, last = checks.fit_one_batch(twice, checks.loss_of, (x[:9], y[:9]))
    assert floor <= last < floor + 0.05


@pytest.mark.parametrize("kind", ["half", "bfloat16", "float32", "float64"])
def test_softmax_and_sigmoid_are_seen_in_every_precision(checks, kind):
    z = torch.randn(50, 4).to(getattr(torch, kind))
    for outputs in z.softmax(-1), z.sigmoid(), z[:, :1].sigmoid(), z[:, 0].sigmoid():
        assert checks.are_probabilities(outputs) is True
    assert checks.are_probabilities(z) is False
    lost = 0.01 * z.abs()  # logits of a network whose signal vanishes
    assert checks.are_probabilities(lost) is False


def test_a_lost_signal_is_not_taken_for_a_softmax(checks):
    x, inside = torch.randn(64, 8), 0
    for _ in range(60):
        logits = checks.network(8, *[32] * 8, 2)(x)
        inside += ((logits >= 0) & (logits <= 1)).all().item()
        assert not checks.are_probabilities(logits)
    assert inside > 5, "between 0 and 1 by chance"


def test_outputs_that_ignore_the_input_do_not_differ(checks):
    x, _ = data()
    assert checks.differ(checks.network(3, *[16] * 20, 3)(x)) < 1e-4
    assert checks.differ(checks.network(3, 16, 3)(x)) > 0.1
    assert checks.differ(torch.zeros(5, 2)) == 0


def test_a_relu_at_the_end_gives_exact_zeros(checks):
    x, _ = data()
    assert checks.exactly_zero(checks.network(3, 16, 9, last=nn.ReLU())(x)) > 0.1
    assert checks.exactly_zero(checks.network(3, 16, 9)(x)) == 0


def test_what_gets_no_gradient_and_what_no_optimizer_moves_is_named(checks):
    model, (x, y) = checks.network(3, 16, 3), data()
    nn.functional.cross_entropy(model[2](model[:2](x).detach()), y).backward()
    assert checks.without_gradient(model) == ["0.weight", "0.bias"]
    optimizer = torch.optim.SGD(model[0].parameters(), lr=1.0)
    assert checks.not_in(optimizer, model) == ["2.weight", "2.bias"]


def test_modes_differ_with_lagging_averages_and_nothing_is_moved(checks):
    model = nn.Sequential(nn.Linear(3, 16), nn.BatchNorm1d(16), nn.Linear(16, 3))
    batch, before = data(), model[1].running_mean.clone()
    training, evaluation = checks.both_modes(model.eval(), checks.loss_of, batch)
    assert abs(training - evaluation) < 0.3
    assert torch.equal(model[1].running_mean, before)
    assert not model.training
    model[1].running_mean += 50
    training, evaluation = checks.both_modes(model, checks.loss_of, batch)
    assert evaluation > 3 * training


def test_a_sure_discriminator_does_not_pull_on_its_fakes(checks):
    sure, fair = checks.network(3, 16, 1), checks.network(3, 16, 1)
    sure[2].bias.data -= 20
    x, _ = data()
    assert checks.pull_on_fakes(sure, x) < 1e-6
    assert checks.pull_on_fakes(fair, x) > 0.2
