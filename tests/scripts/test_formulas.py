"""KaTeX is the real one, what it rendered is kept, and notebooks have it, too."""

import io
import re
import shutil

import markdown
import pytest
from fontTools.ttLib import TTFont

import common
import formulas


@pytest.fixture(scope="module")
def renderer():
    """KaTeX, fetched and checked."""
    formulas.install()
    return formulas.Renderer()


def test_what_was_rendered_is_kept_and_what_no_page_has_is_dropped(
    renderer, monkeypatch, tmp_path
):
    monkeypatch.setattr(common, "BUILD", tmp_path)
    first = formulas.Renderer()
    made = first.render("x", False), first.render("x", True), first.render("y", False)
    first.save()
    monkeypatch.setattr(formulas, "DIST", tmp_path / "none")  # no KaTeX to ask
    again = formulas.Renderer()
    assert (again.render("x", False), again.render("x", True)) == made[:2]
    again.save()
    fewer = formulas.Renderer()
    fewer.render("x", False)
    with pytest.raises(OSError, match="katex"):
        fewer.render("y", False)


def test_another_katex_renders_everything_anew(renderer, monkeypatch, tmp_path):
    monkeypatch.setattr(common, "BUILD", tmp_path)
    first = formulas.Renderer()
    first.render("x", False)
    first.save()
    other = tmp_path / "katex.sha256"
    other.write_bytes(formulas.DIGESTS.read_bytes() + b"\n")
    monkeypatch.setattr(formulas, "DIGESTS", other)
    monkeypatch.setattr(formulas, "DIST", tmp_path / "none")
    with pytest.raises(OSError, match="katex"):
        formulas.Renderer().render("x", False)


@pytest.mark.parametrize("tex", [r"\frac{1", r"\nosuchmacro", "x_1_2", "é"])
def test_bad_latex_is_reported_in_one_line_and_in_words_of_katex(renderer, tex):
    for _ in range(2):  # it is not kept
        with pytest.raises(common.ProblemError, match=r"KaTeX|LaTeX") as caught:
            renderer.render(tex, False)
        assert "\n" not in str(caught.value)


def test_formulas_in_a_notebook_come_through_markdown_unharmed(renderer):
    tex = r"{}_{a} + {}_{b} {*}c{*} \|d\| ~ [e]"
    text = renderer.in_markdown(f"So ${tex}$ and\n\n$$\n{tex}\n$$\n\nfor \\$5.")
    page = markdown.markdown(text, extensions=["extra"])
    inline, display = (renderer.render(tex, it)[0] for it in (False, True))
    unescaped = re.sub(r"&#(\d+);", lambda m: chr(int(m[1])), page)
    assert f'<var class="formula">{inline}</var>' in unescaped
    assert f'<div class="formula">{display}</div>' in unescaped
    assert "<em>" not in page


def test_stylesheet_asks_only_for_fonts_that_are_served(renderer):
    fonts = set(re.findall(r"url\((.*?)\)", formulas.stylesheet()))
    assert fonts == {name for name in formulas.install() if name.endswith(".woff2")}


def test_fonts_have_what_formulas_show_and_little_else(renderer):
    own = formulas.Renderer()
    own.render(r"\sum_i w_{ij}\,\sigma'(z_j) \le \tfrac12 \text{, off}", True)
    shown = set(map(ord, "∑wijσ′z≤12,off"))
    for name, data in own.fonts().items():
        whole = TTFont(formulas.DIST / name).getBestCmap().keys()
        cut = TTFont(io.BytesIO(data)).getBestCmap().keys()
        assert whole & shown <= cut, name
        assert ord("L") not in cut, name  # of LaTeX, which MathML keeps
        assert len(cut) < len(whole) / 2, name


@pytest.fixture
def own(renderer, monkeypatch, tmp_path):
    """A copy of KaTeX that may be damaged, and no network."""
    monkeypatch.setattr(common, "ROOT", tmp_path)
    monkeypatch.setattr(formulas, "BUILD", tmp_path)
    folder = shutil.copytree(formulas.DIST, tmp_path / "katex")
    monkeypatch.setattr(formulas, "DIST", folder)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    return folder


def test_katex_that_is_another_or_not_whole_is_named_with_what_to_do(own):
    (own / "fonts/KaTeX_Main-Regular.woff2").unlink()
    missing = r"^katex/fonts/KaTeX_Main-Regular.woff2:1: is missing .*delete its folder"
    with pytest.raises(common.ProblemError, match=missing):
        formulas.install()
    (own / "fonts/KaTeX_Main-Regular.woff2").write_bytes(b"no font")
    with pytest.raises(common.ProblemError, match=r"Regular\.woff2:1: differs from"):
        formulas.install()


def test_katex_that_cannot_be_fetched_is_named_and_leaves_nothing(own):
    shutil.rmtree(own)
    with pytest.raises(common.ProblemError, match=r"^katex:1: cannot fetch KaTeX"):
        formulas.install()
    assert list(own.parent.iterdir()) == []
