"""What a column's cells are: numbers with their marks and signs, dates whose order is sure, words."""

import datetime
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from demos.tables import cells_of, read_cells
from demos.tables.columns import Column, Kind, column_of, name_of
from demos.tables.moments import FORMS, form_of, moment
from demos.tables.numerals import numerals
from vector.data import DataError


def column(cells: Sequence[object], **options: object) -> Column:
    return column_of(cells_of({"x": cells}), "x", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "decimal", "value", "unit"),
    [
        ("1,234.5", ".", 1234.5, ""),
        ("1.234,5", ",", 1234.5, ""),
        ("1 234 567", ".", 1234567, ""),
        ("1\u202f234,5", ",", 1234.5, ""),
        ("1'234.5", ".", 1234.5, ""),
        ("-1,234,567", ".", -1234567, ""),
        ("−3", ".", -3, ""),
        ("+.5", ".", 0.5, ""),
        ("5.", ".", 5, ""),
        ("2e-3", ".", 0.002, ""),
        ("5 %", ".", 5, "%"),
        ("5%", ".", 5, "%"),
        ("$1,234.50", ".", 1234.5, "$"),
        ("-$3", ".", -3, "$"),
        ("$-3", ".", -3, "$"),
        ("1.234,50 €", ",", 1234.5, "€"),
        ("EUR 7", ".", 7, "EUR"),
        ("10:30", ".", 10.5, "h"),
        ("12:15 AM", ".", 0.25, "h"),
        ("12:45 p.m.", ",", 12.75, "h"),
        ("100:00:36", ".", 100.01, "h"),
        ("5 kg", ".", 5, "kg"),
        ("1.248,5 km/h", ",", 1248.5, "km/h"),
        ("-3°C", ".", -3, "°C"),
        ("80 m2", ".", 80, "m2"),
    ],
)
def test_numbers_as_people_write_them(text: str, decimal: str, value: float, unit: str) -> None:
    (found,) = numerals([text], decimal)
    assert found is not None
    assert (found.value, found.unit) == (value, unit)


@pytest.mark.parametrize(
    ("text", "decimal"),
    [("1,23", "."), ("1.23", ","), ("12,34,567", "."), ("1,2345", "."), ("1_000", "."), ("--3", "."),
     ("-$-3", "."), ("$5 %", "."), ("0x10", "."), ("", "."), ("nan", "."), ("1 23", "."), ("10:60", "."),
     ("13:00 pm", "."), ("1:2:3", "."), ("kg", "."), ("A5", "."), ("1e5 2", ".")],
)  # fmt: skip
def test_texts_that_are_no_numbers(text: str, decimal: str) -> None:
    assert numerals([text], decimal) == [None]


