"""A model that a run left in its folder, and what it says of new rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demos.console import CommandError
from demos.problems import Problem
from demos.recipes import network
from demos.run_folder import CONFIG, Stored, read_run
from demos.tables import Cells, Schema, Target, cells_of, read_cells
from demos.tables.columns import Column, Kind, column_of, counted
from demos.tables.schema import Feature
from demos.tables.target import targets_of
from demos.tabular import Tabular
from vector.data import DataError
from vector.functions import softmax
from vector.nn import Module
from vector.training import CheckpointError, load_weights
from vector.training.objectives import outputs_of

_LABELS = ("label", "class", "digit", "target", "y")  # what a column of images' or points' classes may be called
_SHADES = {Problem.digits: 16, Problem.mnist: 255}  # the largest number of a pixel, before it is divided by that


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a model says of some rows.

    Attributes:
        lines: (rows,), the line of the file at which each row ends; of other rows, their number from 0.
        place: what `lines` count: "line" or "row".
        target: the name of what is predicted. names: of the classes; None for a regression.
        classes: (rows,), the name of the likeliest class; None for a regression.
        probabilities: (rows, classes); None for a regression, and for points in the plane, which have a score.
        values: (rows,): of a regression, in the target's unit; of points in the plane, the score, above 0 for class 1.
        scores: how right that is, by name, where the rows hold the target; else None.
    """

    lines: NDArray[np.int64]
    place: str
    target: str
    names: tuple[str, ...] | None
    classes: Any
    probabilities: Any
    values: Any
    scores: Mapping[str, float] | None = None

    def __len__(self) -> int:
        """How many rows."""
        return len(self.lines)

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """The predictions by column, as in a CSV file: line, predicted, and a probability for each class."""
        made: dict[str, Any] = {self.place: self.lines}
        if self.classes is None and self.values is not None:
            return {**made, "predicted": self.values}
        made["predicted"] = self.classes
        if self.probabilities is None:
            return {**made, "score": self.values}
        return made | {f"P({name})": self.probabilities[:, i] for i, name in enumerate(self.names or ())}


