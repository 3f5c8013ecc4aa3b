"""Two worlds that start alike: one takes a step as it is, the other compiled, and after every call they are compared.

A world is a `World`: its step, what the step is given at each call, and whatever the step touches, by name. Modules,
optimizers, tensors, arrays, containers and objects of the tests' own are all compared, with what was returned and the
arguments themselves, which a step may have changed.
"""

import importlib.util
import re
import sys
import types
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest

from vector import Tensor, nn, optim
from vector.compilation import CaptureError, Compiled, compile

NUMBA = pytest.mark.skipif(
    not (importlib.util.find_spec("llvmlite") and importlib.util.find_spec("threadpoolctl")), reason="llvmlite"
)
both = pytest.mark.parametrize("native", [False, pytest.param(True, marks=NUMBA)], ids=["numpy", "native"])
seldom = pytest.mark.parametrize(
    "native", [False, pytest.param(True, marks=(NUMBA, pytest.mark.slow))], ids=["numpy", "native"]
)
"""With machine code too, but only where there is time."""


def kinds(names: Iterable[str], *native: str) -> pytest.MarkDecorator:
    """Tests of each kind by NumPy and by machine code, which takes time: always only for those named at the end."""
    slow = (NUMBA, pytest.mark.slow)
    made = [
        pytest.param(kind, way, marks=() if not way else NUMBA if kind in native else slow, id=f"{kind}-{name}")
        for kind in names
        for way, name in ((False, "numpy"), (True, "native"))
    ]
    return pytest.mark.parametrize(("kind", "native"), made)


CALLS = 9
"""Two recordings, and enough calls for something to change and to change back."""


