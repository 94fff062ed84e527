"""Quick rebuilds under `mkdocs serve`: what has not changed is not rendered again."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import jinja2
from mkdocs.theme import Theme
from watchdog.observers.polling import PollingObserver

from common import digest
from snippets import Result

TEMPLATE = "unchanged.html"  # rendered in place of the theme's for a page that is kept
FIGURE = re.compile(r"figures/(\w+)\.svg")


@dataclass
class Kept:
    """A page as the last build made it."""

    key: str
    title: str = ""
    output: str = ""  # the whole HTML file
    toc: list = field(default_factory=list)
    entries: list[dict] = field(default_factory=list)  # in the search index


class Compiled(jinja2.BytecodeCache):
    """The theme's templates, compiled once for all builds of a `serve`."""

    code: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        """Take the code of a template, if it is known."""
        if bucket.key in self.code:
            bucket.bytecode_from_string(self.code[bucket.key])

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        """Remember the code of a template."""
        self.code[bucket.key] = bucket.bytecode_to_string()


THEME_FILES: list[str] = []  # what the theme's folders hold that the site needs


def list_once(theme: Theme) -> None:
    """Have a theme's folders walked by the first build only: they hold 14,000 icons."""
    make = theme.get_env

    def get_env() -> jinja2.Environment:
        env = make()
        walk = env.list_templates

        def listed(**options: object) -> list[str]:
            THEME_FILES.extend([] if THEME_FILES else walk(**options))
            return THEME_FILES

        env.list_templates = listed
        return env

    theme.get_env = get_env


def nothing(*_: object) -> None:
    """In place of a page's rendering, when its last output is still right."""


def shared_key(config_file: Path, docs: Path, *more: str) -> str:
    """What every page depends on: settings, theme, and all titles, for the nav."""
    theme = sorted(Path(__file__).with_name("overrides").rglob("*.html"))
    texts = [path.read_bytes() for path in (config_file, *theme)]
    pages = sorted([*docs.rglob("*.md"), *docs.rglob("*.ipynb")])
    for path in pages:  # a notebook has no front matter: all of it counts
        texts += [path.as_posix(), path.read_bytes().partition(b"\n---\n")[0]]
    return digest(*texts, *more)


def page_key(
    shared: str, markdown: str, includes: list[Path], results: dict[str, Result]
) -> str:
    """What one page depends on: its text, the files it includes, its figures."""
    texts = [path.read_text("utf-8") for path in includes if path.is_file()]
    stems = FIGURE.findall("".join([markdown, *texts]))
    drawn = [results[stem].figure for stem in stems if stem in results]
    return digest(shared, markdown, *texts, *drawn)


def watch_closely(server: object, *paths: str) -> None:
    """Look for edits ten times a second, and wait half as long as MkDocs for more."""
    for path in paths:
        server.unwatch(path)
    server.observer = PollingObserver(timeout=0.1)
    server.build_delay = 0.05
    for path in paths:
        server.watch(path)
