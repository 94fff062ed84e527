"""Footnotes have one form, and the bibliography lists each source that a page cites.

A failure prints the line to write, so that new pages are quickly added.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import sources

DOCS = Path(__file__).resolve().parents[2] / "docs"
HOME = PurePosixPath("reference/bibliography.md")
LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
LINKS = r"\[[^\]]+\]\(\S+\)(?:(?:, | and )\[[^\]]+\]\(\S+\))*\.(?: [A-Z].*\.)?"
PAPER = re.compile(  # authors, *title*, where and when, links. A note.
    rf"(?P<authors>[^*\[]+), \*(?P<title>[^*]+)\*, (?P<place>[^\[]+), {LINKS}"
)
PROJECT = re.compile(  # a project, what of it, links. A note.
    r"(?P<authors>\w+)(?: documentation| source code)?, (?:`[^`]+`, )?"
    r"\[[^\]]+\]\(\S+\).*\."
)
NOTE = re.compile(r"^\[\^(?P<name>[\w-]+)\]: (?P<text>.*)$", re.M)
ENTRY = re.compile(
    r"^(?P<label>\S.*?) \{ #(?P<key>\S+) \}\n:   (?P<text>.*)\n"
    r"\n    (?P<shows>.*)\n\n    Cited on (?P<pages>.*)\.\n",
    re.M,
)
FORM = """Surname, Surname, *Title*, Venue year, [arXiv:...](https://arxiv.org/abs/...).
or: Project documentation, [page](https://...).
or: Project, [file](https://...)."""
IDENTIFIERS = re.compile(  # a link's text, and the address that goes with it
    r"arXiv:(?P<id>\d{4}\.\d{4,5}) https://arxiv\.org/abs/(?P=id)"
    r"|doi:(?P<doi>10\.\d{4,9}/\S+) https://doi\.org/(?P=doi)"
    r"|doi https://doi\.org/10\.\d{4,9}/\S+"
    r"|(?!arXiv|doi)\S.* https?://(?!arxiv\.org|doi\.org)\S+"
)


@dataclass(frozen=True)
class Source:
    """What a footnote or an entry cites."""

    where: str  # name of the footnote, or key of the entry
    page: str
    text: str
    authors: str  # or the name of a software project
    title: str  # "" for a project's pages or files
    year: str
    links: tuple[tuple[str, str], ...]

    @property
    def addresses(self) -> set[str]:
        """Where the source is found."""
        return {address for _, address in self.links}


def read(where: str, page: str, text: str) -> Source | None:
    """Take a citation apart; None if it has not the one form."""
    links = tuple(LINK.findall(text))
    if match := PAPER.fullmatch(text):
        years = re.findall(r"\b(?:19|20)\d\d\b(?![–\d])", match["place"])
        year = years[-1] if years else ""
        return Source(where, page, text, match["authors"], match["title"], year, links)
    if match := PROJECT.fullmatch(text):
        return Source(where, page, text, match["authors"], "", "", links)
    return None


NOTES = [  # page, name and text of every footnote
    (name, note["name"], note["text"])
    for name, page in sources.NAMES.items()
    if name.endswith(".md")
    for note in NOTE.finditer(page.text)
]
PAGE = re.sub(r"^ {4}", "", (DOCS / HOME).read_text(), flags=re.M)  # out of its folds
MATCHES = list(ENTRY.finditer(PAGE))
ENTRIES = {m["key"]: read(m["key"], HOME.as_posix(), m["text"]) for m in MATCHES}
CITED = [source for note in NOTES if (source := read(note[1], note[0], note[2]))]


def title_of(page: str) -> str:
    """A page's name in the nav."""
    return sources.NAMES[page].front["title"]


def link_to(page: str) -> str:
    """A link from the bibliography to a page."""
    near = page.removeprefix("reference/")
    return f"[{title_of(page)}]({near if near != page else f'../{page}'})"


def kin(source: Source) -> list[Source]:
    """Entries of the same paper or project."""
    if not source.title:
        return [e for e in ENTRIES.values() if e and e.authors == source.authors]
    return [e for e in ENTRIES.values() if e and e.addresses & source.addresses]


def letter_of(source: Source) -> str:
    """A letter if the same first author has several entries of one year."""
    name = source.authors.split(", ")[0]
    twins = [
        entry.title
        for entry in ENTRIES.values()
        if entry and (entry.authors.split(", ")[0], entry.year) == (name, source.year)
    ]
    many = len(twins) > 1 and source.title in twins and source.year
    return "abcdef"[twins.index(source.title)] if many else ""


def label_of(source: Source) -> str:
    """How an entry is headed: He et al., 2015."""
    if not source.title:
        return source.authors
    names = source.authors.split(", ")
    some = " and ".join(names) if len(names) < 3 else f"{names[0]} et al."
    return f"{some}, {source.year}{letter_of(source)}"


def key_of(source: Source) -> str:
    """An entry's anchor: he2015."""
    plain = unicodedata.normalize("NFKD", re.split("[, ]", source.authors)[0])
    name = plain.encode("ascii", "ignore").decode().lower()
    return f"{name}{source.year}{letter_of(source)}"


def test_every_entry_can_be_read():
    assert len(MATCHES) == PAGE.count("\n:   ")
    assert len(MATCHES) == len(ENTRIES) > 20  # so no key occurs twice
    assert [key for key, entry in ENTRIES.items() if entry is None] == []


def test_footnotes_have_the_one_form():
    wrong = []
    for page, name, text in NOTES:
        source, where = read(name, page, text), f"docs/{page}: [^{name}]"
        addresses = {address for _, address in LINK.findall(text)}
        known = (e.text for e in ENTRIES.values() if e and e.addresses & addresses)
        if not source:
            wrong.append(f"docs/{page}: write\n[^{name}]: {next(known, FORM)}")
        elif source.title and not source.year:
            wrong.append(f"{where} has no year")
        elif " et al" in text:
            wrong.append(f"{where}: name all authors")
        elif f"[^{name}]" not in sources.NAMES[page].text.replace(f"[^{name}]:", ""):
            wrong.append(f"{where} is cited nowhere on the page")
    assert not wrong, "\n\n".join(wrong)


def test_footnotes_agree_with_exactly_one_entry():
    wrong = []
    for source in CITED:
        found = kin(source)
        if len(found) != 1:
            wrong.append(
                f"docs/{HOME}: add this entry, with what the source shows:\n\n"
                f"{label_of(source)} {{ #{key_of(source)} }}\n:   {source.text}\n\n"
                f"    TODO: one line.\n\n    Cited on {link_to(source.page)}.\n"
            )
            continue
        (entry,) = found
        same = (source.authors, source.title, source.year) == (
            (entry.authors, entry.title, entry.year)
        )
        if not same or not source.addresses <= entry.addresses:
            advice = f"the entry {entry.where} says: {entry.text}"
            wrong.append(f"docs/{source.page}: {advice}")
    assert not wrong, "\n\n".join(wrong)


def test_entries_are_cited_and_link_to_exactly_the_pages_that_cite_them():
    wrong = []
    for match in MATCHES:
        entry = ENTRIES[match["key"]]
        citing = {source.page for source in CITED if entry in kin(source)}
        wanted = ", ".join(map(link_to, sorted(citing)))
        if not citing:
            wrong.append(f"docs/{HOME}: no page cites {match['key']}; remove it")
        elif sorted(match["pages"].split(", ")) != sorted(wanted.split(", ")):
            advice = f"{match['key']}: write\n    Cited on {wanted}."
            wrong.append(f"docs/{HOME}: {advice}")
    assert not wrong, "\n\n".join(wrong)


def test_entries_are_headed_and_anchored_by_author_and_year():
    for match in MATCHES:
        entry = ENTRIES[match["key"]]
        assert match["label"] == label_of(entry)
        assert match["key"] == key_of(entry)


def test_entries_say_what_the_source_shows_in_a_line():
    for match in MATCHES:
        assert 6 <= len(match["shows"].split()) <= 40, match["key"]
        assert match["shows"].endswith("."), match["key"]


def test_identifiers_are_well_formed():
    for text in [*(match["text"] for match in MATCHES), *(note[2] for note in NOTES)]:
        assert LINK.findall(text), text
        for link in LINK.findall(text):
            assert IDENTIFIERS.fullmatch(" ".join(link)), link


def test_entries_of_projects_list_all_that_is_cited_and_nothing_else():
    for entry in ENTRIES.values():
        cited = {link for s in CITED if entry in kin(s) for link in s.links}
        if not entry.title:
            links = ", ".join(f"[{text}]({address})" for text, address in sorted(cited))
            listed = {address for _, address in cited}
            assert entry.addresses == listed, f"{entry.where}: list {links}"


def test_no_source_has_two_entries():
    addresses = [a for entry in ENTRIES.values() for a in sorted(entry.addresses)]
    assert len(addresses) == len(set(addresses))
