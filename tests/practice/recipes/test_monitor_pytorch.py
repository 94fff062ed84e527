import gc

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="no PyTorch: `make recipes` installs it")
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812
from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

KINDS = {"tanh": nn.Tanh, "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "elu": nn.ELU}
KINDS["silu"] = nn.SiLU


@pytest.fixture(scope="module")
def monitor(recipe):
    return recipe("monitor_pytorch")


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def test_page_shows_what_the_recipe_prints(monitor, agrees_with_stored_output):
    agrees_with_stored_output("monitor_pytorch", monitor.printed)


def test_agrees_with_numpy_in_float64(monitor, network, expected, assert_same):
    layers = []
    for i, (W, b) in enumerate(zip(network.W, network.b, strict=True)):
        layer = nn.Linear(*W.shape, dtype=torch.float64)
        layer.weight.data, layer.bias.data = torch.tensor(W.T), torch.tensor(b)
        layers.append(layer)
        layers += [KINDS[network.kinds[i]]()] if i < len(network.kinds) else []
    model = nn.Sequential(*layers)
    x, y = torch.tensor(network.x), torch.tensor(network.y)
    assert_same(monitor.count_units(model, x.split(20)), expected.units)
    nn.functional.mse_loss(model(x), y).backward()
    with monitor.watch_step(model) as rows:
        torch.optim.SGD(model.parameters(), lr=network.rate).step()
    assert_same(rows, expected.step)


class Block(nn.Module):
    """Convolutions with batch norm in a residual block that uses one ReLU twice."""

    def __init__(self, channels):
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2)
        )
        self.norm = nn.ModuleDict({"bn": nn.BatchNorm2d(channels)})
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        first = self.relu(self.norm["bn"](self.convs[0](x)))
        return self.relu(self.convs[1](first) + x)


def image_model():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), Block(8), nn.Flatten(), nn.Dropout(), nn.Linear(288, 10)
    )


def test_reused_in_place_relu_has_a_row_for_each_use(monitor):
    model, x = image_model(), torch.randn(12, 3, 8, 8)
    model[1].norm["bn"].bias.data[:3] = -50
    rows = monitor.count_units(model, x.split(5))
    assert list(rows) == ["1.relu.relu", "1.relu.relu#2"]
    model.eval()
    with torch.no_grad():
        start = model[0](x)
        z1 = model[1].norm["bn"](model[1].convs[0](start))
        z2 = model[1].convs[1](z1.relu()) + start
    for row, z in zip(rows.values(), (z1, z2), strict=True):
        off = z <= 0
        assert row["units"] == 8
        assert row["saturated"] == pytest.approx(off.double().mean().item())
        assert row["dead"] == off.all(0).flatten(1).all(1).double().mean().item()
    assert rows["1.relu.relu"]["dead"] >= 3 / 8


def test_leaves_hooks_modes_and_running_averages_as_they_were(monitor):
    model = image_model()
    model[1].eval()  # a frozen part in a model that trains
    modes = [module.training for module in model.modules()]
    state = {key: value.clone() for key, value in model.state_dict().items()}

    def broken():
        yield torch.randn(2, 3, 8, 8)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        monitor.count_units(model, broken())
    assert [module.training for module in model.modules()] == modes
    assert not any(module._forward_pre_hooks for module in model.modules())
    assert all(torch.equal(state[k], v) for k, v in model.state_dict().items())
    assert torch.is_grad_enabled()


def test_data_loader_gives_the_same_as_all_data_at_once(monitor):
    model = nn.Sequential(nn.Linear(5, 40), nn.ReLU(), nn.Linear(40, 9), nn.GELU())
    model[0].bias.data -= 1.5
    x = torch.randn(101, 5)
    loader = DataLoader(TensorDataset(x, x), batch_size=8, shuffle=True)
    rows = monitor.count_units(model, (x for x, _ in loader))
    assert rows == monitor.count_units(model, [x])
    assert 0 < rows["1.relu"]["dead"] < 1


