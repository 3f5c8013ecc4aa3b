"""The table of operations: one row drives every test of an operation, on both engines and before every judge.

An operation that stands in scalar/rules.py or vector/rules/ and not here fails the suite. A row is:

- name: the operation's name in the rules.
- f: the operation as users write it, f(m, *operands, **params), where `m` is the engine (or the judge) at work.
- domains: where each operand is drawn from.
- shapes: the operands' shapes on the vector engine, one tuple for each case.
- params: the arguments that are not operands, one dictionary for each case.
- judge: the same function in other words, where PyTorch or NumPy lack these.
- kink: where f has no derivative and the engines follow PyTorch's convention, so that the complex step cannot judge.
- singular: points worth a test of their own, with what is expected there: PyTorch's answer, or mathematics' where
  PyTorch is wrong.
- tolerance: relative.
- note: tells apart the rows of one operation.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
from hypothesis import strategies as st

from tests.judges import Array, Function

inf, nan = math.inf, math.nan


class Domain(NamedTuple):
    """A union of intervals."""

    intervals: tuple[tuple[float, float], ...]

    def strategy(self) -> st.SearchStrategy[float]:
        # No subnormals: NumPy, PyTorch and the C library each flush or round them in their own way.
        return st.one_of([st.floats(low, high, allow_subnormal=False) for low, high in self.intervals])

    def sample(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
        low, high = np.array(self.intervals).T[:, generator.integers(len(self.intervals), size=shape)]
        return np.asarray(generator.uniform(low, high))


class Digits(Domain):
    """Small whole numbers, so that ties are frequent."""

    def sample(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return np.asarray(generator.integers(0, 3, shape), float)


REAL = Domain(((-4, 4),))
POSITIVE = Domain(((0.125, 4),))
NONZERO = Domain(((-4, -0.125), (0.125, 4)))
DIGITS = Digits(((0, 2),))


class Mathematics(NamedTuple):
    """What is right where PyTorch is not, and why."""

    value: float
    gradients: tuple[float, ...]
    why: str


PYTORCH: Final = None
"""In the column `singular`: PyTorch's own answer is expected."""

Shape = tuple[int, ...]
Params = Mapping[str, Any]

UNARY: Sequence[tuple[Shape, ...]] = [((),), ((1,),), ((0,),), ((2, 3),), ((2, 0, 3),)]
BINARY: Sequence[tuple[Shape, ...]] = [
    ((), ()), ((3,), (3,)), ((), (3,)), ((3,), ()), ((2, 3), (3,)), ((1, 3), (2, 1)), ((2, 1), (4, 1, 3)),
    ((0,), (1,)), ((2, 0), ()), ((1,), (2, 0)),
]  # fmt: skip
TERNARY: Sequence[tuple[Shape, ...]] = [((), (), ()), ((3,), (2, 1), ()), ((2, 3), (3,), (2, 1)), ((0,), (), (1,))]


@dataclass(frozen=True)
class Row:
    name: str
    f: Function
    domains: tuple[Domain, ...]
    shapes: Sequence[tuple[Shape, ...]] = ()
    params: Sequence[Params] = ({},)
    judge: Function | None = None
    kink: Callable[..., Any] = lambda *operands: False
    singular: Mapping[tuple[float, ...], Mathematics | None] = field(default_factory=dict)
    tolerance: float = 1e-12
    note: str = ""

    def cases(self) -> Iterator["Case"]:
        for shapes in self.shapes or (UNARY, BINARY, TERNARY)[len(self.domains) - 1]:
            for params in self.params:
                yield Case(self, shapes, params)


class Case(NamedTuple):
    """A row with its operands' shapes and its parameters."""

    row: Row
    shapes: tuple[Shape, ...]
    params: Params

    def f(self, m: Any, *operands: Any) -> Any:
        return self.row.f(m, *operands, **self.params)

    def judge(self, m: Any, *operands: Any) -> Any:
        return (self.row.judge or self.row.f)(m, *operands, **self.params)

    def sample(self, seed: int = 0) -> list[Array]:
        """Operands from the row's domains, always the same for the same seed."""
        generator = np.random.default_rng(seed)
        return [domain.sample(generator, shape) for domain, shape in zip(self.row.domains, self.shapes, strict=True)]

    def __str__(self) -> str:
        shapes = ",".join("x".join(map(str, shape)) or "0d" for shape in self.shapes)
        params = ",".join(f"{name}={value}" for name, value in self.params.items())
        return "-".join(filter(None, [self.row.name, self.row.note, shapes, params]))


