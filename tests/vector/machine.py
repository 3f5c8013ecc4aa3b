"""A state machine over Tensors: commands in any order, each given to the engine, to PyTorch and to a naive oracle.

After each command every value, every `requires_grad` and every `grad` is the oracle's (`tests.vector.naive`), and what
PyTorch knows too is PyTorch's. `python -m tests.fuzz_machine` runs it for long.
"""

import gc
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import vector
from tests.vector import naive
from tests.vector.naive import Array, ChangedError, Node
from vector import Tensor, modes

MOST = 12
"""How many results are kept at a time: a new one then takes the place of an old one."""
LARGEST = 1e4
"""Results with larger numbers are not computed: rounding would hide what the judges say."""
REFUSED = (ValueError, TypeError, IndexError)
"""What an operation may raise when shapes do not fit."""


class PlannedError(RuntimeError):
    """Raised by a user's own backward in the middle of a sweep."""


class Scaled(vector.Function):
    """3x, as a user writes an operation, whose backward raises when it is told to."""

    fails = False

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return 3 * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        if Scaled.fails:
            raise PlannedError
        return 3 * g


OURS: Mapping[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "maximum": np.maximum,
    "where": lambda x, y, mask: np.where(mask, x, y),
    "matmul": lambda x, y: x @ y,
    "tanh": np.tanh,
    "exp": np.exp,
    "relu": vector.relu,
    "sum": np.sum,
    "mean": np.mean,
    "reshape": lambda x, shape: x.reshape(shape),
    "transpose": lambda x: x.T,
    "index": lambda x, index: x[index],
    "broadcast": np.broadcast_to,
    "concatenate": lambda *xs: np.concatenate(xs),
    "stack": lambda *xs: np.stack(xs),
    "scaled": Scaled.apply,
}
TORCH: Mapping[str, Callable[..., Any]] = {
    **OURS,
    "maximum": torch.maximum,
    "where": lambda x, y, mask: torch.where(torch.as_tensor(mask), x, y),
    "tanh": torch.tanh,
    "exp": torch.exp,
    "relu": torch.relu,
    "sum": lambda x, axis, keepdims: x.sum() if axis is None else x.sum(axis, keepdim=keepdims),
    "mean": lambda x, axis, keepdims: x.mean() if axis is None else x.mean(axis, keepdim=keepdims),
    "transpose": lambda x: x.permute([*range(x.ndim)[::-1]]),
    # In NumPy, a single number is a copy.
    "index": lambda x, index: x[index].clone() if isinstance(index, int) and x.ndim == 1 else x[index],
    "broadcast": lambda x, shape: x.broadcast_to(shape),
    "concatenate": lambda *xs: torch.cat(xs),
    "stack": lambda *xs: torch.stack(xs),
    "scaled": lambda x: 3 * x,
}


VIEWS = {"reshape", "transpose", "index", "broadcast"}
"""Of which PyTorch makes a new node when the leaf below is changed, so that it forgets to keep their gradients."""


class Trio(NamedTuple):
    """The same array for the engine, for PyTorch and for the oracle."""

    ours: Tensor
    torch: Any
    naive: Node


def trio(value: Array, requires_grad: bool) -> Trio:
    """A new leaf."""
    theirs = torch.tensor(value, requires_grad=requires_grad)
    return Trio(vector.tensor(value, requires_grad=requires_grad), theirs, Node(value.copy(), requires_grad))


def same(what: str, actual: Any, expected: Any, scale: float = 1.0) -> None:
    """Fail unless both are None, or arrays of one shape that agree to rounding; `scale` is of what was added up."""
    if actual is None or expected is None:
        assert actual is expected, f"{what}: {actual}, expected {expected}"
        return
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{what}: shape {actual.shape}, expected {expected.shape}"
    off = np.abs(actual - expected)
    assert np.all(off <= 1e-9 * (scale + np.abs(expected))), f"{what}: {actual}, expected {expected}"


def replayed(node: Node, leaf: Node, x: Any, apply: Callable[..., Any]) -> Any:
    """The expression of a node, evaluated again with x in the place of one leaf."""
    made: dict[Node, Any] = {leaf: x}

    def value(y: Node) -> Any:
        if y not in made:
            made[y] = apply(y.op, [*map(value, y.operands)], y.params) if y.op else y.value
        return made[y]

    return value(node)


