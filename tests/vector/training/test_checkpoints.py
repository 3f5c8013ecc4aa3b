"""What survives: damage, other trainings' files, full disks, folders that cannot be written."""

import errno
import functools
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from demos.tabular import Tabular
from tests.vector.distributed.thread_ranks import on_ranks
from tests.vector.training.soak import left_behind, start
from tests.vector.training.victim import make_model, options, samples
from tests.waiting import PATIENCE
from vector import distributed, nn, optim, training
from vector.training import CheckpointError
from vector.training.checkpoints import folder as checkpoint
from vector.training.checkpoints.snapshot import from_bytes, to_bytes
from vector.training.checkpoints.tensors import pack


def run(folder: Path, **changes: Any) -> nn.Module:
    model = make_model()
    training.fit(model, *samples(), folder=folder, **options(**changes))
    return model


def newest(folder: Path) -> Path:
    return max((folder / "checkpoints").iterdir())


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def tamper(path: Path) -> None:
    contents = bytearray(path.read_bytes())
    contents[-3] ^= 1
    path.write_bytes(contents)


def tamper_with_facts(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'\\"schedule\\": 24', b'\\"schedule\\": 23'))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def replace_by_weights(path: Path) -> None:
    training.save_weights(make_model(), path)


def replace_by_text(path: Path) -> None:
    path.write_text("no checkpoint")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (truncate, "no whole safetensors file"),
        (empty, "no whole safetensors file"),
        (replace_by_text, "no whole safetensors file"),
        (tamper, "its checksum does not match its contents: it was damaged or changed"),
        (tamper_with_facts, "its checksum does not match its contents: it was damaged or changed"),
        (replace_by_weights, "a safetensors file, but no checkpoint of this program"),
    ],
)
def test_a_bad_checkpoint_is_refused_and_the_one_before_is_used(
    tmp_path: Path, damage: Callable[[Path], None], reason: str
) -> None:
    run(tmp_path / "untouched")
    run(tmp_path / "run")
    damage(newest(tmp_path / "run"))
    lines: list[str] = []
    run(tmp_path / "run", resume=True, notify=lines.append)
    assert len(lines) == 1
    assert f"step-000000024.safetensors: {reason}" in lines[0]
    assert lines[0].endswith("; took step-000000023.safetensors")
    assert left_behind(tmp_path / "run") == left_behind(tmp_path / "untouched")


def test_a_refusal_is_a_warning_by_default(tmp_path: Path) -> None:
    run(tmp_path)
    truncate(newest(tmp_path))
    with pytest.warns(UserWarning, match="refused the checkpoint"):
        run(tmp_path, resume=True)


