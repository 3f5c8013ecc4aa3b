"""Training, step by step, and the way back to any step."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

from demos.playground.inside.training.network import example, network, target
from demos.playground.inside.training.points import Point, split
from demos.playground.inside.training.setup import Setup, points_of
from demos.playground.inside.training.straight import Straight
from scalar import floats
from scalar.optim import SGD, Adam, Optimizer

MOST_KEPT = 4_000_000  # bytes of snapshots
RECENT = 64  # steps of which each is kept
MOST_CURVE = 600  # points of each loss curve


class DivergedError(ArithmeticError):
    """The parameters have left the numbers: there is no step further, and one back."""


class Event(NamedTuple):
    """Something that a person does in the middle of a training, so that it can be done again.

    At `step`, "rate": the learning rate becomes `value`; "example": the step is made with the one example of this
    number.
    """

    step: int
    kind: str
    value: float


class Trainer:
    """A network, its points, and as many steps as are asked for.

    The step number k is that of the steps made. What depends on chance, which points are made, how the weights start,
    which examples are in the k-th batch, depends on the setup's seeds and on k alone, so that every step can be made
    again: going back takes the nearest snapshot before, and repeats the steps from there.

    Raises:
        SetupError: there are no such points.
    """

    def __init__(self, setup: Setup, events: Sequence[Event] = ()) -> None:
        self.setup = setup
        self.points, self.table = points_of(setup)
        self.train, self.held_out = split(self.points, setup.share)
        self.model = network(setup)
        self.parameters = self.model.parameters()
        self.optimizer = self._optimizer()
        self.recorded = example(setup, self.model, self.train[0])
        graph = self.recorded
        self.code = Straight(graph.loss, [graph.x, graph.y, graph.target], self.parameters)
        self.score = self.code.look([graph.score])
        self.seen = self.code.look([*graph.inputs, *(a for layer in graph.layers for a in layer.a)])
        self.rows, self.held_out_rows = self._rows(self.train), self._rows(self.held_out)
        self.events = list(events)
        self.step = 0
        self.curve: list[tuple[int, float, float]] = []  # step, loss on what is trained on, on what is held out
        self._every = 1  # steps between two points of the curve
        self._ahead: tuple[int, list[float], list[float]] | None = None  # of the next step: losses and gradients
        self._kept: dict[int, array[float]] = {}
        self._stride = 1
        self.furthest = 0  # of the steps that were made and not taken back by a change
        self.most_kept = max(2 * RECENT, MOST_KEPT // (8 * len(self._state())))
        self._keep()
        self._note()

    @property
    def steps_an_epoch(self) -> int:
        """Steps in which each example is used once."""
        return math.ceil(len(self.train) / (self.setup.batch or len(self.train)))

    @property
    def numbers(self) -> list[float]:
        """The parameters as numbers."""
        return [parameter.data for parameter in self.parameters]

    def advance(self) -> None:
        """One step: the gradient of the mean loss of the next batch, and the optimizer's rule.

        Raises:
            DivergedError: a parameter is no longer a number.
        """
        before = self._state()
        try:
            self._update()
            if not all(map(math.isfinite, self.numbers)):
                raise OverflowError
        except OverflowError:
            self._restore(before)
            raise DivergedError(
                f"Step {self.step + 1} would take the parameters beyond all numbers: the learning rate is too large "
                "for this loss. Go back some steps and make it smaller, or start again."
            ) from None
        self.step += 1
        self.furthest = max(self.furthest, self.step)
        self._ahead = None
        self._keep()
        self._note()

    def preview(self) -> list[float]:
        """The parameters as the next step would make them, which is not made; not finite where it cannot be."""
        before = self._state()
        try:
            self._update()
            return self.numbers
        except OverflowError:
            return [math.nan] * len(self.parameters)
        finally:
            self._restore(before)

    def _update(self) -> None:
        """The gradients of the next batch, handed to the optimizer."""
        _, gradients = self.gradients()
        self.optimizer.lr = self.rate
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.grad = gradient
        try:
            self.optimizer.step()
        finally:
            self.optimizer.zero_grad()

    def gradients(self) -> tuple[list[float], list[float]]:
        """The losses of the examples of the next step, and the gradient of their mean in each parameter."""
        if self._ahead is None or self._ahead[0] != self.step:
            losses, gradients = self.code.gradients(self.numbers, self.batch())
            self._ahead = self.step, losses, gradients
        return self._ahead[1], self._ahead[2]

    def batch(self) -> list[tuple[float, float, float]]:
        """The examples of the next step."""
        for event in self.events:
            if event.step == self.step and event.kind == "example":
                return self._rows([self.points[int(event.value) % len(self.points)]])
        size = self.setup.batch
        if not size or size >= len(self.rows):
            return self.rows
        epoch, place = divmod(self.step, self.steps_an_epoch)
        order = [*range(len(self.rows))]
        Random(f"{self.setup.seed} {epoch}").shuffle(order)
        return [self.rows[i] for i in order[place * size : (place + 1) * size]]

    def change(self, kind: str, value: float) -> None:
        """Something that happens from this step on; what had happened later is forgotten."""
        self.events = [event for event in self.events if event.step < self.step or event[:2] == (self.step, "rate")]
        self.events = [event for event in self.events if event[:2] != (self.step, kind)]
        self.events.append(Event(self.step, kind, value))
        self._forget(self.step)

    def go(self, step: int) -> None:
        """Back to a step that was made, by the nearest snapshot and the steps from there.

        Raises:
            ValueError: a step before the first.
        """
        if step < 0:
            raise ValueError(f"go: expected a step from 0 on, got {step}")
        if step < self.step:
            nearest = max(kept for kept in self._kept if kept <= step)
            self._restore(self._kept[nearest])
            self.step, self._ahead = nearest, None

    def mean_losses(self) -> tuple[float, float]:
        """The mean loss on what is trained on and on what is held out, NaN for none, as the parameters are."""
        numbers = self.numbers
        full = self._ahead and self._ahead[0] == self.step and len(self._ahead[1]) == len(self.rows)
        losses = self._ahead[1] if full and self._ahead else self.code.losses(numbers, self.rows)
        return _mean(losses), _mean(self.code.losses(numbers, self.held_out_rows))

    def right(self) -> tuple[float, float]:
        """The share of points on their right side, of what is trained on and of what is held out."""
        numbers = self.numbers
        found = []
        for points, rows in ((self.train, self.rows), (self.held_out, self.held_out_rows)):
            scores = self.score(numbers, rows)[0]
            hits = sum((score > 0) == bool(point.kind) for score, point in zip(scores, points, strict=True))
            found.append(hits / len(points) if points else math.nan)
        return found[0], found[1]

    def _rows(self, points: Sequence[Point]) -> list[tuple[float, float, float]]:
        return [(point.x, point.y, target(self.setup, point.kind)) for point in points]

    def _optimizer(self) -> Optimizer:
        if self.setup.optimizer == "Adam":
            return Adam(self.parameters, self.setup.rate)
        return SGD(self.parameters, self.setup.rate, self.setup.momentum)

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        now = [event.value for event in self.events if event.kind == "rate" and event.step <= self.step]
        return now[-1] if now else self.setup.rate

    def _lists(self) -> list[list[Any]]:
        """What the optimizer remembers."""
        optimizer: Any = self.optimizer
        return [optimizer.m, optimizer.v, optimizer.time] if isinstance(optimizer, Adam) else [optimizer.velocities]

    def _state(self) -> array[float]:
        return array("d", [*self.numbers, *(x for part in self._lists() for x in part)])

    def _restore(self, state: array[float]) -> None:
        count = len(self.parameters)
        for parameter, number in zip(self.parameters, state, strict=False):
            parameter.data = number
        for place, part in enumerate(self._lists(), 1):
            kind = int if len(self._lists()) == 3 and place == 3 else float
            part[:] = [kind(x) for x in state[place * count : (place + 1) * count]]

    def _keep(self) -> None:
        """A snapshot; where there are too many, older ones are thinned, and the first stays."""
        self._kept[self.step] = self._state()
        if len(self._kept) <= self.most_kept:
            return
        recent = self.furthest - RECENT
        while True:
            kept = {k: x for k, x in self._kept.items() if k % self._stride == 0 or k > recent}
            if len(kept) <= 3 * self.most_kept // 4:
                break
            self._stride *= 2
        self._kept = kept

    def _forget(self, step: int) -> None:
        """All that came after this step."""
        self._kept = {k: x for k, x in self._kept.items() if k <= step}
        self.curve = [point for point in self.curve if point[0] <= step]
        self._ahead, self.furthest = None, step

    def _note(self) -> None:
        """A point of the loss curve, where there is to be one: each tenth of an epoch, fewer in a long training."""
        apart = max(1, self.steps_an_epoch // 10) * self._every
        if self.step % apart or (self.curve and self.curve[-1][0] >= self.step):
            return
        if self.steps_an_epoch == 1:
            self.gradients()  # whose losses are asked for here, and whose gradients in the next step
        self.curve.append((self.step, *self.mean_losses()))
        if len(self.curve) > MOST_CURVE:
            self._every *= 2
            self.curve = [point for point in self.curve if point[0] % (2 * apart) == 0]


def _mean(losses: Sequence[float]) -> float:
    return floats.total(*losses) / len(losses) if losses else math.nan
