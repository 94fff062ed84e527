"""Notebooks: run by nbclient, kept as what each cell prints and draws, then finished.

mkdocs-jupyter publishes the finished notebook: the reader's own, with its outputs, and
with formulas and links as on all pages. The one to download is the one in docs/.
"""

import json
import os
import re
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import formulas
import inline
import pages
import snippets
from common import ProblemError, digest, load, problem, save

ASKED = "> **Predict before you run**"  # the next code cell gives the answer
REVEAL = '<p class="reveal"><button type="button">Reveal all results</button></p>'
LINK = re.compile(r"(?<=\]\()(?!\w+:)([^)#\s]*)\.(?:md|ipynb)(?=[)#])")
SVG = "image/svg+xml"


def use_style(shell: Any) -> None:
    """Called in the kernel before the first cell: figures as on all pages."""
    import matplotlib_inline.backend_inline  # noqa: F401  first: it sets its own
    from matplotlib.figure import Figure

    import figures

    figures.use_style()
    kinds = shell.display_formatter.formatters
    kinds["image/png"].pop(Figure, None)
    kinds[SVG].for_type(
        Figure, lambda figure: figures.to_svg(figure, f"cell{shell.execution_count}")
    )


def find() -> list[Path]:
    """The notebooks."""
    return [path for path in pages.find() if path.suffix == ".ipynb"]


def place(path: Path) -> tuple[str, str]:
    """Where the notebook's cache entry is, and the key of the notebook as it is now."""
    tools = version("nbclient"), version("ipykernel"), Path(__file__).read_bytes()
    key = digest(snippets.MACHINERY, *tools, path.read_bytes())
    return f"runs/{path.name}.json", key


def cached(path: Path) -> dict | None:
    """Text and SVG of each cell of the notebook as it is now, or None."""
    return load(*place(path))


def run(path: Path) -> None:
    """Run a notebook; keep what its cells print and draw, or raise what is wrong."""
    import nbclient
    import nbformat

    pages.read(path)  # or it is no notebook
    entry, notebook, under_way = place(path), nbformat.read(path, 4), []
    setup = nbformat.v4.new_code_cell("import labs; labs.use_style(get_ipython())")
    notebook.cells.insert(0, setup)
    client = nbclient.NotebookClient(
        notebook,
        timeout=snippets.PATIENCE,
        on_cell_execute=lambda cell, cell_index: under_way.append(cell),
        shutdown_kernel="immediate",
    )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        own = {"IPYTHONDIR": folder, "PYTHONPATH": str(Path(__file__).parent)}
        environment = {**os.environ, **snippets.ENVIRONMENT, **own, "MPLBACKEND": ""}
        try:
            client.execute(env=environment, cwd=folder, stderr=subprocess.DEVNULL)
        except Exception as error:  # whatever its many layers raise
            name = getattr(error, "ename", type(error).__name__)
            what = f"{name}: {getattr(error, 'evalue', error)}".splitlines()[0]
            raise failure(path, under_way[-1] if under_way else {}, what) from None
    code = [cell for cell in notebook.cells[1:] if cell.cell_type == "code"]
    made = {cell["id"]: outputs(path, cell) for cell in code}
    if not any(map(any, made.values())):
        raise problem(path, 1, "prints nothing and draws nothing")
    save(*entry, made)


def outputs(path: Path, cell: dict) -> list[str]:
    """What an executed cell printed, and its figure or nothing."""
    printed, drawn = "", []
    for output in cell["outputs"]:
        kinds = output.get("data", {"text/plain": output.get("text", "")})
        text = kinds.get("text/plain", "")
        if output["output_type"] == "error":  # in drawing: the cell goes on
            raise failure(path, cell, f"{output['ename']}: {output['evalue']}")
        if output.get("name") == "stderr":
            said = re.findall(r"\w+Warning: .*", text) or text.strip().splitlines()[-1:]
            raise failure(path, cell, f"writes to the error stream: {said[0]}")
        if other := set(kinds) - {"text/plain", SVG}:
            raise failure(path, cell, f"shows {min(other)}, which is no text or figure")
        if SVG in kinds:
            drawn.append(kinds[SVG])
        elif " at 0x" in text:
            raise failure(path, cell, "prints an address; is plt.show() missing?")
        else:
            printed += text
    if len(drawn) > 1 or bool(drawn) != bool(cell["metadata"].get("alt")):
        message = f"makes {len(drawn)} figures; one, with metadata `alt`, or none"
        raise failure(path, cell, message)
    return [printed, "".join(drawn)]


def failure(path: Path, cell: dict, message: str) -> ProblemError:
    """A problem of a cell, at the line of the file that has the cell's id."""
    line = pages.Page(path, "").line_of(f'"id": "{cell.get("id")}"')
    return problem(path, line, f"cell {cell.get('id')}: {message}")


def address(match: re.Match[str]) -> str:
    """Where a link leads that a notebook writes as the path of a page's source."""
    return re.sub(r"(?<=/)index/$", "", f"../{match[1]}/")


def finished(
    page: pages.Page, known: dict, renderer: formulas.Renderer, extra: str
) -> tuple[dict, str]:
    """The notebook to publish, `extra` before its first section; and as Markdown.

    A cell that answers a prediction is tagged: docs/assets/predict.js hides its result.
    """
    notebook, parts = json.loads(page.path.read_text("utf-8")), []
    extra, asked = extra + REVEAL if ASKED in page.text else extra, False
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] != "code":
            parts.append(text)
            asked = ASKED in text.rpartition("</details>")[2]
            opening, section, rest = text.partition("\n## ")
            if section and extra:
                text, extra = f"{opening}\n{extra}\n{section}{rest}", ""
            cell["source"] = renderer.in_markdown(LINK.sub(address, text))
            continue
        if asked:
            cell["metadata"]["tags"], asked = ["predicted"], False
        printed, drawn = known[cell["id"]]
        if cell["metadata"].get("jupyter", {}).get("source_hidden"):
            text = text.split("\n")[0].replace("# @title", "#")
        parts.append(f"``` python\n{text}\n```\n\n```\n{printed.rstrip()}\n```")
        cell |= {"source": text, "outputs": [], "execution_count": 1}
        if printed:
            made = {"output_type": "stream", "name": "stdout", "text": printed}
            cell["outputs"].append(made)
        if drawn:
            shown = {"text/html": inline.inline(drawn, cell["metadata"]["alt"])}
            made = {"output_type": "display_data", "metadata": {}, "data": shown}
            cell["outputs"].append(made)
    return notebook, "\n\n".join(parts) + "\n"
