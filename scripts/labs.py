"""Notebooks: run by nbclient, kept as what each cell prints and draws, then finished.

mkdocs-jupyter publishes the finished notebook: the reader's own, with its outputs, with
formulas and links as on all pages. The notebook to download is the one in docs/.
"""

import json
import os
import posixpath
import re
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path

import formulas
import inline
import pages
import snippets
from common import DOCS, ProblemError, digest, load, problem, save

BOX = re.compile(r"^> \*\*([^*\n]+)\*\*\n((?:>.*\n?)+)", re.M)  # a titled quotation
LINK = re.compile(r"(?<=\]\()(?!\w+:)([^)#\s]*)\.(?:md|ipynb)(?=[)#])")
HTML = '<div class="admonition example" markdown="1">\n<p class="admonition-title">{}</p>\n\n{}\n</div>\n'
STYLE = "import labs; labs.use_style(get_ipython())"


def use_style(shell: object) -> None:
    """Called in the kernel before the first cell: figures as on all pages."""
    import matplotlib_inline.backend_inline  # noqa: F401  first: it sets its own
    from matplotlib.figure import Figure

    import figures

    figures.use_style()
    kinds = shell.display_formatter.formatters
    kinds["image/png"].pop(Figure, None)
    kinds["image/svg+xml"].for_type(
        Figure, lambda figure: figures.to_svg(figure, f"cell{shell.execution_count}")
    )


def find() -> list[Path]:
    """The notebooks, but not the copies that Jupyter keeps of them."""
    found = sorted(DOCS.rglob("*.ipynb"))
    return [path for path in found if path.parent.name != ".ipynb_checkpoints"]


def cached(path: Path) -> dict | None:
    """What is known of the notebook as it is now: (text, SVG) by cell, or None."""
    return load(f"runs/{path.name}.json", key(path.read_bytes()))


def key(source: bytes) -> str:
    """The cache key of a notebook with these bytes."""
    versions = map(version, ("nbclient", "ipykernel"))
    return digest(snippets.MACHINERY, Path(__file__).read_bytes(), *versions, source)


def run(path: Path) -> None:
    """Run a notebook; keep what its cells print and draw, or raise what is wrong."""
    import nbclient
    import nbformat

    pages.read(path)  # or it is no notebook
    source = path.read_bytes()
    notebook, under_way = nbformat.reads(source.decode(), 4), []
    setup = nbformat.v4.new_code_cell(STYLE)
    notebook.cells.insert(0, setup)
    client = nbclient.NotebookClient(
        notebook,
        timeout=snippets.PATIENCE,
        on_cell_execute=lambda cell, cell_index: under_way.append(cell),
        shutdown_kernel="immediate",
    )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment = os.environ | snippets.ENVIRONMENT | {"IPYTHONDIR": folder}
        environment |= {"PYTHONPATH": str(Path(__file__).parent), "MPLBACKEND": ""}
        try:
            client.execute(env=environment, cwd=folder, stderr=subprocess.DEVNULL)
        except Exception as error:  # whatever its many layers raise
            name = getattr(error, "ename", type(error).__name__)
            what = f"{name}: {getattr(error, 'evalue', error)}".splitlines()[0]
            raise failure(path, under_way[-1] if under_way else {}, what) from None
    code = [cell for cell in notebook.cells[1:] if cell.cell_type == "code"]
    known = {cell["id"]: outputs(path, cell) for cell in code}
    if not any(map(any, known.values())):
        raise problem(path, 1, "prints nothing and draws nothing")
    save(f"runs/{path.name}.json", key(source), known)


def outputs(path: Path, cell: dict) -> list[str]:
    """What an executed cell printed, and its figure or nothing."""
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
    return ["".join(texts), "".join(drawn)]


def failure(path: Path, cell: dict, message: str) -> ProblemError:
    """A problem of a cell, at the line of the file that has the cell's id."""
    lines = path.read_text(encoding="utf-8").splitlines()
    name = f'"id": "{cell.get("id")}"'
    line = next((n for n, text in enumerate(lines, 1) if name in text), 1)
    return problem(path, line, f"cell {cell.get('id')}: {message}")


def finished(page: pages.Page, known: dict, renderer: formulas.Renderer, extra: str) -> dict:
    """The notebook to publish: with outputs, formulas, boxes, links as on all pages."""
    notebook, count = json.loads(page.path.read_text("utf-8")), 0
    place = posixpath.dirname(page.name)

    def link(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(place, match[1]))
        target = target.removesuffix("index").rstrip("/")
        return posixpath.relpath(target or ".", page.name.removesuffix(".ipynb")) + "/"

    def box(match: re.Match[str]) -> str:
        return HTML.format(match[1], re.sub("^> ?", "", match[2], flags=re.M))

    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] != "code":
            text = LINK.sub(link, BOX.sub(box, text))
            cell["source"] = renderer.in_markdown(text)
            continue
        count, (printed, drawn) = count + 1, known[cell["id"]]
        made = [{"output_type": "stream", "name": "stdout", "text": printed}] if printed else []
        if drawn:
            shown = {"text/html": inline.inline(drawn, cell["metadata"]["alt"])}
            made.append({"output_type": "display_data", "metadata": {}, "data": shown})
        if cell["metadata"].get("jupyter", {}).get("source_hidden"):
            cell["source"] = text.split("\n")[0].replace("# @title", "#")
        cell |= {"outputs": made, "execution_count": count}
    first = next(cell for cell in notebook["cells"] if cell["cell_type"] != "code")
    opening, heading, rest = first["source"].partition("\n## ")
    first["source"] = f"{opening}\n\n{extra}\n{heading}{rest}"
    return notebook


def markdown(page: pages.Page, known: dict) -> str:
    """The notebook as Markdown, for those who read no HTML."""
    parts = []
    for cell in json.loads(page.path.read_text("utf-8"))["cells"]:
        text = "".join(cell["source"]).strip("\n")
        if cell["cell_type"] == "code":
            text = text.split("\n")[0] if "source_hidden" in str(cell["metadata"]) else text
            printed = known[cell["id"]][0].rstrip()
            text = f"``` python\n{text}\n```" + (f"\n\n```\n{printed}\n```" if printed else "")
        parts.append(text)
    return "\n\n".join(parts) + "\n"
