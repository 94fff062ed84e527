"""Calls the stages at MkDocs' documented events; no other script knows MkDocs."""

import sys
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort

import check
import finish
import run
import stage
from common import STAGED, ProblemError

STATE: dict[str, Any] = {"serve": False}  # also: the pages, the site and its place


def on_startup(command: str, dirty: bool) -> None:
    """Remember whether this is `build` or `serve`."""
    STATE["serve"] = command == "serve"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Render what is staged; the last good site stays until this one is good."""
    try:
        STATE["pages"] = pages = stage.stage(first_only=STATE["serve"])
    except ProblemError as error:
        raise Abort(str(error)) from None
    config.docs_dir, config.nav = str(STAGED), stage.titled(config.nav, pages)
    config.markdown_extensions.append(finish.FinishExtension())  # type: ignore[arg-type]
    if not STATE["serve"]:
        STATE["swap"] = config.site_dir, check.aside(config.site_dir)
        config.site_dir = STATE["swap"][1]
    return config


def on_page_markdown(markdown: str, page: Any, **_: object) -> None:
    """A notebook has metadata, but no front matter for MkDocs to find."""
    page.meta = page.meta or STATE["pages"][page.file.src_uri].front


def on_post_build(config: MkDocsConfig) -> None:
    """Check the site and have it indexed; under `serve`, run what is left to run."""
    if wrong := check.finished(config.site_dir, STATE["pages"].values()):
        raise Abort("\n".join(wrong))
    if STATE["serve"]:
        run.start_rest()


def on_serve(server: Any, config: MkDocsConfig, **_: object) -> None:
    """Watch the sources, not what is made of them; and the runs in the background."""
    server.unwatch(config.docs_dir)
    server.watch(str(run.announce()))


def on_shutdown() -> None:
    """The build ended without an error: its site takes the place of the last one."""
    if "swap" in STATE and sys.exc_info()[0] is None:
        check.replace(*STATE["swap"])