QUIET = st.sampled_from([False, False, False, True])
WHICH = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 4, 7, -1, -1, -2, -3])
NUMBERS = st.sampled_from([0.5, 1.0, -1.5, 2.0, -0.25])
SHAPES = st.sampled_from([(2,), (2, 2), (2, 1), (1, 2), (1,), ()])
WHERE: Sequence[Any] = [0, -1, slice(1, None), [0, -1], (..., 0), (slice(None), 1)]
FORMS = st.sampled_from(
    [
        *(("reshape", {"shape": shape}) for shape in [(-1,), (1, -1), (2, -1), (-1, 2), (-1, 1, 2), (3, -1)]),
        *(("broadcast", {"shape": shape}) for shape in [(2, 2), (3, 2), (2, 1, 2)]),
        *((op, {"axis": None, "keepdims": False}) for op in ("sum", "mean")),
        *((op, {"axis": axis, "keepdims": k}) for op in ("sum", "mean") for axis in (0, -1) for k in (False, True)),
        *(("index", {"index": index}) for index in WHERE),
        *[("transpose", {})] * 3,
    ]
)
STEPS = st.sampled_from([0.125, 0.5, 1.0])
"""What leaves are lowered by: no number ever comes back, so the oracle sees each change."""


class Call(NamedTuple):
    """A command with its arguments."""

    name: str
    arguments: Mapping[str, Any]


COMMANDS: dict[str, tuple[int, st.SearchStrategy[Mapping[str, Any]]]] = {}
"""How often each comes, and its arguments. As rules of their own, hypothesis would leave most of them out of a run."""


def command(weight: int, **arguments: st.SearchStrategy[Any]) -> Callable[[Any], Any]:
    """Make a method a command of the machine."""

    def registered(method: Any) -> Any:
        COMMANDS[method.__name__] = weight, st.fixed_dictionaries(arguments)
        return method

    return registered


@st.composite
def calls(draw: st.DrawFn) -> Call:
    name = draw(st.sampled_from([name for name, (weight, _) in COMMANDS.items() for _ in range(weight)]))
    return Call(name, draw(COMMANDS[name][1]))


