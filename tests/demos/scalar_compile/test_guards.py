"""scalar_compile.compile: what a function sees besides its arguments is read at each call, or noticed, or refused."""

import collections
import contextvars
import enum
import functools
import itertools
import math
import operator
import random
import sys
import threading
import types
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

import scalar
from demos import scalar_compile
from scalar import Value, nn
from scalar.modes import UnknownNumber

Function = Callable[..., Any]
X = [1.0, -2.0, 3.0]


def numbers(f: Function) -> list[float]:
    """The engine's own, one example after the other."""
    return [out.data if isinstance(out, Value) else float(out) for out in map(f, X)]


# ---------------------------------------------------------------- changed between two calls


class Point(NamedTuple):
    a: float
    b: float


class Way(enum.Enum):
    FORTH = 1
    BACK = 2


rate, flag, zero = 2.0, 1, 0.0
way, function = Way.FORTH, math.exp
point = Point(2.0, 3.0)
settings_module = types.ModuleType("settings_of_a_user")
mode = contextvars.ContextVar("mode", default=2.0)


def set_global(name: str, value: Any) -> Callable[[], None]:
    return lambda: globals().__setitem__(name, value)


def scaled(x: Any) -> Any:
    return x * rate


@functools.lru_cache
def cached(number: float) -> float:
    return number * rate


def by_default(x: Any, scale: float = 2.0, *, shift: float = 1.0) -> Any:
    return x * scale + shift


def matched(x: Any) -> Any:
    match point:
        case Point(a=2.0):
            return x
    return -x


def imported(x: Any) -> Any:
    from settings_of_a_user import size  # type: ignore[import-not-found]

    return x * size


@dataclass
class Model:
    scale: float
    w: Value
    weights: list[Value]
    on: bool = True
    size = 1.0

    def __call__(self, x: Any) -> Any:
        return self.helped(x * self.w) if self.on else x

    def helped(self, x: Any) -> Any:
        return x * self.scale * self.size + sum(w * w for w in self.weights)

    @property
    def doubled(self) -> float:
        return 2 * self.scale


class Holder:
    def __init__(self) -> None:
        self.w = Value(2.0)
        self.other = 1.0


holder = Holder()


class Bare:
    scale = 2.0


class Slots:
    __slots__ = ("a",)

    def __init__(self) -> None:
        self.a = 2.0


def changes() -> Iterator[tuple[str, Function, list[Callable[[], Any]]]]:
    """A function, and what changes its results from outside."""
    model = Model(2.0, Value(3.0), [Value(1.0)])

    def setting(name: str, value: Any) -> Callable[[], None]:
        return lambda: setattr(model, name, value)

    yield "global", lambda x: x * rate, [set_global("rate", 5.0), set_global("rate", 2.0)]
    yield "global of a helper", lambda x: -scaled(x), [set_global("rate", 7.0), set_global("scaled", scalar.exp)]
    yield "global of a cached helper", lambda x: x * cached(1.0), [set_global("rate", 9.0)]
    yield "1 and True", lambda x: x * (2 if flag is True else 3), [set_global("flag", True)]
    yield "0.0 and -0.0", lambda x: x * math.copysign(1, zero), [set_global("zero", -0.0)]
    yield "builtin that gets a global's name", lambda x: -abs(x), [set_global("abs", lambda x: x * 9)]
    yield "named tuple", lambda x: x * point.a, [set_global("point", point._replace(a=5.0))]
    yield "pattern", matched, [set_global("point", point._replace(a=5.0))]
    yield "module", lambda x: x * settings_module.size, [lambda: setattr(settings_module, "size", 5.0)]
    yield "import in f", imported, [lambda: setattr(settings_module, "size", 6.0)]
    yield "default", by_default, [lambda: setattr(by_default, "__defaults__", (5.0,))]
    yield "keyword default", by_default, [lambda: setattr(by_default, "__kwdefaults__", {"shift": 5.0})]
    yield "callable object", model, [setting("scale", 5.0), setting("on", False), setting("on", True)]
    yield "another Value of the same number", model, [setting("w", Value(3.0)), lambda: setattr(model.w, "data", 4.0)]
    yield "list of Values", model, [lambda: model.weights.append(Value(2.0)), setting("weights", [Value(5.0)])]
    bare = Bare()
    yield "first attribute", lambda x: x * bare.scale, [lambda: setattr(bare, "scale", 5.0)]
    yield "method", model.helped, [setting("scale", 7.0)]
    yield "method on the instance", lambda x: -model(x), [setting("helped", lambda x: x * 9)]
    yield "class attribute", lambda x: x * model.size, [lambda: setattr(Model, "size", 2.0), setting("size", 3.0)]
    yield "property", lambda x: x * model.doubled, [setting("scale", 1.0)]
    yield "attribute by its name", lambda x: scalar.exp(x) * getattr(model, "late", 1.0), [setting("late", 4.0)]
    yield "one of an Enum", lambda x: x * (2 if way is Way.FORTH else 3), [set_global("way", Way.BACK)]
    yield "builtin function", lambda x: x * function(2.0), [set_global("function", math.sqrt)]
    yield "partial", functools.partial(lambda o, x: x * o.scale, model), [setting("scale", 8.0)]


