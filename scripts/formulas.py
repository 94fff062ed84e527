"""LaTeX to HTML while the site is built, by KaTeX in a JavaScript interpreter."""

import base64
import contextlib
import functools
import html
import io
import os
import re
import tempfile
import warnings
from hashlib import sha256
from pathlib import Path

import dukpy
from dukpy.install import JSPackageInstallError, install_jspackage
from fontTools import subset

import pages
from common import BUILD, ROOT, ProblemError, digest, load, problem, save

VERSION = "0.19.1"
DIST = BUILD / f"katex-{VERSION}"
DIGESTS = ROOT / "scripts/katex.sha256"  # in the format of sha256sum, run in DIST
OPTIONS = "{displayMode: dukpy.display, throwOnError: true, strict: 'error'}"


def install() -> list[str]:
    """Fetch KaTeX once, check every file's digest, return the files' names."""
    if not DIST.exists():
        BUILD.mkdir(exist_ok=True)
        quiet = contextlib.redirect_stdout(io.StringIO())
        with tempfile.TemporaryDirectory(dir=BUILD) as folder, quiet:
            try:
                with warnings.catch_warnings(action="ignore"):
                    install_jspackage("katex", VERSION, folder)
            except JSPackageInstallError as error:
                what = f"cannot fetch KaTeX {VERSION}: {error}"
                raise problem(DIST, 1, what) from None
            with contextlib.suppress(OSError):  # another build was faster
                os.replace(f"{folder}/katex/dist", DIST)
    names = []
    for line in DIGESTS.read_text().splitlines():
        expected, name = line.split()
        path = DIST / name
        names.append(name)
        if not path.exists() or sha256(path.read_bytes()).hexdigest() != expected:
            state = "differs from" if path.exists() else "is missing from"
            advice = "delete its folder and build again"
            raise problem(path, 1, f"{state} KaTeX {VERSION} as published; {advice}")
    return names


def stylesheet() -> str:
    """KaTeX's CSS with its woff2 fonts only, which every current browser reads."""
    css = (DIST / "katex.min.css").read_text()
    return re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("\w+"\)', "", css)


def cut(path: Path, shown: str) -> str:
    """A font in base64, without hints, with the characters shown: less than half."""
    options, made = subset.Options(flavor="woff2", hinting=False), io.BytesIO()
    with subset.load_font(path, options) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(text=shown)
        cutter.subset(font)
        subset.save_font(font, made, options)
    return base64.b64encode(made.getvalue()).decode()


class Renderer:
    """Renders formulas; remembers those of the last build."""

    def __init__(self) -> None:
        """Load what the last build rendered; start no interpreter yet."""
        key = digest(DIGESTS.read_bytes(), Path(__file__).read_bytes())
        self.place = "formulas.json", key
        self.known: dict[str, str] = load(*self.place) or {}
        self.used: dict[str, str] = {}

    @functools.cached_property
    def katex(self) -> dukpy.JSInterpreter:
        """A JavaScript interpreter that has read KaTeX."""
        interpreter = dukpy.JSInterpreter()
        interpreter.evaljs((DIST / "katex.min.js").read_text(encoding="utf-8"))
        return interpreter

    def render(self, tex: str, display: bool, stops: str = "") -> tuple[str, str]:
        """HTML and MathML of one formula, and what of the stops after it is left.

        A line may end in a long formula, so what must not begin a line is put inside.
        ProblemError if KaTeX rejects it.
        """
        name = f"{display:d} {tex}"
        try:
            self.used[name] = self.known.get(name) or self.katex.evaljs(
                f"katex.renderToString(dukpy.tex, {OPTIONS})", tex=tex, display=display
            )
        except dukpy.JSRuntimeError as error:
            raise ProblemError(str(error).split("\n")[0]) from None
        if stops and self.used[name].count("katex-base") > 2:
            return self.render(rf"{tex}\text{{{stops}}}", display)
        return self.used[name], stops

    def fonts(self) -> dict[str, bytes]:
        """KaTeX's fonts by name, as far as the formulas of this build need them."""
        text = re.sub("<math.*?</math>|<[^>]*>", "", "".join(self.used.values()))
        shown = "".join(sorted(set(html.unescape(text))))
        place = "fonts.json", digest(self.place[1], shown)
        if not (made := load(*place)):
            names = (it for it in install() if it.endswith(".woff2"))
            save(*place, made := {name: cut(DIST / name, shown) for name in names})
        return {name: base64.b64decode(it) for name, it in made.items()}

    def in_markdown(self, text: str) -> str:
        """A text with its formulas as HTML that Markdown leaves alone."""

        def shown(match: re.Match[str]) -> str:
            display = match[0].startswith("$$")
            stops = "" if display else match[2]
            made, left = self.render(match[1].strip(), display, stops)
            plain = re.sub(r"[\\*_$`\[\]~|]", lambda m: f"&#{ord(m[0])};", made)
            if display:
                return f'<div class="formula">{plain}</div>'
            return (
                f'<span class="joined"><var class="formula">{plain}</var>{left}</span>'
            )

        return pages.INLINE.sub(shown, pages.DISPLAY.sub(shown, text))

    def save(self) -> None:
        """Keep this build's formulas for the next."""
        if self.used != self.known:
            save(*self.place, self.used)
