"""Structures that people bring and no rule was made for: seen whole, left as found.

The healthy ones nobody accuses; of the others the verdict names the fault.
"""

import copy
import math
import runpy
from itertools import pairwise
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch", reason="no PyTorch: `make recipes` installs it")
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812


@pytest.fixture(scope="module")
def monitor(folder):
    names = runpy.run_path(str(folder / "monitor_pytorch.py"), run_name="monitor")
    return SimpleNamespace(**names)


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.fixture
def look(monitor):
    return lambda *args, **kwargs: monitor.diagnose(*args, quiet=True, **kwargs)


def net(*sizes, act=nn.ReLU):
    layers = [it for pair in pairwise(sizes) for it in (nn.Linear(*pair), act())]
    return nn.Sequential(*layers[:-1])


def points(n=64, features=8, classes=4):
    y = torch.arange(n) % classes
    x = torch.randn(n, features)
    x[:, :classes] += 2.0 * F.one_hot(y, classes)
    return x, y


def classify(model):
    return lambda batch: F.cross_entropy(model(batch[0]), batch[1])


def adam(model, rate=1e-3):
    return torch.optim.Adam(model.parameters(), rate)


class Net(nn.Module):
    """A module of named parts whose forward is a function of (self, *inputs)."""

    def __init__(self, function, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)
        self.function = function

    def forward(self, *inputs):
        return self.function(self, *inputs)


# ---- Healthy networks of unusual structure: (model, loss_of, batches, optimizer) ----
def dropout_before_relu():
    """The MNIST example of PyTorch: dropped channels are flat in training mode only."""

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.drop(self.conv(x)), 2))
        return self.out(x.flatten(1))

    model = Net(
        forward, conv=nn.Conv2d(1, 16, 5), drop=nn.Dropout2d(), out=nn.Linear(256, 4)
    )
    data = torch.randn(64, 1, 12, 12), torch.arange(64) % 4
    return model, classify(model), [data], adam(model)


def detector():
    """Losses in training mode, detections in evaluation mode, as in torchvision."""

    def forward(self, x, y):
        z = self.head(F.relu(self.body(x)))
        if self.training:
            return {"classes": F.cross_entropy(z, y), "size": z.square().mean()}
        return [*z.softmax(1)]

    model = Net(forward, body=nn.Linear(8, 16), head=nn.Linear(16, 4))
    return model, lambda b: sum(model(*b).values()), [points()], adam(model)


def sparse_graph():
    """Sparse features and a sparse adjacency matrix."""
    n = 40
    edges = ((torch.rand(n, n) < 0.1).float() + torch.eye(n)).to_sparse()
    x = torch.eye(n).to_sparse()
    one, two = (nn.Parameter(torch.randn(a, b) / 3) for a, b in [(n, 16), (16, 4)])
    model, y = nn.ParameterList([one, two]), torch.arange(n) % 4

    def loss_of():
        h = F.relu(torch.spmm(edges, torch.mm(x, model[0])))
        return F.cross_entropy(torch.sparse.mm(edges, h @ model[1]), y)

    return model, loss_of, [None], adam(model)


def per_example_gradients():
    """vmap and jacrev of torch.func in a regularizer."""
    model = net(3, 16, 3, act=nn.Tanh)

    def loss_of(x):
        slopes = torch.func.vmap(torch.func.jacrev(model))(x)
        return F.mse_loss(model(x), x) + 0.01 * slopes.square().mean()

    return model, loss_of, [torch.randn(32, 3)], adam(model)


def two_optimizers():
    """A sparse embedding with an optimizer of its own."""
    model = net(8, 16, 4)
    bag = nn.EmbeddingBag(50, 8, sparse=True)
    both = nn.ModuleList([bag, model])
    optimizers = [torch.optim.SparseAdam(bag.parameters()), adam(model)]
    words = torch.randint(50, (64, 5)), torch.arange(64) % 4
    return both, lambda b: F.cross_entropy(model(bag(b[0])), b[1]), [words], optimizers


def low_rank_adapters():
    """LoRA before its first step: the second matrix is 0, the first hears nothing."""

    def forward(self, x):
        return self.base(x) + x @ self.A.T @ self.B.T

    def adapt(a, b):
        base = nn.Linear(a, b).requires_grad_(False)
        low, up = torch.randn(2, a) / a**0.5, torch.zeros(b, 2)
        return Net(forward, base=base, A=nn.Parameter(low), B=nn.Parameter(up))

    model = nn.Sequential(adapt(8, 32), nn.GELU(), adapt(32, 32), nn.GELU())
    model.append(nn.Linear(32, 4))
    return model, classify(model), [points()], adam(model)


