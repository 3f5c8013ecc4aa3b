"""Recipes for MNIST: distortion by name, compiled steps, linear models, and the page of results."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vector
from demos import train_run
from demos.augmentation import parse_augment
from demos.console import CommandError
from demos.distortion import Distortion
from demos.prefetch import Prefetch
from demos.problems import Problem, Task
from demos.recipes import MNIST, RECIPES
from demos.train_progress import Follow
from tests.demos.conftest import Cli
from vector import nn, training
from vector.training import Feed
from vector.training.objectives import OBJECTIVES, outputs_of


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("none", None),
        ("", None),
        ("affine", Distortion((28, 28), rotation=15.0, scaling=0.15, shear=0.15)),
        ("elastic,sigma=4", Distortion((28, 28), alpha=36.0, sigma=4.0)),
        ("affine,elastic,rotation=7.5", Distortion((28, 28), 7.5, 0.15, 0.15, alpha=36.0, sigma=5.0)),
        ("translation=2", Distortion((28, 28), translation=2.0)),
    ],
)
def test_distortions_have_names(text: str, wanted: Distortion | None) -> None:
    assert parse_augment(text, (28, 28)) == wanted


def test_names_fit_images_of_any_size() -> None:
    """A displacement is the same share of the image: its deviation goes with α / σ."""
    small = parse_augment("affine,elastic", (8, 8))
    assert small is not None
    assert small.rotation == 15.0
    assert small.sigma == pytest.approx(5 * 8 / 28)
    assert small.alpha / small.sigma == pytest.approx(36 / 5 * 8 / 28)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("elastik", "expected --augment as names .none, affine, elastic. and strengths .rotation=….* got elastik"),
        ("rotation=much", "got rotation=much"),
        ("shape=3", "got shape=3"),
        ("scaling=2", "expected 0 <= scaling < 1, got 2.0"),
    ],
)
def test_distortions_that_are_none(text: str, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        parse_augment(text, (28, 28))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["digits", "--recipe", "simard"],
            "expected --recipe with mnist, one of perceptron, softmax, mlp, simard, deep",
        ),
        (["mnist", "--recipe", "none"], "got none"),
        (["moons", "--augment", "affine"], "--augment distorts images: those of digits or mnist"),
        (["moons", "--compile"], "the scalar engine's step cannot be compiled: leave out --compile"),
    ],
)
def test_options_that_make_no_sense(cli: Cli, arguments: list[str], message: str) -> None:
    outcome = cli("train", *arguments)
    assert outcome.status == 2
    assert message in outcome.err


@pytest.mark.slow
@pytest.mark.parametrize(("spare", "step"), [(True, "--no-compile"), (False, "--compile")])
def test_a_training_on_distorted_images_resumes_bit_for_bit(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, spare: bool, step: str
) -> None:
    monkeypatch.setattr(train_run, "_spare_core", lambda: spare)
    options = ["digits", "--augment", "affine,elastic", step, "--epochs", "3", "--batch", "400"]
    cli("train", *options, "--out", "runs/untouched")

    def press(self: Follow, trainer: training.Trainer, loss: float) -> None:
        assert type(trainer.feed) is (Prefetch if spare else Feed)
        if trainer.progress.step == 6:
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(Follow, "on_step", press)
        assert cli("train", *options).status == 130
    outcome = cli("train", "digits", "--resume")
    assert "digits: resumed after step 6" in outcome.out
    runs = [Path("runs", name, "model.safetensors").read_bytes() for name in ("untouched", "digits")]
    assert runs[0] == runs[1]
    outcome = cli("train", "digits", "--resume", "--augment", "affine")
    assert outcome.status == 2
    assert "it is of another training: its augment is 'Distortion(" in outcome.err


def test_the_perceptron_moves_two_classes_where_it_errs() -> None:
    """Rosenblatt's rule, by the gradient of its criterion: the sample is added to its class, taken from the winner."""
    x = np.array([[1.0, 2.0, 3.0]], np.float32)
    objective = OBJECTIVES["perceptron"](np.array([0, 1, 2, 3]), 4)
    for right in (False, True):
        model = nn.MLP(3, [4], generator=np.random.default_rng(0))
        scores, before = outputs_of(model, x)[0], model.layers[0].weight.data.copy()
        best, worst = int(scores.argmax()), int(scores.argmin())
        optimizer = vector.optim.SGD(model.parameters(), lr=1.0)
        training.training_step(model, objective.loss, optimizer)(x, np.array([best if right else worst]))
        wanted = np.zeros_like(before)
        if not right:
            wanted[worst], wanted[best] = x[0], -x[0]
        assert model.layers[0].weight.data - before == pytest.approx(wanted, abs=1e-6)


@pytest.fixture
def enlarged_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """MNIST's stand-in: scikit-learn's digits, three times as large and with a margin."""
    digits = vector.data.digits()

    def large(x: Any) -> Any:
        return np.pad(np.kron(x.reshape(-1, 8, 8), np.ones((3, 3), x.dtype)), ((0, 0), (2, 2), (2, 2))).reshape(-1, 784)

    test = large(digits.test_images), digits.test_labels
    task = Task(large(digits.train_images), digits.train_labels, 10, test, images=(28, 28))
    monkeypatch.setattr("demos.results.load", lambda problem, seed: task)


@pytest.mark.usefixtures("enlarged_digits")
def test_results_go_on_after_an_interruption(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["results", "softmax", "mlp", "--quick", "--seeds", "2"]

    def press(self: Follow, trainer: training.Trainer, loss: float) -> None:
        if self.title == "mlp, seed 0":
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(Follow, "on_step", press)
        assert cli(*command).status == 130
    done = Path("runs/quick/softmax-1/results.json")
    before = done.stat().st_mtime_ns
    outcome = cli(*command)
    assert outcome.status == 0
    assert done.stat().st_mtime_ns == before
    assert "mlp, seed 0: resumed after step 1" in outcome.out
    page = Path("runs/quick/mnist.md").read_text()
    errors = [json.loads(Path(f"runs/quick/mlp-{seed}/results.json").read_text())["test_error"] for seed in (0, 1)]
    assert f"| {100 * sum(errors) / 2:.2f} " in page
    assert ", ".join(f"{100 * error:.2f}" for error in errors) in page
    assert all(word in page for word in ("784-256-128-10", "235,146", "LeCun", "numpy 2"))
    assert Path("runs/quick/mnist.svg").exists()


@pytest.mark.usefixtures("enlarged_digits")
def test_results_of_another_recipe_are_not_shown(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("results", "softmax", "--quick", "--seeds", "1").status == 0
    monkeypatch.setitem(MNIST, "softmax", MNIST["mlp"])
    outcome = cli("results", "softmax", "--quick", "--seeds", "1")
    assert outcome.status == 2
    assert "softmax-0/results.json is of another version of the recipe: remove runs/quick/softmax-0" in outcome.err
    Path("runs/quick/softmax-0/results.json").write_text("{}")
    assert "expected the results of a training" in cli("results", "softmax", "--quick", "--seeds", "1").err
    assert "expected recipes among perceptron, softmax" in cli("results", "sotfmax").err


def test_every_recipe_has_its_source() -> None:
    assert all(recipe.source for recipe in MNIST.values())
    assert RECIPES[Problem.mnist] is MNIST["mlp"]
