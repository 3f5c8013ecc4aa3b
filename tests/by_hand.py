"""What a reader does with a ledger: works each equation out from what is written there, and compares."""

import math
import re
from collections.abc import Mapping
from typing import Any

from scalar import rules
from scalar.names import written
from scalar.op import Op

_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
ROWS = {name: op for name, op in vars(rules).items() if isinstance(op, Op) and not name.startswith("_")}
FUNCTIONS: Mapping[str, Any] = {
    **{name: op for name, op in ROWS.items() if name not in ("sum", "dot")},
    "abs": abs,
    "min": min,
    "max": max,
    "e": math.e,
    "NaN": math.nan,
    "infinity": math.inf,
}


def read(formula: str, numbers: Mapping[str, float]) -> float:
    """What a formula that is written for people says, for these numbers; NameError for other names."""
    code = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda power: f"**{power[0].translate(_SUPERSCRIPT)}", formula)
    code = re.sub(r"\|(.*?)\|", r"abs(\1)", code).replace("½", "(1/2)").replace("∞", "infinity")
    code = code.replace("·", "*").replace("−", "-").replace("^", "**")
    return float(eval(code, {"__builtins__": {}}, {**FUNCTIONS, **numbers}))  # noqa: S307  # what the engine wrote


def work_out(equation: str) -> int:
    """How many sides of "v = x·y = 2·3 = 6" are numbers; raises AssertionError if one of them is not the last."""
    *sides, end = re.sub(r", as .*", "", equation).split(" = ")
    found = 0
    for side in sides:
        try:
            number = read(side, {})
        except (NameError, SyntaxError):  # it has names, or tells cases
            continue
        found += 1
        assert is_digits_of(end, number), f"{side} is {number!r}, in {equation!r}"
    return found


def is_digits_of(text: str, number: float) -> bool:
    """Whether this is the number, with four digits or more."""
    return text.strip("()") in {written(number, digits) for digits in range(4, 18)}
