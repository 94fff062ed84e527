"""The recipes' fixtures: a recipe's names, and one network that all must agree on."""

import contextlib
import io
import re
import runpy
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

FOLDER = Path(__file__).parents[3] / "snippets/practice/recipes"


@pytest.fixture(scope="session")
def folder() -> Path:
    """Where the recipes are, with what each printed."""
    return FOLDER


@pytest.fixture(scope="session")
def recipe() -> Callable[[str], SimpleNamespace]:
    """Run a recipe once: its names are attributes, its output is `printed`."""
    done: dict[str, SimpleNamespace] = {}

    def get(stem: str) -> SimpleNamespace:
        if stem not in done:
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                sys.path.insert(0, str(FOLDER))  # callbacks import a monitor
                try:
                    names = runpy.run_path(
                        str(FOLDER / f"{stem}.py"), run_name="__main__"
                    )
                finally:
                    sys.path.remove(str(FOLDER))
            done[stem] = SimpleNamespace(**names, printed=output.getvalue())
        return done[stem]

    return get


def values(text: str) -> list[str | float]:
    """Words and numbers of an output without its first line, which holds versions."""
    cells = text.split("\n", 1)[1].split()
    number = re.compile(r"-?\d+(\.\d+)?(e[-+]\d+)?")
    return [float(cell) if number.fullmatch(cell) else cell for cell in cells]


@pytest.fixture(scope="session")
def agrees_with_stored_output() -> Callable[[str, str], None]:
    """Compare what a recipe prints with the text that the page shows."""

    def check(stem: str, printed: str) -> None:
        remedy = f"python snippets/practice/recipes/{stem}.py > ...{stem}.txt"
        stored = (FOLDER / f"{stem}.txt").read_text()
        now, then = values(printed), values(stored)
        assert len(now) == len(then), remedy
        for new, old in zip(now, then, strict=True):
            same = new == (
                pytest.approx(old, rel=0.02) if isinstance(old, float) else old
            )
            assert same, f"{new} is not {old}; if that is right: {remedy}"

    return check


@pytest.fixture(scope="session")
def network() -> SimpleNamespace:
    """A network with biases and every activation, data in batches, one step."""
    rng = np.random.default_rng(1)
    kinds, sizes = (
        ["tanh", "relu", "sigmoid", "elu", "silu"],
        [12, 32, 24, 16, 20, 8, 3],
    )
    W = [rng.normal(0, 0.8, pair) for pair in pairwise(sizes)]
    b = [rng.uniform(-7, 2, size) for size in sizes[1:]]
    x, y = rng.normal(size=(120, 12)), rng.normal(size=(120, 3))
    return SimpleNamespace(kinds=kinds, W=W, b=b, x=x, y=y, rate=0.05)


@pytest.fixture(scope="session")
def expected(recipe, network) -> SimpleNamespace:
    """What the NumPy recipe says of that network: `step` and `units`, in order."""
    functions = {  # value and slope
        "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
        "relu": (lambda z: np.maximum(z, 0), lambda z: 1.0 * (z > 0)),
        "sigmoid": (sigmoid, lambda z: sigmoid(z) * sigmoid(-z)),
        "elu": (
            lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
            lambda z: np.exp(np.minimum(z, 0)),
        ),
        "silu": (
            lambda z: z * sigmoid(z),
            lambda z: sigmoid(z) * (1 + z * sigmoid(-z)),
        ),
    }
    monitor, n = recipe("monitor_numpy"), network

    def forward(x):
        activations, pre = [x], {}
        for i, (W, b) in enumerate(zip(n.W, n.b, strict=True)):
            z = activations[-1] @ W + b
            if i < len(n.kinds):
                pre[f"{i}.{n.kinds[i]}"] = z
                z = functions[n.kinds[i]][0](z)
            activations.append(z)
        return activations, pre

    def loss_of(batch):
        x, y = batch
        activations, pre = forward(x)
        delta = 2 * (activations[-1] - y) / y.size
        gradients, deltas = {}, {}
        for i in reversed(range(len(n.W))):
            gradients[f"{i}.W"], deltas[f"{i}"] = activations[i].T @ delta, delta
            if i:
                slope = functions[n.kinds[i - 1]][1](pre[f"{i - 1}.{n.kinds[i - 1]}"])
                delta = delta @ n.W[i].T * slope
        loss = ((activations[-1] - y) ** 2).mean()
        z = {**pre, f"{len(n.kinds)}": activations[-1]}
        return {"loss": loss, "z": z, "delta": deltas, "gradients": gradients}

    def optimizer(weights, gradients):
        return {name: W - n.rate * gradients[name] for name, W in weights.items()}

    pre, gradients = forward(n.x)[1], loss_of((n.x, n.y))["gradients"]
    before = {f"{i}.W": W for i, W in enumerate(n.W)}
    step = monitor.compare_step(before, optimizer(before, gradients), gradients)
    units = monitor.count_units(lambda x: forward(x)[1], np.split(n.x, 6))
    report = monitor.diagnose(before, loss_of, batches(n), optimizer, quiet=True)
    return SimpleNamespace(
        step=step,
        units=units,
        pre=pre,
        gradients=gradients,
        forward=forward,
        report=report,
    )


def batches(network):
    """Inputs and targets in six batches."""
    return [*zip(np.split(network.x, 6), np.split(network.y, 6), strict=True)]


def sigmoid(z):
    return (1 + np.tanh(z / 2)) / 2


@pytest.fixture(scope="session")
def assert_same() -> Callable[[dict, dict], None]:
    """Rows of two monitors have the same fields and, to rounding, the same numbers."""

    def check(rows: dict, others: dict, rel: float = 1e-10) -> None:
        assert len(rows) == len(others)
        for row, other in zip(rows.values(), others.values(), strict=True):
            assert row == pytest.approx(other, rel=rel, abs=0, nan_ok=True)

    return check


@pytest.fixture(scope="session")
def assert_same_report(assert_same) -> Callable[[object, object], None]:
    """Two reports have the same columns and, to rounding, the same numbers."""

    def numbers(rows: list[dict]) -> dict:
        """Rows without their names; -1 for None, which `approx` does not know."""
        kept = [[*it.items()][1:] for it in rows]
        return {
            i: {k: -1 if v is None else v for k, v in row} for i, row in enumerate(kept)
        }

    def check(report: object, other: object, rel: float = 1e-10) -> None:
        for table in "layers", "units":
            one, two = (getattr(it, table) for it in (report, other))
            assert [*one[0]] == [*two[0]]
            assert_same(numbers(one), numbers(two), rel)
        assert report.losses == pytest.approx(other.losses, rel=rel)
        assert report.coverage.keys() == other.coverage.keys()
        assert report.to_dict().keys() == other.to_dict().keys()

    return check
