"""The engine in a browser: what a line of JavaScript returns, as NumPy sees it."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import look
import stage
from common import DOCS

# Numbers go over as bytes, so that not one bit of them changes.
RUN = """async ([body, given]) => {
  const rooms = {}
  for (const name of ["random", "activations", "data", "network", "training", "measure",
    "theory", "boundary", "script"]) Object.assign(rooms, await import(`./${name}.js`))
  const pack = async array => {
    const reader = new FileReader()
    await new Promise(done => {
      reader.onload = done
      reader.readAsDataURL(new Blob([array]))
    })
    return { bytes: reader.result.split(",")[1] ?? "", kind: array.constructor.name }
  }
  const walk = async it => {
    if (ArrayBuffer.isView(it)) return pack(it)
    if (Array.isArray(it)) return Promise.all(it.map(walk))
    if (typeof it != "object" || !it) return it
    const values = await walk(Object.values(it))
    return Object.fromEntries(Object.keys(it).map((key, i) => [key, values[i]]))
  }
  const AsyncFunction = (async () => {}).constructor
  const run = new AsyncFunction(...Object.keys(rooms), "given", body)
  return walk(await run(...Object.values(rooms), given))
}"""
KINDS = {"Float64Array": "f8", "Float32Array": "f4", "Uint32Array": "u4"}


def unpack(it: object) -> object:
    """Arrays of JavaScript as arrays of NumPy."""
    if isinstance(it, list):
        return [unpack(each) for each in it]
    if isinstance(it, dict) and "bytes" in it:
        return np.frombuffer(base64.b64decode(it["bytes"]), KINDS[it["kind"]])
    return {k: unpack(v) for k, v in it.items()} if isinstance(it, dict) else it


@pytest.fixture(scope="session")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scripts and styles as readers load them."""
    folder = tmp_path_factory.mktemp("live") / "assets"
    (folder / "live").mkdir(parents=True)
    for path in (DOCS / "assets").rglob("live*/*.js"):
        (folder / "live" / path.name).write_bytes(stage.asset(path))
    for name in "live.js", "live.css":
        (folder / name).write_bytes(stage.asset(DOCS / "assets" / name))
    return folder


@pytest.fixture(scope="session")
def tab(browser: object, assets: Path) -> Iterator[object]:
    """A page beside the modules, in which nothing else is."""
    with look.serve(assets.parent) as address:
        tab = browser.new_page()
        tab.goto(f"{address}assets/live/network.js")
        yield tab
        tab.close()


@pytest.fixture(scope="session")
def engine(tab: object) -> Callable[..., object]:
    """Run JavaScript that sees whatever the rooms export, and `given`."""
    return lambda body, given=None: unpack(tab.evaluate(RUN, [body, given]))
