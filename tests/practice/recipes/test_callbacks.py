"""The real packages, where they are installed: `make recipes` installs them."""

import os

import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
NEEDS = {
    "callback_lightning": "lightning",
    "callback_trainer": "transformers",
    "callback_keras": "keras",
}


@pytest.mark.filterwarnings("ignore")  # of other packages, about themselves
@pytest.mark.parametrize("name", NEEDS)
def test_page_shows_what_the_callback_prints(recipe, agrees_with_stored_output, name):
    pytest.importorskip(NEEDS[name], reason="not installed: see requirements.txt")
    printed = recipe(name).printed
    agrees_with_stored_output(name, printed)
    assert printed.count("The gradient vanishes") == 2, "looked at twice"


@pytest.mark.filterwarnings("ignore")
def test_looking_does_not_change_what_lightning_trains(recipe):
    lightning = pytest.importorskip("lightning", reason="see requirements.txt")
    import torch

    example = recipe("callback_lightning")

    def train(*callbacks):
        torch.manual_seed(0)
        model, x = example.Deep(), torch.randn(64, 16)
        data = torch.utils.data.TensorDataset(x, x[:, :1])
        loader = torch.utils.data.DataLoader(data, batch_size=16, shuffle=True)
        quiet = ["logger", "enable_checkpointing", "enable_progress_bar"]
        options = dict.fromkeys([*quiet, "enable_model_summary"], False)
        options |= {"max_epochs": 1, "accelerator": "cpu"}
        lightning.Trainer(callbacks=[*callbacks], **options).fit(model, loader)
        return [*model.parameters()]

    for one, two in zip(train(), train(example.Diagnose(every=2)), strict=True):
        assert torch.equal(one, two)


def test_an_optimizer_that_accelerate_wraps_is_given_unwrapped(recipe):
    accelerate = pytest.importorskip("accelerate", reason="see requirements.txt")
    import torch

    model = torch.nn.Linear(5, 1)
    optimizer = torch.optim.Adam(model.parameters())
    model, optimizer = accelerate.Accelerator(cpu=True).prepare(model, optimizer)
    report = recipe("monitor_pytorch").diagnose(
        model,
        lambda x: model(x).square().mean(),
        [torch.ones(4, 5)],
        optimizer.optimizer,
        quiet=True,
    )
    assert report.layers[0]["update"] > 0
