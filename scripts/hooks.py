"""Calls the stages at MkDocs' documented events; no other script knows MkDocs."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import event_priority
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

import check
import finish
import run
import stage
from common import STAGED, ProblemError

STATE: dict = {"command": "build"}  # also: the pages, the finished site, its place


def on_startup(command: str, dirty: bool) -> None:
    """Remember whether this is `build` or `serve`."""
    STATE["command"] = command


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Render the finished Markdown; the last good site stays until this one is good."""
    try:
        pages = stage.stage(first_only=STATE["command"] == "serve")
    except ProblemError as error:
        raise Abort(str(error)) from None
    STATE["pages"] = {page.name: page for page in pages}
    extension = finish.FinishExtension(figures=str(STAGED / "figures"))
    config.markdown_extensions.append(extension)
    config.docs_dir = str(STAGED)
    config.edit_uri = config.edit_uri if config.repo_url else None
    if STATE["command"] == "build":
        STATE["target"] = Path(config.site_dir)
        STATE["target"].parent.mkdir(parents=True, exist_ok=True)
        config.site_dir = tempfile.mkdtemp(dir=STATE["target"].parent, prefix=".site-")
        os.chmod(config.site_dir, 0o755)  # mkdtemp's own mode is for its user only
        atexit.register(shutil.rmtree, config.site_dir, ignore_errors=True)
    return config


def on_nav(nav: Navigation, **_: object) -> Navigation:
    """Titles for all pages, also for those that `--dirty` does not read."""
    for page in nav.pages:
        page.title = STATE["pages"][page.file.src_uri].front["title"]
    return nav


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """A notebook has no front matter, but metadata of its own."""
    if page.file.src_uri.endswith(".ipynb"):
        page.meta |= STATE["pages"][page.file.src_uri].front
    return markdown


@event_priority(-100)  # after the plugins have written all that is theirs
def on_post_build(config: MkDocsConfig) -> None:
    """Check the finished site, and have it indexed for the search."""
    site = Path(config.site_dir)
    shutil.copytree(stage.MARKDOWN, site, dirs_exist_ok=True)
    if wrong := check.problems(site, STATE["pages"].values()):
        raise Abort("\n".join(wrong))
    if not (site / "pagefind").exists():  # under `serve`, the first build's will do
        check.index(site)
    STATE["finished"] = site
    if STATE["command"] == "serve":
        run.start_rest()


def on_build_error(**_: object) -> None:
    """A site that is not good, or not strictly so, replaces nothing."""
    STATE.pop("finished", None)


def on_serve(server: LiveReloadServer, config: MkDocsConfig, **_: object) -> None:
    """Watch sources, not what is made of them; and when values to try have run."""
    server.unwatch(config.docs_dir)
    server.watch(str(run.announce()))


def on_shutdown() -> None:
    """The build ended well: its site takes the place of the last good one."""
    if STATE["command"] == "build" and "finished" in STATE:
        check.replace(STATE["target"], STATE["finished"])
