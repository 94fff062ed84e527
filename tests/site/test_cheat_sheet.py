"""The cheat sheet: two sheets of A4, a source for each line, formulas that hold."""

import math
import re
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pytest
import sources
from playwright.sync_api import Browser, Page

import prose

HOME = "reference/cheat-sheet"
TEXT = sources.NAMES[f"{HOME}.md"].text
EXEMPT = sources.NAMES[f"{HOME}.md"].front["numbers"]
SOURCE = re.compile(r"reference: printed by (?P<stem>\w+) on (?P<page>[\w/-]+)")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def plain(cell: str) -> str:
    """A cell without links and dollar signs."""
    return LINK.sub(r"\1", cell).replace("$", "")


def rows(table: str) -> list[list[str]]:
    """Cells of each row, the header first."""
    lines = [line[2:-2].split(" | ") for line in table.splitlines()]
    return [lines[0], *lines[2:]]


TABLES = [rows(table) for table in re.findall(r"(?:^\|.*\|\n)+", TEXT, re.M)]


def table(*words: str) -> dict[str, list[str]]:
    """The one table whose header has these words: cells by the first of a row."""
    heads = [(" | ".join(it[0]), it[1:]) for it in TABLES]
    (found,) = (body for head, body in heads if all(word in head for word in words))
    return {plain(first): [plain(cell) for cell in rest] for first, *rest in found}


# ---- Numbers and sources -----------------------------------------------------------
def test_an_exempt_number_is_printed_where_its_reason_says(printed):
    shown = {(it.page, it.stem) for it in sources.SHOWN}
    for number, reason in EXEMPT.items():
        source = SOURCE.fullmatch(reason)
        assert (f"{source['page']}.md", source["stem"]) in shown, number
        assert f"{source['page']}.md" in TEXT, number  # a link leads there
        said = printed(source["stem"]).translate(prose.PLAIN)
        outputs = [Decimal(text) for text in prose.PRINTED.findall(said)]
        assert prose.is_printed(Decimal(number), outputs), number


def test_every_line_of_a_table_leads_to_where_it_is_established():
    for head, *body in TABLES:
        for row in body:
            assert LINK.search(" ".join(row)) or LINK.search(head[0]), row


def test_every_table_is_narrow_enough_for_a_phone():
    assert len(TABLES) > 15
    assert all(len(row) == len(it[0]) <= 3 for it in TABLES for row in it)


# ---- Formulas ----------------------------------------------------------------------
A, LAMBDA = 1.6733, 1.0507  # of SELU; its values hold for ELU and leaky units as well


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def normal(z):
    return (1 + np.vectorize(math.erf)(z / 2**0.5)) / 2


def density(z):
    return np.exp(-(z**2) / 2) / (2 * np.pi) ** 0.5


def t(z):
    return np.tanh(np.log(1 + np.exp(z)))


READ = {  # what is written: what it means
    "0": lambda z: 0 * z,
    "1": lambda z: 0 * z + 1,
    "z": lambda z: z,
    r"\alpha": lambda z: 0 * z + A,
    r"\alpha z": lambda z: A * z,
    r"\alpha(e^z - 1)": lambda z: A * (np.exp(z) - 1),
    r"\alpha e^z": lambda z: A * np.exp(z),
    r"\lambda": lambda z: 0 * z + LAMBDA,
    r"\lambda \cdot ELU": lambda z: LAMBDA * np.where(z > 0, z, A * (np.exp(z) - 1)),
    r"\lambda\alpha e^z": lambda z: LAMBDA * A * np.exp(z),
    "1/(1 + e^{-z})": sigmoid,
    r"\sigma": sigmoid,
    r"\sigma(1 - \sigma)": lambda z: sigmoid(z) * (1 - sigmoid(z)),
    r"\tanh z": np.tanh,
    r"1 - \tanh^2 z": lambda z: 1 - np.tanh(z) ** 2,
    r"z\,\Phi(z)": lambda z: z * normal(z),
    r"\Phi + z\,p": lambda z: normal(z) + z * density(z),
    r"z\,\sigma(z)": lambda z: z * sigmoid(z),
    r"\sigma + z\,\sigma(1 - \sigma)": lambda z: (
        sigmoid(z) + z * sigmoid(z) * (1 - sigmoid(z))
    ),
    r"\log(1 + e^z)": lambda z: np.log(1 + np.exp(z)),
    r"z\,t": lambda z: z * t(z),
    r"t + z\,\sigma(1 - t^2)": lambda z: t(z) + z * sigmoid(z) * (1 - t(z) ** 2),
}


@pytest.mark.parametrize("name", table("Value", "Slope"))
def test_a_slope_is_the_derivative_of_the_value_beside_it(name):
    value, slope = (cell.split(r",\; ") for cell in table("Value", "Slope")[name])
    for side, sign in (0, 1), (-1, -1):  # the first of two entries is for z > 0
        z, h = sign * np.linspace(0.1, 6, 60), 1e-5
        f = READ[value[side]]
        central = (f(z + h) - f(z - h)) / (2 * h)
        assert READ[slope[side]](z) == pytest.approx(central, abs=1e-8)


