"""Random expressions: directed acyclic graphs with reuse, diamonds and constants, that run on any engine or judge."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

import scalar.op
from tests.row import NONZERO, Row
from tests.table import ELEMENTWISE
from tests.test_table import scalar_rules

# Flat, or growing too fast, or with a domain that a random expression soon leaves.
UNFIT = {
    "copy", "step", "sign", "power", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "tan", "asin",
    "acos", "atan2", "sinh", "cosh",
}  # fmt: skip
RULES = scalar_rules()
ROWS = [row for row in ELEMENTWISE if row.name not in UNFIT]


class Apply(NamedTuple):
    """One operation, on earlier results, given by their places, and on constants."""

    row: Row
    operands: tuple[int | float, ...]

    def __repr__(self) -> str:
        return f"{self.row.name}({', '.join(f'v{x}' if isinstance(x, int) else str(x) for x in self.operands)})"


class Expression(NamedTuple):
    """A program whose first places are the inputs and whose last place is the output."""

    program: tuple[Apply, ...]

    def run(self, m: Any, inputs: Sequence[Any], *, judge: bool = False) -> list[Any]:
        """The inputs and every result, computed with the functions of the namespace m, an engine's or a judge's."""
        places = list(inputs)
        for row, operands in self.program:
            case = row.scalar_case()
            places.append((case.judge if judge else case.f)(m, *_look_up(operands, places)))
        return places

    def near_a_kink(self, places: Sequence[Any]) -> bool:
        """Whether two engines, rounding differently, may stand on two sides of a kink. The table judges kinks."""
        return any(_jumps(RULES[row.name], _look_up(operands, places)) for row, operands in self.program)


def _jumps(op: scalar.op.Op, point: Sequence[float]) -> bool:
    """Whether a local derivative is another where an operand moves by less than rounding might."""
    for i in range(len(point)):
        below, above = ([x + step * (i == j) for j, x in enumerate(point)] for step in (-1e-9, 1e-9))
        slopes = (op.local(op.forward(*there), *there) for there in (below, above))
        if any(abs(a - b) > 1e-6 * (1 + abs(a)) for a, b in zip(*slopes, strict=True)):
            return True
    return False


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
