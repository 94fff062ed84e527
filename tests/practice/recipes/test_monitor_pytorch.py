import contextlib
import gc
import json
import random
import re
from itertools import pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="no PyTorch: `make recipes` installs it")
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812
from torch.utils.checkpoint import checkpoint  # noqa: E402
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


def test_agrees_with_numpy_in_float64(
    monitor, network, expected, assert_same, assert_same_report
):
    layers = []
    for i, (W, b) in enumerate(zip(network.W, network.b, strict=True)):
        layer = nn.Linear(*W.shape, dtype=torch.float64)
        layer.weight.data, layer.bias.data = torch.tensor(W.T), torch.tensor(b)
        layers.append(layer)
        layers += [KINDS[network.kinds[i]]()] if i < len(network.kinds) else []
    model = nn.Sequential(*layers)
    x, y = torch.tensor(network.x), torch.tensor(network.y)
    assert_same(monitor.count_units(model, x.split(20)), expected.units)
    report = monitor.diagnose(
        model,
        lambda batch: nn.functional.mse_loss(model(batch[0]), batch[1]),
        [*zip(x.split(20), y.split(20), strict=True)],
        torch.optim.SGD(model.parameters(), lr=network.rate),
        quiet=True,
    )
    assert_same_report(report, expected.report)
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


def test_a_shared_in_place_relu_has_a_row_for_each_layer_it_serves(monitor):
    model, x = image_model(), torch.randn(12, 3, 8, 8)
    model[1].norm["bn"].bias.data[:3] = -50
    rows = monitor.count_units(model, x.split(5))
    assert list(rows) == ["1.convs.0.relu", "1.convs.1.relu"]
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
    assert rows["1.convs.0.relu"]["dead"] >= 3 / 8


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
    assert not nn.modules.module._global_forward_pre_hooks
    assert not nn.modules.module._global_forward_hooks
    assert all(torch.equal(state[k], v) for k, v in model.state_dict().items())
    assert torch.is_grad_enabled()


def test_data_loader_gives_the_same_as_all_data_at_once(monitor):
    model = nn.Sequential(nn.Linear(5, 40), nn.ReLU(), nn.Linear(40, 9), nn.GELU())
    model[0].bias.data -= 1.5
    x = torch.randn(101, 5)
    loader = DataLoader(TensorDataset(x, x), batch_size=8, shuffle=True)
    rows = monitor.count_units(model, (x for x, _ in loader))
    assert rows == monitor.count_units(model, [x])
    assert 0 < rows["0.relu"]["dead"] < 1


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
    assert rows["first.tanh"]["units"] == 7


def test_units_are_found_for_each_layer_and_can_be_told(monitor):
    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv1d(5, 8, 3), nn.BatchNorm1d(8)
            self.line, self.out = nn.Linear(8, 12), nn.Linear(12, 3)

        def forward(self, x):
            x = F.relu(self.norm(self.conv(x)))
            return self.out(self.line(x.transpose(1, 2)).relu().mean(1))

    rows = monitor.count_units(Mixed(), [torch.randn(2, 5, 9)])
    assert {n: row["units"] for n, row in rows.items()} == {
        "conv.relu": 8,
        "line.relu": 12,
    }
    image = nn.Sequential(nn.Conv2d(3, 7, 3), nn.ReLU())
    (row,) = monitor.count_units(image, [torch.randn(3, 9, 9)]).values()
    assert row["units"] == 7, "one image without a batch"
    z = torch.full((2, 4, 6), -1.0)
    z[0, 1] = 1
    (row,) = monitor.count_units(nn.ReLU(), [z], unit_axis=1).values()
    assert row == {"units": 4, "saturated": 42 / 48, "dead": 3 / 4}


@pytest.mark.parametrize("activation", ["relu", nn.ReLU(), F.relu])
def test_transformer_layer_shows_its_units_however_they_are_asked_for(
    monitor, activation
):
    layer = nn.TransformerEncoderLayer(
        8, 2, 16, activation=activation, batch_first=True
    )
    model = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    rows = monitor.count_units(model, [torch.randn(3, 4, 8)])
    assert list(rows) == ["layers.0.linear1.relu", "layers.1.linear1.relu"]
    assert all(row["units"] == 16 for row in rows.values())


