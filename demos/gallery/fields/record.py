"""The chain-rule record as it stands on the blackboard: one line for each variable that has a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demos.gallery.symbolic import plain
from scalar import Step, Value
from scalar.names import bar
from scalar.node import Node
from scalar.op import Stacked

ARITHMETIC = {"+", "−", "×", "neg"}  # Python's operators, which sympy's symbols know; a rule asks sympy for the rest


def record(output: Value) -> str:
    """The ledger of `output`, with the intermediate results that were given no name multiplied out.

    >>> w, x = Value(3.0, "w"), Value(2.0, "x")
    >>> z = w * x
    >>> L = (z - 1) ** 2 / 2
    >>> z.label, L.label = "z", "L"
    >>> print(record(L))
    L̄ = 1
    z̄ = L̄·(z − 1)
    x̄ = z̄·w
    w̄ = z̄·x
    """
    import sympy

    ledger = output.chain_rule()
    meanings: dict[Any, Any] = {}
    for node in sorted(ledger.names, key=lambda node: node.number):  # operands come before results
        if node.rule and not node.label:
            operands = [_symbol(parent, ledger.names).xreplace(meanings) for parent in node.parents]
            rule: Any = node.rule
            apply = rule.forward if node.op in ARITHMETIC else rule
            given = [operands] if isinstance(apply, Stacked) else operands  # which take a row
            meanings[_symbol(node, ledger.names)] = apply(*given)
    bars: dict[Any, dict[Any, Any]] = {}  # of a variable without a name: the named bars it is made of, with factors
    lines = []
    for step in ledger:
        name = bar(ledger.names[step.variable])
        parts = _parts(step, bars, meanings)
        if step.variable.label or not step.terms:
            bars[step.variable] = {name: sympy.Integer(1)}
            lines.append(f"{name} = {' + '.join(map(_product, parts.items())) or '1'}")
        else:
            bars[step.variable] = parts
    return "\n".join(lines)


def _parts(step: Step, bars: dict[Any, dict[Any, Any]], meanings: dict[Any, Any]) -> dict[Any, Any]:
    """The step's total as a sum of named bars: bar → its factor."""
    parts: dict[Any, Any] = {}
    for term in sorted(step.terms, key=lambda term: term.child.number):  # as they were written
        local = term.expression.xreplace(meanings)
        for name, factor in bars[term.child].items():
            parts[name] = parts.get(name, 0) + factor * local
    return parts


def _product(part: tuple[str, Any]) -> str:
    name, factor = part
    if factor == 1:
        return name
    positive_first = sorted(factor.as_ordered_terms(), key=lambda term: term.could_extract_minus_sign())
    text = "".join(
        f" − {plain(-term)}" if term.could_extract_minus_sign() else f" + {plain(term)}" for term in positive_first
    )
    text = text.removeprefix(" + ") if text.startswith(" + ") else f"−{text.removeprefix(' − ')}"
    return f"{name}·({text})" if factor.is_Add or text.startswith("−") else f"{name}·{text}"


def _symbol(node: Node, names: Mapping[Any, str]) -> Any:
    import sympy

    if node.role == "constant":
        return sympy.nsimplify(node.data)
    return sympy.Symbol(names[node], real=True)
