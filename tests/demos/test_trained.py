"""Models that come back from their folders, and what they say of rows: by `load`, and by `predict`."""

import contextlib
import csv
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from demos import trained
from demos.cli import main
from demos.tables import Source, Table
from demos.tables.columns import Kind
from demos.train_progress import Follow
from tests.demos.conftest import Cli
from vector import data, training
from vector.data import DataError
from vector.training.objectives import outputs_of


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, Path]:
    """A table with numbers, words, dates and missing cells, and the folder of runs that learnt its kind and height."""
    rng = np.random.default_rng(0)
    n = 120
    frame = pd.DataFrame(
        {
            "width": rng.normal(2000, 1, n).round(4),
            "soil": rng.choice(["clay", "sand", "peat"], n),
            "planted": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D"),
            "gone": rng.choice([1.5, np.nan], n),
        }
    )
    frame["kind"] = np.where(frame["width"] > 2000 + 0.5 * (frame["soil"] == "clay"), "rose", "tulip")
    frame["height"] = 300 + 20 * (frame["width"] - 2000) + 5 * (frame["soil"] == "clay")
    folder = tmp_path_factory.mktemp("garden")
    frame.to_csv(folder / "garden.csv", index=False)
    with contextlib.chdir(folder):
        for target, other in (("kind", "height"), ("height", "kind")):
            words = ["--csv", "garden.csv", "--target", target, "--drop", other, "--epochs", "3", "--out", target]
            with pytest.raises(SystemExit, match="0"):
                main(["train", *words])
    return frame, folder


@pytest.fixture
def garden(planted: tuple[pd.DataFrame, Path], cli: Cli) -> pd.DataFrame:
    """The table; the file and the runs stand in the current folder."""
    frame, folder = planted
    shutil.copytree(folder, ".", dirs_exist_ok=True)
    return frame.copy()


def silent(line: str) -> None:
    """Nobody needs to know."""


def test_a_tables_model_comes_back_with_all_that_reads_rows(garden: pd.DataFrame) -> None:
    model = trained.load("kind")
    assert model.task == "classification"
    assert model.target == "kind"
    assert model.classes == ("rose", "tulip")
    assert model.columns == ("width", "soil", "planted", "gone")
    assert model.categories == {"soil": ("clay", "peat", "sand")}
    assert not model.model.training
    made = Table(Source("garden.csv", "kind", ("height",))).encoded(0.0, 0)
    assert list(model.scaling) == list(made.schema.columns)
    assert model.scaling["width"][0] == pytest.approx(2000, abs=1)
    assert repr(model) == "Trained(classification of 'kind' (rose, tulip), from width, soil, planted, gone)"
    expected = outputs_of(model.model, made.x)
    assert np.array_equal(model(made.x), expected)
    assert expected.shape == (len(made.x), 2)


def test_the_best_epochs_weights_come_back_and_score_as_in_the_training(garden: pd.DataFrame) -> None:
    results = json.loads(Path("height/results.json").read_text())
    table = Table(Source("garden.csv", "height", ("kind",)))
    test = garden.iloc[table.test]
    scores = trained.load("height").predict(test, notify=silent).scores
    assert scores is not None
    assert scores["rmse"] == pytest.approx(results["test"]["rmse"], rel=1e-6)
    assert scores["r2"] == pytest.approx(results["test"]["r2"], rel=1e-6)
    assert scores["rows"] == 24


@pytest.mark.parametrize("target", ["kind", "height"])
def test_rows_are_the_same_in_every_form(garden: pd.DataFrame, target: str) -> None:
    model = trained.load(target)
    rows = garden.drop(columns=["kind", "height"])
    shuffled = rows[rows.columns[::-1]]
    rows.to_csv("rows.csv", index=False)
    german = rows.assign(planted=rows["planted"].dt.strftime("%d.%m.%Y"))
    german.to_csv("german.csv", index=False, sep=";", decimal=",", encoding="utf-16")
    columns: dict[str, Any] = {name: rows[name].tolist() for name in rows}
    records = [{str(name): value for name, value in record.items()} for record in rows.to_dict("records")]
    first = model.predict(rows, notify=silent)
    for form in (shuffled, "rows.csv", Path("german.csv"), columns, records):
        again = model.predict(form, notify=silent)
        if target == "kind":
            assert np.array_equal(again.probabilities, first.probabilities)
            assert again.classes.tolist() == first.classes.tolist()
        else:
            assert np.array_equal(again.values, first.values)
    assert (first.probabilities is None) == (target == "height")
    if first.probabilities is not None:
        assert first.probabilities.sum(axis=1) == pytest.approx(np.ones(len(rows)))


