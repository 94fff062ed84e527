"""Adapts the machinery to MkDocs; no other script knows that MkDocs exists.

Problems of all pages are gathered and reported together, a line each, and stop the
build before the last good site is touched.
"""

import atexit
import contextlib
import errno
import functools
import html
import logging
import os
import posixpath
import re
import shutil
import tempfile
from pathlib import Path
from typing import ClassVar

import jinja2
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import boxes
import formulas
import gallery
import inline
import labs
import links
import prose
import rebuild
import snippets
from common import ProblemError, problem

INCLUDE = re.compile(r'^\s*--8<-- "(.+?)"\s*$', re.M)
IMAGE = re.compile(r"<img\b[^>]*>")
ABBREVIATION = re.compile(r"<abbr title=\"[^\"]*\">(.*?)</abbr>")
HEADING = re.compile(r"<h[1-6]\b.*?</h[1-6]>", re.S)
UNCOLOURED = re.compile(r'<span class="[nopw]">([^<]*)</span>')  # names, + ( in code
IN_NUMBER = re.compile("(?<=[0-9]) × (?=10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹])")  # no line may end there
GLOSSARY, GALLERY = "reference/glossary.md", "reference/gallery.md"
NO_PROSE = re.compile(
    r'<(var|div|figure) class="(?:formula|plot)">.*?</\1>|<pre\b.*?</pre>', re.S
)
TERM = re.compile(r"^(?P<terms>\S.*)\n:   (?P<text>.+(?:\n    .+)*)", re.M)


class State:
    """What one build knows; made anew by on_config."""

    command = "build"
    results: dict[str, snippets.Result]  # by stem
    rooms: dict[str, str]  # stem by path below snippets/
    katex: list[str]  # KaTeX's files
    formulas: formulas.Renderer
    problems: list[str]
    warnings: int
    pages: dict[str, Page]  # by path in the built site
    searchable: int  # entries of the search index before the page under way
    includes: tempfile.TemporaryDirectory  # what pages include, from the runs above
    target: Path  # where the site goes at the very end
    shared: str  # the key of what all pages depend on
    kept: ClassVar[dict[str, rebuild.Kept]] = {}  # by source, from earlier builds


class Count(logging.Handler):
    """Whatever MkDocs or a plugin warns of stops the build as well."""

    def emit(self, record: logging.LogRecord) -> None:
        """Count the warning, which is on the screen already."""
        State.warnings += 1


COUNT = Count(logging.WARNING)


def stop_on_problems() -> None:
    """End the build with all that was found."""
    if State.problems:
        raise Abort("\n".join(dict.fromkeys(State.problems)))
    if State.warnings:
        raise Abort(f"{State.warnings} warnings, see above")


def on_startup(command: str, dirty: bool) -> None:
    """Remember whether this is `build` or `serve`."""
    State.command = command


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Run stale snippets, put what pages include in a folder of this build's own."""
    State.problems, State.pages, State.warnings = [], {}, 0
    logger = logging.getLogger("mkdocs")
    logger.addHandler(COUNT)
    logger.setLevel(min(logger.level, logging.WARNING))  # --quiet would hide warnings
    try:
        ahead = labs.start(Path(config.docs_dir))  # beside the snippets
        State.results = snippets.results() | snippets.recipes()
        State.rooms = {result.room: stem for stem, result in State.results.items()}
        State.katex = formulas.install()
        State.formulas = formulas.Renderer()
    except ProblemError as error:
        raise Abort(str(error)) from None
    for process in ahead:
        process.wait()
    # Code and output come from the run that drew the figure, whatever is edited now.
    State.includes = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    folder = Path(State.includes.name)
    for result in State.results.values():
        path = folder / result.room
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".py").write_text(result.source, encoding="utf-8", newline="")
        path.with_suffix(".txt").write_text(result.output, encoding="utf-8", newline="")
    glossary = Path(config.docs_dir) / GLOSSARY
    (folder / "glossary").write_text(abbreviations(glossary), encoding="utf-8")
    pictures = gallery.markdown(Path(config.docs_dir), config.nav or [], State.results)
    (folder / "gallery").write_text(pictures, encoding="utf-8")
    State.shared = rebuild.shared_key(
        Path(config.config_file_path), Path(config.docs_dir), abbreviations(glossary)
    )
    config.mdx_configs["pymdownx.snippets"] |= {
        "base_path": [str(folder)],
        "auto_append": ["glossary"],
    }
    if not config.repo_url:
        config.edit_uri = None  # no repository, no "edit this page"
    config.extra_css.insert(0, "assets/katex/katex.min.css")
    if State.command == "build":  # the last good site stays until this one is good
        State.target = Path(config.site_dir)
        State.target.parent.mkdir(parents=True, exist_ok=True)
        scratch = tempfile.mkdtemp(dir=State.target.parent, prefix=".site-")
        os.chmod(scratch, 0o755)  # mkdtemp's own mode is for its user only
        atexit.register(shutil.rmtree, scratch, ignore_errors=True)  # if it all fails
        config.site_dir = scratch
    else:
        rebuild.list_once(config.theme)
    return config


