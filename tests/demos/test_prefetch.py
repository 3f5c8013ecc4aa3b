"""The worker makes the same minibatches as the training would, and nothing of it is left, however the training ends."""

import os
import signal
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from demos.distortion import Distortion
from demos.prefetch import Prefetch, WorkerError
from tests.vector.training.victim import make_model, options, samples
from tests.waiting import PATIENCE
from vector import training
from vector.training import Feed

IMAGES = np.random.default_rng(0).random((50, 8, 8), np.float32)
LABELS = np.arange(50)


def noisy(images: Any, generator: np.random.Generator) -> Any:
    return images + generator.random(images.shape, np.float32)


def fail_at_the_end(images: Any, generator: np.random.Generator) -> Any:
    if len(images) == 2:  # the last minibatch
        raise ZeroDivisionError("an augmentation that fails")
    return images


def change_the_dtype(images: Any, generator: np.random.Generator) -> Any:
    return images.astype(np.float64)


def kill_itself(images: Any, generator: np.random.Generator) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def print_something(images: Any, generator: np.random.Generator) -> Any:
    os.write(1, b"a line that a library writes")
    sys.stdout.write("another")
    return images


class UnpicklableError(Exception):
    def __init__(self, text: str, number: int) -> None:
        super().__init__(text)


def raise_what_no_pickle_takes(images: Any, generator: np.random.Generator) -> Any:
    raise UnpicklableError("sent all the same", 1)


@pytest.fixture
def prefetch() -> Iterator[Any]:
    made: list[Prefetch] = []

    def make(augment: Any = noisy, **changes: Any) -> Prefetch:
        made.append(Prefetch(IMAGES, LABELS, **{"batch": 12, "seed": 3, "augment": augment, **changes}))
        return made[-1]

    yield make
    for feed in made:
        feed.close()


def same(ours: Any, theirs: Any) -> bool:
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("depth", [1, 4])
def test_the_minibatches_are_the_feeds(prefetch: Any, depth: int) -> None:
    plain, other = Feed(IMAGES, LABELS, 12, 3, noisy), prefetch(depth=depth)
    for epoch, start in [(0, 0), (1, 0), (2, 3), (0, 1), (0, 1), (7, 4), (8, 0)]:  # on and on, and to and fro
        wanted, got = list(plain(epoch, start)), list(other(epoch, start))
        assert len(wanted) == len(got) == 5 - start
        assert all(map(same, got, wanted))


def test_a_minibatch_stays_what_it_was(prefetch: Any) -> None:
    got = list(prefetch(depth=1)(0))
    assert all(map(same, got, Feed(IMAGES, LABELS, 12, 3, noisy)(0)))


def test_a_distortion_goes_to_the_worker(prefetch: Any) -> None:
    bend = Distortion((8, 8), rotation=20.0, alpha=8.0, sigma=3.0)
    assert same(next(prefetch(bend)(0)), next(Feed(IMAGES, LABELS, 12, 3, bend)(0)))


def test_without_augmentation(prefetch: Any) -> None:
    assert all(map(same, prefetch(None)(0), Feed(IMAGES, LABELS, 12, 3)(0)))


def test_an_error_in_the_worker_is_raised_with_its_traceback(prefetch: Any) -> None:
    feed = prefetch(fail_at_the_end)
    batches = feed(0)
    for _ in range(4):
        next(batches)
    with pytest.raises(ZeroDivisionError, match=r"^an augmentation that fails") as caught:
        next(batches)
    (note,) = caught.value.__notes__
    assert "in the process that prepares minibatches" in note
    assert "in fail_at_the_end" in note
    assert same(next(feed(0)), next(Feed(IMAGES, LABELS, 12, 3)(0)))  # another worker


def test_an_error_in_a_minibatch_that_is_never_taken_is_not_raised(prefetch: Any) -> None:
    feed = prefetch(fail_at_the_end)
    next(feed(0, 3))  # the last one, which fails, is made already
    assert same(next(feed(0, 0)), next(Feed(IMAGES, LABELS, 12, 3)(0)))


