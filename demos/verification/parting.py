"""Where things part: the first step whose derivative is wrong, or whose numbers another computation does not have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

import viz
from demos.verification.naming import described, every, named
from demos.verification.rows import SCANNED, Bench
from demos.verification.side import Array, Numbers, Side
from demos.verification.tolerance import relative
from demos.verification.verdicts import WRONG, Row
from scalar.names import written
from viz.differences import Judgement, judge
from viz.graph import Edge, Graph, Stamp
from viz.verify import verify as judged

MAX_DRAWN = 400
"""Nodes of a picture; of a larger graph only what stands around the fault is drawn."""
_DEPTH = 3


class Parting(NamedTuple):
    """What is said of the place, and the picture with it in red."""

    text: str = ""
    drawing: viz.Drawing | None = None


class Place(NamedTuple):
    """A step of a graph."""

    position: int
    """Of its node, in topological order: a graph that is computed again has it in the same place."""
    argument: int | None
    """The operand that is wrong, or None for all of the step."""
    note: str
    lead: str = "they part at"
    """How the sentence begins that names the step."""
    brief: str = ""
    """What stands on the red edge."""


class Scene(NamedTuple):
    """One side with the numbers at which it is looked at."""

    side: Side
    numbers: Numbers
    weights: Sequence[Array]

    def graph(self, moved: bool = False) -> AbstractContextManager[Any]:
        """Its graph; `moved`: for slightly other numbers."""
        generator = np.random.default_rng(1)
        numbers = self.numbers
        if moved:
            numbers = {name: x * (1 + 1e-3 * generator.random(x.shape)) + 1e-6 for name, x in numbers.items()}
        return self.side.graph(numbers, self.weights)


def part(
    scene: Scene, theirs: Scene | None, rows: Sequence[Row], bench: Bench, narrow: Numbers | None, draw: bool
) -> Parting:
    """Find the first place, name it, and draw it.

    Args:
        scene: the verified side.
        theirs: PyTorch's, where there is one.
        rows: the verdicts.
        bench: what they come from.
        narrow: the numbers in the narrow dtype in which the side loses digits.
        draw: draw the graph even if nothing is wrong.
    """
    wrong = [row for row in rows if row.verdict in WRONG]
    if not wrong:
        return _told(scene, None) if draw else Parting()
    reasons = " ".join(row.reason for row in wrong)
    if any(row.verdict == "undefined" for row in wrong):
        with scene.graph() as root:
            place = None if root is None else _nan(root)
        return _told(scene, place)
    if theirs is not None and "PyTorch's is wrong" in reasons:
        return _told(theirs, _derivatives(theirs), where="on PyTorch, ")
    here = scene._replace(numbers=narrow) if narrow is not None and "digits are left" in reasons else scene
    with here.graph() as root:
        place = None if root is None else digits(root, relative(bench.narrow_eps), ending=here is scene)
    if place:
        return _told(here, place)
    if any(word in reasons for word in ("quotients", "flows back", "derivative is wrong")):
        return _told(scene, _derivatives(scene))
    if theirs is None:
        return _told(scene, None)
    told = _submodules(scene, theirs)
    with scene.graph() as root, quietly(theirs) as other:
        place = None if root is None or other is None else _values(root, other, bench)
    return _told(scene, place, told)


@contextmanager
def quietly(scene: Scene) -> Iterator[Any]:
    """Its graph, or None where there is none to be had."""
    with ExitStack() as stack:
        try:
            root = stack.enter_context(scene.graph())
        except (ValueError, RuntimeError):  # its outputs have other shapes
            root = None
        yield root


def _told(scene: Scene, place: Place | None, before: str = "", where: str = "") -> Parting:
    """The sentence and the drawing."""
    with scene.graph() as root:
        if root is None:
            return Parting(before or "nothing that is computed from the inputs is recorded: they left the graph")
        text = before
        if place is not None:
            names, node = named(root), every(root)[place.position]
            step = described(node, names)
            by = "" if place.argument is None else f", by {names[id(node.parents[place.argument])]}"
            text = f"{f'{before}; ' if before else ''}{where}{place.lead} {step}{by}: {place.note}"
        return Parting(text, _drawn(root, place))


# ---------------------------------------------------------------- where


def _derivatives(scene: Scene) -> Place | None:
    """The first step whose local derivative is not what quotients say; else a number that should have been recorded."""
    with scene.graph() as root:
        if root is None:
            return None
        if place := _wrong_step(root):
            return place
        before = _constants(root, scene)
    with scene.graph(moved=True) as root:
        after = _constants(root, scene)
    if [key for key, _ in before] == [key for key, _ in after]:
        for ((position, operand), data), (_, twin) in zip(before, after, strict=True):
            if not np.array_equal(data, twin, equal_nan=data.dtype.kind == "f"):
                note = "depends on the inputs, but left the graph: detach, .data, item, no_grad, or a new array"
                what = "this operand" if operand is not None else f"its number {data:g}"
                return Place(position, operand, f"{what} {note}", "the graph is cut at")
    return None


def _measured(root: Any, position: int, argument: int) -> tuple[str, str, str]:
    """What a step sends back to one operand, in the element that is furthest off, and what quotients say it should."""
    node = every(root)[position]
    sent = (term for step in root.chain_rule() for term in step.terms if term.child is node)
    term = next((term for term in sent if term.argument == argument), None)
    if term is None:
        return "", "", ""
    operands = [np.asarray(parent.data, float) for parent in node.parents]
    product, x = np.asarray(term.product, float), operands[argument]

    def measured(index: tuple[int, ...]) -> Judgement:
        def moved(step: float) -> float:
            array = x.copy()
            array[index] += step
            given = [*operands[:argument], array, *operands[argument + 1 :]]
            try:
                with np.errstate(all="ignore"):
                    return float(np.sum(np.asarray(term.upstream) * node.evaluate(*map(_plain, given))))
            except ArithmeticError:
                return float("nan")

        return judge(float(product[index]), moved, around=float(abs(x[index])), tolerance=1e-6)

    indices = [tuple(int(i) for i in np.unravel_index(flat, x.shape)) for flat in range(min(x.size, SCANNED))]
    off = [
        (index, found.limits[1])
        for index in indices
        if (found := measured(index)).verdict == "mismatch" and found.limits
    ]
    if not off:
        return "", "", ""
    index, true = max(off, key=lambda one: abs(one[1] - float(product[one[0]])))
    return written(float(product[index]), 4), written(true, 4), f" to {list(index)}" if index else ""


def _plain(array: Array) -> Any:
    """A number for an array of one without axes, as the scalar engine has it."""
    return array if array.shape else array.item()


def _wrong_step(root: Any) -> Place | None:
    """The first step whose local derivative is not what quotients of the step alone say."""
    nodes = every(root)
    terms = {(id(t.child), t.argument): t for step in root.chain_rule() for t in step.terms}
    try:
        stamps = judged(nodes, [], terms, 4, None).locals
    except (ValueError, TypeError):  # too large
        return None
    for position, node in enumerate(nodes):
        for argument in range(len(node.parents)):
            stamp = stamps.get((id(node), argument))
            if stamp and stamp.verdict == "mismatch":
                sent, true, place = _measured(root, position, argument)
                note = "its derivative is wrong" + (
                    f", it sends {sent}{place} where quotients say {true}" if true else ""
                )
                brief = f"{sent}{place}, measured {true}" if true else stamp.note
                return Place(position, argument, note, "the first wrong step is", brief)
    return None


def spoiled(scene: Scene) -> dict[str, str]:
    """The variables whose gradients come through a step with a wrong derivative, and what is to be said of them."""
    with scene.graph() as root:
        place = None if root is None else _wrong_step(root)
        if place is None or place.argument is None:
            return {}
        node = every(root)[place.position]
        below = {id(one) for one in every(node.parents[place.argument])}
        told = f"it comes through {described(node, named(root))}, whose derivative is wrong"
        known = {name: x if isinstance(x, list) else [x] for name, x in scene.side.variables.items()}
        return {name: told for name, own in known.items() if any(id(x) in below for x in own)}


def _constants(root: Any, scene: Scene) -> list[tuple[tuple[int, int | None], Array]]:
    """By (position of the node, operand), the arrays in a graph that nothing flows back to, and numbers."""
    variables = {
        id(x) for found in scene.side.variables.values() for x in (found if isinstance(found, list) else [found])
    }
    found: list[tuple[tuple[int, int | None], Array]] = []
    for position, node in enumerate(every(root)):
        for argument, parent in enumerate(node.parents):
            if not parent.parents and id(parent) not in variables:
                found.append(((position, argument), np.array(parent.data)))
        numbers = [x for x in getattr(node, "params", {}).values() if isinstance(x, float)]
        found += [((position, None), np.array(x)) for x in numbers]
    return found


def _nan(root: Any) -> Place | None:
    """The first step that makes NaN of operands without any, else the first infinity; else the first such message."""
    nodes = every(root)
    for is_bad in (np.isnan, _not_finite):
        for position, node in enumerate(nodes):
            bad = _where(is_bad, node.data)
            if node.parents and bad.any() and not any(_where(is_bad, parent.data).any() for parent in node.parents):
                note = _made(node, tuple(np.argwhere(bad)[0].tolist()), named(root))
                return Place(position, None, note, "the first bad number is made by")
    for step in root.chain_rule():
        for term in step.terms:
            if not _finite(term.product) and _finite(term.upstream):
                position = next(i for i, node in enumerate(nodes) if node is term.child)
                bad = np.asarray(term.product)[~np.isfinite(np.asarray(term.product))]
                note = f"it sends back {bad.ravel()[0]:g}"
                return Place(position, term.argument, note, "the first bad number is made by")
    return None


def _made(node: Any, place: tuple[int, ...], names: Mapping[int, str]) -> str:
    """What a step made of what, and where its infinite operand came from."""
    operands = [_there(parent.data, np.shape(node.data), place) for parent in node.parents]
    note = f"it makes {np.asarray(node.data)[place]:g}{f' at {list(place)}' if place else ''}"
    note += f" of {', '.join(operands)}" if all(operands) else ""
    made = [parent for parent in node.parents if parent.parents and not _finite(parent.data)]
    return f"{note}; {described(_first_infinity(made[0]), names)} made the infinity" if made else note


def _first_infinity(node: Any) -> Any:
    return next(one for one in every(node) if one.parents and not _finite(one.data))


def _not_finite(array: Array) -> Array:
    return ~np.isfinite(array)


def _where(is_bad: Any, data: Any) -> Array:
    array = np.asarray(data)
    return is_bad(array) if array.dtype.kind == "f" else np.zeros(array.shape, bool)


def _there(data: Any, shape: tuple[int, ...], place: tuple[int, ...]) -> str:
    """The element of an operand that goes into an element of the result, where the two broadcast."""
    try:
        return f"{np.broadcast_to(np.asarray(data), shape)[place]:g}"
    except (ValueError, TypeError):
        return ""


def _finite(data: Any) -> bool:
    array = np.asarray(data)
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())


def digits(root: Any, tolerance: float, *, ending: bool) -> Place | None:
    """The first step whose narrow result is far from what float64 makes of the same inputs.

    Args:
        root: the output.
        tolerance: relative.
        ending: only if the output is far off as well.
    """
    exact: dict[int, Array] = {}
    lost: list[tuple[bool, int, Any]] = []  # those that are off as a whole, and those with an element that is
    for position, node in enumerate(every(root)):
        data = np.asarray(node.data)
        if not node.parents or node.op == "astype":
            own = data.astype(np.float64) if data.dtype.kind == "f" else data
            exact[id(node)] = exact[id(node.parents[0])] if node.parents else own
            continue
        try:
            with np.errstate(all="ignore"):
                wide = np.asarray(node.evaluate(*(exact[id(parent)] for parent in node.parents)), np.float64)
        except Exception:
            return None
        exact[id(node)] = wide
        if data.dtype.itemsize < 8 and data.dtype.kind == "f" and data.size and data.shape == wide.shape:
            apart, allowed = np.abs(data - wide), max(tolerance, relative(float(np.finfo(data.dtype).eps)))
            if (apart > allowed * np.abs(wide)).any():
                lost.append((bool(apart.max() > allowed * np.abs(wide).max()), position, (data, wide, node)))
    if not lost or (ending and not (lost[-1][0] and lost[-1][2][2] is root)):
        return None
    _, position, (data, wide, _) = next((one for one in lost if one[0]), lost[0])
    with np.errstate(all="ignore"):
        place = np.unravel_index(int(np.nanargmax(np.abs(data - wide) / np.abs(wide))), wide.shape)
    note = f"{data.dtype} gives {written(data[place], 7)}, float64 {written(wide[place], 7)}"
    brief = f"{written(data[place], 4)}, in float64 {written(wide[place], 4)}"
    return Place(position, None, note, "digits are lost at", brief)


def _submodules(scene: Scene, theirs: Scene) -> str:
    """The first part of both models, by name or else by its place, that gives something else."""
    ours, others = scene.side.submodules(scene.numbers), theirs.side.submodules(theirs.numbers)
    if not set(ours) & set(others) and len(ours) == len(others):
        others = dict(zip(ours, others.values(), strict=True))
    for name, array in ours.items():
        if name in others and not _alike(array, others[name]):
            return f"the first part of the model that gives something else is {name}"
    return ""


def _alike(a: Array, b: Array) -> bool:
    return a.shape == b.shape and np.allclose(a, b, 1e-6, 1e-9 * float(np.abs(a).max(initial=0)), equal_nan=True)


def _values(root: Any, other: Any, bench: Bench) -> Place | None:
    """The first step whose numbers the other graph does not have, nor any later one that would tell it is a detour."""
    nodes = every(root)
    own = _up_to([node for node in nodes if node.parents], bench.ours.outputs)
    column = next((column for column in bench.others if column.name == "PyTorch"), bench.ours)
    theirs = _up_to(every(other), column.outputs)
    pools = [_signature(node.data) for node in theirs]
    matched = {id(node): _counterpart(node.data, pools) for node in own}
    rejoins: dict[int, bool] = defaultdict(bool)  # whether a later step is among theirs
    for node in reversed(own):
        for parent in node.parents:
            rejoins[id(parent)] |= matched[id(node)] is not None or rejoins[id(node)]
    positions = {id(node): position for position, node in enumerate(nodes)}
    lost = [node for node in own if matched[id(node)] is None and not rejoins[id(node)]]
    if lost:
        known = [_signature(node.data) for node in nodes]
        new = [
            node for node in theirs if node.parents and node.op != "reshape" and _counterpart(node.data, known) is None
        ]
        note = "PyTorch has no such numbers" + (f"; it has {described(new[0], named(other))}" if new else "")
        vague = len(lost) > 2 and len(new) <= 1  # one call of PyTorch's stands for several steps
        lead = "they part on the way to" if vague else "they part at"
        return Place(positions[id(lost[-1 if vague else 0])], None, note, lead)
    for node in reversed(own):
        for argument, parent in enumerate(node.parents):
            mate = matched.get(id(parent))
            if mate is None or parent.grad is None or theirs[mate].grad is None:
                continue
            if not _same_numbers(_signature(parent.grad), _signature(theirs[mate].grad)):
                return Place(positions[id(node)], argument, "the gradient that it sends back is not PyTorch's")
    return None


def _up_to(nodes: Sequence[Any], outputs: Sequence[Array]) -> list[Any]:
    """The steps up to the outputs, without their weighted sum."""
    ends = [_signature(out) for out in outputs if np.asarray(out).dtype.kind == "f"]
    last = [i for i, node in enumerate(nodes) if any(_same_numbers(_signature(node.data), end) for end in ends)]
    return list(nodes[: last[-1] + 1]) if last else list(nodes)


def _signature(data: Any) -> Array:
    """The numbers in order of size, as no layout changes them."""
    return np.sort(np.ravel(np.asarray(data, np.float64)))


def _same_numbers(a: Array, b: Array) -> bool:
    return a.size == b.size and np.allclose(a, b, 1e-6, 1e-9 * float(np.abs(a).max(initial=0)), equal_nan=True)


def _counterpart(data: Any, pools: Sequence[Array]) -> int | None:
    own = _signature(data)
    return next((i for i, pool in enumerate(pools) if _same_numbers(own, pool)), None)


# ---------------------------------------------------------------- the picture


def _drawn(root: Any, place: Place | None) -> viz.Drawing | None:
    nodes = every(root)
    node = None if place is None else nodes[place.position]
    if len(nodes) > MAX_DRAWN:
        if node is None:
            return None
        drawing, nodes = viz.draw(node, depth=_DEPTH), every(node)
    else:
        try:
            drawing = viz.draw(root, verify=True)
        except (ValueError, TypeError):
            drawing = viz.draw(root)
    if place is None:
        return drawing
    head = next(f"n{i}" for i, one in enumerate(nodes, 1) if one is node)
    return replace(drawing, graph=_red(drawing.graph, head, place))


def _red(graph: Graph, head: str, place: Place) -> Graph:
    """The graph with the edges into a node stamped as a mismatch."""

    def stamped(edge: Edge) -> Edge:
        if edge.head != head or place.argument not in (None, edge.argument - 1):
            return edge
        return replace(edge, stamp=Stamp("mismatch", place.brief))

    edges = tuple(stamped(edge) for edge in graph.edges)
    return replace(graph, edges=edges, judges=graph.judges or ("difference quotients",))
