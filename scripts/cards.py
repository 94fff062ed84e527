"""A page's finished Markdown: cards, scripts, gallery, tooltips and date in place."""

from textwrap import indent

import jinja2
import yaml

import pages
import snippets
from common import ROOT
from known import GALLERY, GLOSSARY, Known
from pages import Page
from snippets import Choice, Result

FOLDER = jinja2.FileSystemLoader(ROOT / "scripts")
TEMPLATES = jinja2.Environment(loader=FOLDER, trim_blocks=True)


def markdown(page: Page, known: Known) -> str:
    """A page with all that its source only names."""
    lines, shown = page.text.split("\n"), known.shown(page)
    for line, margin, alt, stem in page.figures():
        lines[line - 1] = indent(card(page, alt, known.results[stem]), margin)
    for line, margin, room, ending, function in page.includes():
        result = known.rooms[room]
        whole = result.source if ending == ".py" else result.output
        text = result.function(function) if function else whole
        lines[line - 1] = indent((text or "").rstrip("\n"), margin)
    text = pages.FRONT.sub("", "\n".join(lines)).strip()
    if page.name == GALLERY:
        text = text.replace('--8<-- "gallery"', gallery(known))
    sources = [page.path, *(result.job.path for result in shown)]
    names = (path.relative_to(ROOT).as_posix() for path in sources)
    if day := max(known.dates.get(name, "") for name in names):
        text += f"\n\nLast changed on {day}.\n{{: .updated }}"
    used = [] if page.name == GLOSSARY else [it for it in known.terms if it in text]
    tooltips = "\n".join(f"*[{term}]: {known.terms[term]}" for term in used)
    minutes = -(-len(page.unfolded.split()) // 200)
    first = shown[0].job.path.stem if shown else None
    formulas = "$" in page.unfolded
    front = {"card": first, "minutes": minutes, "formulas": formulas, **page.front}
    head = yaml.safe_dump(front, allow_unicode=True, sort_keys=False)
    return f"---\n{head}---\n\n{text}\n\n{tooltips}\n"


def card(page: Page, alt: str, result: Result) -> str:
    """A figure with its message, its script, its output and its values to try."""
    constants: dict[str, list[Choice]] = {}
    for choice, _ in snippets.choices(result.job.path, result.source):
        constants.setdefault(choice.name, []).append(choice)
    return TEMPLATES.get_template("card.md").render(
        page=page, alt=alt, result=result, constants=constants
    )


def gallery(known: Known) -> str:
    """Every figure of the site, in reading order."""
    named, parts = {page.name: page for page in known.pages}, dict[str, list[tuple]]()
    for part, name in pages.nav():
        for _, _, alt, stem in named[name].figures():
            entry = named[name], alt, known.results[stem]
            parts.setdefault(part, []).append(entry)
    return TEMPLATES.get_template("gallery.md").render(parts=parts)