def rare_class():
    """The output starts at a small base rate: its sigmoid is flat, its loss is not."""
    model = net(8, 32, 32, 32, 1)
    nn.init.normal_(model[-1].weight, std=0.01)
    nn.init.constant_(model[-1].bias, -math.log(99))

    def focal(batch):
        z, y = model(batch[0]), (batch[1][:, None] == 0).float()
        p = z.sigmoid()
        weight = (p * (1 - y) + (1 - p) * y) ** 2
        each = F.binary_cross_entropy_with_logits(z, y, reduction="none")
        return (weight * each).mean()

    return model, focal, [points()], adam(model)


def stochastic_depth():
    """Whole blocks that a batch leaves out by chance, with a small layer scale."""

    def forward(self, x):
        if self.training and torch.rand(()) < 0.7:
            return x
        return x + 1e-4 * self.two(F.gelu(self.one(x)))

    blocks = [
        Net(forward, one=nn.Linear(8, 16), two=nn.Linear(16, 8)) for _ in range(4)
    ]
    model = nn.Sequential(nn.Linear(8, 8), *blocks, nn.Linear(8, 4))
    return model, classify(model), [points()] * 3, adam(model)


def rare_expert():
    """A part that only a later batch uses."""

    def forward(self, x):
        return self.out(F.relu(self.rare(x) if x[0, 0] > 50 else self.usual(x)))

    parts = {"usual": nn.Linear(8, 16), "rare": nn.Linear(8, 16)}
    model = Net(forward, **parts, out=nn.Linear(16, 4))
    x, y = points()
    late = x.clone()
    late[0, 0] = 51
    return model, classify(model), [(x, y)] * 6 + [(late, y)], adam(model)


def small_auxiliary_head():
    """The last layer called is a small part of the loss."""
    trunk, main, side = net(8, 32, 32), nn.Linear(32, 4), nn.Linear(32, 8)
    model = nn.ModuleList([trunk, main, side])

    def loss_of(batch):
        h = F.relu(trunk(batch[0]))
        loss = F.cross_entropy(main(h), batch[1])
        return {"classes": loss, "inputs": 1e-6 * F.mse_loss(side(h), batch[0])}

    return model, loss_of, [points()], adam(model)


def normalizing_flow():
    """Couplings that start near the identity: each begins with a faint branch."""

    def forward(self, x):
        kept, moved = x.flip(1).chunk(2, 1)
        shift, scale = self.inner(kept).chunk(2, 1)
        return torch.cat([kept, moved * scale.tanh().exp() + shift], 1)

    model = nn.Sequential(*(Net(forward, inner=net(4, 32, 32, 8)) for _ in range(5)))
    for block in model:
        nn.init.normal_(block.inner[-1].weight, std=1e-4)
        nn.init.zeros_(block.inner[-1].bias)
    return model, lambda x: model(x).square().mean(), [torch.randn(64, 8)], adam(model)


def output_that_starts_at_zero():
    """A zero output layer after zero gates: the first step moves this layer only."""

    def forward(self, x):
        h = self.one(x)
        return self.out(h + self.gate(x) * F.silu(self.two(h)))

    parts = {"one": nn.Linear(8, 16), "gate": nn.Linear(8, 16)}
    model = Net(forward, **parts, two=nn.Linear(16, 16), out=nn.Linear(16, 4))
    for name in ("gate", "out"):
        nn.init.zeros_(getattr(model, name).weight)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-4)
    return model, classify(model), [points()], optimizer


def teacher_in_a_list():
    """A copy that is hidden from the optimizer on purpose; a rate that starts at 0."""

    def forward(self, x):
        with torch.no_grad():
            teacher = self.hidden[0](x)
        return self.inner(x), teacher

    inner = net(8, 32, 4)
    model = Net(forward, inner=inner)
    model.hidden = [copy.deepcopy(inner)]
    optimizer = adam(model)
    torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1, step / 100))

    def loss_of(batch):
        student, teacher = model(batch[0])
        return F.cross_entropy(student, batch[1]) + F.mse_loss(student, teacher + 0.1)

    return model, loss_of, [points()], optimizer


