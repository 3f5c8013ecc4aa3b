"""Text → expression, without ever running the text as Python.

Python's own parser builds the syntax tree, and a whitelist keeps what it knows: numbers, names, + - * / **,
parentheses and calls of `FUNCTIONS`. All else is an `ExpressionError` that points at its place.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
import warnings
from collections.abc import Mapping
from difflib import get_close_matches

from demos import elementary
from demos.elementary import REAL
from demos.expression import Apply, Expression, ExpressionError, Name, Number, Step

MAX_LENGTH = 10_000
MAX_DEPTH = 100
MAX_OPERATORS = 1000  # Python's own parser, which recurses, gives up at some 3000

FUNCTIONS: Mapping[str, int] = {
    "abs": 1,
    "exp": 1,
    "ln": 1,
    "max": 2,
    "min": 2,
    **{name: len(op.operands) - len(op.defaults) for name, op in elementary.FUNCTIONS.items()},
}
"""Each function of the scalar engine's rule table, and how many operands it takes."""
CONSTANTS: Mapping[str, float] = {"pi": math.pi, "e": math.e}

# What the engines, NumPy and PyTorch call them.
_ALIASES = {"ln": "log", "max": "maximum", "min": "minimum"}
_BINARY = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.Pow: "power"}
_SYMBOLS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**"}
_WRITE_INSTEAD = {
    "^": "write ** for powers",
    "²": "write **2 for a square",
    "³": "write **3 for a cube",
    "×": "write * for a product",
    "·": "write * for a product",
    "÷": "write / for a quotient",
    "−": "write - for minus",
    "=": "an expression holds no =; values follow it, as in: x1=2",
    "#": "an expression holds no comments",
    "[": "parentheses are round: ( )",
    "{": "parentheses are round: ( )",
}
_GRAMMAR = "an expression is made of numbers, names, + - * / **, parentheses and functions"
_CONSTRUCTS: Mapping[type[ast.expr], str] = {
    ast.Attribute: "attribute access",
    ast.BinOp: "this operator",
    ast.Constant: "this constant",
    ast.Starred: "a starred argument",
    ast.Tuple: "a comma outside a function's parentheses",
}


def parse(source: str) -> Expression:
    """Read an expression. Calls and operators on numbers alone are worked out here, in floats.

    Raises:
        ExpressionError: `source` is no expression, or exceeds MAX_LENGTH, MAX_DEPTH (of parentheses) or MAX_OPERATORS.

    >>> parse("2*pi*r").evaluate(math, {"r": 0.5}) == math.pi
    True
    >>> parse("x1 ^ 2")
    Traceback (most recent call last):
    demos.expression.ExpressionError: write ** for powers
    """
    _check_text(source)
    return Expression(source, _Reader(source).steps())


def _check_text(source: str) -> None:
    """Refuse what Python's parser would take, or would refuse less clearly, or could not survive."""
    if not source.strip():
        raise ExpressionError(f"the expression is empty: {_GRAMMAR}", source)
    if len(source) > MAX_LENGTH:
        raise ExpressionError(f"the expression is longer than {MAX_LENGTH:,} characters", source, MAX_LENGTH)
    for column, character in enumerate(source):
        if character in _WRITE_INSTEAD:
            raise ExpressionError(_WRITE_INSTEAD[character], source, column)
        if not (("a" + character).isidentifier() or character.isspace() or character in "+-*/().,"):
            raise ExpressionError(f"unexpected character {character!r}: {_GRAMMAR}", source, column)
    for word in re.finditer(r"\w+", source):
        if keyword.iskeyword(word[0]):
            message = f"'{word[0]}' is a reserved word of Python: choose another name"
            raise ExpressionError(message, source, word.start())
        if re.match(r"\d{1000}", word[0]):
            raise ExpressionError("a number may have at most 1000 digits", source, word.start())
    _check_nesting(source)


def _check_nesting(source: str) -> None:
    operators = [operator.start() for operator in re.finditer(r"\*\*|[-+*/]", source)]
    if len(operators) > MAX_OPERATORS:
        raise ExpressionError(f"more than {MAX_OPERATORS:,} operators", source, operators[MAX_OPERATORS])
    opened: list[int] = []
    for column, character in enumerate(source):
        if character == "(":
            opened.append(column)
            if len(opened) > MAX_DEPTH:
                raise ExpressionError(f"parentheses nest deeper than {MAX_DEPTH}", source, column)
        elif character == ")":
            if not opened:
                raise ExpressionError("this ) closes nothing", source, column)
            opened.pop()
    if opened:
        raise ExpressionError("this ( is never closed", source, opened[-1])


