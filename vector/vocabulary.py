"""PyTorch's words, and our own former ones: what an unknown name or keyword is answered with.

The table is vocabulary.txt. Only what is called otherwise here, or is not here, has a row: a name that `vector` or
NumPy has in another place needs none.
"""

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any, NoReturn, TypeVar

import numpy as np

from vector.arrays import check_real

TABLE = Path(__file__).with_suffix(".txt")
T = TypeVar("T", bound=Callable[..., Any])
ALSO = {"vector": ("Tensor",), "nn.functional": ("nn", "vector", "Tensor"), "optim.lr_scheduler": ("optim",)}
"""Where else the words of a place stand."""


@functools.cache
def rows(place: str) -> Mapping[str, str]:
    """What the table says of each name in a place: "Tensor", "vector", "nn", …, or "keywords", those of "fit()"."""
    lines = TABLE.read_text(encoding="utf-8").partition(f"\n[{place}]\n")[2].partition("\n[")[0].splitlines()
    parts = (line.partition(": ") for line in lines if line[:1] != "~")
    return {name: told for names, _, told in parts for name in names.split()}


def answer(place: str, name: str, near: Iterable[str] = ()) -> str:
    """What to write instead of a name, "" where nothing is known."""
    from fnmatch import fnmatchcase

    for table in map(rows, (place, *ALSO.get(place, ()))):
        if told := next((table[known] for known in table if fnmatchcase(name, known)), ""):
            return told.replace("{name}", name)
    if place in ("Tensor", "vector", "nn.functional"):
        if told := _elsewhere(place, name):
            return told
        if name.endswith("_") and (told := _elsewhere("Tensor", name[:-1]) or answer(place, name[:-1])):
            told = told.replace("write t.", "write t = t.")
            return f"{told}; only leaves are changed in place, by `with vector.no_grad(): p -= …`"
    if place in ("fft", "linalg") and callable(vars(getattr(np, place)).get(name)):
        return f"write np.{place}.{name}(t.data), without a gradient"
    alike = nearest(name, near)
    return alike and f"did you mean {alike}?"


def _elsewhere(place: str, name: str) -> str:
    """Where a name stands that is no attribute of this place; "" where it does not."""
    here: Any = sys.modules["vector"]
    t = "t, …" if place == "Tensor" else "…"
    if name in there(here.Tensor):
        return f"write t.{name}(…)"
    if place == "Tensor" and name in here.__all__:
        return f"write vector.{name}({t})"
    if hasattr(here.linalg, name):
        return f"write vector.linalg.{name}({t})"
    numpys: Any = vars(np).get(name)
    if not callable(numpys) or isinstance(numpys, type):
        return ""
    protocol = here.numpy_protocol
    covered = any(numpys in known for known in (protocol.FUNCTIONS, protocol.UFUNCS, protocol.NOT_DIFFERENTIABLE))
    return f"write np.{name}({t})" if covered else f"write np.{name}({t.replace('t', 't.data')}), without a gradient"


def nearest(name: str, names: Iterable[str]) -> str:
    """The name that was meant: the same letters in another order, or else one that looks alike; "" if none does."""
    from difflib import get_close_matches

    names = [*names]
    turned = [known for known in names if sorted(known) == sorted(name)]
    return (turned or get_close_matches(name, names, 1) or [""])[0]


def missing(place: str, near: Callable[[], Iterable[str]]) -> Callable[[str], NoReturn]:
    """The `__getattr__` of a module or a class, such as "vector.nn" or "nn.Module": the error for a name it lacks."""
    where = place.removeprefix("vector.")
    owner = f"{where!r} object" if where[where.rfind(".") + 1].isupper() else f"module {place!r}"

    def lacking(name: str) -> NoReturn:
        told = "" if name[0] == "_" else answer(where, name, [known for known in near() if known[0] != "_"])
        # With an `obj` of its own, Python adds no guess to ours.
        raise AttributeError(f"{owner} has no attribute {name!r}" + (told and f"; {told}"), name=name, obj=None)

    return lacking


