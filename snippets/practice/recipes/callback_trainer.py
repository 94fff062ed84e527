"""Hugging Face Trainer: the monitor looks at the network every so many steps."""

import torch
import transformers
from monitor_pytorch import diagnose
from torch import nn
from transformers import Trainer, TrainingArguments


class Diagnosed:
    """Mix it into your Trainer: a callback would see neither batch nor loss."""

    every = 1000

    def training_step(self, model, inputs, *args, **kwargs):
        """Diagnose the batch that comes next, before it is used."""
        if self.state.global_step % self.every == 0:
            batch = self._prepare_inputs(inputs)
            with self.compute_loss_context_manager():
                self.report = diagnose(
                    model,
                    lambda batch: self.compute_loss(model, dict(batch)),
                    [batch],
                    getattr(self.optimizer, "optimizer", self.optimizer),  # unwrapped
                    quiet=True,
                )
            for finding in self.report.findings or ["the signal is fine"]:
                what = getattr(finding, "what", finding)
                print(f"step {self.state.global_step}: {what}")
        return super().training_step(model, inputs, *args, **kwargs)


class DiagnosedTrainer(Diagnosed, Trainer):
    """Use it in place of Trainer."""


# ---- Paste or import what is above. Below: an example. ----
class Deep(nn.Module):
    """Twelve sigmoid layers: too many. Returns what models of the library return."""

    def __init__(self):
        """Sixteen units each."""
        super().__init__()
        layers = [nn.Sequential(nn.Linear(16, 16), nn.Sigmoid()) for _ in range(12)]
        self.net = nn.Sequential(*layers, nn.Linear(16, 1))

    def forward(self, x, labels):
        """Loss and output by name."""
        output = self.net(x)
        return {"loss": nn.functional.mse_loss(output, labels), "logits": output}


def example(folder):
    """Four steps, looked at before the first and the third."""
    torch.manual_seed(0)
    x = torch.randn(128, 16)
    data = [{"x": row, "labels": row[:1]} for row in x]
    arguments = TrainingArguments(
        folder,
        num_train_epochs=1,
        per_device_train_batch_size=32,
        learning_rate=0.01,
        report_to="none",
        save_strategy="no",
        logging_strategy="no",
        use_cpu=True,
    )
    trainer = DiagnosedTrainer(Deep(), arguments, train_dataset=data)
    trainer.every = 2
    trainer.remove_callback(transformers.ProgressCallback)  # prints times
    print(f"Transformers {transformers.__version__}, PyTorch {torch.__version__}")
    trainer.train()


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        example(place)
