"""What must be true of a page before it is rendered; whatever is not, at its line."""

from collections.abc import Iterator

import pages
import prose
from common import ROOT, ProblemError, problem
from known import GALLERY, Known
from pages import Page


def problems(known: Known) -> Iterator[ProblemError]:
    """All that is wrong with the pages and their navigation."""
    listed = [name for _, name in pages.nav()]
    config = Page(ROOT / "mkdocs.yml", "")
    for name in set(listed) - {page.name for page in known.pages}:
        line = config.line_of(name)
        yield problem(config.path, line, f"there is no page docs/{name}")
    for page in known.pages:
        if page.name not in listed:
            yield problem(page.path, 1, "is in no navigation; add it to mkdocs.yml")
        for line, message in [*wrong(page, known), *unprinted(page, known)]:
            yield problem(page.path, line, message)


def wrong(page: Page, known: Known) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) for images, figures, includes and formulas."""
    for line, text, source in page.images():
        if not text.strip():
            name = source.rpartition("/")[2]
            yield line, f"the image {name} has no alternative text"
    for line, _, _, stem in page.figures():
        if stem not in known.results:
            yield line, f"no snippet makes figures/{stem}.svg"
    for line, _, room, ending, function in page.includes():
        result = known.rooms.get(room)
        if not result or (function and not result.function(function)):
            wanted = f"{room}{ending}" + (f":{function}" if function else "")
            yield line, f"no snippet makes {wanted}; see snippets/"
    for line, choice in page.choices():
        if choice not in known.choices:
            stem = choice.partition(":")[0]
            offers = [it for it in known.choices if it.startswith(f"{stem}:")]
            yield line, f"there is no run {choice}; there are: {', '.join(offers)}"
    for line, tex, display, stops in page.formulas():
        try:
            known.formulas.render(tex, display, stops)
        except ProblemError as error:
            yield line, str(error)


def unprinted(page: Page, known: Known) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) for the numbers of a page."""
    if page.name == GALLERY:  # its texts are checked on the pages they are from
        return
    outputs = [result.output for result in known.shown(page)]
    rooms = [room for _, _, room, _, _ in page.includes()]
    outputs += [known.recipes[it].output for it in rooms if it in known.recipes]
    tables = (it for it in known.recipes.values() if it.job.path.stem in page.anchors)
    outputs += [prose.plain(it.output.partition("\n\n")[0]) for it in tables]
    outputs += [text for text, _ in known.labs.get(page.path.stem, {}).values()]
    yield from prose.unprinted(page, outputs, known.choices)
