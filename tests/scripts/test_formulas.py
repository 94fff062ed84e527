"""Formulas become HTML and MathML, a bad one is named, KaTeX is the real one."""

import re

import pytest

import common
import formulas


@pytest.fixture(scope="module")
def renderer():
    """KaTeX, fetched and checked."""
    formulas.install()
    return formulas.Renderer()


def page(tex: str, display: bool = False) -> str:
    """What the Markdown extension makes of a formula."""
    if display:
        return f'<div class="arithmatex">\\[{tex}\\]</div>'
    return f'<p>so <span class="arithmatex">\\({tex}\\)</span> holds</p>'


def test_inline_formula_has_a_picture_for_eyes_and_mathml_for_ears(renderer):
    html, failures = renderer.replace(page(r"\varphi'(z^{(\ell)}) &lt; 1"))
    assert failures == []
    assert '<span class="katex-html" aria-hidden="true">' in html
    assert "<math " in html


@pytest.mark.usefixtures("renderer")  # KaTeX is there
def test_formulas_are_kept_unless_a_build_of_all_pages_has_none_of_them(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(common, "CACHE", tmp_path)
    for tex, partial, kept in ("x", False, 1), ("y", True, 2), ("y", False, 1):
        renderer = formulas.Renderer()
        renderer.replace(page(tex))
        renderer.save(partial)
        assert len(formulas.Renderer().known) == kept


def test_formula_is_in_tags_by_which_search_can_leave_it_out_as_a_whole(renderer):
    html, _ = renderer.replace(page("x") + page("y", display=True))
    assert html.count('class="formula"') == 2
    assert len(re.findall(r"</var>|</div>", html)) == 2  # the excluded tags do not nest


def test_display_formula_is_set_larger_than_inline(renderer):
    display, _ = renderer.replace(page(r"\sum_i x_i", display=True))
    inline, _ = renderer.replace(page(r"\sum_i x_i"))
    assert "katex-display" in display
    assert "katex-display" not in inline


LONG = "a = b = c = d"  # must break somewhere on a phone


@pytest.mark.parametrize(
    ("tex", "before", "after", "joined"),
    [
        ("z = Wx", "so ", ", and", "FORMULA,"),
        ("z", "(", ") holds", "(FORMULA)"),
        ("z", "so ", " and", None),
        (LONG, "so ", " and", None),
    ],
)
def test_a_short_formula_keeps_its_comma_on_its_line(
    renderer, tex, before, after, joined
):
    text = page(tex).replace("so ", before).replace(" holds", after)
    html = re.sub("<var.*?</var>", "FORMULA", renderer.replace(text)[0])
    joint = f'<span class="joined">{joined}</span>'
    parts = before.strip("("), joint if joined else "FORMULA", after.lstrip(",)")
    assert html == f"<p>{''.join(parts)}</p>"


@pytest.mark.parametrize("after", [",", ").", ":"])
def test_a_long_formula_has_its_comma_in_its_last_piece(renderer, after):
    html, _ = renderer.replace(page(LONG).replace(" holds", f"{after} and"))
    assert html.endswith("</var> and</p>")
    assert re.findall(">([^<]+)<", html.rpartition("katex-base")[2])[:-1] == [
        "d",
        after,
    ]


@pytest.mark.parametrize("tex", [r"\frac{1", r"\nosuchmacro", "x_1_2"])
def test_bad_latex_is_reported_with_katex_own_words(renderer, tex):
    _, failures = renderer.replace(page(tex))
    assert failures[0][0] == tex
    assert "KaTeX parse error" in failures[0][1]


def test_stylesheet_asks_only_for_fonts_that_are_served(renderer):
    fonts = set(re.findall(r"url\((.*?)\)", formulas.stylesheet()))
    assert fonts == {name for name in formulas.install() if name.endswith(".woff2")}