def changes_inside() -> Iterator[tuple[str, Function, list[Callable[[], Any]]]]:
    """The same for what objects hold."""
    slots = Slots()
    yield "slots", lambda x: x * slots.a, [lambda: setattr(slots, "a", 3.0)]
    array = np.array([1.0, 2.0])
    yield "array", lambda x: x * array[0], [lambda: array.__setitem__(0, 5.0)]
    rows: list[Any] = [[1.0], collections.deque([2.0]), {3.0}, {"k": 4.0}]
    item = rows[3].get
    yield "nested lists", lambda x: x * rows[0][0], [lambda: rows[0].__setitem__(0, 4.0)]
    renamed = {"a": 2.0}
    yield "key", lambda x: x * len(next(iter(renamed))), [lambda: renamed.update(long=renamed.pop("a"))]
    users, chained = collections.UserDict(k=2.0), collections.ChainMap({"k": 2.0})
    yield "UserDict", lambda x: x * users["k"], [lambda: users.update(k=3.0)]
    yield "ChainMap", lambda x: x * chained["k"], [lambda: chained.update(k=3.0)]
    yield "deque", lambda x: x * sum(rows[1]), [lambda: rows[1].append(4.0)]
    yield "set", lambda x: x * sum(rows[2]), [lambda: rows[2].add(4.0)]
    yield "bound method of a dictionary", lambda x: x * item("k"), [lambda: rows[3].update(k=5.0)]
    ops = [scalar.exp]
    yield "operation", lambda x: -ops[0](x), [lambda: ops.__setitem__(0, scalar.relu)]
    constant = Value(2.0, role="constant")
    yield "outer constant", lambda x: x * constant, [lambda: setattr(constant, "data", 5.0)]
    yield "label", lambda x: x * (2 if constant.label else 3), [lambda: setattr(constant, "label", "c")]
    network = nn.MLP(1, [2, 1], generator=random.Random(0))
    yield (
        "layers",
        lambda x: network([x]),
        [
            lambda: setattr(network.layers[0].neurons[0], "activation", "tanh"),
            lambda: setattr(network, "layers", nn.MLP(1, [1], generator=random.Random(1)).layers),
        ],
    )
    filled: dict[str, Value] = {}

    def lazy(x: Any) -> Any:
        if not filled:
            filled["w"] = Value(2.0)
        return x * filled["w"]

    yield "what the first call fills", lazy, [lambda: setattr(filled["w"], "data", 5.0), filled.clear]


CHANGES = [*changes(), *changes_inside()]


