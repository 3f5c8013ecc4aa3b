"""Each number in the ledger of a tensor can be computed from what the ledger shows."""

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.lib.mixins import NDArrayOperatorsMixin

import vector
from tests.checks import VECTOR, upstream
from tests.row import Case, Row
from tests.table import FUNCTION_ROWS, VECTOR_ROWS
from vector import Tensor
from vector.diagnostics import formula, reading
from vector.diagnostics.expression import Expression, value_of
from vector.names import bar
from vector.trees import tree_map

CASES = 3  # of each row, of those with elements
SIGNS = {"⊙": "*", "·": "@", "−": "-", "²": "**2", "ᵀ": ".T", "^(": "**(", "^)": ")", "√(": "sqrt("}


@pytest.mark.parametrize("row", VECTOR_ROWS, ids=str)
def test_each_line_gives_its_number_from_what_stands_in_it(row: Row) -> None:
    """From the numbers that have the names in it, on the lines before; and from the matrices beside one another."""
    for case in itertools.islice(with_elements(row), CASES):
        follow_all(case)


@pytest.mark.slow
@pytest.mark.parametrize("row", VECTOR_ROWS + FUNCTION_ROWS, ids=str)
def test_each_line_of_every_case(row: Row) -> None:
    for case in row.cases():
        follow_all(case)


def test_a_row_that_does_not_tell_how_it_computes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    row = next(row for row in VECTOR_ROWS if row.name == "inv")
    (vjp,) = vector.rules.inv.vjps
    monkeypatch.setattr(vector.rules.inv, "vjps", [lambda *operands: value_of(vjp(*operands))])
    with pytest.raises(AssertionError, match="no formula"):
        follow_all(next(with_elements(row)))


def with_elements(row: Row) -> Iterator[Case]:
    return (case for case in row.cases() if all(0 not in shape for shape in case.shapes))


def follow_all(case: Case) -> None:
    out = case.f(VECTOR, *[Tensor(x, requires_grad=True) for x in case.sample()])
    ledger = out.chain_rule(upstream(case, case.sample()))
    values = {name: node.data for node, name in ledger.names.items()}
    steps = list(ledger)
    gradients = {bar(ledger.names[step.variable]): step.total for step in steps}
    for node in ledger.names:
        follow(ledger.lines.of(node), values, node.data)
    for step in steps:
        (*_, last), _ = reading.total(step, ledger, None)[-1]
        assert last.name == bar(ledger.names[step.variable])
        for term in step.terms:
            assert term.lines[-1].function, f"no formula of the gradient that {term.child.op} sends back"
            follow(term.lines, {**values, **gradients}, term.product)
            result, rule = term.reason.lines
            assert result.startswith(f"{ledger.symbols[ledger.names[term.child]]} = ")
            assert not rule or rule.startswith("Rule: ")


def follow(lines: list[Expression], known: Mapping[str, Any], expected: Any) -> None:
    """Compute line by line, and compare the last one with the engine's own number."""
    values = dict(known)
    for line in lines:
        values[line.name] = evaluated(line, values)
        np.testing.assert_allclose(values[line.name], line.value, 1e-12, 1e-12, err_msg=line.name)
        if (shown := side_by_side(formula.numbers(line))) is not None:
            np.testing.assert_allclose(np.reshape(shown, np.shape(line.value)), line.value, 1e-12, 1e-12)
    np.testing.assert_allclose(values[lines[-1].name], expected, 1e-12, 1e-12)
    assert np.shape(lines[-1].value) == np.shape(expected)


def evaluated(line: Expression, values: Mapping[str, Any]) -> Any:
    """From what has a name; else only numbers may stand in a formula."""

    def again(x: Any) -> Any:
        if not isinstance(x, Expression):
            return x
        assert x.name or x.function or x.size <= 1, f"an array without a name: {x.value}"
        return values[x.name] if x.name else evaluated(x, values)

    if line.function is None:
        return line.value
    with np.errstate(all="ignore"):
        return line.function(*tree_map(again, list(line.arguments)), **tree_map(again, dict(line.params)))


# ---------------------------------------------------------------- the signs, read as Python


class Factor(NDArrayOperatorsMixin):
    """An array among the signs of a formula, where · is a product of matrices or with a number."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any) -> Any:
        arrays = [x.value if isinstance(x, Factor) else x for x in operands]
        if ufunc is np.matmul and 1 in map(np.size, arrays):
            ufunc = np.multiply
        with np.errstate(all="ignore"):
            return Factor(ufunc(*arrays))

    @property
    def T(self) -> Any:  # noqa: N802  # NumPy's name
        return Factor(np.swapaxes(self.value, -1, -2))


def side_by_side(pieces: list[formula.Piece]) -> Any:
    """What a row of matrices and signs gives; None where other words stand among them."""
    factors = {f"N{i}": Factor(x.value) for i, x in enumerate(pieces) if isinstance(x, Expression)}
    text = "".join(x if isinstance(x, str) else f"N{i}" for i, x in enumerate(pieces))
    summed = re.match(r"Σ ((?:rows |columns |axis \d )*)", text)
    text = text[summed.end() :] if summed else text
    for sign, python in SIGNS.items():
        text = text.replace(sign, python)
    if not factors or re.sub(r"N\d+|\.T|sqrt|[-+*@/() \d]", "", text):
        return None
    out = np.asarray(eval(text, {**factors, "sqrt": np.sqrt}).value)  # noqa: S307  # it is what is under test
    if not summed:
        return out
    axes = [{"rows": 0, "columns": 1}.get(word, word) for word in summed[1].replace("axis ", "").split()]
    return out.sum(axis=tuple(map(int, axes)) or None)