class Machine(RuleBasedStateMachine):
    """The commands."""

    def __init__(self) -> None:
        super().__init__()
        self.leaves: list[Trio] = []
        self.results: list[Trio] = []
        self.views: list[Array] = []
        self.scale = 1.0
        self.rebound = False

    @initialize(shapes=st.lists(SHAPES, min_size=2, max_size=3), shift=st.integers(0, 9))
    def begin(self, shapes: Sequence[tuple[int, ...]], shift: int) -> None:
        for i, shape in enumerate(shapes):
            value = np.cos(np.arange(np.prod(shape, dtype=int)) + 10 * i + shift).reshape(shape)
            self.leaves.append(trio(value, requires_grad=i < 2))

    def teardown(self) -> None:
        modes.recording.set(True)  # even where a planted fault leaves it off

    @rule(call=calls())
    def do(self, call: Call) -> None:
        getattr(self, call.name)(**call.arguments)

    # ---------------------------------------------------------------- operations

    def pick(self, which: int) -> Trio:
        """A leaf for a number below 0, else a result, counted from the last; a leaf where there is none."""
        if which < 0 or which >= len(self.results):
            return self.leaves[which % len(self.leaves)]
        return self.results[-1 - which]

    def apply(self, op: str, chosen: Sequence[int], quiet: bool = False, **params: Any) -> None:
        """One operation on all three, or its refusal by the engine where NumPy refuses."""
        xs = [self.pick(which) for which in chosen]
        nodes = [x.naive for x in xs]

        def ours() -> Tensor:
            result: Tensor = OURS[op](*[x.ours for x in xs], **params)
            return result

        try:
            with np.errstate(all="ignore"):
                new = naive.apply(op, nodes, not quiet, **params)
        except REFUSED:
            self.refused(REFUSED, ours, quiet)
            return
        if not new.value.size or not np.all(np.abs(new.value) < LARGEST):
            return
        if quiet:
            with vector.no_grad():
                mine = ours()
        else:
            mine = ours()
        with torch.set_grad_enabled(not quiet):
            theirs = TORCH[op](*[x.torch for x in xs], **params)
        self.keep(Trio(mine, theirs.detach() if quiet else theirs, new))  # PyTorch's views keep requires_grad
        if any(np.shares_memory(x.value, new.value) for x in nodes):
            self.views.append(new.value)

    def keep(self, result: Trio) -> None:
        self.results.append(result)
        if len(self.results) > MOST:
            del self.results[0]

    def refused(self, errors: Any, command: Callable[[], Any], quiet: bool = False) -> None:
        """The command raises, and, as the invariants say, changes nothing."""
        try:
            if quiet:
                with vector.no_grad():
                    command()
            else:
                command()
        except errors:
            return
        raise AssertionError(f"expected one of {errors}, got a result")

    @command(3, op=st.sampled_from(["tanh", "exp", "relu", "scaled"]), x=WHICH, quiet=QUIET)
    def one(self, op: str, x: int, quiet: bool) -> None:
        self.apply(op, [x], quiet)

    @command(6, op=st.sampled_from(["add", "subtract", "multiply", "multiply", "maximum", "divide"]), x=WHICH, y=WHICH)
    def two(self, op: str, x: int, y: int) -> None:
        divisor, is_division = self.pick(y).naive.value, op == "divide"
        self.apply("multiply" if is_division and np.any(np.abs(divisor) < 0.125) else op, [x, y])

    @command(5, form=FORMS, x=WHICH, quiet=QUIET)
    def formed(self, form: tuple[str, Mapping[str, Any]], x: int, quiet: bool) -> None:
        self.apply(form[0], [x], quiet, **form[1])

    @command(
        2, op=st.sampled_from(["concatenate", "stack", "matmul", "where"]), xs=st.lists(WHICH, min_size=2, max_size=3)
    )
    def several(self, op: str, xs: Sequence[int]) -> None:
        nodes = [self.pick(x).naive for x in xs[:2]]
        if op == "where":
            self.apply(op, xs[:2], mask=np.array([True, False]))
        elif op != "matmul":
            self.apply(op, xs)
        elif all(node.value.ndim == 2 for node in nodes):
            self.apply(op, xs[:2])

    # ---------------------------------------------------------------- gradients

    @command(6, x=WHICH, number=NUMBERS, ones=st.booleans(), retain_all=st.sampled_from([False, False, True]))
    def backward(self, x: int, number: float, ones: bool, retain_all: bool) -> None:
        ours, theirs, node = self.pick(x)
        shape = node.value.shape
        if not node.requires_grad:
            self.refused(RuntimeError, ours.backward)
            return
        alone = ones and node.value.size == 1
        if ones and not alone:
            self.refused(ValueError, ours.backward)
        g = np.ones(shape) if alone else number * (1 + np.arange(node.value.size).reshape(shape))
        before = [(t.ours.grad, None if t.ours.grad is None else t.ours.grad.copy()) for t in self.leaves]
        try:
            sums = node.gradients(g)
        except ChangedError:
            self.refused(RuntimeError, lambda: ours.backward(g))
            return
        given = g.copy()
        ours.backward(None if alone else g, retain_all=retain_all)
        node.backward(given, retain_all)
        same("the upstream gradient that was given", g, given)
        for array, copy in before:
            same("a gradient that was kept from before", array, copy)
        self.scale = max(self.scale, *(float(np.max(np.abs(s), initial=0)) for s in sums.values()))
        self.torch_backward(theirs, None if alone else torch.tensor(given))

    def torch_backward(self, theirs: Any, g: Any) -> None:
        try:
            theirs.backward(g, retain_graph=True)
        except RuntimeError as error:
            # A view shares its tensor's count of changes even when it no longer shares its memory.
            if not self.rebound or "inplace operation" not in str(error):
                raise
            for t in self.leaves + self.results:
                if t.torch.is_leaf or t.torch.retains_grad:
                    t.torch.grad = None if t.naive.grad is None else torch.tensor(t.naive.grad)

    @command(1, x=WHICH)
    def backward_that_raises(self, x: int) -> None:
        """For want of a fitting shape, and in the middle of the sweep."""
        ours, _, node = self.pick(x)
        self.refused((ValueError, RuntimeError), lambda: ours.backward(np.ones((5, 5))))
        if node.requires_grad and any(y.op == "scaled" for y in node.below()):
            Scaled.fails = True
            try:
                self.refused(RuntimeError, lambda: ours.backward(np.ones(node.value.shape)))
            finally:
                Scaled.fails = False

    @command(2, x=WHICH)
    def retain_grad(self, x: int) -> None:
        ours, theirs, node = self.pick(x)
        if node.requires_grad and not (node.op and node.grad is not None):  # PyTorch's has none from before
            ours.retain_grad()
            theirs.retain_grad()
            node.retains_grad = True

    @command(1, x=WHICH, in_place=st.booleans())
    def clear(self, x: int, in_place: bool) -> None:
        ours, theirs, node = self.leaves[x % len(self.leaves)]
        if not in_place:
            ours.grad = theirs.grad = node.grad = None
        elif node.grad is not None and ours.grad is not None:
            ours.grad[...] = 0
            theirs.grad.zero_()
            node.grad[...] = 0

    @command(2, x=WHICH, leaf=WHICH)
    @np.errstate(all="ignore")  # a constant that is not taken may be 0/0
    def derivatives(self, x: int, leaf: int) -> None:
        """Of the expression as it stands, for the numbers of today: the gradient, and the Hessian by a vector."""
        node = self.pick(x).naive
        leaves = [y for y in node.below() if not y.op]
        if not node.op or not leaves:
            return
        at = leaves[leaf % len(leaves)]
        direction = np.cos(np.arange(at.value.size)).reshape(at.value.shape)

        def ours(y: Any) -> Any:
            return np.sum(replayed(node, at, y, lambda op, xs, params: OURS[op](*xs, **params)))

        def again(fresh: Node) -> Node:
            made: Node = replayed(
                node, at, fresh, lambda op, xs, params: naive.apply(op, [*map(_node, xs)], True, **params)
            )
            return made

        def slope(y: Array) -> Array:
            fresh = Node(y, True)
            made = again(fresh)
            return made.gradients(np.ones(made.value.shape))[fresh]

        if not all(map(_is_judged, again(Node(at.value, True)).below())):
            return
        y = torch.tensor(at.value, requires_grad=True)
        out = replayed(node, at, y, lambda op, xs, params: TORCH[op](*map(_torch, xs), **params)).sum()
        (first,) = torch.autograd.grad(out, y, create_graph=True)
        rest: Mapping[str, Any] = {"allow_unused": True, "materialize_grads": True}
        (second,) = torch.autograd.grad((first * torch.tensor(direction) + 0 * y).sum(), y, **rest)
        scale = float(1 + np.max(np.abs(slope(at.value))) + second.abs().max())
        same("grad of the oracle", slope(at.value), first.detach(), scale)
        same("grad", vector.grad(ours)(at.value), first.detach(), scale)
        (moved,) = vector.hvp(ours, (at.value,), (direction,))
        same("hvp", moved, second, scale)
        same("hvp by the complex step", moved, np.imag(slope(at.value + 1e-100j * direction)) / 1e-100, scale)

    # ---------------------------------------------------------------- changes in place

    @command(
        3,
        x=WHICH,
        how=st.sampled_from(["-=", "[]", "-=", "[]", "data", "data -="]),
        index=st.sampled_from(WHERE),
        step=STEPS,
    )
    def change(self, x: int, how: str, index: Any, step: float) -> None:
        ours, theirs, node = self.pick(x) if self.is_alias(x) else self.leaves[x % len(self.leaves)]
        if how == "[]" and any(np.shares_memory(view, node.value) for view in self.views):
            index = ...  # the mark is for the whole memory; the oracle looks at each number
        with vector.no_grad(), torch.no_grad():
            if how == "-=":
                alias = ours
                ours -= step
                assert ours is alias
                theirs -= step
                node.value -= step
            elif how == "[]":
                try:
                    low = node.value[index] - step
                except IndexError:
                    self.refused(IndexError, lambda: ours.__setitem__(index, 0.0))
                    return
                if not np.size(low):
                    return
                ours[index] = low
                theirs[index] = torch.tensor(low)
                node.value[index] = low
            elif how == "data -=":
                ours.data -= step
                theirs -= step
                node.value -= step
            else:
                self.rebound = True
                ours.data = node.value - step
                theirs.data = torch.tensor(node.value - step)
                node.value = np.asarray(node.value - step)

    def is_alias(self, x: int) -> bool:
        """Whether it is a constant in all of the memory of something else, such as what `detach` gives."""
        node = self.pick(x).naive
        views = [y for y in self.leaves + self.results if y.naive is not node]
        same_memory = [y for y in views if np.shares_memory(y.naive.value, node.value)]
        sizes = {y.naive.value.size for y in same_memory}
        return not node.op and bool(sizes) and sizes == {node.value.size} and node.value.flags.writeable

    @command(2, x=WHICH, leaf=WHICH)
    def change_below(self, x: int, leaf: int) -> None:
        """Change a leaf that a result was computed from, and sweep back from the result."""
        below = [i for i, t in enumerate(self.leaves) if t.naive in self.pick(x).naive.below()]
        if below and self.pick(x).naive.op:
            self.change(below[leaf % len(below)], "-=", ..., 0.5)
            self.backward(x, 1.0, ones=False, retain_all=False)

    @command(1, x=WHICH)
    def change_that_is_refused(self, x: int) -> None:
        """A shape that does not fit, an operation's result, a leaf that is recorded: nothing is changed."""
        ours, _, node = self.pick(x)
        if node.requires_grad and not node.op:
            self.refused(RuntimeError, lambda: ours.__isub__(1.0))
        self.refused(TypeError, lambda: ours.__setitem__(..., 0.0))
        if node.op:
            self.refused(TypeError, lambda: ours.__setitem__(..., 0.0), quiet=True)
        else:
            self.refused(ValueError, lambda: ours.__isub__(np.ones((5, 5))), quiet=True)
            self.refused(ValueError, lambda: ours.__setitem__(..., np.ones((5, 5))), quiet=True)

    # ---------------------------------------------------------------- what is forgotten

    @command(1, x=WHICH)
    def detach(self, x: int) -> None:
        ours, theirs, node = self.pick(x)
        self.views.append(node.value)
        self.keep(Trio(ours.detach(), theirs.detach(), Node(node.value, False)))

    @command(1, how_many=st.integers(1, MOST))
    def forget(self, how_many: int) -> None:
        """The last results; a graph that nothing leads to any more is freed."""
        dropped = self.results[-how_many:]
        del self.results[-how_many:]
        arrays = [] if self.results else [weakref.ref(t.ours.data) for t in dropped if t.ours.data.base is None]
        mine = [any(t.ours.data is leaf.ours.data for leaf in self.leaves) for t in dropped if t.ours.data.base is None]
        dropped.clear()
        arrays = [array for array, is_leaf in zip(arrays, mine, strict=False) if not is_leaf]
        if any(array() is not None for array in arrays):
            gc.collect()
        assert all(array() is None for array in arrays), "a graph outlives its results"

    # ---------------------------------------------------------------- what must hold

    @invariant()
    def all_agree(self) -> None:
        for kind, every in (("leaf", self.leaves), ("result", self.results)):
            for i, t in enumerate(every):
                ours, theirs, node = t
                what = f"{kind} {i}{node.op and f', of {node.op}'}"
                same(f"the value of {what}", ours.data, node.value)
                assert ours.requires_grad == node.requires_grad == theirs.requires_grad, what
                assert bool(ours.op) == bool(node.op), what
                same(f"the grad of {what}", ours.grad, node.grad, self.scale)
                if not node.op or (node.retains_grad and node.op not in VIEWS):
                    same(f"the value of {what} beside PyTorch's", ours.data, theirs.detach())
                    same(f"the grad of {what} beside PyTorch's", ours.grad, theirs.grad, self.scale)

    @invariant()
    def gradients_share_no_memory(self) -> None:
        every = [t.ours.grad for t in self.leaves + self.results if t.ours.grad is not None]
        for i, one in enumerate(every):
            assert not any(np.may_share_memory(one, other) for other in every[:i]), "two grads lie in one memory"

    @invariant()
    def results_are_recorded(self) -> None:
        assert not self.leaves or (self.leaves[0].ours + 1).requires_grad, "nothing is recorded any more"


def _is_judged(node: Node) -> bool:
    """Whether no number is too large, and none lies at a kink but for rounding, which differs from judge to judge."""
    if not np.all(np.abs(node.value) < LARGEST):
        return False
    if node.op not in ("maximum", "relu"):
        return True
    x, *others = (operand.value for operand in node.operands)
    y = others[0] if others else np.zeros(())
    if x is y:
        return True
    return not np.any(np.abs(x - y) <= 1e-9 * (1 + np.abs(x)))


def _node(x: Any) -> Node:
    return x if isinstance(x, Node) else Node(x, False)


def _torch(x: Any) -> Any:
    return x if isinstance(x, torch.Tensor) else torch.tensor(x)