def abbreviations(glossary: Path) -> str:
    """The glossary's definitions as Markdown abbreviations, for tooltips."""
    lines: list[str] = []
    for match in TERM.finditer(glossary.read_text(encoding="utf-8")):
        text = re.sub(
            r"\[(.*?)\]\(.*?\)|[*`$]|\[\^.*?\]", r"\1", " ".join(match["text"].split())
        )
        lines += [f"*[{term}]: {text}" for term in match["terms"].split(", ")]
    return "\n".join(lines)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is made at build time: figures, scripts, preview cards, KaTeX."""
    for page in files.documentation_pages():  # MkDocs' own error would name no line
        source = Path(page.abs_src_path)
        try:
            source.read_bytes().decode()
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise Abort(str(problem(source, line, str(error)))) from None

    def add(name: str, content: str | bytes) -> None:
        files.append(File.generated(config, name, content=content))

    for stem, result in State.results.items():
        if result.figure:
            add(f"figures/{stem}.svg", result.figure)
        if result.card:
            add(f"figures/{stem}.png", result.card)
        add(f"snippets/{result.room}.py", result.source)
    add("assets/katex/katex.min.css", formulas.stylesheet())
    for name in State.katex:
        if name.endswith(".woff2"):
            add(f"assets/katex/{name}", (formulas.DIST / name).read_bytes())
    return files


def complain(page: Page, text: str, message: str) -> None:
    """Note a problem at the first line of the page's source that has the text."""
    lines = page.file.content_string.splitlines()
    line = next((n for n, content in enumerate(lines, 1) if text in content), 1)
    State.problems.append(str(problem(Path(page.file.abs_src_path), line, message)))


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Check includes here, since the extension's own error names no place."""
    folder = Path(State.includes.name)
    if page.file.src_uri.endswith(".ipynb"):  # mkdocs-jupyter has put its own there
        render = functools.partial(vars(page).pop("render"), config, files)
        source = Path(page.file.abs_src_path)
        try:
            markdown, page.meta = labs.to_markdown(source, render, page.edit_url)
        except ProblemError as error:
            State.problems.append(str(error))
            markdown = ""

    def check(match: re.Match[str]) -> str:
        if (folder / match[1]).is_file():
            return match[0]
        complain(page, match[0].strip(), f"no snippet makes {match[1]}; see snippets/")
        return ""

    included = INCLUDE.findall(markdown)
    names = [os.path.splitext(name)[0] for name in included]
    rooms = dict.fromkeys(names)
    stems = [State.rooms[room] for room in rooms if room in State.rooms]
    page.meta["stems"] = stems
    page.meta["card"] = next((s for s in stems if State.results[s].card), None)
    if State.command == "serve":
        sources = [folder / name for name in included]
        key = rebuild.page_key(State.shared, markdown, sources, State.results)
        known = State.kept.get(page.file.src_uri)
        if known and known.key == key and known.output:
            page.meta |= {"template": rebuild.TEMPLATE, "title": known.title}
            page.meta["search"] = {"exclude": True}  # its entries are known, too
            page.content, page.render = "", rebuild.nothing
            return ""
        State.kept[page.file.src_uri] = rebuild.Kept(key)
    return INCLUDE.sub(check, markdown)


