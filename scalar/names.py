"""What to call the variables of a graph: labels, the paths of parameters, and v1, v2, … where there are neither.

The functions of `vector.names`, line by line, which a test holds them to: neither engine imports the other.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Any

from scalar.node import N

_LOW, _HIGH = (str.maketrans("0123456789", digits) for digits in ("₀₁₂₃₄₅₆₇₈₉", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_WORD = re.compile(
    r"(?![\d.])([^\W⁰¹²³⁴-⁹]|[.'′″\u0300-\u036f]|(?<=[₀-₉]),(?=[₀-₉]))+(⁽[⁰¹²³⁴-⁹]+⁾|\[[^][]*\]|\([^()]*\))*"
    r"|∂[^ []+(\[[^][]*\])*|∞|[\d.]+(e[+−]\d+)?"
)
_NUMBER = re.compile(r"[-−]?(\d[-\d.e+−]*|∞)")
_PATH = re.compile(r"((?:(?:[^\W\d]\w*\.)?\d+\.)+)([^\W\d][^\W₀-₉]*?)(\d*)")
_BARRED = re.compile(r"[^\W\d_]{1,3}(?![^\W\d_])[^. ]*(\[[^][]*\])?")
_SUBSCRIPTED = re.compile(r"([^\W\d_][\u0300-\u036f'′]*)_([^\W_]+)|(.*[^\d_.])_?(\d+)", re.DOTALL)


class Name(str):
    """What a variable is called, in text; how it is written elsewhere is made of its `parts`.

    The parts are stem, subscript and superscript. A label has a subscript after one letter and an underscore, or of
    digits; a parameter's path has its positions there, which count from 0 in code, and from 1 in a subscript.

    >>> [Name(name).symbol for name in ("layers.0.neurons.2.w1", "layers.0.weight", "x_1", "w₁", "encoder.weight")]
    ['w₃₁⁽¹⁾', 'W⁽¹⁾', 'x_1', 'w₁', 'encoder.weight']
    >>> [Name(name).parts for name in ("x_1", "L_reg", "the_price_of_a_house")]
    [('x', '1', ''), ('L', 'reg', ''), ('the_price_of_a_house', '', '')]
    """

    parts: tuple[str, str, str]
    output: str

    def __new__(cls, text: str, parts: tuple[str, str, str] | None = None, output: str = "") -> "Name":
        """The name, with the parts that are given, or those that can be read in it, and what is differentiated."""
        name = super().__new__(cls, text)
        name.parts, name.output = parts or _parts(text), output
        return name

    @property
    def symbol(self) -> "Name":
        """As it stands in pictures and on pages: a path in short, any other name as it is."""
        stem, low, high = self.parts
        if stem == self or not _PATH.fullmatch(self):
            return self
        short = stem + low.translate(_LOW) + (f"⁽{high.translate(_HIGH)}⁾" if high else "")
        return Name(short, self.parts, self.output)

    @cached_property
    def latex(self) -> str:
        r"""As it stands in LaTeX: one letter in italics, words upright.

        >>> print(*[Name(name).latex for name in ("L_reg", "w₁", "λ", "loss", "−1e−07", "layers.0.neurons.2.w1")])
        L_{\mathrm{reg}} w_{1} {\lambda} \mathrm{loss} -1 \cdot 10^{-7} w_{31}^{(1)}
        """
        if _NUMBER.fullmatch(self):  # a constant's name is its number
            mantissa, e, exponent = self.replace("−", "-").replace("∞", "\\infty").partition("e")
            return f"{mantissa} \\cdot 10^{{{int(exponent)}}}" if e else mantissa
        stem, low, high = self.parts
        return _latex_word(stem) + (f"_{{{_latex_word(low)}}}" if low else "") + (f"^{{({high})}}" if high else "")


def _parts(name: str) -> tuple[str, str, str]:
    if path := _PATH.fullmatch(name):
        places = re.findall(r"([^\W\d]\w*\.)?(\d+)\.", path[1])
        low = [str(int(index) + 1) for word, index in places if word == "neurons."] + [path[3]] * (path[3] != "")
        high = [str(int(index) + 1) for word, index in places if word != "neurons."] or [""]
        if len(high) == 1:
            stem = {"weight": "W", "bias": "b"}.get(path[2], path[2])
            return stem, ("," if max(map(len, low), default=0) > 1 else "").join(low), high[0]
    match = None if _NUMBER.fullmatch(name) else _SUBSCRIPTED.fullmatch(name.translate(_DIGITS))
    return (match[1] or match[3], match[2] or match[4], "") if match else (name, "", "")


def name_all(*outputs: N) -> dict[N, Name]:
    """A distinct name for each variable behind the outputs, in order of creation.

    A label that several variables share gets subscripts (w₁, w₂, …); unlabelled variables are v1, v2, …;
    a constant's name is its number, unless it has a label. Names that have the same parts stand everywhere as they are.
    """
    nodes = _in_order(outputs)
    labels = Counter(node.label for node in nodes)
    met: Counter[str] = Counter()
    names: dict[N, str] = {}
    for node in nodes:
        if node.role == "constant" and getattr(node.data, "size", 1) == 1 and not node.label:
            names[node] = written(node.data)
        else:
            names[node] = node.label if labels[node.label] == 1 and node.label else _next(node.label, met, labels)
    alike, output = Counter(map(_parts, {*names.values()})), names[outputs[0]] if len(outputs) == 1 else ""
    return {node: Name(x, (x, "", "") if alike[_parts(x)] > 1 else None, output) for node, x in names.items()}


def _in_order(outputs: Iterable[N]) -> list[N]:
    """What is behind the outputs, in order of creation; a constant, often made a node later, where it is used."""
    places = {output: (output.number, 1, 0) for output in outputs}
    waiting = list(places)
    while waiting:
        node = waiting.pop()
        for position, parent in enumerate(node.parents):
            waiting += [parent] * (parent not in places)
            place = (node.number, 0, position) if parent.role == "constant" else (parent.number, 1, 0)
            places[parent] = min(place, places.get(parent, place))
    return sorted(places, key=places.__getitem__)


def _next(label: str, met: Counter[str], taken: Counter[str]) -> str:
    """The first of w₁, w₂, … (v1, v2, … without a label) that is no label of the graph."""
    while True:
        met[label] += 1
        name = label + str(met[label]).translate(_LOW) if label else f"v{met[label]}"
        if name not in taken:
            return name


def written(x: Any, digits: int = 4) -> str:
    """A number as people read it: whole ones in full, with a minus sign that is one, and no sign at 0.

    >>> written(-2.5e-07), written(-0.0), written(123456.0), written(-float("inf")), written(float("nan"))
    ('−2.5e−07', '0', '123456', '−∞', 'NaN')
    """
    number = x.item() if hasattr(x, "item") else x
    text = f"{number:.{max(15, digits) if number % 1 == 0 else digits}g}"
    return "0" if text == "-0" else text.replace("-", "−").replace("inf", "∞").replace("nan", "NaN")


@lru_cache(maxsize=4096)
def bracketed(name: str) -> str:
    """The name, or number, in brackets unless it can stand in a formula as it is.

    >>> [bracketed(name) for name in ("w₁", "L_reg", "x[0]", "ŷ'", "w₂₁⁽¹⁾", "12", "a + b", "w*", "x²", "2x")]
    ['w₁', 'L_reg', 'x[0]', "ŷ'", 'w₂₁⁽¹⁾', '12', '(a + b)', '(w*)', '(x²)', '(2x)']
    """
    return name if _WORD.fullmatch(name) else f"({name})"


def bar(name: str) -> str:
    """The name of a variable's gradient: w̄ for w, the bar over the first letter, and ∂L/∂ before a word or a path.

    >>> bar("L_reg"), bar("v12"), bar(Name("layers.0.w1", output="L")), bar(Name("a + b", output="L"))
    ('L̄_reg', 'v̄12', '∂L/∂layers.0.w1', '(∂L/∂(a + b))')
    """
    if (output := getattr(name, "output", "")) and not _BARRED.fullmatch(name):
        return bracketed(f"∂{bracketed(output)}/∂{bracketed(name)}")
    return bracketed(unicodedata.normalize("NFC", name[:1] + "\N{COMBINING MACRON}" + name[1:]))


def _latex_word(word: str) -> str:
    letters = "".join(map(_latex_letter, word))
    return letters if len(word) == 1 or re.fullmatch(r"[\d,]+", word) else f"\\mathrm{{{letters}}}"


def _latex_letter(letter: str) -> str:
    kind = unicodedata.name(letter, "").split()
    if kind[:1] == ["GREEK"] and len(kind) == 4:
        spelt = kind[3].lower().replace("lamda", "lambda")
        return f"{{\\{spelt if kind[1] == 'SMALL' else spelt.capitalize()}}}"
    if sign := "_" * ("SUBSCRIPT" in kind) or "^" * ("SUPERSCRIPT" in kind or "MODIFIER" in kind):
        return f"{{}}{sign}{{{unicodedata.normalize('NFKC', letter).replace('−', '-')}}}"
    named = {"\\": "\\backslash{}", "^": "{\\wedge}", "~": "{\\sim}"}.get(letter)
    return named or (f"\\{letter}" if letter in "#$%&_{} " else letter if letter.isprintable() else "{}")


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
