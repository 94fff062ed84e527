"""The gallery shows every figure of the site once, and what it says."""

import html
import posixpath
import re

import sources

import snippets
from common import SNIPPETS

HERE = "reference/gallery/"


def test_every_figure_is_there_once_with_its_message_its_text_and_its_links(site):
    _, *parts = sources.html_of(site, HERE).split('<div class="picture">')
    alts, seen = {it.stem: it.alt for it in sources.SHOWN}, []
    for part in parts:
        links = re.findall(r'<a (?:download )?href="([^"]+)"', part)
        page, script = (posixpath.join(HERE, link) for link in links[:2])
        page, _, stem = posixpath.normpath(page).partition("#card-")
        seen.append(stem)
        path = sources.SCRIPTS[stem]
        title = snippets.docstring(path.read_text("utf-8")).split("\n")[0]
        said = html.unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", "", part, flags=re.S))
        assert " ".join(said.split()).startswith(title), stem
        label = html.unescape(re.search('aria-label="([^"]*)"', part)[1])
        assert label == alts[stem]
        assert posixpath.join(page, "").replace("./", "") == sources.page_of(stem)
        room = path.relative_to(SNIPPETS).as_posix()
        assert posixpath.normpath(script) == f"snippets/{room}"
        assert f'id="card-{stem}"' in sources.html_of(site, sources.page_of(stem))
    assert sorted(seen) == sorted(sources.SCRIPTS)