WAYS = {
    "F.relu": F.relu,
    "torch.relu": torch.relu,
    "method": lambda z: z.relu(),
    "in place": lambda z: z.relu_(),
    "clamp": lambda z: z.clamp(min=0),
    "maximum": lambda z: torch.maximum(z, torch.zeros(())),
    "module": nn.ReLU(),
    "subclass": type("Mine", (nn.ReLU,), {})(),
    "threshold": nn.Threshold(0, 0),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_write_a_relu_is_seen(monitor, way):
    class Net(nn.Linear):
        def forward(self, x):
            return WAYS[way](super().forward(x))

    model, x = Net(3, 40), torch.randn(50, 3)
    (row,) = monitor.count_units(model, [x]).values()
    off = nn.Linear.forward(model, x) <= 0
    assert row["saturated"] == pytest.approx(off.double().mean().item())
    assert row["dead"] == off.all(0).double().mean().item()


@pytest.mark.parametrize(
    ("module", "name", "limits"),
    [
        (nn.ReLU6(), "relu6", (0, 6)),
        (nn.Hardtanh(-2, 3), "hardtanh", (-2, 3)),
        (nn.Softplus(beta=2), "softplus", (-1.47, np.inf)),
        (nn.SELU(), "selu", (-3, np.inf)),
    ],
)
def test_limits_follow_the_arguments_of_an_activation(monitor, module, name, limits):
    z = torch.linspace(-9, 9, 1001)[:, None]
    rows = monitor.count_units(module, [z])
    (row_name,) = rows
    assert row_name.endswith(f".{name}")
    beyond = ((z <= limits[0]) | (z >= limits[1])).double().mean().item()
    assert rows[row_name]["saturated"] == pytest.approx(beyond, abs=2e-3)


SMOOTH = ["tanh", "sigmoid", "elu", "gelu", "silu", "selu", "celu", "mish"]
SMOOTH += ["softplus", "logsigmoid", "softsign"]


@pytest.mark.parametrize("name", SMOOTH)
def test_limits_are_where_the_slope_falls_below_a_twentieth_for_good(monitor, name):
    z = torch.linspace(-30, 30, 600_001, dtype=torch.float64, requires_grad=True)
    function = getattr(F, name, None) or getattr(torch, name)
    (slope,) = torch.autograd.grad(function(z).sum(), z)
    steep = z[slope.abs() >= 0.05 * slope.abs().max()].detach()
    low, high = monitor.LIMITS[name]
    assert low == -np.inf or low == pytest.approx(steep.min().item(), abs=0.006)
    assert high == np.inf or high == pytest.approx(steep.max().item(), abs=0.006)


def test_nothing_flat_is_an_error_that_says_so(monitor):
    with pytest.raises(ValueError, match="no activation with a flat side"):
        monitor.count_units(
            nn.Sequential(nn.Linear(3, 3), nn.LeakyReLU()), [torch.eye(3)]
        )


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
    (row,) = monitor.count_units(nn.Tanh(), [torch.full((4, 3), np.nan)]).values()
    assert row == {"units": 3, "saturated": 1, "dead": 1}


def test_added_line_makes_another_activation_seen(monitor, monkeypatch):
    monkeypatch.setitem(monitor.LIMITS, "leaky_relu", (0, np.inf))
    (row,) = monitor.count_units(nn.LeakyReLU(), [torch.eye(3) - 0.5]).values()
    assert row == {"units": 3, "saturated": 2 / 3, "dead": 0}


# ---- diagnose: what it measures ----------------------------------------------------
def net(*widths, activation=nn.ReLU, **kind):
    """A chain of linear layers with an activation between them."""
    layers = [nn.Linear(a, b, **kind) for a, b in pairwise(widths)]
    return nn.Sequential(*(it for line in layers for it in (line, activation())))[:-1]


def classify(model):
    """The loss of a batch of inputs and labels."""
    return lambda batch: F.cross_entropy(model(batch[0]), batch[1])


def points(n=64, width=5, classes=3):
    return torch.randn(n, width), torch.randint(0, classes, (n,))


@pytest.fixture
def look(monitor):
    """Diagnose without a word on the terminal."""
    return lambda *args, **kwargs: monitor.diagnose(*args, quiet=True, **kwargs)


@pytest.mark.parametrize("inplace", [False, True])
def test_delta_is_the_gradient_at_each_layers_output(look, inplace):
    model = net(5, 7, 6, 3, activation=lambda: nn.ReLU(inplace), dtype=torch.float64)
    x, y = points()
    x = x.double()
    rows = look(model, classify(model), [(x, y)]).layers
    z1 = model[0](x)
    z2 = model[2](F.relu(z1))
    z3 = model[4](F.relu(z2))
    expected = torch.autograd.grad(F.cross_entropy(z3, y), [z1, z2, z3])
    norms = [it.norm().item() for it in expected]
    assert [row["layer"] for row in rows] == ["0", "2", "4"]
    assert [row["delta"] for row in rows] == pytest.approx(norms, rel=1e-12)
    factors = [row["factor"] for row in rows[:-1]]
    assert factors == pytest.approx([a / b for a, b in pairwise(norms)])
    F.cross_entropy(model(x), y).backward()
    weights = [model[k].weight.grad.norm().item() for k in (0, 2, 4)]
    assert [row["gradient"] for row in rows] == pytest.approx(weights)


def test_distance_and_angle_are_those_of_neighbours_in_the_batch(look):
    model = net(3, 4, 2)
    x, y = points(6, 3, 2)
    (row, _) = look(model, classify(model), [(x, y)]).layers
    z = model[0](x).detach().double().numpy()
    distances, angles = [], []
    for a, b in pairwise(z):
        size = np.sqrt((a @ a + b @ b) / 2)
        distances.append(np.linalg.norm(a - b) / size)
        cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        angles.append(np.degrees(np.arccos(cosine)))
    assert row["distance"] == pytest.approx(np.mean(distances), rel=1e-6)
    assert row["angle"] == pytest.approx(np.mean(angles), rel=1e-5)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("both", [False, True])
def test_gates_are_computed_as_pytorch_does(monitor, kind, both):
    options = {"num_layers": 2, "bidirectional": both, "batch_first": True}
    layer = getattr(nn, kind)(3, 4, **options).double()
    x = torch.randn(5, 6, 3, dtype=torch.float64)
    rows = monitor.count_units(layer, [50 * x])
    gates = {"LSTM": 4, "GRU": 3, "RNN": 1}[kind]
    assert len(rows) == gates * 2 * (1 + both)
    state = torch.zeros(5, 4, dtype=torch.float64)
    one = getattr(nn, kind)(3, 4).double()
    weights = [*one.parameters()]
    name = {"LSTM": "lstm", "GRU": "gru", "RNN": "rnn_tanh"}[kind]
    outputs, _ = monitor._steps(name, x.transpose(0, 1), state, state, weights, "")
    torch.testing.assert_close(outputs, one(x.transpose(0, 1))[0])


def test_packed_sequences_are_named_as_not_counted(look):
    layer, read = nn.LSTM(5, 8), nn.Linear(8, 3)
    model = nn.ModuleList([layer, read])

    def loss_of(batch):
        packed = nn.utils.rnn.pack_padded_sequence(batch, torch.full((4,), 6))
        return read(layer(packed)[1][0][0]).square().mean()

    coverage = look(model, loss_of, [torch.randn(6, 4, 5)]).coverage
    assert "packed sequences" in coverage["not counted"]


def test_training_and_evaluation_mode_stand_side_by_side(look):
    model = nn.Sequential(
        nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3)
    )
    model[1].running_mean += 100  # averages that lag far behind
    x, y = points()
    report = look(model, classify(model), [(x, y)])
    (row,) = report.units
    assert row["dead"] == 0
    assert row["dead, eval"] == 1
    assert [it.what for it in report.findings] == [
        "Evaluation mode is another network than the one that trains."
    ]


