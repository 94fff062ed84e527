"""Under `mkdocs serve` only what changed is made again, and the site is still right."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import small_project
from conftest import ROOT

BUILDS = """
import sys
from pathlib import Path
from mkdocs.commands.build import build
from mkdocs.config import load_config

for count, edit in enumerate(["", *sys.argv[2:]]):
    if edit:
        name, old, new = edit.split("|")
        Path(name).write_text(Path(name).read_text().replace(old, new))
    config = load_config("mkdocs.yml", site_dir=sys.argv[1])
    if count == 0:
        config.plugins.on_startup(command="serve", dirty=False)
    try:
        build(config, serve_url="http://127.0.0.1:8000/")
    except SystemExit as error:  # `serve` shows it and waits for the next edit
        print(">", error)
        continue
    pages = config.hooks["scripts/hooks.py"].State.pages.items()
    print(">", *[name for name, page in pages if "template" not in page.meta])
"""


@pytest.fixture
def project(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The good project, with a page that shows nothing of a snippet."""
    base = tmp_path_factory.getbasetemp()
    root = small_project.copy(base, tmp_path / "project")
    other = "---\ntitle: Other\n---\n# Other\n\nThe slope of [start](index.md).\n"
    nav = "nav: [index.md, other.md, reference/glossary.md]\n"
    files = {"docs/other.md": other, "mkdocs.yml": f"INHERIT: base.yml\n{nav}"}
    small_project.write(root, files)
    return root


def builds(project: Path, site: Path, *edits: str) -> list[str]:
    """Build, then again after each edit; the pages that each build rendered."""
    done = subprocess.run(
        [sys.executable, "-c", BUILDS, str(site), *edits],
        cwd=project,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": "0"},
        text=True,
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, small_project.said(done)
    return [line[2:] for line in done.stdout.splitlines() if line.startswith("> ")]


EVERY = "index.html other/index.html reference/glossary/index.html"


@pytest.mark.parametrize(
    ("edit", "rendered"),
    [
        ("snippets/part/good.py|plt.show()|plt.show()  # soon", "index.html"),
        ("snippets/part/good.py|[0, 1, 1.25]|[0, 1, 3]", "index.html"),
        ("docs/other.md|The slope|A slope", "other/index.html"),
        ("docs/other.md|title: Other|title: Another", EVERY),  # it is in every nav
        ("docs/reference/glossary.md|steep|level", EVERY),  # tooltips
        ("mkdocs.yml|nav|copyright: me\nnav", EVERY),
    ],
)
def test_a_rebuild_renders_what_changed_and_equals_a_build_from_nothing(
    project, tmp_path, edit, rendered
):
    first, second = builds(project, tmp_path / "again", edit)
    assert (first, second) == (EVERY, rendered)
    assert builds(project, tmp_path / "fresh") == [EVERY]
    again, fresh = (small_project.tree(tmp_path / n) for n in ("again", "fresh"))
    different = {name for name in again | fresh if again.get(name) != fresh.get(name)}
    assert different <= {"sitemap.xml.gz"}  # a gzip file holds the time it was made


def test_a_broken_link_is_named_until_it_is_mended(project, tmp_path):
    said = builds(
        project,
        tmp_path / "site",
        "docs/other.md|index.md|nowhere.md",
        "docs/reference/glossary.md|Glossary|Terms",
        "docs/other.md|nowhere.md|index.md",
    )
    named = "docs/other.md:6: the link nowhere.md leads nowhere"
    assert said == [EVERY, named, named, "other/index.html"]


def test_an_edit_is_seen_where_an_author_looks():
    assert "watch: [snippets, scripts]" in (ROOT / "mkdocs.yml").read_text()
