"""Notebooks as pages: mkdocs-jupyter runs them, the site's own Markdown shows them.

mkdocs-jupyter's page would be 575 KB of style around cells that know no checked
numbers and no figures in two schemes. So only its executor is used: it tells what each
cell prints and draws, and from that the notebook becomes a page like all others.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from textwrap import indent
from unittest import mock

import snippets
from common import ProblemError, digest, load, problem, save

FOLDED = re.compile(  # folds in a notebook too
    r'<details(?: class="(\w+)")?>\s*<summary>(.*?)</summary>\n(.*?)\n</details>', re.S
)
BOX = re.compile(r"^> \*\*([^*\n]+)\*\*\n((?:>.*\n?)+)", re.M)  # a titled quotation
GITHUB, COLAB = "https://github.com/", "https://colab.research.google.com/github/"
SETTINGS = {  # of the executor, and of the kernel in its own process
    "jupyter_nbconvert_config.py": f"""
import labs
c.NotebookClient.timeout = {snippets.TIME_LIMIT:.0f}  # for each cell
c.NotebookClient.on_cell_execute = labs.note
c.NotebookClient.shutdown_kernel = "immediate"
""",
    "profile_default/ipython_kernel_config.py": """
c.InteractiveShellApp.extensions = ["labs"]
c.IPKernelApp.log_level = 40
c.HistoryManager.enabled = False
""",
}
ran: list[dict] = []  # cells of the run under way, which puts their outputs into them


def note(cell: dict, cell_index: int) -> None:
    """Called by the executor before each cell."""
    ran.append(cell)


def load_ipython_extension(shell: object) -> None:
    """Called by the kernel at its start: figures as on all pages."""
    import matplotlib_inline.backend_inline  # noqa: F401  first: it sets its own
    from matplotlib.figure import Figure

    import figures

    figures.use_style()
    kinds = shell.display_formatter.formatters
    kinds["image/png"].pop(Figure, None)
    kinds["image/svg+xml"].for_type(
        Figure, lambda figure: figures.to_svg(figure, f"cell{shell.execution_count}")
    )


def to_markdown(
    path: Path, render: Callable[[], object], edit_url: str | None
) -> tuple[str, dict]:
    """The notebook as a page of this site, and the page's metadata.

    `render` is mkdocs-jupyter's, which executes; it is called if nothing is known.
    """
    source = path.read_bytes()
    try:
        notebook = json.loads(source)
        page = {"title": "", **notebook["metadata"], "printed": [], "drawn": {}}
        _ = [cell["id"] for cell in notebook["cells"]]
    except (ValueError, KeyError, TypeError) as error:
        line = getattr(error, "lineno", 1)
        raise problem(path, line, f"is no notebook of format 4.5: {error!r}") from None
    known = load(f"labs/{path.stem}.json", key(source)) or run(path, source, render)
    parts = [part for cell in notebook["cells"] for part in blocks(cell, known, page)]
    opening, heading, rest = "\n\n".join(parts).partition("\n## ")
    links = f'<a href="{path.name}" download>Download this notebook</a>'
    if edit_url and edit_url.startswith(GITHUB):
        address = edit_url.replace(GITHUB, COLAB, 1).replace("/edit/", "/blob/", 1)
        links += f' · <a href="{address}">Open in Colab</a>'
    return f"{opening}\n\n<p>{links}</p>\n{heading}{rest}", page


def key(source: bytes) -> str:
    """The cache key of a notebook with these bytes."""
    versions = map(version, ("mkdocs-jupyter", "nbclient", "ipykernel"))
    return digest(snippets.machinery(), Path(__file__).read_bytes(), *versions, source)


def start(docs: Path) -> list[subprocess.Popen]:
    """Begin to run all notebooks that are not known, each in a process of its own.

    Only to have them sooner: one that fails is run again, and named, by its page.
    """
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = [sys.executable, "-c", "import sys, labs; labs.run_alone(sys.argv[1])"]
    return [
        subprocess.Popen([*command, path], cwd=Path(__file__).parent, **quiet)
        for path in sorted(docs.rglob("*.ipynb"))
        if path.parent.name != ".ipynb_checkpoints"
        and load(f"labs/{path.stem}.json", key(path.read_bytes())) is None
    ]


def run_alone(name: str) -> None:
    """Run a notebook without MkDocs, into the cache."""
    from mkdocs_jupyter.convert import nb2html

    path = Path(name)
    run(path, path.read_bytes(), lambda: nb2html(name, execute=True))


def run(path: Path, source: bytes, render: Callable[[], object]) -> dict:
    """Run a notebook and keep what its cells print and draw."""
    known = execute(path, render)
    if path.read_bytes() != source:
        raise problem(path, 1, "changed while it ran; build again")
    save(f"labs/{path.stem}.json", key(source), known)
    return known


def execute(path: Path, render: Callable[[], object]) -> dict[str, list[str]]:
    """What each code cell prints, and its figure or "", by the cell's id."""
    ran.clear()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for name, text in SETTINGS.items():
            (Path(folder) / name).parent.mkdir(exist_ok=True)
            (Path(folder) / name).write_text(text)
        places = ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
        environment = snippets.ENVIRONMENT | dict.fromkeys(places, folder)
        environment |= {"PYTHONPATH": str(Path(__file__).parent), "MPLBACKEND": ""}
        try:
            with mock.patch.dict(os.environ, environment):
                render()
        except Exception as error:  # whatever its many layers raise
            name = getattr(error, "ename", type(error).__name__)
            what = f"{name}: {getattr(error, 'evalue', error)}".splitlines()[0]
            raise failure(path, ran[-1] if ran else {}, what) from None
    known = {cell["id"]: outputs(path, cell) for cell in ran}
    if not any(map(any, known.values())):
        raise problem(path, 1, "prints nothing and draws nothing")
    return known


