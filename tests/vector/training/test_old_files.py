"""Run folders, weights and pickles that earlier versions wrote: resumed and loaded to the same numbers.

A processor with other instructions rounds a matrix product otherwise, in the last digit. So the numbers are demanded
bit for bit where this machine repeats the first steps of the old run so, and else to the rounding of their dtype.
"""

import functools
import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from demos.distortion import Distortion
from tests.old_files import make
from vector import Tensor, nn, optim, training
from vector.training.checkpoints.tensors import unpack

FOLDER = Path(make.__file__).parent
VERSIONS = sorted(path.name for path in FOLDER.iterdir() if (path / "graph.pickle").exists())


def arrays(path: Path) -> dict[str, Any]:
    return unpack(path.read_bytes())[0]


def checkpoint(folder: Path) -> dict[str, Any]:
    return unpack(max((folder / "checkpoints").iterdir()).read_bytes())[0]


def same(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    return ours.keys() == theirs.keys() and all(np.array_equal(ours[name], theirs[name]) for name in ours)


def assert_near(ours: dict[str, Any], theirs: dict[str, Any], rough: str = "") -> None:
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        assert array.dtype == theirs[name].dtype
        tolerance = 1e-7 if name == rough else 1e-12 if array.dtype == np.float64 else 1e-4
        np.testing.assert_allclose(array, theirs[name], rtol=tolerance, atol=tolerance)


def test_there_are_old_files() -> None:
    assert len(VERSIONS) == 2


@pytest.mark.parametrize("name", make.RUNS)
@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_run_folder_is_resumed_to_the_numbers_of_a_run_that_nothing_stopped(
    tmp_path: Path, version: str, name: str
) -> None:
    with pytest.raises(RuntimeError, match="stopped"):
        training.fit(
            make.RUNS[name](), *make.samples(), folder=tmp_path / "new", callbacks=[make.Stop()], **make.options(name)
        )
    whole = make.RUNS[name]()
    expected = training.fit(whole, *make.samples(), **make.options(name))
    shutil.copytree(FOLDER / version / name, tmp_path / "old")
    exact = same(checkpoint(tmp_path / "old"), checkpoint(tmp_path / "new"))

    model = make.RUNS[name]()
    begun: list[int] = []

    class Look(training.Callback):
        def on_start(self, trainer: training.Trainer) -> None:
            begun.append(trainer.progress.step)

    options = make.options(name)
    history = training.fit(model, *make.samples(), folder=tmp_path / "old", resume=True, callbacks=[Look()], **options)
    assert begun == [make.STOP]
    assert len(history.losses) == len(expected.losses)
    assert history.best_epoch == expected.best_epoch
    assert_near(model.state_dict(), whole.state_dict())
    assert_near(model.state_dict(), arrays(FOLDER / version / f"{name}.safetensors"))
    np.testing.assert_allclose(history.losses, expected.losses, rtol=1e-4)
    if exact:
        assert same(model.state_dict(), whole.state_dict())
        assert history.losses == expected.losses
        assert same(arrays(tmp_path / "old/model.safetensors"), whole.state_dict())


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_run_with_another_augmentation_is_refused(tmp_path: Path, version: str) -> None:
    shutil.copytree(FOLDER / version / "momentum", tmp_path / "old")
    feed = functools.partial(training.Feed, augment=Distortion((4, 4), rotation=11.0, translation=0.5))
    options = make.options("momentum") | {"make_feed": feed}
    with pytest.raises(training.CheckpointError, match="it is of another training: its augment is"):
        training.fit(make.momentum_net(), *make.samples(), folder=tmp_path / "old", resume=True, **options)


@pytest.mark.parametrize("name", make.RUNS)
@pytest.mark.parametrize("version", VERSIONS)
def test_old_weights_load(version: str, name: str) -> None:
    model, path = make.RUNS[name](), FOLDER / version / f"{name}.safetensors"
    training.load_weights(model, path)
    assert same(model.state_dict(), arrays(path))


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_graph_loads(version: str) -> None:
    out = pickle.loads((FOLDER / version / "graph.pickle").read_bytes())  # ours
    kept = json.loads((FOLDER / version / "graph.json").read_text())
    assert json.loads(json.dumps(make.numbers(out))) == kept
    assert json.loads(json.dumps(make.numbers(make.graph()))) == kept
    here = make.graph()
    assert [step.variable.rule for step in out.chain_rule()] == [step.variable.rule for step in here.chain_rule()]


@pytest.mark.parametrize("version", VERSIONS)
def test_old_modules_optimizers_and_tensors_load(version: str) -> None:
    def load(name: str) -> Any:
        return pickle.loads((FOLDER / version / f"{name}.pickle").read_bytes())  # ours

    net, expected = load("module"), make.momentum_net()
    assert repr(net) == repr(expected)
    moved = make.stepped(expected)  # BatchNorm1d's means moved, the parameters have gradients, Adam took a step
    # The normalisation takes that bias out again. Its gradient is the rounding of a sum, 1e-15, which is another on
    # another processor, and which Adam divides by itself and 1e-8.
    rough = "0.bias"
    assert_near(net.state_dict(), expected.state_dict(), rough)
    adam = load("optimizer")
    assert isinstance(adam, optim.Adam)
    for ours, theirs in zip(adam.parameters, expected.parameters(), strict=True):
        assert theirs.label.endswith(ours.label)  # an earlier version's has no path
        assert ours.grad is not None
        assert theirs.grad is not None
        np.testing.assert_allclose(ours.grad, theirs.grad, rtol=1e-9, atol=1e-12)
    adam.step()
    moved.step()
    for ours, theirs in zip(adam.parameters, moved.parameters, strict=True):
        np.testing.assert_allclose(ours.data, theirs.data, rtol=1e-9, atol=1e-7 if theirs.label == rough else 1e-12)
    leaf = load("tensor")
    assert (type(leaf), leaf.data.tolist(), leaf.label, leaf.requires_grad) == (Tensor, [1.5, -2.0], "leaf", True)
    assert isinstance(net, nn.Sequential)
