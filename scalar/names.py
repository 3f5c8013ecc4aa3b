"""What to call the variables of a graph: the user's labels, and v1, v2, … where there are none."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from scalar.topology import reverse_topological

if TYPE_CHECKING:
    from scalar.node import N

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_WORD = r"(?![\d.])([^\W⁰¹²³⁴-⁹]|[.'′″\u0300-\u036f])+(\[[^][]*\]|\([^()]*\))*|∂[^ ]+|∞|[\d.]+(e[+−]\d+)?"


def name_all(root: N) -> dict[N, str]:
    """A distinct name for root and each variable below it, in order of creation.

    A label that several variables share gets subscripts (w₁, w₂, …); unlabelled variables are v1, v2, …;
    a constant's name is its number.
    """
    nodes = list(reverse_topological(root))[::-1]
    shared = {label for label, uses in Counter(node.label for node in nodes).items() if uses > 1}
    taken = {node.label for node in nodes}
    met: Counter[str] = Counter()
    names: dict[N, str] = {}
    for node in nodes:
        if node.role == "constant":
            names[node] = f"{node.data:g}".replace("-", "−").replace("inf", "∞").replace("nan", "NaN")
        elif node.label and node.label not in shared:
            names[node] = node.label
        else:
            names[node] = _next_name(node.label, met, taken)
    return names


def _next_name(label: str, met: Counter[str], taken: set[str]) -> str:
    """The first of w₁, w₂, … (v1, v2, … without a label) that is no label of the graph."""
    while True:
        met[label] += 1
        count = str(met[label])
        name = label + count.translate(_SUBSCRIPTS) if label else "v" + count
        if name not in taken:
            return name


def label_all(variables: Mapping[str, object]) -> None:
    """Label each unlabelled Value of a namespace with its name: `label_all(locals())`.

    Names that start with an underscore are left out; the first of several names of one Value wins.

    >>> from scalar import Value
    >>> x = Value(2.0)
    >>> y = x * x
    >>> label_all(locals())
    >>> y
    Value(data=4.0, grad=not computed, label='y')
    """
    for name, variable in variables.items():
        if getattr(variable, "label", None) == "" and hasattr(variable, "parents") and not name.startswith("_"):
            variable.label = name  # type: ignore[attr-defined]  # hasattr tells what the type does not


def is_word(name: str) -> bool:
    """Whether the name, or number, can stand in a formula as it is: others, such as "a + b" and "w*", need brackets.

    >>> [is_word(name) for name in ("w₁", "L_reg", "x[0]", "ŷ'", "12", "a + b", "w*", "x²", "2x")]
    [True, True, True, True, True, False, False, False, False]
    """
    return re.fullmatch(_WORD, name) is not None


def bracketed(name: str, written: str = "") -> str:
    """The name, or what is `written` for it, in brackets where it needs them."""
    return written or name if is_word(name) else f"({written or name})"


def bar(name: str) -> str:
    """The name of a variable's gradient: w̄ for w, the bar over the first letter.

    >>> bar("L_reg"), bar("a + b")
    ('L̄_reg', '(ā + b)')
    """
    return bracketed(name, unicodedata.normalize("NFC", name[:1] + "\N{COMBINING MACRON}" + name[1:]))


def latex_name(name: str) -> str:
    r"""The name in LaTeX: one letter in italics, words upright; what follows an underscore, or digits, as a subscript.

    >>> print(latex_name("L_reg"), latex_name("w₁"), latex_name("v12"), latex_name("λ"), latex_name("loss"))
    L_{\mathrm{reg}} w_{1} v_{12} {\lambda} \mathrm{loss}
    """
    if re.fullmatch(r"[-−]?(\d[-\d.e+]*|∞)", name):  # a constant's name is its number
        mantissa, e, exponent = name.replace("−", "-").replace("∞", "\\infty").partition("e")
        return f"{mantissa} \\cdot 10^{{{int(exponent)}}}" if e else mantissa
    stem, _, subscript = name.translate(_DIGITS).partition("_")
    if not subscript and (digits := re.search(r"(?<=\D)\d+$", stem)):
        stem, subscript = stem[: digits.start()], digits[0]
    return _latex_word(stem) + (f"_{{{_latex_word(subscript)}}}" if subscript else "")


def latex_names(names: Iterable[str]) -> dict[str, str]:
    r"""Each name in LaTeX: as `latex_name` has it, but letter by letter where several would become one.

    >>> latex_names(["w1", "w_1", "λ₁"])
    {'w1': '\\mathrm{w1}', 'w_1': '\\mathrm{w\\_1}', 'λ₁': '{\\lambda}_{1}'}
    """
    written = {name: latex_name(name) for name in names}
    uses = Counter(written.values())
    return {
        name: f"\\mathrm{{{''.join(map(_latex_letter, name))}}}" if uses[latex] > 1 else latex
        for name, latex in written.items()
    }


def _latex_word(word: str) -> str:
    letters = "".join(map(_latex_letter, word))
    return letters if len(word) == 1 or word.isdecimal() else f"\\mathrm{{{letters}}}"


def _latex_letter(letter: str) -> str:
    kind = unicodedata.name(letter, "").split()
    if kind[:1] == ["GREEK"] and len(kind) == 4:
        spelt = kind[3].lower().replace("lamda", "lambda")
        return f"{{\\{spelt if kind[1] == 'SMALL' else spelt.capitalize()}}}"
    if kind[:1] == ["SUBSCRIPT"] and letter.isdigit():
        return f"{{}}_{{{letter.translate(_DIGITS)}}}"
    named = {"\\": "\\backslash{}", "^": "{\\wedge}", "~": "{\\sim}"}.get(letter)
    return named or (f"\\{letter}" if letter in "#$%&_{} " else letter if letter.isprintable() else "{}")