def outputs(path: Path, cell: dict) -> list[str]:
    """What an executed cell printed, and its figure."""
    texts, drawn = [], []
    for output in cell["outputs"]:
        kinds = output.get("data", {"text/plain": output.get("text", "")})
        text = kinds.get("text/plain", "")
        if output["output_type"] == "error":  # in drawing: the cell goes on
            raise failure(path, cell, f"{output['ename']}: {output['evalue']}")
        if output.get("name") == "stderr":
            warning = re.search(r"\w+Warning: .*", text)
            what = warning[0] if warning else text.strip().splitlines()[-1]
            raise failure(path, cell, f"writes to the error stream: {what}")
        if other := set(kinds) - {"text/plain", "image/svg+xml"}:
            raise failure(path, cell, f"shows {min(other)}, which is no text or figure")
        if svg := kinds.get("image/svg+xml"):
            drawn.append(svg)
        elif " at 0x" in text:
            raise failure(path, cell, "prints an address; is plt.show() missing?")
        else:
            texts.append(text)
    if len(drawn) > 1 or bool(drawn) != bool(cell["metadata"].get("alt")):
        message = f"makes {len(drawn)} figures; one, with metadata `alt`, or none"
        raise failure(path, cell, message)
    return ["".join(texts), *(drawn or [""])]


def failure(path: Path, cell: dict, message: str) -> ProblemError:
    """A problem of a cell, at the line of the file that has the cell's id."""
    name = f'"id": "{cell.get("id")}"'
    lines = path.read_text(encoding="utf-8").splitlines()
    line = next((n for n, text in enumerate(lines, 1) if name in text), 1)
    return problem(path, line, f"cell {cell.get('id')}: {message}")


def blocks(cell: dict, known: dict, page: dict) -> list[str]:
    """A cell as Markdown of this site; the page keeps what it prints and draws."""
    text, meta = "".join(cell["source"]).strip("\n"), cell["metadata"]
    if cell["cell_type"] != "code":
        return [BOX.sub(box, FOLDED.sub(folded, text))]
    printed, drawn = known.get(cell["id"], ["", ""])
    page["printed"].append(printed)
    if meta.get("jupyter", {}).get("source_hidden"):
        text = text.split("\n")[0].replace("# @title", "#")
    made = [f"``` python\n{text}\n```"]
    if printed:
        made.append(f'``` text title="Output"\n{printed.rstrip()}\n```')
    if drawn:
        name = f"cell_{digest(drawn)[:16]}"
        page["drawn"][name] = drawn
        made.append(f"![{meta['alt']}](figures/{name}.svg)")
    return made


def folded(match: re.Match[str]) -> str:
    """A folded answer as on other pages."""
    title = match[2].replace('"', "&quot;")
    return f'??? {match[1] or "question"} "{title}"\n\n{indent(match[3], "    ")}\n'


def box(match: re.Match[str]) -> str:
    """A titled box as on other pages."""
    text = re.sub("^> ?", "    ", match[2], flags=re.M)
    return f'!!! example "{match[1]}"\n\n{text}\n'
