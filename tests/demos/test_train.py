import dataclasses
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from rich.console import Console

import scalar
import vector
from demos import trained
from demos.engines import Engine
from demos.problems import Problem, Task
from demos.recipes import RECIPES, TABLE, Recipe, make_model, sized
from demos.tables import Source, Table
from demos.tabular import Tabular
from demos.train_progress import Follow
from demos.train_scalar import scalar_step
from tests.demos.conftest import Cli
from vector import nn, training

IMAGE_REPORT = ["confusion.svg", "features.png", "loss.svg", "mistakes.png"]
PLANE_REPORT = ["boundary.svg", "loss.svg"]
ALWAYS = ["checkpoints", "config.json", "metrics.jsonl", "model.safetensors", "report.html", "results.json", "run.json"]


def files(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def lines(folder: str) -> list[dict[str, Any]]:
    """The metrics, without the time that an epoch took."""
    read = [json.loads(line) for line in Path(folder, "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if name != "seconds"} for line in read]


def test_the_engines_are_twins_in_training() -> None:
    points, labels = vector.data.moons(20, 0.1, np.random.default_rng(3))
    model = scalar.nn.MLP(2, [8, 8, 1], generator=random.Random(3))
    options = {"epochs": 10, "batch": 20, "optimizer": "sgd", "lr": 0.5, "schedule": "linear", "weight_decay": 2e-4}
    losses, again = (
        training.fit(nn.MLP.from_scalar(model), points, labels, **options, **engine).losses
        for engine in ({"make_step": scalar_step}, {})
    )
    assert again == pytest.approx(losses, rel=1e-10)
    assert losses[-1] < losses[0]


@pytest.mark.parametrize(
    ("arguments", "plots"),
    [
        (["xor"], PLANE_REPORT),
        (["xor", "--engine", "vector", "--seed", "7"], PLANE_REPORT),
        (["moons", "--engine", "vector"], PLANE_REPORT),
        (["spirals"], PLANE_REPORT),
        (["digits"], IMAGE_REPORT),
    ],
)
def test_the_stated_accuracy_is_reached(cli: Cli, arguments: list[str], plots: list[str]) -> None:
    outcome = cli("train", *arguments, "--out", "runs/here")
    assert outcome.status == 0
    assert files("runs/here") == sorted(ALWAYS + plots)
    assert "stated: at least" in outcome.out.splitlines()[-1]


def test_progress_is_ten_plain_lines_where_there_is_no_terminal(cli: Cli) -> None:
    told = cli("train", "xor", "--engine", "vector", "--epochs", "40").out.splitlines()
    steps = [line for line in told if "step" in line]
    assert [line.split(",")[0] for line in steps] == [f"xor: step {step}/40" for step in range(4, 41, 4)]
    assert all(word in steps[-1] for word in ("loss", "accuracy", "samples/s", "s left"))


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(force_terminal=True, width=50, file=io.StringIO())
    monkeypatch.setattr("demos.train_progress.console", console)
    points, labels = vector.data.moons(20, 0.1, np.random.default_rng(3))
    training.fit(nn.MLP(2, [2]), points, labels, epochs=20, callbacks=[Follow("moons")])
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(word in shown for word in ("moons", "━", "20/20", "loss", "accuracy", "samples/s", "0:00:00", "left"))
    assert "…" not in shown  # nothing is cut off on a narrow one


def test_a_missed_accuracy_is_status_1(cli: Cli) -> None:
    outcome = cli("train", "digits", "--epochs", "1", "--lr", "1e-6")
    assert outcome.status == 1
    assert "is below the stated 95.0%" in outcome.err
    assert Path("runs/digits/loss.svg").exists()


@pytest.mark.parametrize("engine", ["scalar", "vector"])
def test_a_diverging_loss_is_told_in_one_line(cli: Cli, engine: str) -> None:
    outcome = cli("train", "xor", "--engine", engine, "--lr", "1e200")
    assert outcome.status == 1
    assert "the first to go wrong is step" in outcome.err
    assert "try a smaller --lr" in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["moons", "--lr", "0"], "expected 0 < lr < infinity, got 0.0"),
        (["moons", "--lr", "nan"], "expected 0 < lr < infinity, got nan"),
        (["moons", "--epochs", "0"], "expected epochs >= 1, got 0"),
        (["moons", "--optimizer", "adm"], "expected optimizer in ['adagrad',"),
        (["moons", "--activation", "rleu"], "expected --activation in linear, tanh,"),
        (["moons", "--activation", "rrelu"], "the scalar engine's activations are linear, tanh,"),
        (["moons", "--dtype", "float32"], "the scalar engine computes in float64: leave out --dtype"),
        (["digits", "--dtype", "int8"], "expected --dtype float32 or float64, got int8"),
        (["digits", "--hidden", "a,b"], "expected --hidden as widths, such as 256,128, got a,b"),
        (["digits", "--patience", "3"], "patience needs validation samples"),
        (["mnist", "--engine", "scalar"], "leave out --engine scalar"),
        (["moons", "--out", "file"], "cannot write file: File exists"),
        (
            ["--resume", "--out", "runs/none"],
            "nothing to resume: runs/none holds no run, and nothing else is named to learn",
        ),
        (["--resume"], "name one thing to learn: xor,"),
        (["moons", "--test", "0.2"], "--target, --drop, --task and how a table is read go with --csv"),
        (["--csv", "file", "--target", "y", "--test", "1"], "expected 0 <= --test < 1, a share of the rows, got 1.0"),
        (["moons", "--target", "y"], "--target, --drop, --task and how a table is read go with --csv"),
        (["moons", "--csv", "file"], "name one thing to learn"),
        ([], "name one thing to learn: xor, moons, spirals, digits, mnist, or --csv FILE --target COLUMN"),
        (["--csv", "file"], "name the column to learn: --target COLUMN"),
        (["--csv", "file", "--target", "y"], "file: expected a header and rows, got an empty file"),
        (["--csv", "file", "--target", "y", "--task", "z"], "expected --task classification or regression, got z"),
    ],
)
def test_options_that_make_no_sense(cli: Cli, arguments: list[str], message: str) -> None:
    Path("file").touch()
    outcome = cli("train", *arguments)
    assert outcome.status == 2
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


