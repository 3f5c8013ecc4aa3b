"""A compiled step asks at each call for what decided its recording: modes, hyperparameters, whatever lies outside."""

import functools
import re
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.vector.compilation.twins import (
    Config,
    Make,
    World,
    at,
    batch,
    contents,
    learning,
    network,
    rows,
    same,
    scaled,
    sgd,
    trained,
    twins,
    weights,
    with_globals,
)
from vector import nn, optim
from vector.compilation import compile
from vector.compilation.surroundings import Surroundings


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


MODEL: Any  # a step that reads it has globals of its own
SCALE: Any


def of_globals(model: nn.Module) -> Callable[[Any], Any]:
    def step(x: Any) -> Any:
        return MODEL(x)  # noqa: F821  # in the globals that it is given

    return with_globals(step, MODEL=model)


def defaulting(model: nn.Module) -> Callable[[Any], Any]:
    def step(x: Any, model: Any = model) -> Any:
        return model(x)

    return step


HOLDERS: dict[str, Callable[[nn.Module], Callable[[Any], Any]]] = {
    "the model itself": lambda model: model,
    "a callable object": Caller,
    "a method": lambda model: Caller(model).method,
    "a partial": lambda model: functools.partial(calling, model),
    "a partial's keyword": lambda model: functools.partial(calling, model=model),
    "a closure": lambda model: lambda x: model(x),  # noqa: PLW0108  # its closure is tested
    "a nested object": lambda model: (lambda config: lambda x: config.nets["a"][0](x))(Config(nets={"a": (model,)})),  # noqa: PLW0108  # its closure is tested
    "a helper's closure": helped,
    "a global": of_globals,
    "a default": defaulting,
    "training": lambda model: learning(optim.SGD(model.parameters(), lr=0.1, momentum=0.9), model),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_modes(holder: str) -> None:
    """Dropout went on after `eval()` where the model was not in the step's own closure or globals."""

    def make() -> World:
        model = network()
        step: Any = HOLDERS[holder](model)
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

    eager: Any = late(lambda step: step)
    world: Any = late(lambda step: compile(step, native=False))
    for i in range(9):
        in_use(i, eager)
        in_use(i, world)
        same(contents(eager.step(rows(i))), contents(world.step(rows(i))), f"call {i}", native=False)
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
        return World(step=lambda x: model(x), draw=batch, model=model)  # noqa: PLW0108  # its closure is tested

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


# -------------------------------------------------------------------- what is read from outside


def outside_world(kind: str) -> World:  # each kind is two lines
    """A step that multiplies by `world.change(n)`'s n, kept in some place."""
    scale, holder = (
        2.0,
        Config(scale=2.0, inner=Config(scale=2.0), f=np.sin, name="sin", table={"scale": 2.0}, numbers=[1.0, 2.0]),
    )
    module = types.ModuleType("settings")
    vars(module)["scale"] = 2.0
    kept: Any = type("Kept", (Config,), {"scale": 2.0})
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
        return x * SCALE  # noqa: F821  # in the globals that it is given

    in_globals: Any = with_globals(of_global, SCALE=2.0)
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
        "length": (lambda x: x * len(holder.numbers), holder.numbers.append),
        "items": (lambda x: x * sum(holder.numbers), holder.numbers.append),
        "default": (in_default, lambda n: holder.table.update(scale=n)),
        "module": (lambda x: x * module.scale, lambda n: vars(module).update(scale=n)),
        "class": (lambda x: x * kept.scale, lambda n: setattr(kept, "scale", n)),
        "class of an object": ((lambda it: lambda x: x * it.scale)(kept()), lambda n: setattr(kept, "scale", n)),
        "presence": (lambda x: x * getattr(holder, "more", 1.0), lambda n: setattr(holder, "more", n)),
        "a function": (lambda x: holder.f(x), lambda n: setattr(holder, "f", np.cos)),  # noqa: PLW0108  # its closure is tested
        "a text": (lambda x: getattr(np, holder.name)(x), lambda n: setattr(holder, "name", "cos")),  # noqa: PLW0108  # its closure is tested
        "a partial": (functools.partial(scaled, config=holder), lambda n: setattr(holder, "scale", n)),
    }
    step, change = steps[kind]
    return World(step=step, draw=batch, change=change)


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
        return World(step=lambda x: model(x), draw=batch, model=model)  # noqa: PLW0108  # its closure is tested

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
        return World(step=lambda x: model(x), draw=batch, model=model)  # noqa: PLW0108  # its closure is tested

    def between(world: World) -> None:
        if change == "load":
            world.model.load_state_dict({name: x + 1 for name, x in world.model.state_dict().items()})
        else:
            world.model.to(np.float64)

    twins(make, at(4)(between))


# -------------------------------------------------------------------- hyperparameters


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

    twins(world, refused=r"\blr\b|\.time was")


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


# -------------------------------------------------------------------- what explain() says


def test_why_it_was_recorded_again() -> None:
    def make() -> World:
        model = network()
        optimizer = optim.SGD(model.parameters(), lr=0.1)
        return World(step=learning(optimizer, model), draw=batch, model=model, optimizer=optimizer)

    changes: list[tuple[Callable[[World], object], str]] = [
        (lambda world: setattr(world.optimizer, "weight_decay", 0.1), "weight_decay"),
        (lambda world: world.model.eval(), r"model.*training"),
        (lambda world: setattr(world.model[2], "p", 0.1), r"\.p\b"),
    ]
    for change, place in changes:
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


class Kept:
    """A slot that can be read by its text alone."""

    __slots__ = ("class", "rate")


@pytest.mark.parametrize("name", ["two words", "class", "@pytest_ar", "1"])
@pytest.mark.parametrize("owner", [types.ModuleType("settings"), Config, Config(), Kept()], ids=type)
def test_an_attribute_whose_name_is_none(owner: Any, name: str) -> None:
    """The guards are a line of Python, and `settings.@pytest_ar`, as a tested module has, is none."""
    name = "class" if isinstance(owner, Kept) else name
    setattr(owner, name, 2.0)
    compiled = compile(lambda x: x * getattr(owner, name))
    try:
        assert [float(compiled(np.array(3.0))) for _ in range(3)] == [6.0] * 3
        setattr(owner, name, 5.0)
        assert float(compiled(np.array(3.0))) == 15.0
    finally:
        delattr(owner, name)


ALIAS: Any = Callable[[int], int]


def test_a_generic_alias_leads_to_no_other_class() -> None:
    """From it the walk went on to every class that was ever asked whether it can be called: a minute, with sympy."""
    places = Surroundings([("step", lambda x: x if ALIAS else 0)]).places.values()
    assert not [place.path for place, _ in places if "_abc" in place.path]
