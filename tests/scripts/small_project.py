"""A small project of its own, for tests that break things or watch builds."""

import functools
import hashlib
import shutil
import subprocess
from pathlib import Path

from conftest import ROOT, build

import formulas

PAGES = [
    "index.md",
    "practice/recipes.md",
    "reference/glossary.md",
    "reference/gallery.md",
]
FILES = {
    "docs/reference/glossary.md": """\
---
title: Glossary
---

# Glossary

slope
:   How steep it is.
""",
    "docs/reference/gallery.md": """\
---
title: Gallery
---

# Gallery

--8<-- "gallery"
""",
    "docs/practice/recipes.md": """\
---
title: Recipes
---

# Recipes

The slope is 0.5 there, and 7.5 × 10⁻⁷ [at 2](#wide-2).

Measured in a wide run.
{: #wide }

--8<-- "practice/studies/wide.md"

``` python title="monitor_x.py"
--8<-- "practice/recipes/monitor_x.py"
```

``` text title="Output"
--8<-- "practice/recipes/monitor_x.txt"
```
""",
    "docs/index.md": """\
---
title: Start
description: Where it begins.
---

# Start

A formula $x^2$, a slope, and the number 1.25.

``` python
--8<-- "part/good.py:top"
```

![A line that rises.](figures/good.svg)

!!! example "Predict before you run"

    What is the slope with [another value](#good:TOP=-0.75)?

??? success "What happens"

    It falls to −0.75.
""",
    "snippets/practice/recipes/monitor_x.py": '"""Needs x."""\n\nimport x\n',
    "snippets/practice/recipes/monitor_x.txt": "x 1.0\n\nslope 0.5\n",
    "snippets/practice/studies/wide.py": "CASES = []\n",
    "snippets/practice/studies/wide.md": """\
| rate | loss |
| --- | --- |
| 1 {#wide-1} | 0.3 |
| 2 {#wide-2} | 7.5 × 10⁻⁷ |

[Script](../snippets/practice/studies/wide.py); made with Python.
""",
    "snippets/part/good.py": """\
\"\"\"A rising line.

One line of three points.\"\"\"

import matplotlib.pyplot as plt

TOP = 1.25  # try -0.75


def top():
    \"\"\"What stands inline.\"\"\"
    return TOP


print(top())
plt.plot([0, 1, top()])
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


def config(*pages: str) -> dict[str, str]:
    """The site's own settings, with a navigation of the pages and of others."""
    nav = "".join(f"  - {page}\n" for page in [*PAGES, *pages])
    return {"mkdocs.yml": f"INHERIT: base.yml\nnav:\n{nav}"}


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
    write(root, FILES | config())
    (root / "build").mkdir()
    (root / "build" / formulas.DIST.name).symlink_to(formulas.DIST)
    return root


def edit(root: Path) -> Path:
    """Change what the good snippet prints and draws, and the prose that quotes it."""
    for name in ("docs/index.md", "snippets/part/good.py"):
        path = root / name
        path.write_text(path.read_text("utf-8").replace("1.25", "2.5"), "utf-8")
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
    """Unfinished sites, and files that are not whole."""
    return sorted(
        path.name for name in (".site-*", "build/**/.new-*") for path in root.glob(name)
    )


def said(done: subprocess.CompletedProcess) -> str:
    """All that a command printed."""
    return done.stdout + done.stderr
