"""`python -m demos.notebook`: the pages of docs/tour as one notebook, run, with everything that they print and draw.

The pages are the source: their code becomes the notebook's cells, and a picture in a page is what the block before it
draws. So the notebook says what the pages say, and neither shows anything that did not come out of its code.
"""

from __future__ import annotations

import base64
import doctest
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"
NOTEBOOK = DOCS / "tour.ipynb"
IMAGES = DOCS / "images"

_PARTS = re.compile(
    r"^```(?P<language>\w+)\n(?P<code>.*?)^```\n|^!\[.*?\]\((?P<image>\S+)\)\n", re.MULTILINE | re.DOTALL
)
_LINK = re.compile(r"\]\((?!\w+:|#)(?P<target>[^)]+)\)")
_KEPT = {"text/plain", "text/html", "image/svg+xml", "image/png"}  # a ledger's LaTeX, say, tells no more
_PROMPT = ">>> "


def pages() -> list[Path]:
    """The tour's pages, in order."""
    return sorted((DOCS / "tour").glob("*.md"))


def notebook() -> Any:
    """The notebook without outputs.

    Raises:
        ImportError: nbformat is not installed.
    """
    import nbformat

    setup = nbformat.v4.new_code_cell("%matplotlib inline")
    cells = [cell for page in pages() for cell in _cells(page)]
    for number, cell in enumerate([setup, *cells], start=1):
        cell["id"] = f"tour-{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=[setup, *cells], metadata={"kernelspec": kernel})


def _cells(page: Path) -> Iterator[Any]:
    """The page as cells; a picture becomes a mark on the cell that draws it."""
    import nbformat

    text = page.read_text(encoding="utf-8")
    position = 0
    cell: Any = None
    for part in _PARTS.finditer(text):
        if before := text[position : part.start()].strip():
            yield nbformat.v4.new_markdown_cell(_linked(before, page))
        position = part.end()
        if part["image"]:
            cell["metadata"]["picture"] = Path(part["image"]).name
        elif part["language"] == "python":
            for source in sources(part["code"]):
                cell = nbformat.v4.new_code_cell(source)
                yield cell
        else:
            yield nbformat.v4.new_markdown_cell(part[0].rstrip("\n"))
    if rest := text[position:].strip():
        yield nbformat.v4.new_markdown_cell(_linked(rest, page))


def _linked(text: str, page: Path) -> str:
    """The text with its links as they are from the notebook's folder."""

    def relative(match: re.Match[str]) -> str:
        target = (page.parent / match["target"]).resolve()
        return f"]({os.path.relpath(target, DOCS)})"

    return _LINK.sub(relative, text)


def sources(code: str) -> Iterator[str]:
    r"""The cells of one block: an interactive session ends a cell wherever it shows a result.

    >>> list(sources(">>> x = 1\n>>> x + 1\n2\n>>> x\n1\n"))
    ['x = 1\nx + 1', 'x']
    """
    if not code.startswith(_PROMPT):
        yield code.rstrip("\n")
        return
    collected = ""
    for example in doctest.DocTestParser().get_examples(code):
        collected += example.source
        if example.want:
            yield collected.rstrip("\n")
            collected = ""
    if collected:
        yield collected.rstrip("\n")


def execute(unrun: Any) -> Any:
    """Run every cell, in order, in one kernel.

    Raises:
        ImportError: nbclient or ipykernel is not installed.
        nbclient.exceptions.CellExecutionError: a cell raised.
    """
    import nbclient

    # The checkout's own packages, wherever the kernel is started.
    path = os.pathsep.join(filter(None, [str(DOCS.parent), os.environ.get("PYTHONPATH")]))
    patience = {"startup_timeout": 600, "timeout": 600, "iopub_timeout": 600}  # after the last, output would be lost
    client = nbclient.NotebookClient(unrun, kernel_name="python3", record_timing=False, **patience)
    client.extra_arguments = ["--log-level=ERROR"]  # a kernel for one run on this machine needs no encryption
    run = client.execute(env=os.environ | {"PYTHONPATH": path})
    for cell in run.cells:
        for output in cell.get("outputs", ()):
            if "data" in output:
                output["data"] = {kind: data for kind, data in output["data"].items() if kind in _KEPT}
    return run


def keep_pictures(run: Any) -> Iterator[Path]:
    """Write the pictures that the cells have drawn where the pages look for them."""
    for cell in run.cells:
        if name := cell["metadata"].get("picture"):
            path = IMAGES / name
            path.write_bytes(_drawn(cell, path.suffix))
            yield path


def _drawn(cell: Any, suffix: str) -> bytes:
    kind = {".svg": "image/svg+xml", ".png": "image/png"}[suffix]
    data: str = next(output["data"][kind] for output in cell["outputs"] if kind in output.get("data", {}))
    return data.encode() if suffix == ".svg" else base64.b64decode(data)


def main() -> None:
    """Write docs/tour.ipynb, and the pictures of docs/tour."""
    try:
        import nbformat

        run = execute(notebook())
    except ImportError as error:
        sys.exit(f'error: the notebook needs {error.name}: pip install "twingrad[test]"')
    nbformat.write(run, NOTEBOOK)
    for path in [NOTEBOOK, *keep_pictures(run)]:
        sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main()
