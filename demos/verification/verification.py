"""`verify`: the user's function or module before all judges that can be had."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np

from demos import pytorch
from demos.console import CommandError
from demos.verification.arguments import Given, check_names, given, taken_apart
from demos.verification.hints import ratio
from demos.verification.loading import in_plain_words, told
from demos.verification.matching import Matching, match, turned
from demos.verification.naming import every
from demos.verification.nodes import listed
from demos.verification.parting import Scene, digits, part, quietly, spoiled
from demos.verification.quotients import element, together
from demos.verification.report import Report
from demos.verification.rows import Bench, Column, Spread, gradient_row, output_rows
from demos.verification.scalar_side import ScalarSide
from demos.verification.second import second_rows
from demos.verification.side import Array, Numbers, Side, Target, floating
from demos.verification.sizes import largest, summands
from demos.verification.tolerance import Slack, shaken
from demos.verification.torch_side import TorchSide
from demos.verification.vector_side import VectorSide
from demos.verification.verdicts import WRONG, Row
from viz.differences import Judgement

_PLACES = {"vector": "arrays", "scalar": "scalars", "PyTorch": "PyTorch"}
MANY = 40_000
"""Nodes times variables, from which on differences do not move each variable alone unless something is wrong."""
MOST_WRONG = 3
Progress = Callable[[str, int, int], None]
"""What is looked at now, which one it is, and of how many."""


def verify(
    f: Any = None,
    inputs: Mapping[str, Any] | None = None,
    *,
    torch: Any = None,
    dtype: str | None = None,
    nodes: bool = False,
    draw: bool = False,
    names: tuple[str, str] = ("", ""),
    progress: Progress | None = None,
) -> Report:
    """Verify the outputs and every gradient of f, or of a PyTorch function alone.

    f is run on arrays, on scalars and on PyTorch, wherever it runs, and its gradients are held against difference
    quotients of its outputs; beside `torch`, also against PyTorch's. What has several outputs, or several elements, is
    differentiated as their sum with fixed random weights.

    Args:
        f: a function of numbers or arrays, a module of `vector.nn`, `scalar.nn` or PyTorch, or a `vector.Function`.
        inputs: by name. Floating-point numbers are differentiated by, whole ones in arrays held fixed.
        torch: the same in PyTorch: a function, a module or an autograd function. A module gets f's parameters.
        dtype: of the inputs; by default that of an array that is given, of the parameters, else float64. A narrower one
            than float64 is compared with float64.
        nodes: list all intermediate numbers, too.
        draw: draw the graph even if nothing is wrong.
        names: what to call the two.
        progress: is called before each gradient.

    Raises:
        CommandError: f does not run with these inputs; the message has the line.

    >>> import numpy as np
    >>> report = verify(lambda x: np.sum(np.tanh(x) ** 2), {"x": [0.5, -1.0]})
    >>> [(row.name, row.verdict) for row in report.rows]
    [('value', 'agrees'), ('x', 'agrees')]
    """
    with warnings.catch_warnings(), Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        warnings.simplefilter("ignore")  # of the user's code, at other numbers than the user's; it may print, too
        return _verify(f, dict(inputs or {}), torch, dtype, nodes, draw, names, progress)


def _verify(
    f: Any,
    inputs: dict[str, Any],
    torch: Any,
    dtype: str | None,
    nodes: bool,
    draw: bool,
    names: tuple[str, str],
    progress: Progress | None,
) -> Report:
    if f is None and torch is None:
        raise CommandError("verify: expected a function, or torch=…, got neither")
    alone = f is None
    subject = _target(torch if alone else f, names[0] or "f")
    beside = None if alone or torch is None else _target(torch, names[1] or "PyTorch's function")
    check_names(subject.title, subject.parameters, list(inputs))
    own_dtype = subject.dtype()
    leaves_, trees = taken_apart(inputs)
    for target in filter(None, (subject, beside)):
        target.trees = trees
    arguments = {name: given(name, value, subject.annotation(name)) for name, value in leaves_.items()}
    if not any(one.varies for one in arguments.values()) and not subject.has_parameters():
        raise CommandError(f"{subject.title}: expected a floating-point number to differentiate by, such as x=2.0")
    if own_dtype is not None and not dtype:
        arguments = {
            name: one._replace(value=one.value.astype(own_dtype)) if one.varies and not one.narrow else one
            for name, one in arguments.items()
        }
    sides, failed = _sides(subject, arguments, alone=alone, with_torch=beside is None)
    side = sides[0]
    arguments, chosen = _typed(side, arguments, dtype)
    sides, failed = _sides(subject, arguments, alone=alone, with_torch=beside is None)
    side = sides[0]
    if not side.numbers:
        raise CommandError(f"{subject.title}: expected a floating-point number to differentiate by, such as x=2.0")
    case = _Case(side, sides[1:], subject, beside, chosen, alone)
    return case.report(failed, nodes=nodes, draw=draw, progress=progress or (lambda name, i, n: None))


def _target(found: Any, title: str) -> Target:
    if isinstance(found, type) and not hasattr(found, "backward"):
        with in_plain_words(f"{title} is a class; making an object of it without arguments"):
            found = found()
    if not callable(found):
        raise CommandError(f"{title}: expected a function or a module, got {type(found).__name__}")
    return Target(found, title)


def _sides(
    target: Target, arguments: Mapping[str, Given], *, alone: bool, with_torch: bool
) -> tuple[list[Side], dict[str, BaseException]]:
    """The engines on which a target runs, and what the others said.

    Raises:
        CommandError: none is left.
    """
    makers: list[tuple[str, Callable[..., Side]]] = [] if alone else [("vector", VectorSide), ("scalar", ScalarSide)]
    owner = getattr(target.found, "__self__", target.found)
    if with_torch and pytorch.installed():
        makers.append(("PyTorch", TorchSide))
    elif alone:
        raise CommandError("PyTorch is not installed, which --torch needs")
    makers = [maker for maker in makers if _may_run(owner, maker[0])]
    sides, failed = list[Side](), dict[str, BaseException]()
    for name, maker in makers:
        try:
            side = maker(target, arguments)
            outputs = side.outputs(side.numbers)
            if not any(out.size for out in floating(outputs)):
                raise CommandError("expected floating-point numbers as a result, got none")
            side.gradients(side.numbers, _weights(outputs))
            sides.append(side)
        except (Exception, SystemExit) as error:
            failed[name] = error
    if not sides:
        cause = failed[_meant(target, list(failed))]
        raise CommandError(f"{target.title}: {told(cause)}") from cause
    return sides, failed


def _may_run(owner: Any, engine: str) -> bool:
    """Whether an object may be of an engine: a module is of its own only."""
    kind = owner if isinstance(owner, type) else type(owner)
    homes = {base.__module__.split(".")[0] for base in kind.__mro__}
    library = {"PyTorch": "torch"}.get(engine, engine)
    bound = homes & {"scalar", "vector", "torch"}
    return not bound or library in bound


def _meant(target: Target, engines: Sequence[str]) -> str:
    """The engine for which a function was written, as its names tell."""
    homes = set()
    for _, value in target.surroundings():
        homes.add(str(getattr(value, "__module__", None) or getattr(value, "__name__", "")).split(".")[0])
    for engine in engines:
        if {"PyTorch": "torch"}.get(engine, engine) in homes:
            return engine
    return engines[0]


def _typed(side: Side, arguments: dict[str, Given], dtype: str | None) -> tuple[dict[str, Given], np.dtype[Any]]:
    """The arguments in the dtype that is computed in, and that dtype."""
    parameters = [x.dtype for name, x in side.numbers.items() if name not in arguments]
    own = [one.value.dtype for one in arguments.values() if one.varies and one.narrow]
    try:
        wanted = np.dtype(dtype) if dtype else min(own or parameters or [np.dtype("f8")], key=lambda d: d.itemsize)
    except TypeError:
        wanted = np.dtype(object)
    if wanted.kind != "f" or wanted.itemsize > 8:
        raise CommandError(f"dtype: expected float16, float32 or float64, got {dtype}")
    narrow = min([wanted, *parameters], key=lambda d: d.itemsize) if not dtype else wanted
    kept = {
        name: one._replace(value=one.value.astype(wanted if dtype or not one.narrow else one.value.dtype))
        if one.varies else one
        for name, one in arguments.items()
    }  # fmt: skip
    return kept, narrow


def _weights(outputs: Sequence[Array]) -> list[Array]:
    """1 for a single number, else fixed random numbers."""
    found = floating(outputs)
    if sum(out.size for out in found) == 1:
        return [np.ones(out.shape) for out in found]
    generator = np.random.default_rng(0)
    return [np.round(generator.standard_normal(out.shape), 3) for out in found]


class _Case:
    """One verification."""

    def __init__(
        self,
        side: Side,
        more: Sequence[Side],
        subject: Target,
        beside: Target | None,
        dtype: np.dtype[Any],
        alone: bool,
    ) -> None:
        self.side, self.more, self.subject, self.alone = side, list(more), subject, alone
        self.notes: list[str] = []
        self.sizes: tuple[dict[str, Array], float] | None = None
        self.dtype = dtype
        narrow = {name: x.astype(min(dtype, x.dtype, key=lambda d: d.itemsize)) for name, x in side.numbers.items()}
        self.narrow = None if dtype.itemsize == 8 else narrow
        self.numbers: dict[str, Array] = {name: x.astype(np.float64) for name, x in side.numbers.items()}
        if self.narrow is not None and not self._runs_wide():
            self.numbers, self.narrow = narrow, None
        self._check_repeatable()
        self.outputs = side.outputs(self.numbers)
        self.weights = _weights(self.outputs)
        self.theirs = self.matching = None
        if beside is not None:
            try:
                self.theirs, self.matching = self._beside(beside)
            except CommandError as error:
                if self.narrow is None:
                    raise
                self.notes.append(f"judged in {dtype}, for PyTorch's does not run in float64: {error}")
                self.numbers, self.narrow = self.narrow, None
                self.outputs = side.outputs(self.numbers)
                self.weights = _weights(self.outputs)
                self.theirs, self.matching = self._beside(beside)

    def _runs_wide(self) -> bool:
        try:
            self.side.gradients(self.numbers, _weights(self.side.outputs(self.numbers)))
        except Exception as error:
            self.notes.append(f"judged in {self.dtype}, for it does not run in float64: {told(error)}")
            return False
        return True

    def _check_repeatable(self) -> None:
        first, again = (self.side.outputs(self.numbers) for _ in range(2))
        if not all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(first, again, strict=True)):
            raise CommandError(
                f"{self.subject.title} gives other numbers each time it is called, so nothing can be verified; "
                "draw its random numbers once, and switch a module with dropout to use, by .eval()"
            )

    def _beside(self, target: Target) -> tuple[Side, Matching]:
        """PyTorch's side, and what is what on it."""
        if not pytorch.installed():
            raise CommandError("PyTorch is not installed, which --torch needs")
        mine = dict(self.side.arguments)
        wide = {n: o._replace(value=self.numbers[n]) if o.varies and n in self.numbers else o for n, o in mine.items()}
        tops = {name: name.partition("[")[0] for name in mine}
        known = [name for name, top in tops.items() if top in target.names]
        required = [p.name for p in target.parameters or [] if p.default is p.empty and p.name in target.names]
        if target.names and set(required) <= {tops[name] for name in known}:
            renamed = {name: name for name in known}
        else:
            count = len(target.names) or len(mine)
            if len(required) > len(mine):
                check_names(target.title, target.parameters, list(mine))
            renamed = dict(zip(mine, target.names or mine, strict=False))
            renamed = dict(list(renamed.items())[:count])
        arguments = {theirs: wide[ours] for ours, theirs in renamed.items()}
        with in_plain_words(target.title):
            side = TorchSide(target, {})
            side.arguments = arguments
            side.inputs = {name: one.value for name, one in arguments.items() if one.varies}
            side.numbers = {**side.inputs, **side.numbers}
            varies = {a: b for a, b in renamed.items() if mine[a].varies}
            matching = match(self.numbers, side.numbers, varies)
            unplaced = [a for a in mine if a not in renamed and a not in {p.ours for p in matching.pairs}]
            if unplaced:
                raise CommandError(
                    f"{target.title} takes no {', '.join(unplaced)}, neither as an argument nor a parameter"
                )
            side.given = self._buffers(matching, side)
            theirs = matching.numbers(self.numbers, side.numbers)
            side.gradients(theirs, _weights(side.outputs(theirs)))
        self.notes += matching.notes()
        return side, matching

    def _buffers(self, matching: Matching, side: TorchSide) -> dict[str, Array]:
        """Our running means under PyTorch's names: those of the same module, as its parameters tell."""
        places = {p.ours.rpartition(".")[0]: p.theirs.rpartition(".")[0] for p in matching.pairs}
        found: dict[str, Array] = {}
        for prefix, module in getattr(self.side, "modules", {}).items():
            for name, array in module.named_buffers() if isinstance(self.side, VectorSide) else ():
                path, _, last = ".".join(filter(None, (prefix, name))).rpartition(".")
                theirs = ".".join(filter(None, (places.get(path, path), last)))
                if theirs in side.named and tuple(side.named[theirs].shape) == np.shape(array):
                    found[theirs] = np.asarray(array)
        return found

    # ---------------------------------------------------------------- columns

    def _column(self, side: Side, numbers: Numbers, matching: Matching | None, name: str) -> Column:
        outputs = side.outputs(numbers)
        outputs = _aligned(outputs, self.outputs) if "scalar" in (side.name, self.side.name) else outputs
        fits = [out.shape for out in floating(outputs)] == [w.shape for w in self.weights]
        weights = self.weights if fits else _weights(outputs)
        if side.name == "scalar" and fits:
            weights = [np.concatenate([np.ravel(w) for w in weights])] if side is not self.side else weights
        found = side.gradients(numbers, weights)
        if matching is not None:
            back: dict[str, Array | None] = {}
            for pair in matching.pairs:
                array = found.get(pair.theirs)
                back[pair.ours] = None if array is None else pair.back(array, self.numbers[pair.ours].shape)
            found = back
        return Column(name, outputs, found)

    def _others(self) -> list[Column]:
        columns = []
        for side in self.more:
            try:
                column = self._column(
                    side, {n: self.numbers.get(n, x) for n, x in side.numbers.items()}, None, side.name
                )
            except Exception as error:
                self.notes.append(f"{side.name} left out: {told(error)}")
                continue
            if all(np.ndim(x) == 0 for x in self.numbers.values()) or self._is_ours(column):
                columns.append(column)
            elif side.name != "scalar":
                self.notes.append(f"{side.name} left out: there the same code computes something else")
        if self.theirs is not None and self.matching is not None:
            theirs = self.matching.numbers(self.numbers, self.theirs.numbers)
            columns.append(self._column(self.theirs, theirs, self.matching, "PyTorch"))
        return columns

    def _is_ours(self, column: Column) -> bool:
        """Whether the same code means the same there; `std` and `maximum` do not, and neither do lists."""
        found = self.side.gradients(self.numbers, self.weights)
        zeros = {name: np.zeros(x.shape) for name, x in self.numbers.items()}
        ours, theirs = (
            [zeros[n] if (g := gs.get(n)) is None else g for n in zeros] for gs in (found, column.gradients)
        )
        return _same(column.outputs, self.outputs) and _same(theirs, ours)

    def _spread(self, numbers: Numbers, eps: float) -> Spread:
        """How far things move, by the sides that compute in float64; by all of them where none does."""
        sides: list[tuple[Side, Matching | None]] = [(self.side, None)]
        if self.theirs is not None:
            sides.append((self.theirs, self.matching))
        measures = []
        for side, matching in sides:
            own = numbers if matching is None else matching.numbers(numbers, side.numbers)
            column = self._column(side, own, matching, "")
            wide = all(out.dtype.itemsize == 8 for out in floating(column.outputs))

            def measure(moved: Numbers, side: Side = side, matching: Matching | None = matching) -> list[Array | None]:
                here = moved if matching is None else matching.numbers(moved, side.numbers)
                found = self._column(side, here, matching, "")
                return [*found.outputs, *(found.gradients.get(name) for name in self.numbers)]

            measures.append((wide, shaken(measure, numbers, eps)))
        best = [found for wide, found in measures if wide] or [found for _, found in measures]
        alike = [b for b in best if len(b) == len(best[0])]
        sizes, largest_ = self._sizes()
        outputs = [
            Slack(_most([b[i] for b in alike], out.shape), np.full(out.shape, largest_))
            for i, out in enumerate(self.outputs)
        ]
        gradients = {}
        for i, (name, x) in enumerate(self.numbers.items()):
            size = sizes.get(name, np.zeros(()))
            size = np.full(x.shape, size.reshape(())) if size.size == 1 else size.reshape(x.shape)
            movement = _most([b[len(b) - len(self.numbers) + i] for b in best], x.shape)
            gradients[name] = Slack(movement, size, True)
        return Spread(outputs, gradients)

    def _sizes(self) -> tuple[dict[str, Array], float]:
        """By name, how large the summands of each gradient are; and the largest number on the way."""
        if self.sizes is None:
            with self.side.graph(self.numbers, self.weights) as root:
                found = {} if root is None else summands(root)
                largest_ = 0.0 if root is None else largest(root)
                nodes = {name: node if isinstance(node, list) else [node] for name, node in self.side.variables.items()}
                by_name = {name: [found.get(id(node), 0.0) for node in own] for name, own in nodes.items()}
            self.sizes = {name: np.asarray(x[0] if len(x) == 1 else x) for name, x in by_name.items()}, largest_
        return self.sizes

    # ---------------------------------------------------------------- the report

    def report(self, failed: Mapping[str, BaseException], *, nodes: bool, draw: bool, progress: Progress) -> Report:
        """All rows, and where things part."""
        with np.errstate(all="ignore"):
            bench = self._bench()
            bench = self._turned(bench)
            found = output_rows(bench)
            bench = self._differences(bench._replace(same_values=all(row.verdict not in WRONG for row in found)))
            only = self.matching.only_ours if self.matching and self._both_modules() else ()
            for i, name in enumerate(self.numbers):
                progress(name, i + 1, len(self.numbers))
                found.append(gradient_row(bench, name, self._unmatched(name) if name in only else ""))
            found += self._missing()
            found = self._lost_digits(found)
            if self.alone and isinstance(self.side, TorchSide):
                found += second_rows(self.side, self.numbers, self.weights, bench.ours.name)
            parting = part(self._scene(), self._their_scene(), found, bench, self.narrow, draw)
            sides = [self.side, *self.more]
            listing = listed(sides, self.numbers, self.weights, self.theirs, self.matching) if nodes else ()
        self.notes += self._kinks(found)
        theirs = [column.outputs for column in bench.others if column.name == "PyTorch"]
        if theirs and (hint := ratio(bench.ours.outputs, theirs[0], self._arrays())):
            self.notes.insert(0, hint)
        if all(np.ndim(x) == 0 for x in self.numbers.values()):
            self.notes += [f"does not run on {_PLACES[name]}: {told(error)}" for name, error in failed.items()]
        if self.theirs is None and not self.alone and not pytorch.installed():
            self.notes.append("PyTorch is not installed: its column is left out")
        if len(self.weights) > 1 or self.weights[0].size > 1:
            self.notes.append("gradients of Σ weight·value, with fixed random weights")
        return Report(self._title(), tuple(found), parting.text, tuple(self.notes), listing, parting.drawing)

    def _arrays(self) -> dict[str, Array]:
        return {name: one.value for name, one in self.side.arguments.items() if isinstance(one.value, np.ndarray)}

    def _scene(self) -> Scene:
        return Scene(self.side, self.numbers, self.weights)

    def _their_scene(self) -> Scene | None:
        if self.theirs is None or self.matching is None:
            return None
        there = self.matching.numbers(self.numbers, self.theirs.numbers)
        outputs = floating(self.theirs.outputs(there))
        fits = [out.shape for out in outputs] == [w.shape for w in self.weights]
        return Scene(self.theirs, there, self.weights if fits else _weights(outputs))

    def _bench(self) -> Bench:
        ours = self._column(self.side, self.numbers, None, self.side.name)
        eps = _eps([*floating(ours.outputs), *self.numbers.values(), *self._constants()])
        narrow = narrow_spread = None
        narrow_eps = eps
        if self.narrow is not None:
            ours = ours._replace(name=f"{self.side.name} float64")
            column = self._column(self.side, self.narrow, None, f"{self.side.name} {self.dtype}")
            narrow = column._replace(digits=str(self.dtype))
            narrow_eps = _eps([*floating(column.outputs), *self.narrow.values()])
            narrow_spread = self._spread(self.numbers, narrow_eps)
        spread = self._spread(self.numbers, eps)
        others = self._others()
        theirs = self._their_element if self.theirs is not None else None
        return Bench(
            self.side, self.numbers, self.weights, ours, others, narrow, spread, narrow_spread, eps, narrow_eps, theirs
        )

    def _constants(self) -> list[Array]:
        """The arrays in both graphs that are no variables: in a narrow dtype, they know no more digits than it has."""
        found = list[Array]()
        for scene in filter(None, (self._scene(), self._their_scene())):
            with quietly(scene) as root:
                nodes = [] if root is None else every(root)
                found += [np.asarray(node.data) for node in nodes if not node.parents]
        if isinstance(self.theirs, TorchSide):
            found += self.theirs.constants()
        return [x for x in found if x.dtype.kind == "f" and np.any(x != np.rint(x))]

    def _differences(self, bench: Bench) -> Bench:
        """What all rows need to know: whether there are kinks, and of a large graph, what differences say at once."""
        with self.side.graph(self.numbers, self.weights) as root:
            if root is None:
                return bench
            kinks = bool(root.conventions()) if hasattr(root, "conventions") else False
            many = len(every(root)) * len(self.numbers) > MANY
        bench = bench._replace(kinks=kinks)
        finite = all(np.isfinite(g).all() for g in bench.ours.gradients.values() if g is not None)
        if not many or not finite:
            return bench
        self.notes.append("differences move all variables together, and each step alone, for there are many")
        through = spoiled(self._scene())
        wrong = list(through) or self._wrong(list(self.numbers), [])
        if len(wrong) == MOST_WRONG and not through:
            self.notes.append(f"{MOST_WRONG} wrong gradients are named; there may be more")
        return bench._replace(together=frozenset(self.numbers) - frozenset(wrong), spoiled=through)

    def _wrong(self, names: list[str], found: list[str]) -> list[str]:
        """Of these variables, some by which the gradient is wrong, found by halving."""
        if len(found) == MOST_WRONG:
            return found
        if together(self.numbers, names, self.side.outputs, self.side.gradients).verdict == "differs":
            middle = len(names) // 2
            halves = [names[middle:], names[:middle]] if middle else []
            found = found if halves else [*found, *names]
            for half in halves:
                found = self._wrong(half, found)
        return found

    def _their_element(self, name: str, place: tuple[int, ...], claimed: float) -> Judgement:
        """See `Bench.theirs`."""
        scene = self._their_scene()
        pair = next((p for p in self.matching.pairs if p.ours == name), None) if self.matching else None
        if scene is None or pair is None:
            return Judgement("unknown")
        marked = np.zeros(self.numbers[name].shape, bool)
        marked[place] = True
        there = tuple(int(i) for i in np.argwhere(pair.there(marked))[0])
        return element(scene.side, scene.numbers, pair.theirs, there, self.weights, claimed)

    def _turned(self, bench: Bench) -> Bench:
        """Where PyTorch's outputs differ, whether they agree with a square matrix read the other way round."""
        if self.theirs is None or self.matching is None or not bench.others:
            return bench
        if all(row.verdict != "differs" for row in output_rows(bench)):
            return bench
        for matching in turned(self.matching, self.numbers):
            theirs = matching.numbers(self.numbers, self.theirs.numbers)
            try:
                column = self._column(self.theirs, theirs, matching, "PyTorch")
            except Exception:
                continue
            if all(row.verdict != "differs" for row in output_rows(bench._replace(others=[column]))):
                changed = [a for a, b in zip(matching.pairs, self.matching.pairs, strict=True) if a != b]
                names = " and ".join(pair.ours for pair in changed)
                self.notes.insert(0, f"with {names} transposed, the values agree: {names} is read the other way round")
                break
        return bench

    def _both_modules(self) -> bool:
        return bool(getattr(self.side, "own", False) and getattr(self.theirs, "own", False))

    def _missing(self) -> list[Row]:
        """A row for each parameter of PyTorch's that has no counterpart here."""
        if self.matching is None or self.theirs is None:
            return []
        paired = {pair.theirs for pair in self.matching.pairs} & {*getattr(self.theirs, "parameters", {})}
        if not (self._both_modules() or paired or getattr(self.theirs, "own", False)):
            return []
        return [
            Row(name, self.theirs.numbers[name].shape, (), {}, "differs", np.inf, "only PyTorch's module has it")
            for name in self.matching.only_theirs
            if name not in self.numbers
        ]

    def _unmatched(self, name: str) -> str:
        if self.theirs is not None and name in self.theirs.numbers:
            return f"PyTorch's has shape {self.theirs.numbers[name].shape}"
        return "PyTorch's module has no such parameter"

    def _lost_digits(self, found: list[Row]) -> list[Row]:
        """Code that computes in a narrow dtype by itself has no other to be compared with but its own steps."""
        narrow = [out.dtype for out in floating(self.outputs) if out.dtype.itemsize < 8]
        if self.narrow is not None or self.theirs is not None or not narrow:
            return found
        with self.side.graph(self.numbers, self.weights) as root:
            lost = None if root is None else digits(root, 0.0, ending=True)
        if lost is None:
            return found
        return [found[0]._replace(verdict="differs", reason=f"few of {narrow[0]}'s digits are left"), *found[1:]]

    def _kinks(self, found: Sequence[Row]) -> list[str]:
        if all(row.verdict != "convention" for row in found):
            return []
        with self.side.graph(self.numbers, self.weights) as root:
            told_ = [str(c) for c in root.conventions()] if hasattr(root, "conventions") else []
        return [f"kink: {line}" for line in told_[:6]]

    def _title(self) -> str:
        where = f"on {_PLACES[self.side.name]}"
        beside = f", beside {self.theirs.target.title} on PyTorch" if isinstance(self.theirs, TorchSide) else ""
        given_ = ", ".join(_described(name, one) for name, one in self.side.arguments.items())
        return f"{self.subject.title} {where}{beside}   at {given_}"


