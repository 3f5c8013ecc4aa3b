"""One recording of a step: what must hold for it, and, once a second one confirmed it, the plan that replays it."""

import itertools
from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from vector.compilation.arguments import signature, unpacked
from vector.compilation.guards import Guards
from vector.compilation.memory import Memory
from vector.compilation.program import Program, identical
from vector.compilation.recorder import Recorder
from vector.compilation.replay import Replay
from vector.compilation.surroundings import Place, Surroundings
from vector.compilation.tracers import Tracer, refusal
from vector.tensor import Tensor, mark_changed
from vector.trees import tree_leaves, tree_map, tree_unflatten


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
        replay: the plan, bound to its memory.
        cleared: the Tensors that are given a gradient and keep none.
        written: what it writes to: `arrays` outside, and the arguments whose numbers are in `writes`.
        counted: lists that optimizers count their steps in, and `generators`, what random numbers are drawn from.
    """

    replay: Replay

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
        self._output = output, values
        self._leaves = [*tree_leaves(self._output)]
        self._wait = self._period = 0

    def confirm(self, replay: Replay, check: int | None) -> None:
        """Give it its plan, of which every `check`-th replay is compared with the step."""
        self.replay = replay
        pure = not (self.arrays or self.writes or self.left or self.generators or self.cleared)
        self._wait, self._period = check or int(pure), check or 0

    def given(self, arguments: Sequence[Any]) -> Sequence[Any] | None:
        """The arguments and the lifted arrays, if the recording holds now; else None."""
        if not self.guards.hold() or not all(identical(arguments[i], x) for i, x in self._fixed):
            return None
        if not self.lifted:
            return arguments
        kinds, values = signature([place.read() for place in self.lifted], {})
        return [*arguments, *values] if kinds == self._kinds else None

    def may_run(self, given: Sequence[Any]) -> bool:
        """Whether no argument shares memory with what a replay writes to, and those that it writes to are writeable."""
        if self.arrays and any(map(self._changed.holds, given)):
            return False
        changed = [given[i] for i in self.writes]
        if not changed:
            return True
        overlap = any(Memory([x]).holds(y) for x, y in itertools.permutations(given, 2) if not isinstance(x, float))
        return not overlap and not any(self._read.holds(x) or not x.flags.writeable for x in changed)

    def clear_gradients(self) -> None:
        """Clear the gradients that the step itself leaves and a replay does not."""
        for tensor in self.cleared:
            tensor.grad = None

    def is_due(self) -> bool:
        """Whether this replay is to be compared with the step."""
        self._wait -= 1
        if self._wait:
            return False
        self._wait = self._period
        return True

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
        returned, left = tree_unflatten(self._output, map(_remade, self._leaves, values))
        for place, value in zip(self.left, left, strict=True):
            place.write(value)
        return returned


def _remade(x: Any, value: Any) -> Any:
    """What a leaf of the recorded results is at a replay; a Tensor that the step left outside may be a new leaf."""
    if not isinstance(x, Tensor):
        return value
    new = x.rule is None
    return Tensor(value, x.requires_grad and new, x.label, role=x.role if new else "input")


def symbols(output: Any) -> Any:
    """The output with the array of each Tensor in its place.

    Raises:
        CaptureError: an object that is no list, tuple or dictionary holds arrays of the step.
    """
    for x in tree_leaves([output]):
        held = list(x) if isinstance(x, (deque, set)) else unpacked(x)
        if held is not x and any(isinstance(y, (Tracer, Tensor)) for y in tree_leaves([held])):
            raise refusal(f"results in lists, tuples and dictionaries, got some in a {type(x).__name__}")
    return tree_map(lambda x: x._array if isinstance(x, Tensor) else x, output)
