from pathlib import Path

import numpy as np
import pytest

import vector
from demos.engines import Engine
from demos.problems import RECIPES, Problem, Recipe
from demos.training import decayed, plane_model, train_scalar, train_vector
from tests.demos.conftest import Cli


def test_the_engines_are_twins_in_training() -> None:
    points, labels = vector.data.moons(20, 0.1, np.random.default_rng(3))
    model = plane_model((2, 8, 8, 1), seed=3)
    twin = vector.nn.MLP.from_scalar(model)
    losses = list(train_scalar(model, points, labels, steps=10, lr=0.5))
    assert list(train_vector(twin, points, labels, steps=10, lr=0.5)) == pytest.approx(losses, rel=1e-10)
    assert losses[-1] < losses[0]


def test_the_rate_falls_to_a_tenth() -> None:
    assert decayed(2.0, 0, 100) == 2.0
    assert decayed(2.0, 100, 100) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("arguments", "plots"),
    [
        (["xor"], ["xor_boundary.svg", "xor_loss.svg"]),
        (["xor", "--engine", "vector", "--seed", "7"], ["xor_boundary.svg", "xor_loss.svg"]),
        (["moons", "--engine", "vector"], ["moons_boundary.svg", "moons_loss.svg"]),
        (["digits"], ["digits_loss.svg"]),
    ],
)
def test_the_stated_accuracy_is_reached(cli: Cli, arguments: list[str], plots: list[str]) -> None:
    outcome = cli("train", *arguments, "--out", "plots/here")
    assert outcome.status == 0
    assert sorted(path.name for path in Path("plots/here").iterdir()) == plots
    assert "stated: at least" in outcome.out.splitlines()[-1]


def test_progress_is_ten_plain_lines_where_there_is_no_terminal(cli: Cli) -> None:
    lines = cli("train", "xor", "--engine", "vector", "--epochs", "40").out.splitlines()
    assert [line.split(",")[0] for line in lines if "step" in line] == [
        f"xor: step {step}/40" for step in range(4, 41, 4)
    ]


def test_a_missed_accuracy_is_status_1(cli: Cli) -> None:
    outcome = cli("train", "digits", "--epochs", "1", "--lr", "1e-6")
    assert outcome.status == 1
    assert "is below the stated 95.0%" in outcome.err
    assert Path("out/digits_loss.svg").exists()


@pytest.mark.parametrize("engine", ["scalar", "vector"])
def test_a_diverging_loss_is_told_in_one_line(cli: Cli, engine: str) -> None:
    outcome = cli("train", "xor", "--engine", engine, "--lr", "1e9")
    assert outcome.status == 1
    assert "try a smaller --lr" in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["moons", "--lr", "0"], "expected 0 < --lr < infinity, got 0.0"),
        (["moons", "--lr", "nan"], "expected 0 < --lr < infinity, got nan"),
        (["moons", "--batch", "10"], "moons takes all points at each step: leave out --batch"),
        (["mnist", "--engine", "scalar"], "leave out --engine scalar"),
        (["moons", "--out", "file"], "cannot write file: File exists"),
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


def test_mnists_recipe_is_the_stated_one() -> None:
    recipe = RECIPES[Problem.mnist]
    assert recipe == Recipe(0.975, Engine.vector, recipe.epochs, recipe.lr, batch=128, sizes=(784, 256, 128, 10))
    assert recipe.epochs <= 5


@pytest.mark.skipif(not vector.data.mnist_available(), reason="MNIST is not on this machine: set TWINGRAD_DATA")
def test_mnist_reaches_97_5_percent(cli: Cli) -> None:
    outcome = cli("train", "mnist")
    assert outcome.status == 0
    assert Path("out/mnist_loss.svg").exists()
