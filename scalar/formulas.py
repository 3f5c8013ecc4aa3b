"""The rule table read with names: a derivative as a formula, made of the row's own line, in text or in LaTeX.

A formula is a number, a name, or an operation followed by its operands, each a formula: (multiply, 2.0, "x").
"""

import copy
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from scalar import rules
from scalar.diagnostics import anomaly
from scalar.names import Name, bar, bracketed, written
from scalar.node import Node

Formula = Any
Case = tuple[tuple[tuple[Formula, float], ...], Formula]  # how each choice falls out, and the formula then

_SUM, _PRODUCT, _POWER, _ATOM = range(1, 5)  # how tightly the parts of a formula hold together
MAX_NAMES = 4  # on which choices depend, and the most choices, in a formula that is told case by case
_FOLDED = {"+", "−", "×", "neg", "max", "min", "step", "compare", "abs"}
_HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_KNOWN = {"exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min"}
_SIGNS = {"−": "-", "≤": "\\leq", "≥": "\\geq", "≠": "\\neq"}
_TURNED = {">": "<", "<": ">", "≤": "≥", "=": "="}


def derivatives(child: Node, names: Mapping[Node, str]) -> Sequence[Formula]:
    """∂child/∂operand for each operand, in the names of child and its operands; numbers stay numbers.

    The rule is read with the Values themselves, so that where it chooses by a number, as at the kink of a norm, the
    formula is of the branch whose number is on record.
    """
    variables = {node: names[node] for node in (child, *child.parents) if node.role != "constant" or node.label}
    try:
        return _locals(child, child.parents, variables)
    except TypeError:  # known as a number only, as that of "mean f" is
        return [f"∂{child.op.split()[-1]}/∂{names[operand]}" for operand in child.parents]


def row_of(child: Node, argument: int) -> tuple[Formula, str, Formula] | None:
    """What the row says for operands of its own: (x·y, x, y). None for an operation of any number of operands."""
    operands = getattr(child.rule, "operands", ())
    if len(operands) != len(child.parents):
        return None
    out, *inputs = (copy.copy(node) for node in (child, *child.parents))
    variables = dict(zip([out, *inputs], ["out", *operands], strict=True))
    try:
        return (child.rule, *operands), operands[argument], _locals(out, inputs, variables)[argument]
    except TypeError:
        return None


def _locals(out: Node, inputs: Sequence[Node], names: Mapping[Node, str]) -> Sequence[Formula]:
    if out.rule is None:
        raise ValueError("formula: expected the result of an operation, got a leaf")
    with anomaly.ignored():
        return [_read(x, names) for x in out.rule.local(out, *inputs)]


def _read(x: Any, names: Mapping[Any, str]) -> Formula:
    """What was computed from the Values that have names; as deep as a rule's own line."""
    if not hasattr(x, "rule"):
        return float(x)
    if x in names or not x.rule:
        return names.get(x, x.data)
    return _made(x.rule, *(_read(parent, names) for parent in x.parents))


def _made(rule: Any, *operands: Formula) -> Formula:
    """The operation on formulas: 2·x for x·2, x² for x·x, −(x·y) for (−x)·y."""
    numbers = all(isinstance(x, float) for x in operands)
    if numbers and rule.name in _FOLDED and math.isfinite(folded := rule.forward(*operands)):
        return folded
    if rule.name == "**" and operands[1] in (0.0, 1.0):
        return operands[0] if operands[1] else 1.0
    if rule.name == "neg" and (minus := _minus(operands[0])) is not None:
        return minus
    simpler: Any = {"+": _sum, "−": _sum, "×": _product, "÷": _quotient}.get(rule.name)
    return simpler(rule, *operands) if simpler else (rule, *operands)


def _minus(x: Formula) -> Formula | None:
    """What the formula is the negative of; None if it is not written so."""
    if isinstance(x, float):
        return -x if x < 0 else None
    return x[1] if _is(x, rules.negative) else None


def _is(x: Formula, *operations: Any) -> bool:
    return isinstance(x, tuple) and x[0] in operations


def _sum(rule: Any, a: Formula, b: Formula) -> Formula:
    other = rules.subtract if rule is rules.add else rules.add
    if b == 0:
        return a
    if (minus := _minus(b)) is not None:
        return _made(other, a, minus)
    if a == 0:
        return b if rule is rules.add else _made(rules.negative, b)
    if isinstance(b, float) and _is(a, rule, other) and isinstance(a[2], float):
        return _made(a[0], a[1], a[2] + (b if a[0] is rule else -b))
    return (rule, a, b)


def _signed(rule: Any, a: Formula, b: Formula) -> Formula | None:
    """A product or quotient with the sign in front, if there is one."""
    if (minus := _minus(a)) is not None:
        return _made(rules.negative, _made(rule, minus, b))
    return None if (minus := _minus(b)) is None else _made(rules.negative, _made(rule, a, minus))