def test_damaged_data_are_told_in_one_line(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path("data/mnist")
    folder.mkdir(parents=True)
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (folder / f"{name}-ubyte").write_bytes(b"<!DOCTYPE html>")
    monkeypatch.setenv("TWINGRAD_DATA", str(Path("data").resolve()))
    outcome = cli("train", "mnist")
    assert outcome.status == 2
    assert "train-images-idx3-ubyte" in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_run_gets_a_folder_of_its_own(cli: Cli) -> None:
    for _ in range(3):
        assert cli("train", "xor", "--engine", "vector").status == 0
    assert files("runs") == ["xor", "xor-2", "xor-3"]
    outcome = cli("train", "xor", "--out", "runs/xor")
    assert outcome.status == 2
    assert "runs/xor holds checkpoints already: resume that training, or take another folder" in outcome.err


def test_a_stopped_run_is_taken_up_with_its_own_options(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "--hidden 12 --activation tanh --optimizer adamw --lr 0.01 --epochs 30 --validation 0.2 --batch 16 --seed 3"
    options = words.split()
    cli("train", "moons", "--engine", "vector", *options, "--out", "runs/untouched")

    def press(self: Follow, trainer: training.Trainer, loss: float) -> None:
        if trainer.progress.step == 47:
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(Follow, "on_step", press)
        outcome = cli("train", "moons", "--engine", "vector", *options)
    assert outcome.status == 130
    assert "stopped after step 47 of 150; --resume goes on in runs/moons" in outcome.out
    outcome = cli("train", "moons", "--resume")
    assert "moons: resumed after step 47" in outcome.out
    assert lines("runs/moons") == lines("runs/untouched")
    for name in ("model.safetensors", "results.json", "loss.svg"):
        assert Path("runs/moons", name).read_bytes() == Path("runs/untouched", name).read_bytes()


def test_other_options_do_not_go_on(cli: Cli) -> None:
    cli("train", "xor", "--engine", "vector")
    outcome = cli("train", "xor", "--resume", "--lr", "0.1")
    assert outcome.status == 2
    assert "it is of another training: its lr is 0.5, here 0.1" in outcome.err


def test_a_run_that_stopped_before_its_first_step_begins_with_its_own_options(cli: Cli) -> None:
    cli("train", "xor", "--engine", "vector", "--hidden", "5", "--seed", "1")
    shutil.rmtree("runs/xor/checkpoints")
    expected = Path("runs/xor/model.safetensors").read_bytes()
    cli("train", "xor", "--resume")
    assert Path("runs/xor/model.safetensors").read_bytes() == expected


def test_damaged_options_are_told(cli: Cli) -> None:
    cli("train", "xor", "--engine", "vector")
    Path("runs/xor/config.json").write_text("{}")
    outcome = cli("train", "xor", "--resume")
    assert outcome.status == 2
    assert "runs/xor/config.json: expected the options of a run" in outcome.err


def flowers(path: Path) -> None:
    """A table with numbers, words, a class that they decide, and an amount."""
    generator = np.random.default_rng(0)
    rows = ["width,soil,id,kind,height"]
    for number in range(120):
        width, soil = generator.normal(), ("clay", "sand")[number % 2]
        kind = "rose" if width > (0.5 if soil == "clay" else -0.5) else "tulip"
        rows.append(f"{2000 + width},{soil},{number},{kind},{300 + 20 * width + 5 * (soil == 'clay')}")
    path.write_text("\n".join(rows))


def test_a_table_of_ones_own(cli: Cli) -> None:
    flowers(Path("flowers.csv"))
    words = ["--target", "kind", "--drop", "id,height", "--lr", "0.01", "--validation", "0.2"]
    outcome = cli("train", "--csv", "flowers.csv", *words)
    assert outcome.status == 0
    told = outcome.out.splitlines()
    assert [line.partition("% of the ")[2] for line in told[-3:]] == [
        "77 training rows right (they chose the weights)",
        "19 validation rows right (they chose the epoch)",
        "24 test rows right (they chose nothing)",
    ]
    report = ["accuracy.svg", "best.safetensors", "confusion.svg", "loss.svg", "mistakes.csv"]
    assert files("runs/flowers") == sorted([*ALWAYS, *report])
    assert json.loads(Path("runs/flowers/results.json").read_text())["validation"]["accuracy"] > 0.85


def test_the_options_are_written_with_their_defaults_and_what_the_numbers_stand_for(cli: Cli) -> None:
    flowers(Path("flowers.csv"))
    cli("train", "--csv", "flowers.csv", "--target", "kind", "--drop", "id,height", "--epochs", "2")
    config = json.loads(Path("runs/flowers/config.json").read_text())
    decided: dict[str, Any] = {
        "epochs": 2,
        "optimizer": "adamw",
        "weight_decay": 0.01,
        "schedule": "cosine",
        "validation": 0.0,
    }
    options = dataclasses.asdict(training.Config(**decided))
    assert config["recipe"]["options"] == {key: options[key] for key in options if key not in ("batch", "objective")}
    assert config["columns"] == ["width", "soil=clay", "soil=sand"]
    assert config["classes"] == ["rose", "tulip"]


def test_early_stopping_is_told(cli: Cli) -> None:
    flowers(Path("flowers.csv"))
    words = ["--target", "kind", "--drop", "id", "--patience", "2", "--lr", "0.1"]
    told = cli("train", "--csv", "flowers.csv", *words).out.splitlines()
    results = json.loads(Path("runs/flowers/results.json").read_text())
    done, best = results["epochs"], results["best_epoch"]
    assert done == best + 2 < 100
    assert (
        f"stopped early, after epoch {done} of 100; the model is that of epoch {best}, whose validation loss is the "
        "smallest"
    ) in told


def test_a_tables_model_as_onnx_takes_its_rows(cli: Cli) -> None:
    flowers(Path("flowers.csv"))
    words = ["--csv", "flowers.csv", "--target", "kind", "--drop", "id,height", "--lr", "0.01", "--epochs", "20"]
    cli("train", *words)
    assert not Path("runs/flowers/model.onnx").exists()
    outcome = cli("train", *words[:-4], "--resume", "--onnx")  # of a run that is done
    assert outcome.status == 0
    assert "wrote runs/flowers/model.onnx" in outcome.out
    session = onnxruntime.InferenceSession("runs/flowers/model.onnx", providers=["CPUExecutionProvider"])
    texts = session.get_modelmeta().custom_metadata_map
    assert json.loads(texts["columns"]) == ["width", "soil=clay", "soil=sand"]
    assert json.loads(texts["classes"]) == ["rose", "tulip"]
    made = Table(Source("flowers.csv", "kind", ("id", "height"))).encoded(0.0, 0)
    said = session.run(None, {"input": made.x})[0].argmax(axis=1)
    classes = trained.load("runs/flowers").predict("flowers.csv", notify=lambda line: None).classes
    assert classes is not None
    lines = np.arange(2, 122)
    assert [("rose", "tulip")[i] for i in said] == [classes[list(lines).index(line)] for line in made.lines]


def test_onnx_that_is_not_installed_is_told_before_the_training(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    outcome = cli("train", "xor", "--onnx")
    assert outcome.status == 2
    assert 'pip install "twingrad[onnx]"' in outcome.err
    assert not Path("runs").exists()


def test_without_safetensors_nothing_is_begun(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run folder of a training that could not start stayed behind once."""
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    outcome = cli("train", "xor")
    message = 'error: checkpoints need safetensors; install it with: pip install "twingrad[train]"\n'
    assert (outcome.status, outcome.err) == (2, message)
    assert not Path("runs").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="not here: /dev/full")
def test_output_to_a_full_disk_is_told_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "demos", "train", "xor", "--engine", "vector", "--out", str(tmp_path / "run")]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, cwd=Path(__file__).parents[2], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (2, "error: cannot write the output: No space left on device\n")


def test_two_curves_of_accuracies_get_a_plot_of_their_own(cli: Cli) -> None:
    cli("train", "digits", "--epochs", "2", "--validation", "0.1")
    assert Path("runs/digits/accuracy.svg").exists()


def test_a_regression_on_a_table(cli: Cli) -> None:
    flowers(Path("flowers.csv"))
    outcome = cli("train", "--csv", "flowers.csv", "--target", "height", "--drop", "id,kind", "--lr", "0.01")
    assert outcome.status == 0
    assert "R²" in outcome.out
    assert Path("runs/flowers/predictions.svg").exists()
    measured = json.loads(Path("runs/flowers/results.json").read_text())["test"]
    assert measured["r2"] > 0.97
    assert measured["rmse"] < 4  # in the column's own unit, where the heights' deviation is 20


def test_columns_are_standardised_by_the_training_part_alone() -> None:
    x = np.arange(40.0)[:, None]
    task = Task(x, x[:, 0], 1)
    config = training.Config(validation=0.5)
    model = make_model(task, Recipe(0.0, Engine.vector, (4,), 8, {}), config)
    assert isinstance(model, Tabular)
    kept = training.Trainer(model, x, x[:, 0], config).samples.x
    assert model.mean == kept.mean(axis=0) != x.mean(axis=0)
    assert model.target_deviation == kept.std(axis=0)


@pytest.mark.parametrize(
    ("rows", "classes", "options", "decided"),
    [
        (200, False, {}, (0.0, 60, 32)),
        (300, False, {}, (0.15, 100, 32)),
        (1_999, True, {}, (0.0, 60, 32)),
        (2_000, True, {}, (0.15, 100, 32)),
        (200, True, {"patience": 5}, (0.15, 100, 32)),
        (200, True, {"validation": 0.3, "epochs": 7}, (0.3, 7, 32)),
        (5_000, False, {}, (0.1, 100, 64)),
        (15_000, True, {}, (0.033, 50, 64)),
        (90_000, True, {}, (0.006, 25, 256)),
    ],
)
def test_what_is_left_open_is_decided_by_the_rows(
    rows: int, classes: bool, options: dict[str, Any], decided: tuple[float, int, int]
) -> None:
    recipe = sized(dataclasses.replace(TABLE, options={**TABLE.options, **options}), rows, classes=classes)
    assert (recipe.options["validation"], recipe.options["epochs"], recipe.batch) == decided
    assert sized(recipe, 7, classes=classes) == recipe  # of a stored one, nothing is open


def test_few_rows_are_all_learnt_from_and_that_is_said(cli: Cli) -> None:
    flowers(Path("flowers.csv"))
    words = ["--csv", "flowers.csv", "--target", "kind", "--drop", "height", "--epochs", "2"]
    told = cli("train", *words).out
    assert (
        "too few rows to hold some out to choose the epoch: 96, expected at least 2,000; --validation 0.15 does" in told
    )
    assert "too few rows" not in cli("train", *words, "--validation", "0").out


def test_weights_decide_what_is_learnt(cli: Cli) -> None:
    """Of two equal rows with different targets, the one that counts more is learnt."""
    rows = [f"{i % 2},{kind},{1 if kind == 'a' else 9}" for i in range(40) for kind in ("a", "b")]
    Path("t.csv").write_text("\n".join(["x,y,w", *rows]))
    words = ["--csv", "t.csv", "--target", "y", "--test", "0", "--lr", "0.05"]
    for options, expected in ((["--weights", "w"], 0.9), (["--drop", "w", "--class-weight", "b=4"], 0.8)):
        assert cli("train", *words, *options, "--out", options[0]).status == 0
        probabilities = trained.load(options[0]).predict([{"x": 0}]).probabilities
        assert probabilities[0, 1] == pytest.approx(expected, abs=0.03)


def test_mnists_recipe_is_the_stated_one() -> None:
    recipe = RECIPES[Problem.mnist]
    assert recipe == Recipe(0.982, Engine.vector, (256, 128), 128, recipe.options, source=recipe.source)


@pytest.mark.slow
@pytest.mark.skipif(not vector.data.mnist_available(), reason="not here: MNIST (TWINGRAD_DATA names its folder)")
def test_mnist_reaches_98_2_percent(cli: Cli) -> None:
    outcome = cli("train", "mnist")
    assert outcome.status == 0
    assert Path("runs/mnist/loss.svg").exists()
