"""The gallery shows every figure of the site once, and what it says."""

import ast
import html
import re

import pytest

import snippets

PATHS = snippets.find()


@pytest.fixture(scope="module")
def entries(site) -> dict[str, str]:
    """HTML of each entry of the built gallery, by the stem of its script."""
    page = (site / "reference/gallery/index.html").read_text()
    _, *parts = page.split('<div class="picture">')
    return {re.search(r"snippets/(?:\w+/)*(\w+)\.py", part)[1]: part for part in parts}


def test_every_figure_is_there_once(entries, site):
    assert sorted(entries) == sorted(PATHS)
    page = (site / "reference/gallery/index.html").read_text()
    assert page.count('<figure class="plot">') == len(PATHS)


@pytest.mark.parametrize("stem", PATHS)
def test_an_entry_has_the_message_and_leads_to_the_script_on_its_page(
    entries, site, stem
):
    entry = entries[stem]
    message = ast.get_docstring(ast.parse(PATHS[stem].read_text())).split("\n")[0]
    text = html.unescape(re.sub(r"<[^>]+>", "", entry))
    assert message in " ".join(text.split())
    page = re.search(rf'href="\.\./\.\./([\w/-]*)#{stem}"', entry)[1]
    assert f'id="{stem}"' in (site / page / "index.html").read_text()


def test_every_page_has_the_card_that_links_to_it_show(site):
    for page in site.rglob("index.html"):
        card = re.search(
            r'og:image" content="[^"]*/(figures/\w+\.png)"', page.read_text()
        )
        assert (site / card[1]).read_bytes().startswith(b"\x89PNG"), page