class Word:
    """An attribute that is not there: `hasattr` says no, and the error what to write.

    Why no `__getattr__`? With one, Python 3.11 reads every attribute of a Tensor four times as slowly, and an operation
    takes a tenth longer.
    """

    def __init__(self, place: str, name: str) -> None:
        self.place, self.name = place, name

    def __get__(self, instance: object, owner: type) -> NoReturn:
        missing(self.place, lambda: there(owner))(self.name)


@functools.lru_cache(64)
def there(kind: Any) -> list[str]:
    """The attributes of a class that are there."""
    return [name for name in type.__dir__(kind) if not isinstance(inspect.getattr_static(kind, name, None), Word)]


def install(kind: type, place: str, *names: str) -> None:
    """Give a class the words of a place, further names, and its own with two letters exchanged, where it has none."""
    own = dir(kind)
    words = {*rows(place), *names}
    in_place = {f"{name}_" for name in (*words, *own)} if place == "Tensor" else set()
    turned = {n[:i] + n[i + 1] + n[i] + n[i + 2 :] for n in own if n[0] != "_" for i in range(len(n) - 1)}
    for name in (words | in_place | turned).difference(own):
        setattr(kind, name, Word(place, name))


class Taught:
    """Base of classes whose constructors and methods answer an unknown keyword, and which have the words of a place."""

    def __init_subclass__(cls, place: str = "", **named: Any) -> None:
        super().__init_subclass__(**named)
        if cls.__module__.startswith("vector."):
            teach(cls)
        if place:
            install(cls, place)

    def __dir__(self) -> Iterable[str]:
        kind: Any = type(self)
        return [*vars(self), *there(kind)]


def taught(function: T) -> T:
    """A function whose error for an unknown keyword says what to write."""

    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        try:
            return function(*args, **named) if named else function(*args)
        except TypeError:
            check_call(function, args, named)
            raise

    return call  # type: ignore[return-value]


def teach(owner: Any) -> None:
    """Make the public functions of a module or class taught, but those that hand keywords on; a module's names too."""
    owner = sys.modules.get(owner, owner)  # a module tells its name
    home = getattr(owner, "__module__", owner.__name__)
    for name in vars(owner).get("__all__") or [*vars(owner)]:
        x = vars(owner).get(name)
        if isinstance(x, FunctionType) and not hasattr(x, "__wrapped__") and (name == "__init__" or name[0] != "_"):
            setattr(owner, name, x if x.__code__.co_flags & inspect.CO_VARKEYWORDS else taught(x))
            getattr(owner, name).__module__ = home  # where pickle finds it
    if not isinstance(owner, type) and "__getattr__" not in vars(owner):
        owner.__getattr__ = missing(home.replace(".functions", ""), lambda: vars(owner))


def check_call(function: Callable[..., Any], args: Sequence[Any], named: Mapping[str, Any]) -> None:
    """Raise a better error for a call that failed, if its keywords or its first operand were why."""
    parameters = inspect.signature(function).parameters.values()
    known = [p.name for p in parameters if p.kind is not p.VAR_POSITIONAL and p.name != "self"]
    unwelcome = [name for name in named if name not in known]
    if unwelcome and not any(p.kind is p.VAR_KEYWORD for p in parameters):
        raise unknown(function.__qualname__.removesuffix(".__init__"), unwelcome, known) from None
    if args and known[:1] == ["x"]:
        check_real(args[0], f"as the operand of {function.__name__}")


def unknown(function: str, keywords: Iterable[str], known: Sequence[str]) -> TypeError:
    """The error for keywords that a function does not know."""
    got = ", ".join(keywords) + told(keywords, known, function)
    return TypeError(f"{function}: expected {', '.join(known) or 'no keywords'}, got {got}")


def told(keywords: Iterable[str], known: Iterable[str] = (), function: str = "") -> str:
    """What to write instead of keywords, after a semicolon; "" where nothing is known."""
    table = {**rows("keywords"), **rows(f"{function}()")}
    answers = (table.get(name) or ((near := nearest(name, known)) and f"did you mean {near}?") for name in keywords)
    return "".join(f"; {answer}" for answer in dict.fromkeys(answers) if answer)
