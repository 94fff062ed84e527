import re
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="no PyTorch: `make recipes` installs it")
PAGE = Path(__file__).parents[3] / "docs/remedies/initialization.md"


def test_groups_of_the_page_decay_weights_and_leave_biases_and_norms_alone():
    (code,) = re.findall(r"``` python\n(decayed.*?)```", PAGE.read_text("utf-8"), re.S)
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
    names = {"model": model, "torch": torch}
    exec(code, names)
    for p in model.parameters():
        p.data.fill_(1.0)
        p.grad = torch.zeros_like(p)
    names["optimizer"].step()
    assert (model[0].weight < 1).all()
    assert (model[0].bias == 1).all()
    assert (model[1].weight == 1).all()