def test_memory_does_not_grow_with_the_number_of_batches(monitor):
    model, alive = nn.Sequential(nn.Linear(5, 40), nn.ReLU()), []

    def batches():
        for number in range(60):
            yield torch.randn(8, 5)
            if number in (3, 58):
                kinds = map(type, gc.get_objects())
                alive.append(sum(issubclass(kind, torch.Tensor) for kind in kinds))

    monitor.count_units(model, batches())
    assert alive[0] == alive[1]


def test_inputs_in_a_dict_go_through_call(monitor):
    model = nn.ModuleDict({"first": nn.Linear(5, 7), "act": nn.Tanh()})
    batches = [{"ids": torch.randn(3, 5)}, {"ids": torch.randn(2, 5)}]
    rows = monitor.count_units(
        model, batches, call=lambda batch: model["act"](model["first"](batch["ids"]))
    )
    assert rows["act.tanh"]["units"] == 7


def test_units_of_a_sequence_are_its_last_axis_unless_told(monitor):
    model = nn.Sequential(nn.ReLU())
    z = torch.full((2, 4, 6), -1.0)
    z[0, 1] = 1
    assert monitor.count_units(model, [z])["0.relu"]["dead"] == 0
    row = monitor.count_units(model, [z], unit_axis=1)["0.relu"]
    assert row == {"units": 4, "saturated": 42 / 48, "dead": 3 / 4}


def test_transformer_layer_shows_its_units_if_given_a_module(monitor):
    layer = nn.TransformerEncoderLayer(8, 2, 16, activation=nn.GELU(), batch_first=True)
    model = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    rows = monitor.count_units(model, [torch.randn(3, 4, 8)])
    assert list(rows) == ["layers.0.activation.gelu", "layers.1.activation.gelu"]
    assert all(row["units"] == 16 for row in rows.values())


def test_functional_activations_alone_are_an_error_that_says_so(monitor):
    class Functional(nn.Linear):
        def forward(self, x):
            return F.relu(super().forward(x))

    with pytest.raises(ValueError, match=r"F\.relu cannot be hooked"):
        monitor.count_units(Functional(3, 3), [torch.randn(2, 3)])


class Tied(nn.Module):
    """The read-out shares its weight with the embedding; one layer is never used."""

    def __init__(self):
        super().__init__()
        self.embed, self.unused = nn.Embedding(11, 6), nn.Linear(6, 6)
        self.frozen, self.out = nn.Linear(6, 6), nn.Linear(6, 11, bias=False)
        self.frozen.requires_grad_(False)
        self.out.weight = self.embed.weight

    def forward(self, tokens):
        return self.out(torch.tanh(self.frozen(self.embed(tokens))))


def test_shared_weight_is_one_row_and_none_is_not_zero(monitor):
    model, tokens = Tied(), torch.arange(11)
    F.cross_entropy(model(tokens), tokens).backward()
    with monitor.watch_step(model) as rows:
        torch.optim.SGD(model.parameters(), lr=0.1).step()
    assert list(rows) == ["embed.weight", "unused.weight", "frozen.weight"]
    gradient = model.embed.weight.grad.norm().item()
    assert rows["embed.weight"]["gradient_norm"] == pytest.approx(gradient, rel=1e-6)
    for name in ("unused.weight", "frozen.weight"):
        assert rows[name] == {"gradient_norm": None, "update_ratio": 0}


@pytest.mark.parametrize("name", ["AdamW", "RMSprop", "Adagrad", "LBFGS"])
def test_ratio_is_that_of_the_step_taken_by_any_optimizer(monitor, name):
    model, x = nn.Linear(4, 3), torch.randn(20, 4)
    optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        return loss

    closure()
    old = model.weight.detach().clone()
    with monitor.watch_step(model) as rows:
        optimizer.step(closure)
    ratio = ((model.weight - old).norm() / old.norm()).item()
    assert ratio > 0
    assert rows["weight"]["update_ratio"] == pytest.approx(ratio, rel=1e-6)


def test_gradient_is_that_before_the_step_even_if_zeroed_inside(monitor):
    model = nn.Linear(4, 3)
    model(torch.ones(2, 4)).sum().backward()
    with monitor.watch_step(model) as rows:
        model.zero_grad()
    assert rows["weight"]["gradient_norm"] == pytest.approx(np.sqrt(12 * 4))