def chain(modules):
    """A model that runs its parts one after the other under a checkpoint."""

    class Chain(nn.Module):
        def __init__(self, reentrant):
            super().__init__()
            self.first, self.middle, self.last = modules()
            self.reentrant = reentrant

        def forward(self, x):
            options = {"use_reentrant": self.reentrant}
            return self.last(checkpoint(self.middle, self.first(x), **options))

    return Chain


@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpoints_show_the_same_as_the_network_without(look, reentrant):
    def modules():
        torch.manual_seed(1)
        return (
            nn.Linear(5, 9),
            nn.Sequential(nn.Linear(9, 9), nn.ReLU()),
            nn.Linear(9, 3),
        )

    x, y = points()
    model, plain = chain(modules)(reentrant), nn.Sequential(*modules())
    report = look(model, classify(model), [(x, y)])
    other = look(plain, classify(plain), [(x, y)])
    for row, same in zip(report.layers, other.layers, strict=True):
        assert row["delta"] == pytest.approx(same["delta"], rel=1e-5)
        assert row["gradient"] == pytest.approx(same["gradient"], rel=1e-5)
    assert report.units[0]["saturated"] == other.units[0]["saturated"]


def test_a_compiled_model_shows_what_the_model_shows(look):
    model = net(5, 8, 3)
    compiled = torch.compile(model, backend="eager")
    x, y = points()
    compiled(x)
    report = look(compiled, classify(compiled), [(x, y)])
    assert report.layers == look(model, classify(model), [(x, y)]).layers


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_a_scripted_model_is_said_to_be_closed(look):
    model = torch.jit.script(net(5, 8, 3))
    x, y = points()
    (finding,) = look(model, classify(model), [(x, y)]).findings
    assert "before torch.jit.script" in finding.change


