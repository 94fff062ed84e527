"""Faults that people reported in public, rebuilt small: does the verdict name each?

Each case is a network with the fault, and the same one mended, which nobody accuses.
"""

from itertools import pairwise

import pytest

torch = pytest.importorskip("torch", reason="no PyTorch: `make recipes` installs it")
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812

MORE = [pytest.param(seed, marks=pytest.mark.weekly) for seed in (1, 2)]
SEEDS = pytest.mark.parametrize("seed", [0, *MORE])


@pytest.fixture(scope="module")
def diagnose(recipe):
    return recipe("monitor_pytorch").diagnose


def net(*sizes, act=nn.ReLU, last=None):
    layers = []
    for pair in pairwise(sizes):
        layers += [nn.Linear(*pair), act()]
    return nn.Sequential(*layers[:-1], *([last] if last else []))


def points(n=64, features=5, classes=3):
    y = torch.arange(n) % classes
    x = torch.randn(n, features)
    x[:, :classes] += 2.0 * F.one_hot(y, classes)
    return x, y


def supervised(model, data, loss=F.cross_entropy, parts=1, optimizer=None):
    batches = [*zip(*(it.chunk(parts) for it in data), strict=True)]
    return model, lambda batch: loss(model(batch[0]), batch[1]), batches, optimizer


def trained(case, steps, clip=None):
    """The same after some steps of its own loop."""
    model, loss_of, batches, optimizer = case
    for step in range(steps):
        optimizer.zero_grad()
        loss_of(batches[step % len(batches)]).backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
    return case


# ---- The loss and what it is given -------------------------------------------------
def log_softmax_over_the_batch(mended):
    """github.com/fxia22/pointnet.pytorch/issues/27"""
    last = nn.LogSoftmax(1 if mended else 0)
    return supervised(net(5, 16, 3, last=last), points(), F.nll_loss)


def nll_of_probabilities(mended):
    """github.com/AnubhavGupta3377/Text-Classification-Models-Pytorch/issues/9"""
    last = nn.LogSoftmax(1) if mended else nn.Softmax(1)
    return supervised(net(5, 16, 3, last=last), points(), F.nll_loss)


def softmax_of_one_output(mended):
    """github.com/FluxML/Flux.jl/issues/1546"""
    x, y = points(classes=2)
    last = nn.Sigmoid() if mended else nn.Softmax(1)
    return supervised(net(5, 16, 1, last=last), (x, y[:, None].float()), F.mse_loss)


def sigmoid_before_a_focal_loss(mended):
    """github.com/itakurah/focal-loss-pytorch/pull/5"""
    x, y = points(classes=2)

    def focal(z, y):
        z = z if mended else z.sigmoid()
        each = F.binary_cross_entropy_with_logits(z, y, reduction="none")
        return ((1 - (-each).exp()) ** 2 * each).mean()

    return supervised(net(5, 16, 1), (x, y[:, None].float()), focal)


def all_targets_ignored(mended):
    """github.com/pytorch/pytorch/issues/70348"""
    x, y = points()
    y = y.clone()
    y[mended:] = -100
    y[:32] = y[:32] if not mended else torch.arange(32) % 3
    return supervised(net(5, 16, 3), (x, y))


def targets_a_relu_cannot_reach(mended):
    """github.com/ProteomicsML/ProteomicsML/pull/203"""
    x, _ = points()
    last = None if mended else nn.ReLU()
    return supervised(net(5, 16, 1, last=last), (x, x[:, :1] - 1), F.mse_loss)


def sigmoid_for_unscaled_images(mended):
    """stats.stackexchange.com/questions/441750"""
    x = torch.rand(32, 20) * (1 if mended else 4)
    return supervised(net(20, 8, 20, last=nn.Sigmoid()), (x, x), F.mse_loss)


def norm_at_zero(mended):
    """github.com/pytorch/pytorch/issues/2421"""
    x, _ = points()
    model = net(5, 16, 3)

    def loss_of(batch):
        apart = model(batch) - model(batch).roll(0, 0)
        squares = apart.square().sum(1)
        return (squares + (1e-12 if mended else 0)).sqrt().mean() + model(batch).mean()

    return model, loss_of, [x], None


# ---- The graph, the optimizer, the mode --------------------------------------------
def item_in_the_loss(mended):
    """github.com/isayev/ReLeaSE/issues/39"""
    model = net(5, 16, 3)

    def loss(z, y):
        chosen = F.log_softmax(z, 1)[range(len(y)), y]
        return -sum(p if mended else p.item() + 0 * z.sum().detach() for p in chosen)

    return supervised(model, points(), loss)


def argmax_in_the_loss(mended):
    """github.com/LZGMatrix/BOP19_CDPN_2019ICCV/issues/4"""

    def loss(z, y):
        place = z.softmax(1) @ torch.arange(3.0) if mended else z.argmax(1).float()
        return F.mse_loss(place, y.float())

    return supervised(net(5, 16, 3), points(), loss)


