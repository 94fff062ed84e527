"""Colours of figures, and an SVG as part of a page: no matplotlib, to be quick."""

import html
import re

# Colours as snippets name them -> CSS custom properties (values: docs/assets/site.css).
CYCLE = ["#0068a8", "#c14600", "#00785a", "#a03c8c", "#7d5b00"]
CYCLE += ["#5a4fcf", "#b3203c", "#00707d", "#4f6b1f", "#7a5148"]  # C5 to C9
COLOURS = {colour: f"--c{index}" for index, colour in enumerate(CYCLE)}
COLOURS |= {"#000000": "--ink", "#808080": "--soft"}
COLOURS |= {"#d3d3d3": "--line", "#ffffff": "--paper"}


def coloured(svg: str) -> str:
    """The SVG with its colours from the page's scheme; alone, it has its own."""
    return re.sub(r"#[0-9a-f]{6}\b", lambda m: f"var({COLOURS[m[0]]},{m[0]})", svg)


def inline(svg: str, alternative: str, name: str = "") -> str:
    """The SVG as HTML, with a text for those who hear it, and an id to link to."""
    svg = re.sub(r"#[0-9a-f]{6}\b", lambda m: f"var({COLOURS[m[0]]})", svg)
    label = f'<svg role="img" aria-label="{html.escape(alternative)}"'
    anchor = f' id="{name}"' if name else ""
    return f'<figure class="plot"{anchor}>{svg.replace("<svg", label, 1)}</figure>'
