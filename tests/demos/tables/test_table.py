"""From a file to numbers: which task, which rows learn, what is left out, and what is said of it."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from demos.tables import Encoded, Source, Table
from demos.tables.columns import Column, Kind
from demos.tables.schema import Schema
from demos.tables.target import choose, class_weights
from vector.data import DataError
from vector.training.samples import split

Read = Callable[..., Table]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def table(columns: dict[str, Sequence[Any]], target: str = "y", seed: int = 0, **options: Any) -> Table:
        path = tmp_path / "t.csv"
        rows = zip(*columns.values(), strict=True)
        path.write_text("\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows)]), encoding="utf-8")
        return Table(Source(str(path), target, **{"test": 0.0, **options}), seed)

    return table


def named(made: Encoded, name: str) -> Any:
    return made.x[:, made.schema.columns.index(name)]


# ---------------------------------------------------------------- the task


@pytest.mark.parametrize(
    ("cells", "classes", "reason"),
    [
        (["a", "b"] * 5, ("a", "b"), "words: classification, 2 classes"),
        ([3.5, 7.25] * 5, ("3.5", "7.25"), "two values: classification, 2 classes; --task regression says otherwise"),
        (
            [0, 1, 2] * 5,
            ("0", "1", "2"),
            "whole numbers 0 to 2, each at least 5 times: classification, 3 classes; --task",
        ),
        ([1, 2, 3] * 5, ("1", "2", "3"), "whole numbers 1 to 3, each at least 5 times: classification"),
        ([0, 1, 2] * 4, None, "numbers, 3 different ones: regression; --task classification says otherwise"),
        ([0, 1, 3] * 5, None, "numbers, 3 different ones: regression"),
        ([2, 3, 4] * 5, None, "numbers, 3 different ones: regression"),
        (list(range(20)) * 5, None, "numbers, 20 different ones: regression"),
        (list(range(11)) * 5, None, "numbers, 11 different ones: regression"),
        (list(range(10)) * 5, tuple("0123456789"), "whole numbers 0 to 9"),
        ([1, 2], None, "numbers, 2 different ones: regression"),
    ],
)
def test_the_task_is_chosen_and_said(
    read: Read, cells: list[Any], classes: tuple[str, ...] | None, reason: str
) -> None:
    table = read({"x": [i * i for i in range(len(cells))], "y": cells})
    assert table.target.classes == classes
    assert any(line.startswith(f"target 'y': {reason}") for line in table.notes), table.notes


def test_the_task_that_is_given_is_taken(read: Read) -> None:
    columns = {"x": [1, 2, 3, 5, 8, 13], "y": [0, 1, 0.5, 0, 1, 0.5]}
    assert read(columns, task="classification").target.classes == ("0", "0.5", "1")
    assert read({**columns, "y": [0, 1] * 3}, task="regression").y.tolist() == [0.0, 1.0] * 3
    with pytest.raises(DataError, match="expected numbers for a regression, got words such as 'a'"):
        read({**columns, "y": ["b", "a"] * 3}, task="regression")
    with pytest.raises(ValueError, match="expected task 'classification' or 'regression', got 'clustering'"):
        read(columns, task="clustering")
    with pytest.raises(DataError, match="expected at most 100 classes, got 101, such as '0'"):
        choose(Column("y", Kind.number, np.arange(202.0) // 2), "classification")


def test_rows_without_a_target_are_left_out_and_said(read: Read) -> None:
    table = read({"x": [1, 2, 4, 8], "y": [1.5, "", 2.5, "NA"]})
    assert "2 rows without a 'y' are left out" in table.notes
    made = table.encoded(0.0, 0)
    assert made.y.tolist() == [1.5, 2.5]
    assert made.x.tolist() == [[1], [4]]
    assert made.lines.tolist() == [2, 4]


# ---------------------------------------------------------------- the rows


def test_test_rows_are_a_share_of_each_class(read: Read) -> None:
    y = ["a"] * 50 + ["b"] * 30 + ["c"] * 20
    table = read({"x": range(7, 107), "y": y}, test=0.2)
    made = table.encoded(0.0, 0)
    assert made.test is not None
    assert np.bincount(made.test[1]).tolist() == [10, 6, 4]
    assert np.bincount(made.y).tolist() == [40, 24, 16]
    assert made.test_lines is not None
    everything = sorted([*made.lines.tolist(), *made.test_lines.tolist()])
    assert everything == list(range(2, 102))
    assert [y[line - 2] for line in made.test_lines] == [("a", "b", "c")[i] for i in made.test[1]]
    assert made.test[0][:, 0].tolist() == [line + 5 for line in made.test_lines]


def test_test_rows_are_drawn_by_the_seed(read: Read) -> None:
    columns = {"x": range(7, 107), "y": [i * 0.37 for i in range(100)]}
    tests = [read(columns, test=0.2, seed=seed).test.tolist() for seed in (0, 0, 1)]
    assert tests[0] == tests[1] != tests[2]
    assert len(tests[0]) == 20


def test_the_default_share_needs_rows(read: Read) -> None:
    columns = {"x": range(7, 57), "y": [i * 0.37 for i in range(50)]}
    assert len(read(columns, test=None).test) == 10
    few = read({name: list(cells)[:49] for name, cells in columns.items()}, test=None)
    assert len(few.test) == 0
    assert any(line.startswith("too few rows to hold some out as a test: 49") for line in few.notes)


def test_a_share_that_leaves_nothing(read: Read) -> None:
    with pytest.raises(DataError, match=r"expected rows for a test share of 0\.1 and for the training, got 4 rows"):
        read({"x": [1, 2, 4, 8], "y": [1, 2.5, 3, 4]}, test=0.1)


def test_a_class_of_one_row_stays_in_the_training(read: Read) -> None:
    table = read({"x": range(7, 17), "y": ["a"] * 9 + ["b"]}, test=0.5)
    assert table.y[table.kept].tolist().count(1) == 1


# ---------------------------------------------------------------- the columns


def test_all_that_is_learnt_is_learnt_of_the_training_rows(read: Read) -> None:
    """Whatever stands in the test and validation rows, the schema and the training rows' numbers stay as they are."""
    rng = np.random.default_rng(0)
    columns: dict[str, list[Any]] = {
        "x": rng.normal(size=100).round(3).tolist(),
        "colour": rng.choice(["red", "blue", "green"], 100).tolist(),
        "day": [f"2024-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(100)],
        "y": rng.normal(size=100).round(3).tolist(),
    }
    columns["x"][::5] = [""] * 20
    table = read(columns, test=0.2)
    made = table.encoded(0.25, 0)
    training, _, (held, _) = split(table.kept, table.kept, 0.25, 0)
    for row in [*held, *table.test]:
        columns["x"][row] = 1e6
        columns["colour"][row] = f"new{row}"
        columns["day"][row] = ""
    again = read(columns, test=0.2).encoded(0.25, 0)
    assert made.schema == again.schema
    kept = np.isin(made.lines - 2, training)
    assert np.array_equal(made.x[kept], again.x[kept])


def test_missing_numbers_are_the_median_and_a_column_says_so(read: Read) -> None:
    made = read({"x": [1, "", 5, 9, ""], "z": [1, 2, 4, 8, 16], "y": [1, 2, 3.5, 4, 5]}).encoded(0.0, 0)
    assert made.schema.columns == ("x", "x is missing", "z")
    assert named(made, "x").tolist() == [1, 5, 5, 9, 5]
    assert named(made, "x is missing").tolist() == [0, 1, 0, 0, 1]


def test_words_become_columns_and_rare_ones_share_one(read: Read) -> None:
    words = ["red"] * 20 + ["blue"] * 17 + ["rust", "rust", "mauve"]
    made = read({"colour": words, "y": [i * 0.3 for i in range(40)]}).encoded(0.0, 0)
    assert made.schema.columns == ("colour=blue", "colour=red", "colour: other words")
    assert made.x.sum(axis=0).tolist() == [17, 20, 3]
    assert made.x.sum(axis=1).tolist() == [1] * 40


def test_at_most_a_hundred_words_have_a_column(read: Read) -> None:
    words = [f"w{i:03}" for i in range(110) for _ in range(4 + (i < 100))]
    made = read({"w": words, "y": [i * 0.3 for i in range(len(words))]}).encoded(0.0, 0)
    assert len(made.schema.columns) == 101
    assert made.schema.features[0].levels == tuple(f"w{i:03}" for i in range(100))
    assert made.x.sum(axis=0).tolist() == [5] * 100 + [40]


def test_missing_words_have_a_column_where_the_training_lacks_some(read: Read) -> None:
    made = read({"c": ["a", "b", "?", "a", "b", "a"], "y": [1, 2, 3.5, 4, 5, 6]}).encoded(0.0, 0)
    assert made.schema.columns == ("c=a", "c=b", "c is missing")
    assert made.x[2].tolist() == [0, 0, 1]


def test_dates_become_days_months_weekdays_and_hours(read: Read) -> None:
    days = ["2024-01-30", "2024-02-01", "2024-03-03"]
    made = read({"d": days, "y": [1, 2, 3.5]}).encoded(0.0, 0)
    assert made.schema.columns == ("d (days)", "d (month)", "d (weekday)")
    assert made.x.tolist() == [[19752, 1, 1], [19754, 2, 3], [19785, 3, 6]]  # a Tuesday, a Thursday, a Sunday
    made = read({"d": ["1969-12-31T06:00", "1970-01-01T18:30", "1970-01-01T00:00"], "y": [1, 2, 3.5]}).encoded(0.0, 0)
    assert made.schema.columns == ("d (days)", "d (month)", "d (weekday)", "d (hour)")
    assert made.x.tolist() == [[-0.75, 12, 2, 6], [18.5 / 24, 1, 3, 18.5], [0, 1, 3, 0]]


def test_what_tells_nothing_is_left_out_and_said(read: Read) -> None:
    n = 40
    table = read(
        {
            "id": range(1, n + 1),
            "name": [f"n{i}" for i in range(n)],
            "one": ["same"] * n,
            "none": [""] * n,
            "x": [i * i for i in range(n)],
            "y": [i * 0.3 for i in range(n)],
        }
    )
    assert table.encoded(0.0, 0).schema.columns == ("x",)
    told = "\n".join(table.notes)
    assert "left out: 'id', which counts the rows" in told
    assert "left out: 'name' (words that hardly come again); 'one' (the same in all rows); 'none' (empty)" in told


def test_codes_are_said_to_be_words(read: Read) -> None:
    table = read({"grade": [*"K123"] * 5, "y": range(20)})
    assert table.encoded(0.0, 0).schema.columns == ("grade=1", "grade=2", "grade=3", "grade=K")
    assert "column 'grade': words, for 'K' is no number; --missing K if it stands for nothing" in table.notes
    chosen = read({"x": range(20), "y": [*"K123"] * 5}).notes[-1]
    assert (
        chosen
        == "target 'y': words, for 'K' is no number; --missing K if it stands for nothing: classification, 4 classes"
    )


def test_an_index_without_a_name_is_left_out(read: Read) -> None:
    table = read({"": range(5), "x": [1, 2, 4, 8, 16], "y": [1, 2, 3.5, 4, 5]})
    assert table.encoded(0.0, 0).schema.columns == ("x",)
    assert "left out: '', which counts the rows" in table.notes
    table = read({"": "abcde", "x": [1, 2, 4, 8, 16], "y": [1, 2, 3.5, 4, 5]})
    assert table.encoded(0.0, 0).schema.columns == ("x",)
    assert "left out: '', which names the rows" in table.notes
    for other in ("abcda", [3, 1, 4, 1, 5]):
        with pytest.raises(DataError, match="expected a name for each column, got an empty one in the first line"):
            read({"": other, "x": [1, 2, 4, 8, 16], "y": [1, 2, 3.5, 4, 5]})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": " Y"}, "got ' Y'; did you mean 'y'"),
        ({"target": "prize"}, "expected a column among price, colour, y, got 'prize'; did you mean 'price'"),
        ({"drop": ("Colour",)}, "got 'Colour'; did you mean 'colour'"),
        ({"target": "y,price"}, "expected one column as the target, got 'y,price': one is learnt at a time"),
        ({"drop": ("y",)}, "expected a target that is not left out, got 'y' for both"),
        ({"weights": "y"}, "expected a target that is not left out, got 'y' for both"),
    ],
)
def test_a_wrong_name(read: Read, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read({"price": [1, 2, 3], "colour": ["a", "b", "a"], "y": [1, 2, 3.5]}, **options)


def test_a_training_of_one_class_is_refused(read: Read) -> None:
    table = read({"x": range(7, 47), "y": ["a"] * 38 + ["b"] * 2})
    rows = np.arange(40)
    seed = next(seed for seed in range(200) if not np.isin([38, 39], split(rows, rows, 0.5, seed)[0]).any())
    with pytest.raises(DataError, match="the training rows have one target only; take another --seed or share"):
        table.encoded(0.5, seed)


# ---------------------------------------------------------------- weights


def test_balanced_classes_weigh_alike(read: Read) -> None:
    made = read({"x": range(7, 47), "y": ["a"] * 30 + ["b"] * 10}, class_weight="balanced").encoded(0.0, 0)
    assert made.weights is not None
    assert [made.weights[made.y == i].sum() for i in (0, 1)] == pytest.approx([20, 20])


def test_weights_of_classes_and_of_rows_multiply(read: Read) -> None:
    columns = {"x": [7, 8, 9, 11], "w": [1, 2, 0, 4], "y": ["a", "b", "a", "b"]}
    made = read(columns, class_weight="b=3", weights="w").encoded(0.0, 0)
    assert made.schema.columns == ("x",)
    assert made.weights is not None
    assert made.weights.tolist() == [1, 6, 0, 12]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": "w"}, "line 3, column 'w': expected weights >= 0, got -2"),
        ({"weights": "v"}, "line 4, column 'v': expected weights >= 0, got nan"),
        ({"weights": "z"}, "column 'z': expected a weight above 0, got 0 in all training rows"),
        ({"weights": "word"}, "line 2, column 'word': expected a number, as in the other rows, got 'a'"),
        ({"class_weight": "B=3"}, "--class-weight: expected a class among a, b, got 'B'; did you mean 'b'"),
        ({"class_weight": "b"}, "expected --class-weight as balanced or a=1,b=3, got 'b'"),
        ({"class_weight": "b=-1"}, "expected --class-weight as balanced or a=1,b=3, got 'b=-1'"),
        ({"class_weight": "a=0,b=0"}, "expected --class-weight with at least one above 0, got 'a=0,b=0'"),
    ],
)
def test_weights_that_make_no_sense(read: Read, options: dict[str, Any], message: str) -> None:
    columns = {"x": [7, 8, 9, 11], "w": [1, -2, 0, 4], "v": [1, 2, "", 4], "z": [0] * 4, "word": list("abab")}
    with pytest.raises(DataError, match=message):
        read({**columns, "y": ["a", "b", "a", "b"]}, **options).encoded(0.0, 0)