def _of(x: float, *more: float) -> dict[tuple[float, ...], Mathematics | None]:
    """Points of one operand at which PyTorch's answer is expected."""
    return {(point,): PYTORCH for point in (x, *more)}


TIE = Mathematics(inf, (0.5, 0.5), "a tie of infinities is a tie")

# fmt: off
ELEMENTWISE = [
    Row("add",      lambda m, x, y: x + y, (REAL, REAL)),
    Row("subtract", lambda m, x, y: x - y, (REAL, REAL)),
    Row("multiply", lambda m, x, y: x * y, (REAL, REAL)),
    Row("divide",   lambda m, x, y: x / y, (NONZERO, NONZERO),
        singular={(1, 0): PYTORCH, (-1, 0): PYTORCH, (0, 0): PYTORCH, (0, 2): PYTORCH}),
    Row("power",    lambda m, x, y: x ** y, (POSITIVE, REAL),
        singular=dict.fromkeys([(0, 0), (0, 1), (0, 2), (0, 0.5), (0, -1), (0, -2), (-2, 3), (-2, 0), (-8, 1 / 3)])),
    Row("power",    lambda m, x: x ** 3, (REAL,), singular=_of(0), note="cube"),
    Row("power",    lambda m, x: x ** -2, (NONZERO,), singular=_of(0), note="reciprocal"),
    Row("power",    lambda m, x: 2.5 ** x, (REAL,), note="exponential"),
    Row("negative", lambda m, x: -x, (REAL,)),
    Row("absolute", lambda m, x: abs(x), (REAL,), kink=lambda x: x == 0, judge=lambda m, x: m.absolute(x),
        singular=_of(0, inf, -inf)),
    Row("exp",      lambda m, x: m.exp(x), (REAL,), singular=_of(1000, -1000, inf, -inf)),
    Row("log",      lambda m, x: m.log(x), (POSITIVE,), singular=_of(0, -1, 1e-300, inf)),
    Row("sqrt",     lambda m, x: m.sqrt(x), (POSITIVE,), singular=_of(0, -1, inf)),
    Row("sin",      lambda m, x: m.sin(x), (REAL,), singular=_of(1e6, inf)),
    Row("cos",      lambda m, x: m.cos(x), (REAL,), singular=_of(1e6, inf)),
    Row("tan",      lambda m, x: m.tan(x), (Domain(((-1.5, 1.5), (1.75, 4))),), singular=_of(inf)),
    Row("tanh",     lambda m, x: m.tanh(x), (REAL,), singular=_of(20, -1000, inf, -inf)),
    Row("sigmoid",  lambda m, x: m.sigmoid(x), (REAL,), singular=_of(-40, 1000, -1000, inf, -inf)),
    Row("softplus", lambda m, x: m.softplus(x), (REAL,),
        singular={**_of(-40, 1000, -1000, -inf), (inf,): Mathematics(inf, (1,), "ln(1 + eˣ) → x")}),
    Row("relu",     lambda m, x: m.relu(x), (REAL,), kink=lambda x: x == 0, singular=_of(0, inf, -inf)),
    Row("step",     lambda m, x: m.step(x), (REAL,), kink=lambda x: x == 0, singular=_of(0, inf, -inf)),
    Row("sign",     lambda m, x: m.sign(x), (REAL,), kink=lambda x: x == 0, singular=_of(0, inf, -inf)),
    Row("maximum",  lambda m, x, y: m.maximum(x, y), (REAL, REAL), kink=lambda x, y: x == y,
        singular={(2, 2): PYTORCH, (0, -inf): PYTORCH, (inf, inf): TIE}),
    Row("minimum",  lambda m, x, y: m.minimum(x, y), (REAL, REAL), kink=lambda x, y: x == y,
        singular={(2, 2): PYTORCH, (0, inf): PYTORCH, (inf, inf): TIE}),
]

SCALAR_ONLY = [
    Row("compare",  lambda m, x, y: m.compare(x, y), (REAL, REAL), kink=lambda x, y: x == y, singular={(2, 2): PYTORCH}),
    Row("total",    lambda m, x, y, z: m.sum([x, y, z]), (REAL,) * 3, judge=lambda m, x, y, z: x + y + z),
    Row("inner",    lambda m, w, x, y, z: m.dot([w, x], [y, z]), (REAL,) * 4,
        judge=lambda m, w, x, y, z: w * y + x * z),
]
# fmt: on

