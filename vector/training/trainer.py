"""The training loop, and the snapshots from which it is resumed."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import itertools
import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from vector.diagnostics.anomaly import detect_anomaly
from vector.nn import Module
from vector.training.checkpoints.compatibility import require_same, requirements, with_former
from vector.training.checkpoints.files import CheckpointError, remove_parts, write_whole
from vector.training.checkpoints.folder import Checkpoints
from vector.training.checkpoints.lock import locked
from vector.training.checkpoints.snapshot import Progress, Snapshot, generator_states, set_generator_states
from vector.training.checkpoints.tensors import pack, save_weights
from vector.training.config import SCHEDULES, Config
from vector.training.feed import Feed
from vector.training.history import History
from vector.training.interruption import interruption
from vector.training.objectives import evaluate
from vector.training.processes import SingleProcess
from vector.training.samples import Pair, prepare
from vector.training.step import MakeStep, training_step
from vector.vocabulary import unknown


class DivergedError(ArithmeticError):
    """The loss or a parameter left the finite numbers."""


class Callback:
    """Watches a training, for a progress bar, a plot or a notebook: override the methods that you need.

    Each does nothing by itself. None may change the training's numbers.
    """

    def on_start(self, trainer: Trainer) -> None:
        """Before the first step, or the first after a checkpoint."""

    def on_step(self, trainer: Trainer, loss: float) -> None:
        """After each step, with the minibatch's loss."""

    def on_epoch(self, trainer: Trainer, metrics: Mapping[str, float]) -> None:
        """After each epoch, with the line of metrics that was recorded."""

    def on_end(self, trainer: Trainer) -> None:
        """After the last step, also when an error or an interruption made it the last."""


