"""The gallery shows every figure of the site once, small, and what it says."""

import html
import posixpath
import re

import sources
from test_browser import PHONE

import snippets

HERE = "reference/gallery/"
THUMB = re.compile(r'<a href="([^"]+)"><img [^>]*src="([^"]+)"[^>]*>(.*?)</a>', re.S)


def test_every_figure_is_there_once_with_its_message_and_leads_to_its_card(site):
    seen = []
    for link, image, said in THUMB.findall(sources.html_of(site, HERE)):
        page, _, stem = posixpath.join(HERE, link).partition("#card-")
        seen.append(stem)
        title = snippets.docstring(sources.SCRIPTS[stem].read_text("utf-8"))
        message = html.unescape(re.sub("<[^>]+>", "", said))
        assert " ".join(message.split()) == title.split("\n")[0]
        at = posixpath.normpath(page).removeprefix(".")
        assert posixpath.join(at, "") * bool(at) == sources.page_of(stem)
        assert f'id="card-{stem}"' in sources.html_of(site, sources.page_of(stem))
        assert (site / HERE / image).resolve() == site / f"figures/{stem}.svg"
    assert sorted(seen) == sorted(sources.SCRIPTS)


def test_on_a_phone_the_gallery_is_short_and_light(visit, site):
    tab = visit(HERE, PHONE)
    assert tab.locator("article").bounding_box()["height"] < 12 * 844
    assert len(sources.html_of(site, HERE)) < 75_000
