"""The notebook of the tour: it says what the pages say, and it runs."""

import json
from pathlib import Path
from typing import Any

import pytest

from demos import notebook

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed: no notebook tests")


@pytest.fixture(scope="module")
def committed() -> Any:
    return nbformat.read(notebook.NOTEBOOK, as_version=4)


def cells(book: Any) -> list[tuple[str, str]]:
    return [(cell["cell_type"], cell["source"]) for cell in book.cells]


def test_the_pages_are_four() -> None:
    assert [page.name[0] for page in notebook.pages()] == ["1", "2", "3", "4"]


def test_it_says_what_the_pages_say(committed: Any) -> None:
    assert cells(committed) == cells(notebook.notebook()), "the tour has changed: python -m demos.notebook"


def test_it_is_a_valid_notebook_with_its_outputs(committed: Any) -> None:
    nbformat.validate(committed)
    code = [cell for cell in committed.cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell["outputs"]]
    assert not [output for output in outputs if output["output_type"] == "error"]
    drawn = [kind for output in outputs for kind in output.get("data", {}) if kind.startswith("image/")]
    assert drawn == ["image/svg+xml"] * 3 + ["image/png"] * 2


def test_its_links_lead_somewhere(committed: Any) -> None:
    text = "\n".join(source for kind, source in cells(committed) if kind == "markdown")
    targets = [target for target in notebook._LINK.findall(text) if "://" not in target]
    assert targets
    assert [target for target in targets if not (notebook.DOCS / target).is_file()] == []


def test_every_picture_of_a_page_is_what_its_cell_draws(committed: Any) -> None:
    named = {cell["metadata"]["picture"] for cell in committed.cells if "picture" in cell["metadata"]}
    shown = {
        Path(part["image"]).name
        for page in notebook.pages()
        for part in notebook._PARTS.finditer(page.read_text(encoding="utf-8"))
        if part["image"]
    }
    assert named == shown
    assert all((notebook.IMAGES / name).is_file() for name in named)


# ---------------------------------------------------------------- running it


@pytest.mark.slow
def test_it_runs_and_prints_what_it_printed(committed: Any) -> None:
    pytest.importorskip("nbclient", reason="nbclient is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    run = notebook.execute(notebook.notebook())  # which raises where a cell does
    printed = [[_text(output) for output in cell.get("outputs", ())] for cell in run.cells]
    assert printed == [[_text(output) for output in cell.get("outputs", ())] for cell in committed.cells]


def _text(output: Any) -> str:
    data = output.get("data", {"text/plain": output.get("text", "")})
    return str(data["text/plain"]) if not set(data) - {"text/plain"} else ""


def test_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: object) -> None:
        raise ModuleNotFoundError("No module named 'nbclient'", name="nbclient")

    monkeypatch.setattr(notebook, "execute", missing)
    with pytest.raises(SystemExit, match=r"error: the notebook needs nbclient: pip install \"twingrad\[test\]\""):
        notebook.main()


def test_the_command_writes_the_notebook_and_the_pictures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, committed: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(notebook, "execute", lambda _: committed)
    monkeypatch.setattr(notebook, "NOTEBOOK", tmp_path / "tour.ipynb")
    images = notebook.IMAGES
    monkeypatch.setattr(notebook, "IMAGES", tmp_path)
    notebook.main()
    assert json.loads((tmp_path / "tour.ipynb").read_text(encoding="utf-8"))["cells"]
    written = sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".ipynb")
    assert len(written) == 5
    assert all((tmp_path / name).read_bytes() == (images / name).read_bytes() for name in written)
    assert capsys.readouterr().out.count("wrote ") == 6