@pytest.mark.parametrize(
    ("augment", "error", "message"),
    [
        (change_the_dtype, ValueError, r"keeps shape and dtype, \(8, 8\) and float32 .* got \(8, 8\) and float64"),
        (kill_itself, WorkerError, r"the process that prepares minibatches ended with status -9 \(below 0"),
        (raise_what_no_pickle_takes, RuntimeError, "^UnpicklableError: sent all the same"),
    ],
)
def test_what_an_augmentation_can_do_wrong(prefetch: Any, augment: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        next(prefetch(augment)(0))


def test_what_an_augmentation_prints_goes_to_stderr(prefetch: Any, capfd: pytest.CaptureFixture[str]) -> None:
    feed = prefetch(print_something)
    assert len(list(feed(0))) == 5
    feed.close()
    out, err = capfd.readouterr()
    assert out == ""
    assert "a line that a library writes" in err


def test_what_is_refused() -> None:
    with pytest.raises(TypeError, match="expected an augment that can be pickled"):
        Prefetch(IMAGES, LABELS, 12, 3, lambda images, generator: images)
    with pytest.raises(ValueError, match="expected depth >= 1, got 0"):
        Prefetch(IMAGES, LABELS, 12, 3, depth=0)


def test_a_training_with_a_worker_is_the_same_and_ends_it() -> None:
    plain, other = make_model(), make_model()
    one = training.fit(plain, *samples(), **options())
    feeds = []

    def make_feed(*args: Any) -> Prefetch:
        feeds.append(Prefetch(*args))
        return feeds[-1]

    two = training.fit(other, *samples(), make_feed=make_feed, **options())
    assert one.losses == two.losses
    assert all(np.array_equal(a, b) for a, b in zip(plain.parameters(), other.parameters(), strict=True))
    assert feeds[0]._process is None


TRAINING = """
import sys
import types
import numpy as np
from demos.prefetch import Prefetch

feed = Prefetch(np.zeros((50, 8, 8), np.float32), np.arange(50), 12, 3)
batches = feed(0)
next(batches)
print(feed._process.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_the_worker_ends_with_a_training_that_is_killed(how: signal.Signals) -> None:
    pipe = subprocess.PIPE
    parent = subprocess.Popen([sys.executable, "-c", TRAINING], stdin=pipe, stdout=pipe, stderr=pipe)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    assert alive(worker)
    parent.send_signal(how)
    try:
        parent.communicate(timeout=PATIENCE)  # until stderr is closed at all its ends, one of which the worker has
    except subprocess.TimeoutExpired:
        os.kill(worker, signal.SIGKILL)
        raise


def alive(process: int) -> bool:
    """Running, or waiting; a process that ended and was not waited for is neither."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_where_no_open_files_are_handed_on_there_is_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows; the minibatches are the same."""
    monkeypatch.setattr("demos.prefetch.os", types.SimpleNamespace(name="nt"))
    monkeypatch.delattr(subprocess, "Popen")
    made, expected = Prefetch(IMAGES, LABELS, 12, 1, noisy)(0), Feed(IMAGES, LABELS, 12, 1, noisy)(0)
    for ours, theirs in zip(made, expected, strict=True):
        np.testing.assert_array_equal(ours[0], theirs[0])
        np.testing.assert_array_equal(ours[1], theirs[1])


def test_where_memory_has_no_file_a_temporary_one_is_shared(prefetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create")
    for ours, theirs in zip(prefetch()(0), Feed(IMAGES, LABELS, 12, 3, noisy)(0), strict=True):
        np.testing.assert_array_equal(ours[0], theirs[0])


def test_one_sample_that_is_left_has_room(prefetch: Any) -> None:
    sizes = [len(x) for x, _ in prefetch(batch=7)(0)]
    assert sizes == [7, 7, 7, 7, 7, 7, 8]
