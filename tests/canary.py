"""Build the finished Markdown with another generator; compare its articles with site/.

python tests/canary.py properdocs zensical    after `mkdocs build`: `make canary`

The site must outlive its generator. Labs are built, too, and not compared: here they
are mkdocs-jupyter's pages of notebooks, there pages of the labs' Markdown.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
STAGED, MARKDOWN, LABS = "build/docs", "build/markdown", "practice/labs"
ARTICLE = re.compile(r"<article\b.*?(<h1\b.*)</article>", re.S)  # the rest is the theme
NOTEBOOK = re.compile(r"(\]\((?![\w./-]*downloads/)[\w./-]+)\.ipynb\b")  # a link
MKDOCS_ONLY = {"edit_uri", "exclude_docs", "hooks", "strict", "validation", "watch"}
ALLOWED: dict[tuple[str, str], str] = {}  # (generator, page): why it may differ

# `!ENV [NAME, default]` is the default.
yaml.SafeLoader.add_constructor("!ENV", lambda it, x: it.construct_sequence(x)[-1])


def lay_out(folder: Path) -> set[str]:
    """A project of its own, of what is finished and without hooks; the labs' names."""
    text = (ROOT / "mkdocs.yml").read_text("utf-8").replace(".ipynb\n", ".md\n")
    settings = yaml.safe_load(text) | {"docs_dir": STAGED, "plugins": ["search"]}
    for name in {it for it in settings if settings[it] == ""} | MKDOCS_ONLY:
        settings.pop(name, None)
    if not any("finish" in it for it in settings["markdown_extensions"]):
        finish = {"finish": {"figures": f"{STAGED}/figures"}}
        settings["markdown_extensions"].append(finish)
    (folder / "mkdocs.yml").write_text(yaml.safe_dump(settings), "utf-8")
    for name in STAGED, settings["theme"]["custom_dir"]:
        shutil.copytree(ROOT / name, folder / name)
    labs = set()
    for path in sorted((folder / STAGED / LABS).glob("*.ipynb")):
        labs.add(f"{LABS}/{path.stem}")
        shutil.copy(ROOT / MARKDOWN / LABS / f"{path.stem}.md", path.parent)
        path.unlink()
    for page in (folder / STAGED).rglob("*.md"):
        page.write_text(NOTEBOOK.sub(r"\1.md", page.read_text("utf-8")), "utf-8")
    return labs


def articles(site: Path) -> dict[str, str]:
    """What follows the title of each page, by the page's address."""
    found = {}
    for path in site.rglob("index.html"):
        if match := ARTICLE.search(path.read_text("utf-8")):
            found[path.parent.relative_to(site).as_posix()] = match[1].rstrip()
    return found


def compare(generator: str) -> bool:
    """Build, compare, tell; whether every page is there and differs only if it may."""
    with tempfile.TemporaryDirectory() as name:
        labs = lay_out(Path(name))
        environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
        command = [sys.executable, "-m", generator, "build"]
        done = subprocess.run(command, cwd=name, env=environment, capture_output=True)
        theirs, ours = articles(Path(name, "site")), articles(ROOT / "site")
    if done.returncode:
        print(f"{generator} failed:", (done.stdout + done.stderr).decode())
    differ = 0
    for it in sorted(ours.keys() | theirs.keys()):
        old, new = ours.get(it, "no page"), theirs.get(it, "no page")
        if old != new and not (it in labs and it in theirs):
            pairs = enumerate(zip(f"{old}\0", f"{new}\1", strict=False))
            at = next(i for i, (here, there) in pairs if here != there)
            said = f"here {old[at:][:80]!r}, there {new[at:][:80]!r}"
            print(f"{generator}: {it}:", ALLOWED.get((generator, it), said))
            differ += (generator, it) not in ALLOWED
    print(f"{generator}: {differ} of {len(ours) - len(labs)} articles differ")
    return not done.returncode and bool(ours) and not differ


if __name__ == "__main__":
    sys.exit(sum(not compare(generator) for generator in sys.argv[1:]))
