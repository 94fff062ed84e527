"""A deep transformer with its norms after the sums does not start; before, it does."""

import torch
from monitor_pytorch import diagnose
from torch import nn

WORDS, LENGTH, WIDTH, HEADS, LAYERS = 12, 6, 32, 4, 18


class Tagger(nn.Module):
    """One answer for each word: here 5 x word + 3, modulo 12."""

    def __init__(self, norm_first):
        """Norms before the sums, or after them."""
        super().__init__()
        self.embed = nn.Embedding(WORDS, WIDTH)
        self.place = nn.Parameter(0.1 * torch.randn(LENGTH, WIDTH))
        settings = {"dropout": 0.0, "batch_first": True, "norm_first": norm_first}
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 2 * WIDTH, **settings)
        self.encoder = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
        self.last = nn.LayerNorm(WIDTH) if norm_first else nn.Identity()
        self.out = nn.Linear(WIDTH, WORDS)

    def forward(self, words):
        """Logits for each place."""
        return self.out(self.last(self.encoder(self.embed(words) + self.place)))


def batch_of(size=32):
    """Random sentences and their answers."""
    words = torch.randint(WORDS, (size, LENGTH))
    return words, (5 * words + 3) % WORDS


def loss_of(model, batch):
    """Cross-entropy over all places."""
    words, answers = batch
    return nn.functional.cross_entropy(model(words).flatten(0, 1), answers.flatten())


def train(model, rate=0.01, steps=60, warm_up=0):
    """Mean loss of the last 20 steps of Adam; its rate rises over `warm_up` steps."""
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=rate), []
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate * min(1, (step + 1) / (warm_up or 1))
        optimizer.zero_grad()
        loss = loss_of(model, batch_of())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses[-20:]) / 20


if __name__ == "__main__":
    for norm_first in (False, True):
        torch.manual_seed(0)
        model = Tagger(norm_first)
        print(f"\n==== norm_first={norm_first}\n")
        print(f"Loss after 60 steps: {train(model):.3f} (guessing: 2.485)\n")
        diagnose(model, loss_of, [batch_of()])
    print("\nnorm_first=False, loss after 300 steps")
    for warm_up in (50, 200):
        torch.manual_seed(0)
        loss = train(Tagger(norm_first=False), steps=300, warm_up=warm_up)
        print(f"  warm-up over {warm_up}: {loss:.3f}")
    print("\nnorm_first=False, |δ| at the start")
    for steps in (0, 1, 5):
        torch.manual_seed(0)
        model = Tagger(norm_first=False)
        train(model, steps=steps)
        rows = diagnose(model, loss_of, [batch_of()], quiet=True).to_dict()["layers"]
        ends = ", ".join(f"{it['delta']:.3g} in {it['layer']}" for it in rows[::55])
        print(f"  after {steps} steps: {ends}")
