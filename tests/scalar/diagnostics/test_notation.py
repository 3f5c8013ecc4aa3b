"""The ledger on paper: text in columns, LaTeX, CSV, HTML; with sympy and without."""

import csv
import functools
import html.parser
import io
import itertools
import math
import operator
import re
import subprocess
import sys
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from matplotlib.mathtext import MathTextParser

import scalar
from scalar import ChainRule, Value
from scalar.diagnostics.notation import LATEX_WIDTH, SHOWN, _seen

ROOT = Path(__file__).parents[3]


def named(**values: float) -> Iterator[Value]:
    return (Value(number, name) for name, number in values.items())


def l_reg() -> Value:
    """½(σ(wx + b) − t)² + λ·½w², with the names of R. Grosse's lecture."""
    w, x, b, t, λ = named(w=2.0, x=1.0, b=-2.0, t=1.0, λ=0.5)
    z = w * x + b
    y = z.sigmoid()
    L = (y - t) ** 2 / 2
    R = w**2 / 2
    L_reg = L + λ * R
    scalar.label_all(locals())
    return L_reg


def awkward() -> Value:
    """Labels that mean something to LaTeX, CSV or HTML, shared labels, sizes far from 1, negative zero, infinity."""
    a, b, c = Value(-2.5e-7, "a&b_c"), Value(3.0, '<script>alert("x")</script>'), Value(-1e9, "50% #1 ^~\\{$}")
    w = [Value(0.0, "w, 1"), Value(1.0, "w, 1")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        pole = w[0].log()
        trouble = pole * 0.0
    return a * b + c * w[1] - scalar.maximum(a, b) ** 2 + trouble + (w[0] * -1).relu() + scalar.atan2(a, c)


FUNCTIONS = [
    *("exp", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "sin", "cos", "tan", "asin", "acos", "atan"),
    *("sinh", "cosh", "tanh", "erf", "sigmoid", "logsigmoid", "softplus", "relu", "leaky_relu", "elu", "step", "sign"),
    *("__abs__", "__neg__"),
]
BINARY: list[Callable[[Value, Value], Value]] = [
    *(operator.sub, operator.truediv, operator.pow),
    *(scalar.maximum, scalar.minimum, scalar.hypot, scalar.atan2),
]

GRAPHS: dict[str, Callable[[], Value]] = {
    "L_reg": l_reg,
    "awkward": awkward,
    "every function": lambda: scalar.sum(
        [getattr(Value(0.5, f"x_{name}"), name)() for name in FUNCTIONS]
        + [f(Value(0.5, "x"), Value(0.75, "y")) for f in BINARY]
    ),
    "leaf": lambda: Value(2.0, "x"),
    "unnamed": lambda: scalar.exp(Value(2.0) * Value(3.0)),
    "one letter many times": lambda: scalar.dot([Value(1.0, "w")] * 12, [Value(2.0, "w") for _ in range(12)]),
}


@pytest.fixture(params=["with sympy", "without sympy"])
def _sympy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without sympy":
        monkeypatch.setitem(sys.modules, "sympy", None)  # makes `import sympy` an ImportError


both = pytest.mark.usefixtures("_sympy")
graphs = pytest.mark.parametrize("graph", GRAPHS)


def equations(output: Value) -> list[str]:
    """The lines of the ledger's text but for the reasons, which are indented, and the rules at the end."""
    steps, _, _ = str(output.chain_rule()).partition("\n\n")
    return [line for line in steps.splitlines() if not line.startswith("    ")]


def columns(line: str) -> list[int]:
    """Where the "=" stand, in cells of a terminal."""
    cells = "".join(c for c in line if not unicodedata.combining(c))
    return [match.start() for match in re.finditer(r"(?<= )=(?= )", cells)]


# ---------------------------------------------------------------- text


def test_the_text_of_the_textbook_example() -> None:
    assert equations(l_reg()) == [
        "L̄_reg                                       = 1        seed",
        "v̄5    = L̄_reg         = 1·1                 = 1        univariate",
        "R̄     = v̄5·λ          = 1·0.5               = 0.5      univariate",
        "v̄4    = R̄·1/2         = 0.5·0.5             = 0.25     univariate",
        "L̄     = L̄_reg         = 1·1                 = 1        univariate",
        "v̄3    = L̄·1/2         = 1·0.5               = 0.5      univariate",
        "v̄2    = v̄3·2·v2       = 0.5·(−1)            = −0.5     univariate",
        "ȳ     = v̄2            = (−0.5)·1            = −0.5     univariate",
        "z̄     = ȳ·y·(1 − y)   = (−0.5)·0.25         = −0.125   univariate",
        "v̄1    = z̄             = (−0.125)·1          = −0.125   univariate",
        "λ̄     = v̄5·R          = 1·2                 = 2        univariate",
        "t̄     = v̄2·(−1)       = (−0.5)·(−1)         = 0.5      univariate",
        "b̄     = z̄             = (−0.125)·1          = −0.125   univariate",
        "x̄     = v̄1·w          = (−0.125)·2          = −0.25    univariate",
        "w̄     = v̄4·2·w + v̄1·x = 0.25·4 + (−0.125)·1 = 0.875    multivariate",
    ]


@both
@graphs
def test_the_columns_of_the_text_are_aligned(graph: str) -> None:
    seed, *lines = equations(GRAPHS[graph]())
    assert len({tuple(columns(line)) for line in lines}) <= 1
    assert not lines or columns(seed) == columns(lines[0])[-1:]


def test_a_negative_zero_reads_0() -> None:
    x, y = named(x=0.0, y=2.0)
    out = scalar.cos(x) * y
    assert "v̄1·(−sin(x)) = 2·0 = 0 " in str(out.chain_rule())
    assert r"2 \cdot 0 = 0" in out.chain_rule().latex()


# ---------------------------------------------------------------- LaTeX


@both
@graphs
def test_latex_is_one_align_environment_with_one_aligned_equation_a_step(graph: str) -> None:
    rule = GRAPHS[graph]().chain_rule()
    first, *lines, last = rule.latex().splitlines()
    assert (first, last) == (r"\begin{align*}", r"\end{align*}")
    assert sum(line.startswith(r"\overline") for line in lines) == len(list(rule))
    shown = rule.reasons().shown
    uses = {(step.variable, term.child, term.formula) for step in rule for term in shown(step)}
    assert sum(line.startswith(r"&\quad \frac{\partial") for line in lines) == len(uses)
    widest = max(_seen(line.removesuffix(r" \\")) for line in lines)
    assert widest <= (1.7 if graph == "awkward" else 1.2) * LATEX_WIDTH  # a label of 30 letters cannot be broken
    assert [line.endswith(r" \\") for line in lines] == [True] * (len(lines) - 1) + [False]
    for line in lines:
        bare = re.sub(r"\\[&#$%{}_]", "", line.removesuffix(r" \\"))
        assert bare.count("&") == 1
        assert bare.isprintable()
        assert not re.search(r"[#$%~]|\^(?!\{)", bare), "a character that LaTeX would act upon"
        depth = list(itertools.accumulate((c == "{") - (c == "}") for c in bare))
        assert min(depth) == depth[-1] == 0


@pytest.mark.parametrize(
    "graph",
    [pytest.param("every function", marks=pytest.mark.slow), "L_reg", "leaf", "unnamed", "one letter many times"],
)
def test_matplotlibs_tex_parser_reads_every_line(graph: str) -> None:
    parser = MathTextParser("path")
    for line in dict.fromkeys(GRAPHS[graph]().chain_rule().latex().splitlines()[1:-1]):
        seen = line.removesuffix(" " + 2 * chr(92)).replace(r"\&", "and").replace("&", "")
        parser.parse(f"${seen}$")


def test_latex_writes_the_names_and_numbers_of_a_textbook() -> None:
    lines = l_reg().chain_rule().latex().splitlines()
    assert r"\overline{R} &= \overline{v_{5}} \cdot {\lambda} = 1 \cdot 0.5 = 0.5 \\" in lines
    z = r"\overline{z} &= \overline{y} \cdot y \cdot \left(1 - y\right) = \left(-0.5\right) \cdot 0.25 = -0.125 \\"
    assert z in lines
    x = Value(-2.5e-7, "x")
    assert r"= 1 \cdot \left(-5 \cdot 10^{-7}\right) = -5 \cdot 10^{-7}" in (x**2).chain_rule().latex()


def test_each_rule_is_told_once_behind_the_steps() -> None:
    for written in (str(l_reg().chain_rule()), html.unescape(l_reg().chain_rule()._repr_html_())):
        steps, _, rules = written.partition("Rules, each with operands x, y and a result out of its own:")
        assert (
            "out = x·y, so ∂out/∂x = y and ∂out/∂y = x. Swaps: each factor gets the gradient times the other." in rules
        )
        assert [rules.count(sign) for sign in ("out = x·y", "out = x^y", "out = sigmoid(x)")] == [1, 1, 1]
        assert "out = " not in steps
    latex = l_reg().chain_rule().latex()
    assert latex.count(r"&\mathrm{out} = x \cdot y,\quad \frac{\partial \mathrm{out}}{\partial x} = y,") == 1


def test_the_columns_of_html_stand_apart() -> None:
    assert "padding:2px 1em" in l_reg().chain_rule()._repr_html_()


# ---------------------------------------------------------------- CSV


@both
@graphs
def test_csv_reads_back_and_adds_up(graph: str) -> None:
    rule = GRAPHS[graph]().chain_rule()
    rows = list(csv.DictReader(io.StringIO(rule.to_csv())))
    steps = list(rule)
    assert [row["variable"] for row in rows] == [
        rule.names[step.variable] for step in steps for _ in range(max(1, len(step.terms)))
    ]
    for step in steps:
        mine = [row for row in rows if row["variable"] == rule.names[step.variable]]
        if not step.terms:
            assert [(row["kind"], row["total"], row["product"]) for row in mine] == [("seed", "1.0", "")]
            continue
        assert {float(row["total"]) for row in mine} == {step.total} or math.isnan(step.total)
        for row, term in zip(mine, step.terms, strict=True):
            assert (row["kind"], row["child"]) == (step.kind, rule.names[term.child])
            assert int(row["argument"]) == term.argument
            numbers = [float(row[column]) for column in ("upstream", "local", "product")]
            assert numbers == [term.upstream, term.local, term.product] or math.isnan(term.product)
        total = functools.reduce(operator.add, (float(row["upstream"]) * float(row["local"]) for row in mine))
        assert total == step.total or math.isnan(step.total)


# ---------------------------------------------------------------- HTML and Jupyter


class Cells(html.parser.HTMLParser):
    """The texts of a table's cells, and every tag met."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.rows: list[list[str]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        self.rows[-1][-1] += data


@both
@graphs
def test_html_is_a_table_of_the_text_with_labels_escaped(graph: str) -> None:
    rule = GRAPHS[graph]().chain_rule()
    table = Cells(rule._repr_html_())
    several = {"br"} if len(list(rule)) > 1 else set()
    assert table.tags == {"table", "thead", "tbody", "tfoot", "tr", "th", "td"} | several
    head, *rows = table.rows
    rules = rows.pop() if len(list(rule)) > 1 else [""]
    assert head == ["gradient", "chain rule", "in numbers", "total", "kind", "why"]
    lines = [re.sub(" +", " ", line) for line in equations(GRAPHS[graph]())]
    joined = [" = ".join(filter(None, row[:4])) + " " + row[4] for row in rows]
    assert [re.sub(" +", " ", line) for line in joined] == lines
    steps, _, legend = str(rule).partition("\n\n")
    reasons = [line.strip() for line in steps.splitlines() if line.startswith("    ")]
    assert "".join(row[5] for row in rows) == "".join(reasons)
    assert "".join(rules) == "".join(map(str.strip, legend.splitlines()))


def fan_out(n: int) -> Value:
    x = Value(2.0, "x")
    return scalar.sum([x * (k % 3) for k in range(n)])


def test_a_long_sum_is_written_with_its_first_parts_and_what_the_others_add_up_to() -> None:
    """`print(loss.chain_rule())` of a fan-out of a thousand was 92 MB."""
    ledger = fan_out(1000).chain_rule()
    last = next(line for line in ledger.text().splitlines() if line.startswith("x̄"))
    symbols, numbers, total = (side.split(" + ") for side in re.split(" +=", last.partition("   multi")[0])[1:])
    assert (len(symbols), symbols[-1].strip(), total) == (7, "(994 more)", [" 999"])
    assert sum(math.prod(map(float, part.split("·"))) for part in numbers) == 999
    whole = next(line for line in ledger.text(uses=None).splitlines() if line.startswith("x̄"))
    assert whole.count("v̄") == 1000
    assert "more" not in whole


@pytest.mark.parametrize(("uses", "shown"), [(0, 1), (1, 1), (2, 1), (3, 1), (4, 2), (7, 5)])
def test_however_few_parts_are_asked_for_the_first_is_one_of_them(uses: int, shown: int) -> None:
    """One part at most left out the last alone, and two left out all."""
    last = next(line for line in fan_out(8).chain_rule().text(uses=uses).splitlines() if line.startswith("x̄"))
    assert last.count("v̄") == shown
    assert f"({8 - shown} more)" in last


def test_a_sum_of_many_operands_is_written_so_too() -> None:
    w = [Value(k, f"w{k}") for k in range(100)]
    y = scalar.dot(w, [Value(2.0, "x")] * 100)
    [first] = {term.reason.result for step in y.chain_rule() for term in step.terms}
    parts = "w0·x + w1·x + w2·x + w3·x + w4·x + w5·x"
    assert first == f"v1 = {parts} + (94 more) = 0·2 + 1·2 + 2·2 + 3·2 + 4·2 + 5·2 + 9870 = 9900"


@pytest.mark.parametrize("write", [ChainRule.text, ChainRule.latex, ChainRule.to_csv])
def test_the_ledger_grows_with_its_terms(write: Callable[[ChainRule], str]) -> None:
    small, large = (len(write(fan_out(n).chain_rule())) for n in (500, 1000))
    assert large < 2.2 * small


def test_a_terminal_shows_the_first_steps() -> None:
    ledger = fan_out(SHOWN).chain_rule()
    assert str(ledger).count("univariate") == SHOWN - 1
    assert f"\n… and {len(list(ledger)) - SHOWN} more steps, which text() writes\n" in str(ledger)
    assert "more steps" not in ledger.text()


def test_a_long_ledger_shows_its_first_steps_and_counts_the_rest() -> None:
    y = Value(1.0)
    for _ in range(SHOWN + 50):
        y = -y
    _, *rows, last, _ = Cells(y.chain_rule()._repr_html_()).rows
    assert len(rows) == SHOWN
    assert last == ["… and 51 more steps, which text() writes"]


def test_jupyter_gets_html_and_latex() -> None:
    rule = l_reg().chain_rule()
    assert rule._repr_html_().startswith("<table>")
    assert rule._repr_latex_() == rule.latex()


# ---------------------------------------------------------------- with and without sympy


def test_without_sympy_there_are_formulas_but_no_algebra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sympy", None)
    rule = l_reg().chain_rule()
    assert "w̄     = v̄4·2·w + v̄1·x = 0.25·4 + (−0.125)·1 = 0.875    multivariate" in str(rule)
    with pytest.raises(ImportError, match=r'expressions need sympy: pip install "twingrad\[formulas\]"'):
        next(term for step in rule for term in step.terms).expression  # noqa: B018  # the access is what fails


def test_sympy_is_not_imported_before_its_algebra_is_asked_for() -> None:
    code = """
import sys
from scalar import Value, grad
x = Value(2.0, "x")
y = x * x
y.backward()
list(y.chain_rule()), list(y.paths(x)), grad(lambda x: x * x)(3.0)
str(y.chain_rule()), y.chain_rule().latex(), y.chain_rule().to_csv(), y.chain_rule()._repr_html_()
assert "sympy" not in sys.modules, "too early"
[term.expression for step in y.chain_rule() for term in step.terms]
assert "sympy" in sys.modules
outside = {name.partition(".")[0] for name in sys.modules} & {"numpy", "torch", "matplotlib"}
assert not outside, outside
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_scalar_imports_the_standard_library_alone() -> None:
    code = """
import sys
before = set(sys.modules)
import scalar
new = {name.partition(".")[0] for name in sys.modules.keys() - before} - {"scalar"}
assert new <= sys.stdlib_module_names, new - sys.stdlib_module_names
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
