"""Random expressions: directed acyclic graphs with reuse, diamonds and constants, that run on any engine or judge."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.row import NONZERO, Row
from tests.table import ELEMENTWISE

# Flat, or growing too fast, or with a domain that a random expression soon leaves.
UNFIT = {
    "identity", "step", "sign", "power", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "tan", "asin",
    "acos", "atan2", "sinh", "cosh",
}  # fmt: skip
ROWS = [row for row in ELEMENTWISE if row.name not in UNFIT]

# Where this combination of the operands is 0, there is no derivative.
KINKS: Mapping[str, Callable[..., Any]] = {
    "absolute": lambda x: x,
    "relu": lambda x: x,
    "leaky": lambda x, slope: x,
    "elu_alpha": lambda x, alpha: x,
    "hypot": lambda x, y: abs(x) + abs(y),
    "maximum": lambda x, y: x - y,
    "minimum": lambda x, y: x - y,
}


class Apply(NamedTuple):
    """One operation, on earlier results, given by their places, and on constants."""

    row: Row
    operands: tuple[int | float, ...]

    def __repr__(self) -> str:
        return f"{self.row.name}({', '.join(f'v{x}' if isinstance(x, int) else str(x) for x in self.operands)})"


class Expression(NamedTuple):
    """A program whose first places are the inputs and whose last place is the output."""

    program: tuple[Apply, ...]

    def run(self, m: Any, inputs: Sequence[Any]) -> list[Any]:
        """The inputs and every result, computed with the functions of the namespace m."""
        places = list(inputs)
        for row, operands in self.program:
            places.append(row.f(m, *_look_up(operands, places)))
        return places

    def near_a_kink(self, places: Sequence[Any]) -> bool:
        """Whether two engines, rounding differently, may stand on two sides of a kink. The table judges kinks."""
        return any(
            abs(KINKS[row.name](*_look_up(operands, places))) < 1e-9
            for row, operands in self.program
            if row.name in KINKS
        )


def _look_up(operands: Sequence[int | float], places: Sequence[Any]) -> list[Any]:
    return [places[x] if isinstance(x, int) else x for x in operands]


@st.composite
def expressions(draw: st.DrawFn, inputs: int, size: int = 8) -> Expression:
    """Up to `size` operations, each free to use any earlier result, any number of times."""
    program: list[Apply] = []
    for length in range(inputs, inputs + draw(st.integers(1, size))):
        row = draw(st.sampled_from(ROWS))
        place, constant = st.integers(0, length - 1), NONZERO.strategy()
        operands = [draw(place), *(draw(place | constant) for _ in row.domains[1:])]
        program.append(Apply(row, tuple(draw(st.permutations(operands)))))
    return Expression(tuple(program))