def padded_sequences():
    """Padding on the right, the state at the true length is read."""

    def forward(self, x, lengths):
        states, _ = self.lstm(x)
        return self.out(states[torch.arange(len(x)), lengths - 1])

    model = Net(forward, lstm=nn.LSTM(3, 8, batch_first=True), out=nn.Linear(8, 2))
    data = torch.randn(32, 40, 3), torch.randint(5, 15, (32,)), torch.arange(32) % 2

    def loss_of(batch):
        return F.cross_entropy(model(batch[0], batch[1]), batch[2])

    return model, loss_of, [data], adam(model)


def policy_with_a_small_head():
    """Orthogonal weights, the last ones a hundredth: Adam moves these far at first."""
    model = net(4, 64, 64, 2, act=nn.Tanh)
    for layer in model[::2]:
        nn.init.orthogonal_(layer.weight, 0.01 if layer is model[-1] else 2**0.5)
        nn.init.zeros_(layer.bias)
    x = torch.randn(64, 4), torch.arange(64) % 2
    return model, classify(model), [x], adam(model)


def pairs_of_scores():
    """A ranking loss: all differences of a score with itself."""
    model = net(8, 16, 1)

    def loss_of(batch):
        scores, rank = model(batch[0])[:, 0], batch[1].float()
        apart, order = scores[:, None] - scores, rank[:, None] - rank
        return F.relu(1 - order.sign() * apart)[order != 0].mean()

    return model, loss_of, [points()], adam(model)


def output_in_the_units_of_the_targets():
    """Prices: the model scales its output back itself."""
    model, (x, _) = net(8, 16, 1), points()
    y = 300 + 40 * x[:, :1].sin()
    unit = y.mean(), y.std()

    def loss_of(batch):
        return F.mse_loss(model(batch[0]) * unit[1] + unit[0], batch[1]) / 1600

    return model, loss_of, [(x, y)], adam(model)


def output_bias_at_the_mean():
    """What the site recommends: the last bias at the mean of the targets."""
    model, (x, _) = net(8, 32, 32, 32, 1), points()
    for layer in model[:-1:2]:
        nn.init.kaiming_normal_(layer.weight)
    nn.init.constant_(model[-1].bias, 25)
    model[-1].weight.data *= 0.1
    y = 25 + 0.2 * x[:, :1]
    return model, lambda b: F.mse_loss(model(b[0]), b[1]), [(x, y)], adam(model)


def last_batch_of_two():
    """66 examples in batches of 32, with batch norm."""
    layers = nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 4)
    model, (x, y) = nn.Sequential(*layers), points(66)
    batches = [*zip(x.split(32), y.split(32), strict=True)]
    return model, classify(model), batches, adam(model)


def batch_norm_before_the_first_step():
    """Running averages that have averaged nothing yet."""
    layers = nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 4)
    model, (x, y) = nn.Sequential(*layers), points()
    return model, classify(model), [(2 * x + 7, y)], adam(model)


def step_in_backward():
    """An optimizer for each parameter that steps as soon as its gradient is there."""
    model, case = net(8, 16, 4), points()
    optimizers = {p: torch.optim.SGD([p], 0.1) for p in model.parameters()}
    for p, optimizer in optimizers.items():
        p.register_post_accumulate_grad_hook(lambda _, it=optimizer: it.step())
    return model, classify(model), [case], [*optimizers.values()]


def bounded_output_changed_in_place():
    """A softplus whose lower bound is moved in place."""
    model, (x, _) = net(8, 16, 8), points()

    def loss_of(x):
        out = F.softplus(model(x))
        out -= 9
        return F.mse_loss(out, x)

    return model, loss_of, [x], adam(model)


def time_before_batch():
    """Sequences as (time, batch), with one label each and with one for each step."""

    def forward(self, x):
        states = self.lstm(x)[0]
        return self.last(states[-1]), self.each(states)

    parts = {"last": nn.Linear(8, 2), "each": nn.Linear(8, 2)}
    model = Net(forward, lstm=nn.LSTM(3, 8), **parts)
    data = torch.randn(12, 32, 3), torch.arange(32) % 2, torch.arange(384) % 2

    def loss_of(x, y, each):
        last, states = model(x)
        whole = F.cross_entropy(states.flatten(0, 1), each)
        return F.cross_entropy(last, y) + whole

    return model, loss_of, [data], adam(model)


def a_judge_that_is_sure_but_heard():
    """-log D of a sigmoid that is flat: the slope in the logit is 1."""
    model, judge = net(4, 16, 8), nn.Linear(8, 1)
    nn.init.constant_(judge.bias, -8)

    def loss_of(x):
        return F.binary_cross_entropy(judge(model(x)).sigmoid(), torch.ones(64, 1))

    return model, loss_of, [torch.randn(64, 4)], adam(model)


