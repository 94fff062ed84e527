"""What is known when pages are made: sources, runs, formulas, terms, dates."""

import re
import subprocess

import formulas
import pages
import run
import snippets
from common import DOCS, ROOT
from pages import Page
from snippets import Result

GLOSSARY, GALLERY = "reference/glossary.md", "reference/gallery.md"
TERM = re.compile(r"^(?P<terms>\S.*)\n:   (?P<text>.+(?:\n    .+)*)", re.M)
MARKUP = re.compile(r"\[(.*?)\]\(.*?\)|[*`$]|\[\^.*?\]")


class Known:
    """All of it, read once for each build; `choices` has what other values print."""

    def __init__(self, first_only: bool) -> None:
        """Read all pages, run what is stale; with `first_only`, no values to try."""
        self.pages = pages.read_all()
        self.runs, self.labs = run.results(first_only)
        self.results = {n: it for n, it in self.runs.items() if not it.job.choice}
        outputs, jobs = {n: it.output for n, it in self.runs.items()}, snippets.jobs()
        self.choices = {n: outputs.get(n) for n, job in jobs.items() if job.choice}
        self.recipes = {it.room: it for it in snippets.recipes().values()}
        self.rooms = {it.room: it for it in self.results.values()} | self.recipes
        self.formulas, self.terms, self.dates = formulas.Renderer(), terms(), dates()

    def shown(self, page: Page) -> list[Result]:
        """The runs whose figures a page shows."""
        stems = [stem for *_, stem in page.figures()]
        return [self.results[stem] for stem in stems if stem in self.results]


def terms() -> dict[str, str]:
    """What the glossary says of each term, as plain text."""
    return {
        term: MARKUP.sub(r"\1", " ".join(match["text"].split()))
        for match in TERM.finditer((DOCS / GLOSSARY).read_text("utf-8"))
        for term in match["terms"].split(", ")
    }


def dates() -> dict[str, str]:
    """The day of the last commit of each source, as far as Git knows."""
    paths = "docs", "snippets"
    command = ["git", "log", "--format=%x00%cs", "--name-only", "--", *paths]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    commits = [commit.split() for commit in done.stdout.split("\0")[1:]]
    return {name: day for day, *names in reversed(commits) for name in names}