def _product(rule: Any, a: Formula, b: Formula) -> Formula:
    if 0 in (a, b):
        return 0.0
    if 1 in (a, b):
        return b if a == 1 else a
    if a == b:
        return (rules.power, a, 2.0)
    if _is(a, rule) and a[2] == b:
        return (rule, a[1], (rules.power, b, 2.0))
    return _signed(rule, a, b) or ((rule, b, a) if isinstance(b, float) else (rule, a, b))


def _quotient(rule: Any, a: Formula, b: Formula) -> Formula:
    if b == 1:
        return a
    if isinstance(a, float) and isinstance(b, float) and b and (a / b).is_integer():
        return a / b
    if _is(a, rule):
        return (rule, a[1], _made(rules.multiply, a[2], b))
    return _signed(rule, a, b) or (rule, a, b)


def value(formula: Formula, numbers: Mapping[str, float], read: Callable[[float], float] = float) -> float:
    """The formula's number, for those of its names, each as it is read."""
    if isinstance(formula, tuple):
        return float(formula[0].forward(*(value(x, numbers, read) for x in formula[1:])))
    return read(numbers.get(formula, math.nan) if isinstance(formula, str) else formula)


def enough(result: float, compute: Callable[[Callable[[float], float]], float]) -> int:
    """The fewest digits, from 4 on, with which numbers, as they are written, give the result as it is written.

    A reader can follow 1 − 1.0000001 = −1e−07, but not 1 − 1 = −1e−07. 0 where not even all digits do.
    `compute` computes it again, and is told how a number is read.
    """
    for digits in range(4, 18):
        with anomaly.ignored():
            again = compute(lambda x, d=digits: float(f"{x:.{max(15, d) if x % 1 == 0 else d}g}"))  # type: ignore[misc]
        if written(again) == written(result):
            return digits
    return 0


def _parts(formula: Formula) -> Iterator[Formula]:
    yield formula
    for x in formula[1:] if isinstance(formula, tuple) else ():
        yield from _parts(x)


def names_in(formula: Formula) -> list[str]:
    """The names that stand in the formula, each once."""
    return [*dict.fromkeys(x for x in _parts(formula) if isinstance(x, str))]


def _decided(formula: Formula, fallen: Mapping[Formula, float]) -> Formula:
    if formula in fallen:
        return fallen[formula]
    return _made(formula[0], *(_decided(x, fallen) for x in formula[1:])) if isinstance(formula, tuple) else formula


@lru_cache(maxsize=256)
def _worlds(choices: Sequence[Formula]) -> set[tuple[float, ...]]:
    """The ways in which choices fall out together, tried at many places."""
    parts = [part for choice in choices for part in _parts(choice)]
    names = names_in((None, *choices))
    if len(names) > MAX_NAMES:  # too many places to try
        return set()
    near = {x + step for x in parts if isinstance(x, float) for step in (-0.5, 0.0, 0.5)}
    points = itertools.product({-8.1, -1.7, -0.3, 0.3, 1.7, 8.1, *near}, repeat=len(names))
    return {tuple(value(x, dict(zip(names, point, strict=True))) for x in choices) for point in points}


def cases(formula: Formula) -> Sequence[Case]:
    """The formula without `step` and `compare`: one for each way in which they may fall out, the last for all else."""
    choices = (*dict.fromkeys(x for x in _parts(formula) if isinstance(x, tuple) and x[0].name in ("step", "compare")),)
    if not 0 < len(choices) <= MAX_NAMES or not _worlds(choices):
        return [((), formula)]
    found = []
    for order in itertools.permutations(range(len(choices))):
        ways = [tuple((choices[i], world[i]) for i in order) for world in _worlds(choices)]
        ways.sort(key=lambda way: [-fallen for _, fallen in way])
        found.append([(way, _decided(formula, dict(way))) for way in ways])
    best = min(found, key=lambda them: sum(1 for _ in itertools.groupby(them, key=lambda case: case[1])))
    return best if any(x != best[0][1] for _, x in best) else [((), best[0][1])]


