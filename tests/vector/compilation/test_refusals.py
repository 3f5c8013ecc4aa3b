"""A refusal shows the line of the step, and what is refused, or raises, leaves nothing behind."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vector.compilation.twins import (
    MOVING,
    World,
    batch,
    classifying,
    kinds,
    outcome,
    repeat,
    rows,
    sgd,
    trained,
    twins,
    weights,
)
from vector import nn, optim
from vector.compilation import CaptureError, compile


def of_line(x: Any, w: Any, kind: str) -> Any:  # a line each
    out = x @ w
    if kind == "item":
        return out.sum().item()  # item
    if kind == "float":
        return float(out.sum().data)  # float
    if kind == "bool":
        return out if (out.data > 0).all() else -out  # bool
    if kind == "int":
        return [out[int(i)] for i in x[:, 0]]  # int
    if kind == "tolist":
        return x.tolist()  # tolist
    if kind == "asarray":
        return np.asarray(x) * 2  # asarray
    if kind == "drawn":
        return x + np.random.default_rng().random(x.shape)  # drawn
    if kind == "allclose":
        return np.allclose(x, 1)  # allclose
    if kind == "time":
        return x * next(_COUNTER)  # time
    raise ValueError(kind)


_COUNTER = iter(range(1_000_000))
LINES = ["item", "float", "bool", "int", "tolist", "asarray", "drawn", "allclose", "time"]


@pytest.mark.parametrize("kind", LINES)
def test_errors_show_the_line_of_the_step(kind: str) -> None:
    """They spoke of `%8`, which is nothing that a user wrote."""
    source = Path(__file__).read_text(encoding="utf-8")
    line = next(line.strip().partition("  #")[0] for line in source.splitlines() if line.endswith(f"  # {kind}"))
    w = weights()
    step = compile(lambda x: of_line(x, w, kind), native=False)
    with pytest.raises(CaptureError) as caught:
        repeat(step, batch)
    assert line in str(caught.value)
    assert not re.search(r"%\d", str(caught.value))
    assert Path(__file__).name in str(caught.value)


def test_an_error_inside_of_the_library_shows_the_line_of_the_step() -> None:
    """Its own call was shown, as if the user had written it."""
    w = weights()

    def step(x: Any) -> Any:
        return nn.huber_loss(x @ w, x, delta=1 + time.perf_counter())

    compiled = compile(step, native=False)
    with pytest.raises(CaptureError) as caught:
        repeat(compiled, batch)
    assert "nn.huber_loss(x @ w, x, delta=1 + time.perf_counter())" in str(caught.value)
    assert not re.search(r"%\d", str(caught.value))


# -------------------------------------------------------------------- refused batches, gradients


@kinds(MOVING, "Adam")
@pytest.mark.parametrize("bad", [(4, 6), (0, 1, 2)], ids=["replayed", "recorded"])
def test_the_time_after_a_refused_batch(kind: str, native: bool, bad: tuple[int, ...]) -> None:
    """The optimizer's time went on although the batch was refused before its step."""

    def make() -> World:
        model = nn.Linear(4, 3, generator=np.random.default_rng(0))
        optimizer = MOVING[kind](model.parameters())

        def draw(i: int) -> tuple[Any, ...]:
            t = np.arange(i, i + 5) % 3
            t[1] = 7 if i in bad else t[1]
            return rows(i), t

        return World(step=classifying(optimizer, model), draw=draw, model=model, optimizer=optimizer)

    twins(make, native=native, raises=r"expected 0 <= target < 3")


def test_a_bad_batch_when_gradients_are_there_already() -> None:
    """A check between two updates: what came before it has happened, as it has in the eager step."""

    def make() -> World:
        model = nn.Linear(4, 3, generator=np.random.default_rng(0))
        optimizer = optim.Adam(model.parameters(), lr=0.1)

        def step(x: Any, t: Any) -> Any:
            optimizer.zero_grad()
            (model(x) ** 2).mean().backward()
            optimizer.step()
            optimizer.zero_grad()
            nn.cross_entropy(model(x), t).backward()
            optimizer.step()
            return model(x)

        def draw(i: int) -> tuple[Any, ...]:
            t = np.arange(i, i + 5) % 3
            t[1] = 7 if i in (4, 6) else t[1]
            return rows(i), t

        return World(step=step, draw=draw, model=model, optimizer=optimizer)

    twins(make, raises=r"expected 0 <= target < 3")


def test_gradients_are_arrays_after_a_refusal() -> None:
    """`p.grad` stayed a stand-in, on which the next eager step failed."""
    world = trained(sgd, lambda optimizer, loss, model: loss.item())
    for p in world.model.parameters():
        p.grad = np.ones(p.shape, np.float32)
    with pytest.raises(CaptureError):
        compile(world.step)(rows(0))
    for p in world.model.parameters():
        assert p.grad is None or type(p.grad) is np.ndarray
        assert type(p.data) is np.ndarray


ASSIGNED: dict[str, Callable[[Any, Any], object]] = {
    "from the argument": lambda w, x: x * 1,
    "the argument": lambda w, x: x,
    "from the gradient": lambda w, x: w.grad * 2,
    "a view": lambda w, x: w.grad.T,
}


@pytest.mark.parametrize("kind", ASSIGNED)
def test_gradients_that_the_step_assigns(kind: str) -> None:
    """What the step put into `p.grad` itself was left there: a stand-in."""

    def make() -> World:
        w = weights()
        optimizer = optim.SGD([w], lr=0.1)

        def step(x: Any) -> Any:
            optimizer.zero_grad()
            (x @ w).sum().backward()
            w.grad = ASSIGNED[kind](w, x)
            optimizer.step()
            return w.grad

        return World(step=step, draw=lambda i: (rows(i, (4, 4)),), w=w)

    twins(make)


@pytest.mark.parametrize("updates", [True, False])
def test_gradients_that_the_step_alone_assigns(updates: bool) -> None:
    """Without a backward pass the recorder did not know of a gradient, and left its tracer where it was."""

    def make() -> World:
        w = weights()
        optimizer = optim.SGD([w], lr=0.1)

        def step(x: Any) -> Any:
            w.grad = x * 2
            if updates:
                optimizer.step()
            return w.data * 1

        return World(step=step, draw=lambda i: (rows(i, (4, 4)),), w=w)

    twins(make, refused="grad")


def test_the_gradient_of_a_result_in_between_is_no_stand_in() -> None:
    held: list[Any] = []

    def step(x: Any) -> Any:
        y = x @ held[0]
        y.retain_grad()
        held[1] = y
        (y * y).sum().backward()
        return y.grad

    held += [weights(), None]
    compiled = compile(step, native=False)
    for i in range(5):
        got = outcome(compiled, batch(i))
        assert not isinstance(got, Exception) or ("held" in str(got) and isinstance(got, CaptureError))
        kept = held[1]
        assert kept.grad is None or type(kept.grad) is np.ndarray
        assert type(kept.data) is np.ndarray


@pytest.mark.parametrize("forgets", [True, False])
def test_gradients_that_add_up(forgets: bool) -> None:
    """Two backward passes before one update; and a step that never forgets its gradients, or says that it must."""

    def make() -> World:
        w = weights()

        def step(x: Any) -> Any:
            if forgets:
                w.grad = None
            (x @ w).sum().backward()
            ((x @ w) ** 2).sum().backward()
            return w.grad * 1

        return World(step=step, draw=batch, w=w)

    twins(make, refused=None if forgets else "grad")
