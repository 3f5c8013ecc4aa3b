"""A user's own table: numbers stay, words become columns. `tests/vector/training/test_bad_files.py` has bad ones."""

from pathlib import Path

import numpy as np
import pytest

from demos.csv_table import read_csv
from vector.data import DataError

TABLE = """\ufeffsize, colour ,id,price
1.5,red,a1,10.25
-2e3,"green, dark",a2,11.5

0,red,a3,9
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_numbers_stay_and_words_become_columns(path: Path) -> None:
    table = read_csv(path, "price", drop=["id"])
    assert table.columns == ("size", "colour=green, dark", "colour=red")
    assert table.x.tolist() == [[1.5, 0, 1], [-2000, 1, 0], [0, 0, 1]]
    assert table.y.tolist() == [10.25, 11.5, 9]
    assert table.classes is None


def test_words_are_classes(path: Path) -> None:
    table = read_csv(path, "colour", drop=["id"])
    assert table.y.tolist() == [1, 0, 1]
    assert table.y.dtype == np.int64
    assert table.classes == ("green, dark", "red")


def test_few_whole_numbers_are_classes_unless_the_task_is_given(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,y\n1,3\n2,5\n3,3\n4,5\n")
    assert read_csv(path, "y").y.tolist() == [0, 1, 0, 1]
    assert read_csv(path, "y").classes == ("3", "5")
    assert read_csv(path, "y", task="regression").y.tolist() == [3.0, 5.0, 3.0, 5.0]
    path.write_text("x,y\n1,300\n2,500\n3,700\n4,500\n")
    assert read_csv(path, "y").classes is None  # prices, few because the table is short
    path.write_text("x,y\n" + "".join(f"1,{i}\n" for i in range(21)))
    assert read_csv(path, "y").classes is None
    assert len(read_csv(path, "y", task="classification").classes or ()) == 21


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (["20240101", "20240102"], ("20240101", "20240102")),  # were 2.02401e+07 twice
        (["1234567.5", "1234568"], ("1234567.5", "1234568")),
        (["0.1", "0.30000000000000004"], ("0.1", "0.30000000000000004")),
        (["0.3", "0.30000000000000004"], ("0.3", "0.30000000000000004")),
        (["1e300", "1e301"], ("1e+300", "1e+301")),
        (["-0.0", "1.0"], ("0", "1")),
        (["0", "-0.0", "2"], ("0", "2")),
        (["-3", "9007199254740992"], ("-3", "9007199254740992")),
        (["1e-7", "1.0000001e-7"], ("1e-07", "1.0000001e-07")),
        (["True", "False"], ("False", "True")),
        (["01a", "1a", "a"], ("01a", "1a", "a")),
    ],
    ids=" ".join,
)
def test_names_of_classes_keep_their_digits(tmp_path: Path, cells: list[str], names: tuple[str, ...]) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells * 3)))
    table = read_csv(path, "y", task="classification")
    assert table.classes == names
    assert set(table.y.tolist()) == set(range(len(names)))


@pytest.mark.parametrize("column", ["x", "y"])
def test_whole_numbers_that_float64_does_not_hold(tmp_path: Path, column: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"{column},z\n9007199254740992,1\n9007199254740993,2\n")
    message = rf"line 3, column '{column}': expected whole numbers that float64 holds, up to 2⁵³, got 9007199254740993;"
    with pytest.raises(DataError, match=message):
        read_csv(path, column if column == "y" else "z")


def test_a_wrong_name_is_corrected(path: Path) -> None:
    with pytest.raises(DataError, match=r"table\.csv: expected a column among size, .*, got 'prize'; did you mean"):
        read_csv(path, "prize")
    with pytest.raises(DataError, match="got 'ids'"):
        read_csv(path, "price", drop=["ids"])


def test_words_cannot_be_met_as_numbers(path: Path) -> None:
    with pytest.raises(DataError, match="expected numbers for a regression, got words such as 'green, dark'"):
        read_csv(path, "colour", drop=["id"], task="regression")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: No such file or directory"):
        read_csv(tmp_path / "none.csv", "y")


def test_an_unknown_task(path: Path) -> None:
    with pytest.raises(ValueError, match="expected task 'classification' or 'regression', got 'clustering'"):
        read_csv(path, "price", task="clustering")