def test_a_column_of_numbers_is_read_with_its_marks(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b,c\n"1,234",5 %,$1\n"12",7.5 %,\n?,?,$2.50\n')
    cells = read_cells(path)
    a, b, c = (column_of(cells, name) for name in "abc")
    assert [a.kind, b.kind, c.kind] == [Kind.number] * 3
    assert np.array_equal(a.values, [1234, 12, np.nan], equal_nan=True)
    assert np.array_equal(b.values, [5, 7.5, np.nan], equal_nan=True)
    assert np.array_equal(c.values, [1, np.nan, 2.5], equal_nan=True)
    assert [a.unit, b.unit, c.unit] == ["", "%", "$"]


@pytest.mark.parametrize(("decimal", "name", "word"), [(",", "b", "comma"), (".", "a", "point")])
def test_numbers_with_the_other_decimal_mark_are_no_words(tmp_path: Path, decimal: str, name: str, word: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a;b\n1,5;1.5\n2,5;2.25\n")
    with pytest.raises(
        DataError, match=rf"line 2, column '{name}': expected numbers with a decimal {word}, got '1.5'; see"
    ):
        column_of(read_cells(path, decimal=decimal), name)


def test_words_and_their_spaces() -> None:
    found = column([" red", "blue ", None, "red", "?"])
    assert found.kind is Kind.word
    assert found.words == ("blue", "red")
    assert np.array_equal(found.values, [1, 0, np.nan, 1, np.nan], equal_nan=True)


def test_truth_is_written_in_one_way() -> None:
    assert column([True, False, None]).words == ("False", "True")
    assert column(["TRUE", "false", "true"]).words == ("False", "True")


def test_none_is_a_word_among_words_and_nothing_among_numbers() -> None:
    assert column(["None", "brick", "stone"]).words == ("None", "brick", "stone")
    assert np.array_equal(column(["None", "1", "2"]).values, [np.nan, 1, 2], equal_nan=True)


@pytest.mark.parametrize(
    ("texts", "form", "first"),
    [
        (["2024-01-30", "2024-02-01"], "year first", (2024, 1, 30)),
        (["2024/1/3"], "year first", (2024, 1, 3)),
        (["2024-01-30T10:00Z", "2024-01-30 11:30:05.5"], "year first", (2024, 1, 30, 10, 0)),
        (["2024-01-30T10:00+02:00"], "year first", (2024, 1, 30, 8, 0)),
        (["30.1.2024", "1.2.2024"], "day first", (2024, 1, 30)),
        (["1.2.2024"], "day first", (2024, 2, 1)),  # with dots the day stands first
        (["1/2/2024", "30/1/2024"], "day first", (2024, 2, 1)),
        (["1/2/2024", "1/30/2024"], "month first", (2024, 1, 2)),
        (["1/30/2024 2:05 PM"], "month first", (2024, 1, 30, 14, 5)),
        (["1/30/2024 12:05 am"], "month first", (2024, 1, 30, 0, 5)),
        (["3 Jan 2024", "30-January-2024"], "day, name", (2024, 1, 3)),
        (["Jan 30, 2024"], "name, day", (2024, 1, 30)),
    ],
)
def test_dates_whose_order_is_sure(texts: list[str], form: str, first: tuple[int, ...]) -> None:
    assert form_of(texts) == form
    assert moment(texts[0], form) == datetime.datetime(*first)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["2024-02-30", "30.2.2024", "2024-13-01", "30 Foo 2024", "1/30/24"])
def test_dates_that_are_none(text: str) -> None:
    assert all(moment(text, form) is None for form in FORMS)
    with pytest.raises(DataError, match="row 1, column 'x': expected a date such as 2024-01-30, got"):
        column(["2024-01-01", text, "2024-01-03"], kind=Kind.moment)


def test_a_form_that_is_known_is_kept() -> None:
    found = column(["1/2/2024", None, "2024-02-03"], kind=Kind.moment, form="month first")
    assert np.array_equal(found.values, [19724, np.nan, 19756], equal_nan=True)
    assert column(["1/2/2024", "1/30/2024"], kind=Kind.moment, form="day first").form == "month first"  # which is sure
    with pytest.raises(DataError, match="expected dates of one form, got such as '1/30/2024' and '30/1/2024'"):
        column(["30/1/2024", "1/30/2024"], kind=Kind.moment, form="day first")


def test_moments_of_pandas() -> None:
    import pandas as pd

    days = pd.to_datetime(["1970-01-02 12:00", None])
    assert np.array_equal(column(list(days)).values, [1.5, np.nan], equal_nan=True)
    zoned = pd.Series(pd.to_datetime(["1970-01-02 12:00+02:00"]))
    assert column_of(cells_of({"x": zoned}), "x").values == pytest.approx([1 + 10 / 24])


def test_durations_of_pandas_are_hours() -> None:
    import pandas as pd

    found = column(list(pd.to_timedelta(["1 days 06:00:00", None])))
    assert (found.kind, found.unit) == (Kind.number, "h")
    assert np.array_equal(found.values, [30, np.nan], equal_nan=True)


@pytest.mark.parametrize(
    ("cells", "kind", "message"),
    [
        (["1", "2", "few"], None, "row 2, column 'x': expected a number, as in the other rows, got 'few'"),
        (["1 %", "2"], None, "row 1, column 'x': expected numbers of one unit, got '1 %' and '2'"),
        ([1.0, np.inf], None, "row 1, column 'x': expected a finite number, got inf"),
        (["inf", "1"], None, "row 0, column 'x': expected a finite number, got inf"),
        (["red", "blue"], Kind.number, "row 1, column 'x': expected a number, as in the other rows, got 'blue'"),
        (["10:30", "9"], None, "row 1, column 'x': expected numbers of one unit, got '10:30' and '9'"),
        (
            ["1", "2", "unknown"],
            None,
            "row 2, column 'x': expected a number, as in the other rows, got 'unknown'; "
            "--missing unknown if it stands for nothing",
        ),
    ],
)
def test_cells_that_are_not_what_the_others_are(cells: list[object], kind: Kind | None, message: str) -> None:
    with pytest.raises(DataError, match=message):
        column(cells, kind=kind)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (3.0, "3"),
        (-0.0, "0"),
        (0.30000000000000004, "0.30000000000000004"),
        (1e300, "1e+300"),
        (2.0**53, "9007199254740992"),
    ],
)
def test_names_of_classes_keep_their_digits(value: float, name: str) -> None:
    assert name_of(value) == name


def test_numbers_with_a_unit_are_numbers_where_there_are_many() -> None:
    many = column([f"{i}.5 km" for i in range(11)])
    assert (many.kind, many.unit, many.values[3]) == (Kind.number, "km", 3.5)
    few = column(["2 doors", "4 doors"] * 6)
    assert (few.kind, few.words) == (Kind.word, ("2 doors", "4 doors"))
    told = column(["2 doors", "4 doors"], kind=Kind.number)  # as a model has them that was trained on many
    assert (told.unit, told.values.tolist()) == ("doors", [2.0, 4.0])
    assert column([f"{i} km" for i in range(11)] + ["7 m"]).kind is Kind.word
    assert column([f"{i}th" for i in range(4, 21)] + ["3rd"]).kind is Kind.word


def test_few_codes_among_which_are_numbers_are_words() -> None:
    grades = column([*"K123"] * 5)
    assert (grades.kind, grades.words) == (Kind.word, ("1", "2", "3", "K"))
    assert grades.remark == "words, for 'K' is no number; --missing K if it stands for nothing"
    with pytest.raises(DataError, match="as in the other rows, got '136A'; --drop leaves it out"):
        column([*map(str, range(150)), "136A"])
    assert column(["0", "1", "2", "3+"] * 5).words == ("0", "1", "2", "3+")
    assert column(["1", "2", "none"] * 9).kind is Kind.number  # nothing
    for cells in ([*"K123"] * 4, [*map(str, range(21)), "K"] * 9):  # too few of each; too many
        with pytest.raises(DataError, match="expected a number, as in the other rows, got 'K'"):
            column(cells)