def test_what_is_odd_about_rows_is_told(garden: pd.DataFrame) -> None:
    model, told = trained.load("kind"), list[str]()
    rows = garden.drop(columns="kind").assign(note="x")
    rows.loc[0, "width"] = np.nan
    rows.loc[1:3, "soil"] = ["moss", "moss", "lava"]
    rows.loc[4, "soil"] = None
    made = model.predict(rows, notify=told.append)
    median = model.schema.features[0].fill if model.schema else 0.0
    assert told == [
        "ignored, for the model has no such columns: 'height', 'note'",
        f"column 'width': 1 missing cells, as none in training: the training's median, {median:g}, stands there",
        "column 'soil': 1 missing cells, as none in training: none of its words stands there",
        "column 'soil': 3 rows have words without a column ('moss' 2, 'lava' 1): none of its words",
    ]
    rows.loc[0, "width"] = median
    assert np.array_equal(model.predict(rows, notify=silent).probabilities, made.probabilities)


def test_a_column_with_nothing_in_it_is_read(garden: pd.DataFrame) -> None:
    rows = garden.drop(columns=["kind", "height"]).head(3).assign(planted=None, width=None, soil=None)
    made = trained.load("height").predict(rows, notify=silent)
    assert np.isfinite(made.values).all()


def test_rare_and_unknown_words_share_a_column(cli: Cli) -> None:
    words = ["red"] * 30 + ["blue"] * 28 + ["rust", "mauve"]
    rows = [f"{word},{i % 7},{i * 0.25}" for i, word in enumerate(words)]
    Path("t.csv").write_text("\n".join(["colour,x,y", *rows]))
    assert (
        cli("train", "--csv", "t.csv", "--target", "y", "--epochs", "2", "--test", "0", "--validation", "0").status == 0
    )
    told: list[str] = []
    made = trained.load("runs/t").predict([{"colour": c, "x": 1} for c in ("rust", "new", "red")], notify=told.append)
    assert told == ["column 'colour': 2 rows have words without a column ('new' 1, 'rust' 1): other words"]
    assert made.values[0] == made.values[1] != made.values[2]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"width": [1.0], "soil": ["clay"]}, "expected the columns that the model was trained with, got none named "
         "'planted', 'gone'"),
        ({"Width": [1.0], "soil": ["clay"], "planted": ["2024-01-01"], "gone": [1]},
         r"'width' \('Width' is not 'width'\)"),
        ({"width": ["wide"], "soil": ["clay"], "planted": ["2024-01-01"], "gone": [1]},
         "row 0, column 'width': expected a number, as in the other rows, got 'wide'"),
        ({"width": [1.0], "soil": ["clay"], "planted": ["now"], "gone": [1]},
         "row 0, column 'planted': expected a date such as 2024-01-30, got 'now'"),
        ({"width": [], "soil": [], "planted": [], "gone": []}, "expected rows to predict, got none"),
    ],
)  # fmt: skip
def test_rows_that_the_model_cannot_read(garden: pd.DataFrame, rows: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        trained.load("kind").predict(rows, notify=silent)


def test_a_word_in_a_file_is_told_by_its_line(garden: pd.DataFrame) -> None:
    Path("bad.csv").write_text("width,soil,planted,gone\n\n1,clay,2024-01-01,1\nwide,clay,2024-01-01,1\n")
    with pytest.raises(DataError, match=r"^bad\.csv: line 4, column 'width': expected a number"):
        trained.load("kind").predict("bad.csv", notify=silent)


def test_units_stay_what_they_were(cli: Cli) -> None:
    rows = [f"{i % 9} %,{i % 9}" for i in range(60)]
    Path("t.csv").write_text("\n".join(["x,y", *rows]))
    cli("train", "--csv", "t.csv", "--target", "y", "--task", "regression", "--epochs", "2")
    model = trained.load("runs/t")
    Path("u.csv").write_text("x\n5\n")
    with pytest.raises(DataError, match="column 'x': expected numbers with %, as in training, got no unit"):
        model.predict("u.csv")
    Path("u.csv").write_text("x\n5%\n")
    assert np.array_equal(model.predict("u.csv").values, model.predict({"x": [5.0]}).values)


# ---------------------------------------------------------------- other runs


def test_a_table_without_names(cli: Cli) -> None:
    """Of the class in column 2: rows with it and without it are read by their places."""
    rng = np.random.default_rng(0)
    rows = [[f"{x:.3f}", "big" if x > 0 else "small", f"{y:.3f}", f"{i % 7:02}"] for i, (x, y) in
            enumerate(rng.normal(size=(60, 2)))]  # fmt: skip

    def write(name: str, columns: Sequence[int]) -> None:
        Path(name).write_text("".join(",".join(row[i] for i in columns) + "\n" for row in rows))

    write("all.csv", range(4))
    assert "--no-header says that the first line is a row" in cli("train", "--csv", "all.csv", "--target", "2").err
    words = ["--csv", "all.csv", "--no-header", "--target", "2", "--epochs", "30", "--lr", "0.02", "--out", "run"]
    assert cli("train", *words).status == 0
    assert cli("train", *words, "--resume").status == 0
    model = trained.load("run")
    assert model.columns == ("1", "3", "4")
    whole = model.predict("all.csv")
    assert whole.scores is not None
    assert whole.scores["accuracy"] > 0.9
    assert whole.lines.tolist() == list(range(1, 61))
    write("new.csv", (0, 2, 3))
    frame = pd.read_csv("new.csv", header=None)  # whose columns are 0, 1, 2
    for rest in (model.predict("new.csv"), model.predict(frame)):
        assert rest.classes.tolist() == whole.classes.tolist()
    write("less.csv", (0, 2))
    message = "expected 4 columns, for those of the training have no names, or 3 without column 2, got 2"
    with pytest.raises(DataError, match=message):
        model.predict("less.csv")


def test_words_that_stand_for_nothing_do_so_in_new_rows(cli: Cli) -> None:
    cells = "".join(f"{'unknown' if i % 5 == 0 else i},{i % 2 * 3.5},{'-999' if i == 7 else i}\n" for i in range(60))
    Path("t.csv").write_text(f"x,z,y\n{cells}")
    assert "--missing unknown if it stands for nothing" in cli("train", "--csv", "t.csv", "--target", "y").err
    words = ["--csv", "t.csv", "--target", "y", "--missing", "unknown,-999", "--epochs", "2", "--out", "run"]
    told = cli("train", *words)
    assert told.status == 0
    assert "1 rows without a 'y' are left out" in told.out
    assert cli("train", "--resume", "--out", "run").status == 0
    model = trained.load("run")
    Path("new.csv").write_text("x,z\nunknown,0\n3,3.5\n")
    wanted = model.predict({"x": [None, 3], "z": [0, 3.5]}).values
    for rows in ("new.csv", {"x": ["unknown", 3], "z": [0, 3.5]}, {"x": [-999, 3], "z": [0, 3.5]}):
        np.testing.assert_allclose(model.predict(rows).values, wanted, 1e-6)


@pytest.mark.parametrize(
    "words", [["xor"], ["moons", "--engine", "vector"], ["xor", "--engine", "vector", "--activation", "gelu"]]
)
def test_points_in_the_plane(cli: Cli, words: list[str]) -> None:
    cli("train", *words, "--epochs", "3", "--out", "run")
    model = trained.load("run")
    assert model.classes == ("0", "1")
    points = np.array([[0.5, -1], [2, 0.25]])
    pd.DataFrame(points, columns=["a", "b"]).assign(label=[0, 1]).to_csv("points.csv", index=False)
    made = model.predict("points.csv")
    scores = model(points)[:, 0]
    assert np.array_equal(made.values, scores)
    assert made.classes.tolist() == [str(int(score > 0)) for score in scores]
    assert made.probabilities is None
    assert made.scores is not None
    assert made.scores["accuracy"] == np.mean([scores[0] <= 0, scores[1] > 0])
    with pytest.raises(DataError, match="expected 2 columns of coordinates, and perhaps one named label, got 3"):
        model.predict({"a": [1], "b": [2], "c": [3]})


@pytest.mark.slow
def test_images_are_as_many_columns_as_pixels(cli: Cli) -> None:
    cli("train", "digits", "--epochs", "2", "--out", "run")
    model, digits = trained.load("run"), data.digits(seed=0)
    results = json.loads(Path("run/results.json").read_text())
    frame = pd.DataFrame(digits.test_images).assign(label=digits.test_labels)
    made = model.predict(frame)
    assert made.scores is not None
    assert made.scores["accuracy"] == pytest.approx(results["test"]["accuracy"])
    whole = np.round(digits.test_images * 16).astype(int)
    pd.DataFrame(whole).to_csv("whole.csv", index=False, header=False)
    told: list[str] = []
    again = model.predict("whole.csv", notify=told.append)
    assert told == ["pixels are divided by 16, as in training"]
    assert again.lines.tolist() == list(range(1, len(whole) + 1))
    assert again.probabilities == pytest.approx(made.probabilities, abs=1e-6)
    for rows, message in (
        ({"a": [1.0]}, "expected 64 columns of pixels, and perhaps one named label, got 1"),
        (frame.drop(columns="label") * 300, "expected pixels from 0 to 1, or whole numbers from 0 to 16, got 0 to 300"),
        (frame.drop(columns=["label", 0]).assign(last=None), "row 0, column 'last': expected a number, got nothing"),
    ):
        with pytest.raises(DataError, match=message):
            model.predict(rows)


def test_a_training_that_is_not_done_gives_its_best_epoch(garden: pd.DataFrame, cli: Cli) -> None:
    words = ["--csv", "garden.csv", "--target", "kind", "--epochs", "2", "--validation", "0.2", "--out", "chosen"]
    assert cli("train", *words).status == 0
    done = trained.load("chosen")
    Path("chosen/model.safetensors").unlink()
    told: list[str] = []
    best = trained.load("chosen", notify=told.append)
    assert told == ["chosen: its training is not done; the best epoch so far is taken"]
    rows = garden.drop(columns="kind")
    assert np.array_equal(best.predict(rows).probabilities, done.predict(rows).probabilities)
    with pytest.warns(UserWarning, match="its training is not done"):
        trained.load("chosen")
    Path("kind/model.safetensors").unlink()
    with pytest.raises(DataError, match="has no best epoch yet; go on with: twingrad train --resume --out kind"):
        trained.load("kind")


def test_folders_that_hold_no_model(garden: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"^nowhere: expected the folder of a run, with its config\.json"):
        trained.load("nowhere")
    shutil.copytree("kind", "damaged")
    Path("damaged/model.safetensors").write_bytes(b"no weights")
    with pytest.raises(training.CheckpointError, match=r"damaged/model\.safetensors: no whole safetensors file"):
        trained.load("damaged")
    shutil.copyfile("height/model.safetensors", "damaged/model.safetensors")
    with pytest.raises(training.CheckpointError, match="expected the names of the model"):
        trained.load("damaged")
    config = json.loads(Path("damaged/config.json").read_text())
    older = {key: value for key, value in config.items() if key not in ("schema", "table")}
    Path("damaged/config.json").write_text(json.dumps(older))
    with pytest.raises(DataError, match="a run of an earlier version, without the schema of its table: train it anew"):
        trained.load("damaged")
    Path("damaged/config.json").write_text(json.dumps({**config, "schema": {"features": [{}], "target": {}}}))
    with pytest.raises(DataError, match=r"damaged/config\.json: expected the schema of the table"):
        trained.load("damaged")
    Path("damaged/config.json").write_text("{")
    with pytest.raises(DataError, match=r"damaged/config\.json: expected the options of a run"):
        trained.load("damaged")


# ---------------------------------------------------------------- the command


def test_predict_writes_a_line_for_each_row(garden: pd.DataFrame, cli: Cli) -> None:
    outcome = cli("predict", "kind", "garden.csv", "-o", "out.csv")
    assert outcome.status == 0
    assert "wrote out.csv: 120 rows" in outcome.out
    assert "kind: accuracy" in outcome.out
    assert "ignored, for the model has no such columns: 'height'" in outcome.err
    rows = list(csv.DictReader(Path("out.csv").read_text().splitlines()))
    assert list(rows[0]) == ["line", "predicted", "P(rose)", "P(tulip)"]
    assert [int(row["line"]) for row in rows] == list(range(2, 122))
    for row in rows:
        assert float(row["P(rose)"]) + float(row["P(tulip)"]) == pytest.approx(1, abs=2e-6)
        assert (float(row["P(rose)"]) > 0.5) == (row["predicted"] == "rose")


def test_predict_writes_into_a_pipe(garden: pd.DataFrame, cli: Cli) -> None:
    outcome = cli("predict", "height", "garden.csv", "-o", "-")
    rows = list(csv.DictReader(io.StringIO(outcome.out)))
    assert list(rows[0]) == ["line", "predicted"]
    values = trained.load("height").predict("garden.csv", notify=silent).values
    assert [float(row["predicted"]) for row in rows] == pytest.approx(values.tolist(), rel=1e-8)
    assert "height: rmse" in outcome.err


def test_predict_shows_the_first_rows(garden: pd.DataFrame, cli: Cli) -> None:
    outcome = cli("predict", "kind", "garden.csv")
    assert outcome.out.splitlines()[0].split() == ["line", "predicted", "P(rose)", "P(tulip)"]
    assert "20 of 120 rows; -o FILE writes all of them, with every column" in outcome.out


def test_predict_in_a_fresh_process(garden: pd.DataFrame) -> None:
    command = [sys.executable, "-m", "demos", "predict", "kind", "garden.csv", "-o", "-"]
    environment = {"PYTHONPATH": str(Path(trained.__file__).parents[1]), "PATH": ""}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    expected = trained.load("kind").predict("garden.csv", notify=silent).classes
    assert [row["predicted"] for row in csv.DictReader(io.StringIO(done.stdout))] == expected.tolist()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="not here: /dev/full")