def test_losses_in_lists_and_dicts_are_added_and_other_results_refused(look):
    model, (x, y) = net(5, 8, 3), points()
    one, two = classify(model), lambda batch: model(batch[0]).square().mean()
    whole = look(model, lambda batch: one(batch) + two(batch), [(x, y)])
    for parts in (lambda b: [one(b), two(b)], lambda b: {"a": one(b), "b": two(b)}):
        assert look(model, parts, [(x, y)]).losses == whole.losses
    with pytest.raises(ValueError, match=r"shape \(64, 3\): return its mean or sum"):
        look(model, lambda batch: model(batch[0]), [(x, y)])
    with pytest.raises(TypeError, match="NoneType, not a tensor"):
        look(model, lambda batch: None, [(x, y)])
    with pytest.raises(ValueError, match="batches is empty"):
        look(model, one, iter([]))


def test_lazy_sparse_parametrized_and_half_precision_parts_are_measured(look):
    x, y = points()
    lazy = nn.Sequential(nn.LazyLinear(8), nn.Tanh(), nn.LazyLinear(3))
    assert [row["delta"] > 0 for row in look(lazy, classify(lazy), [(x, y)]).layers]
    words = nn.Sequential(
        nn.Embedding(9, 5, sparse=True), nn.Flatten(), nn.Linear(20, 3)
    )
    optimizer = torch.optim.SGD(words.parameters(), lr=0.1)
    batch = torch.randint(9, (64, 4)), y
    rows = look(words, classify(words), [batch], optimizer).layers
    assert all(row["gradient"] > 0 and row["update"] > 0 for row in rows)
    normed = net(5, 8, 3)
    nn.utils.parametrizations.weight_norm(normed[0])
    rows = look(normed, classify(normed), [(x, y)]).layers
    assert [row["layer"] for row in rows] == ["0", "2"]
    exact = look(normed, classify(normed), [(x, y)])

    def half(batch):
        with torch.autocast("cpu", torch.bfloat16):
            return classify(normed)(batch)

    rough = look(normed, half, [(x, y)])
    for row, other in zip(rough.layers, exact.layers, strict=True):
        assert row["delta"] == pytest.approx(other["delta"], rel=0.05)


def test_update_is_that_of_the_optimizers_next_step(look):
    model, (x, y) = net(5, 8, 3), points()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        classify(model)((x, y)).backward()
        optimizer.step()
    rows = look(model, classify(model), [(x, y)], optimizer).layers
    before = [model[k].weight.detach().clone() for k in (0, 2)]
    optimizer.zero_grad()
    classify(model)((x, y)).backward()
    optimizer.step()
    for row, old, k in zip(rows, before, (0, 2), strict=True):
        ratio = ((model[k].weight - old).norm() / old.norm()).item()
        assert row["update"] == pytest.approx(ratio, rel=1e-4)