def test_classes_are_needed_for_their_weights() -> None:
    with pytest.raises(DataError, match="--class-weight is for a classification"):
        class_weights("balanced", np.array([0, 1]), None)


# ---------------------------------------------------------------- what is stored


def test_a_schema_comes_back_from_json(read: Read) -> None:
    table = read(
        {"x": [1, "", 5], "c": ["a", "b", "a"], "d": ["30.1.2024", "1.2.2024", "3.2.2024"], "y": ["u", "v", "u"]}
    )
    schema = table.encoded(0.0, 0).schema
    assert Schema.from_json(json.loads(json.dumps(schema.as_json()))) == schema


def test_a_file_that_changed_is_refused(read: Read) -> None:
    columns = {"x": [7, 8, 9, 11], "y": [1, 2, 3.5, 4]}
    stored = read(columns).identity
    read(columns).require_same(stored)
    with pytest.raises(
        DataError, match="has changed since this training began: 4 rows and 22 bytes then, 4 and 23 now"
    ):
        read({**columns, "x": [7, 8, 9, 110]}).require_same(stored)


def test_what_stands_in_missing_cells_is_said_of_words_and_of_numbers(read: Read) -> None:
    cells = {"word": ["a", "b", ""] * 20, "number": [1, "", 3, 4, 5, 6] * 10, "y": ["no", "yes"] * 30}
    table = read(cells)
    table.encoded(0.0, 0)
    assert "missing cells in 'word': none of the words stands there, and a column that says so" in table.notes
    assert "missing cells in 'number': the median stands there, and a column that says so" in table.notes


def test_the_name_of_a_packed_table_is_that_of_the_file_in_it() -> None:
    names = ["a/flowers.csv", "flowers.csv.gz", "flowers.csv.zip", "flowers.tsv.bz2", "flowers.xz", "flowers"]
    assert {Source(name, "y").name for name in names} == {"flowers"}
