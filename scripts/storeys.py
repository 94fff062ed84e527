"""How long the ground floor of each page is: what a reader sees who opens nothing.

python scripts/storeys.py    of site/: phone screens, words, formulas, words of the lead
"""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Browser, ViewportSize, sync_playwright

import look
from common import ROOT

PHONE = ViewportSize(width=390, height=844)
# Code, figures and formulas are no words; what is folded is not on the ground floor.
MEASURE = """() => {
  const article = document.querySelector("article"), copy = article.cloneNode(true)
  const drop = names => copy.querySelectorAll(names).forEach(it => it.remove())
  drop("details, pre, svg, .headerlink, .footnote, .updated, .minutes")
  const formulas = copy.querySelectorAll(".formula").length
  drop(".formula")
  const words = text => text.match(/\\S*[\\p{L}\\p{N}]\\S*/gu)?.length ?? 0
  const lead = article.querySelector("h1 ~ p")?.textContent ?? ""
  const screens = article.getBoundingClientRect().height / innerHeight
  return [screens, words(copy.textContent), formulas, words(lead)]
}"""


class Floor(NamedTuple):
    """A page's ground floor."""

    screens: float
    words: int
    formulas: int
    lead: int


def floors(browser: Browser, site: Path, address: str) -> Iterator[tuple[str, Floor]]:
    """Each page of a site that is served at an address, by its place."""
    tab = browser.new_page(viewport=PHONE)
    for page in sorted(site.rglob("index.html")):
        name = page.relative_to(site).as_posix().removesuffix("index.html")
        if 'http-equiv="refresh"' not in page.read_text("utf-8"):  # it has moved
            tab.goto(address + name, wait_until="load")
            tab.evaluate("document.fonts.ready")
            yield name, Floor(*tab.evaluate(MEASURE))
    tab.close()


def main() -> None:
    """Print all pages, the longest first."""
    with look.serve(ROOT / "site") as address, sync_playwright() as playwright:
        browser, site = look.launch(playwright), ROOT / "site"
        found = sorted(floors(browser, site, address), key=lambda it: it[1])
    print("screens  words  formulas  lead")
    for name, it in reversed(found):
        print(f"{it.screens:7.1f}{it.words:7}{it.formulas:10}{it.lead:6}  /{name}")
    print(*(f"{median(it):.1f}" for it in zip(*(it for _, it in found), strict=True)))


if __name__ == "__main__":
    main()
