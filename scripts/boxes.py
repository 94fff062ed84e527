"""Boxes that a browser lays out only when the reader comes near.

While a page opens, the theme's script has everything styled several times that is laid
out. With boxes this is the top of the page, however long the rest is: with the style
`content-visibility: auto`, a browser skips what is inside until it is almost in view.
"""

import re
from collections.abc import Iterator

LONG = 150  # tags: about a screen of text; a longer box ends before the next paragraph
TAG = re.compile(
    r"<(/?)(?:div|details|p|[uod]l|table|figure|blockquote|section|pre|h[1-6])\b[^>]*>"
)
# The theme measures headings at once, and would lay out the boxes around them; of code
# the height is known, better than that of a box.
OUTSIDE = re.compile(r'\s*<(h[1-6]|div class="(?:highlight|sheet))')
# The theme's script wraps tables without a class, each to be styled and laid out again.
TABLE = re.compile(r"<table>(.*?)</table>", re.S)
WRAPPED = r"""<div class="md-typeset__scrollwrap"><div class="md-typeset__table">
<table class="data">\1</table></div></div>"""
CODE = re.compile(r'(<div class="highlight")(>.*?</pre>)', re.S)


def boxed(page_html: str) -> str:
    """A page's HTML with boxes around what follows its opening.

    The opening is what comes before the first h2, or a screen of text if that is more.
    Code blocks are boxes too. They get their number of lines, by which the style sheet
    knows how high they will be. Tables are wrapped here, not while a page opens.
    """
    done, box, opening = "", "", True
    for block in blocks(TABLE.sub(WRAPPED, page_html)):
        outside = OUTSIDE.match(block)
        full = box.count("<") > LONG and block.lstrip().startswith("<p>")
        if outside or full:
            done, box = done + closed(box), ""
        opening = opening and ("<h2" not in done or done.count("<") < LONG)
        if outside or opening:
            done += block
        else:
            box += block
    return CODE.sub(with_lines, done + closed(box))


def blocks(page_html: str) -> Iterator[str]:
    """The page, cut behind each block that is not inside another."""
    depth = start = 0
    for tag in TAG.finditer(page_html):
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        if not depth:
            yield page_html[start : tag.end()]
            start = tag.end()
    yield page_html[start:]


def closed(box: str) -> str:
    """A box, if there is anything in it."""
    return f'<div class="part">{box}</div>' if box.strip() else box


def with_lines(code: re.Match[str]) -> str:
    """A code block with its number of lines."""
    return f'{code[1]} style="--lines:{code[2].count(chr(10))}"{code[2]}'
