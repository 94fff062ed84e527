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