@pytest.mark.parametrize("fails", [False, True])
def test_everything_is_as_it_was_found_also_after_an_error(look, fails):
    model = nn.Sequential(image_model(), nn.Dropout())
    model[0][1].eval()
    critic = nn.Sequential(nn.BatchNorm1d(10), nn.Linear(10, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    x = torch.randn(12, 3, 8, 8)
    critic(model(x)).mean().backward()
    optimizer.step()
    both = nn.ModuleList([model, critic])

    def picture():
        kept = [p.clone() for p in (*both.parameters(), *both.buffers())]
        kept += [p.grad.clone() for p in both.parameters()]
        kept += [v.clone() for s in optimizer.state.values() for v in s.values()]
        modes = [it.training for it in both.modules()]
        return kept, modes, torch.get_rng_state(), random.getstate()

    def same(old, new):
        return all(torch.equal(a, b) for a, b in zip(old[0], new[0], strict=True)) and (
            old[1] == new[1] and torch.equal(old[2], new[2]) and old[3] == new[3]
        )

    gradients, before = [p.grad for p in both.parameters()], picture()
    calls = []

    def loss_of(batch):
        calls.append(random.random())
        if fails and len(calls) == 3:
            raise OSError("the disk is gone")
        return critic(model(batch)).mean()

    with pytest.raises(OSError, match="disk") if fails else contextlib.nullcontext():
        look(model, loss_of, [x, x], optimizer)
    assert same(before, picture())
    assert all(p.grad is g for p, g in zip(both.parameters(), gradients, strict=True))
    assert not nn.modules.module._global_forward_pre_hooks
    assert not nn.modules.module._global_forward_hooks


def test_a_report_is_plain_data_and_draws_itself(look):
    model, (x, y) = net(5, 8, 3), points()
    report = look(model, classify(model), [(x, y)])
    assert json.loads(json.dumps(report.to_dict()))["coverage"]["layers"] == "2"
    figure = report.plot()
    assert [len(axis.lines) for axis in figure.axes] == [2, 1, 2]


def test_uses_of_one_layer_are_merged_or_split(look):
    model = nn.RNNCell(3, 4)

    def loss_of(batch):
        h = torch.zeros(len(batch), 4)
        for x in batch.unbind(1):
            h = torch.tanh(
                nn.functional.linear(x, model.weight_ih)
                + nn.functional.linear(h, model.weight_hh)
            )
        return h.square().mean()

    batch = torch.randn(8, 5, 3)
    assert len(look(model, loss_of, [batch]).units) == 1
    assert len(look(model, loss_of, [batch], split=True).units) == 5


# ---- diagnose: networks that do not learn, and the same ones mended ----------------
class Unregistered(nn.Module):
    """Layers in a list, or in a ModuleList."""

    def __init__(self, mended):
        super().__init__()
        layers = [nn.Linear(5, 5) for _ in range(3)]
        self.layers = nn.ModuleList(layers) if mended else layers
        self.out = nn.Linear(5, 3)

    def forward(self, x):
        for layer in self.layers:
            x = F.relu(layer(x))
        return self.out(x)


def render(mended):
    """A density that a ReLU outside the model closes on every sample."""
    model, (x, _) = net(5, 32, 1), points()
    model[-1].bias.data.fill_(-4)
    act = F.softplus if mended else F.relu
    return model, lambda batch: (act(model(batch)) - 1).square().mean(), [x], None


def deep(mended):
    """Eighteen layers of bare parameters with functional ReLUs."""
    gain = 2**0.5 if mended else 0.8
    weights = [gain * torch.randn(32, 32) / 32**0.5 for _ in range(18)]
    model = nn.ParameterList(weights)
    x, y = points(64, 32, 2)

    def loss_of(batch):
        h = batch["x"]
        for W in model[:-1]:
            h = F.relu(h @ W)
        return F.cross_entropy((h @ model[-1])[:, :2], batch["y"])

    return model, loss_of, [{"x": x, "y": y}], None


def rings(mended, seed=0):
    """The network of the page, "as found" and with He weights."""
    torch.manual_seed(seed)
    y, angle = torch.arange(90) % 3, 2 * np.pi * torch.rand(90)
    radius = (y + 1 + 0.1 * torch.randn(90)) / 2
    x = radius[:, None] * torch.stack([angle.cos(), angle.sin()], 1)
    model = net(2, *[32] * 8, 3)
    for layer in model[::2]:
        scale = (2 if mended else 1 / 3) ** 0.5 / layer.in_features**0.5
        nn.init.normal_(layer.weight, std=scale)
        nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return model, classify(model), [(x, y)], optimizer


def slow(mended):
    model, data = net(5, 32, 3), points()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1 if mended else 1e-5)
    return model, classify(model), [data], optimizer


def uncleared(mended):
    """An LSTM and a read-out in two modules, looked at after sixty steps."""
    lstm, read = nn.LSTM(1, 16, batch_first=True), nn.Linear(16, 1)
    x = torch.arange(12.0)[None, :, None] / 10
    both = nn.ModuleList([lstm, read])
    optimizer = torch.optim.Adam(both.parameters(), lr=1e-3)

    def loss_of():
        return sum(F.mse_loss(read(lstm(x)[0][:, t]), x[:, t] + 0.1) for t in range(12))

    for _ in range(60):
        if mended:
            optimizer.zero_grad()
        loss_of().backward()
        optimizer.step()
    return both, loss_of, [None], optimizer


def actor(mended):
    """Raw states of size 200 into a tanh output."""
    pi, q = net(6, 64, 64, 2), net(8, 64, 1)
    states = torch.randn(64, 6) * (1 if mended else 300)
    return (
        pi,
        lambda s: -q(torch.cat([s, torch.tanh(pi(s))], 1)).mean(),
        [states],
        None,
    )


def transformer(mended):
    layer = nn.TransformerEncoderLayer(
        16, 2, 32, batch_first=True, norm_first=mended, activation="relu"
    )
    model = nn.TransformerEncoder(layer, 8, enable_nested_tensor=False)
    return model, lambda x: model(x).square().mean(), [torch.randn(8, 6, 16)], None


def unregistered(mended):
    model, data = Unregistered(mended), points()
    return model, classify(model), [data], None


def softmax_twice(mended):
    model, data = net(5, 16, 3), points()
    last = nn.Identity() if mended else nn.Softmax(-1)
    return model, lambda b: F.cross_entropy(last(model(b[0])), b[1]), [data], None


def sigmoid_before_cross_entropy(mended):
    model, data = net(5, 16, 3), points()
    last = nn.Identity() if mended else nn.Sigmoid()
    return model, lambda b: F.cross_entropy(last(model(b[0])), b[1]), [data], None


def broadcast(mended):
    model, (x, _) = net(5, 16, 1), points()
    y = x[:, :1] if mended else x[:, 0]
    return model, lambda b: ((model(b[0]) - b[1]) ** 2).mean(), [(x, y)], None


def cut(mended):
    model, (x, y) = net(5, 16, 3), points()
    middle = (lambda z: z) if mended else torch.Tensor.detach

    def loss_of(batch):
        return F.cross_entropy(model[2](middle(model[:2](batch[0]))), batch[1])

    return model, loss_of, [(x, y)], None


def forgotten(mended):
    model, data = net(5, 16, 3), points()
    part = model if mended else model[0]
    optimizer = torch.optim.SGD(part.parameters(), lr=0.1)
    return model, classify(model), [data], optimizer


def large_targets(mended):
    model, (x, _) = net(5, 16, 1), points()
    y = x[:, :1] if mended else 500 + 100 * x[:, :1]
    return model, lambda b: F.mse_loss(model(b[0]), b[1]), [(x, y)], None


def narrow(mended):
    width = 16 if mended else 2
    layers = nn.Linear(5, width), nn.LayerNorm(width), nn.ReLU(), nn.Linear(width, 3)
    model, data = nn.Sequential(*layers), points()
    return model, classify(model), [data], None


def broken(mended):
    model, (x, _) = net(5, 16, 1), points()
    shift = 50 if mended else -50
    return model, lambda b: (model(b) + shift).log().square().mean(), [x], None


FAULTS = {
    render: "1.relu is flat",
    deep: "The gradient vanishes",
    rings: "The gradient vanishes",
    slow: "The steps are small",
    uncleared: "Gradients are not cleared",
    actor: "4.tanh is saturated",
    transformer: "A deep transformer with its norms after the sums",
    unregistered: "Layers in a plain list",
    softmax_twice: "The loss wants logits",
    sigmoid_before_cross_entropy: "The loss wants logits",
    broadcast: "Output and target broadcast",
    cut: "Some parameters get no gradient",
    forgotten: "The optimizer does not know",
    large_targets: "The targets are large",
    narrow: "A norm over one or two features",
    broken: "The loss or its gradient is not a finite number",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda it: it.__name__)
def test_the_cause_comes_first_and_a_mended_network_is_not_accused(look, fault):
    report = look(*fault(mended=False))
    words = FAULTS[fault].replace("1.relu", "2.relu")
    assert report.findings[0].what.startswith(words), report
    assert not look(*fault(mended=True)).findings


def test_a_dead_output_explains_more_than_a_saturated_gate(look):
    model = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1), nn.ReLU())
    nn.init.normal_(model[0].weight, std=30)
    nn.init.constant_(model[2].bias, -50)
    report = look(model, lambda x: (model(x) - 1).square().mean(), [points()[0]])
    assert report.units[0]["saturated"] > 0.7
    assert report.findings[0].what.startswith("2.relu is flat")


