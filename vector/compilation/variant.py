"""One recording of a step: what must hold for it, and, once a second one confirmed it, the plan that replays it."""

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from keyword import iskeyword
from typing import Any

import numpy as np

from vector.arrays import Memory
from vector.compilation.arguments import signature
from vector.compilation.program import Program, identical
from vector.compilation.recorder import Recorder
from vector.compilation.replay import Replay
from vector.compilation.surroundings import ABSENT, Place, Surroundings
from vector.tensor import Tensor, mark_changed
from vector.trees import tree_leaves, tree_map, tree_unflatten

_READ = {
    "length": "len(o{i}) ==", "members": "o{i} ==", "attribute": "o{i}.{key} is", "context": "o{i}.get() is",
    "bytes": "bytes(o{i}) ==",
}  # fmt: skip
"""How a place is read in Python and compared; an item by default."""


class Guards:
    """Places and the values that they must hold; one compiled expression of Python gives the usual answer.

    Of the user's text it contains only attributes that are names.
    """

    def __init__(self, places: Iterable[tuple[Place, Any]]) -> None:
        self._places = [(place, value) for place, value in places if place.kind != "rate"]
        self._scope: dict[str, Any] = {}
        tests = []
        for i, (place, value) in enumerate(self._places):
            self._scope |= {f"o{i}": place.owner, f"k{i}": place.key, f"v{i}": value}
            odd = place.kind == "attribute" and (not place.key.isidentifier() or iskeyword(place.key))
            held = "getattr(o{i}, k{i}) is" if odd else _READ.get(place.kind, "o{i}[k{i}] is")
            tests.append(f"{held.format(i=i, key=place.key)} v{i}")
        self._quick: Callable[[], bool] = eval(f"lambda: ({' and '.join(tests) or True})", self._scope)  # noqa: S307

    def hold(self) -> bool:
        """Whether every place holds what it held, or something equal."""
        try:
            return self._quick() or self.changed() is None
        except ABSENT:
            return False

    def changed(self) -> str | None:
        """The first place that holds something else, in words; an equal value is expected from now on."""
        for i, (place, value) in enumerate(self._places):
            now = place.read()
            if now is not value:
                same_decision = place.kind == "number" and type(now) in (int, float) and bool(now) == bool(value)
                if not same_decision and not identical(value, now):
                    return change_in_words(place, value, now)
                self._places[i], self._scope[f"v{i}"] = (place, now), now
        return None


def change_in_words(place: Place, before: Any, now: Any) -> str:
    """A change in words."""
    return f"{place.path} was {_short(before)}, now {_short(now)}"


def _short(x: Any) -> str:
    if x is ABSENT:
        return "nothing"
    if isinstance(x, (int, float, str, bytes, type(None), tuple, frozenset)):
        text = repr(x)
        return text if len(text) < 40 else f"{text[:36]}…"
    return f"{'another' if hasattr(x, '__dict__') else 'an'} {type(x).__name__}"