@pytest.mark.parametrize(("f", "steps"), [(f, steps) for _, f, steps in CHANGES], ids=[name for name, *_ in CHANGES])
def test_what_changed_outside_is_noticed(f: Function, steps: list[Callable[[], Any]], monkeypatch: Any) -> None:
    for name in ("rate", "flag", "zero", "point", "scaled", "way", "function"):
        monkeypatch.setitem(globals(), name, globals()[name])
    monkeypatch.setitem(sys.modules, "settings_of_a_user", settings_module)
    monkeypatch.setattr(settings_module, "size", 2.0, raising=False)
    monkeypatch.setattr(by_default, "__defaults__", (2.0,))
    monkeypatch.setattr(by_default, "__kwdefaults__", {"shift": 1.0})
    monkeypatch.setattr(Model, "size", 1.0)
    compiled = scalar_compile.compile(f)
    np.testing.assert_allclose(compiled(X), numbers(f), 1e-14)
    try:
        for step in steps:
            step()
            cached.cache_clear()
            np.testing.assert_allclose(compiled(X), numbers(f), 1e-14)
    finally:
        globals().pop("abs", None)


def test_what_comes_back_finds_its_plan_again() -> None:
    scale = [2.0]
    f = scalar_compile.compile(lambda x: x * scale[0])
    for number in (2.0, 3.0, float("2"), 3.0):
        scale[0] = number
        f(X)
    assert f.explain().count("f: 1 operations") == 2


def test_what_f_does_not_name_is_no_reason_to_record_again() -> None:
    model = types.SimpleNamespace(scale=2.0, history=[])
    f = scalar_compile.compile(lambda x: x * model.scale)
    for _ in range(3):
        model.history.append(1.0)
        model.epoch = len(model.history)
        f(X)
    assert f.explain().count("f: 1 operations") == 1


def test_forms_whose_keys_are_equal_but_not_alike() -> None:
    f = scalar_compile.compile(lambda parts: parts[1] * (2 if next(iter(parts)) is True else 3))
    assert [*f({1: X})] == [3 * x for x in X]
    assert [*f({True: X})] == [2 * x for x in X]


def test_a_value_that_is_an_argument_and_outside_too() -> None:
    w = Value(3.0)
    f = scalar_compile.compile(lambda a, b, x: a * b * w * x)
    f.sum(w, w, X).backward()
    assert w.grad == 3 * 9.0 * sum(X)


# ---------------------------------------------------------------- refused


def refused() -> Iterator[tuple[str, Function, str]]:
    """A function whose replay would not do what it does, and what the message names."""
    w = Value(2.0)
    count, log = types.SimpleNamespace(n=0), [0.0]
    kept: dict[str, Any] = {}
    n = 0

    def counting(x: Any) -> Any:
        count.n += 1
        return x

    def appending(x: Any) -> Any:
        log.append(1.0)
        return x * len(log)

    def nonlocal_counting(x: Any) -> Any:
        nonlocal n
        n += 1
        return x

    def remembering(x: Any) -> Any:
        kept["h"] = kept.get("h", 0.0) * 0.5 + x
        return x

    def keeping(x: Any) -> Any:
        return kept.setdefault("first", x)

    def storing(x: Any) -> Any:
        count.last = x
        return x

    def moving(x: Any) -> Any:
        w.data = 3.0
        return w * x

    def forgetting(x: Any) -> Any:
        w.grad = 0.0
        return w * x

    yield "counter", counting, r"each call changes count\.n; keep that outside"
    yield "nonlocal", nonlocal_counting, r"each call changes n;"
    yield "append", appending, r"each call changes log;"
    yield "state", remembering, r"got Tracer|each call changes kept"
    yield "what was computed from an argument", keeping, r"got Tracer\(argument\)"
    yield "attribute that f only writes", storing, r"each call changes count\.last;"
    yield "assignment", moving, r"assignment to \.data"
    yield "gradient", forgetting, r"assignment to \.grad"
    yield from refused_for_what_they_see()


