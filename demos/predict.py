"""`predict`: what the model of a run says of the rows of a table."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from demos import trained
from demos.console import CommandError, console, pour, remark, say, writing
from demos.trained import Predictions
from vector.data import DataError
from vector.training import CheckpointError

_SHOWN = 20  # rows on a terminal
_CLASSES = 6  # whose probabilities fit beside one another


def predict_command(
    run: Annotated[Path, typer.Argument(help="The folder of a run, such as runs/flowers.")],
    table: Annotated[Path, typer.Argument(help="A table with the columns that the model was trained with.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="A CSV file for all of them; - for the output.")
    ] = None,
    separator: Annotated[
        str | None, typer.Option(help="Between the table's cells, such as ; or tab; else found.")
    ] = None,
    decimal: Annotated[str | None, typer.Option(help="The table's decimal mark, . or ,; else found.")] = None,
    encoding: Annotated[str | None, typer.Option(help="The table's encoding, such as cp1252; else found.")] = None,
) -> None:
    """Tell what a trained model says of each row: a class and its probabilities, or a value in the target's unit.

    Columns may stand in any order, and there may be others. Where the target's column is there, the scores are told.
    """
    try:
        model = trained.load(run, notify=remark)
        made = model.predict(table, separator=separator, decimal=decimal, encoding=encoding, notify=remark)
    except (DataError, CheckpointError, ImportError) as error:
        raise CommandError(str(error)) from None
    if out is None:
        _show(made)
    elif str(out) == "-":
        pour(as_csv(made))
    else:
        with writing(out):
            out.write_text(as_csv(made), encoding="utf-8")
        say(f"wrote {out}: {len(made):,} rows")
    if made.scores is not None:
        (remark if str(out) == "-" else say)(_scores(made))


def as_csv(made: Predictions) -> str:
    """A line for each row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = made.columns
    writer.writerow(columns)
    writer.writerows(zip(*(_cells(name, values) for name, values in columns.items()), strict=True))
    return text.getvalue()


def _cells(name: str, values: Any) -> list[str]:
    if name.startswith("P("):
        return [f"{value:.6f}" for value in values.tolist()]
    return [f"{value:.9g}" if isinstance(value, float) else str(value) for value in values.tolist()]


def _show(made: Predictions) -> None:
    """The first rows as a table."""
    shown = Table(box=None, pad_edge=False)
    names = list(made.columns)[: 2 + _CLASSES]
    for name in names:
        shown.add_column(name, justify="left" if name == "predicted" and made.classes is not None else "right")
    cells = [_cells(name, made.columns[name][:_SHOWN]) for name in names]
    for row in zip(*cells, strict=True):
        shown.add_row(*row)
    console.print(shown)
    if len(made) > _SHOWN or len(made.columns) > len(names):
        say(f"{min(_SHOWN, len(made))} of {len(made):,} rows; -o FILE writes all of them, with every column")


def _scores(made: Predictions) -> str:
    figures = dict(made.scores or {})
    rows = int(figures.pop("rows"))
    names = {"r2": "R²", "rmse": "rmse", "accuracy": "accuracy"}
    told = [
        f"{names[name]} {value:.2%}" if name == "accuracy" else f"{names[name]} {value:.4g}"
        for name, value in figures.items()
    ]
    return f"{made.target}: {', '.join(told)} on the {rows:,} rows that have one"