def test_without_a_good_checkpoint_nothing_is_begun(tmp_path: Path) -> None:
    run(tmp_path)
    for path in (tmp_path / "checkpoints").iterdir():
        truncate(path)
    before = left_behind(tmp_path)
    with pytest.raises(CheckpointError, match=r"no checkpoint can be used; the newest is refused: .*step-000000024"):
        run(tmp_path, resume=True)
    assert left_behind(tmp_path) == before


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"batch": 5}, r"its batch is 8, here 5"),
        ({"optimizer": "sgd"}, r"its optimizer is 'adam', here 'sgd'"),
        ({"epochs": 7}, r"its epochs is 6, here 7"),
        ({"seed": 4}, r"its data is '.*', here '.*'"),
    ],
)
def test_another_trainings_checkpoint_is_refused(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    run(tmp_path)
    with pytest.raises(CheckpointError, match=f"it is of another training: {reason}"):
        run(tmp_path, resume=True, **change)


def test_another_models_checkpoint_is_refused(tmp_path: Path) -> None:
    run(tmp_path)
    with pytest.raises(CheckpointError, match=r"its model is 'Sequential.*Dropout.*, here 'MLP\(2 → 2\)'"):
        training.fit(nn.MLP(2, [2]), *samples(), folder=tmp_path, resume=True, **options())


def test_a_checkpoint_of_another_dtype_is_refused(tmp_path: Path) -> None:
    def model(dtype: Any) -> nn.Module:
        return Tabular(nn.MLP(2, [2], dtype=dtype), samples()[0])

    training.fit(model(np.float32), *samples(), folder=tmp_path, **options())
    with pytest.raises(CheckpointError, match=r"its dtypes is \['float32'\], here \['float64'\]"):
        training.fit(model(np.float64), *samples(), folder=tmp_path, resume=True, **options())


class Noise:
    """An augmentation as an object, whose repr holds its address."""

    def __init__(self, strength: float, seen: Any = ()) -> None:
        self.strength = strength
        self.seen = seen

    def __call__(self, x: Any, generator: np.random.Generator) -> Any:
        return add_noise(x, generator, self.strength)

    def method(self, x: Any, generator: np.random.Generator) -> Any:
        return self(x, generator)


def add_noise(x: Any, generator: np.random.Generator, strength: float = 0.1) -> Any:
    return x + strength * generator.normal(size=x.shape).astype(x.dtype)


def closure(strength: Any) -> Any:
    def augment(x: Any, generator: np.random.Generator) -> Any:
        return add_noise(x, generator, float(sum(np.atleast_1d(strength))))

    return augment


def with_default(strength: float) -> Any:
    def augment(x: Any, generator: np.random.Generator, strength: float = strength) -> Any:
        return add_noise(x, generator, strength)

    return augment


def of_a_local_class(strength: float) -> Any:
    class Local:
        def __call__(self, x: Any, generator: np.random.Generator) -> Any:
            return add_noise(x, generator, strength)

    return Local()


AUGMENTS: dict[str, Any] = {
    "object": Noise,
    "partial": lambda s: functools.partial(add_noise, strength=s),
    "partial of an object": lambda s: functools.partial(Noise(s)),
    "method": lambda s: Noise(s).method,
    "closure": closure,
    "closure over an array": lambda s: closure(np.array([s, 0.0])),
    "closure over an object": lambda s: closure(np.float64(s)),
    "closure over PyTorch's numbers": lambda s: closure(torch.tensor(s)),
    "closure over a fraction": lambda s: closure(Fraction(s)),
    "default": with_default,
    "an object of a local class": of_a_local_class,
    "a number of the class": lambda s: type("Noisy", (Noise,), {"strength": s, "__init__": object.__init__})(),
    "lambda": lambda s: lambda x, generator: add_noise(x, generator, s),
    "an object that holds a set and itself": lambda s: Noise(s, {"a", "b", "c", frozenset("de")}),
}


def fit_augmented(folder: Path | None, augment: Any, *, resume: bool = False, **changes: Any) -> training.History:
    make_feed = functools.partial(training.Feed, augment=augment)
    plan = options(**{"epochs": 2, **changes})
    return training.fit(make_model(), *samples(), folder=folder, resume=resume, make_feed=make_feed, **plan)


@pytest.mark.parametrize("name", AUGMENTS)
def test_an_augmentation_is_known_by_its_values(tmp_path: Path, name: str) -> None:
    # An object, or a partial of one, was known by its address: such a run could never be taken up. Closures of one
    # name were all the same, whatever their values.
    fit_augmented(tmp_path, AUGMENTS[name](0.1))
    fit_augmented(tmp_path, AUGMENTS[name](0.1), resume=True)
    with pytest.raises(CheckpointError, match=r"it is of another training: its augment is .*, here "):
        fit_augmented(tmp_path, AUGMENTS[name](0.2), resume=True)


def test_lambdas_of_one_place_differ_by_their_code(tmp_path: Path) -> None:
    fit_augmented(tmp_path, lambda x, generator: x * 2)
    with pytest.raises(CheckpointError, match=r"its augment is .*<lambda>\(code=.*, here "):
        fit_augmented(tmp_path, lambda x, generator: x * 3, resume=True)


def test_where_two_long_descriptions_part_is_shown(tmp_path: Path) -> None:
    fit_augmented(tmp_path, Noise(0.1, "long " * 99 + "one"))
    with pytest.raises(CheckpointError, match=r"its augment is …long .*long one.*, here …long .*long two"):
        fit_augmented(tmp_path, Noise(0.1, "long " * 99 + "two"), resume=True)


@pytest.mark.parametrize(
    ("held", "message"),
    [
        (np.random.default_rng(0), "a random generator of its own would not go on where it stopped: use the one it is"),
        (np.random.normal, "a random generator of its own"),
        (threading.Lock(), "a lock cannot be compared"),
    ],
    ids=["generator", "NumPy's own generator", "lock"],
)
def test_an_augmentation_that_cannot_be_compared(tmp_path: Path, held: Any, message: str) -> None:
    with pytest.raises(CheckpointError, match=rf"^augment: expected what a resumed training, .*, but {message}"):
        fit_augmented(tmp_path, Noise(0.1, held))
    fit_augmented(None, Noise(0.1, held))


def clipped(norm: float) -> Any:
    def make_step(model: nn.Module, loss: Any, optimizer: optim.Optimizer) -> Any:
        step = training.training_step(model, loss, optimizer)
        return lambda x, y: step(np.clip(x, -norm, norm), y)

    return make_step


def test_a_users_own_step_is_known_by_its_values_and_the_librarys_are_alike(tmp_path: Path) -> None:
    def fit(folder: str, make_step: Any, **changes: Any) -> None:
        plan = options(**{"epochs": 2, "make_step": make_step, **changes})
        training.fit(make_model(), *samples(), folder=tmp_path / folder, **plan)

    fit("own", clipped(1.0))
    fit("own", clipped(1.0), resume=True)
    with pytest.raises(CheckpointError, match=r"its step's code is .*norm=1\.0.*, here .*norm=2\.0"):
        fit("own", clipped(2.0), resume=True)
    with pytest.raises(CheckpointError, match=r"its step's code is .*, here None"):
        fit("own", training.training_step, resume=True)
    fit("ours", training.training_step)
    fit("ours", training.compiled_step, resume=True)


@pytest.mark.parametrize("size", [2, 3])
def test_ranks_have_the_same_augmentation_when_its_values_are(size: int) -> None:
    def fit(ranks: Any, strength: float) -> Any:
        plan = {"model": make_model(), "x": samples()[0], "y": samples()[1], "group": ranks}
        make_feed = functools.partial(training.Feed, augment=Noise(strength))
        return distributed.fit(**plan, make_feed=make_feed, **options(epochs=1)).losses

    histories = on_ranks(size, lambda ranks: fit(ranks, 0.1))
    assert histories == [histories[0]] * size
    with pytest.raises(distributed.RanksError, match=r"expected the same augment on every rank, got 'Noise\(.*0\.1"):
        on_ranks(size, lambda ranks: fit(ranks, 0.1 + ranks.rank))


def test_a_folder_in_use_is_not_overwritten(tmp_path: Path) -> None:
    run(tmp_path)
    with pytest.raises(CheckpointError, match="holds checkpoints already: resume that training, or take another"):
        run(tmp_path)


def test_resuming_where_nothing_is_begins(tmp_path: Path) -> None:
    run(tmp_path / "run", resume=True)
    run(tmp_path / "untouched")
    assert left_behind(tmp_path / "run") == left_behind(tmp_path / "untouched")


def test_the_last_checkpoints_and_the_best_weights_stay(tmp_path: Path) -> None:
    model = run(tmp_path, keep=2)
    names = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert names == ["step-000000023.safetensors", "step-000000024.safetensors"]
    assert (tmp_path / "best.safetensors").read_bytes() == (tmp_path / "model.safetensors").read_bytes()
    loaded = make_model(seed=9)
    training.load_weights(loaded, tmp_path / "best.safetensors")
    assert all(np.array_equal(a, model.state_dict()[name]) for name, a in loaded.state_dict().items())


def test_a_state_survives_its_file() -> None:
    weights = np.asfortranarray(np.arange(6.0).reshape(2, 3))  # its memory is not in the order of its rows
    facts = {"progress": {"loss": 0.1 + 0.2}, "huge": 2**127 - 1, "best": {}}
    state = from_bytes(to_bytes({"model": {"0.w": weights}, "optimizer": {"t": np.array(3), "lr": 0.5}, **facts}))
    assert np.array_equal(state.pop("model")["0.w"], weights)
    optimizer = state.pop("optimizer")
    assert (optimizer.pop("t").shape, optimizer) == ((), {"lr": 0.5})
    assert state == facts


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path / "untouched")
    write, written = os.write, 0

    def fill_up(descriptor: int, rest: Any) -> int:
        nonlocal written
        written += 1
        if written > 10:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, rest[:1000])  # a disk may also take less than it is given

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", fill_up)
        with pytest.raises(CheckpointError, match=r"^cannot write .*step-.*: No space left on device$"):
            run(tmp_path / "run")
    left = [path.name for path in (tmp_path / "run" / "checkpoints").iterdir()]
    assert left
    assert all(name.startswith("step-") for name in left)
    run(tmp_path / "run", resume=True)
    assert left_behind(tmp_path / "run") == left_behind(tmp_path / "untouched")


