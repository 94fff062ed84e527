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

FIGURE = re.compile(r"(?:\.\./)*figures/(\w+)\.svg")
IN_NUMBER = re.compile("(?<=[0-9]) × (?=10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹])")  # no line may end there
STOPS = re.compile(r"[.,;:!?)]+")
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
JOINER = "\u2060"  # no line may end here


class Finish(Treeprocessor):
    """Works on the finished tree, where code and prose are told apart already."""

    def __init__(self, md: Markdown, figures: Path, renderer: formulas.Renderer) -> None:
        """Take figures from a folder, formulas from a renderer that may know them."""
        super().__init__(md)
        self.figures, self.renderer = figures, renderer

    def run(self, root: Element) -> None:
        """Change the tree in place."""
        self.seen: set[str] = set()
        self.visit(root, in_heading=False)

    def visit(self, parent: Element, in_heading: bool) -> None:
        """Finish what is in an element, in the order in which it is read."""
        parent.text = spaced(parent.text)
        for child in list(parent):
            child.tail = spaced(child.tail)
            if child.get("class") == "arithmatex":
                self.formula(parent, child)
            elif child.tag == "img" and (m := FIGURE.fullmatch(child.get("src", ""))):
                self.figure(parent, child, self.figures / f"{m[1]}.svg")
            elif child.tag == "abbr":
                self.tooltip(parent, child, in_heading)
            elif child.tag not in ("code", "pre"):
                self.visit(child, in_heading or child.tag in HEADINGS)

    def formula(self, parent: Element, child: Element) -> None:
        """LaTeX by KaTeX; a line ends neither before the comma after it nor after (."""
        text = html.unescape(child.text or "")
        display = text.startswith(r"\[")
        made = self.renderer.render(text[2:-2].strip(), display)
        child.tag = "div" if display else "var"  # tags that KaTeX itself does not use
        child.set("class", "formula")
        child.text = self.md.htmlStash.store(made)
        if not display and STOPS.match(child.tail or ""):
            child.tail = JOINER + child.tail
        before = list(parent).index(child) - 1
        if before < 0 and (parent.text or "").endswith("("):
            parent.text += JOINER
        elif before >= 0 and (parent[before].tail or "").endswith("("):
            parent[before].tail += JOINER

    def figure(self, parent: Element, child: Element, path: Path) -> None:
        """The SVG as part of the page; its paragraph, if it has one, becomes it."""
        svg, name = path.read_text("utf-8"), parent.attrib.pop("id", "")
        made = inline.inline(svg, child.get("alt", ""), name)
        text, tail = self.md.htmlStash.store(made), child.tail
        if parent.tag == "p" and len(parent) == 1 and not (parent.text or tail or "").strip():
            parent.remove(child)
            parent.text = text
        else:
            child.clear()
            child.tag, child.text, child.tail = "span", text, tail

    def tooltip(self, parent: Element, child: Element, in_heading: bool) -> None:
        """A definition at each term's first use in the text; more would be noise."""
        term = (child.text or "").lower()
        if not in_heading and term not in self.seen:
            self.seen.add(term)
            child.set("tabindex", "0")
            return
        place, text = list(parent).index(child), (child.text or "") + (child.tail or "")
        if place:
            parent[place - 1].tail = (parent[place - 1].tail or "") + text
        else:
            parent.text = (parent.text or "") + text
        parent.remove(child)


def spaced(text: str | None) -> str | None:
    """Text in which no number ends a line at its ×."""
    return IN_NUMBER.sub("\u202f×\u202f", text) if text else text


class FinishExtension(Extension):
    """Formulas, figures inline, a tooltip at each term's first use."""

    def __init__(self, **settings: str) -> None:
        """Take `figures`, the folder of the SVG files."""
        self.config = {"figures": ["build/docs/figures", "folder of the figures' SVG"]}
        super().__init__(**settings)
        self.renderer = formulas.Renderer()  # for all pages

    def extendMarkdown(self, md: Markdown) -> None:
        """Work last of all, but before links are made relative (at 0)."""
        figures = Path(self.getConfig("figures"))
        md.treeprocessors.register(Finish(md, figures, self.renderer), "finish", 3)


def makeExtension(**settings: str) -> FinishExtension:
    """For those who name the extension by its module."""
    return FinishExtension(**settings)