def head_replaced_after_the_optimizer(mended):
    """github.com/microsoft/nni/issues/4521"""
    model = net(5, 16, 16, 10)
    optimizer = torch.optim.Adam(model.parameters())
    model[-1] = nn.Linear(16, 3)
    if mended:
        optimizer = torch.optim.Adam(model.parameters())
    return supervised(model, points(), optimizer=optimizer)


def evaluation_mode_left_on(mended):
    """github.com/wkentaro/pytorch-fcn/issues/57"""
    layers = nn.Linear(5, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3)
    model, (x, y) = nn.Sequential(*layers), points()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    case = supervised(model, (3 * x + 4, y), optimizer=optimizer)
    trained(case, 60)
    model.train(mended)
    return case


def learning_rate_decayed_at_every_batch(mended):
    """github.com/pytorch/tutorials/pull/640"""
    model = net(5, 16, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 7 if not mended else 700)
    case = supervised(model, points(), optimizer=optimizer)
    for _ in range(49):
        trained(case, 1)
        scheduler.step()
    return case


def weight_decay_of_one_half(mended):
    """github.com/BVLC/caffe/issues/1396"""
    model = net(5, 32, 32, 3)
    decay = 5e-4 if mended else 0.5
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=decay)
    return trained(supervised(model, points(), optimizer=optimizer), 150)


def float16_without_a_scaler(mended):
    """github.com/engichang1467/Open-Rig3R/issues/35"""
    kind = torch.bfloat16 if mended else torch.float16
    model, (x, y) = net(5, 64, 64, 64, 3), points(4096)

    def loss_of(batch):
        with torch.autocast("cpu", kind):
            z = model(batch[0])
        return 1e-3 * F.cross_entropy(z.float(), batch[1])

    return model, loss_of, [(x, y)], None


# ---- The data -----------------------------------------------------------------------
def pixels_not_scaled(mended):
    """github.com/laoyangui/DLSN/issues/1"""
    x = torch.randint(256, (64, 1, 8, 8)).float() / (255 if mended else 1)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 4)
    )
    return supervised(model, (x, torch.arange(64) % 4))


def data_sorted_by_class(mended):
    """github.com/Deci-AI/super-gradients/issues/416"""
    x, y = points(96)
    order = torch.arange(96) if mended else y.argsort(stable=True)
    return supervised(net(5, 16, 3), (x[order], y[order]), parts=6)


def batch_norm_on_two_examples(mended):
    """github.com/microsoft/CNTK/issues/905"""
    layers = nn.Linear(5, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3)
    return supervised(nn.Sequential(*layers), points(), parts=2 if mended else 32)


def mask_that_hides_every_key(mended):
    """github.com/pytorch/pytorch/issues/24816"""
    embed, out = nn.Linear(5, 8), nn.Linear(8, 3)
    attend = nn.MultiheadAttention(8, 2, batch_first=True)
    model = nn.ModuleList([embed, attend, out])
    x, y = torch.randn(4, 6, 5), torch.arange(4) % 3
    hidden = torch.zeros(4, 6, dtype=torch.bool)
    hidden[3, int(mended) :] = True

    def loss_of(batch):
        h = embed(batch[0])
        return F.cross_entropy(out(attend(h, h, h, hidden)[0].mean(1)), batch[1])

    return model, loss_of, [(x, y)], None