# ---------------------------------------------------------------- arrays only


def over_axes(name: str, f: Function, domain: Domain = REAL, *, empty: bool = False, **columns: Any) -> list[Row]:
    """The rows of a reduction: of 0-d, 1-d and 3-d arrays, over no, one or several axes, kept or not."""

    def row(shapes: Sequence[Shape], *params: Params) -> Row:
        return Row(name, f, (domain,), [(shape,) for shape in shapes], params, **columns)

    rows = [
        row([()], {}, {"axis": None, "keepdims": True}),
        row([(3,), (1,)], {}, {"axis": 0}, {"axis": -1, "keepdims": True}),
        row([(2, 3, 4), (2, 1, 3)], {}, {"axis": 1}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)}, {"axis": (-1, 1)}),
        row([(2, 3, 4)], {"axis": None, "keepdims": True}, {"axis": (0, 1), "keepdims": True}, {"axis": (0, 1, 2)}),
        row([(0, 3)], {"axis": 1}, {"axis": 1, "keepdims": True}),
    ]
    return [*rows, row([(0,), (0, 3)], {}, {"axis": 0})] if empty else rows


def along_axis(name: str, f: Function, *more: Params) -> Row:
    """The row of a function of an array's lines."""
    return Row(name, f, (REAL,), [((3,),), ((2, 1),), ((2, 3),), ((2, 3, 2),)], [{}, {"axis": -1}, *more])


def indexed(note: str, index: Any, *shapes: Shape, judge: Function | None = None) -> Row:
    return Row("getitem", lambda m, x: x[index], (REAL,), [(shape,) for shape in shapes], judge=judge, note=note)


def scattered(note: str, index: Any, shape: Shape, x: Shape) -> Row:
    return Row("scatter", lambda m, x: m.scatter(x, index=index, shape=shape), (REAL,), [(x,)], note=note)


def always(x: Array) -> bool:
    return True


MASK = np.array([[True, False, True], [False, True, True]])