def _described(name: str, one: Given) -> str:
    if not isinstance(one.value, np.ndarray):
        return f"{name} = {one.value!r}"
    if one.value.ndim == 0:
        return f"{name} = {one.value.item():g}"
    shape = "×".join(map(str, one.value.shape))
    return f"{name} ({shape}{'' if one.varies else ', whole numbers, held fixed'})"


def _eps(arrays: Sequence[Array]) -> float:
    return max((float(np.finfo(x.dtype).eps) for x in arrays if x.dtype.kind == "f"), default=2.0**-52)


def _aligned(theirs: Sequence[Array], ours: Sequence[Array]) -> list[Array]:
    """The numbers of lists of Values in the shapes that the other engine has for them."""
    flat = np.concatenate([np.ravel(x) for x in theirs]) if theirs else np.zeros(0)
    if flat.size != sum(np.size(x) for x in ours):
        return list(theirs)
    ends = np.cumsum([np.size(x) for x in ours])[:-1]
    return [part.reshape(np.shape(x)) for part, x in zip(np.split(flat, ends), ours, strict=True)]


def _same(outputs: Sequence[Array], others: Sequence[Array]) -> bool:
    if [np.shape(x) for x in outputs] != [np.shape(x) for x in others]:
        return False
    return all(np.allclose(x, y, 1e-4, 1e-6, equal_nan=True) for x, y in zip(outputs, others, strict=True))


def _most(arrays: Sequence[Array], shape: tuple[int, ...]) -> Array:
    fitting = [np.broadcast_to(array, shape) for array in arrays if np.shape(array) in ((), shape)]
    return np.max(fitting, axis=0) if fitting else np.zeros(shape)