# ---- What the signal does not show: the report says so, and names the check ---------
def clipped_to_almost_nothing(mended):
    """github.com/wandb/senpai/pull/978"""
    model = net(5, 16, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return supervised(model, points(), optimizer=optimizer)


def policy_gradient_uphill(mended):
    """github.com/ikostrikov/pytorch-a3c/issues/30"""
    sign = -1 if mended else 1

    def loss(z, y):
        policy = torch.distributions.Categorical(logits=z)
        action = policy.sample()
        reward = (action == y).float() - 1 / 3
        return (sign * policy.log_prob(action) * reward).mean()

    return supervised(net(5, 16, 3), points(), loss)


FAULTS = {
    log_softmax_over_the_batch: "The softmax runs over the wrong axis",
    nll_of_probabilities: "nll_loss wants logarithms of probabilities",
    softmax_of_one_output: "A softmax over a single output gives 1",
    sigmoid_before_a_focal_loss: "The loss wants logits and gets probabilities",
    all_targets_ignored: "All targets of a batch are ignored",
    targets_a_relu_cannot_reach: "Many targets are out of reach",
    sigmoid_for_unscaled_images: "Many targets are out of reach",
    norm_at_zero: "The loss is finite, its gradient is not",
    item_in_the_loss: "No gradient reaches any parameter",
    argmax_in_the_loss: "No gradient reaches any parameter",
    head_replaced_after_the_optimizer: "The optimizer does not know some parameters",
    evaluation_mode_left_on: "The model is in evaluation mode, as found",
    learning_rate_decayed_at_every_batch: "The steps are small",
    weight_decay_of_one_half: "The weight decay is large",
    float16_without_a_scaler: "In float16 the gradient underflows",
    pixels_not_scaled: "The inputs are large",
    data_sorted_by_class: "Most batches hold one class only",
    batch_norm_on_two_examples: "Batch norm over one or two values",
    mask_that_hides_every_key: "An attention mask hides every key",
}
CHECKS = {
    clipped_to_almost_nothing: "watch_step around the step of your loop",
    policy_gradient_uphill: "is a sign the wrong way?",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda it: it.__name__)
@SEEDS
def test_the_cause_of_a_public_case_comes_first(diagnose, fault, seed):
    torch.manual_seed(seed)
    report = diagnose(*fault(mended=False), quiet=True)
    assert report.findings[0].what.startswith(FAULTS[fault]), report


@pytest.mark.parametrize("fault", [*FAULTS, *CHECKS], ids=lambda it: it.__name__)
@SEEDS
def test_the_same_case_mended_is_not_accused(diagnose, fault, seed):
    torch.manual_seed(seed)
    report = diagnose(*fault(mended=True), quiet=True)
    assert not report.findings, report


@pytest.mark.parametrize("fault", CHECKS, ids=lambda it: it.__name__)
def test_where_the_signal_is_fine_the_report_names_the_check(diagnose, fault):
    torch.manual_seed(0)
    text = str(diagnose(*fault(mended=False), quiet=True))
    assert "The signal is fine" in text
    assert CHECKS[fault] in text


def test_the_named_check_finds_clipping_to_almost_nothing(recipe):
    """watch_step sees the step as the loop takes it."""
    ratios = []
    for clip in (1e-4, None):
        torch.manual_seed(0)
        model, loss_of, (batch,), optimizer = clipped_to_almost_nothing(mended=True)
        loss_of(batch).backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        with recipe("monitor_pytorch").watch_step(model) as rows:
            optimizer.step()
        ratios.append(max(row["update_ratio"] for row in rows.values()))
    assert ratios[0] < 1e-4 < 1e-3 < ratios[1]


# ---- What must not be taken for these faults ----------------------------------------
def test_a_loss_that_is_nan_in_a_later_batch_is_found(diagnose):
    x, y = points(32)
    case = supervised(net(5, 16, 3), (x, y), parts=4)
    case[2][3][0][0] = torch.nan
    (finding,) = diagnose(*case, quiet=True).findings
    assert "not a finite number" in finding.what
    assert "a later one is not" in finding.numbers


def test_attention_over_one_key_and_a_mask_with_a_key_left_are_fine(diagnose):
    attend, out = nn.MultiheadAttention(8, 2, batch_first=True), nn.Linear(8, 3)

    def loss_of(batch):
        x, y = batch
        return F.cross_entropy(out(attend(x, x[:, :1], x[:, :1])[0].mean(1)), y)

    model, data = (
        nn.ModuleList([attend, out]),
        (torch.randn(9, 4, 8), torch.arange(9) % 3),
    )
    assert not diagnose(model, loss_of, [data], quiet=True).findings


def test_frozen_norms_in_a_model_that_trains_are_fine(diagnose):
    layers = nn.Linear(5, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3)
    model = nn.Sequential(*layers)
    model[1].eval()
    assert not diagnose(*supervised(model, points()), quiet=True).findings


def test_gradients_of_other_batches_may_be_larger(diagnose):
    model, (x, y) = net(5, 16, 3), points(64)
    scale = torch.tensor([0.01, 1.0]).repeat_interleave(32)[:, None]
    case = supervised(model, (x * scale, y), F.cross_entropy, parts=2)
    many = model, lambda b: case[1](b) * (1 if b[0].abs().max() > 1 else 0.05), case[2]
    many[1](case[2][1]).backward()  # as the last batch of an epoch left it
    assert not diagnose(*many, quiet=True).findings


def test_a_residual_stream_around_a_recurrent_layer_is_told_apart(diagnose):
    """What the layer hears through time, not what goes around it."""
    inner, lstm, out = nn.Linear(2, 8), nn.LSTM(8, 8, batch_first=True), nn.Linear(8, 1)
    model = nn.ModuleList([inner, lstm, out])

    def loss_of(x):
        h = inner(x)
        return out(lstm(h)[0][:, -1] + h.sum(1)).square().mean()

    report = diagnose(model, loss_of, [torch.randn(16, 40, 2)], quiet=True)
    assert "back through time" in report.findings[0].what
    assert not report.coverage["not in the model"]