def squeeze_and_excite():
    """Four units, of which three happen to be off; gates; a convolution's last axis."""

    def forward(self, x):
        h = F.glu(self.conv(x), 1)
        return self.out((h * self.gate(h.mean(2))[..., None]).flatten(2).relu().mean(2))

    gate = nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 8), nn.Hardsigmoid())
    gate[0].bias.data = torch.tensor([-9.0, -9, -9, 1])
    model = Net(forward, conv=nn.Conv1d(3, 16, 3), gate=gate, out=nn.Linear(8, 4))
    data = torch.randn(32, 3, 20), torch.arange(32) % 4
    return model, classify(model), [data], adam(model)


HEALTHY = [
    dropout_before_relu,
    detector,
    sparse_graph,
    per_example_gradients,
    two_optimizers,
    low_rank_adapters,
    rare_class,
    stochastic_depth,
    rare_expert,
    small_auxiliary_head,
    normalizing_flow,
    output_that_starts_at_zero,
    teacher_in_a_list,
    padded_sequences,
    policy_with_a_small_head,
    pairs_of_scores,
    output_in_the_units_of_the_targets,
    output_bias_at_the_mean,
    last_batch_of_two,
    batch_norm_before_the_first_step,
    step_in_backward,
    time_before_batch,
    bounded_output_changed_in_place,
    a_judge_that_is_sure_but_heard,
    squeeze_and_excite,
]


@pytest.mark.parametrize("case", HEALTHY, ids=lambda it: it.__name__)
def test_no_rule_accuses_a_healthy_network(look, case):
    report = look(*case())
    assert not report.findings, report
    assert len(report.layers) > 1


def test_what_could_not_be_looked_at_is_named(look):
    words = look(*detector()).coverage["not counted"]
    assert words.startswith("evaluation mode (AttributeError: 'list' object has no")
    words = look(*per_example_gradients()).coverage["not counted"]
    assert "inside of torch.func" in words
    coverage = look(*rare_expert()).coverage
    assert coverage["in some batches only"] == "rare, rare.bias"
    assert look(*teacher_in_a_list()).coverage["in a list, not trained"] == "hidden[0]"


# ---- Faults ---------------------------------------------------------------------
def rounded():
    """Rounding in the middle: its slope is 0."""
    one, two = net(8, 16, 4), net(4, 16, 4)
    model = nn.ModuleList([one, two])
    loss_of = lambda b: F.cross_entropy(two(one(b[0]).round()), b[1])  # noqa: E731
    return model, loss_of, [points()], adam(model)


def dropped():
    """Dropout of everything, meant as the probability to keep."""
    model = nn.Sequential(
        nn.Linear(8, 16), nn.GELU(), nn.Dropout(1.0), nn.Linear(16, 4)
    )
    return model, classify(model), [points()], adam(model)


def always_dropping():
    """F.dropout without training=self.training."""
    model = net(8, 16, 4)
    loss_of = lambda b: F.cross_entropy(model[2](F.dropout(model[:2](b[0]))), b[1])  # noqa: E731
    return model, loss_of, [points()], adam(model)


def groups_of_two():
    """Group norm of vectors."""
    layers = nn.Linear(8, 64), nn.GroupNorm(32, 64), nn.SiLU(), nn.Linear(64, 4)
    model = nn.Sequential(*layers)
    return model, classify(model), [points()], adam(model)


def by_hand():
    """Weights too small, in x @ self.weight.t(), and a ReLU as where(z > 0, z, 0)."""

    def forward(self, x):
        z = x @ self.weight.t()
        return torch.where(z > 0, z, torch.zeros_like(z))

    sizes = pairwise([8, *[32] * 12])
    weights = [nn.Parameter(0.5 * torch.randn(b, a) / a**0.5) for a, b in sizes]
    blocks = [Net(forward, weight=it) for it in weights]
    model = nn.Sequential(*blocks, nn.Linear(32, 4))
    return model, classify(model), [points()], adam(model)


def cell_that_forgets():
    """A loop over an LSTM cell with a closed gate."""

    def forward(self, x):
        state = None
        for step in x.unbind(1):
            state = self.cell(step, state)
        return self.out(state[0])

    model = Net(forward, cell=nn.LSTMCell(3, 8), out=nn.Linear(8, 2))
    model.cell.bias_ih.data[8:16] = -3
    data = torch.randn(32, 40, 3), torch.arange(32) % 2
    return model, classify(model), [data], adam(model)


