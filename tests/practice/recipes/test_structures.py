"""A transformer, an LSTM, a GAN and an actor: each fails, is diagnosed, is mended."""

import re
import runpy
import sys
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch", reason="no PyTorch: `make recipes` installs it")
STEMS = ["transformer", "lstm", "gan", "actor"]
WEEKLY = pytest.mark.weekly
MORE = [pytest.param(seed, marks=WEEKLY) for seed in (1, 2)]
SEEDS = pytest.mark.parametrize("seed", [0, *MORE])


@pytest.fixture(scope="module")
def script(folder):
    """The names of a script, without its example; the monitor stands beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        found = {}
        for stem in STEMS:
            names = runpy.run_path(str(folder / f"{stem}.py"), run_name=stem)
            found[stem] = SimpleNamespace(**names)
    sys.modules.pop("monitor_pytorch")
    return found


def found(report):
    return [it.what for it in report.findings]


@SEEDS
def test_post_norm_does_not_start_and_pre_norm_does(script, seed):
    it = script["transformer"]
    losses, whats = [], []
    for norm_first in (False, True):
        torch.manual_seed(seed)
        model = it.Tagger(norm_first)
        losses.append(it.train(model))
        whats.append(found(it.diagnose(model, it.loss_of, [it.batch_of()], quiet=True)))
    assert losses[0] > 2.4 > 0.1 > losses[1]
    assert whats[0][0].startswith("A deep transformer with its norms after the sums")
    assert any("vanishes" in what for what in whats[0])
    assert any("become alike" in what for what in whats[0])
    assert not whats[1]


@SEEDS
def test_post_norm_is_level_until_the_first_large_step(script, seed):
    it, heard = script["transformer"], []
    for settings in ({"steps": 0}, {"steps": 1}, {"steps": 1, "warm_up": 50}):
        torch.manual_seed(seed)
        it.train(model := it.Tagger(norm_first=False), **settings)
        rows = it.diagnose(model, it.loss_of, [it.batch_of()], quiet=True).layers
        heard.append(rows[0]["delta"] / rows[-1]["delta"])
    assert heard[0] > 0.1 > 0.02 > heard[1]
    assert heard[2] > 0.1


@WEEKLY
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_long_warm_up_saves_post_norm(script, seed):
    torch.manual_seed(seed)
    model = script["transformer"].Tagger(norm_first=False)
    assert script["transformer"].train(model, steps=300, warm_up=200) < 0.1


@WEEKLY
def test_after_a_short_warm_up_post_norm_falls_back(script):
    it, losses = script["transformer"], []
    for steps in (60, 300):
        torch.manual_seed(0)
        losses.append(it.train(it.Tagger(norm_first=False), steps=steps, warm_up=50))
    assert losses[0] < 1.5 < 2.4 < losses[1]


@WEEKLY
def test_post_norm_of_twelve_layers_learns_at_a_third_of_the_rate(script):
    it = script["transformer"]
    torch.manual_seed(0)
    it.Tagger.__init__.__globals__["LAYERS"] = 12
    try:
        assert it.train(it.Tagger(norm_first=False), rate=0.003, steps=100) < 0.3
    finally:
        it.Tagger.__init__.__globals__["LAYERS"] = 18


@pytest.mark.parametrize(
    ("kind", "seed"),
    [
        ("LSTM", 0),
        pytest.param("GRU", 0, marks=WEEKLY),
        pytest.param("LSTM", 1, marks=WEEKLY),
        pytest.param("LSTM", 2, marks=WEEKLY),
    ],
)
def test_an_open_gate_remembers_what_the_default_forgets(script, kind, seed):
    it = script["lstm"]
    losses = []
    for open_gate in (False, True):
        torch.manual_seed(seed)
        model = it.make(open_gate, getattr(torch.nn, kind))
        report = it.diagnose(model, it.loss_of, [it.batch_of()], quiet=True)
        vanishes = ["The gradient vanishes on its way back through time."]
        assert found(report) == ([] if open_gate else vanishes)
        losses.append(it.train(model))
    assert losses[0] == pytest.approx(0.693, abs=0.02)
    assert losses[1] < 0.5


@SEEDS
def test_a_generator_hears_a_sure_discriminator_by_the_other_loss_only(script, seed):
    it = script["gan"]
    flat, misses = [], []
    for loss in it.LOSSES.values():
        torch.manual_seed(seed)
        for number, (G, D) in enumerate(it.train(loss)):
            if number == 0:
                z = torch.randn(8, 64, 4)
                of = lambda z, D=D, G=G, loss=loss: loss(D(G(z)))  # noqa: E731
                report = it.diagnose(G, lambda z, of=of: of(z), z, quiet=True)
                flat.append(any("loss is flat" in what for what in found(report)))
        misses.append(it.miss(G))
    assert flat == [True, False]
    assert misses[0] > 5 > 2 > misses[1]


@pytest.mark.parametrize(
    ("rate", "seed"),
    [
        (0.003, 0),
        *(pytest.param(*it, marks=WEEKLY) for it in [(0.003, 1), (0.003, 2)]),
        *(pytest.param(*it, marks=WEEKLY) for it in [(0.001, 0), (0.01, 0)]),
    ],
)
def test_an_actor_on_raw_states_sticks_to_its_limits(script, seed, rate):
    it = script["actor"]
    rewards, whats = [], []
    for standardize in (False, True):
        torch.manual_seed(seed)
        actor, critic, view = it.train(standardize, rate)
        state = torch.randn(1000, 6) * it.SCALE
        rewards.append(it.reward(state, torch.tanh(actor(view(state)))).mean().item())

        def loss_of(s, actor=actor, critic=critic, view=view):
            return it.actor_loss(actor, critic, view(s))

        whats.append(
            found(
                it.diagnose(
                    actor, lambda s, f=loss_of: f(s), state.split(100), quiet=True
                )
            )
        )
    assert rewards[0] < -1 < -0.2 < rewards[1]
    assert whats[0][0] == "4.tanh is saturated."
    assert "4.tanh is saturated." not in whats[1]


@pytest.mark.parametrize("stem", STEMS)
def test_every_line_of_an_excerpt_is_printed_by_the_script(folder, stem):
    page = (folder.parents[2] / f"docs/practice/{stem}.md").read_text("utf-8")
    printed = (folder / f"{stem}.txt").read_text("utf-8").splitlines()
    (excerpt,) = re.findall(r'``` text title="From .*?"\n(.*?)```', page, re.S)
    squeezed = {" ".join(line.split()) for line in printed}
    missing = {" ".join(line.split()) for line in excerpt.splitlines()} - squeezed
    assert missing <= {""}, f"{stem}.py prints other numbers: copy from {stem}.txt"


@pytest.mark.parametrize("stem", STEMS)
def test_the_stored_output_has_the_verdicts_of_this_monitor(folder, stem):
    monitor = (folder / "monitor_pytorch.py").read_text("utf-8")
    text = (folder / f"{stem}.txt").read_text("utf-8")
    for change in re.findall(r"^   (?:Try|But): (.*)$", text, re.M):
        assert change[:20] in monitor, f"python {stem}.py > {stem}.txt"