class Trained:
    """A trained model, and how rows become its numbers.

    Attributes:
        folder: of its run. task: "classification" or "regression".
        model: the module, in use (`eval`), with the weights of the best epoch.
        target: the name of what it predicts. classes: their names, in the order of its outputs; None for a regression.
        columns: the columns of a table that it needs; of images and points, "1", "2", … by their place.
        categories: by column of words, those that have a column of their own.
        scaling: by column of numbers that the model takes, the mean and deviation by which it standardises; empty
            without.
        schema: of a table, how its columns become numbers; None of other runs.
    """

    def __init__(self, folder: Path, stored: Stored, model: Module) -> None:
        self.folder, self.model = folder, model
        self.problem = stored.source if isinstance(stored.source, Problem) else None
        self.schema = None if self.problem else Schema.from_json(stored.contents["schema"])
        self._missing = () if isinstance(stored.source, Problem) else stored.source.missing
        self._header: bool | None = stored.contents.get("header")
        self._width: int = stored.contents.get("table", {}).get("columns", 0)
        if self.schema is None:
            inputs, outputs = _sizes(stored.source)
            self.target, self.task = "label", "classification"
            self.columns = tuple(str(i + 1) for i in range(inputs))
            self.classes: tuple[str, ...] | None = tuple(map(str, range(max(outputs, 2))))
            self.categories: dict[str, tuple[str, ...]] = {}
            self.scaling: dict[str, tuple[float, float]] = {}
            return
        self.target, self.classes = self.schema.target.name, self.schema.target.classes
        self.task = "regression" if self.classes is None else "classification"
        self.columns = tuple(feature.name for feature in self.schema.features)
        self.categories = {one.name: one.levels for one in self.schema.features if one.kind is Kind.word}
        buffers = model.state_dict()
        pairs = zip(buffers["mean"].tolist(), buffers["deviation"].tolist(), strict=True)
        self.scaling = dict(zip(self.schema.columns, pairs, strict=True))

    def __call__(self, x: Any) -> NDArray[Any]:
        """The model's outputs for numbers, (n, inputs) → (n, width): logits, a score, or values in the target's unit.

        The numbers of a table's row are those of `schema.columns`, not standardised.
        """
        dtype = np.dtype(getattr(self.model, "input_dtype", self.model.parameters()[0].dtype))
        return outputs_of(self.model, np.asarray(x, dtype))

    def __repr__(self) -> str:
        """What it predicts, and from what."""
        what = f"{self.task} of {self.target!r}" + (f" ({counted(self.classes)})" if self.classes else "")
        return f"Trained({what}, from {counted(self.columns)})"

    def predict(
        self,
        rows: Any,
        *,
        separator: str | None = None,
        decimal: str | None = None,
        encoding: str | None = None,
        notify: Callable[[str], None] = lambda line: warnings.warn(line, UserWarning, stacklevel=3),
    ) -> Predictions:
        """What the model says of rows.

        Args:
            rows: the path of a file, a pandas DataFrame, a dict of columns or a list of dicts. Columns may stand in any
                order, and there may be others; images and points are as many columns as numbers, in their order.
            separator, decimal, encoding: how a file is written; None finds out.
            notify: called with a line for what a user should know: columns that are ignored, words that are new.

        Raises:
            vector.data.DataError: a column is missing, or its cells are not what they were in training.
            ImportError: pandas is not installed.
        """
        if not isinstance(rows, (str, PathLike)):
            cells = cells_of(rows, self._missing)
            if self._header is False and all(name.isdecimal() for name in cells.names) and "0" in cells.names:
                cells.frame.columns = self._places(len(cells.names))  # pandas counts from 0
            return self._predict(cells, notify)
        read = partial(
            read_cells, rows, separator=separator, decimal=decimal, encoding=encoding, header=self._header,
            missing=self._missing, numbered=self.schema is None,
        )  # fmt: skip
        try:
            words = self._words()
            cells = read(as_text=words)
            if self._header is False:
                places = self._places(len(cells.names))
                if places != cells.names:
                    cells = read(as_text=[str(i + 1) for i, name in enumerate(places) if name in words])
                cells.frame.columns = places
            return self._predict(cells, notify)
        except DataError as error:
            raise DataError(f"{rows}: {error}") from None

    def _words(self) -> list[str]:
        """The columns that are texts, were they all digits."""
        if self.schema is None:
            return []
        columns: list[Feature | Target] = [*self.schema.features, self.schema.target]
        return [one.name for one in columns if one.kind is not Kind.number]

    def _places(self, count: int) -> list[str]:
        """The numbers of so many columns without names: all that were there in training, or without what is learnt.

        Raises:
            DataError: these are neither.
        """
        there = [str(i + 1) for i in range(self._width)]
        if count == self._width:
            return there
        if count == self._width - 1:
            return [name for name in there if name != self.target]
        raise DataError(
            f"expected {self._width} columns, for those of the training have no names, or {self._width - 1} without "
            f"column {self.target}, got {count}"
        )

    def _predict(self, cells: Cells, notify: Callable[[str], None]) -> Predictions:
        if not len(cells.lines):
            raise DataError("expected rows to predict, got none")
        if self.schema is not None:
            x, label = self.schema.encoded(self._columns(cells, self.schema, notify)), self.target
        else:
            x, label = self._numbers(cells, notify)
        outputs = self(x)
        target = self.schema.target if self.schema is not None else Target(label, Kind.number, self.classes)
        made = self._said(outputs, cells)
        if label not in cells.names:
            return made
        column = column_of(cells, label, target.kind)
        if column.missing.all():
            return made
        return _scored(made, column, target, notify)

    def _said(self, outputs: NDArray[Any], cells: Cells) -> Predictions:
        classes = probabilities = values = None
        if self.classes is None:
            values = outputs[:, 0]
        elif outputs.shape[1] == 1:
            values = outputs[:, 0]
            classes = np.array(self.classes, object)[(values > 0).astype(int)]
        else:
            probabilities = softmax(outputs.astype(np.float64))
            classes = np.array(self.classes, object)[outputs.argmax(axis=1)]
        return Predictions(cells.lines, cells.place, self.target, self.classes, classes, probabilities, values)

    def _columns(self, cells: Cells, schema: Schema, notify: Callable[[str], None]) -> dict[str, Column]:
        """The columns that the model needs; what is odd about them is told."""
        columns = schema.read(cells)
        others = [repr(name) for name in cells.names if name not in columns and name != self.target]
        if others:
            notify(f"ignored, for the model has no such columns: {counted(others)}")
        for feature in schema.features:
            column = columns[feature.name]
            lacking = int(column.missing.sum())
            if lacking and not feature.missing:
                stands = (
                    "none of its words" if feature.kind is Kind.word else f"the training's median, {feature.fill:g},"
                )
                notify(
                    f"column {feature.name!r}: {lacking:,} missing cells, as none in training: {stands} stands there"
                )
            unknown = feature.unknown(column)
            if unknown:
                shown = counted([f"{word!r} {n:,}" for word, n in sorted(unknown.items(), key=lambda one: -one[1])])
                as_ = "other words" if feature.other else "none of its words"
                rows = sum(unknown.values())
                notify(f"column {feature.name!r}: {rows:,} rows have words without a column ({shown}): {as_}")
        return columns

    def _numbers(self, cells: Cells, notify: Callable[[str], None]) -> tuple[NDArray[np.float64], str]:
        """Pixels or coordinates by their place, and the name of the column of labels; "" without."""
        label = next((name for name in cells.names if name.casefold() in _LABELS), "")
        names = [name for name in cells.names if name != label]
        what = "pixels" if self.problem in _SHADES else "coordinates"
        if len(names) != len(self.columns):
            raise DataError(
                f"expected {len(self.columns)} columns of {what}, and perhaps one named label, got {len(names)}"
                + (f" and {label!r}" if label else "")
            )
        read = [column_of(cells, name, Kind.number) for name in names]
        for column in read:
            if column.missing.any():
                line = cells.lines[np.flatnonzero(column.missing)[0]]
                raise DataError(f"{cells.place} {line}, column {column.name!r}: expected a number, got nothing")
        x = np.stack([column.values for column in read], axis=1)
        return self._shaded(x, notify) if self.problem in _SHADES else x, label

    def _shaded(self, x: NDArray[np.float64], notify: Callable[[str], None]) -> NDArray[np.float64]:
        """Pixels from 0 to 1."""
        most = _SHADES[self.problem] if self.problem else 1
        if x.min() < 0 or x.max() > most or (x.max() > 1 and (x != np.floor(x)).any()):
            raise DataError(
                f"expected pixels from 0 to 1, or whole numbers from 0 to {most}, got {x.min():g} to {x.max():g}"
            )
        if x.max() > 1:
            notify(f"pixels are divided by {most}, as in training")
            return x / most
        return x