def sure_judge():
    """log(1 - D) of a judge outside of the model."""
    model, judge = net(4, 16, 8), nn.Linear(8, 1)
    nn.init.constant_(judge.bias, -8)

    def loss_of(x):
        return -F.binary_cross_entropy(judge(model(x)).sigmoid(), torch.zeros(64, 1))

    return model, loss_of, [torch.randn(64, 4)], adam(model)


def relu_before_logits():
    """A loss from logits after a ReLU: the probability stays above one half."""
    model, (x, y) = nn.Sequential(*net(8, 16, 1), nn.ReLU()), points()
    bce = F.binary_cross_entropy_with_logits
    y = (y == 0).float()[:, None]
    return model, lambda b: bce(model(b[0]), b[1]), [(x, y)], adam(model)


def made_in_forward():
    """A layer that forward makes anew."""

    def forward(self, x):
        return self.out(nn.Linear(8, 8)(x).relu())

    model = Net(forward, out=nn.Linear(8, 4))
    return model, classify(model), [points()], adam(model)


def batch_for_time():
    """An LSTM made without batch_first."""

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])

    model = Net(forward, lstm=nn.LSTM(3, 8), out=nn.Linear(8, 2))
    data = torch.randn(32, 12, 3), torch.arange(32) % 2
    last = torch.randn(5, 12, 3), torch.arange(5) % 2
    return model, classify(model), [data, last], adam(model)


def attention_over_the_batch():
    """A transformer layer made without batch_first."""
    inner = nn.TransformerEncoderLayer(8, 2, 16, norm_first=True)
    model = Net(
        lambda self, x: self.out(self.inner(x).mean(1)),
        inner=inner,
        out=nn.Linear(8, 2),
    )
    data = torch.randn(32, 12, 8), torch.arange(32) % 2
    return model, classify(model), [data], adam(model)


def all_but_biases_frozen():
    """requires_grad left at False."""
    model = net(8, 16, 4)
    for p in model.parameters():
        p.requires_grad_(p.ndim == 1)
    return model, classify(model), [points()], adam(model)


def weights_in_sixteen_bits():
    """bfloat16 weights at a rate that float32 weights would follow."""
    model, (x, y) = net(8, 32, 4).bfloat16(), points()
    optimizer = torch.optim.SGD(model.parameters(), 0.003)
    loss_of = lambda b: F.cross_entropy(model(b).float(), y)  # noqa: E731
    return model, loss_of, [x.bfloat16()], optimizer


def inputs_that_did_not_load():
    """Zeros for images."""
    model, (x, y) = net(8, 16, 4), points()
    return model, classify(model), [(0 * x, y)], adam(model)


def only_a_list():
    """All layers in a plain list: the model has no parameters at all."""
    model = Net(lambda self, x: self.layers[1](F.relu(self.layers[0](x))))
    model.layers = [nn.Linear(8, 16), nn.Linear(16, 4)]
    return model, classify(model), [points()], None


FAULTS = {
    rounded: "The gradient is exactly 0 from some layer on",
    dropped: "The gradient is exactly 0 from some layer on",
    always_dropping: "Dropout stays on in evaluation mode",
    groups_of_two: "A norm over one or two features",
    by_hand: "The gradient vanishes on its way to the first layer",
    cell_that_forgets: "The gradient vanishes on its way back through time",
    sure_judge: "outside (1, 8).sigmoid is saturated",
    relu_before_logits: "An activation bounds the outputs",
    made_in_forward: "Layers are made anew in every forward pass",
    inputs_that_did_not_load: "All inputs of the batch are the same",
    batch_for_time: "lstm runs along the batch",
    attention_over_the_batch: "inner.self_attn runs along the batch",
    all_but_biases_frozen: "All weights are frozen",
    weights_in_sixteen_bits: "Steps are rounded away",
    only_a_list: "Layers in a plain list",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda it: it.__name__)
def test_the_fault_comes_first_and_alone(look, fault):
    report = look(*fault())
    assert [it.what[: len(FAULTS[fault])] for it in report.findings] == [FAULTS[fault]]


def test_a_sure_judge_is_not_told_to_standardize(look):
    assert "softplus(-D(fake))" in look(*sure_judge()).findings[0].change