class Config:
    """A plain object that holds settings."""

    def __init__(self, **settings: Any) -> None:
        vars(self).update(settings)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Any setting."""

        def __setattr__(self, name: str, value: Any) -> None:
            """Change or add one."""


class World(SimpleNamespace):
    """A step and what it touches.

    Attributes:
        step: the function to compile.
        draw: the arguments of call i.
    """

    step: Callable[..., Any]
    draw: Callable[[int], tuple[Any, ...]]


Between = Callable[[int, World], None]


def rows(i: int = 0, shape: tuple[int, ...] = (5, 4), dtype: Any = np.float32) -> Any:
    """The minibatch of call i."""
    return np.random.default_rng(i).normal(size=shape).astype(dtype)


def weights(shape: tuple[int, ...] = (4, 4), seed: int = 99, dtype: Any = np.float32) -> Any:
    """A parameter."""
    return nn.parameter(rows(seed, shape, dtype))


def at(*calls: int) -> Callable[[Callable[[World], object]], Between]:
    """A change made before these calls."""

    def decorated(change: Callable[[World], object]) -> Between:
        def between(i: int, world: World) -> None:
            if i in calls:
                change(world)

        return between

    return decorated


def with_globals(function: Any, **names: Any) -> Any:
    """The function with a module of its own around it, where these names are."""
    return types.FunctionType(
        function.__code__, {**function.__globals__, **names}, function.__name__, function.__defaults__,
        function.__closure__,
    )  # fmt: skip


# -------------------------------------------------------------------- what is compared


def contents(x: Any, inside: tuple[int, ...] = ()) -> Any:  # noqa: C901  # a case for each kind of object
    """Whatever there is to compare in an object, in dictionaries, lists and arrays."""
    if id(x) in inside:
        return "itself"
    inside = (*inside, id(x))
    if isinstance(x, Tensor):
        return {"Tensor": x.data}
    if isinstance(x, nn.Module):
        members = {name: value for name, value in vars(x).items() if name != "_parameters"}
        return {type(x).__name__: contents(members, inside)}
    if isinstance(x, optim.Optimizer):
        return {"optimizer": contents(x.state_dict(), inside), "parameters": contents(x.parameters, inside)}
    if isinstance(x, np.random.Generator):
        return contents(x.bit_generator.state, inside)
    if isinstance(x, Mapping):
        return {str(key): contents(value, inside) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [type(x).__name__, *(contents(value, inside) for value in x)]
    if isinstance(x, (set, frozenset)):
        return [type(x).__name__, *sorted(map(repr, x))]
    if isinstance(x, (Config, World, optim.Schedule)) or (
        hasattr(x, "__dict__") and type(x).__module__.startswith("tests.")
    ):
        kept = {name: value for name, value in vars(x).items() if name not in ("step", "draw")}
        return contents(kept, inside)
    if type(x).__module__.startswith("tests.") and hasattr(x, "__slots__"):
        return {name: contents(getattr(x, name), inside) for name in x.__slots__}
    return "callable" if callable(x) else x


def same(theirs: Any, mine: Any, place: str, native: bool) -> None:
    """Fail unless the compiled world has here what the eager one has."""
    if isinstance(theirs, dict):
        assert isinstance(mine, dict), f"{place}: {mine!r}"
        assert list(mine) == list(theirs), place
        for key, value in theirs.items():
            same(value, mine[key], f"{place}[{key!r}]", native)
    elif isinstance(theirs, list):
        assert isinstance(mine, list), f"{place}: {mine!r}"
        assert len(mine) == len(theirs), place
        for i, pair in enumerate(zip(theirs, mine, strict=True)):
            same(*pair, f"{place}[{i}]", native)
    elif isinstance(theirs, (np.ndarray, np.generic)):
        same_array(theirs, mine, place, native)
    else:
        assert type(mine) is type(theirs), f"{place}: expected {theirs!r}, got {mine!r}"
        if isinstance(theirs, float) and not native:
            assert mine.hex() == theirs.hex(), place
        else:
            assert mine == (pytest.approx(theirs, rel=1e-6) if isinstance(theirs, float) else theirs), place


def same_array(theirs: Any, mine: Any, place: str, native: bool) -> None:
    """Fail unless the numbers are the same, bit for bit or, from machine code, to rounding.

    A number of NumPy's and an array without axes are one thing here.
    """
    assert issubclass(type(mine), (np.ndarray, np.generic)), f"{place}: expected {theirs!r}, got {mine!r}"
    assert (mine.shape, mine.dtype) == (theirs.shape, theirs.dtype), place
    assert isinstance(theirs, np.generic) or type(theirs) in (np.ndarray, type(mine)), f"{place}: {type(mine)}"
    if native:
        room = 1e-6 * max(1.0, float(np.max(np.abs(theirs), initial=0))) if theirs.dtype.kind == "f" else 0
        np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=room, err_msg=place)
    elif mine.tobytes() != theirs.tobytes():
        np.testing.assert_array_equal(mine, theirs, err_msg=place)
        assert np.array_equal(np.signbit(mine), np.signbit(theirs)), f"{place}: signs of zeros"


def tensors(x: Any) -> Iterable[Tensor]:
    """All tensors in a world or an argument, however deep."""
    seen: set[int] = set()
    stack = [x]
    while stack:
        x = stack.pop()
        if id(x) in seen or isinstance(x, type):
            continue
        seen.add(id(x))
        if isinstance(x, Tensor):
            yield x
        elif isinstance(x, Mapping):
            stack += x.values()
        elif isinstance(x, (list, tuple)):
            stack += x
        elif hasattr(x, "__dict__") and (not callable(x) or isinstance(x, nn.Module)):
            stack += vars(x).values()


def no_stand_ins(*worlds: Any) -> None:
    """Fail where a tensor holds something that is no array after a call."""
    for tensor in tensors(worlds):
        assert isinstance(tensor.data, (np.ndarray, np.generic, float, int)), tensor.data
        assert tensor.grad is None or type(tensor.grad) is np.ndarray, type(tensor.grad)


# -------------------------------------------------------------------- the two of them


def outcome(call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """What a call returned, or the exception that it raised."""
    try:
        return call(*arguments)
    except Exception as error:
        return error


def twins(
    make: Callable[[], World],
    between: Between | None = None,
    *,
    refused: str | None = None,
    must: bool = False,
    native: bool = False,
    calls: int = CALLS,
    raises: str | None = None,
    **options: Any,
) -> Compiled | None:
    """Call two worlds' steps some times and compare them after each; the compiled step, or None if it was refused.

    Args:
        between: what changes before call i, in both worlds; must make a difference.
        refused: what a `CaptureError` may say instead of being right; with `must` it has to come.
        raises: what the exception says that the step itself raises at some calls; without it, it raises none.
        options: for `compile`.
    """
    eager, world = make(), make()
    compiled = compile(world.step, native=native, **options)
    seen = []
    for i in range(calls):
        if between:
            between(i, eager)
            between(i, world)
        theirs, mine = eager.draw(i), world.draw(i)
        expected, got = outcome(eager.step, theirs), outcome(compiled, mine)
        no_stand_ins(world, mine, got)
        if isinstance(got, CaptureError):
            if refused and re.search(refused, str(got)):
                assert not re.search(r"%\d", str(got)), f"call {i} is refused in words of the plan's own: {got}"
                return None
            pytest.fail(f"call {i} is refused: {got}")
        if isinstance(expected, Exception):
            if not raises:
                raise expected
            assert re.search(raises, str(expected)), expected
            assert type(got) is type(expected), f"call {i}: expected {expected!r}, got {got!r}"
            assert re.search(raises, str(got)), got
        elif isinstance(got, Exception):
            raise got
        else:
            same(contents(expected), contents(got), f"call {i}: result", native)
        same(contents(eager), contents(world), f"call {i}: world", native)
        same(contents(theirs), contents(mine), f"call {i}: arguments", native)
        seen.append(expected)
    assert not must, f"expected a CaptureError that says {refused}"
    assert bool(raises) == any(isinstance(x, Exception) for x in seen)
    assert compiled.explain()  # else nothing was replayed at all
    if between:
        assert matters(make, seen, calls), "the change between calls changes nothing: the test cannot fail"
    return compiled


def matters(make: Callable[[], World], seen: list[Any], calls: int) -> bool:
    """Whether the step of a world that stays unchanged in between returns something else."""
    still = make()
    outcomes = [outcome(still.step, still.draw(i)) for i in range(calls)]
    ours, others = (contents([repr(x) if isinstance(x, Exception) else x for x in each]) for each in (outcomes, seen))
    try:
        same(ours, others, "", False)
    except (AssertionError, ValueError):
        return True
    return False


def repeat(step: Callable[..., Any], draw: Callable[[int], tuple[Any, ...]], calls: int = CALLS) -> None:
    """Some calls, whose results are not read."""
    for i in range(calls):
        step(*draw(i))


class Runs:
    """How often a function's Python runs, seen from outside, which the function cannot notice."""

    def __init__(self, function: Any) -> None:
        self.code = function.__code__
        self.count = 0

    def __enter__(self) -> "Runs":
        sys.setprofile(lambda frame, event, _: self._saw(frame, event))
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _saw(self, frame: Any, event: str) -> None:
        self.count += event == "call" and frame.f_code is self.code