VECTOR_ONLY = [
    Row("where", lambda m, c, x, y: m.where(c, x, y), (DIGITS, REAL, REAL)),
    # reductions
    *over_axes("total", lambda m, x, **axes: m.sum(x, **axes), empty=True),
    *over_axes("mean", lambda m, x, **axes: m.mean(x, **axes)),
    *over_axes("amax", lambda m, x, **axes: m.max(x, **axes)),
    *over_axes("amin", lambda m, x, **axes: m.min(x, **axes)),
    *over_axes("amax", lambda m, x, **axes: m.max(x, **axes), DIGITS, kink=always, note="ties"),
    *over_axes("amin", lambda m, x, **axes: m.min(x, **axes), DIGITS, kink=always, note="ties"),
    # shape
    Row("reshape", lambda m, x: m.reshape(x, (3, -1)), (REAL,), [((2, 3),), ((6,),), ((3, 1, 2),)]),
    Row("reshape", lambda m, x: m.reshape(x, (1, 1)), (REAL,), [((),), ((1,),)], note="one element"),
    Row("reshape", lambda m, x: m.reshape(x, (0, 2)), (REAL,), [((0,),), ((3, 0),)], note="empty"),
    Row("reshape", lambda m, x: m.ravel(x), (REAL,), [((),), ((2, 3),), ((2, 0),)], note="ravel"),
    Row("reshape", lambda m, x: m.squeeze(x), (REAL,), [((),), ((1, 3, 1),), ((1, 1),)], note="squeeze"),
    Row("reshape", lambda m, x: m.squeeze(x, axis=1), (REAL,), [((3, 1),), ((1, 1),)], note="squeeze axis"),
    Row("reshape", lambda m, x: m.expand_dims(x, 1), (REAL,), [((2,),), ((2, 3),)], note="expand_dims"),
    Row("transpose", lambda m, x: m.transpose(x, None), (REAL,), [((),), ((3,),), ((2, 3),), ((2, 3, 4),), ((0, 2),)]),
    Row("transpose", lambda m, x: m.transpose(x, (1, 2, 0)), (REAL,), [((2, 3, 4),)], note="cycle"),
    Row("transpose", lambda m, x: m.transpose(x, (-1, 0, -2)), (REAL,), [((2, 3, 4),)], note="negative axes"),
    Row("transpose", lambda m, x: m.swapaxes(x, 0, -1), (REAL,), [((2, 3, 4),), ((3,),)], note="swapaxes"),
    Row("broadcast_to", lambda m, x: m.broadcast_to(x, (2, 3)), (REAL,), [((),), ((3,),), ((2, 1),), ((2, 3),)]),
    Row("broadcast_to", lambda m, x: m.broadcast_to(x, (0, 3)), (REAL,), [((),), ((3,),), ((1, 3),)], note="empty"),
    # indexing
    indexed("integer", 1, (3,), (2, 3)),
    indexed("ellipsis", (..., -1), (3,), (2, 3)),
    indexed("slices", (slice(1, None), None, slice(None, None, 2)), (2, 3)),
    indexed("reversed", slice(None, None, -1), (3,), (2, 3), judge=lambda m, x: m.flip(x, (0,))),
    indexed("nothing", slice(2, 2), (3,), (3, 2)),
    indexed("everything", (), (), (2,)),
    indexed("mask", MASK, (2, 3)),
    indexed("repeated", [2, 0, 2, 2], (3,), (3, 2)),
    indexed("pairs", ([0, 1, 1], [2, 0, 0]), (2, 3), (2, 3, 2)),
    indexed("columns", (slice(None), [1, 1]), (2, 3)),
    scattered("repeated", ([0, 3, 3],), (4,), (3,)),
    scattered("pairs", ([1, 1], [0, 0]), (2, 3), (2,)),
    # joining
    Row("concatenate", lambda m, x, y: m.concatenate([x, y]), (REAL,) * 2, [((2,), (3,)), ((0,), (1,)), ((2, 3), (1, 3))]),
    Row("concatenate", lambda m, x, y, z: m.concatenate([x, y, z], axis=-1), (REAL,) * 3, [((2, 1), (2, 3), (2, 0))]),
    Row("stack", lambda m, x, y: m.stack([x, y]), (REAL,) * 2, [((), ()), ((3,), (3,)), ((0,), (0,))]),
    Row("stack", lambda m, x, y, z: m.stack([x, y, z], axis=1), (REAL,) * 3, [((3,),) * 3, ((2, 3),) * 3]),
    Row("stack", lambda m, x, y: m.stack([x, y], axis=-1), (REAL,) * 2, [((2, 3), (2, 3))]),
    # products
    Row(
        "matmul",
        lambda m, x, y: x @ y,
        (REAL, REAL),
        [
            ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((1, 1), (1, 1)),
            ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 2, 3), (1, 3, 4)), ((5, 1, 2, 3), (2, 3, 2)),
            ((3,), (5, 3, 4)), ((5, 2, 3), (3,)), ((2, 0), (0, 3)), ((0, 3), (3, 2)), ((0,), (0, 2)),
        ],
    ),  # fmt: skip
    Row(
        "linear_map",
        lambda m, x, weight, bias: m.linear_map(x, weight, bias),
        (REAL,) * 3,
        [(x, (4, 3), (4,)) for x in [(3,), (1, 3), (2, 3), (5, 2, 3), (0, 3)]] + [((2, 1), (1, 1), (1,))],
    ),
    # softmax and its family
    along_axis("softmax", lambda m, x, axis=-1: m.softmax(x, axis=axis), {"axis": 0}),
    along_axis("log_softmax", lambda m, x, axis=-1: m.log_softmax(x, axis=axis), {"axis": 0}),
    along_axis("logsumexp", lambda m, x, axis=-1, **keep: m.logsumexp(x, axis=axis, **keep), {"keepdims": True}),
    Row(
        "softmax_cross_entropy",
        lambda m, x, targets: m.softmax_cross_entropy(x, targets=np.array(targets)),
        (REAL,),
        [((3, 4),)],
        [{"targets": (2, 0, 3)}, {"targets": (1, 1, 1)}],
    ),
    Row("softmax_cross_entropy", lambda m, x: m.softmax_cross_entropy(x, targets=np.array([0])), (REAL,), [((1, 1),), ((1, 5),)], note="batch of one"),
    Row("astype", lambda m, x: x.astype("float32"), (REAL,), judge=lambda m, x: m.astype(x, "float32"), tolerance=1e-6),
]

SCALAR = ELEMENTWISE + SCALAR_ONLY
VECTOR = ELEMENTWISE + VECTOR_ONLY