def test_ranges_largest_slopes_and_zeros_are_those_of_the_curves(run):
    z = np.linspace(-12, 12, 24001)
    curves = run("derivative_curves").curves(z)
    read = {"¼": 0.25, "1,": 1, r"\lambda\alpha,": A * LAMBDA, "tends": 1}
    low = {"(0,": 0, "[0,": 0, "(-1,": -1, r"(-\lambda\alpha,": -A * LAMBDA}
    low |= {"-\\frac16": -1 / 6, "−0.28": -0.28, "−0.31": -0.31}
    for name, (extent, slope) in table("Range", "Largest").items():
        if name != "leaky, PReLU":
            y, slopes = curves[name]
            first = slope.split()[0]
            largest = read.get(first) or float(first)
            assert slopes.max() == pytest.approx(largest, abs=0.005), name
            (lowest,) = (low[word] for word in extent.split() if word in low)
            assert y.min() == pytest.approx(lowest, abs=0.005), name
    zero = {"GELU": -0.75, "SiLU": -1.28, "Mish": -1.19}
    cells = table("Exactly 0")
    assert cells["SiLU, Mish"][0] == "−1.28, −1.19"
    assert cells["GELU"][0] == r"about -\frac34"
    for name, at in zero.items():
        near = np.abs(z - at) < 0.01
        assert np.ptp(np.sign(curves[name][1][near])) == 2, name  # it changes its sign
    assert np.all(curves["ReLU"][1][z < 0] == 0)


def test_slopes_that_end_by_underflow_end_in_float32_where_it_says():
    """Those with e^z as a factor, in a form that cannot overflow left of 0."""
    ends = {name: cells[1] for name, cells in table("Exactly 0").items()}
    named = [name for name, end in ends.items() if "below about −104" in end]
    assert named == ["ELU, SELU, softplus", "SiLU, Mish"]
    z = np.array([-104.5, -103], dtype=np.float32)
    power = np.exp(z)
    s, tanh = power / (1 + power), np.tanh(np.log1p(power))
    slopes = power, s, s * (1 + z * (1 - s)), tanh + z * s * (1 - tanh**2)
    for far, near in slopes:
        assert far == 0 != near


U, WEIGHT = np.polynomial.hermite_e.hermegauss(200)
WEIGHT /= WEIGHT.sum()


def test_factors_and_critical_scales_of_kinked_activations_are_exact():
    cells, a = table("Critical"), 0.2
    read = {"1": 1, r"1/\sqrt2": 0.5**0.5, r"\sqrt2": 2**0.5}
    read[r"\sqrt{(1+\alpha^2)/2}"] = ((1 + a**2) / 2) ** 0.5
    read[r"\sqrt{2/(1+\alpha^2)}"] = (2 / (1 + a**2)) ** 0.5
    for name, left in ("linear", 1), ("ReLU", 0), ("leaky, slope α", a):
        rms = np.sum(WEIGHT * np.where(U > 0, 1, left) ** 2) ** 0.5
        factor, critical = (read[cell] for cell in cells[name])
        assert factor == pytest.approx(rms)
        assert critical * rms == pytest.approx(1)


def test_factors_under_a_norm_are_those_of_the_quadrature():
    cells = table("Factor", "sigmoid")
    x = np.linspace(-10, 10, 200001)
    weight = density(x) / density(x).sum()
    off = (x > 0) * 1.0
    chi = {}
    for name, y, slope in (
        ("ReLU", x * off, off),
        ("sigmoid", sigmoid(x), sigmoid(x) * (1 - sigmoid(x))),
    ):
        square, mean = weight @ y**2, weight @ y
        chi[name] = weight @ slope**2 / np.array([square - mean**2, square])
    batch, layer = (cells[f"{kind} norm"] for kind in ("batch", "layer"))
    assert batch == [r"\sqrt{\pi/(\pi-1)}", "just above 1"]
    assert layer == ["1", "below ½"]
    assert chi["ReLU"] == pytest.approx([np.pi / (np.pi - 1), 1], abs=1e-4)
    assert 1 < chi["sigmoid"][0] ** 0.5 < 1.05
    assert 0.3 < chi["sigmoid"][1] ** 0.5 < 0.5


# ---- On paper and on a phone -------------------------------------------------------
OUTSIDE = """() => [...document.querySelectorAll("body *")]
  .filter(e => !e.closest("article") && !e.querySelector("article"))
  .filter(e => e.checkVisibility({opacityProperty: true})
    && e.getBoundingClientRect().height > 1)
  .map(e => e.outerHTML.slice(0, 80))"""
CUT_OFF = """() => [...document.querySelectorAll(
    ".sheet :is(td, th, div.formula, .md-typeset__scrollwrap)")]
  .filter(e => e.scrollWidth > e.clientWidth + 1)
  .map(e => e.textContent.slice(0, 60))"""
WIDER = ".sheet, h1 + p { letter-spacing: 0.04em }"  # as in a font a tenth wider


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Page]:
    """The page, as wide as the text on a sheet of A4."""
    page = browser.new_page(viewport={"width": 710, "height": 1050})
    page.goto(f"{address}{HOME}/")
    yield page
    page.close()


def sheets(tab: Page, **options: object) -> int:
    """How many pages of paper it takes."""
    pdf = tab.pdf(format="A4", **options)
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def test_it_prints_on_two_sheets_and_has_room_for_other_fonts(tab):
    assert sheets(tab) == 2
    # … and with a larger scale or a wider font:
    assert sheets(tab, scale=1.04) == 2
    tab.add_style_tag(content=WIDER)
    assert sheets(tab) == 2


def test_nothing_but_the_article_is_printed(tab):
    tab.emulate_media(media="print")
    assert tab.evaluate(OUTSIDE) == []
    assert not tab.get_by_text("two sheets of A4").is_visible()
    assert tab.locator(".sheet").count() == 2


def test_no_cell_is_cut_off_on_paper_and_none_on_a_phone(tab):
    tab.emulate_media(media="print")
    assert tab.evaluate(CUT_OFF) == []
    tab.emulate_media(media="screen")
    tab.set_viewport_size({"width": 390, "height": 800})
    assert tab.evaluate(CUT_OFF) == []