def test_predictions_that_cannot_be_written_are_told_in_one_line(garden: pd.DataFrame) -> None:
    command = [sys.executable, "-m", "demos", "predict", "height", "garden.csv", "-o", "-"]
    environment = {"PYTHONPATH": str(Path(trained.__file__).parents[1]), "PATH": ""}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=environment)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "error: cannot write the output: No space left on device"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "garden.csv"], "nowhere: expected the folder of a run"),
        (["kind", "none.csv"], "none.csv: cannot be read: No such file or directory"),
        (["kind", "garden.csv", "-o", "none/out.csv"], "cannot write none/out.csv: No such file or directory"),
        (["kind", "garden.csv", "--separator", ";"], "expected the columns that the model was trained with"),
    ],
)
def test_predictions_that_cannot_be_made(garden: pd.DataFrame, cli: Cli, arguments: list[str], message: str) -> None:
    outcome = cli("predict", *arguments)
    assert outcome.status == 2
    assert message in outcome.err.splitlines()[-1]


def test_pandas_that_is_not_installed_is_told(garden: pd.DataFrame, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    for words in (["predict", "kind", "garden.csv"], ["train", "--csv", "garden.csv", "--target", "kind"]):
        outcome = cli(*words)
        assert outcome.status == 2
        assert outcome.err == 'error: tables need pandas; install it with: pip install "twingrad[tables]"\n'


# ---------------------------------------------------------------- resuming


def stopped(monkeypatch: pytest.MonkeyPatch, cli: Cli, *words: str) -> None:
    """A training that Ctrl-C ends after its fifth step."""

    def press(self: Follow, trainer: training.Trainer, loss: float) -> None:
        if trainer.progress.step == 5:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Follow, "on_step", press)
        patch.setattr(training.Config, "checkpoint_seconds", 0.0)
        assert cli("train", *words, "--epochs", "4").status == 130