def test_a_limit_on_the_size_of_files_loses_nothing(tmp_path: Path) -> None:
    run(tmp_path / "untouched")
    code = (
        "from pathlib import Path; from tests.vector.training.victim import train\n"
        f"train(Path({str(tmp_path / 'run')!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[3],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2600, 2600)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "CheckpointError: cannot write" in done.stderr
    assert "File too large" in done.stderr
    run(tmp_path / "run", resume=True)
    assert left_behind(tmp_path / "run") == left_behind(tmp_path / "untouched")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match=r"^cannot write .*file/run: Not a directory$"):
        run(tmp_path / "file" / "run")


def test_a_folder_that_may_not_be_written_is_an_error_before_the_first_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(CheckpointError, match="Permission denied"):
        run(tmp_path)


def test_an_old_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("vector.training.checkpoints.snapshot.FORMAT", 0)
        contents = to_bytes({})
    with pytest.raises(CheckpointError, match="its format is not 1, the one that this version reads"):
        from_bytes(contents)


def test_unfinished_files_are_swept_away(tmp_path: Path) -> None:
    run(tmp_path)
    (tmp_path / "checkpoints" / ".step-000000030.safetensors.123.part").write_bytes(b"half")
    run(tmp_path, resume=True)
    assert not list(tmp_path.rglob("*.part"))


