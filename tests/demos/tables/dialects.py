"""scikit-learn's own tables as people write them: five dialects, and the commands that train, predict and show."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import load_file
from sklearn import datasets

TABLES = ("iris", "wine", "breast_cancer", "digits", "diabetes")
UMLAUTS = str.maketrans({"a": "ä", "o": "ö", "u": "ü"})


def frame_of(name: str) -> pd.DataFrame:
    """The table, its names with umlauts, one column of amounts in the thousands, and cells that are missing."""
    found: Any = getattr(datasets, f"load_{name}")(as_frame=True)
    frame = found.frame.rename(columns=lambda column: column.translate(UMLAUTS))
    first = frame.columns[0]
    if name in ("iris", "wine", "breast_cancer"):
        frame["tärget"] = [f"Größe {found.target_names[i]}" for i in frame["tärget"]]
    frame["ämount"] = (frame[first].rank() * 1000 + 250).round(2)
    frame.loc[frame.index % 17 == 3, "ämount"] = np.nan
    return frame


def numbers(frame: pd.DataFrame, write: Callable[[str], str]) -> pd.DataFrame:
    """The cells as texts, each number by `write` from its shortest form with a point."""
    return frame.map(lambda cell: "" if cell != cell else cell if isinstance(cell, str) else write(repr(float(cell))))


def grouped(text: str) -> str:
    """1234567.5 → 1,234,567.5; what has an exponent stays."""
    whole, point, rest = text.partition(".")
    return text if "e" in text or whole == "-0" else f"{int(whole):,}{point}{rest}"


def comma(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False)


def semicolon(frame: pd.DataFrame, path: Path) -> None:
    numbers(frame, lambda text: text.replace(".", ",")).to_csv(path, index=False, sep=";", encoding="cp1252")


def tab(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, sep="\t", encoding="utf-16")


def pipe(frame: pd.DataFrame, path: Path) -> None:
    numbers(frame, grouped).to_csv(path, index=False, sep="|", quoting=csv.QUOTE_ALL)


def bom(frame: pd.DataFrame, path: Path) -> None:
    numbers(frame, str).replace("", "NA").to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")


DIALECTS = (comma, semicolon, tab, pipe, bom)


def made(folder: Path, kind: str) -> dict[str, Any]:
    """What a dialect's commands left that must not depend on it."""
    weights = load_file(folder / kind / "model.safetensors")
    return {
        "columns": json.loads((folder / kind / "config.json").read_text(encoding="utf-8"))["schema"],
        "weights": {name: (array.shape, array.tobytes()) for name, array in weights.items()},
        "predictions": (folder / f"{kind}-out.csv").read_text(encoding="utf-8"),
    }


def wrong(name: str, folder: Path, command: Callable[..., str]) -> Iterator[str]:
    """What differs between a table's dialects in models, predictions and pages that the commands make; a line each.

    `command` runs twingrad in the folder with these words, and raises where it fails.
    """
    frame = frame_of(name)
    kinds = [write.__name__ for write in DIALECTS]
    for write in DIALECTS:
        write(frame, folder / f"{write.__name__}.csv")
    for kind in kinds:
        command("train", "--csv", f"{kind}.csv", "--target", "tärget", "--epochs", "4", "--out", kind)
        other = kinds[kinds.index(kind) - 1]  # the rows to predict are in another dialect
        command("predict", kind, f"{other}.csv", "-o", f"{kind}-out.csv")
    told = command("show", *kinds, "--no-open")
    for page in ["compare.html", *(f"{kind}/report.html" for kind in kinds)]:
        if "</html>" not in (folder / page).read_text(encoding="utf-8"):
            yield f"{name}: {page} is not whole"
    first = made(folder, kinds[0])
    for kind in kinds:
        if kind not in told:
            yield f"{name}: show says nothing of {kind}"
        yield from (
            f"{name}: other {what} in {kind} than in {kinds[0]}"
            for what, found in made(folder, kind).items()
            if found != first[what]
        )
    rows = list(csv.DictReader(first["predictions"].splitlines()))
    right = sum(row["predicted"] == str(true) for row, true in zip(rows, frame["tärget"], strict=True))
    if name != "diabetes" and right <= 0.4 * len(rows):
        yield f"{name}: {right} of {len(rows)} predictions are right, after four epochs"