class Variant:
    """A recording of a step with its guards and, after `confirm`, its plan.

    Args:
        surroundings: what the step could see, before it ran.
        lifted: the places there whose arrays are arguments too, and `kinds`, their signature.
        recorder: what recorded the program, and `program`.
        left: (place outside, the value that the step gives it).
        output: what the step returned.

    Attributes:
        guards: whether what was read from outside is as it was.
        replay: the plan, bound to its memory; `due`, of each run, whether it is to be compared with the step.
        cleared: the Tensors that are given a gradient and keep none.
        written: what it writes to: `arrays` outside, and the arguments whose numbers are in `writes`.
        counted: lists that optimizers count their steps in, and `generators`, what random numbers are drawn from.
    """

    replay: Replay
    due: Iterator[bool]

    def __init__(
        self, surroundings: Surroundings, lifted: list[Place], kinds: Any, recorder: Recorder,
        program: Program, left: list[tuple[Place, Any]], output: Any,
    ) -> None:  # fmt: skip
        self.surroundings, self.lifted, self.counted = surroundings, lifted, surroundings.counted
        self.guards = Guards([*surroundings.fixed(), *((x.place, x.value) for x in recorder.decided if x.place)])
        self.left, values = [place for place, _ in left], [value for _, value in left]
        self.program = program
        self.cleared = recorder.cleared
        self._kinds = kinds
        self._fixed = [(i, x.value) for i, x in enumerate(program.arguments) if x in recorder.decided]
        written = {x: None for call in program.calls for x in call.writes if x.lasts}
        self.writes = [i for i, x in enumerate(program.arguments) if x in {y.of for y in written}]
        outside = [x for x in written if x.of.origin == "outside"]
        self.written = [*outside, *(program.arguments[i] for i in self.writes)]
        self.arrays = [x.value for x in outside]
        self._changed = Memory(self.arrays)
        self._read = Memory(x.value for call in program.calls for x in call.reads() if x.of.origin == "outside")
        self._tensors = [t for t in surroundings.tensors if self._changed.holds(t._array)]
        draws: list[Any] = [call.function for call in program.calls if call.kind == "draw"]
        self.generators = [draw.__self__ for draw in draws]
        self._makers = [*map(_maker, tree_leaves([output, values]))]
        self._returned, self._left = tree_map(lambda _: 0, (output, values))

    def confirm(self, replay: Replay, check: int | None) -> None:
        """Give it its plan, of which every `check`-th replay is compared with the step."""
        self.replay = replay
        pure = not (self.arrays or self.writes or self.left or self.generators or self.cleared)
        self.due = (i % check == 0 if check else pure and i == 1 for i in itertools.count(1))

    def given(self, arguments: Sequence[Any]) -> Sequence[Any] | None:
        """The arguments and the lifted arrays, if the recording holds now; else None."""
        if not self.guards.hold() or (self._fixed and any(not identical(arguments[i], x) for i, x in self._fixed)):
            return None
        if not self.lifted:
            return arguments
        kinds, values = signature([place.read() for place in self.lifted], {})
        return [*arguments, *values] if kinds == self._kinds else None

    def changed(self, arguments: Sequence[Any]) -> str | None:
        """What keeps the recording from being replayed now, in words."""
        floats = ((x, arguments[i]) for i, x in self._fixed)
        moved = (f"a float that it decides by was {x}, now {now}" for x, now in floats if not identical(x, now))
        return self.guards.changed() or next(moved, None)

    def may_run(self, given: Sequence[Any]) -> bool:
        """Whether no argument shares memory with what a replay writes to, and those that it writes to are writeable."""
        if self.arrays and self._changed.holds(*given):
            return False
        changed = [given[i] for i in self.writes]
        if not changed:
            return True
        overlap = any(Memory([x]).holds(y) for x, y in itertools.permutations(given, 2) if not isinstance(x, float))
        return not overlap and not self._read.holds(*changed) and all(x.flags.writeable for x in changed)

    def clear_gradients(self) -> None:
        """Clear the gradients that the step itself leaves and a replay does not."""
        for tensor in self.cleared:
            tensor.grad = None

    def run(self, given: Sequence[Any]) -> Any:
        """A replay; if it raises, the optimizers' counts are put back."""
        counted = [(x, x.copy()) for x in self.counted]
        try:
            with np.errstate(all="ignore"):
                values = self.replay.run(given)
        except BaseException:
            for x, before in counted:
                x[:] = before
            raise
        if self._tensors:
            mark_changed(self._tensors)
        made = iter([make(value) for make, value in zip(self._makers, values, strict=True)])
        returned = tree_unflatten(self._returned, made)
        for place, form in zip(self.left, self._left, strict=True):
            place.write(tree_unflatten(form, made))
        return returned


def _maker(x: Any) -> Callable[[Any], Any]:
    """What gives a leaf of the results its class at a replay; a Tensor that the step left outside may be a new leaf."""
    if not isinstance(x, Tensor):
        return lambda value: value
    kept: dict[str, Any] = {"requires_grad": x.requires_grad, "role": x.role} if x.rule is None else {}
    return functools.partial(Tensor, label=x.label, **kept)
