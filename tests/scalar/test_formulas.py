"""The formula of each local derivative at regular points, kinks and singular points, and how formulas are written.

test_readings.py compares the formulas at regular points with sympy's own derivatives.
"""

import itertools
import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import pytest

import scalar
import viz
from scalar import Term, Value
from scalar.formulas import derivatives
from tests.checks import SCALAR
from tests.row import Case
from tests.scalar.test_readings import MPMATH
from tests.table import SCALAR_ROWS
from viz.playback.page import step_list
from viz.playback.stage import playback

inf = math.inf
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # how NaN and infinity are reported: test_trouble.py

CASES = [row.scalar_case() for row in SCALAR_ROWS]
POINTS = [
    (case, point)
    for case in CASES
    for point in [*case.row.singular, *(tuple(map(float, case.sample(seed))) for seed in range(3))]
]
points = pytest.mark.parametrize(("case", "point"), [pytest.param(*at, id=f"{at[0]} at {at[1]}") for at in POINTS])


def graphs(case: Case, point: tuple[float, ...]) -> list[Value]:
    """The operation at the point, with every operand a variable, and with each but one a number."""
    variables = [Value(float(x), name) for x, name in zip(point, "xyzu", strict=False)]
    operands: list[list[Any]] = [variables]
    operands += [[x if i == j else x.data for j, x in enumerate(variables)] for i in range(len(point))]
    found = [case.f(SCALAR, *them) for them in operands[: None if len(point) > 1 else 1]]
    return [out for out in found if isinstance(out, Value)]


def terms(out: Value) -> list[Term]:
    return [term for step in out.chain_rule() for term in step.terms]


# ---------------------------------------------------------------- a formula, read with the numbers beside it

NAMED: Mapping[str, Callable[..., Any]] = {
    "step": lambda x: mpmath.mpf(x > 0) if x == x else x,
    "compare": lambda x, y: mpmath.mpf((x > y) - (x < y)) if x == x and y == y else mpmath.nan,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "elu": lambda x, alpha: x if x > 0 else alpha * mpmath.expm1(x),
    "max": max,
    "min": min,
    "abs": abs,
}


def power(x: Any, y: Any) -> Any:
    return mpmath.inf if x == 0 and y < 0 else mpmath.power(x, y)


def divide(x: Any, y: Any) -> Any:
    return x / y if y else mpmath.nan if x == 0 or x != x else mpmath.inf * mpmath.sign(x)


OPERATORS: Mapping[str, Callable[..., Any]] = {
    "+": operator.add,
    "−": operator.sub,
    "×": operator.mul,
    "÷": divide,
    "**": power,
    "neg": operator.neg,
}


def infinite_off_the_axis(x: Any) -> bool:
    return isinstance(x, mpmath.mpc) and x.imag != 0


def read(formula: Any, numbers: Mapping[str, float]) -> Any:
    """A formula with three hundred digits, so that nothing over- or underflows; not real is NaN."""
    if isinstance(formula, (str, float)):
        return mpmath.mpf(formula if isinstance(formula, float) else numbers[formula])
    operands = [read(part, numbers) for part in formula[1:]]
    if any(map(infinite_off_the_axis, operands)):
        return mpmath.nan
    name = formula[0].name
    return (OPERATORS.get(name) or NAMED.get(name) or getattr(mpmath, name, None) or getattr(MPMATH, name))(*operands)


def value(term: Term) -> float:
    names = term.ledger.names
    numbers: dict[str, float] = {names[node]: node.data for node in (term.child, *term.child.parents)}
    with mpmath.workdps(700):
        found = read(derivatives(term.child, names)[term.argument], numbers)
        return math.nan if infinite_off_the_axis(found) else float(mpmath.re(found))


@points
def test_a_formula_is_the_number_on_record(case: Case, point: tuple[float, ...]) -> None:
    """At (0, 0) the norm's read x/z, that is 0/0, beside the slope 0; so did the angle's, and 0ʸ's by y."""
    for out in graphs(case, point):
        for term in terms(out):
            assert value(term) == pytest.approx(term.local, rel=1e-13, abs=1e-300, nan_ok=True), term.formula


@pytest.mark.parametrize("case", [case for case in CASES if len(case.shapes) == 2], ids=str)
def test_where_two_variables_meet_0_and_each_other_too(case: Case) -> None:
    for point in itertools.product([0.0, 1.0, -2.0, inf], repeat=2):
        for term in [term for out in graphs(case, point) for term in terms(out)]:
            assert math.isnan(value(term)) or value(term) == pytest.approx(term.local), (point, term.formula)


def test_a_judge_that_reads_a_wrong_formula_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    (wrong,) = terms(Value(0.5, "x").sin())
    wrong = wrong._replace(local=wrong.local + 1e-11)
    assert value(wrong) != pytest.approx(wrong.local, rel=1e-13)


# ---------------------------------------------------------------- every way of writing

WAYS: Mapping[str, Callable[[Value], str]] = {
    "text": lambda out: str(out.chain_rule()),
    "LaTeX": lambda out: out.chain_rule().latex(),
    "CSV": lambda out: out.chain_rule().to_csv(),
    "HTML": lambda out: out.chain_rule()._repr_html_(),
    "drawing": lambda out: viz.draw(out, formulas=True, messages=True).source,
    "player": lambda out: step_list(playback(out, out.chain_rule(), title="", precision=4)),
    "conventions": lambda out: "\n".join(map(str, out.conventions())),
}
# The π of a rule's own words, {\pi}, is no number that was left as a symbol.
OF_SYMPYS = re.compile(r"\bz?oo\b|(?<![</])\bI\b|(?<!\{\\)\bpi\b|\d{20}|AccumBounds|\\tilde")


