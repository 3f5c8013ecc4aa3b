import math
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from demos.elementary import REAL
from demos.expression import ExpressionError
from demos.parser import CONSTANTS, FUNCTIONS, MAX_DEPTH, MAX_LENGTH, parse


def failure(source: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(source)
    return caught.value


# ---------------------------------------------------------------- what is read


def numbers() -> st.SearchStrategy[str]:
    return st.floats(0, 100, allow_subnormal=False).map(repr)


def combined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Everything that the grammar can make of two smaller expressions."""
    unary = sorted(name for name, arity in FUNCTIONS.items() if arity == 1)
    binary = sorted(name for name, arity in FUNCTIONS.items() if arity == 2)
    return st.one_of(
        st.builds("({} {} {})".format, parts, st.sampled_from(["+", "-", "*", "/", "**"]), parts),
        st.builds("{} {} {}".format, parts, st.sampled_from(["+", "-", "*", "/", "**"]), parts),
        st.builds("{}{}".format, st.sampled_from("+-"), parts),
        st.builds("{}({})".format, st.sampled_from(unary), parts),
        st.builds("{}({}, {})".format, st.sampled_from(binary), parts, parts),
    )


expressions = st.recursive(numbers() | st.sampled_from(["x", "y", "pi", "e"]), combined, max_leaves=12)
ORACLE = {**vars(REAL), "ln": REAL.log, "max": max, "min": min, **CONSTANTS, "__builtins__": {}}


def python_value(source: str, x: float, y: float) -> float:
    """What Python itself makes of the expression; NaN where that is no real number."""
    try:
        value = eval(source, {**ORACLE, "x": x, "y": y})  # noqa: S307 - the oracle, on text made above
    except (ArithmeticError, ValueError):
        return math.nan
    except TypeError:  # a function of the complex number that (-8)**(1/3) is in Python
        return math.nan
    return math.nan if isinstance(value, complex) else float(value)


def our_value(source: str, x: float, y: float) -> float:
    """What `parse` makes of it; NaN where it says that this is no real number."""
    try:
        return float(parse(source).evaluate(REAL, {"x": x, "y": y}))
    except (ArithmeticError, ValueError) as error:
        assume("too large" not in str(error))  # an infinity among the numbers is refused; Python would carry it on
        if isinstance(error, ExpressionError) and "is not a real number" not in error.message:
            raise
        return math.nan


@given(expressions, st.floats(-10, 10), st.floats(-10, 10))
def test_an_expression_means_what_it_means_in_python(source: str, x: float, y: float) -> None:
    ours, pythons = our_value(source, x, y), python_value(source, x, y)
    assert ours == pythons or (math.isnan(ours) and math.isnan(pythons))


@given(st.text(max_size=60) | st.text("xe1(),.+-*/ \t\n^=πλ２×²#'_j\\@[]", max_size=60))
def test_any_text_is_an_expression_or_a_clear_error(source: str) -> None:
    caught: ExpressionError | None = None
    try:
        parse(source)
    except ExpressionError as error:
        caught = error
    if caught:
        assert "\n" not in caught.message
        assert 0 <= caught.column <= len(source)


def test_names_come_in_order_of_appearance() -> None:
    assert parse("b*a + max(c, a) - b").names == ("b", "a", "c")


def test_numbers_alone_are_worked_out_while_reading() -> None:
    nothing: dict[str, float] = {}
    assert parse("2*pi/4 - (-1)**2").evaluate(REAL, nothing) == math.pi / 2 - 1
    assert len(parse("1/2 * x").steps) == 3


def test_names_are_normalised_as_python_does() -> None:
    assert parse("\N{FULLWIDTH LATIN SMALL LETTER X}1 + µ").names == ("x1", "μ")


def test_line_breaks_are_spaces() -> None:
    assert parse(" \n x +\r\n\ty\n").evaluate(REAL, {"x": 1.0, "y": 2.0}) == 3.0


# ---------------------------------------------------------------- what is refused, and where the caret stands

REFUSED = [
    ("", 0, "is empty"),
    ("  \n ", 0, "is empty"),
    ("x +", 3, "ends too early"),
    ("log(x", 3, r"this \( is never closed"),
    ("(x + 1))", 7, r"this \) closes nothing"),
    ("x y", 2, "an operator is missing here"),
    ("sin x", 4, "an operator is missing here"),
    ("é + 2x", 4, r"a product is written with \*"),
    ("2(x)", 0, r"only a function can be called; a product is written with \*"),
    ("* x", 0, "syntax error"),
    ("x^2", 1, r"write \*\* for powers"),
    ("日本 × 2", 3, r"write \* for a product"),
    ("x − 2", 2, "write - for minus"),
    ("x1=3", 2, "holds no =; values follow it"),
    ("x == 3", 2, "holds no ="),
    ("x < 3", 2, "unexpected character '<'"),
    ("x # squared", 2, "holds no comments"),
    ("x + 'a'", 4, 'unexpected character "\'"'),
    ("x[0]", 1, "parentheses are round"),
    ("x; y", 1, "unexpected character ';'"),
    ("x\0", 1, "unexpected character"),
    ("\ud800", 0, "unexpected character"),
    ("lambda * w", 0, "'lambda' is a reserved word"),
    ("x if y else z", 2, "'if' is a reserved word"),
    ("ééé + x.real", 6, "attribute access is not allowed"),
    ("log(x, **y)", 9, "a starred argument is not allowed"),
    ("  \n x + lg(x)", 8, "unknown function lg"),
    ("log(*x)", 4, "a starred argument is not allowed"),
    ("x, y", 0, "a comma outside a function's parentheses is not allowed"),
    ("x + 2j", 4, "this constant is not allowed"),
    ("...", 0, "this constant is not allowed"),
    ("x // 2", 0, "this operator is not allowed"),
    ("日本 + lg(x)", 5, "unknown function lg; did you mean log"),
    ("x + foo(y)", 4, "unknown function foo; the functions are abs, exp, ln"),
    ("__import__(x)", 0, "unknown function __import__"),
    ("max(x)", 0, r"expected max\(x, y\), got 1"),
    ("tahn(x)", 0, r"unknown function tahn; did you mean tanh\?"),
    ("ln(x, 2)", 0, r"expected ln\(x\), got 2"),
    ("log()", 0, r"expected log\(x\), got 0"),
    ("1 + exp", 4, r"exp is a function: write exp\(x\)"),
    ("x + 1/0", 4, r"1 / 0 is not a real number"),
    ("log(-1) * x", 0, r"log\(-1\) is not a real number"),
    ("(-8)**(1/3) + x", 0, r"-8 \*\* 0.333333 is not a real number"),
    ("9**9**9**9", 3, "is too large: a float ends at 1.8e308"),
    ("x + 1e999", 4, "the number is too large"),
    ("0x" + "f" * 900, 0, "the number is too large"),
    ("x + " + "9" * 5000, 4, "at most 1000 digits"),
    ("-" * 9000 + "x", 1000, "more than 1,000 operators"),
    ("x" + "**x" * 3000, 3001, "more than 1,000 operators"),
    ("(" * (MAX_DEPTH + 1) + "x" + ")" * (MAX_DEPTH + 1), MAX_DEPTH, "nest deeper than 100"),
    ("x" * (MAX_LENGTH + 1), MAX_LENGTH, "longer than 10,000 characters"),
]


@pytest.mark.parametrize(("source", "column", "message"), REFUSED, ids=[source[:12] for source, _, _ in REFUSED])
def test_refused(source: str, column: int, message: str) -> None:
    error = failure(source)
    assert error.column == column
    assert error.source == source
    assert re.search(message, error.message)


@pytest.mark.parametrize("source", ["exit(x)", "open(x)", "().__class__", "[x for x in y]", "(x := 1)", "f'{exit()}'"])
def test_python_beyond_the_grammar_is_refused(source: str) -> None:
    failure(source)


@pytest.mark.parametrize("error", [RecursionError, MemoryError])
def test_what_is_too_deep_for_pythons_parser_is_refused(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def give_up(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("ast.parse", give_up)
    assert "nested in one another" in failure("x").message