def test_ctrl_c_finishes_the_step_and_saves(tmp_path: Path) -> None:
    process = start(tmp_path / "run", "wait", "7", stdin=subprocess.PIPE)
    process.send_signal(signal.SIGINT)
    process.communicate(b"go on\n", timeout=PATIENCE)
    assert process.returncode in (-signal.SIGINT, 1, 130)
    assert newest(tmp_path / "run").stem == "step-000000007"
    run(tmp_path / "untouched")
    run(tmp_path / "run", resume=True)
    assert left_behind(tmp_path / "run") == left_behind(tmp_path / "untouched")


def test_without_safetensors_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    run_without = make_model()
    training.fit(run_without, *samples(), **options(epochs=1))  # without a folder it is not needed
    with pytest.raises(ImportError, match=r'pip install "twingrad\[train\]"'):
        run(tmp_path)


def test_an_unreadable_weights_file(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"^cannot read .*: No such file or directory$"):
        training.load_weights(make_model(), tmp_path / "none")
    (tmp_path / "other").write_bytes(pack({"w": np.zeros(2)}, {}))
    with pytest.raises(CheckpointError, match=r"other: load_state_dict: expected the names of the model"):
        training.load_weights(make_model(), tmp_path / "other")


def test_checkpoints_are_found_in_order(tmp_path: Path) -> None:
    checkpoints = checkpoint.Checkpoints(tmp_path, keep=3)
    for step in (2_000_000_000, 5, 30):
        checkpoints.save({"step": step}, step)
    taken: list[Any] = []
    path = checkpoints.load(lambda state: taken.append(state["step"]), taken.append)
    assert taken == [2_000_000_000]
    assert path == tmp_path / "step-2000000000.safetensors"


def test_files_are_opened_in_binary_where_that_makes_a_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows, a file that is opened otherwise gets other bytes for each end of a line, so its checksum is wrong."""
    binary, opened, real = 1 << 28, set[str](), os.open
    monkeypatch.setattr(os, "O_BINARY", binary, raising=False)

    def noted(path: Any, flags: int, *mode: int) -> int:
        if flags & binary:
            opened.add(Path(path).suffix)
        return real(path, flags & ~binary, *mode)

    monkeypatch.setattr(os, "open", noted)
    run(tmp_path / "run")
    assert {".part", ".jsonl"} <= opened