def test_resume_needs_the_folder_alone(garden: pd.DataFrame, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["--csv", "garden.csv", "--target", "height", "--drop", "kind", "--seed", "3"]
    cli("train", *words, "--epochs", "4", "--out", "whole")
    stopped(monkeypatch, cli, *words, "--out", "part")
    assert not Path("part/model.safetensors").exists()
    assert cli("train", "--resume", "--out", "part").status == 0
    assert Path("part/model.safetensors").read_bytes() == Path("whole/model.safetensors").read_bytes()
    assert Path("part/config.json").read_bytes() == Path("whole/config.json").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("words", [["moons", "--engine", "vector", "--epochs", "2"],
                                   ["--csv", "garden.csv", "--target", "height", "--epochs", "2"]])  # fmt: skip
def test_the_same_command_line_begins_and_goes_on(garden: pd.DataFrame, cli: Cli, words: list[str]) -> None:
    for _ in range(2):
        outcome = cli("train", *words, "--resume", "--out", "again")
        assert outcome.status in (0, 1), outcome.err
    first = Path("again/model.safetensors").read_bytes()
    shutil.rmtree("again/checkpoints")
    cli("train", *words, "--resume", "--out", "again")
    assert Path("again/model.safetensors").read_bytes() == first


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--test", "0.3"],
            "--test: the run in kind has 0.2, here 0.3: leave it out to resume, or take another folder",
        ),
        (["--class-weight", "balanced"], "--class-weight: the run in kind has '', here 'balanced'"),
        (["--weights", "width"], "--weights: the run in kind has None, here 'width'"),
        (["--drop", "soil"], "--drop: the run in kind has height, here soil"),
        (["--task", "regression"], "--task: the run in kind has 'classification', here 'regression'"),
        (["--separator", "tab"], r"--separator: the run in kind has ',', here '\t'"),
    ],
)
def test_other_options_of_the_table_do_not_go_on(
    garden: pd.DataFrame, cli: Cli, words: list[str], message: str
) -> None:
    outcome = cli("train", "--csv", "garden.csv", "--target", "kind", *words, "--resume", "--out", "kind")
    assert outcome.status == 2
    assert message in outcome.err