def on_page_content(page_html: str, page: Page, **_: object) -> str:
    """Check numbers; then formulas, figures, links to scripts, tooltips."""
    State.pages[page.file.dest_uri] = page
    known = State.kept.get(page.file.src_uri)
    if page.meta.get("template") == rebuild.TEMPLATE:
        page.toc = known.toc
        return ""
    if page.file.src_uri != GALLERY:  # its texts are checked on the pages they are from
        check_numbers(page_html, page)
    page_html, failures = State.formulas.replace(page_html)
    for tex, message in failures:
        complain(page, tex.split("\n")[0], message)
    page_html = IN_NUMBER.sub("\u202f×\u202f", page_html)
    page_html = UNCOLOURED.sub(r"\1", page_html)
    page_html = IMAGE.sub(lambda match: image(match[0], page), page_html)
    for stem in page.meta["stems"]:
        page_html = page_html.replace(*download(stem, page), 1)
    if page.file.src_uri == GLOSSARY:
        page_html = ABBREVIATION.sub(r"\1", page_html)
    else:
        page_html = first_tooltips(page_html)
    page.meta["whole"] = boxes.boxed(page_html)
    if known:
        known.toc, known.title = page.toc, page.title
    return NO_PROSE.sub("", page_html)  # what the search plugin reads


@event_priority(100)  # before the search plugin reads the page
def before_search(context: dict, page: Page, config: MkDocsConfig, **_: object) -> None:
    """Give search what is known of a page that has not changed."""
    entries = config.plugins["material/search"].search_index.entries
    State.searchable = len(entries)
    if page.meta.get("template") == rebuild.TEMPLATE:
        entries += State.kept[page.file.src_uri].entries


@event_priority(-100)
def after_search(context: dict, page: Page, config: MkDocsConfig, **_: object) -> None:
    """Put back figures, formulas and code, which search need not know."""
    page.content = page.meta.pop("whole", "")
    if known := State.kept.get(page.file.src_uri):
        entries = config.plugins["material/search"].search_index.entries
        known.entries = entries[State.searchable :]


on_page_context = CombinedEvent(before_search, after_search)


def check_numbers(page_html: str, page: Page) -> None:
    """Note numbers that no snippet of the page prints, and needless exemptions."""
    exempt = exemptions(page)
    outputs = [State.results[stem].output for stem in page.meta["stems"]]
    outputs += page.meta.get("printed", [])  # by the cells of a lab
    loose, unused = prose.unprinted(page_html, outputs, exempt)
    in_code, lines = False, {}
    for line in page.file.content_string.splitlines():
        in_code ^= line.lstrip().startswith("```")
        for number in [] if in_code else prose.numbers(line):
            lines.setdefault(number, line)
    for number in loose:
        complain(
            page, lines.get(number, ""), f"no snippet of this page prints {number}"
        )
    for name in unused:
        complain(page, name, f"the exemption of {name} is not used; remove it")


def exemptions(page: Page) -> list[str]:
    """The front matter's numbers that need no snippet, each with its reason."""
    listed = page.meta.get("numbers") or {}
    if not isinstance(listed, dict):
        complain(page, "numbers:", "numbers must be a mapping from number to reason")
        return []
    names = [str(name) for name in listed]
    for name in names:
        if not prose.numbers(name):
            complain(page, name, f"{name} is no decimal number or power of ten")
    return [name for name in names if prose.numbers(name)]


