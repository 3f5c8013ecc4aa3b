"""`vector.compile`: a training step that is recorded twice, and replayed from then on."""

from __future__ import annotations

import functools
import statistics
import threading
import timeit
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from vector import modes
from vector.arrays import owner_of
from vector.compilation import blas, report
from vector.compilation import native as machine
from vector.compilation.arguments import in_words, signature, unpacked, varies
from vector.compilation.comparison import checked, difference, result
from vector.compilation.planning import make_plan
from vector.compilation.recorder import Recorder, clean
from vector.compilation.replay import Replay
from vector.compilation.surroundings import ABSENT, Surroundings, holds_arrays
from vector.compilation.tracers import CaptureError, refusal
from vector.compilation.variant import Variant, change_in_words
from vector.tensor import Tensor, _creation_numbers
from vector.trees import tree_leaves, tree_map
from vector.vocabulary import taught

_ATTEMPTS = 5
"""Recordings in a row of which no two agree, after which the step is refused."""
_SHARED = "an argument that shares memory with what the step changes, or may not be written to"
_MOST_SIGNATURES = 128
"""Signatures that a step remembers: it may be given other objects at each call."""
_RECORDING = threading.RLock()


@taught
def compile(
    step: Callable[..., Any], *, native: bool | None = None, threads: int | None = None, check: int | None = None
) -> Compiled:
    """Record a training step (forward, backward, update) and replay it from a plan.

    The first two calls run the step eagerly and record its calls of NumPy; if both recordings are the same, later calls
    only repeat these calls: no graph is built, results go into memory that was allocated once, and what no call reads
    is left out. With the extra `compile` installed, elementwise calls that follow each other become one loop of machine
    code (by LLVM), and no Python runs between loops and products: the numbers are then the same to rounding (about
    1e-6 in float32); without it, or with native=False, bit for bit.

    Args:
        step: a function of arrays, Tensors and floats in nested lists, tuples and dictionaries, whose numbers may
            change (new shapes, dtypes or layouts are recorded anew), and of anything else, which is compared.
        native: whether to compile machine code; by default, if llvmlite is installed.
        threads: how many share the machine code's work; by default, as many as BLAS has.
        check: at every check-th replay the step itself runs too, from the same state, and the two are compared; by
            default, only the first replay of a plan is checked, of a step that changes nothing outside.

    Arrays and Tensors that the step reaches in its closure, its object or its globals are read and changed where they
    lie, and names and attributes that it assigns are assigned by each replay. When anything else that it can read there
    changes, it is recorded anew; the optimizers of `vector.optim` give each replay their numbers. `explain()` says what
    was recorded again, and why; docs/compile.md, what is replayed, guarded or refused.

    What the step returns comes back in arrays of its own, Tensors without history; a step that itself is to be
    differentiated, by `vector.grad` or by way of an argument with history, runs as it is. Parameters keep no `grad`:
    return the gradients that you want to see.

    Raises ImportError: native=True without llvmlite; CaptureError: at a recording, when the step reads a number out of
    an array, decides by one, or does not do the same each time; at a checked replay, when it does not give what the
    step does.

    >>> import numpy as np
    >>> from vector import optim, tensor
    >>> w = tensor([2.0], requires_grad=True)
    >>> optimizer = optim.SGD([w], lr=0.1)
    >>> @compile
    ... def step(x):
    ...     optimizer.zero_grad()
    ...     loss = ((w - x) ** 2).sum()
    ...     loss.backward()
    ...     optimizer.step()
    ...     return loss
    >>> [round(step(np.array([1.0])).item(), 4) for _ in range(4)]
    [1.0, 0.64, 0.4096, 0.2621]
    """
    return Compiled(step, machine.chosen(native), threads, check)