# ---- Numbers ----------------------------------------------------------------------
def test_delta_is_that_of_the_loss_and_not_of_a_gradient_inside_it(look):
    """A gradient penalty asks for gradients while the loss is computed."""
    model, x = net(3, 8, 1, act=nn.Tanh).double(), torch.randn(16, 3).double()

    def loss_of(x):
        x = x.clone().requires_grad_()
        (slope,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
        return (slope.norm(dim=1) - 1).square().mean()

    (_, row) = look(model, loss_of, [x]).layers
    z = model[0](x.requires_grad_())
    out = model[2](z.tanh())
    (slope,) = torch.autograd.grad(out.sum(), x, create_graph=True)
    loss = (slope.norm(dim=1) - 1).square().mean()
    (expected,) = torch.autograd.grad(loss, out, allow_unused=True)
    assert row["delta"] == (None if expected is None else expected.norm().item())


def test_complex_numbers_are_measured_by_their_size(look):
    W = nn.Parameter(torch.randn(4, 8, dtype=torch.complex128))
    model, (x, y) = nn.ParameterList([W]), points()
    x = x.to(torch.complex128) * 1j
    (row,) = look(model, lambda b: F.cross_entropy((b @ W.T).abs(), y), [x]).layers
    z = x @ W.T
    (delta,) = torch.autograd.grad(F.cross_entropy(z.abs(), y), z)
    assert row["delta"] == pytest.approx(delta.abs().square().sum().sqrt().item())
    assert row["size"] == pytest.approx(z.detach().abs().square().mean().sqrt().item())


def test_a_loss_that_needs_gradients_is_not_counted_twice(look):
    model, x = net(3, 16, 1), torch.randn(32, 3)

    def loss_of(x):
        x = x.clone().requires_grad_()
        (slope,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
        return slope.square().mean()

    (row,) = look(model, loss_of, [x, x]).units
    assert row["inputs"] == 64


def test_the_update_of_a_weight_with_a_norm_and_of_each_optimizer_is_there(look):
    model = net(8, 16, 4)
    nn.utils.parametrizations.weight_norm(model[0])
    parts = [adam(model[0]), torch.optim.SGD(model[2].parameters(), 0.1)]
    rows = look(model, classify(model), [points()], parts).layers
    assert [row["layer"] for row in rows] == ["0", "2"]
    assert all(row["gradient"] > 0 and row["update"] > 0 for row in rows)


def test_a_product_of_weights_alone_is_no_layer(look):
    """A low-rank change is merged into the weight first."""

    def forward(self, x):
        return F.linear(x, self.weight + self.up @ self.low)

    shapes = {"weight": (16, 8), "low": (2, 8), "up": (16, 2)}
    parts = {name: nn.Parameter(torch.randn(shape)) for name, shape in shapes.items()}
    model = nn.Sequential(Net(forward, **parts), nn.ReLU(), nn.Linear(16, 4))
    rows = look(model, classify(model), [points()]).layers
    assert [row["layer"] for row in rows] == ["0", "2"]


def test_a_weight_that_two_layers_share_has_a_row_for_each(look):
    """The output of a language model is its embedding, transposed."""

    def forward(self, x):
        return F.linear(self.embed(x).mean(1), self.embed.weight)

    model = Net(forward, embed=nn.Embedding(4, 8))
    data = torch.randint(4, (64, 5)), torch.arange(64) % 4
    rows = look(model, classify(model), [data]).layers
    assert [row["layer"] for row in rows] == ["embed", "embed (again)"]
    assert rows[0]["gradient"] == rows[1]["gradient"] > 0


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_a_recurrent_layer_whose_last_state_is_read_hears_it(look, kind):
    layer = getattr(nn, kind)(3, 8, batch_first=True).double()
    model, x = nn.ModuleList([layer, nn.Linear(8, 2).double()]), torch.randn(9, 5, 3)
    x, y = x.double(), torch.arange(9) % 2

    def last(x):
        states = layer(x)[1]
        return states[0] if kind == "LSTM" else states

    row = look(model, lambda b: F.cross_entropy(model[1](last(b)[0]), y), [x]).layers[0]
    state = last(x)
    (delta,) = torch.autograd.grad(F.cross_entropy(model[1](state[0]), y), state)
    assert row["delta"] == pytest.approx(delta.norm().item())


def test_attention_from_learned_queries_has_a_row(look):
    attend, out = nn.MultiheadAttention(8, 2, batch_first=True), nn.Linear(8, 4)
    model = nn.ModuleList([nn.Embedding(5, 8), attend, out])

    def loss_of(batch):
        queries = model[0].weight.expand(len(batch[0]), -1, -1)
        h = attend(queries, queries, queries)[0].mean(1) + batch[0]
        return F.cross_entropy(out(h), batch[1])

    rows = look(model, loss_of, [points()]).layers
    assert [row["layer"] for row in rows] == ["1", "2"]


def test_the_gate_of_a_gated_linear_unit_is_counted(look):
    model = nn.Sequential(
        nn.Conv1d(3, 12, 3), nn.GLU(1), nn.Flatten(), nn.Linear(36, 4)
    )
    data = torch.randn(32, 3, 8), torch.arange(32) % 4
    (row,) = look(model, classify(model), [data]).units
    assert (row["activation"], row["units"]) == ("0[1].sigmoid", 6)


def test_units_survive_a_flatten_of_what_is_behind_them(monitor):
    class Image(nn.Conv2d):
        def forward(self, x):
            return super().forward(x).flatten(2).relu()

    (row,) = monitor.count_units(Image(3, 5, 3), [torch.randn(2, 3, 8, 8)]).values()
    assert row["units"] == 5


def test_gates_that_are_pieces_of_one_layer_have_rows_of_their_own(look):
    def forward(self, x):
        a, b = self.both(x).chunk(2, -1)
        return self.out(a.tanh() * b.sigmoid())

    model = Net(forward, both=nn.Linear(8, 32), out=nn.Linear(16, 4))
    rows = look(model, classify(model), [points()]).units
    assert [row["activation"] for row in rows] == ["both[0].tanh", "both[1].sigmoid"]


def test_names_that_contain_the_word_module_stay_whole(look):
    def forward(self, x):
        return self.submodule(self.module(x).relu())

    model = Net(forward, module=nn.Linear(8, 16), submodule=nn.Linear(16, 4))
    rows = look(model, classify(model), [points()]).layers
    assert rows[1]["layer"] == "submodule"


# ---- How it is called ---------------------------------------------------------------
def test_a_loss_may_take_the_parts_of_a_batch_and_return_more_than_itself(look):
    model, batch = net(8, 16, 4), points()
    losses = look(model, classify(model), [batch]).losses

    def parts(x, y):
        logits = model(x)
        loss = F.cross_entropy(logits, y)
        return loss, logits

    def logged(batch):
        loss = classify(model)(batch)
        return {"loss": loss, "cross entropy": loss, "count": torch.tensor(64)}

    def metrics(batch):
        return classify(model)(batch), torch.tensor(0.5)

    def decorated(*args, **kwargs):
        return classify(model)(*args, **kwargs)

    both = lambda model, batch: parts(*batch)[0]  # noqa: E731
    for loss_of in parts, logged, metrics, decorated, both:
        assert look(model, loss_of, [batch]).losses == pytest.approx(losses)


def test_modules_in_a_list_or_dictionary_are_one_model(look):
    one, two = nn.Linear(8, 16), nn.Linear(16, 4)
    loss_of = lambda b: F.cross_entropy(two(one(b[0]).relu()), b[1])  # noqa: E731
    for model in [one, two], {"encoder": one, "decoder": two}:
        assert len(look(model, loss_of, [points()]).layers) == 2


@pytest.mark.parametrize(
    ("model", "loss_of", "words"),
    [
        (net(8, 4), nn.CrossEntropyLoss(), r"loss_of\(input, target\) does not call"),
        (net(8, 4), F.mse_loss, "does not call the model"),
        (len, lambda b: b, "builtin_function_or_method, not an nn.Module"),
        (nn.Linear(8, 4, device="meta"), lambda b: b, "its weights have no values"),
    ],
)
def test_a_call_that_cannot_work_says_what_to_change(look, model, loss_of, words):
    with pytest.raises((TypeError, ValueError), match=words):
        look(model, loss_of, [points()])


def test_gradients_that_are_off_are_not_called_a_cut_graph(look):
    model = net(8, 16, 4)
    with torch.no_grad(), pytest.raises(ValueError, match="gradients are off here"):
        look(model, classify(model), [points()])


def test_one_batch_alone_gets_a_hint(look):
    model = net(8, 16, 4)
    with pytest.raises((RuntimeError, ValueError, IndexError)) as found:
        look(model, classify(model), points())
    assert "pass [(x, y)] for one alone" in found.value.__notes__[0]


def test_backward_inside_of_the_loss_is_refused(look):
    model = net(8, 16, 4)

    def loss_of(batch):
        loss = classify(model)(batch)
        loss.backward()
        return loss

    with pytest.raises(ValueError, match=r"calls backward\(\): leave it out"):
        look(model, loss_of, [points()])
    assert all(p.grad is None for p in model.parameters())


def test_an_endless_stream_is_cut_with_a_word(look):
    model, batch, drawn = net(8, 16, 4), points(8), []

    def stream():
        while True:
            drawn.append(1)
            yield batch

    coverage = look(model, classify(model), stream(), limit=5).coverage
    assert coverage["batches"] == "the first 5; limit=None looks at all"
    assert len(drawn) == 6
    assert "batches" not in look(model, classify(model), [batch] * 5, limit=5).coverage


# ---- As found -----------------------------------------------------------------------
def test_sixteen_bits_that_follow_are_not_accused(look):
    model, loss_of, batches, optimizer = weights_in_sixteen_bits()
    optimizer.param_groups[0]["lr"] = 0.3
    assert not look(model, loss_of, batches, optimizer).findings


def test_hooks_that_step_in_backward_wait(look):
    model, loss_of, batches, optimizers = step_in_backward()
    before = [p.detach().clone() for p in model.parameters()]
    look(model, loss_of, batches, optimizers)
    assert all(map(torch.equal, before, model.parameters()))
    loss_of(batches[0]).backward()  # now they step
    assert not any(map(torch.equal, before, model.parameters()))


@pytest.mark.parametrize("fails", [False, True])
def test_states_counters_and_caches_of_modules_are_put_back(look, fails):
    def forward(self, x):
        self.state = self.cell(x, self.state)
        self.steps += 1
        self.cache.append(self.state.detach())
        self.totals["seen"] = self.totals.get("seen", 0) + len(x)
        self.mean += 0.1 * x.mean(0)
        self.last = x
        return self.out(self.state)

    model = Net(forward, cell=nn.GRUCell(8, 16), out=nn.Linear(16, 4))
    model.state, model.steps, model.cache = torch.zeros(16, 16), 7, ["first"]
    model.totals, model.mean = {}, torch.ones(8)
    model.tracked = type("Tracked", (list,), {})([1])  # a list of another library
    state, calls = model.state, []

    def loss_of(batch):
        calls.append(1)
        if fails and len(calls) == 2:
            raise OSError("the disk is gone")
        return classify(model)(batch)

    if fails:
        with pytest.raises(OSError, match="disk"):
            look(model, loss_of, [points(16)] * 3, adam(model))
    else:
        look(model, loss_of, [points(16)] * 3, adam(model))
    assert model.state is state
    assert (model.steps, model.cache, model.totals) == (7, ["first"], {})
    assert torch.equal(model.mean, torch.ones(8))
    assert not hasattr(model, "last")


def test_lazy_batch_norm_is_built_and_has_seen_nothing(look):
    model = nn.Sequential(
        nn.LazyLinear(8), nn.LazyBatchNorm1d(), nn.ReLU(), nn.Linear(8, 4)
    )
    look(model, classify(model), [points()])
    assert model[0].in_features == 8
    assert not model[1].running_mean.any()
    assert all(it.training for it in model.modules())


def test_counters_of_an_optimizer_are_put_back(look):
    class Counting(torch.optim.SGD):
        calls = 0

        def step(self, closure=None):
            self.calls += 1
            return super().step(closure)

    model = net(8, 16, 4)
    optimizer = Counting(model.parameters(), 0.1)
    optimizer.calls = 3
    assert look(model, classify(model), [points()], optimizer).layers[0]["update"] > 0
    assert optimizer.calls == 3


def test_an_optimizer_that_cannot_be_tried_is_named(look):
    class Sharp(torch.optim.SGD):
        def step(self, closure=None):
            assert closure, "a closure is needed"

    model = net(8, 16, 4)
    for optimizer in (
        Sharp(model.parameters(), 0.1),
        torch.optim.LBFGS(model.parameters()),
    ):
        report = look(model, classify(model), [points()], optimizer)
        assert report.layers[0]["update"] is None
        assert f"update by {type(optimizer).__name__}" in report.coverage["not counted"]


def test_no_number_is_made_in_float64_on_the_device_of_the_model(folder):
    """Apple's GPUs have no float64."""
    text = (folder / "monitor_pytorch.py").read_text("utf-8")
    body = text.split("# ---- Paste or import")[0]
    lines = [it.strip() for it in body.splitlines() if ".double()" in it]
    kept = "it[", "cpu().double()"  # counts are on the processor
    assert not [it for it in lines if not any(word in it for word in kept)]