def refused_for_what_they_see() -> Iterator[tuple[str, Function, str]]:
    """The same for what cannot be compared."""
    steps, generator, drawn = itertools.count(), random.Random(0), np.random.default_rng(0)
    hidden, values, other = weakref.WeakSet([holder]), np.array([Value(2.0)], object), operator.attrgetter("other")
    yield "draw", lambda x: x * generator.random(), r"each call changes generator;"
    yield "rare draw", lambda x: x if random.random() < 1.0 else -x, r"each call changes random;"
    yield "NumPy's draw", lambda x: x if drawn.random() < 1.0 else -x, r"each call changes drawn;"
    yield "fresh generator", lambda x: x * np.random.default_rng().random(), r"each call changes what it computes;"
    yield "iterator", lambda x: x * next(steps), r"the count steps, which hides what it gives"
    yield "context variable", lambda x: x * mode.get(), r"the ContextVar mode,"
    yield "attribute getter", lambda x: x * other(holder), r"the attrgetter other,"
    yield "array of Values", lambda x: x * values[0], r"the ndarray values,"
    yield "globals", lambda x: x * globals()["rate"], r"calls globals"
    yield (
        "hidden Value",
        lambda x: x * next(iter(hidden)).w,
        r"Values that f is given or sees, got Value.* pass it as an argument",
    )


@pytest.mark.parametrize(("f", "message"), [(f, m) for _, f, m in refused()], ids=[name for name, *_ in refused()])
def test_what_no_replay_would_repeat(f: Function, message: str) -> None:
    state = random.getstate()
    with pytest.raises(TypeError, match=f"^compile: expected .*{message}"):
        scalar_compile.compile(f)(X)
    random.setstate(state)


w = Value(2.0)


class Weight(Value):
    """A user's own."""


weight = Weight(2.0)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * w.data, lambda x: x * w.grad, lambda x: x if w > 0 else -x, lambda x: x * max(w, 1.0),
        lambda x: x * (w * w).data, lambda x: x * x.grad, lambda x: x * weight.data, lambda x: x if w else -x,
    ],
    ids=["data", "grad", "comparison", "Python's max", "computed", "an argument's grad", "subclass", "truth"],
)  # fmt: skip
def test_the_number_of_a_value_around_f(f: Function) -> None:
    with pytest.raises(UnknownNumber, match=r"an argument, or a Value around f, stands for that number"):
        scalar_compile.compile(f)(X)


def test_an_error_while_recording_leaves_nothing_behind() -> None:
    v, ready = Value(2.0), [False]

    def f(x: Any) -> Any:
        if not ready[0]:
            raise RuntimeError("not yet")
        return v * x

    compiled = scalar_compile.compile(f)
    with pytest.raises(RuntimeError, match="not yet"):
        compiled(X)
    assert (type(v), v.data, v.grad) == (Value, 2.0, 0.0)
    ready[0] = True
    np.testing.assert_array_equal(compiled(X), numbers(f))


def test_derivatives_by_an_outer_constant() -> None:
    power = Value(2.0, role="constant")
    slope = scalar_compile.compile(scalar.derivative(lambda x: x**power))
    np.testing.assert_array_equal(slope(X), [2.0, -4.0, 6.0])
    power.data = 3.0
    np.testing.assert_array_equal(slope(X), [3.0, 12.0, 27.0])


def test_threads_that_record_call_and_compute_at_once() -> None:
    """While one thread records, the model's Values have no numbers for that thread alone."""
    model = nn.MLP(1, [3, 1], generator=random.Random(0))
    f = scalar_compile.compile(lambda x: model([x]) + scalar.sum(p * p for p in model.parameters()))
    expected, start = numbers(f.f), threading.Barrier(4)
    right: list[bool] = []

    def call() -> None:
        start.wait()
        for _ in range(5):
            found = scalar_compile.compile(f.f)(X), f(X)
            right.append(np.allclose(found, [expected] * 2, 1e-14))

    def compute() -> None:
        start.wait()
        for _ in range(20):
            right.append(numbers(f.f) == expected)
            model.zero_grad()

    threads = [threading.Thread(target=target) for target in (call, call, compute, compute)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert right == [True] * 50