class Compiled:
    """A step with its plans, for each signature of its arguments one or more; see `compile`."""

    def __init__(
        self, step: Callable[..., Any], native: bool = False, threads: int | None = None, check: int | None = None
    ) -> None:
        functools.update_wrapper(self, step)
        self._bound = (step.args, step.keywords) if isinstance(step, functools.partial) else None
        step = step.func if isinstance(step, functools.partial) else step  # partials of partials are one already
        self.step = step
        self.native = native
        self._threads = threads
        self._check = check
        self._plans: dict[Any, list[Variant]] = {}
        self._recordings: dict[Any, list[Variant]] = {}
        self._lifted: set[Any] = set()
        self._notes: dict[str, tuple[int, str]] = {}
        self._signature = ""
        self._tried = 0
        self._running = threading.RLock()  # all threads share the memory of a plan

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """One step."""
        if self._bound is not None:
            args, kwargs = (*self._bound[0], *args), self._bound[1] | kwargs
        if modes.hooks.get() is not None:  # another recording, or detect_anomaly, follows each operation
            return self.step(*args, **kwargs)
        if modes.transforming.get():
            self._note("run as it is, for a transform, such as vector.grad, that differentiates it")
            return self.step(*args, **kwargs)
        key, arguments = signature(args, kwargs)
        with self._running:
            found = self._find(key, arguments)
            if found is None:
                with _RECORDING:  # while a thread records, tracers are where the guards look
                    found = self._find(key, arguments)
                    if found is None:
                        with self._telling():
                            return self._record(key, arguments, args, kwargs)
            variant, given = found
            if not variant.may_run(given):
                returned = self._run_eagerly(_SHARED, args, kwargs)
                variant.clear_gradients()
                return returned
            if next(variant.due):
                return checked(variant, given, lambda: self.step(*args, **kwargs), native=self.native)
            try:
                return variant.run(given)
            except Exception:
                if variant.replay.has_changed():
                    raise
            return self._run_eagerly("a call that raised", args, kwargs)  # it raises at the same place

    def is_ready(self, *args: Any, **kwargs: Any) -> bool:
        """Whether a call with such arguments, now, is a replay."""
        return self._find(*signature(args, kwargs)) is not None

    def explain(self) -> str:
        """The plans in words: each call, where its result lies, what was saved; and why calls were not replayed.

        Raises RuntimeError: there is no plan yet; call the step twice.
        """
        notes = [f"{what} ({count} times)" if count > 1 else what for count, what in self._notes.values()]
        plans = self._all("explain") if self._plans or not notes else ()
        return "\n\n".join(["\n".join([report.listing(it.replay.plan), *it.replay.origin()]) for it in plans] + notes)

    def profile(self, *args: Any, turns: int = 100, **kwargs: Any) -> str:
        """Where the time of a step goes: a line for each part of the plan, in the order of the step.

        Runs `turns` whole steps, and as many part by part, so parameters move. The time of a whole step that is in no
        part is Python's: the signature of the arguments, the guards, the results.

        Raises RuntimeError: there is no plan for these arguments yet; call the step twice.
        """
        found = self._find(*signature(args, kwargs))
        if found is None:
            raise RuntimeError("profile: expected a step that was called twice with such arguments, got no plan yet")
        whole = timeit.repeat(lambda: self(*args, **kwargs), number=1, repeat=turns)
        variant, given = found
        with self._running, np.errstate(all="ignore"):
            parts = [variant.replay.timed(given) for _ in range(turns)]
        return report.times(parts, statistics.median(whole))

    def nodes(self) -> list[report.PlanNode]:
        """The newest plan as a graph, for a drawing: `viz.draw(step.nodes())`.

        Raises RuntimeError: there is no plan yet; call the step twice.
        """
        return report.nodes(self._all("nodes")[-1].replay.plan)

    def _all(self, what: str) -> list[Variant]:
        if not self._plans:
            raise RuntimeError(f"{what}: expected a step that was called at least twice, got no plan yet")
        return [variant for variants in self._plans.values() for variant in variants]

    def _find(self, key: Any, arguments: Sequence[Any]) -> tuple[Variant, Sequence[Any]] | None:
        """The plan whose guards hold now, and its arguments."""
        found = ((variant, variant.given(arguments)) for variant in self._plans.get(key, ()))
        return next(((variant, given) for variant, given in found if given is not None), None)

    def _run_eagerly(self, why: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The step itself, where a replay could not do the same; `explain` says why."""
        self._note(f"run as it is, for {why}")
        return tree_map(result, self.step(*args, **kwargs))

    def _record(self, key: Any, arguments: Sequence[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """One step on tracers, which record it; the second recording that is the same becomes a plan."""
        surroundings = self._look_around(key, arguments, args, kwargs)
        tensors = {id(x): x for x in tree_leaves([args, kwargs]) if isinstance(x, Tensor)}
        if any(x.rule is not None for x in tensors.values()):
            self._note("run as it is, for an argument with history, which its results are to go on with")
            return self.step(*args, **kwargs)
        if any(x.grad is not None for x in tensors.values()) or any(id(x) in tensors for x in surroundings.tensors):
            why = "an argument is a Tensor that the step knows, or that has a gradient"
            return self._run_eagerly(why, args, kwargs)
        waiting = self._recordings.setdefault(key, [])
        for known in (self._recordings, self._plans):
            if len(known) > _MOST_SIGNATURES:
                del known[next(iter(known))]
        earlier = next((it for it in waiting if it.given(arguments) is not None), None)
        lifted = surroundings.lifted()
        kinds, _ = signature([place.read() for place in lifted], {})
        reachable = {id(x) for x in (*surroundings.tensors, *tensors.values(), *map(owner_of, surroundings.memory()))}
        recorder = Recorder(reachable, next(_creation_numbers))
        randomness = surroundings.randomness()
        try:
            with modes.switched(modes.hooks, recorder):
                given = tree_map(recorder.argument, [args, kwargs])
                before = [*map(id, tree_leaves(unpacked(given)))]
                recorder.install(surroundings.fixed(), lifted)
                output = self.step(*given[0], **given[1])
                if [*map(id, tree_leaves(unpacked(given)))] != before:
                    raise refusal(
                        "a step that leaves the lists and objects that it is given, got one that changes them"
                    )
                changes = recorder.changes(surroundings.places.values())
                left = [(place, now) for place, _, now in changes if place.key is not None and now is not ABSENT]
                drawn = {id(getattr(it.function, "__self__", None)) for it in recorder.calls if it.kind == "draw"}
                if any(randomness[key] != now for key, now in surroundings.randomness().items() if key not in drawn):
                    raise refusal("random numbers of modules or among the arguments, got some that it drew itself")
                program = recorder.program(output, [value for _, value in left])
        finally:
            recorder.uninstall()
            clean(Surroundings(self._roots(args, kwargs)))
        self._lifted |= {place.known_as for place, _, now in changes if holds_arrays(now)}
        recording = Variant(surroundings, lifted, kinds, recorder, program, left, output)
        if recording.may_run([x.value for x in program.arguments]):
            self._keep(key, recording, earlier, changes)
        else:
            self._note(_SHARED)
        return tree_map(result, output)

    def _keep(self, key: Any, recording: Variant, earlier: Variant | None, changes: Sequence[Any]) -> None:
        """Keep a recording; two that are the same become a plan."""
        waiting, lasting = self._recordings[key], len(changes) == len(recording.left)
        differs = earlier and difference(earlier.program, recording.program)
        # A gradient that the step clears is no such change: a replay keeps none.
        news = [it for it in changes if it[0].key != "grad" and not holds_arrays(it[2])]
        changed = ", ".join(change_in_words(*it) + recording.surroundings.line_that_sets(it[0]) for it in news)
        if earlier:
            waiting.remove(earlier)
        if earlier and differs:
            self._note(f"recorded again because it does not do the same each time: {differs}")
        if earlier and not differs and lasting:
            threads = (self._threads or blas.library().threads()) if self.native else None
            recording.confirm(Replay(make_plan(recording.program, native=self.native), threads), self._check)
            self._plans.setdefault(key, []).append(recording)
            self._tried = 0
            return
        waiting[:] = [*waiting[-_ATTEMPTS:], *([recording] if lasting else [])]
        self._tried += bool(changed or differs)
        if self._tried == _ATTEMPTS:
            self._tried = 0
            raise CaptureError(
                f"compile: expected a step that does the same each time, but {differs or changed}; pass what changes "
                "from step to step as an argument (arrays and floats may be), or change it between the calls"
            )

    def _look_around(
        self, key: Any, arguments: Sequence[Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Surroundings:
        """What the step can see now; a place with another array than at the last recording is lifted to an argument."""
        before, self._signature = self._signature, in_words(args, kwargs)
        if before not in ("", self._signature):
            self._note(f"recorded again because the signature was {before}, now {self._signature}")
        roots = self._roots(args, kwargs)
        found = Surroundings(roots, frozenset(self._lifted))
        known = len(self._lifted)
        waiting, confirmed = self._recordings.get(key, []), self._plans.get(key, [])
        for earlier in [*confirmed, *waiting][-1:]:
            if changed := earlier.changed(arguments):
                self._note(f"recorded again because {changed}")
        for earlier in waiting:
            self._lifted |= found.replaced(earlier.surroundings)
        return found if len(self._lifted) == known else Surroundings(roots, frozenset(self._lifted))

    def _roots(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[str, Any]]:
        """(what users call it, object) of the step, and of the arguments that are compared by what they hold."""
        objects = [(f"argument {i}", x) for i, x in enumerate(tree_leaves(unpacked([args, kwargs]))) if not varies(x)]
        return [(getattr(self, "__name__", "the step"), self.step), *objects]

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except CaptureError as error:
            self._note(f"refused: {error}")
            raise

    def _note(self, what: str) -> None:
        """Count a note for `explain`, which shows the last of each place."""
        place = what.partition(" was ")[0]
        self._notes[place] = self._notes.get(place, (0, ""))[0] + 1, what
