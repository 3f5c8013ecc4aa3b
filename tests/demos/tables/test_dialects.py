"""scikit-learn's own tables in five dialects: the same model and the same predictions, by commands alone."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file
from sklearn import datasets

ROOT = Path(__file__).parents[3]
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


def run(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "demos", *words],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "HOME": str(folder), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_the_same_in_every_dialect(tmp_path: Path, name: str) -> None:
    frame = frame_of(name)
    weights, said, schemas = [], [], []
    for write in DIALECTS:
        kind = write.__name__
        write(frame, tmp_path / f"{kind}.csv")
        words = ["--target", "tärget", "--epochs", "4", "--out", kind]
        run(tmp_path, "train", "--csv", f"{kind}.csv", *words)
        other = DIALECTS[DIALECTS.index(write) - 1].__name__  # the rows to predict are in another dialect
        run(
            tmp_path,
            "predict",
            kind,
            f"{other}.csv" if (tmp_path / f"{other}.csv").exists() else f"{kind}.csv",
            "-o",
            f"{kind}-out.csv",
        )
        weights.append(load_file(tmp_path / kind / "model.safetensors"))
        said.append((tmp_path / f"{kind}-out.csv").read_text())
        schemas.append(json.loads((tmp_path / kind / "config.json").read_text())["schema"])
    for other_weights, other_said, other_schema in zip(weights[1:], said[1:], schemas[1:], strict=True):
        assert other_schema == schemas[0]
        assert other_said == said[0]
        assert other_weights.keys() == weights[0].keys()
        assert all(np.array_equal(other_weights[key], weights[0][key]) for key in weights[0])
    rows = list(csv.DictReader(said[0].splitlines()))
    assert len(rows) == len(frame)
    if name != "diabetes":
        right = np.mean([row["predicted"] == str(true) for row, true in zip(rows, frame["tärget"], strict=True)])
        assert right > 0.4
