"""Which links of a built site are broken, also below a path, and which pages lost."""

from pathlib import Path

import pytest

import check


@pytest.fixture
def site(tmp_path):
    """Two pages and a file; the test adds a link to the home page."""
    (tmp_path / "part").mkdir()
    (tmp_path / "part/index.html").write_text(
        '<h2 id="top">x</h2><h2 id=bare>y</h2><p id="a:B=1">z</p>'
    )
    (tmp_path / "file.py").write_text("")

    def with_link(tag: str):
        text = f'<h1 id="home">x</h1><a href="part/"></a>{tag}'
        (tmp_path / "index.html").write_text(text)
        return list(check.broken(tmp_path))

    return with_link


@pytest.mark.parametrize(
    "tag",
    [
        '<a href="part/">',
        '<a href="part/#top">',
        "<a class=x href='part/index.html#bare'>",
        '<a href="part/#a:B=1">',
        '<a href="part/#a%3AB=1">',
        '<a href="./part/../file.py?x=1">',
        '<a href="part/..">',
        '<a href="#home">',
        '<a href="#__toc">',
        '<a href="https://example.org/nowhere">',
        '<a href="mailto:someone@example.org">',
        '<link rel="canonical" href="https://example.org/">',
        '<link rel="edit" href="https://example.org/x">',
        '<img src="data:image/png;base64,xx">',
        '<svg><use xlink:href="#none" href="#none2"></use></svg>',
    ],
)
def test_a_link_that_works_is_left_alone(site, tag):
    assert site(tag) == []


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ('<a href="prat/">', "leads nowhere"),
        ('<a href="part/#botom">', "names no anchor"),
        ('<a href="part/#a:B=2">', "names no anchor"),
        ('<a href="#hom">', "names no anchor"),
        ("<a title='a > b' href=file.txt>", "leads nowhere"),
        ('<a href="a&amp;b.txt">', "leads nowhere"),
        ('<img src="../outside.png">', "leads nowhere"),
        ('<video poster="none.png">', "leads nowhere"),
        ('<img srcset="file.py 1x, none.png 2x">', "leads nowhere"),
        ('<a href="http://[">', "malformed"),
        ('<a href="/part/">', "below a path"),
        ('<script src="https://example.org/x.js">', "another host"),
        ('<link rel="stylesheet" href="//example.org/x.css">', "another host"),
        ('<link rel="preload x" href="https://example.org/x">', "another host"),
        ('<video poster="https://example.org/x.png">', "another host"),
    ],
)
def test_a_link_that_fails_is_found_with_the_reason(site, tag, reason):
    (broken,) = site(tag)
    assert broken[0] == "index.html"
    assert reason in broken[2]


def test_a_page_that_no_other_links_to_is_lost_unless_it_leads_on_to_one_that_moved(
    site, tmp_path: Path
):
    (tmp_path / "lost.html").write_text('<a href="lost.html">x</a>')
    (tmp_path / "404.html").write_text('<a href="/part/">served at any depth</a>')
    moved = '<meta http-equiv="refresh" content="0; url=part/"><a href="part/">x</a>'
    (tmp_path / "moved.html").write_text(moved)
    ((page, link, reason),) = site("")
    assert (page, link) == ("lost.html", "")
    assert "link" in reason
    assert site('<a href="lost.html">') == []


def test_a_site_takes_the_place_of_another_or_of_none(tmp_path: Path):
    target = tmp_path / "site"
    for text in ("first", "second"):
        new = tmp_path / f".site-{text}"
        new.mkdir()
        (new / f"{text}.html").write_text(text)
        check.replace(str(target), str(new))
        assert [it.name for it in target.iterdir()] == [f"{text}.html"]
        assert [it.name for it in tmp_path.iterdir()] == ["site"]
