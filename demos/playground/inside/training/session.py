"""The page's calls: a training begins, goes on in short pieces, goes back, and tells what is behind its numbers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from demos.playground.inside.channel import answers, number
from demos.playground.inside.training import chain, pictures
from demos.playground.inside.training.setup import SetupError, read_setup
from demos.playground.inside.training.trainer import DivergedError, Event, Trainer

SECONDS = 0.5  # that a call takes at most, whatever it is asked for

_running: list[Trainer] = []


def running() -> Trainer:
    """The training that has begun.

    Raises:
        LookupError: none has.
    """
    if not _running:
        raise LookupError("no training has begun")
    return _running[0]


@answers
def begin(setup: Mapping[str, Any], events: Sequence[Any] = ()) -> dict[str, Any]:
    """A new training, at step 0.

    Args:
        setup: see `setup.Setup`; what is left out is as there.
        events: what a person has done at which step, each as [step, kind, value].

    Returns:
        `error`, None or the `field` that is wrong and a `message`; else also `points` as [x, y, class], of those to
        train on and then of those held out, `train` (how many are the former), `sizes`, `activations`, `parameters`
        (their names), `epoch` (how many steps it has), and of a table `columns`, `kinds` and `scaled`.
    """
    try:
        trainer = Trainer(read_setup(setup), [*_events(events)])
    except SetupError as error:
        return {"error": {"field": error.field, "message": str(error)}}
    _running[:] = [trainer]
    table = trainer.table
    names = chain.at(trainer, 0).loss.chain_rule().names
    return {
        "error": None,
        "points": [list(point) for point in trainer.points],
        "train": len(trainer.train),
        "sizes": trainer.setup.sizes,
        "activations": [activation for _, activation in trainer.setup.hidden],
        "parameters": [names[parameter].symbol for parameter in trainer.parameters],
        "epoch": trainer.steps_an_epoch,
        "columns": list(table.columns) if table else ["x", "y"],
        "scaled": [[*table.middle], [*table.scale]] if table else None,
        "kinds": list(table.kinds) if table else ["0", "1"],
    }


def _events(told: Any) -> Sequence[Event]:
    found = []
    for one in told if isinstance(told, list | tuple) else ():
        if isinstance(one, list | tuple) and len(one) == 3 and one[1] in ("rate", "example"):
            step, kind, value = one
            known = isinstance(step, int) and step >= 0 and isinstance(value, int | float)
            if known and (value > 0 or kind == "example"):
                found.append(Event(step, kind, value))
    return sorted(found)


@answers
def advance(steps: int = 1, seconds: float = 0.04, **look: Any) -> dict[str, Any]:
    """So many steps, or as many as there is time for, at least one; then a look, see `frame`."""
    return _until(running().step + max(0, steps), seconds, **look)


@answers
def go(step: int, seconds: float = 0.2, **look: Any) -> dict[str, Any]:
    """To a step, back or forward, as far as there is time: the page asks again until it is there."""
    trainer = running()
    trainer.go(max(0, step))
    return _until(max(0, step), seconds, **look)


def _until(step: int, seconds: float, **look: Any) -> dict[str, Any]:
    trainer = running()
    end = time.perf_counter() + min(seconds, SECONDS)
    stopped = ""
    while trainer.step < step:
        try:
            trainer.advance()
        except DivergedError as error:
            stopped = str(error)
            break
        if time.perf_counter() > end:
            break
    return frame(trainer, **look) | {"stopped": stopped}


@answers
def look(**asked: Any) -> dict[str, Any]:
    """A look at the training as it is, see `frame`."""
    return frame(running(), **asked) | {"stopped": ""}


@answers
def change(kind: str, value: float, **look: Any) -> dict[str, Any]:
    """From now on a learning rate, "rate"; or a step with one example alone, "example", which is made at once."""
    trainer = running()
    trainer.change(kind, value)
    return advance(1, **look) if kind == "example" else frame(trainer, **look) | {"stopped": ""}


def frame(trainer: Trainer, *, side: int = 32, small: int = 0, example: int = 0, since: int = -1) -> dict[str, Any]:
    """What there is to see now.

    Args:
        trainer: the training.
        side: the boundary is a grid of side × side.
        small: so is each neuron's picture, with this number; 0 for no pictures.
        example: the point of which activations and gradients are told.
        since: the step of the latest point of the loss curve that the page has; -1 for none.

    Returns:
        `step`, `furthest`, `epoch`, `rate`, `losses` and `right` (on what is trained on, on what is held out),
        `boundary`, `neurons`, `parameters`, `gradients` (of the mean loss of the next step), `example`, `curve` (what
        the page has not), `fresh` (whether it is to forget what it has), `events`.
    """
    curve = trainer.curve
    fresh = since < 0 or all(point[0] != since for point in curve)
    more = curve if fresh else [point for point in curve if point[0] > since]
    _, gradients = trainer.gradients()
    shown = chain.numbers(trainer, example)
    return {
        "step": trainer.step,
        "furthest": trainer.furthest,
        "epoch": trainer.step // trainer.steps_an_epoch,
        "rate": trainer.rate,
        "losses": [number(x) for x in trainer.mean_losses()],
        "right": [number(x) for x in trainer.right()],
        "boundary": pictures.boundary(trainer, side),
        "neurons": pictures.neurons(trainer, small) if small else None,
        "parameters": trainer.numbers,
        "gradients": [number(x) for x in gradients],
        "example": _finite(shown),
        "curve": [[step, number(train), number(held_out)] for step, train, held_out in more],
        "fresh": fresh,
        "events": [list(event) for event in trainer.events],
    }


def _finite(x: Any) -> Any:
    """Numbers as JSON can hold them, however deep."""
    if isinstance(x, dict):
        return {name: _finite(part) for name, part in x.items()}
    if isinstance(x, list):
        return [_finite(part) for part in x]
    return number(x) if isinstance(x, float) else x


@answers
def told(kind: str, place: Sequence[int], example: int = 0) -> dict[str, Any]:
    """The step of the chain rule behind a weight, a neuron or a point; see `chain.told`."""
    return chain.told(running(), example, kind, place)


@answers
def player(kind: str, place: Sequence[int], example: int = 0) -> dict[str, Any]:
    """The player's `page` of the loss of one example, and the `step` at which to open it."""
    page, step = chain.player(running(), example, kind, place)
    return {"page": page, "step": step}
