"""A small project of its own, for tests that break things or watch builds."""

import functools
import hashlib
import shutil
import subprocess
from pathlib import Path

from conftest import ROOT, build

import formulas

FILES = {
    "mkdocs.yml": "INHERIT: base.yml\nnav: [index.md, reference/glossary.md]\n",
    "docs/reference/glossary.md": "# Glossary\n\nslope\n:   How steep it is.\n",
    "docs/index.md": """\
# Start

A formula $x^2$ and the number 1.25.

![A line that rises.](figures/good.svg)

``` python title="good.py"
--8<-- "part/good.py"
```

``` text
--8<-- "part/good.txt"
```
""",
    "snippets/part/good.py": """\
\"\"\"A rising line.\"\"\"

import matplotlib.pyplot as plt

print(1.25)
plt.plot([0, 1, 1.25])
plt.show()
""",
    "snippets/part/slow.py": """\
\"\"\"A level line, after a while.\"\"\"

import time

import matplotlib.pyplot as plt

time.sleep(0.3)  # long enough to be killed, without taking a core from other tests
print(0)
plt.plot([0, 0])
plt.show()
""",
}


def write(root: Path, files: dict[str, str | bytes]) -> None:
    """Write files below a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def make(root: Path) -> Path:
    """The small project: the machinery of this site, two snippets, two pages."""
    formulas.install()
    unused = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "scripts", root / "scripts", ignore=unused)
    shutil.copytree(ROOT / "docs/assets", root / "docs/assets")
    shutil.copy(ROOT / "mkdocs.yml", root / "base.yml")
    write(root, FILES)
    (root / ".cache").mkdir()
    (root / ".cache" / formulas.DIST.name).symlink_to(formulas.DIST)
    return root


def edit(root: Path) -> Path:
    """Change what the good snippet prints and draws, and the prose that quotes it."""
    for name in ("docs/index.md", "snippets/part/good.py"):
        path = root / name
        path.write_text(path.read_text().replace("1.25", "2.5"))
    return root


@functools.cache  # once per session, for all test files
def good(base: Path) -> Path:
    """The project with its site, built. Copy it; do not touch it."""
    return must_build(make(base / "good"))


@functools.cache
def edited(base: Path) -> Path:
    """The edited project with its site, built elsewhere and from nothing."""
    return must_build(edit(make(base / "edited, in a folder/of another length")))


def must_build(root: Path) -> Path:
    """Build a project that is in order."""
    done = build(root / "site", root=root)
    assert done.returncode == 0, said(done)
    return root


def copy(base: Path, root: Path) -> Path:
    """A copy of the good project with its site and its cache."""
    return shutil.copytree(good(base), root, symlinks=True)


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder, as a digest of its bytes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def leftovers(root: Path) -> list[str]:
    """Unfinished sites, and cache entries that are not whole."""
    return sorted(
        path.name
        for name in (".site-*", ".cache/**/.new-*")
        for path in root.glob(name)
    )


def said(done: subprocess.CompletedProcess) -> str:
    """All that a command printed."""
    return done.stdout + done.stderr
