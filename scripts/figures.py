"""How figures look: one style, small SVG in the scheme of the page, preview cards."""

import io
import re
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, LogFormatterSciNotation
from matplotlib.transforms import Bbox

from inline import COLOURS, CYCLE

WIDTH = 5.6  # inches, at most: what a phone can show
FILE = Path(__file__).with_suffix(".mplstyle")
STYLE = mpl.rc_params_from_file(FILE, use_default_template=False)
SUPERSCRIPTS = str.maketrans("0123456789−-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")
ROOT_TAG = (  # inherited by all: matplotlib's one style rule, and any font will do
    r'<svg xmlns="http://www.w3.org/2000/svg" \1 font-family="sans-serif" '
    r'xmlns:xlink="http://www.w3.org/1999/xlink" stroke-linejoin="round">'
)
TIDY = [  # (pattern, replacement), applied in order to matplotlib's SVG
    (r"^.*?(?=<svg)|<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>", ""),
    (r'<svg.*?(viewBox="[^"]*").*?>', ROOT_TAG),
    (r'; font-family: [^;"]*| transform="rotate\(-?0 [^"]*"', ""),
    (r"\s+", " "),
    (r"(?<=>) (?=<)| (?=/>)| (?=\"[ />])|(?<=[;:]) (?=[^<>\"]*\")", ""),
    (r"<defs></defs>|<g(?:[^>]*[^>/])?(?:/>|></g>)", ""),
]
LONG = re.compile(r"-?\d+\.\d{3,}(?=[^<>]*>)")  # in a tag, not in text
PATH = re.compile(r'(?<= d=")[^"]*(?=")')
PIECE = re.compile(r"([MLQCz])([^MLQCz]*)")  # all that matplotlib draws with


class PlainPowers(Formatter):
    """Powers of ten in one piece of text (10⁻⁵), so that no digit is set smaller."""

    def __init__(self, made_by: Formatter) -> None:
        """Take the labels of another formatter."""
        self.made_by = made_by
        self.set_locs = made_by.set_locs  # by which it decides what to leave out

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Label of the tick at x."""
        label = self.made_by(x, pos).replace(r"\times", "×")
        label = re.sub(r"\^\{(.*?)\}", lambda m: m[1].translate(SUPERSCRIPTS), label)
        return re.sub(r"\$|\\mathdefault|[{}]", "", label)


def use_style() -> None:
    """The site's style on top of matplotlib's own defaults, whatever the user's are."""
    mpl.rcdefaults()
    mpl.rcParams.update(STYLE)
    mpl.rcParams["axes.prop_cycle"] = mpl.cycler(color=CYCLE)


def short(number: float) -> str:
    """A number of points, to a hundredth."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def relative(path: re.Match[str]) -> str:
    """A path as steps in hundredths from point to point: half the size, compressed."""
    steps, start, here = "", np.zeros(2, int), np.zeros(2, int)
    for letter, numbers in PIECE.findall(path[0]):
        points = np.array(numbers.split(), float).reshape(-1, 2)
        points = np.rint(100 * points).astype(int)  # nothing adds up along the path
        moves = points if letter == "M" else points - here
        here = points[-1] if len(points) else start
        start = here if letter == "M" else start
        words = (re.sub(r"^(-?)0\.", r"\1.", short(it / 100)) for it in moves.flat)
        steps += (letter if letter == "M" else letter.lower()) + " ".join(words)
    return steps.replace(" -", "-")


def to_svg(figure: Figure, stem: str) -> str:
    """The figure as a small SVG: no metadata, ids of its own, palette colours only."""
    if figure.get_figwidth() > WIDTH:
        raise ValueError(f"the figure is wider than {WIDTH} in: unreadable on a phone")
    for axis in (it for axes in figure.axes for it in (axes.xaxis, axes.yaxis)):
        for ticks in axis.major, axis.minor:
            if isinstance(ticks.formatter, LogFormatterSciNotation):
                ticks.formatter = PlainPowers(ticks.formatter)
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": stem}):  # the same ids in every run
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    svg = buffer.getvalue().strip()
    for pattern, replacement in TIDY:
        svg = re.sub(pattern, replacement, svg, flags=re.S)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    svg = re.sub(r' id="([^"]*)"', lambda m: m[0] if m[1] in used else "", svg)
    svg = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{stem}-", svg)
    svg = PATH.sub(relative, LONG.sub(lambda m: short(float(m[0])), svg))
    ElementTree.fromstring(svg)  # or it is no XML any more
    if stray := set(re.findall(r"#[0-9a-f]{6}\b", svg)) - set(COLOURS):
        advice = "follows no colour scheme; use C0 to C9, black, gray"
        raise ValueError(f"{min(stray)} {advice}")
    return svg


def to_card(figure: Figure) -> bytes:
    """A 1200 x 630 PNG for link previews: the figure in the middle, on white."""
    width, height = figure.get_size_inches()
    across = max(width, height * 1200 / 630) * 1.06  # with a margin
    x, y = (width - across) / 2, (height - across * 630 / 1200) / 2
    buffer, box = io.BytesIO(), Bbox([[x, y], [width - x, height - y]])
    look = {"dpi": 1200 / across, "bbox_inches": box, "facecolor": "white"}
    figure.savefig(buffer, format="png", metadata={"Software": None}, **look)
    return buffer.getvalue()
