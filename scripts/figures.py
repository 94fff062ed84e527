"""How figures look: one style, small SVG in the scheme of the page, preview cards."""

import io
import re
import textwrap

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterSciNotation

from inline import COLOURS, CYCLE

WIDTH = 5.6  # inches: 403 units; at 358 px on a phone, 12.5 units of text are 11.1 px
STYLE = {
    "figure.figsize": (WIDTH, 3.6),
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "axes.prop_cycle": mpl.cycler(color=CYCLE),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "gray",
    "axes.grid": True,
    "grid.color": "lightgray",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "xtick.color": "gray",
    "ytick.color": "gray",
    "xtick.labelcolor": "black",
    "ytick.labelcolor": "black",
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "lines.linewidth": 2,
    "legend.frameon": False,
    "svg.fonttype": "none",
    **dict.fromkeys(
        ("font.size", "axes.titlesize", "axes.labelsize", "legend.fontsize"), 12.5
    ),
    **dict.fromkeys(("xtick.labelsize", "ytick.labelsize", "figure.titlesize"), 12.5),
}
SUPERSCRIPTS = str.maketrans("0123456789−-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")


class PlainPowers(LogFormatterSciNotation):
    """Powers of ten in one piece of text (10⁻⁵), so that no digit is set smaller."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Label of the tick at x."""
        label = super().__call__(x, pos).replace(r"\times", "×")
        label = re.sub(r"\^\{(.*?)\}", lambda m: m[1].translate(SUPERSCRIPTS), label)
        return re.sub(r"\$|\\mathdefault|[{}]", "", label)


def use_style() -> None:
    """The site's style on top of matplotlib's own defaults, whatever the user's are."""
    mpl.rcdefaults()
    mpl.rcParams.update(STYLE)


ROOT_TAG = (  # inherited by all: matplotlib's one style rule, and any font will do
    r'<svg xmlns="http://www.w3.org/2000/svg" \1 font-family="sans-serif" '
    r'xmlns:xlink="http://www.w3.org/1999/xlink" stroke-linejoin="round">'
)
TIDY = [  # (pattern, replacement), applied in order to matplotlib's SVG
    (r"^.*?(?=<svg)|<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>", ""),
    (r'<svg.*?(viewBox="[^"]*").*?>', ROOT_TAG),
    (r'; font-family: [^;"]*', ""),
    (r' transform="rotate\(-?0 [^"]*"', ""),
    (r"\s+", " "),
    (r'> (?=<)| (?=/>)| (?="[ />])', lambda m: m[0].strip()),
    (r'(?<=[;:]) (?=[^<>"]*")', ""),
    (r"<defs></defs>|<g[^>]*(?:/>|></g>)", ""),
]


LONG = re.compile(r"-?\d+\.\d{3,}")
PATH = re.compile(r'(?<= d=")[^"]*(?=")')
PIECE = re.compile(r"([MLQCz])([^MLQCz]*)")  # all that matplotlib draws with


def two_decimals(number: re.Match[str]) -> str:
    """A coordinate, to a hundredth of a point."""
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def relative(path: re.Match[str]) -> str:
    """A path as steps from point to point, which compress to half the size.

    Whole hundredths, so that nothing adds up along the path.
    """
    steps, start, here = "", np.zeros(2, int), np.zeros(2, int)
    for letter, numbers in PIECE.findall(path[0]):
        points = np.rint(100 * np.array(numbers.split(), float)).astype(int)
        points = points.reshape(-1, 2)
        moves = points if letter == "M" else points - here
        here = points[-1] if len(points) else start
        start = here if letter == "M" else start
        words = (f"{move / 100:.2f}".rstrip("0").rstrip(".") for move in moves.flat)
        short = " ".join(re.sub(r"^(-?)0\.", r"\1.", word) for word in words)
        steps += (letter if letter == "M" else letter.lower()) + short
    return steps.replace(" -", "-")


def slim(svg: str) -> str:
    """Without groups that say nothing, and without what a marker's path says itself.

    A page has thousands of both, and a browser reads each before it is done.
    """
    ends = []

    def group(tag: re.Match[str]) -> str:
        if tag[0] == "</g>":
            return ends.pop()
        ends.append("</g>" if tag[0] != "<g>" else "")
        return tag[0] if ends[-1] else ""

    def marker(use: re.Match[str]) -> str:
        short = re.sub(r';?stroke[^;"]*', "", use[0]).replace(' style=""', "")
        return short if use[1] in styled else use[0]

    svg = re.sub(r"</?g\b[^>]*>", group, svg)
    styled = re.findall(r'<path id="([^"]*)"[^>]* style="', svg)
    return re.sub(r'<use xlink:href="#([^"]*)"[^>]*>', marker, svg)


def to_svg(figure: Figure, stem: str) -> str:
    """The figure as a small SVG: no metadata, ids of its own, palette colours only."""
    if figure.get_figwidth() > WIDTH:
        raise ValueError(f"the figure is wider than {WIDTH} in: unreadable on a phone")
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            for formatter in (axis.get_major_formatter(), axis.get_minor_formatter()):
                if type(formatter) is LogFormatterSciNotation:
                    formatter.__class__ = PlainPowers  # it keeps its base and limits
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": stem}):  # the same ids in every run
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    svg = buffer.getvalue().strip()
    for pattern, replacement in TIDY:
        svg = re.sub(pattern, replacement, svg, flags=re.S)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    svg = re.sub(r' id="([^"]*)"', lambda m: m[0] if m[1] in used else "", svg)
    svg = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{stem}-", svg)
    svg = re.sub("<[^>]*>", lambda tag: LONG.sub(two_decimals, tag[0]), svg)  # no text
    svg = slim(PATH.sub(relative, svg))
    if stray := set(re.findall(r"#[0-9a-f]{6}\b", svg)) - set(COLOURS):
        raise ValueError(
            f"{min(stray)} follows no colour scheme; use C0 to C9, black, gray"
        )
    return svg


def to_card(figure: Figure, title: str) -> bytes:
    """A 1200 x 630 PNG for link previews: the title beside the figure."""
    figure.set_layout_engine("none")  # it has been laid out for the SVG
    figure.set_facecolor("white")
    figure.set_dpi(min(640 / figure.get_figwidth(), 590 / figure.get_figheight()))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    picture = np.asarray(canvas.buffer_rgba())
    card = plt.figure(figsize=(6, 3.15), dpi=200, facecolor="white", layout="none")
    card.figimage(picture, 1180 - picture.shape[1], (630 - picture.shape[0]) // 2)
    text = "\n".join(textwrap.wrap(title, 17))
    card.text(0.05, 0.86, text, size=15, weight="bold", va="top", linespacing=1.25)
    card.text(0.05, 0.09, "Why deep networks\nstop learning", size=9, color="gray")
    buffer = io.BytesIO()
    card.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