class _Reader:
    """Turns one source text into its postfix program."""

    def __init__(self, source: str) -> None:
        self.source = source
        # Python wants one line that starts at its margin; a space for each break keeps the columns.
        line = re.sub(r"\s", " ", source)
        self.line = line.lstrip()
        self.indent = len(line) - len(self.line)

    def steps(self) -> tuple[Step, ...]:
        """Operands before their operator, left to right: each node waits on the stack below its operands."""
        steps: list[Step] = []
        pending: list[ast.expr | Step] = [self.tree()]
        while pending:
            item = pending.pop()
            if isinstance(item, ast.expr):
                step, operands = self.read(item)
                pending += [step, *reversed(operands)]
            else:
                steps.append(item)
                self.fold(steps)
        return tuple(steps)

    def tree(self) -> ast.expr:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # advice on Python code, such as "2(x) is not callable"
                return ast.parse(self.line, mode="eval").body
        except SyntaxError as error:
            raise self.syntax_error(error) from None
        except (RecursionError, MemoryError):
            raise ExpressionError("too many operations nested in one another", self.source) from None

    def syntax_error(self, error: SyntaxError) -> ExpressionError:
        # Python counts from 1 and, in some versions, says 0 for the end of the text.
        column = self.indent + error.offset - 1 if error.offset else len(self.source.rstrip())
        rest = self.source[column:].strip()
        if not rest:
            return ExpressionError("the expression ends too early: an operand is missing", self.source, column)
        if re.search(r"[\w)]\s*$", self.source[:column]) and re.match(r"[\w(]", rest):
            return ExpressionError("an operator is missing here; a product is written with *", self.source, column)
        if rest[0].isdigit():
            return ExpressionError("not a number; a product is written with *, as in 2*x", self.source, column)
        return ExpressionError(f"syntax error: {_GRAMMAR}", self.source, column)

    def read(self, node: ast.expr) -> tuple[Step, list[ast.expr]]:
        """One step of the program and the operands it waits for."""
        while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd):
            node = node.operand
        column = self.column(node)
        match node:
            case ast.Constant(value=int() | float() as number):
                return self.number(number, column), []
            case ast.Name(id=name):
                return self.name(name, column), []
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Apply("negative", 1, column), [operand]
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                return Apply(_BINARY[type(op)], 2, column), [left, right]
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self.call(name, args, column), args
            case ast.Call(func=ast.Name(), keywords=[first, *_]):
                raise self.error("a starred argument is not allowed", self.column(first.value))
            case ast.Call():
                raise self.error("only a function can be called; a product is written with *", column)
        raise self.error(f"{_CONSTRUCTS.get(type(node), 'this')} is not allowed: {_GRAMMAR}", column)

    def number(self, number: float, column: int) -> Number:
        try:
            value = float(number)
        except OverflowError:
            value = math.inf
        if math.isinf(value):
            raise self.error("the number is too large: a float ends at 1.8e308", column)
        return Number(value)

    def name(self, name: str, column: int) -> Step:
        if name in CONSTANTS:
            return Number(CONSTANTS[name])
        if name in FUNCTIONS:
            raise self.error(f"{name} is a function: write {_usage(name)}", column)
        return Name(name, column)

    def call(self, name: str, args: list[ast.expr], column: int) -> Apply:
        if name not in FUNCTIONS:
            turned = [known for known in FUNCTIONS if sorted(known) == sorted(name)]  # tahn is tanh, not tan
            near = turned or get_close_matches(name, FUNCTIONS, n=1)
            advice = f"did you mean {near[0]}?" if near else f"the functions are {', '.join(FUNCTIONS)}"
            raise self.error(f"unknown function {name}; {advice}", column)
        if len(args) != FUNCTIONS[name]:
            raise self.error(f"wrong number of arguments: expected {_usage(name)}, got {len(args)}", column)
        return Apply(_ALIASES.get(name, name), len(args), column)

    def fold(self, steps: list[Step]) -> None:
        """Replace a last step whose operands are all numbers by its result."""
        last = steps[-1]
        if not isinstance(last, Apply):
            return
        operands = [step.value for step in steps[-1 - last.arity : -1] if isinstance(step, Number)]
        if len(operands) == last.arity:
            steps[-1 - last.arity :] = [Number(self.result(last, operands))]

    def result(self, step: Apply, operands: list[float]) -> float:
        texts = [f"{operand:g}" for operand in operands]
        symbol = _SYMBOLS.get(step.function)
        call = f" {symbol} ".join(texts) if symbol else f"{step.function}({', '.join(texts)})"
        try:
            result = float(step.found_in(REAL)(*operands))
        except (ValueError, ZeroDivisionError):
            raise self.error(f"{call} is not a real number", step.column) from None
        except OverflowError:
            result = math.inf
        if math.isinf(result):
            raise self.error(f"{call} is too large: a float ends at 1.8e308", step.column)
        return result

    def column(self, node: ast.expr) -> int:
        """Where a node begins, in characters of the source; Python's parser counts bytes of UTF-8."""
        return self.indent + len(self.line.encode()[: node.col_offset].decode())

    def error(self, message: str, column: int) -> ExpressionError:
        return ExpressionError(message, self.source, column)


def _usage(name: str) -> str:
    return f"{name}({', '.join('xy'[: FUNCTIONS[name]])})"
