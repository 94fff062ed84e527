"""Which links of a built site are broken, also below a path."""

import pytest

import links


@pytest.fixture
def site(tmp_path):
    """Two pages and a file; the test adds a link to the home page."""
    (tmp_path / "part").mkdir()
    (tmp_path / "part/index.html").write_text('<h2 id="top">x</h2><h2 id=bare>y</h2>')
    (tmp_path / "file.py").write_text("")

    def with_link(tag: str):
        (tmp_path / "index.html").write_text(f'<h1 id="home">x</h1>{tag}')
        return links.broken(tmp_path)

    return with_link


@pytest.mark.parametrize(
    "tag",
    [
        '<a href="part/">',
        '<a href="part/#top">',
        "<a class=x href='part/index.html#bare'>",
        '<a href="./part/../file.py?x=1">',
        '<a href="#home">',
        '<a href="https://example.org/nowhere">',
        '<a href="mailto:someone@example.org">',
        '<img src="data:image/png;base64,xx">',
    ],
)
def test_a_link_that_works_is_left_alone(site, tag):
    assert site(tag) == []


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ('<a href="prat/">', "leads nowhere"),
        ('<a href="part/#botom">', "names no anchor"),
        ('<a href="#hom">', "names no anchor"),
        ("<a title='a > b' href=file.txt>", "leads nowhere"),
        ('<img src="../outside.png">', "leads nowhere"),
        ('<img srcset="file.py 1x, none.png 2x">', "leads nowhere"),
        ('<a href="http://[">', "malformed"),
        ('<a href="/part/">', "below a path"),
        ('<script src="https://example.org/x.js">', "another host"),
        ('<link rel="stylesheet" href="//example.org/x.css">', "another host"),
    ],
)
def test_a_link_that_fails_is_found_with_the_reason(site, tag, reason):
    (broken,) = site(tag)
    assert broken[0] == "index.html"
    assert reason in broken[2]
