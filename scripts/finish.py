"""A Python-Markdown extension: formulas, figures, first tooltips. No generator in it.

markdown.markdown(text, extensions=[FinishExtension(figures="build/docs/figures")])
"""

import html
import re
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor

import formulas
import inline
import pages
from common import STAGED

FIGURE = re.compile(r"(?:\.\./)*figures/(\w+)\.svg")
IN_NUMBER = re.compile("(?<=[0-9]) × (?=10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹])")  # no line may end there
HEADINGS = {f"h{level}" for level in range(1, 7)}


class Finish(Treeprocessor):
    """Works on the finished tree, where code and prose are told apart already."""

    def __init__(self, md: Markdown, figures: str, renderer: formulas.Renderer) -> None:
        """Take figures from a folder, formulas from a renderer that may know them."""
        super().__init__(md)
        self.figures, self.renderer = Path(figures), renderer

    def run(self, root: Element) -> None:
        """Change the tree in place."""
        self.seen: set[str] = set()
        self.visit(root, in_heading=False)

    def visit(self, parent: Element, in_heading: bool) -> None:
        """Finish what is in an element, in the order in which it is read."""
        parent.text = IN_NUMBER.sub("\u202f×\u202f", parent.text or "")
        for child in list(parent):
            child.tail = IN_NUMBER.sub("\u202f×\u202f", child.tail or "")
            if child.get("class") == "arithmatex":
                self.formula(parent, child)
            elif child.get("loading"):  # a thumbnail, which waits until it is near
                continue
            elif child.tag == "img" and (m := FIGURE.fullmatch(child.get("src", ""))):
                self.figure(parent, child, self.figures / f"{m[1]}.svg")
            elif child.tag == "abbr":
                self.tooltip(parent, child, in_heading)
            elif child.get("class") in ("headerlink", "footnote-backref"):
                child.set("aria-label", child.get("title", ""))  # a tooltip takes it
            elif child.get("class") == "footnote":
                self.visit(child, in_heading)
                self.sources(parent, child)
            elif child.tag not in ("code", "pre"):
                if child.tag == "h1":
                    child.set("tabindex", "-1")  # or "Skip to content" is forgotten
                self.visit(child, in_heading or child.tag in HEADINGS)

    def formula(self, parent: Element, child: Element) -> None:
        """LaTeX by KaTeX; a line ends neither before the comma after it nor after (."""
        text, tail = html.unescape(child.text or ""), child.tail or ""
        tex, display = text[2:-2].strip(), text.startswith(r"\[")
        child.tag = "div" if display else "var"  # tags that KaTeX itself does not use
        child.set("class", "formula")
        stops = "" if display else str(re.match(pages.STOPS, tail)[0])  # type: ignore[index]
        made, left = self.renderer.render(tex, display, stops)
        child.text, child.tail = self.md.htmlStash.store(made), tail[len(stops) :]
        opening = "(" if before(parent, child).endswith("(") and not display else ""
        if left or opening:
            before(parent, child, less=len(opening))
            joined = Element("span", {"class": "joined"})
            parent[list(parent).index(child)] = joined
            joined.append(child)
            joined.text, joined.tail, child.tail = opening, child.tail, left

    def sources(self, parent: Element, child: Element) -> None:
        """The footnotes in a fold, which a link to one of them opens."""
        fold, summary = Element("details", {"class": "sources"}), Element("summary")
        summary.text = "Sources"
        fold.extend([summary, child])
        parent[list(parent).index(child)] = fold

    def figure(self, parent: Element, child: Element, path: Path) -> None:
        """The SVG as part of the page; a paragraph of its own becomes it."""
        svg, name = path.read_text("utf-8"), parent.attrib.pop("id", "")
        made, tail = inline.inline(svg, child.get("alt", ""), name), child.tail
        child.clear()
        child.tag, child.text, child.tail = "span", self.md.htmlStash.store(made), tail
        alone = len(parent) == 1 and not f"{parent.text}{tail}".strip()
        if parent.tag == "p" and alone:
            parent.text = child.text
            parent.remove(child)

    def tooltip(self, parent: Element, child: Element, in_heading: bool) -> None:
        """A definition at each term's first use in the text; more would be noise."""
        term = (child.text or "").lower()
        if in_heading or term in self.seen:
            before(parent, child, (child.text or "") + (child.tail or ""))
            parent.remove(child)
        else:
            self.seen.add(term)
            child.set("tabindex", "0")


def before(parent: Element, child: Element, more: str = "", less: int = 0) -> str:
    """The text right before an element, which may be lengthened or shortened."""
    place = list(parent).index(child)
    text = (parent[place - 1].tail if place else parent.text) or ""
    text = text[: len(text) - less] + more
    if place:
        parent[place - 1].tail = text
    else:
        parent.text = text
    return text


class FinishExtension(Extension):
    """Formulas, figures inline, a tooltip at each term's first use."""

    def __init__(self, **settings: str) -> None:
        """Take `figures`, the folder of the SVG files."""
        self.config = {"figures": [str(STAGED / "figures"), "folder of the SVG files"]}
        super().__init__(**settings)
        self.renderer = formulas.Renderer()  # for all pages

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  Markdown's name
        """Work last of all, but before links are made relative (at 0)."""
        figures = self.getConfig("figures")
        md.treeprocessors.register(Finish(md, figures, self.renderer), "finish", 3)


makeExtension = FinishExtension  # noqa: N816  for those who name the module
