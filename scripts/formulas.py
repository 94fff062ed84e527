"""LaTeX to HTML while the site is built, by KaTeX in a JavaScript interpreter."""

import contextlib
import hashlib
import html
import io
import os
import re
import tempfile
import warnings
from pathlib import Path

import dukpy
from dukpy.install import JSPackageInstallError, install_jspackage

from common import CACHE, ROOT, ProblemError, digest, load, problem, save

VERSION = "0.19.1"
DIST = CACHE / f"katex-{VERSION}"
DIGESTS = ROOT / "scripts/katex.sha256"  # in the format of sha256sum, run in DIST
FORMULA = re.compile(  # what arithmatex makes of $...$ and $$...$$, and what touches it
    r'(\(?)<(?:span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</(?:span|div)>'
    r"([.,;:!?)]*)",
    re.S,
)


def install() -> list[str]:
    """Fetch KaTeX once, check every file's digest, return the files' names."""
    if not DIST.exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            try:
                quiet = contextlib.redirect_stdout(io.StringIO())
                with quiet, warnings.catch_warnings(action="ignore"):
                    install_jspackage("katex", VERSION, folder)
            except JSPackageInstallError as error:
                raise problem(
                    DIST, 1, f"cannot fetch KaTeX {VERSION}: {error}"
                ) from None
            with contextlib.suppress(OSError):  # another build was faster
                os.replace(f"{folder}/katex/dist", DIST)
    names = []
    for line in DIGESTS.read_text().splitlines():
        expected, name = line.split()
        path = DIST / name
        actual = (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
        )
        if actual != expected:
            state = "differs from" if actual else "is missing from"
            advice = "delete its folder and build again"
            raise problem(path, 1, f"{state} KaTeX {VERSION} as published; {advice}")
        names.append(name)
    return names


def stylesheet() -> str:
    """KaTeX's CSS with its woff2 fonts only, which every current browser reads."""
    css = (DIST / "katex.min.css").read_text()
    return re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("\w+"\)', "", css)


class Renderer:
    """Renders formulas; remembers those of the last build."""

    def __init__(self) -> None:
        """Load what the last build rendered; start no interpreter yet."""
        self.key = digest(DIGESTS.read_bytes(), Path(__file__).read_bytes())
        self.known: dict[str, str] = load("formulas.json", self.key) or {}
        self.used: dict[str, str] = {}
        self.interpreter: dukpy.JSInterpreter | None = None

    def render(self, tex: str, display: bool) -> str:
        """HTML and MathML of one formula; ProblemError if KaTeX rejects it."""
        name = f"{display:d} {tex}"
        if name not in self.used:
            self.used[name] = self.known.get(name) or self.evaluate(tex, display)
        return self.used[name]

    def evaluate(self, tex: str, display: bool) -> str:
        """Ask KaTeX."""
        if self.interpreter is None:
            self.interpreter = dukpy.JSInterpreter()
            self.interpreter.evaljs((DIST / "katex.min.js").read_text(encoding="utf-8"))
        options = "{displayMode: dukpy.display, throwOnError: true, strict: 'error'}"
        call = f"katex.renderToString(dukpy.tex, {options})"
        try:
            return self.interpreter.evaljs(call, tex=tex, display=display)
        except dukpy.JSRuntimeError as error:
            raise ProblemError(str(error).split("\n")[0]) from None

    def replace(self, page: str) -> tuple[str, list[tuple[str, str]]]:
        """Render all formulas of a page; also return those that fail, and why."""
        failures = []

        def html_of(match: re.Match[str]) -> str:
            before, kind, tex, after = match.groups()
            tex, display = html.unescape(tex).strip(), kind == "["
            try:
                rendered = self.render(tex, display)
                # A line may end in a long formula, but not before the comma after it.
                long = rendered.count("katex-base") > 2
                if long and after and not display:
                    rendered = self.render(rf"{tex}\text{{{after}}}", display)
                    after = ""
            except ProblemError as error:
                failures.append((tex, str(error)))
                return ""
            tag = "div" if display else "var"  # tags that KaTeX itself does not use
            formula = f'{before}<{tag} class="formula">{rendered}</{tag}>{after}'
            if display or long or not (before or after):
                return formula
            return f'<span class="joined">{formula}</span>'

        return FORMULA.sub(html_of, page), failures

    def save(self, partial: bool = False) -> None:
        """Keep this build's formulas for the next; all, if it did not render all."""
        kept = self.known | self.used if partial else self.used
        if kept != self.known:
            save("formulas.json", self.key, kept)