class Trainer:
    """A model, its data and options, and how far the training has come.

    Args:
        model, x, y: as for `fit`.
        config: the options.
        validation: (x, y) that choose the best epoch; None holds out the share `config.validation`.
        test: (x, y) that are measured after each epoch and decide nothing.
        sample_weight: (n,), how much each sample counts in the loss, at least 0; their scale has no effect.
        folder: where checkpoints, metrics.jsonl and weights are written; None keeps everything in memory.
        resume: go on from the newest good checkpoint in the folder, when there is one.
        callbacks: called at each step and epoch.
        notify: called with a line for each refused checkpoint; default: a warning.
        make_step: from model, loss and optimizer, the function step(x, y) → loss; see `training_step`, `compiled_step`.
        make_feed: from x, y, batch and seed, the source of minibatches; see `Feed`.
        watch: the context in which `make_step`'s operations raise an ArithmeticError for NaN or infinity.
        group: the processes that train this model together; default: this one.

    Attributes:
        samples: the checked data. objective: what is minimised. feed: the minibatches.
        optimizer, schedule: made from the options.
        progress: how many epochs and steps are done.
        history: what was recorded.
        resumed: what the checkpoint that was loaded holds besides arrays; empty when there was none.

    Raises DataError: the data cannot be learnt from; ValueError: patience without validation samples.
    """

    def __init__(self, model: Module, x: npt.ArrayLike, y: npt.ArrayLike, config: Config | None = None, *,
                 validation: Pair | None = None, test: Pair | None = None, sample_weight: npt.ArrayLike | None = None,
                 folder: str | Path | None = None, resume: bool = False, callbacks: Sequence[Callback] = (),
                 notify: Callable[[str], None] = lambda line: warnings.warn(line, UserWarning, stacklevel=2),
                 make_step: MakeStep = training_step, make_feed: Callable[..., Any] = Feed,
                 watch: Callable[[], AbstractContextManager[None]] = detect_anomaly,
                 group: SingleProcess | None = None) -> None:  # fmt: skip
        self.model = model
        self.config = config = config or Config()
        self.group = group = group or SingleProcess()
        self.folder = Path(folder) if folder is not None and group.leads else None
        self.callbacks = callbacks if group.leads else ()
        self.samples = prepare(model, x, y, config, validation, test, sample_weight)
        self.objective = self.samples.objective
        self.feed = make_feed(self.samples.x, self.samples.with_weight(), config.batch, config.seed)
        self.optimizer = config.make_optimizer(model.parameters())
        self.schedule = SCHEDULES[config.schedule](self.optimizer, self.steps)
        self.progress = Progress()
        self.history = History(path=None if self.folder is None else self.folder / "metrics.jsonl")
        self.resumed: Snapshot = {}
        self._best: dict[str, npt.NDArray[Any]] = {}
        self._best_in_file = self._best
        self._make_step, self._make_feed = make_step, make_feed
        self._take_step = make_step(model, self.samples.loss(), self.optimizer)
        self._watch, self._resume, self._notify = watch, resume, notify
        self._last_good: Snapshot | None = None
        self._next_save = self._begun = -math.inf
        self._checkpoints: Checkpoints | None = None

    @property
    def steps(self) -> int:
        """How many steps the training has when it is not stopped early."""
        return self.config.epochs * len(self.feed)

    @functools.cached_property
    def requirements(self) -> dict[str, Any]:
        """What must be the same in a checkpoint to be resumed, and in every process that trains the model."""
        augment, made = getattr(self.feed, "augment", None), {"step": self._make_step, "feed": self._make_feed}
        return requirements(self.model, self.samples, self.config, augment, **made)

    def run(self) -> History:
        """Train to the end; see `fit`."""
        self._begun = time.monotonic()
        with ExitStack() as stack, np.errstate(all="ignore"):  # a loss that is not finite is an error below
            interrupted = stack.enter_context(interruption())
            self.group.listen(lambda: (time.monotonic() >= self._next_save, interrupted()))
            with self.group.together():
                if self.folder is not None:
                    stack.enter_context(locked(self.folder))
            try:
                self._begin()
                while not self._finished:
                    self._epoch()
                self._end()
            finally:
                self.feed.close()
                with suppress(CheckpointError):  # a full disk must not hide the error that it caused before
                    self.history.flush()
                for callback in self.callbacks:
                    callback.on_end(self)
        return self.history

    def _begin(self) -> None:
        with self.group.together():
            if self.folder is not None:
                self._checkpoints = Checkpoints(self.folder / "checkpoints", self.config.keep)
                remove_parts(self.folder)
                found = self._checkpoints.load(self._restore_checked, self._notify) if self._resume else None
                if found is None and self._checkpoints.paths():
                    raise CheckpointError(
                        f"{self.folder} holds checkpoints already: resume that training, or take another folder"
                    )
            self.history.resume(self.progress.step)
        self.group.join(self)
        for callback in self.callbacks:
            callback.on_start(self)
        self._save()  # a folder that cannot be written is an error before the first step

    @property
    def _finished(self) -> bool:
        patience, best = self.config.patience, self.progress.best_epoch
        stale = patience is not None and best is not None and self.progress.epoch - best >= patience
        return stale or self.progress.epoch >= self.config.epochs

    def _epoch(self) -> None:
        progress = self.progress
        started = time.perf_counter()
        self.model.train()
        for x, y in self.feed(progress.epoch, progress.batch):
            lr = self.optimizer.lr
            loss = self._step(x, y)
            if not math.isfinite(loss):
                self._diverged(f"the loss became {loss} at step {progress.step + 1}", progress.step + 1)
            progress.advance(loss, self.group.samples_in_step(len(y)))
            self.history.record({"step": progress.step, "loss": loss, "lr": lr})
            for callback in self.callbacks:
                callback.on_step(self, loss)
            if progress.batch < len(self.feed):
                self._pause()
        self._close_epoch(started)
        self._pause()

    def _pause(self) -> None:
        """Between two steps: save when that is due, and stop after Ctrl-C."""
        due, stop = self.group.decided()
        if due or stop or self._finished:
            self._save()
        if stop and not self._finished:
            raise KeyboardInterrupt

    def _step(self, x: Any, y: Any) -> float:
        loss = float(self._take_step(x, y).data)
        self.schedule.step()
        return loss

    def _close_epoch(self, started: float) -> None:
        progress = self.progress
        metrics: dict[str, float] = {"epoch": progress.epoch + 1, "step": progress.step, "lr": self.optimizer.lr}
        metrics["loss"] = progress.close_epoch()
        held = self.samples.validation, self.samples.validation_weight
        for name, samples, weight in (("validation", *held), ("test", self.samples.test, None)):
            if samples is not None:
                measured = evaluate(self.model, self.objective, *samples, self.group.outputs, weight)
                metrics |= {f"{name}_{key}": value for key, value in measured.items()}
        if not math.isfinite(score := metrics.get("validation_loss", 0.0)):
            self._diverged(f"the validation loss became {score} after step {progress.step}", progress.step)
        metrics["seconds"] = round(time.perf_counter() - started, 3)
        if self.samples.validation is not None and progress.improves(score):
            self._best = self.model.state_dict()
        self.history.record(metrics)
        for callback in self.callbacks:
            callback.on_epoch(self, metrics)

    def _end(self) -> None:
        self.history.best_epoch = self.progress.best_epoch
        if self._best:
            self.model.load_state_dict(self._best)
        self.model.eval()
        with self.group.together():
            if self.folder is not None:
                save_weights(self.model, self.folder / "model.safetensors")

    def capture(self) -> Snapshot:
        """A copy of all that the next step depends on, and of the best weights so far."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "best": self._best,
            "schedule": self.schedule.time,
            "generators": generator_states(self.model),
            "progress": dataclasses.asdict(self.progress),
        }

    def restore(self, snapshot: Snapshot) -> None:
        """Put everything back to where it was, in place, if the snapshot is of this training."""
        try:
            self.model.load_state_dict(snapshot["model"])
            self.optimizer.load_state_dict(snapshot["optimizer"])
            set_generator_states(self.model, snapshot["generators"])
            self.schedule.time = int(snapshot["schedule"])
            self.progress = Progress(**snapshot["progress"])
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"it does not fit this training ({error})") from None
        self._best = snapshot.get("best", {})

    def _save(self) -> None:
        step, snapshot = self.progress.step, self.capture()
        if not _finite(snapshot):
            self._diverged(f"a parameter is no longer finite after step {step}", step)
        others = self.group.facts(self.model, step)
        self._last_good = snapshot
        now = time.monotonic()
        self._next_save = now + min(self.config.checkpoint_seconds, now - self._begun)
        path: Path | None = None
        with self.group.together():
            if self._checkpoints is not None and self.folder is not None:
                self.history.flush()
                if self._best and self._best is not self._best_in_file:
                    write_whole(self.folder / "best.safetensors", pack(self._best, {"model": repr(self.model)}))
                    self._best_in_file = self._best
                path = self._checkpoints.save({**snapshot, **others, "training": self.requirements}, step)
        self.group.saved(path)

    def _restore_checked(self, snapshot: Snapshot) -> None:
        augment = getattr(self.feed, "augment", None)
        require_same(with_former(snapshot.get("training", {}), self.requirements, augment), self.requirements)
        self.restore(snapshot)
        self.resumed = {part: held for part, held in snapshot.items() if part not in ("model", "optimizer", "best")}

    def _diverged(self, what: str, step: int) -> NoReturn:
        """Go back to the last good snapshot, repeat the steps up to `step` to find what went wrong, and raise."""
        good = self._last_good
        if good is None:
            raise DivergedError(what)
        self.restore(good)
        start = self.progress.step
        number, cause = self._first_anomaly(step - start)
        self.restore(good)
        kept = f"; the checkpoint of step {start} is kept" if self._checkpoints else ""
        raise DivergedError(f"{what}; the first to go wrong is step {start + number}: {cause}{kept}")

    def _first_anomaly(self, steps: int) -> tuple[int, str]:
        """The number, from 1, of the first of the next steps after which something is not finite, and its cause."""
        self.model.train()
        start = self.progress
        epochs = range(start.epoch, self.config.epochs)
        batches = (batch for epoch in epochs for batch in self.feed(epoch, start.batch if epoch == start.epoch else 0))
        for number, batch in enumerate(itertools.islice(batches, steps), 1):
            before = self.capture()
            if math.isfinite(self._step(*batch)) and _finite(self.capture()):
                continue
            self.restore(before)
            try:
                with self._watch():
                    self._step(*batch)
            except ArithmeticError as error:
                return number, str(error)
            return number, "every operation was finite, the optimizer's update was not"
        return steps, "it did not come again when the steps were repeated"


def _finite(snapshot: Snapshot) -> bool:
    """Whether every number of the model is finite."""
    return all(np.isfinite(array).all() for array in snapshot["model"].values())


def fit(model: Module, x: npt.ArrayLike, y: npt.ArrayLike, **options: Any) -> History:
    """Train a model in place, and return what was recorded.

    Args:
        model: gives (n, width) for samples (n, ...).
        x: (n, ...), floating; converted to the dtype of the model's parameters.
        y: (n,) class indices, or numbers (n,) or (n, width) to be met.
        options: those of `Config` and of `Trainer`; validation is a share or a pair (x, y).

    Raises:
        DataError: the data cannot be learnt from; before anything is done.
        ValueError: an option is out of its range.
        CheckpointError: a checkpoint cannot be written, or none can be used.
        DivergedError: the loss left the finite numbers; names the operation.
        KeyboardInterrupt: Ctrl-C was pressed; the step was finished and, with a folder, a checkpoint saved.
    """
    names = {field.name for field in dataclasses.fields(Config)}
    known = names.union(list(inspect.signature(Trainer).parameters)[4:])
    if strange := options.keys() - known:
        raise unknown("fit", sorted(strange), sorted(known))
    if isinstance(options.get("validation"), tuple | list):
        names.remove("validation")  # the samples themselves, not a share
    config = Config(**{name: value for name, value in options.items() if name in names})
    return Trainer(model, x, y, config, **{k: v for k, v in options.items() if k not in names}).run()
