"""What a row of the table of operations is: its columns, its cases, and where its operands are drawn from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
from hypothesis import strategies as st

from tests.judges import Array, Function


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
        return np.asarray(generator.integers(-1, 2, shape), float)


REAL = Domain(((-4, 4),))
POSITIVE = Domain(((0.125, 4),))
UNIT = Domain(((-0.96875, 0.96875),))
NONZERO = Domain(((-4, -0.125), (0.125, 4)))
DIGITS = Digits(((-1, 1),))


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
    """One operation; tests/table.py says what each column means."""

    name: str
    f: Function
    domains: tuple[Domain, ...]
    shapes: Sequence[tuple[Shape, ...]] = ()
    params: Sequence[Params] = ({},)
    judge: Function | None = None
    definition: Function | None = None
    kink: Callable[..., Any] = lambda *operands: False
    singular: Mapping[tuple[float, ...], Mathematics | None] = field(default_factory=dict)
    tolerance: float = 1e-12
    widens: bool = False
    smooth: bool = True
    note: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.note}".strip()

    def scalar_case(self) -> "Case":
        """Every operand a number, or a 0-d array."""
        return Case(self, ((),) * len(self.domains), {})

    def cases(self) -> Iterator["Case"]:
        """Every combination of shapes and parameters."""
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
        own = hasattr(m, self.row.name)
        f = self.row.judge or (None if own else self.row.definition) or self.row.f
        return f(m, *operands, **self.params)

    def sample(self, seed: int = 0) -> list[Array]:
        """Operands from the row's domains, always the same for the same seed."""
        generator = np.random.default_rng(seed)
        return [domain.sample(generator, shape) for domain, shape in zip(self.row.domains, self.shapes, strict=True)]

    def __str__(self) -> str:
        shapes = ",".join("x".join(map(str, shape)) or "0d" for shape in self.shapes)
        params = ",".join(f"{name}={value}" for name, value in self.params.items())
        return "-".join(filter(None, [str(self.row), shapes, params]))


def at(*points: float) -> dict[tuple[float, ...], Mathematics | None]:
    """Points of one operand at which PyTorch's answer is expected."""
    return {(x,): PYTORCH for x in points}


def at_pairs(*points: tuple[float, float]) -> dict[tuple[float, ...], Mathematics | None]:
    """Points of two operands at which PyTorch's answer is expected."""
    return dict.fromkeys(points, PYTORCH)


def over_axes(
    name: str, f: Function, domain: Domain = REAL, *, empty: bool = False, note: str = "", **columns: Any
) -> list[Row]:
    """The rows of a reduction: of 0-d, 1-d and 3-d arrays, over no, one or several axes, kept or not."""

    def row(kind: str, shapes: Sequence[Shape], *params: Params) -> Row:
        return Row(name, f, (domain,), of(*shapes), params, note=f"{kind} {note}".strip(), **columns)

    keep = {"keepdims": True}
    rows = [
        row("0-d", [()], {}, {"axis": None, **keep}),
        row("1-d", [(3,), (1,)], {}, {"axis": 0}, {"axis": -1, **keep}),
        row("3-d", [(2, 3, 4), (2, 1, 3)], {}, {"axis": 1}, {"axis": -1, **keep}, {"axis": (0, 2)}, {"axis": (-1, 1)}),
        row("wholly", [(2, 3, 4)], {"axis": None, **keep}, {"axis": (0, 1), **keep}, {"axis": (0, 1, 2)}),
        row("empty", [(0, 3), (2, 3)], {"axis": 1}, {"axis": 1, **keep}),
    ]
    return [*rows, row("nothing", [(0,), (0, 3), (2, 3)], {}, {"axis": 0})] if empty else rows


def of(*shapes: Shape) -> Sequence[tuple[Shape, ...]]:
    """The cases of one operand."""
    return [(shape,) for shape in shapes]


def always(*operands: Array) -> bool:
    return True