def test_another_problem_does_not_go_on(garden: pd.DataFrame, cli: Cli) -> None:
    outcome = cli("train", "moons", "--resume", "--out", "kind")
    assert outcome.status == 2
    assert "kind is a run of garden.csv, not of moons: name another folder with --out" in outcome.err
    Path("other.csv").write_text(Path("garden.csv").read_text())
    outcome = cli("train", "--csv", "other.csv", "--target", "kind", "--resume", "--out", "kind")
    assert "--csv: the run in kind has 'garden.csv', here 'other.csv'" in outcome.err
    assert (
        cli("train", "--csv", str(Path("garden.csv").resolve()), "--target", "kind", "--resume", "--out", "kind").status
        == 0
    )


def test_a_table_that_changed_does_not_go_on(garden: pd.DataFrame, cli: Cli) -> None:
    with Path("garden.csv").open("a") as stream:
        stream.write("2000,clay,2024-01-01,1.5,rose,300\n")
    outcome = cli("train", "--resume", "--out", "kind")
    assert outcome.status == 2
    assert "garden.csv has changed since this training began: 120 rows and" in outcome.err
    Path("garden.csv").unlink()
    assert "garden.csv: cannot be read: No such file or directory" in cli("train", "--resume", "--out", "kind").err


def test_runs_of_an_earlier_version_do_not_go_on(garden: pd.DataFrame, cli: Cli) -> None:
    config = json.loads(Path("kind/config.json").read_text())
    older = {key: value for key, value in config.items() if key not in ("schema", "table")}
    Path("kind/config.json").write_text(json.dumps(older))
    outcome = cli("train", "--resume", "--out", "kind")
    assert outcome.status == 2
    assert "kind is a run of an earlier version, which read tables otherwise: train it anew" in outcome.err


def test_the_kinds_of_columns_are_stored(garden: pd.DataFrame) -> None:
    schema = trained.load("kind").schema
    assert schema is not None
    assert [feature.kind for feature in schema.features] == [Kind.number, Kind.word, Kind.moment, Kind.number]
    assert [feature.missing for feature in schema.features] == [False, False, False, True]