# -------------------------------------------------------------------- worlds that several files need


class Pair(NamedTuple):
    """A named tuple."""

    scale: Any


def network() -> nn.Sequential:
    g = np.random.default_rng(0)
    return nn.Sequential(
        nn.Linear(4, 6, bias=False, generator=g),
        nn.BatchNorm1d(6),
        nn.Dropout(0.5, generator=g),
        nn.Linear(6, 2, generator=g),
    )


def batch(i: int) -> tuple[Any, ...]:
    return (rows(i),)


def square(i: int) -> tuple[Any, ...]:
    return (rows(i, (4, 4)),)


def descend(w: Any, x: Any) -> Any:
    """A step of plain descent, as people write it."""
    w.grad = None
    loss = ((x @ w) ** 2).mean()
    loss.backward()
    w.data -= 0.1 * w.grad
    return loss


def learning(optimizer: optim.Optimizer, model: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A step of training."""

    def step(x: Any) -> Any:
        optimizer.zero_grad()
        loss = (model(x) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss

    return step


def classifying(optimizer: optim.Optimizer, model: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """A step of training towards labels."""

    def step(x: Any, labels: Any) -> Any:
        optimizer.zero_grad()
        loss = nn.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss

    return step


def scaled(x: Any, config: Any) -> Any:
    return x * config.scale


Make = Callable[[Any], optim.Optimizer]


def trained(make: Make, body: Callable[[Any, Any, Any], Any] | None = None) -> World:
    """A network that learns, its optimizer, and what the step returns besides the loss."""
    model = nn.Sequential(nn.Linear(4, 3, generator=np.random.default_rng(0)), nn.Tanh())
    optimizer = make(model.parameters())

    def step(x: Any) -> Any:
        optimizer.zero_grad()
        loss = ((model(x) - 0.5) ** 2).mean()
        loss.backward()
        if body is None:
            optimizer.step()
            return loss
        return body(optimizer, loss, model)

    return World(step=step, draw=batch, model=model, optimizer=optimizer)


def sgd(parameters: Any) -> optim.Optimizer:
    return optim.SGD(parameters, lr=0.1)


MOVING: dict[str, Make] = {
    "Adam": lambda p: optim.Adam(p, lr=0.1),
    "NAdam": lambda p: optim.NAdam(p, lr=0.1),
    "AdamW": lambda p: optim.AdamW(p, lr=0.1),
    "SGD": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.5),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.1, lr_decay=0.1),
}
