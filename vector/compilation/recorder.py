"""Recording one step: the step runs on tracers, and each of its calls of NumPy is written down."""

from __future__ import annotations

import copy
import functools
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vector.arrays import location, owner_of
from vector.compilation import tracers
from vector.compilation.arguments import attributes, is_plain, unpacked
from vector.compilation.effects import call_finding_writes, has_dynamic_shape
from vector.compilation.program import Array, Call, Number, Program, Symbol, identical, name_of, symbols_in
from vector.compilation.surroundings import Place, Surroundings
from vector.compilation.tracers import ArrayTracer, NumberTracer, Tracer, refusal, value_of
from vector.modes import Hooks
from vector.node import Node
from vector.numpy_protocol import users_line
from vector.tensor import Tensor
from vector.topology import reverse_topological
from vector.trees import tree_leaves, tree_map, tree_unflatten

if TYPE_CHECKING:
    from vector.optim.optimizer import Optimizer

_DESCRIBING = {
    np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.may_share_memory, np.iscomplexobj, np.isrealobj,
}  # fmt: skip
"""Functions that look at shapes and dtypes alone: their answers hold for every replay."""


class Recorder(Hooks):
    """The engine's hooks while a step is recorded.

    The engine reads a tracer in the place of each array; the tracer hands its operations back here, where they are
    computed, so that the step has its usual effect, and appended to `calls`.

    reachable: the ids of the tensors and arrays that the step can reach.
    since: the creation number of the first tensor that the step makes.
    """

    masks = True  # no code of the step can see whether a gradient became NaN, so messages of zero are masked at once

    def __init__(self, reachable: Container[int], since: int) -> None:
        self.arguments: list[Symbol] = []
        self.calls: list[Call] = []
        self._given_gradients: list[Node] = []
        self.decided: list[Number] = []  # numbers that the step decides by
        self.count = 0
        self._places: dict[Any, Symbol] = {}  # each place in memory has one symbol, however many arrays show it
        self._arrays: dict[int, Symbol] = {}  # by the address of the array
        self._tracers: dict[Symbol, ArrayTracer] = {}
        self._owners: list[Symbol] = []
        self._copies: dict[int, Any] = {}
        self._accumulating: set[int] = set()  # tensors whose gradient the step adds to and does not clear
        self._reachable, self._since = reachable, since
        self._initial: dict[Symbol, Symbol] = {}  # of an array made in the step past the tracers, what it held
        self._alive: list[Any] = []
        self._installed: list[tuple[Place, Any, Any]] = []

    def on_read(self, array: Any) -> Any:
        """The tracer of an array; anything else as it is."""
        return self._tracer(self._place(array)) if isinstance(array, np.ndarray) else array

    def on_assign(self, tensor: Node, new: Any) -> Any:
        """The assigned array; the old one, if it is assigned what stands for it, as by `p.data -= 1`."""
        if isinstance(new, ArrayTracer) and new.symbol is self._arrays.get(id(tensor._array)):
            return tensor._array
        if tensor.number < self._since and id(tensor) not in self._reachable:
            raise refusal("tensors in variables, attributes or arguments, got one that is reached in a way not seen")
        return new

    def on_gradient(self, tensor: Node) -> None:
        """A tensor was given a gradient."""
        self._given_gradients.append(tensor)

    @contextmanager
    def on_step(self, optimizer: Optimizer) -> Iterator[None]:
        """An optimizer makes its step: it reads its own numbers, not their tracers."""
        hidden = [it for it in self._installed if it[0].owner is vars(optimizer) and isinstance(it[2], NumberTracer)]
        for place, _, tracer in hidden:
            if place.read() is not tracer:
                raise refusal(f"a step that leaves {place.path} alone, got one that sets it; set it between the calls")
        hidden += [it for it in self._installed if isinstance(it[2], tracers.StaleGradient) and it[0].read() is it[2]]
        for place, value, _ in hidden:
            place.write(value)
        try:
            yield
        finally:
            for place, value, tracer in hidden:
                if place.read() is value:
                    place.write(tracer)

    def on_numbers(self, supplier: Callable[[], Sequence[float]]) -> tuple[Any, ...]:
        """Python numbers that every replay asks for again, such as the learning rate."""
        values = tuple(supplier())
        return tuple([self._number(x, supplier, i) for i, x in enumerate(values)])

    def on_random(self, draw: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Random numbers, which every replay draws again."""
        made = Array(self._next(), np.asarray(draw(*args)), "result")
        self._write_down(Call(draw, args, {}, (made,), kind="draw"))
        return self._tracer(made)

    def on_check(self, check: Callable[..., None], args: tuple[Any, ...]) -> None:
        """A check that raises where numbers are wrong, now and at every replay."""
        check(*tree_map(value_of, args))
        self._write_down(Call(check, tree_map(self._symbol, args), {}, kind="check"))

    def on_warning(self, look: Callable[..., None], args: tuple[Any, ...]) -> None:
        """A look at numbers that may warn: now, and at no replay."""
        look(*tree_map(value_of, args))

    def install(self, fixed: Iterable[tuple[Place, Any]], lifted: Iterable[Place]) -> None:
        """Put tracers where the step finds numbers and arrays outside; those of lifted places are arguments."""
        for place in lifted:
            self._put(place, place.read(), tree_map(self.argument, place.read()))
        for place, value in fixed:
            self._put(place, value, self._tracer_for(place, value))

    def changes(self, places: Iterable[tuple[Place, Any]]) -> list[tuple[Place, Any, Any]]:
        """(place, before, now) of those that the step gave another value.

        Raises CaptureError: it gave one to an argument, or left a Tensor with history.
        """
        self._clear_gradients()
        installed = {place.known_as: tracer for place, _, tracer in self._installed}
        found = [(place, value, place.read()) for place, value in places]
        changed = [it for it in found if it[2] is not installed.pop(it[0].known_as, it[1]) and not identical(*it[1:])]
        for place, _, tracer in self._installed:
            if place.known_as in installed and place.read() is not tracer:
                raise refusal(f"a step that leaves {place.path} its array, got another; write into it, or return it")
        for place, _, now in changed:
            if any(isinstance(x, Tensor) and x.rule is not None for x in tree_leaves([now])):
                raise refusal(f"{place.path} without history after the step, got the result of operations; detach() it")
        return changed

    def uninstall(self) -> None:
        """Put back what the tracers stood for."""
        self._clear_gradients()
        for place, value, tracer in reversed(self._installed):
            if place.read() is tracer:
                place.write(value)

    def argument(self, x: Any) -> Any:
        """The tracer of an argument of the step; anything but an array or a number as it is."""
        if isinstance(x, Tensor):
            if not isinstance(x._array, Tracer):
                place = Place(x, "attribute", "_array", f"the Tensor {x.label!r}" if x.label else "a Tensor argument")
                self._put(place, x._array, self.argument(x._array))
            return x
        if type(x) is float:
            number = self._number(x)
            self.arguments.append(number.symbol)
            return number
        if not isinstance(x, (np.ndarray, np.generic)):
            if not is_plain(x):
                return x
            if id(x) not in self._copies:
                self._copies[id(x)] = twin = copy.copy(x)
                for name, value in attributes(x).items():
                    object.__setattr__(twin, name, tree_map(self.argument, value))
            return self._copies[id(x)]
        # A new array that shows the same memory: the given one may also be reached outside, as another symbol.
        array = Array(self._next(), np.asarray(x).view(), "argument")
        self.arguments.append(array)
        return self._tracer(array)

    def _put(self, place: Place, value: Any, tracer: Any) -> None:
        if tracer is not value:
            place.write(tracer)
            self._installed.append((place, value, tracer))

    @functools.cached_property
    def cleared(self) -> list[Node]:
        """The tensors whose gradient the step clears before it gives them one, which keep none; asked when it is done.

        Gradients that it adds to, or reads before, stay.
        """
        read = {x.of for call in self.calls for x in call.reads()}
        used = {id(it[0].owner) for it in self._installed if it[0].key == "grad" and it[2].symbol in read}
        return [x for x in self._given_gradients if id(x) not in self._accumulating | used]

    def _clear_gradients(self) -> None:
        for tensor in self.cleared:
            tensor.grad = None

    def _tracer_for(self, place: Place, value: Any) -> Any:
        if place.kind in ("number", "rate"):
            number = self._number(value, functools.partial(_alone, place))
            number.symbol.place = place._replace(kind="item")
            return number
        if place.key == "grad" and value is None and place.owner.requires_grad:
            return tracers.StaleGradient(place, self)
        if place.kind not in ("attribute", "item") or place.key == "_array":
            return value
        if isinstance(value, tuple):
            parts = [self._tracer_for(place, x) for x in value]
            same = all(x is y for x, y in zip(parts, value, strict=True))
            return value if same else type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
        return self.on_read(value) if type(value) is np.ndarray and value.dtype.kind in "biuf" else value

    def call(self, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Make a call and write it down."""
        form = tuple(args), dict(kwargs)
        given = [*map(_numbers, tree_leaves(form))]
        values, named = tree_unflatten(form, map(value_of, given))
        if function in _DESCRIBING:
            return function(*values, **named)
        call = Call(function, *tree_unflatten(form, map(self._symbol, given)))
        result, changed = call_finding_writes(function, values, named)
        call.writes = tuple(self._place(x) for x in changed)
        numbers = [x.symbol.value for x in given if isinstance(x, tracers.ScalarTracer)]
        if any(np.may_share_memory(x, y) for x in tree_leaves([result]) for y in numbers):  # of scalars no views exist
            copies = (self._array_of(x) if isinstance(x, tracers.ScalarTracer) else x for x in given)
            return self.call(function, *tree_unflatten(form, copies))
        if not changed and not isinstance(function, np.ufunc) and has_dynamic_shape(function, form, given, result):
            name = "x[mask]" if function is np.ndarray.__getitem__ else f"np.{name_of(function)}"
            raise refusal(
                f"shapes that do not depend on numbers, got {name}, whose result has as many elements as the numbers "
                "say; write np.where(mask, x, 0), x * mask or np.sum(x, where=mask), or take it outside the step"
            )
        moved = function in (np.reshape, np.ndarray.reshape) and not kwargs and result.size
        if moved and not np.may_share_memory(result, values[0]):  # a copy, which a loop can do, and then a view of it
            return self.call(function, (self._array_of(args[0]), *args[1:]), {})
        self._write_down(call)
        return self._made(call, result)

    def _array_of(self, x: ArrayTracer) -> Any:
        return self.call(np.ndarray.copy, (x,), {})

    def first_gradient(self, place: Place, g: Any) -> Any:
        """A gradient arrives at a tensor that had none, and is not cleared before: it stays, as after eager steps."""
        self._accumulating.add(id(place.owner))
        return self._array_of(self.on_read(g))

    def scalar(self, function: Callable[..., Any], args: Sequence[Any]) -> Any:
        """Compute with Python numbers and write it down."""
        number = self._number(function(*tree_map(value_of, tuple(args))))
        self._write_down(Call(function, tree_map(self._symbol, tuple(args)), {}, (number.symbol,)))
        return number

    def program(self, returned: Any, left: list[Any]) -> Program:
        """The whole step, which returned this, and left those values outside.

        Raises CaptureError: an object that is no list, tuple or dictionary holds arrays of the step.
        """
        for x in tree_leaves((returned, left)):
            held = list(x) if isinstance(x, (deque, set)) else unpacked(x)
            if held is not x and any(isinstance(y, (Tracer, Tensor)) for y in tree_leaves([held])):
                raise refusal(f"results in lists, tuples and dictionaries, got some in a {type(x).__name__}")
        output = tree_map(self._symbol, (returned, left))
        lasting = {x.of for x in symbols_in(output[1])}
        lasting.update(x.of for call in self.calls for x in call.writes)
        for x, start in self._initial.items():
            if x in lasting:  # made in the step of constants, and then changed or kept: each replay begins with a copy
                x.origin = "result"
                self.calls.insert(0, Call(np.ndarray.copy, (start,), {}, (x,)))
        constant = self._initial.keys() - lasting
        return Program(self.arguments, [it for it in self.calls if not _fold_constant(it, constant, lasting)], output)

    def _write_down(self, call: Call) -> None:
        call.line = users_line()
        self.calls.append(call)

    def _made(self, call: Call, result: Any) -> Any:
        if result is None:
            return None
        count = self.count
        tracers_of = tree_map(functools.partial(self._result, call), result)
        if not call.writes:
            call.results = tuple(x.symbol for x in tree_leaves(tracers_of))
            shown = next((x.of for x in call.results if x.of is not x or x in call.operands), None)
            for x in call.results:
                if x.of is x is not shown and not np.size(x.value):  # one without elements, among parts of an array
                    x.whole = shown
            if count == self.count:  # arrays that are known already, as x.astype(x.dtype, copy=False) is x
                self.calls.pop()
        return tracers_of

    def _result(self, call: Call, value: Any) -> ArrayTracer:
        if not isinstance(value, (np.ndarray, np.generic)):
            raise refusal(
                f"arrays, got a Python {type(value).__name__} from np.{name_of(call.function)} that depends on their "
                "numbers, which a replay could not know; return arrays and read them outside the step"
            )
        array = np.asarray(value)
        touched = (*call.reads(), *call.writes)  # arrays without elements share no memory with themselves
        whole = next((x.of for x in touched if array is x.value or np.may_share_memory(array, x.of.value)), None)
        tracer = self._tracer(self._known(array, whole))
        return tracer if isinstance(value, np.ndarray) else tracers.ScalarTracer(tracer.symbol, self)

    def _known(self, array: npt.NDArray[Any], whole: Symbol | None) -> Symbol:
        """The symbol of a place in memory: a new one, unless it has one."""
        if whole is None:
            return Array(self._next(), array, "result")
        place = location(array)
        if place == location(whole.value):
            return whole
        if (whole, place) not in self._places:
            self._places[whole, place] = Array(self._next(), array, whole.origin, whole)
        return self._places[whole, place]

    def _place(self, array: npt.NDArray[Any]) -> Symbol:
        """The symbol of an array that no call of the step made."""
        if type(array) not in (np.ndarray, np.memmap) or array.dtype.kind not in "biufcmM":
            raise refusal(f"plain arrays of numbers, got a {type(array).__name__} of {array.dtype}")
        known = self._arrays.get(id(array))
        if known is not None:
            return known
        owner = owner_of(array)
        whole = self._arrays.get(id(owner))
        if whole is None:
            whole = self._arrays[id(owner)] = Array(self._next(), owner, "outside")
            if id(owner) not in self._reachable:
                self._initial[whole] = Array(0, owner.copy(), "outside")
            for other in self._owners:
                if np.may_share_memory(other.value, owner):  # as those that show one file do: one piece of memory
                    other.of.whole = whole
            self._owners.append(whole)
        self._arrays[id(array)] = found = whole if array is owner else self._known(array, whole.of)
        self._alive.append(array)
        return found

    def _tracer(self, symbol: Symbol) -> ArrayTracer:
        """The one tracer of a symbol, which is found by the id of its array from now on."""
        self._arrays[id(symbol.value)] = symbol
        if symbol not in self._tracers:
            self._tracers[symbol] = ArrayTracer(symbol, self)
        return self._tracers[symbol]

    def fix(self, number: Number) -> None:
        """The step decides by a number, which is guarded from now on.

        Raises CaptureError: it was computed by the step.
        """
        if number.place is None and number not in self.arguments:
            raise refusal("a choice by numbers that the step is given, got one by a number that it computed")
        self.decided.append(number)

    def _number(self, x: float, supplier: Callable[[], Sequence[float]] | None = None, i: int = 0) -> NumberTracer:
        return NumberTracer(Number(self._next(), x, supplier=supplier, index=i), self)

    def _symbol(self, x: Any) -> Any:
        x = self.on_read(x._array if isinstance(x, Tensor) else x)
        return x.symbol if isinstance(x, (ArrayTracer, NumberTracer)) else x

    def _next(self) -> int:
        self.count += 1
        return self.count


def _numbers(x: Any) -> Any:
    return (x.__array__() if x.requires_grad else x._read()) if isinstance(x, Tensor) else x


def _fold_constant(call: Call, constant: set[Symbol], lasting: set[Any]) -> bool:
    """Whether a call computes with constants alone; what it makes is a constant from now on."""
    made: set[Any] = {x.of for x in call.results}
    if call.kind != "plain" or not made or not made.isdisjoint(lasting):
        return False
    if not all(x.of in constant for x in call.operands):
        return False
    for x in made:
        constant.add(x)
        x.origin = "outside"
    return True


def _alone(place: Place) -> tuple[Any]:
    return (place.read(),)


def clean(surroundings: Surroundings) -> None:
    """Put arrays and numbers where a step left tracers, of which none may remain."""
    for place, value in surroundings.places.values():
        if isinstance(value, (Tracer, tuple)) and any(isinstance(x, Tracer) for x in tree_leaves([value])):
            place.write(tree_map(value_of, value))
    for tensor in surroundings.tensors:
        for node in reverse_topological(tensor) if tensor.rule else ():
            node._array, node.inputs = value_of(node._array), [*map(value_of, node.inputs)]
            node.operands, node.params = tree_map(value_of, (node.operands, node.params))