def load(folder: str | PathLike[str], notify: Callable[[str], None] | None = None) -> Trained:
    """The model of a run that `twingrad train` made.

    Args:
        folder: of the run.
        notify: called with a line where the training is not done, so that its best epoch so far is taken; default: a
            warning.

    Raises:
        DataError: the folder holds no run, one whose training did not come far enough, or one of an earlier version.
        vector.training.CheckpointError: its weights are damaged.
        ImportError: safetensors is not installed.

    >>> load("nowhere")
    Traceback (most recent call last):
        ...
    vector.data.idx.DataError: nowhere: expected the folder of a run, with its config.json
    """
    folder = Path(folder)
    try:
        stored = read_run(folder)
    except CommandError as error:
        raise DataError(str(error)) from None
    if stored is None:
        raise DataError(f"{folder}: expected the folder of a run, with its {CONFIG}")
    weights = folder / "model.safetensors"
    if not weights.exists():
        weights = folder / "best.safetensors"
        if not weights.exists():
            raise DataError(
                f"{folder}: its training is not done, and has no best epoch yet; go on with: twingrad train --resume "
                f"--out {folder}"
            )
        line = f"{folder}: its training is not done; the best epoch so far is taken"
        if notify is None:
            warnings.warn(line, UserWarning, stacklevel=2)
        else:
            notify(line)
    try:
        model = _model(stored)
        load_weights(model, weights)
        model.eval()
        return Trained(folder, stored, model)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, (DataError, CheckpointError)):
            raise
        raise DataError(f"{folder / CONFIG}: expected the schema of the table ({error}); train it anew") from None


def _model(stored: Stored) -> Module:
    """The run's model, with any weights."""
    seed = 0
    if isinstance(stored.source, Problem):
        return network(*_sizes(stored.source), stored.recipe, seed)
    if "schema" not in stored.contents:
        raise DataError(
            f"a run of an earlier version, without the schema of its table: train it anew ({stored.source.csv})"
        )
    schema = Schema.from_json(stored.contents["schema"])
    inputs, outputs = len(schema.columns), len(schema.target.classes or [schema.target.name])
    body = network(inputs, outputs, stored.recipe, seed)
    return Tabular(body, np.zeros((1, inputs)), None if schema.target.classes else np.zeros((1, outputs)))


def _sizes(problem: Any) -> tuple[int, int]:
    """Of a problem's model, the numbers that go in, and those that come out."""
    return {Problem.digits: (64, 10), Problem.mnist: (784, 10)}.get(problem, (2, 1))


def _scored(made: Predictions, column: Column, target: Target, notify: Callable[[str], None]) -> Predictions:
    """The predictions, and how right they are."""
    true, known = targets_of(column, target)
    if new := int((~known & ~column.missing).sum()):
        notify(f"column {column.name!r}: {new:,} rows have a class that the model does not know, which counts as wrong")
    there = ~column.missing
    if target.classes is not None:
        said = np.array([target.classes.index(name) for name in made.classes[there]]) if made.classes is not None else 0
        scores = {"rows": int(there.sum()), "accuracy": float(np.mean(said == true[there]))}
    else:
        values = made.values[there] if made.values is not None else np.zeros(0)
        errors, spread = np.square(values - true[there]).sum(), np.square(true[there] - true[there].mean()).sum()
        scores = {"rows": int(there.sum()), "rmse": float(np.sqrt(errors / there.sum()))}
        scores |= {"r2": float(1 - errors / spread)} if spread else {}
    return Predictions(**{**vars(made), "scores": scores})
