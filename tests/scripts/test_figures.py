"""Figures: small, the same in every run, legible, and in the colours of the page."""

import io
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

import figures
import inline

CSS = (Path(__file__).resolve().parents[2] / "docs/assets/site.css").read_text()
LIGHT, DARK = re.findall(r"color-scheme[^{]*\] \{(\n\s+--paper.*?)\}", CSS, re.S)
SCHEMES = {"light": LIGHT, "dark": DARK}


@pytest.fixture
def figure():
    """Two curves over a log axis, as on most pages."""
    figures.use_style()
    drawn, axes = plt.subplots()
    layers = np.arange(1, 51)
    axes.semilogy(layers, 0.25**layers, "o-")
    axes.fill_between(layers, 0.2**layers, 0.3**layers, color="C1", alpha=0.2)
    axes.text(20, 1e-9, "slope < 1 & falling", color="black")
    yield drawn
    plt.close("all")


def colours(scheme: str) -> dict[str, str]:
    """Custom properties of a scheme that are colours."""
    return dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6});", SCHEMES[scheme]))


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, by WCAG 2."""
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    low, high = channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
    return float(np.where(channels <= 0.04045, low, high) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, by WCAG 2."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_and_curve_labels_have_a_contrast_that_all_can_read(scheme):
    values = colours(scheme)
    names = ["--ink", "--soft", "--accent", *(f"--c{n}" for n in range(10))]
    names += [name for name in values if name.startswith("--code")]
    for name in names:
        for ground in ("--paper", "--wash"):
            assert contrast(values[name], values[ground]) >= 4.5, (name, ground)


def test_both_schemes_define_every_colour_that_figures_use():
    for scheme in SCHEMES:
        assert set(inline.COLOURS.values()) <= set(colours(scheme))


def test_svg_is_the_same_in_every_run(figure):
    assert figures.to_svg(figure, "same") == figures.to_svg(figure, "same")


def test_svg_is_small_and_has_no_metadata_styles_or_fonts(figure):
    svg = figures.to_svg(figure, "small")
    assert len(svg) < 15_000
    assert not re.search(r"metadata|<style|font-family:|<!--|matplotlib", svg)


def places(path: str) -> list[list[float]]:
    """Points that a path comes through, of absolute or relative commands."""
    found, start, here = [], np.zeros(2), np.zeros(2)
    for letter, numbers in re.findall("([a-zA-Z])([^a-zA-Z]*)", path):
        points = np.array(re.findall(r"-?(?:\d+\.?\d*|\.\d+)", numbers), float)
        points = points.reshape(-1, 2) + (here if letter.islower() else 0)
        here = points[-1] if len(points) else start
        start = here if letter == "M" else start
        found += points.tolist()
    return found


def test_every_curve_comes_through_the_same_points_in_fewer_bytes(figure):
    axes, rng = figure.axes[0], np.random.default_rng(0)
    axes.plot(rng.uniform(1, 50, 300), 10 ** rng.uniform(-30, 0, 300))
    axes.plot([1, 9, np.nan, 20, 30], [1e-3, 1e-9, 1e-9, 1e-20, 1e-3])  # with a gap
    axes.scatter(rng.uniform(1, 50, 9), 10 ** rng.uniform(-30, 0, 9), marker="*")
    own = figures.to_svg(figure, "points")  # first: it sets how ticks are labelled
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg")
    theirs = re.findall(r' d="([^"]*)"', buffer.getvalue())
    ours = re.findall(r' d="([^"]*)"', own)
    assert len(ours) == len(theirs) > 5
    for short, long in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(places(short), places(long), atol=0.006)
    assert sum(map(len, ours)) < 0.75 * sum(map(len, theirs))


def test_ids_are_unique_to_the_stem_and_all_used(figure):
    svg = figures.to_svg(figure, "own")
    names = re.findall(r' id="([^"]*)"', svg)
    assert names
    for name in names:
        assert name.startswith("own-")
        assert f"#{name}" in svg


def test_text_stays_text_with_its_special_characters(figure):
    assert ">slope &lt; 1 &amp; falling</text>" in figures.to_svg(figure, "text")


def test_a_number_in_a_text_keeps_its_digits(figure):
    figure.axes[0].text(1, 1e-9, "β₂ = 0.999")
    svg = figures.to_svg(figure, "stem")
    assert "β₂ = 0.999</text>" in svg
    assert not re.search(r"\.\d{3,}[^<]*>", svg)  # coordinates have two decimals


def test_powers_of_ten_are_one_piece_of_text(figure):
    svg = figures.to_svg(figure, "powers")
    assert "⁻" in svg
    assert "tspan" not in svg


def test_inlined_figure_takes_all_its_colours_from_the_page(figure):
    page = inline.inline(figures.to_svg(figure, "themed"), 'a "quoted" text')
    assert not re.search(r"#[0-9a-f]{6}", page)
    assert "var(--c0)" in page
    assert 'role="img" aria-label="a &quot;quoted&quot; text"' in page


def test_a_colour_of_no_scheme_is_refused(figure):
    figure.axes[0].axhline(1e-3, color="#123456")
    with pytest.raises(ValueError, match="#123456"):
        figures.to_svg(figure, "stray")


def test_a_figure_too_wide_for_a_phone_is_refused(figure):
    figure.set_size_inches(8, 4)
    with pytest.raises(ValueError, match=r"wider than 5\.6"):
        figures.to_svg(figure, "wide")


def test_text_is_at_least_11_pixels_on_a_phone(figure):
    svg = figures.to_svg(figure, "phone")
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])
    sizes = [float(size) for size in re.findall(r"font-size:([\d.]+)px", svg)]
    assert min(sizes) * 358 / width >= 11


def test_the_users_own_matplotlib_settings_change_nothing(figure):
    plt.rcParams["lines.linewidth"] = 9
    figures.use_style()
    assert plt.rcParams["lines.linewidth"] == 2


def test_card_is_a_png_of_the_size_that_link_previews_want(figure):
    for height in (3.6, 9):
        figure.set_size_inches(5.6, height)
        card = figures.to_card(figure)
        assert card.startswith(b"\x89PNG")
        assert [int.from_bytes(card[i : i + 4]) for i in (16, 20)] == [1200, 630]
        pixels = plt.imread(io.BytesIO(card))
        assert (pixels[[0, -1]] == 1).all(), "a margin, on white"
        assert (pixels[:, [0, -1]] == 1).all()
        assert pixels[200:430, 400:800].min() < 0.5, "and the figure in the middle"


def test_file_of_a_value_has_its_own_colours_where_there_is_no_page(figure):
    svg = inline.coloured(figures.to_svg(figure, "alone"))
    assert "var(--c0,#0068a8)" in svg
    assert not re.search(r"(?<![,])#[0-9a-f]{6}", svg)


def test_inlined_figure_has_an_id_if_it_is_given_one():
    assert inline.inline("<svg></svg>", "x", "card-a").startswith(
        '<figure class="plot" id="card-a"><svg role="img"'
    )
    assert " id=" not in inline.inline("<svg></svg>", "x")