class Text:
    """Formulas as text: 2·x, y·(1 − y), 1 if x > y, ½ at a tie, else 0.

    With `numbers`, those stand for their names, and of several cases only the one that they are in.
    """

    name: Any = staticmethod(str)
    bar: Any = staticmethod(bar)
    sign: Any = staticmethod(str)
    words: Any = staticmethod(str)
    times, half, brackets, derivative = "·", "½", "({})", "∂{}/∂{}"
    fraction, fraction_holds = "{0}/{1}", _PRODUCT  # both in brackets where they need them; then both without
    power: Any = staticmethod(
        lambda base, loose, exponent: base + (loose.translate(_HIGH) if loose.isdecimal() else f"^{exponent}")
    )
    call: Any = staticmethod(lambda name, operands: f"|{operands}|" if name == "abs" else f"{name}({operands})")

    def __init__(self, numbers: Mapping[str, float] | None = None, digits: int = 4) -> None:
        self.numbers, self.digits = numbers, digits or 4

    def number(self, x: float) -> str:
        """A number, with as many digits as this text has."""
        return str(self.name(written(x, self.digits)))

    def write(self, formula: Formula, at_least: int = 0) -> str:
        """The formula, in brackets if it holds together less than `at_least`: 1 sum, 2 product, 3 power, 4 name."""
        text, holds = self._parts(formula)
        return text if holds >= at_least else self.brackets.format(text)

    def _parts(self, formula: Formula) -> tuple[str, int]:
        formula = self.numbers.get(formula, formula) if self.numbers and isinstance(formula, str) else formula
        if isinstance(formula, str):
            return self.name(formula), _ATOM if bracketed(formula) == formula else 0
        if isinstance(formula, float):
            text = self.number(formula)
            return text, _SUM if formula < 0 else _PRODUCT if "cdot" in text else _POWER if "e" in text else _ATOM
        choices = cases(formula)
        if len(choices) == 1:
            return self.operation(*choices[0][1]) if isinstance(choices[0][1], tuple) else self._parts(choices[0][1])
        return self._at(choices, self.numbers) if self.numbers else self._cases(choices), 0

    def operation(self, rule: Any, *operands: Formula) -> tuple[str, int]:
        """An operation on formulas, and how tightly it holds together."""
        half, loose = len(operands) // 2, [self.write(x) for x in operands]
        parts = [self.write(x, _PRODUCT) for x in operands]
        match rule.name:
            case "·":
                rows = zip(parts[:half], parts[half:], strict=True)
                return f" {self.sign('+')} ".join(map(self.times.join, rows)), _SUM
            case "+" | "−" | "sum" as sign:
                parts[0] = self.write(operands[0], _SUM)
                return f" {self.sign(sign.replace('sum', '+'))} ".join(parts), _SUM
            case "neg":
                return self.sign("−") + parts[0], _SUM
            case "×":
                return self.times.join(parts), _PRODUCT
            case "÷":
                return self.fraction.format(parts[0], self.write(operands[1], _POWER), *loose), self.fraction_holds
            case "**":
                base, exponent = operands
                return self.power(self.write(base, _ATOM), loose[1], self.write(exponent, _POWER)), _POWER
        return self.call(rule.name, f"{self.sign(',')} ".join(loose)), _ATOM

    def _cases(self, choices: Sequence[Case]) -> str:
        """A formula for each case: those with a condition, then that of all else."""
        told = []
        for formula, same in itertools.groupby(choices, key=lambda case: case[1]):
            ways = [[self._relation(*choice) for choice in fallen if choice[1]] for fallen, _ in same]
            text = self.half if formula == (rules.divide, 1.0, 2.0) else self.write(formula)
            when = self.words(" if ") + self.words(" or ").join(map(self.words(" and ").join, ways))
            told.append((text, when if all(ways) else self.words(" at a tie")))
        *first, (last, _) = told
        return f"{self.sign(',')} ".join([*map("".join, first), self.words("else ") + last])

    def _at(self, choices: Sequence[Case], numbers: Mapping[str, float]) -> str:
        """The formula of the case at hand and, after a NUL, why it is."""
        at = {choice: value(choice, numbers) for choice, _ in choices[0][0]}
        fallen, formula = next((case for case in choices if dict(case[0]) == at), choices[-1])  # of NaN, the last
        return f"{self.write(formula)}\0{self.words(' and ').join(self._relation(*choice) for choice in fallen)}"

    def _relation(self, choice: Formula, fallen: float) -> str:
        """How two numbers lie, on which a choice depends."""
        ties, (left, right) = choice[0].name == "compare", (*choice[1:], 0.0)[:2]
        if not ties and _is(left, rules.add, rules.subtract):
            left, right = left[1], _made(rules.negative, left[2]) if left[0] is rules.add else left[2]
        sign = ">" if fallen > 0 else "<" if fallen < 0 else "=" if ties else "≤"
        if isinstance(left, float) or _minus(left) is not None:
            left, right, sign = right, left, _TURNED[sign]
        return f"{self.write(left)} {self.sign(sign)} {self.write(right)}"


@lru_cache(maxsize=4096)
def _latex(text: str) -> str:
    return Name(text).latex


class Latex(Text):
    """Formulas in LaTeX."""

    name = staticmethod(lambda name: getattr(name, "latex", "") or _latex(name))
    bar = staticmethod(lambda name: f"\\overline{{{name.latex}}}")
    sign = staticmethod(lambda sign: _SIGNS.get(sign, sign))
    words = staticmethod(lambda text: f"\\mathrm{{{text}}}".replace(" ", "\\ "))
    times, half, brackets = " \\cdot ", "\\frac{1}{2}", "\\left({}\\right)"
    derivative, fraction, fraction_holds = "\\frac{{\\partial {}}}{{\\partial {}}}", "\\frac{{{2}}}{{{3}}}", _ATOM
    power = staticmethod(lambda base, exponent, _: f"{{{base}}}^{{{exponent}}}")

    @staticmethod
    def call(name: str, operands: str) -> str:
        """A function of operands."""
        if name in ("abs", "sqrt"):
            return f"\\left|{operands}\\right|" if name == "abs" else f"\\sqrt{{{operands}}}"
        escaped = name.replace("_", "\\_")
        return (f"\\{name}" if name in _KNOWN else f"\\operatorname{{{escaped}}}") + f"\\left({operands}\\right)"