@points
def test_every_ledger_can_be_written_and_drawn(case: Case, point: tuple[float, ...]) -> None:
    """print((0.0 ** y).chain_rule()) was a TypeError of sympy's, and so were its LaTeX, its drawing and its player."""
    for out in graphs(case, point):
        for way, write in WAYS.items():
            assert not OF_SYMPYS.search(write(out)), way


LARGE, TINY = 1e300, 1e-300
WRITTEN: Mapping[str, tuple[Callable[[Value], Value], float, str, str]] = {
    "0ʸ": (lambda x: 0.0**x, 2.0, "0", "0"),
    "0⁻¹": (lambda x: 0.0**x, -1.0, "v1·log(0)", r"v_{1} \cdot \log\left(0\right)"),
    "a power of −2": (lambda x: (-2.0) ** x, 3.0, "v1·log(−2)", r"v_{1} \cdot \log\left(-2\right)"),
    "over 0": (lambda x: x / 0.0, 1.0, "1/0", r"\frac{1}{0}"),
    "times ∞": (lambda x: x * inf, 1.0, "∞", r"\infty"),
    "times −∞": (lambda x: x * -inf, 1.0, "−∞", r"\left(-\infty\right)"),
    "times NaN": (lambda x: x * math.nan, 1.0, "NaN", r"\mathrm{NaN}"),
    "times 10³⁰⁰": (lambda x: x * LARGE, 1.0, "1e+300", r"1 \cdot 10^{300}"),
    "over 10³⁰⁰": (lambda x: x / LARGE, 1.0, "1/1e+300", r"\frac{1}{1 \cdot 10^{300}}"),
    "a long whole number": (lambda x: x * 123456789012345, 1.0, "123456789012345", "123456789012345"),
    "the norm of large and small": (lambda x: scalar.atan2(x, LARGE), 1.0, "1e+300/hypot(1e+300, x)²", ""),
    "a slope of 10³⁰⁰": (
        lambda x: scalar.leaky_relu(x, LARGE),
        2.0,
        "(1 if x > 0, else 1e+300)",
        r"\mathrm{else\ }1 \cdot 10^{300}",
    ),
    "a half": (lambda x: x / 2, 1.0, "1/2", r"\frac{1}{2}"),
    "a tiny number": (lambda x: x + x * TINY, 1.0, "1e−300", r"1 \cdot 10^{-300}"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_numbers_are_written_as_in_a_book_not_as_in_sympy(name: str) -> None:
    f, x, text, latex = WRITTEN[name]
    out = f(Value(x, "x"))
    assert terms(out)[-1].formula == text
    assert latex in out.chain_rule().latex()


# ---------------------------------------------------------------- names

BRACKETS: Mapping[str, tuple[str, str]] = {
    "w*": ("(w*)", r"\left(\mathrm{w*}\right)"),
    "a + b": ("(a + b)", r"\left(\mathrm{a\ +\ b}\right)"),
    "a-b": ("(a-b)", r"\left(\mathrm{a-b}\right)"),
    "x²": ("(x²)", ""),
    "2x": ("(2x)", ""),
    "x**2": ("(x**2)", ""),
    "w": ("w", "w"),
    "L_reg": ("L_reg", r"L_{\mathrm{reg}}"),
    "σ(z)": ("σ(z)", ""),
    "w[0][1]": ("w[0][1]", ""),
    "x̂'": ("x̂'", ""),
}


@pytest.mark.parametrize("label", BRACKETS)
def test_a_label_that_is_no_word_stands_in_brackets(label: str) -> None:
    """`a + b` and `w*` stood in products as they are, and `*` turned into `·`."""
    text, latex = BRACKETS[label]
    w, x = Value(3.0, label), Value(2.0, "x")
    ledger = (w**2 * x).chain_rule()
    assert f"= v̄1·2·{text} " in str(ledger)
    assert rf"2 \cdot {latex}" in ledger.latex()
    assert terms(Value(1.0, label).sin())[0].formula == f"cos({text.strip('()') if text != 'σ(z)' else text})"
    out = w * x
    out.label = label
    assert f"x̄ = {scalar.names.bar(out.chain_rule().names[out])}·" in re.sub(" +", " ", str(out.chain_rule()))


@pytest.mark.parametrize("labels", [["w1", "w_1", "w₁"], ["w_1", "w1"], ["w₁", "w_₁", "w1"], ["a b", "ab"], ["^", "~"]])
def test_names_that_differ_stay_different_in_latex(labels: list[str]) -> None:
    """w1, w_1 and w₁ all became w_{1}."""
    out = scalar.sum([Value(1.0, label) for label in labels])
    assert len({name.latex for name in out.chain_rule().names.values()}) == len(labels) + 1
    latex = (scalar.dot([Value(1.0, label) for label in labels], [2.0] * len(labels)) * 2).chain_rule().latex()
    assert len(set(re.findall(r"^\\overline\{(.*?)\} &=", latex, re.MULTILINE))) == len(labels) + 2
