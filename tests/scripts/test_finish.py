"""The Markdown extension, without any generator: formulas, figures, first tooltips."""

import re
from pathlib import Path

import markdown
import pytest

import formulas
from common import ProblemError
from finish import FinishExtension

NARROW = "\u202f"
SVG = '<svg viewBox="0 0 9 9"><path stroke="#0068a8"/></svg>'
SETTINGS = {"pymdownx.arithmatex": {"generic": True}}
OTHERS = ["abbr", "attr_list", "tables", "pymdownx.superfences", "pymdownx.arithmatex"]


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one figure; KaTeX is there."""
    formulas.install()
    folder = tmp_path_factory.mktemp("figures")
    (folder / "one.svg").write_text(SVG, encoding="utf-8")
    return folder


@pytest.fixture
def html(figures: Path):
    """What becomes of a text."""

    def convert(text: str) -> str:
        finish = FinishExtension(figures=str(figures))
        return markdown.markdown(
            text, extensions=[*OTHERS, finish], extension_configs=SETTINGS
        )

    return convert


def plain(page: str) -> str:
    """A page with each formula as a word."""
    return re.sub(r'<(var|div) class="formula">.*?</\1>', "FORMULA", page, flags=re.S)


def test_formula_has_a_picture_for_eyes_and_mathml_for_ears(html):
    page = html(r"so $\varphi'(z^{(\ell)}) < 1$ holds")
    assert '<span class="katex-html" aria-hidden="true">' in page
    assert "<math " in page
    assert plain(page) == "<p>so FORMULA holds</p>"


def test_display_formula_is_set_larger_than_inline(html):
    display, inline = html("$$\n\\sum_i x_i\n$$"), html(r"$\sum_i x_i$")
    assert "katex-display" in display
    assert "katex-display" not in inline
    assert plain(display) == "FORMULA"
    assert display.count('<div class="formula">') == inline.count("<var") == 1


@pytest.mark.parametrize("after", [",", ".", ";", ":", "!", "?", ")"])
def test_no_line_ends_between_a_formula_and_what_closes_it(html, after):
    page = plain(html(f"so ($x${after} and"))
    assert page == f'<p>so <span class="joined">(FORMULA{after}</span> and</p>'
    page = plain(html(f"so $x${after} and"))
    assert page == f'<p>so <span class="joined">FORMULA{after}</span> and</p>'
    page = plain(html("so ($x$ and"))
    assert page == '<p>so <span class="joined">(FORMULA</span> and</p>'


def test_a_line_may_end_inside_a_long_formula_which_takes_what_closes_it(html):
    page = html("for $a = b + c + d$, and")
    assert plain(page) == "<p>for FORMULA and</p>"
    assert page.count('class="katex-base"') > 2
    assert "<mtext>,</mtext>" in page


def test_a_line_may_end_after_a_formula_that_a_word_follows(html):
    page = plain(html("$x$ and $y$ (or *z*: $z$ alone), but *a* ($b$)"))
    assert page == (
        "<p>FORMULA and FORMULA (or <em>z</em>: FORMULA alone), "
        'but <em>a</em> <span class="joined">(FORMULA)</span></p>'
    )


@pytest.mark.parametrize("tex", [r"\frac{1", r"\nosuchmacro", "x_1_2", "é"])
def test_bad_latex_is_reported_in_words_of_katex(html, tex):
    with pytest.raises(ProblemError, match=r"KaTeX|LaTeX"):
        html(f"${tex}$")


def test_figure_becomes_part_of_the_page_with_its_text_and_id(html):
    page = html('![It "rises" & falls.](../figures/one.svg)\n{: #card-one }')
    assert re.sub(">.*", "", page) == '<figure class="plot" id="card-one"'
    assert 'role="img" aria-label="It &quot;rises&quot; &amp; falls."' in page
    assert 'stroke="var(--c0)"' in page
    assert "<p>" not in page
    assert "<img" not in page


def test_figure_in_a_text_leaves_the_text_around_it(html):
    page = re.sub("<figure.*</figure>", "FIGURE", html("a ![x](figures/one.svg) b"))
    assert page == "<p>a <span>FIGURE</span> b</p>"


def test_another_image_is_left_alone(html):
    assert '<img alt="x" src="../assets/one.svg"' in html("![x](../assets/one.svg)")


SLOPES = """\
## The slope

A [slope](#x) and *a slope* and a Slope.

- Another slope, `slope`.

*[slope]: How steep it is.
*[Slope]: How steep it is.
"""


def test_a_term_is_explained_at_its_first_use_in_the_text_and_never_again(html):
    page = html(SLOPES)
    assert page.count("<abbr") == 1
    assert '<abbr tabindex="0" title="How steep it is.">slope</abbr>' in page or (
        '<abbr title="How steep it is." tabindex="0">slope</abbr>' in page
    )
    assert page.index("<h2") < page.index("</h2>") < page.index("<abbr")
    words = re.sub("<[^>]*>", "", page).split()
    assert " ".join(words) == (
        "The slope A slope and a slope and a Slope. Another slope, slope."
    )


def test_every_page_has_its_own_first_use(html, figures):
    converter = markdown.Markdown(
        extensions=[*OTHERS, FinishExtension(figures=str(figures))],
        extension_configs=SETTINGS,
    )
    for _ in range(2):
        assert converter.reset().convert(SLOPES).count("<abbr") == 1


def test_no_line_ends_inside_a_number(html):
    number = f"2{NARROW}×{NARROW}10⁻⁵"
    page = html("2 × 10⁻⁵ and **3 × 10⁶** or 2 × 3, `2 × 10⁻⁵`.\n\n- 2 × 10⁻⁵")
    assert page.count(number) == 2
    assert f"<strong>{number.replace('2', '3').replace('⁻⁵', '⁶')}</strong>" in page
    assert "or 2 × 3, <code>2 × 10⁻⁵</code>" in page


def test_code_stays_as_it_is(html):
    page = html("``` python\nx = '2 × 10⁻⁵'  # $x$ slope\n```\n\n*[slope]: Steep.")
    text = re.sub("<[^>]*>", "", page)
    assert text.replace("&#39;", "'").strip() == "x = '2 × 10⁻⁵'  # $x$ slope"