def image(tag: str, page: Page) -> str:
    """A snippet's figure inline; any other image as it is. Both need a text."""
    attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
    source, text = attributes.get("src", ""), attributes.get("alt", "").strip()
    if not text:
        name = posixpath.basename(source)
        complain(page, name, f"the image {name} has no alternative text")
    stem = re.fullmatch(r"(?:\.\./)*figures/(\w+)\.svg", source)
    figures = {name: result.figure for name, result in State.results.items()}
    figures |= page.meta.get("drawn", {})  # by the cells of a lab
    if not stem or stem[1] not in figures:
        return tag
    return inline.inline(figures[stem[1]], html.unescape(text))


def download(stem: str, page: Page) -> tuple[str, str]:
    """The title of a snippet's code block, and the same as link and anchor."""
    name = f'<span class="filename">{stem}.py</span>'
    link = f"{'../' * page.url.count('/')}snippets/{State.results[stem].room}.py"
    anchor = f'<a href="{link}" download title="Download {stem}.py">{stem}.py</a>'
    return name, f'<span class="filename" id="{stem}">{anchor}</span>'


def first_tooltips(page_html: str) -> str:
    """A definition at each term's first use in the text; more would be noise."""
    seen: set[str] = set()

    def once(match: re.Match[str]) -> str:
        term = match[1].lower()
        first = term not in seen
        seen.add(term)
        return match[0].replace("<abbr", '<abbr tabindex="0"', 1) if first else match[1]

    page_html = HEADING.sub(lambda match: ABBREVIATION.sub(r"\1", match[0]), page_html)
    return ABBREVIATION.sub(once, page_html)


def on_env(env: jinja2.Environment, **_: object) -> None:
    """All pages are read: stop here if any of them needs mending."""
    stop_on_problems()
    if State.command == "serve":
        env.bytecode_cache = rebuild.Compiled()
    try:
        State.formulas.save(partial=State.command == "serve")
    except ProblemError as error:
        raise Abort(str(error)) from None


def on_post_template(output: str, **_: object) -> str:
    """Name the search dialog for screen readers, which the theme forgets."""
    return output.replace(' role="dialog">', ' role="dialog" aria-label="Search">', 1)


def on_post_page(output: str, page: Page, **_: object) -> str:
    """Mend the theme's output, or give a page that has not changed its last one."""
    known = State.kept.get(page.file.src_uri)
    if page.meta.get("template") == rebuild.TEMPLATE:
        return known.output
    output = on_post_template(output)
    if known:
        known.output = output
    return output


def on_serve(server: object, config: MkDocsConfig, **_: object) -> None:
    """See an edit at once."""
    rebuild.watch_closely(server, config.docs_dir, config.config_file_path)


@event_priority(-100)  # after the search plugin has written its index
def on_post_build(config: MkDocsConfig) -> None:
    """Check every link of the finished site, then put it in place of the last one."""
    State.includes.cleanup()
    for built, link, reason in links.broken(Path(config.site_dir)):
        message = f"the link {link} {reason}"
        if page := State.pages.get(built):
            complain(page, link_as_written(link, page), message)
        else:
            State.problems.append(f"{built}:1: {message}")
    stop_on_problems()
    if State.command == "build":
        replace(State.target, Path(config.site_dir))
    else:
        snippets.prepare_worker()  # so that the next edit need not wait for imports


def link_as_written(link: str, page: Page) -> str:
    """The link, or the part of it, that stands in the page's source."""
    written = (link, f"#{link.partition('#')[2]}", posixpath.basename(link.rstrip("/")))
    found = (
        text for text in written if len(text) > 1 and text in page.file.content_string
    )
    return next(found, "")


def replace(target: Path, new: Path) -> None:
    """Put a folder in another's place, even while a second build does the same."""
    old = new.with_name(f"{new.name}-old")
    while new.exists():
        with contextlib.suppress(FileNotFoundError):
            os.rename(target, old)
        try:
            os.rename(new, target)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
        shutil.rmtree(old, ignore_errors=True)
