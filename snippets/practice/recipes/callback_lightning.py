"""Lightning: the monitor looks at the network every so many steps."""

import lightning
import torch
from monitor_pytorch import diagnose
from torch import nn


class Diagnose(lightning.Callback):
    """Diagnose the batch that comes next, before it is used."""

    def __init__(self, every=1000):
        """Reports are kept by the number of the step."""
        self.every, self.reports = every, {}

    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        """Nothing is logged meanwhile: `training_step` runs without its step."""
        if trainer.global_step % self.every:
            return
        module.log = module.log_dict = lambda *_, **__: None
        try:
            with trainer.precision_plugin.forward_context():
                self.reports[trainer.global_step] = diagnose(
                    module,
                    lambda batch: module.training_step(batch, batch_idx),
                    [batch],
                    trainer.optimizers[0],
                    quiet=True,
                )
        finally:
            del module.log, module.log_dict


# ---- Paste or import what is above. Below: an example. ----
class Deep(lightning.LightningModule):
    """Twelve sigmoid layers: too many."""

    def __init__(self):
        """Sixteen units each."""
        super().__init__()
        layers = [nn.Sequential(nn.Linear(16, 16), nn.Sigmoid()) for _ in range(12)]
        self.net = nn.Sequential(*layers, nn.Linear(16, 1))

    def training_step(self, batch, _):
        """Mean squared error."""
        loss = nn.functional.mse_loss(self.net(batch[0]), batch[1])
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        """Plain gradient descent."""
        return torch.optim.SGD(self.parameters(), lr=0.1)


def example():
    """Four steps, looked at before the first and the third."""
    torch.manual_seed(0)
    x = torch.randn(128, 16)
    data = torch.utils.data.TensorDataset(x, x[:, :1])
    look = Diagnose(every=2)
    quiet = dict.fromkeys(
        ["logger", "enable_checkpointing", "enable_progress_bar"], False
    )
    trainer = lightning.Trainer(
        max_epochs=1,
        accelerator="cpu",
        callbacks=[look],
        enable_model_summary=False,
        **quiet,
    )
    trainer.fit(Deep(), torch.utils.data.DataLoader(data, batch_size=32))
    print(f"Lightning {lightning.__version__}, PyTorch {torch.__version__}")
    for step, report in look.reports.items():
        for finding in report.findings or ["the signal is fine"]:
            print(f"step {step}: {getattr(finding, 'what', finding)}")


if __name__ == "__main__":
    example()
