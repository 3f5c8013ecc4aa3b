"""A compiled step is the eager step, or it says why not: whatever decided a recording is asked again at each call."""

import dataclasses
import enum
import functools
import re
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import vector
from tests.vector.compiled_twins import Config, Runs, World, at, both, kinds, rows, seldom, twins, weights, with_globals
from tests.waiting import in_threads
from tests.waiting import often as often
from vector import nn, optim, training
from vector.compilation import CaptureError, compile, planning


def network() -> nn.Sequential:
    g = np.random.default_rng(0)
    return nn.Sequential(
        nn.Linear(4, 6, generator=g), nn.BatchNorm1d(6), nn.Dropout(0.5, generator=g), nn.Linear(6, 2, generator=g)
    )


def batch(i: int) -> tuple[Any, ...]:
    return (rows(i),)


def learning(optimizer: optim.Optimizer, model: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A step of training."""

    def step(x: Any) -> Any:
        optimizer.zero_grad()
        loss = (model(x) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss

    return step


# -------------------------------------------------------------------- modes


def in_use(i: int, world: World) -> None:
    """Training, use, and training again."""
    if i in (4, 7):
        world.model.train(i == 7)


class Caller:
    """An object that is called, and has a method."""

    def __init__(self, model: nn.Module) -> None:
        self.inner = {"nets": [Config(model=model)]}

    def __call__(self, x: Any) -> Any:
        return self.inner["nets"][0].model(x)

    def method(self, x: Any) -> Any:
        return self.inner["nets"][0].model(x)


def calling(model: nn.Module, x: Any) -> Any:
    return model(x)


def helped(model: nn.Module) -> Callable[[Any], Any]:
    def helper(x: Any) -> Any:
        return model(x) * 2

    return lambda x: helper(x) + 1


def assigned_later(model: nn.Module) -> Callable[[Any], Any]:
    def step(x: Any) -> Any:
        return late(x)

    compiled_too_early = step
    late = model
    return compiled_too_early


def of_globals(model: nn.Module) -> Callable[[Any], Any]:
    return with_globals(lambda x: MODEL(x), MODEL=model)  # type: ignore[name-defined]  # noqa: F821


HOLDERS: dict[str, Callable[[nn.Module], Callable[[Any], Any]]] = {
    "the model itself": lambda model: model,
    "a callable object": Caller,
    "a method": lambda model: Caller(model).method,
    "a partial": lambda model: functools.partial(calling, model),
    "a partial's keyword": lambda model: functools.partial(calling, model=model),
    "a closure": lambda model: lambda x: model(x),
    "a nested object": lambda model: (lambda config: lambda x: config.nets["a"][0](x))(Config(nets={"a": (model,)})),
    "a helper's closure": helped,
    "a global": of_globals,
    "a default": lambda model: lambda x, model=model: model(x),
    "training": lambda model: learning(optim.SGD(model.parameters(), lr=0.1, momentum=0.9), model),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_modes(holder: str) -> None:
    """Dropout went on after `eval()` where the model was not in the step's own closure or globals."""

    def make() -> World:
        model = network()
        step = HOLDERS[holder](model)
        if holder == "a partial's keyword":
            return World(step=lambda x: step(x=x), draw=batch, model=model)
        return World(step=step, draw=batch, model=model)

    twins(make, in_use)


def test_modes_of_an_argument() -> None:
    def make() -> World:
        model = network()
        return World(step=calling, draw=lambda i: (model, rows(i)), model=model)

    twins(make, in_use)


def test_modes_of_a_model_that_comes_after_the_decorator() -> None:
    """`@compile` above a step whose model is made below it ended in "Cell is empty"."""

    def late(decorate: Callable[[Any], Any]) -> World:
        @decorate
        def step(x: Any) -> Any:
            return model(x)

        model = network()
        return World(step=step, model=model)

    eager, world = late(lambda step: step), late(lambda step: compile(step, native=False))
    for i in range(9):
        in_use(i, eager)
        in_use(i, world)
        np.testing.assert_array_equal(world.step(rows(i)), eager.step(rows(i)))
    assert world.step.explain()


def test_the_mode_of_a_part() -> None:
    def make() -> World:
        model = network()
        return World(step=model, draw=batch, model=model)

    def between(i: int, world: World) -> None:
        world.model[2].training = i < 5

    twins(make, between)


def test_what_a_layer_keeps_besides_its_mode() -> None:
    def make() -> World:
        model = nn.Dropout(0.5, generator=np.random.default_rng(0))
        return World(step=lambda x: model(x), draw=batch, model=model)

    twins(make, at(4)(lambda world: setattr(world.model, "p", 0.25)))


def test_a_mode_that_the_step_switches_itself() -> None:
    def make() -> World:
        model = network()

        def step(x: Any) -> Any:
            model.train()
            trained = model(x)
            model.eval()
            return trained, model(x)

        return World(step=step, draw=batch, model=model)

    twins(make, refused="training|model")


# -------------------------------------------------------------------- arguments


def test_tensors_that_require_gradients() -> None:
    """Sixty new tensors were answered with what the first was: they were told apart by their addresses."""

    def make() -> World:
        return World(
            step=lambda w: (w * w).sum(),
            draw=lambda i: (vector.Tensor(np.full(2, float(i // 20)), requires_grad=True),),
        )

    twins(make, calls=60)


def test_gradients_of_an_argument() -> None:
    def step(w: Any) -> Any:
        loss = (w * w).sum()
        loss.backward()
        return loss, w.grad

    twins(lambda: World(step=step, draw=lambda i: (nn.parameter(rows(i)),)))


def test_an_argument_that_the_step_trains() -> None:
    def step(w: Any, x: Any) -> Any:
        w.grad = None
        loss = ((x @ w) ** 2).mean()
        loss.backward()
        w.data -= 0.1 * w.grad
        return loss

    def make() -> World:
        w = weights()
        return World(step=step, draw=lambda i: (w, vector.Tensor(rows(i))), w=w)

    twins(make)


def scaled(x: Any, config: Any) -> Any:
    return x * config.scale


class Mode(enum.Enum):
    """A choice."""

    PLAIN = 1
    DOUBLE = 2

    @property
    def scale(self) -> int:
        return self.value


@dataclasses.dataclass(frozen=True)
class Frozen:
    """Settings that are compared by value."""

    scale: Any


class Pair(NamedTuple):
    """A named tuple."""

    scale: Any


class Slotted:
    """Settings without a dictionary."""

    __slots__ = ("scale",)

    def __init__(self, scale: Any) -> None:
        self.scale = scale


MAKERS: dict[str, Callable[[int], Any]] = {
    "an object": lambda n: Config(scale=n),
    "an object of floats": lambda n: Config(scale=float(n)),
    "a data class": Frozen,
    "a named tuple": Pair,
    "an object with slots": Slotted,
    "a simple namespace": lambda n: types.SimpleNamespace(scale=n),
    "a choice": lambda n: Mode(1 + n % 2),
    "an array inside": lambda n: Config(scale=np.full(4, n, np.float32)),
    "a tensor inside": lambda n: Config(scale=vector.tensor(np.full(4, n, np.float32))),
    "zero of another sign": lambda n: Frozen(-0.0 if n % 2 else 0.0),
    "a number of another type": lambda n: Frozen([1, 1.0, True, np.float64(1)][n % 4]),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_new_objects_at_each_call(kind: str) -> None:
    """An object at the address of a dead one was taken for it."""
    make = MAKERS[kind]

    def draw(i: int) -> tuple[Any, ...]:
        return rows(0) if kind != "a number of another type" else np.arange(4, dtype=np.int8), make(i // 4)

    twins(lambda: World(step=scaled, draw=draw), calls=16, refused="config|scale|Config")


@pytest.mark.parametrize("kind", ["an object", "an object of floats", "an object with slots", "an array inside"])
def test_an_object_that_changes(kind: str) -> None:
    def make() -> World:
        config = MAKERS[kind](2)
        return World(step=scaled, draw=lambda i: (rows(i), config), config=config)

    twins(make, at(3, 6)(lambda world: setattr(world.config, "scale", world.config.scale * 2)))


def of_set(x: Any, choices: Any) -> Any:
    return x * len(choices) + sum(choices)


@pytest.mark.parametrize("kind", [set, frozenset, list, tuple, dict.fromkeys, bytes, range])
def test_new_containers_at_each_call(kind: Any) -> None:
    twins(
        lambda: World(
            step=of_set, draw=lambda i: (rows(0), kind(range(i // 4)) if kind is not range else range(i // 4))
        ),
        calls=16,
    )


def test_a_set_that_changes() -> None:
    def make() -> World:
        choices = {1, 2}
        return World(step=of_set, draw=lambda i: (rows(i), choices), choices=choices)

    twins(make, at(4, 6)(lambda world: world.choices.add(max(world.choices) + 1)))


@pytest.mark.parametrize(
    ("made", "named"),
    [
        (lambda x: x.view(np.matrix), "matrix"),
        (lambda x: np.ma.masked_array(x, x > 0), "masked|Masked"),
    ],
    ids=["matrix", "masked array"],
)
@pytest.mark.parametrize("place", ["argument", "nested", "outside"])
@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_arrays_of_other_classes_are_refused(made: Callable[[Any], Any], named: str, place: str) -> None:
    """`np.matrix` multiplies in its own way, and a mask was lost: an argument was taken for its bare numbers."""

    def make() -> World:
        kept = made(rows(0, (4, 4)))
        steps: dict[str, World] = {
            "argument": World(step=lambda x: x * x, draw=lambda i: (made(rows(i, (4, 4))),)),
            "nested": World(step=lambda d: d["x"][0] * d["x"][0], draw=lambda i: ({"x": [made(rows(i, (4, 4)))]},)),
            "outside": World(step=lambda x: x * kept, draw=lambda i: (rows(i, (4, 4)),)),
        }
        return steps[place]

    twins(make, refused=named, must=place != "outside")


@seldom
@pytest.mark.parametrize("dtype", [">f4", ">f8", ">i4"])
def test_other_byte_orders(dtype: str, native: bool) -> None:
    def make() -> World:
        w = weights()

        def step(x: Any) -> Any:
            w.grad = None
            loss = ((x @ w) ** 2).mean()
            loss.backward()
            w.data -= 0.01 * w.grad
            return loss, x + 1, (x * 2 - 1) * x

        return World(step=step, draw=lambda i: (rows(i).astype(dtype),), w=w)

    twins(make, native=native)


@both
@pytest.mark.parametrize("write", ["add", "item", "out"])
def test_a_read_only_argument_that_is_written_to(native: bool, write: str) -> None:
    """A replay wrote into memory that nobody may write to."""

    def step(x: Any) -> Any:
        if write == "add":
            x += 1
        elif write == "item":
            x[1:] = x[:-1] * 2
        else:
            np.multiply(x, 2, out=x)
        return x.sum()

    def draw(i: int) -> tuple[Any, ...]:
        x = rows(i)
        x.flags.writeable = i < 4
        return (x,)

    twins(lambda: World(step=step, draw=draw), native=native, raises="read-only")


def test_a_read_only_argument_that_is_read() -> None:
    def draw(i: int) -> tuple[Any, ...]:
        return (np.broadcast_to(rows(i)[:1], (5, 4)) if i % 2 else rows(i),)

    twins(lambda: World(step=lambda x: (x * 2).sum(0), draw=draw), calls=12)


# -------------------------------------------------------------------- what is read from outside


def outside_world(kind: str) -> World:  # each kind is two lines
    """A step that multiplies by `world.change(n)`'s n, kept in some place."""
    scale, holder = 2.0, Config(scale=2.0, inner=Config(scale=2.0), table={"scale": 2.0}, numbers=[1.0, 2.0])
    module = types.ModuleType("settings")
    vars(module)["scale"] = 2.0
    kept = type("Kept", (Config,), {"scale": 2.0})
    array = np.float32(2.0) * np.ones(4, np.float32)

    def set_scale(n: float) -> None:
        nonlocal scale, array
        scale = n
        array = np.full(4, n, np.float32)

    def helper(x: Any) -> Any:
        return x * scale

    def in_default(x: Any, table: Any = holder.table) -> Any:
        return x * table["scale"]

    def of_global(x: Any) -> Any:
        return x * SCALE  # type: ignore[name-defined]  # noqa: F821

    in_globals = with_globals(of_global, SCALE=2.0)
    steps: dict[str, tuple[Callable[[Any], Any], Callable[[float], object]]] = {
        "closure": (lambda x: x * scale, set_scale),
        "an array bound anew": (lambda x: x * array, set_scale),
        "a helper's closure": (lambda x: helper(x) + 1, set_scale),
        "global": (in_globals, lambda n: in_globals.__globals__.update(SCALE=n)),
        "a helper's global": (lambda x: in_globals(x) + 1, lambda n: in_globals.__globals__.update(SCALE=n)),
        "attribute": (lambda x: x * holder.scale, lambda n: setattr(holder, "scale", n)),
        "attribute of an attribute": (lambda x: x * holder.inner.scale, lambda n: setattr(holder.inner, "scale", n)),
        "attribute's object": (lambda x: x * holder.inner.scale, lambda n: setattr(holder, "inner", Config(scale=n))),
        "entry": (lambda x: x * holder.table["scale"], lambda n: holder.table.update(scale=n)),
        "item": (lambda x: x * holder.numbers[1], lambda n: holder.numbers.__setitem__(1, n)),
        "length": (lambda x: x * len(holder.numbers), lambda n: holder.numbers.append(n)),
        "items": (lambda x: x * sum(holder.numbers), lambda n: holder.numbers.append(n)),
        "default": (in_default, lambda n: holder.table.update(scale=n)),
        "module": (lambda x: x * module.scale, lambda n: vars(module).update(scale=n)),
        "class": (lambda x: x * kept.scale, lambda n: setattr(kept, "scale", n)),
        "class of an object": ((lambda it: lambda x: x * it.scale)(kept()), lambda n: setattr(kept, "scale", n)),
        "presence": (lambda x: x * getattr(holder, "more", 1.0), lambda n: setattr(holder, "more", n)),
        "a function": (lambda x: holder.f(x), lambda n: setattr(holder, "f", np.cos)),
        "a text": (lambda x: getattr(np, holder.name)(x), lambda n: setattr(holder, "name", "cos")),
        "a partial": (functools.partial(scaled, config=holder), lambda n: setattr(holder, "scale", n)),
    }
    holder.f, holder.name = np.sin, "sin"
    step, change = steps[kind]
    return World(step=(lambda x: step(x)) if kind == "a partial" else step, draw=batch, change=change)


OUTSIDE = [
    "closure", "an array bound anew", "a helper's closure", "global", "a helper's global", "attribute",
    "attribute of an attribute", "attribute's object", "entry", "item", "length", "items", "default", "module", "class",
    "class of an object", "presence", "a function", "a text", "a partial",
]  # fmt: skip


@pytest.mark.parametrize("kind", OUTSIDE)
def test_what_is_read_from_outside(kind: str) -> None:
    twins(lambda: outside_world(kind), at(4, 6)(lambda world: world.change(3.0)))


def test_a_layer_that_is_put_in_the_place_of_another() -> None:
    def make() -> World:
        model = network().eval()
        return World(step=lambda x: model(x), draw=batch, model=model)

    def replace(world: World) -> None:
        world.model[3].weight = weights((2, 6), 5)

    def other(world: World) -> None:
        world.model[3].weight.data = rows(5, (2, 6))

    twins(make, at(4)(replace))
    twins(make, at(4, 6)(other))


@pytest.mark.parametrize("change", ["load", "to"])
def test_a_model_that_is_changed_by_its_own_methods(change: str) -> None:
    def make() -> World:
        model = nn.Sequential(nn.Linear(4, 3, generator=np.random.default_rng(0)), nn.LayerNorm(3))
        return World(step=lambda x: model(x), draw=batch, model=model)

    def between(world: World) -> None:
        if change == "load":
            world.model.load_state_dict({name: x + 1 for name, x in world.model.state_dict().items()})
        else:
            world.model.to(np.float64)

    twins(make, at(4)(between))


# -------------------------------------------------------------------- hyperparameters

Make = Callable[[Any], optim.Optimizer]

SETTINGS: dict[str, tuple[Make, dict[str, Any]]] = {
    "SGD lr": (lambda p: optim.SGD(p, lr=0.1), {"lr": 0.2}),
    "SGD decay starts": (lambda p: optim.SGD(p, lr=0.1), {"weight_decay": 0.1}),
    "SGD decay": (lambda p: optim.SGD(p, lr=0.1, weight_decay=0.1), {"weight_decay": 0.3}),
    "SGD decay ends": (lambda p: optim.SGD(p, lr=0.1, weight_decay=0.1), {"weight_decay": 0.0}),
    "SGD momentum": (lambda p: optim.SGD(p, lr=0.1, momentum=0.9), {"momentum": 0.5}),
    "SGD momentum starts": (lambda p: optim.SGD(p, lr=0.1), {"momentum": 0.5}),
    "SGD momentum ends": (lambda p: optim.SGD(p, lr=0.1, momentum=0.9), {"momentum": 0.0}),
    "SGD dampening": (lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.1), {"dampening": 0.5}),
    "SGD nesterov": (lambda p: optim.SGD(p, lr=0.1, momentum=0.9), {"nesterov": True}),
    "Adam lr": (lambda p: optim.Adam(p, lr=0.1), {"lr": 0.01}),
    "Adam betas": (lambda p: optim.Adam(p, lr=0.1), {"betas": (0.5, 0.9)}),
    "Adam eps": (lambda p: optim.Adam(p, lr=0.1), {"eps": 0.1}),
    "Adam decay": (lambda p: optim.Adam(p, lr=0.1), {"weight_decay": 0.1}),
    "AdamW decay": (lambda p: optim.AdamW(p, lr=0.1), {"weight_decay": 0.2}),
    "AdamW decay ends": (lambda p: optim.AdamW(p, lr=0.1), {"weight_decay": 0.0}),
    "NAdam betas": (lambda p: optim.NAdam(p, lr=0.1), {"betas": (0.5, 0.9), "momentum_decay": 0.1}),
    "Adagrad": (lambda p: optim.Adagrad(p, lr=0.1), {"lr_decay": 0.5, "weight_decay": 0.1}),
    "RMSprop alpha": (lambda p: optim.RMSprop(p, lr=0.1), {"alpha": 0.5}),
    "RMSprop momentum": (lambda p: optim.RMSprop(p, lr=0.1, momentum=0.9), {"momentum": 0.5}),
    "RMSprop decay": (lambda p: optim.RMSprop(p, lr=0.1, weight_decay=0.1), {"weight_decay": 0.3, "eps": 0.1}),
    "Lion betas": (lambda p: optim.Lion(p, lr=0.1), {"betas": (0.1, 0.2), "weight_decay": 0.1}),
}


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


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("holder", ["closure", "argument"])
def test_hyperparameters_set_later(name: str, holder: str) -> None:
    """Only the rate was asked for again; of the others only whether they are 0."""
    make, settings = SETTINGS[name]

    def in_argument() -> World:
        world = trained(make)

        def step(optimizer: Any, x: Any) -> Any:
            optimizer.zero_grad()
            loss = ((world.model(x) - 0.5) ** 2).mean()
            loss.backward()
            optimizer.step()
            return loss

        return World(step=step, draw=lambda i: (world.optimizer, rows(i)), model=world.model, optimizer=world.optimizer)

    def between(world: World) -> None:
        for attribute, value in settings.items():
            assert hasattr(world.optimizer, attribute)
            setattr(world.optimizer, attribute, value)

    twins((lambda: trained(make)) if holder == "closure" else in_argument, at(4)(between))


def sgd(parameters: Any) -> optim.Optimizer:
    return optim.SGD(parameters, lr=0.1)


def test_the_state_of_an_optimizer_loaded_between() -> None:
    def between(world: World) -> None:
        state = world.optimizer.state_dict()
        world.optimizer.load_state_dict({k: v * 2 if k.startswith("sums") else v for k, v in state.items()})

    twins(lambda: trained(lambda p: optim.Adam(p, lr=0.1)), at(4)(between))


@pytest.mark.parametrize("make", [sgd, lambda p: optim.Adam(p, lr=0.1)], ids=["SGD", "Adam"])
def test_a_schedule_in_the_step(make: Make) -> None:
    """The rate stood still after the recordings: `schedule.step()` is Python, which a replay does not run."""

    def world() -> World:
        held: list[Any] = []

        def body(optimizer: Any, loss: Any, model: Any) -> Any:
            optimizer.step()
            held[0].step()
            return loss

        made = trained(make, body)
        held.append(optim.StepLR(made.optimizer, step_size=2, gamma=0.5))
        made.schedule = held[0]
        return made

    twins(world, refused=r"\blr\b|schedule")


def test_a_schedule_beside_the_step() -> None:
    def world() -> World:
        made = trained(sgd)
        made.schedule = optim.StepLR(made.optimizer, step_size=2, gamma=0.5)
        return made

    twins(world, lambda i, world: world.schedule.step())


def test_two_rates_in_one_step() -> None:
    def body(optimizer: Any, loss: Any, model: Any) -> Any:
        optimizer.lr = 0.1
        optimizer.step()
        optimizer.lr = 0.01
        optimizer.step()
        return loss

    twins(lambda: trained(sgd, body), refused=r"\blr\b")


def test_a_rate_that_is_an_argument() -> None:
    def make() -> World:
        world = trained(sgd)

        def step(x: Any, rate: float) -> Any:
            world.optimizer.lr = rate
            return world.step(x)

        return World(step=step, draw=lambda i: (rows(i), 0.1 / (i + 1)), model=world.model, optimizer=world.optimizer)

    twins(make, refused=r"\blr\b")


BODIES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "computed with": lambda o, loss, model: loss * o.lr,
    "returned": lambda o, loss, model: (o.lr, loss),
    "returned by name": lambda o, loss, model: {"loss": loss, "lr": o.lr},
    "by hand": lambda o, loss, model: [model[0].weight.data.__isub__(o.lr * model[0].weight.grad), loss],
    "decided by": lambda o, loss, model: loss if o.lr > 0.15 else -loss,
    "shown": lambda o, loss, model: {"loss": loss, "text": f"{o.lr:.3f}"},
}


@pytest.mark.parametrize("use", BODIES)
def test_the_rate_read_in_the_step(use: str) -> None:
    twins(
        lambda: trained(sgd, BODIES[use]),
        at(4, 6)(lambda world: setattr(world.optimizer, "lr", world.optimizer.lr * 2)),
    )


# -------------------------------------------------------------------- outputs and sizes


def counting(returned: Callable[[int, Any], Any]) -> World:
    """A step that counts its calls."""
    counter = 0

    def step(x: Any) -> Any:
        nonlocal counter
        counter += 1
        return returned(counter, x)

    return World(step=step, draw=batch)


OUTPUTS: dict[str, Callable[[int, Any], Any]] = {
    "swapped": lambda n, x: (x * 2, x + 1) if n % 2 else (x + 1, x * 2),
    "swapped names": lambda n, x: {"a": x * 2, "b": x + 1} if n % 2 else {"b": x * 2, "a": x + 1},
    "counter": lambda n, x: (x * 2, n),
    "even": lambda n, x: [x * 2, n % 2 == 0],
    "structure": lambda n, x: [x * 2] if n % 2 else (x * 2,),
    "kind": lambda n, x: vector.tensor([1.0]) if n % 2 else np.ones(1),
    "text": lambda n, x: {"x": x * 2, "text": f"step {n}"},
}


@pytest.mark.parametrize("kind", OUTPUTS)
def test_outputs_that_differ_from_call_to_call(kind: str) -> None:
    """What was returned was not compared between the recordings: it came as in the second one for ever."""
    twins(lambda: counting(OUTPUTS[kind]), refused="counter")


@pytest.mark.parametrize("kind", OUTPUTS)
def test_outputs_that_differ_by_something_outside(kind: str) -> None:
    def make() -> World:
        config = Config(n=0)
        return World(step=lambda x: OUTPUTS[kind](config.n, x), draw=batch, config=config)

    twins(make, at(3, 6)(lambda world: setattr(world.config, "n", world.config.n + 1)))


def test_outputs_of_every_shape() -> None:
    def step(x: Any) -> Any:
        y = x * 2
        return {"a": [y, (y, None)], "b": Pair(x[1:3]), 3: "text", "c": (), "d": x, "e": {}, "f": y.T[::2], "n": -0.0}

    twins(lambda: World(step=step, draw=batch))


SIZES: dict[str, Callable[[Any], Any]] = {
    "unique": lambda x: np.unique(x).size,
    "argwhere": lambda x: len(np.argwhere(x > 0)),
    "argwhere in a number": lambda x: x.sum() / len(np.argwhere(x > 0)),
    "nonzero": lambda x: np.nonzero(x > 0)[0].shape[0],
    "flatnonzero": lambda x: np.flatnonzero(x > 0),
    "mask": lambda x: x[x > 0],
    "mask in a mean": lambda x: x[x > 0].mean(),
    "compress": lambda x: np.compress(x[:, 0] > 0, x, axis=0),
    "repeat": lambda x: np.repeat(x[:, 0], (x[:, 1] > 0) + 1),
    "where": lambda x: np.where(x > 0)[0],
    "unique values": np.unique,
    "count": lambda x: np.arange(np.unique(x).size) * 2,
}


@pytest.mark.parametrize("kind", SIZES)
def test_sizes_that_depend_on_numbers(kind: str) -> None:
    """A size was a constant of the plan: 12 different numbers of the first minibatch, and so of all."""

    def draw(i: int) -> tuple[Any, ...]:
        return (np.round(rows(0 if i < 3 else i) * 2),)

    twins(
        lambda: World(step=SIZES[kind], draw=draw), refused=r"size|shape|unique|argwhere|nonzero|repeat|compress|where"
    )


def test_sizes_of_a_mask_in_training() -> None:
    def make() -> World:
        w = weights()

        def step(x: Any) -> Any:
            w.grad = None
            loss = ((x @ w)[x[:, 0] > 0] ** 2).mean()
            loss.backward()
            w.data -= 0.1 * w.grad
            return loss

        return World(step=step, draw=lambda i: (rows(0 if i < 3 else i),), w=w)

    twins(make, refused=r"size|shape|mask|getitem|\[")


# -------------------------------------------------------------------- Python that a replay does not run


def mutating(kind: str) -> World:
    """A step that leaves a mark in Python's own objects, where nothing else of the step can see it."""
    calls = 0
    holder = Config(calls=0, log=[], table={}, seen=set())

    def count() -> None:
        nonlocal calls
        calls += 1

    marks: dict[str, Callable[[Any], object]] = {
        "closure": lambda x: count(),
        "attribute": lambda x: setattr(holder, "calls", holder.calls + 1),
        "append": lambda x: holder.log.append(1.0),
        "append a result": lambda x: holder.log.append(x.sum()),
        "entry": lambda x: holder.table.update(steps=holder.table.get("steps", 0) + 1),
        "set": lambda x: holder.seen.add(len(holder.seen)),
        "new attribute": lambda x: setattr(holder, f"call{len(vars(holder))}", 1),
        "pop": lambda x: holder.queue.pop(),
    }
    holder.queue = list(range(20))

    def step(x: Any) -> Any:
        y = x * 2
        marks[kind](y)
        return y

    return World(step=step, draw=batch, holder=holder, calls=lambda: calls)


NAMES = {
    "closure": "calls", "attribute": "calls", "append": "log", "append a result": "log", "entry": "table|steps",
    "set": "seen", "new attribute": "call", "pop": "queue",
}  # fmt: skip


@pytest.mark.parametrize("kind", NAMES)
def test_marks_left_in_python_objects(kind: str) -> None:
    """A counter, a log or a table stood still after the recordings."""
    twins(lambda: mutating(kind), refused=NAMES[kind], must=kind == "closure")


# -------------------------------------------------------------------- what needs no refusal

LEFT: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda x, t: x + t, "-": lambda x, t: x - t, "*": lambda x, t: x * t, "/": lambda x, t: x / t,
    "**": lambda x, t: x**t, "@": lambda x, t: x @ t, "==": lambda x, t: (x == t) * t, "<": lambda x, t: (x < t) * t,
    "%": lambda x, t: x % t, "//": lambda x, t: x // t + t,
    "where": lambda x, t: np.where(x > 1, t, 0), "where with x": lambda x, t: np.where(x > 1, x, t),
    "maximum": np.maximum, "minimum": np.minimum, "arctan2": np.arctan2, "hypot": np.hypot,
    "logaddexp": np.logaddexp, "power": np.power, "multiply": np.multiply, "subtract": np.subtract,
    "matmul": np.matmul, "dot": np.dot, "outer": np.outer, "inner": np.inner, "kron": np.kron,
    "tensordot": np.tensordot, "vdot": np.vdot, "fmax": np.fmax,
    "einsum": lambda x, t: np.einsum("ij,jk->ik", x, t),
    "concatenate": lambda x, t: np.concatenate([x, t]), "stack": lambda x, t: np.stack([x, t]),
    "vstack": lambda x, t: np.vstack([x, t]), "hstack": lambda x, t: np.hstack((x, t)),
    "clip": lambda x, t: np.clip(t, x - 1, x), "compress": lambda x, t: np.compress(np.ones(4, bool), t, axis=0) * x,
    "solve": lambda x, t: np.linalg.solve(x + 4 * np.eye(4, dtype=x.dtype), t),
    "index": lambda x, t: t[(x[:, 0] > 1).astype(int)], "take": lambda x, t: np.take(t, (x > 1).astype(int)),
    "logsumexp": lambda x, t: vector.logsumexp(t * x, 1), "median": lambda x, t: np.median(t * x, 1),
    "quantile": lambda x, t: np.quantile(t * x, 0.3, 1), "ptp": lambda x, t: np.ptp(t * x, 1),
    "cumsum": lambda x, t: np.cumsum(x * t), "norm": lambda x, t: np.linalg.norm(x * t),
    "sort": lambda x, t: np.sort(x * t), "var": lambda x, t: np.var(x * t, 1), "prod": lambda x, t: np.prod(t * x, 1),
    "nan_to_num": lambda x, t: np.nan_to_num(t * x), "softmax": lambda x, t: vector.softmax(x * t),
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT)
def test_plain_arrays_beside_tensors(name: str) -> None:
    """An array on the left of a Tensor asked the stand-in first, which knew no Tensors: "only computes with arrays"."""

    def make() -> World:
        w = nn.parameter(np.abs(rows(3, (4, 4), np.float64)) + 0.5)

        def step(x: Any) -> Any:
            w.grad = None
            out = LEFT[name](x, w)
            out.sum().backward()
            gradient = w.grad
            w.data -= 0.001 * gradient
            return out, gradient

        return World(step=step, draw=lambda i: (np.abs(rows(i, (4, 4), np.float64)) + 0.5,), w=w)

    twins(make, calls=6)


LOSSES: dict[str, tuple[Callable[[Any, Any], Any], Callable[[int], Any]]] = {
    "hinge": (nn.hinge, lambda i: np.sign(rows(i, (5, 3)))),
    "bce": (nn.binary_cross_entropy_with_logits, lambda i: (rows(i, (5, 3)) > 0).astype(np.float32)),
    "nll": (lambda z, y: nn.nll_loss(vector.log_softmax(z), y), lambda i: np.arange(i, i + 5) % 3),
    "cross_entropy": (nn.cross_entropy, lambda i: np.arange(i, i + 5) % 3),
    "mse": (nn.mse_loss, lambda i: rows(i, (5, 3))),
    "mse, target first": (lambda z, y: ((y - z) ** 2).mean(), lambda i: rows(i, (5, 3))),
    "l1": (nn.l1_loss, lambda i: rows(i, (5, 3))),
    "huber": (nn.huber_loss, lambda i: rows(i, (5, 3))),
    "smooth l1": (nn.smooth_l1_loss, lambda i: rows(i, (5, 3))),
    "cosine": (lambda z, y: nn.cosine_embedding_loss(z, z[::-1] + 1, y), lambda i: np.where(rows(i)[:, 0] > 0, 1, -1)),
}


@pytest.mark.parametrize("first", ["linear", "norm"])
@pytest.mark.parametrize("name", LOSSES)
def test_targets_that_are_arguments(name: str, first: str) -> None:
    loss_of, targets = LOSSES[name]

    def make() -> World:
        linear = nn.Linear(4, 3, generator=np.random.default_rng(0))
        model = nn.Sequential(nn.LayerNorm(4), linear) if first == "norm" else linear
        optimizer = optim.SGD(model.parameters(), lr=0.1)

        def step(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            loss = loss_of(model(x), y)
            loss.backward()
            optimizer.step()
            return loss

        return World(step=step, draw=lambda i: (rows(i), targets(i)), model=model)

    twins(make, calls=6)


CLIPS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "value": lambda o, loss, model: optim.clip_grad_value_(model.parameters(), 0.05),
    "norm": lambda o, loss, model: optim.clip_grad_norm_(model.parameters(), 0.05) * 0,
}


@pytest.mark.parametrize("name", CLIPS)
def test_clipped_gradients(name: str) -> None:
    def body(optimizer: Any, loss: Any, model: Any) -> Any:
        CLIPS[name](optimizer, loss, model)
        gradients = [p.grad * 1 for p in model.parameters()]
        optimizer.step()
        return loss, gradients

    twins(lambda: trained(sgd, body))


def test_a_float_argument_that_is_returned() -> None:
    """It ended in StopIteration on the third call."""

    def step(x: Any, rate: float, pair: Any) -> Any:
        return x * rate, rate, {"again": [rate, pair[0]], "more": rate * 2 + 1}

    twins(lambda: World(step=step, draw=lambda i: (rows(i), 0.5 * i, (float(i), 2))))


@pytest.mark.parametrize(
    "objective", ["perceptron", *(pytest.param(name, marks=pytest.mark.slow) for name in ("margin", "classification"))]
)
def test_compiled_training_of_every_objective(objective: str) -> None:
    """Where targets stood on the left of the model's output, training ended in a traceback."""
    outputs = 1 if objective == "margin" else 2
    points, labels = vector.data.moons(20, 0.1, np.random.default_rng(3))
    losses = []
    for make_step in (training.training_step, training.compiled_step):
        model = nn.MLP(2, [8, outputs], generator=np.random.default_rng(0))
        options: Any = {"epochs": 4, "batch": 10, "lr": 0.1, "make_step": make_step, "objective": objective}
        losses.append(training.fit(model, points, labels, **options).losses)
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)
    assert losses[0][-1] < losses[0][0]


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
        for i in range(9):
            step(rows(i))
    assert line in str(caught.value)
    assert not re.search(r"%\d", str(caught.value))
    assert Path(__file__).name in str(caught.value)


def test_an_error_inside_of_the_library_shows_the_line_of_the_step() -> None:
    """Its own call was shown, as if the user had written it."""
    w = weights()
    generator = np.random.default_rng(0)

    def step(x: Any) -> Any:
        return nn.huber_loss(x @ w, x, delta=1 + generator.random())

    compiled = compile(step, native=False)
    with pytest.raises(CaptureError) as caught:
        for i in range(9):
            compiled(rows(i))
    assert "nn.huber_loss(x @ w, x, delta=1 + generator.random())" in str(caught.value)
    assert not re.search(r"%\d", str(caught.value))


# -------------------------------------------------------------------- zeros, refused batches, gradients


def test_zeros_of_both_signs_in_one_step() -> None:
    """0.0 and −0.0 are equal, so the second product was taken for a repetition of the first."""
    twins(lambda: World(step=lambda x: (x * 0.0, x * -0.0, np.copysign(x, 0.0), np.copysign(x, -0.0)), draw=batch))


def test_ones_of_three_types_in_one_step() -> None:
    def step(x: Any) -> Any:
        return x * 1, x * 1.0, x * True, x * np.int8(1), x * np.float64(1)

    twins(lambda: World(step=step, draw=lambda i: (np.arange(i, i + 4, dtype=np.int8),)))


EQUAL: dict[str, tuple[Any, Any, Any]] = {
    "zeros": (0.0, -0.0, np.float32),
    "int and float": (1, 1.0, np.int8),
    "int and bool": (1, True, bool),
    "float and NumPy's": (2.0, np.float64(2), np.float32),
    "NaN": (float("nan"), 0.0, np.float32),
}


@pytest.mark.parametrize("kind", EQUAL)
def test_equal_numbers_that_are_not_the_same(kind: str) -> None:
    first, second, dtype = EQUAL[kind]

    def make() -> World:
        config = Config(scale=first)
        return World(step=lambda x: x * config.scale, draw=lambda i: (np.arange(1, 5).astype(dtype),), config=config)

    twins(make, at(4)(lambda world: setattr(world.config, "scale", second)))


MOVING: dict[str, Make] = {
    "Adam": lambda p: optim.Adam(p, lr=0.1),
    "NAdam": lambda p: optim.NAdam(p, lr=0.1),
    "AdamW": lambda p: optim.AdamW(p, lr=0.1),
    "SGD": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.5),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.1, lr_decay=0.1),
}


@kinds(MOVING, "Adam")
@pytest.mark.parametrize("bad", [(4, 6), (0, 1, 2)], ids=["replayed", "recorded"])
def test_the_time_after_a_refused_batch(kind: str, native: bool, bad: tuple[int, ...]) -> None:
    """The optimizer's time went on although the batch was refused before its step."""

    def make() -> World:
        model = nn.Linear(4, 3, generator=np.random.default_rng(0))
        optimizer = MOVING[kind](model.parameters())

        def step(x: Any, t: Any) -> Any:
            optimizer.zero_grad()
            loss = nn.cross_entropy(model(x), t)
            loss.backward()
            optimizer.step()
            return loss

        def draw(i: int) -> tuple[Any, ...]:
            t = np.arange(i, i + 5) % 3
            t[1] = 7 if i in bad else t[1]
            return rows(i), t

        return World(step=step, draw=draw, model=model, optimizer=optimizer)

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
        try:
            compiled(rows(i))
        except CaptureError as error:
            assert "held" in str(error)
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


# -------------------------------------------------------------------- threads


def pure() -> Callable[[Any], Any]:
    model = nn.Sequential(nn.Linear(4, 16, generator=np.random.default_rng(0)), nn.Tanh(), nn.LayerNorm(16)).eval()
    w = weights((16, 3))

    def step(x: Any) -> Any:
        out = vector.softmax(model(x) @ w)
        return out, (out * out).sum(1)

    return step


@both
@pytest.mark.parametrize(
    ("threads", "calls"), [(3, 40), pytest.param(8, 1_000, marks=pytest.mark.slow)], ids=["3", "8"]
)
def test_one_compiled_function_in_several_threads(native: bool, threads: int, calls: int, often: None) -> None:
    """They mixed their memory: one in eight results was another thread's. At recording, too."""
    eager, compiled = pure(), compile(pure(), native=native)
    expected = [[x.data for x in eager(rows(i, (5 + i % 2, 4)))] for i in range(24)]

    def work(start: int) -> None:
        for n in range(start, start + calls):
            i = n % 24
            for mine, theirs in zip(compiled(rows(i, (5 + i % 2, 4))), expected[i], strict=True):
                if native:
                    np.testing.assert_allclose(mine.data, theirs, rtol=1e-5, atol=1e-6)
                else:
                    assert mine.data.tobytes() == theirs.tobytes()

    in_threads(*(functools.partial(work, 5 * k) for k in range(threads)))
    assert compiled.explain()


@pytest.mark.slow
def test_eight_threads_are_bit_equal_to_one(often: None) -> None:
    inputs = [rows(i, (5 + i % 2, 4)) for i in range(1_000)]
    for native in (False, True):
        compiled = compile(pure(), native=native)
        expected = [[x.data for x in compiled(x)] for x in inputs][4:]
        expected = [*([x.data for x in compiled(x)] for x in inputs[:4]), *expected]

        def work(compiled: Any = compiled, expected: Any = expected) -> None:
            for x, theirs in zip(inputs, expected, strict=True):
                assert [y.data.tobytes() for y in compiled(x)] == [y.tobytes() for y in theirs]

        in_threads(*[work] * 8)


# -------------------------------------------------------------------- a net, and what is told


def test_the_usual_call_runs_no_python_of_the_step() -> None:
    """All tests here would be passed by a step that is never compiled."""
    world = trained(lambda p: optim.Adam(p, lr=0.1))
    compiled = compile(world.step, native=False)
    for i in range(100):
        compiled(rows(i))
    with Runs(world.step) as runs:
        for i in range(4):
            compiled(rows(i))
    assert runs.count == 0
    with Runs(world.step) as runs:
        world.optimizer.weight_decay = 0.1
        compiled(rows(0))
    assert runs.count > 0


@kinds(["Adam", "SGD"], "Adam")
def test_a_net_under_a_good_step(native: bool, kind: str) -> None:
    """The eager step beside the replay leaves no mark: parameters, moments, time and generators are those of one."""

    def make() -> World:
        model = network()
        optimizer = MOVING[kind](model.parameters())
        return World(step=learning(optimizer, model), draw=batch, model=model, optimizer=optimizer)

    twins(make, native=native, check=2)


def test_a_net_finds_what_no_guard_can_see(tmp_path: Path) -> None:
    """A file that is read in the step is no object that could be compared."""
    file = tmp_path / "scale"
    file.write_text("2.0")

    def step(x: Any) -> Any:
        return np.tanh(x) * float(file.read_text())

    compiled = compile(step, native=False, check=2)
    for i in range(8):
        compiled(rows(i))
    file.write_text("3.0")
    with pytest.raises(RuntimeError, match="multiply"):
        for i in range(4):
            compiled(rows(i))


def test_why_it_was_recorded_again() -> None:
    def make() -> World:
        model = network()
        optimizer = optim.SGD(model.parameters(), lr=0.1)
        return World(step=learning(optimizer, model), draw=batch, model=model, optimizer=optimizer)

    for change, place in [
        (lambda world: setattr(world.optimizer, "weight_decay", 0.1), "weight_decay"),
        (lambda world: world.model.eval(), r"model.*training"),
        (lambda world: setattr(world.model[2], "p", 0.1), r"\.p\b"),
    ]:
        world = make()
        compiled = compile(world.step, native=False)
        for i in range(4):
            compiled(rows(i))
        assert "recorded again" not in compiled.explain()
        change(world)
        for i in range(4):
            compiled(rows(i))
        assert re.search(rf"recorded again because .*{place}", compiled.explain())


@pytest.mark.parametrize("kind", ["closure", "attribute", "global", "entry"])
def test_why_it_was_recorded_again_for_what_is_outside(kind: str) -> None:
    world = outside_world(kind)
    compiled = compile(world.step, native=False)
    for i in range(4):
        compiled(rows(i))
    world.change(3.0)
    for i in range(4):
        compiled(rows(i))
    assert re.search("recorded again because .*scale", compiled.explain(), re.IGNORECASE)


def test_a_net_finds_a_write_that_a_plan_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: the planner forgets the last call that changes something."""
    whole: Any = planning.needed
    dropped = []

    def forgetful(*args: Any, **kwargs: Any) -> Any:
        calls = whole(*args, **kwargs)
        writing = [call for call in calls if call.writes]
        dropped.extend(writing[-1:])
        return [call for call in calls if call is not (writing or [None])[-1]]

    monkeypatch.setattr(planning, "needed", forgetful)
    w = weights()

    def step(x: Any) -> Any:
        w.data += x * 2
        return w.data.sum()

    compiled = compile(step, native=False, check=2)
    with pytest.raises(RuntimeError, match="add|copyto|difference"):
        for i in range(8):
            compiled(rows(i, (4, 4)))
    assert dropped
