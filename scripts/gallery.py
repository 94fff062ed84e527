"""The gallery: every figure of the site in reading order, from pages and docstrings."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

from snippets import Result

FIGURE = re.compile(r"!\[([^\]]*)\]\((?:\.\./)*figures/(\w+)\.svg\)")
TITLE = re.compile(r'---\n(?:.+\n)*?title: "?(.+?)"?\n')  # of the front matter
ENTRY = """
<div class="picture" markdown>

![{alt}](../figures/{stem}.svg)

**{message}** [{title}](../{page}#{stem}) ·
[{stem}.py](../snippets/{room}.py){{ download }}

</div>
"""


def markdown(docs: Path, nav: list, results: dict[str, Result]) -> str:
    """The figures of the nav's pages as Markdown, for a page in a folder of docs."""
    lines = []
    for section in nav:
        titled = section if isinstance(section, dict) else {"Pages": section}
        for part, entry in titled.items():
            found = [f for page in leaves(entry) for f in figures(docs, page, results)]
            box = '<div class="gallery" markdown>', *found, "</div>\n"
            lines += [f"## {part}\n", *box] if found else []
    return "\n".join(lines)


def leaves(entry: list | dict | str) -> Iterator[str]:
    """The pages of a part of the nav."""
    if isinstance(entry, str):
        yield entry
    else:
        for part in entry.values() if isinstance(entry, dict) else entry:
            yield from leaves(part)


def figures(docs: Path, page: str, results: dict[str, Result]) -> Iterator[str]:
    """An entry for each figure of a page that a snippet draws."""
    path = docs / page
    text = path.read_text("utf-8", "replace") if path.suffix == ".md" else ""
    shown = [(alt, stem) for alt, stem in FIGURE.findall(text) if stem in results]
    title = TITLE.match(text)
    for alt, stem in shown:
        yield ENTRY.format(
            alt=alt,
            stem=stem,
            page=page,
            title=title[1] if title else page,
            message=message(results[stem].source),
            room=results[stem].room,
        )


@functools.lru_cache(256)  # under `serve` most snippets stay as they are
def message(source: str) -> str:
    """What a snippet shows: the first line of its docstring."""
    return (ast.get_docstring(ast.parse(source)) or "").split("\n")[0]