@pytest.mark.parametrize("seed", range(5))
def test_a_gradient_that_vanishes_is_not_called_a_small_rate(look, seed):
    report = look(*rings(mended=False, seed=seed))
    assert max(row["update"] for row in report.layers) < 1e-4
    (finding,) = report.findings
    assert finding.what.startswith("The gradient vanishes")


def default_layers(depth):
    """Default weights, and images of positive pixels."""
    model, x = net(64, *[64] * depth, 10), torch.rand(128, 64)
    return model, classify(model), [(x, torch.arange(128) % 10)], None


@pytest.mark.parametrize(("depth", "vanishes"), [(2, False), (4, False), (8, True)])
def test_default_weights_are_accused_only_where_they_are_deep(look, depth, vanishes):
    findings = look(*default_layers(depth)).findings
    assert any("gradient vanishes" in it.what for it in findings) == vanishes


@pytest.mark.parametrize("kind", ["half", "bfloat16", "float32", "float64"])
def test_probabilities_are_told_from_logits_in_every_precision(look, kind):
    model, (x, y) = net(5, 16, 4).to(getattr(torch, kind)), points(classes=4)
    x, hot = x.to(getattr(torch, kind)), F.one_hot(y, 4).to(getattr(torch, kind))
    both = F.binary_cross_entropy_with_logits

    def accused(last, loss=F.cross_entropy, target=y, rows=slice(None)):
        def loss_of(x):
            return loss(last(model(x[rows])), target[rows])

        found = look(model, loss_of, [x]).findings
        return any(it.what.startswith("The loss wants logits") for it in found)

    assert accused(lambda z: z.softmax(1))
    assert accused(lambda z: F.softmax(z, 1).clamp(1e-7).reshape(-1, 4))
    assert accused(lambda z: z.exp() / z.exp().sum(1, keepdim=True))
    assert accused(torch.sigmoid)
    assert accused(nn.Sigmoid(), both, hot)
    one = {"loss": both, "target": hot[:, :1], "rows": slice(1)}
    for logits in nn.Identity(), lambda z: 0.01 * z.abs(), lambda z: 0.6 + 0 * z:
        assert not accused(logits)
        assert not accused(logits, both, hot)
        assert not accused(lambda z, logits=logits: logits(z)[:, :1], **one)
    one_class = {"target": torch.zeros_like(y)}
    assert not accused(lambda z: torch.sigmoid(z[:, :1]), **one_class)


def test_the_line_that_standardizes_survives_a_constant_feature(look):
    report = look(*actor(mended=False))
    line, _, _ = report.findings[0].change.partition(";")
    x = torch.randn(64, 3) * 300 + torch.tensor([0.0, 5, 70])
    x[:, 1] = 7
    names = {"x": x}
    exec(line, names)  # the line that the verdict tells to paste
    assert names["x"].isfinite().all()
    assert names["x"][:, 0].std() == pytest.approx(1)


def test_pages_that_a_verdict_names_exist(monitor, folder):
    source = (folder / "monitor_pytorch.py").read_text("utf-8")
    parts = "practice|remedies|vanishing-gradients|dying-relu"
    named = set(re.findall(rf'"((?:{parts})/[\w-]+)"', source))
    assert len(named) > 6
    docs = folder.parents[2] / "docs"
    assert not [it for it in named if not (docs / f"{it}.md").is_file()]