def test_bfloat16_autocast_gives_nearly_the_float32_numbers(monitor):
    model, x = image_model(), torch.randn(12, 3, 8, 8)
    exact = monitor.count_units(model, x.split(4))
    with torch.autocast("cpu", torch.bfloat16):
        rows = monitor.count_units(model, x.split(4))
        loss = model(x).float().square().mean()
    loss.backward()
    for row, other in zip(rows.values(), exact.values(), strict=True):
        assert row["saturated"] == pytest.approx(other["saturated"], abs=0.01)
        assert row["units"] == other["units"]
    with monitor.watch_step(model) as step:
        torch.optim.SGD(model.parameters(), lr=0.1).step()
    assert all(row["update_ratio"] > 0 for row in step.values())


def test_bfloat16_weights_show_an_update_that_rounding_swallowed(monitor):
    model = nn.Linear(50, 50, bias=False, dtype=torch.bfloat16)
    model.weight.data.fill_(1)
    model.weight.grad = torch.full_like(model.weight, 1e-3)
    with monitor.watch_step(model) as rows:
        torch.optim.SGD(model.parameters(), lr=1.0).step()
    assert rows["weight"]["update_ratio"] == 0
    assert rows["weight"]["gradient_norm"] == pytest.approx(0.05, rel=0.01)


def test_scaled_gradient_is_too_large_until_it_is_unscaled(monitor):
    model = nn.Linear(4, 3)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler.scale(model(torch.ones(2, 4)).sum()).backward()
    with monitor.watch_step(model) as scaled:
        pass
    scaler.unscale_(optimizer)
    with monitor.watch_step(model) as rows:
        scaler.step(optimizer)
    assert rows["weight"]["gradient_norm"] == pytest.approx(np.sqrt(48))
    assert scaled["weight"]["gradient_norm"] == pytest.approx(1024 * np.sqrt(48))
    assert rows["weight"]["update_ratio"] > 0


def test_tiny_float32_gradient_does_not_become_zero_by_squaring(monitor):
    assert monitor.norm(torch.full((2, 2), 1e-30)) == pytest.approx(2e-30)


def test_nan_raises_an_alarm_instead_of_looking_alive(monitor):
    rows = monitor.count_units(nn.Sequential(nn.Tanh()), [torch.full((4, 3), np.nan)])
    assert rows["0.tanh"] == {"units": 3, "saturated": 1, "dead": 1}


def test_added_line_makes_another_activation_seen(monitor, monkeypatch):
    monkeypatch.setitem(monitor.LIMITS, "leakyrelu", (0, np.inf))
    rows = monitor.count_units(nn.Sequential(nn.LeakyReLU()), [torch.eye(3) - 0.5])
    assert rows["0.leakyrelu"] == {"units": 3, "saturated": 2 / 3, "dead": 0}


@pytest.mark.parametrize("inplace", [False, True])
def test_error_signal_on_the_page_is_the_gradient_at_the_pre_activations(
    monitor, folder, capsys, inplace
):
    page = (folder.parents[2] / "docs/practice/recipes.md").read_text("utf-8")
    code = "def show_delta" + page.split("def show_delta")[1].split("```")[0]
    first, second, last = nn.Linear(5, 7), nn.Linear(7, 6), nn.Linear(6, 3)
    model = nn.Sequential(first, nn.ReLU(inplace), second, nn.ReLU(inplace), last)
    x, y = torch.randn(9, 5), torch.randint(0, 3, (9,))
    names = vars(monitor) | {"model": model, "x": x, "y": y}
    exec(code, names | {"loss_function": F.cross_entropy})  # calls show_delta, too
    rows = dict(line.split() for line in capsys.readouterr().out.splitlines())
    z1 = first(x)
    z2 = second(F.relu(z1))
    delta = torch.autograd.grad(F.cross_entropy(last(F.relu(z2)), y), [z1, z2])
    assert [*rows] == ["3", "1"]  # from the output back to the input
    expected = [float(d.norm()) for d in delta]
    np.testing.assert_allclose([float(rows["1"]), float(rows["3"])], expected, 0.01)
    assert not any(module._forward_pre_hooks for module in model)
    assert all(p.grad is None for p in model.parameters())
