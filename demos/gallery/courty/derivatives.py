"""Derivatives by the chain rule, in symbols: C5."""

from __future__ import annotations

import math
from typing import Any

import scalar
from demos.gallery import pytorch
from demos.gallery.courty.course import course
from demos.gallery.example import Comparison, Result
from demos.gallery.symbolic import plain
from scalar import Value


@course.example("C5", "Derivatives in symbols", engines="scalar", needs=["sympy"])
def derivatives_in_symbols() -> Result:
    """The record of 3x⁴, exp(x²/3), x·eˣ, x²/y, a softmax and 4eˣ + 3(1 + x)³ prints their derivatives in symbols.

    Each step of the record sums, over the uses of a variable, what is known of the result times the local derivative.
    Collected from the output down, and with every intermediate variable replaced by its own formula, these sums are the
    derivatives of the blackboard: 12x³, ⅔x·exp(x²/3), eˣ + x·eˣ, (2x/y, −x²/y²), (s(1 − s), …), 4eˣ + 9(1 + x)².

    Source: N. Courty, Introduction to Deep Learning, lecture 2, derivatives and the chain rule.
    """
    import sympy

    def softmax(m: Any, x: Any, y: Any, z: Any) -> Any:
        e = [m.exp(number) for number in (x, y, z)]
        return e[0] / (e[0] + e[1] + e[2])

    def through_g(m: Any, x: Any) -> Any:
        g1, g2 = m.exp(x), 1 + x
        scalar.label_all({"g₁": g1, "g₂": g2})
        return 4 * g1 + 3 * g2**3

    # f, its variables and the derivatives that the lecture lists, for any mathematics m: scalar, math, sympy or torch
    table: list[tuple[str, str, Any, Any]] = [
        ("4eˣ + 3(1 + x)³", "x", through_g, lambda m, x: [4 * m.exp(x) + 9 * (1 + x) ** 2]),
        ("3x⁴", "x", lambda m, x: 3 * x**4, lambda m, x: [12 * x**3]),
        ("exp(x²/3)", "x", lambda m, x: m.exp(x**2 / 3), lambda m, x: [2 * x / 3 * m.exp(x**2 / 3)]),
        ("x·eˣ", "x", lambda m, x: x * m.exp(x), lambda m, x: [m.exp(x) + x * m.exp(x)]),
        ("x²/y", "xy", lambda m, x, y: x**2 / y, lambda m, x, y: [2 * x / y, -(x**2) / y**2]),
        (
            "eˣ/(eˣ + eʸ + eᶻ)",
            "xyz",
            softmax,
            lambda m, x, y, z: [
                softmax(m, x, y, z) * (1 - softmax(m, x, y, z)),
                -softmax(m, x, y, z) * softmax(m, y, x, z),
                -softmax(m, x, y, z) * softmax(m, z, x, y),
            ],
        ),
    ]
    point = {"x": 0.7, "y": -1.3, "z": 0.4}
    numbers: dict[str, str] = {}
    comparisons, graphs, notes = [], {}, {}
    for title, variables, f, listed in table:
        leaves = [Value(point[name], name) for name in variables]
        result = f(scalar, *leaves)
        result.backward()
        record = result.chain_rule()

        formulas: dict[Value, Any] = {}  # of each variable, by x, y and z
        for step in reversed(list(record)):
            node = step.variable
            operands = [formulas.get(operand, sympy.nsimplify(operand.data)) for operand in node.parents]
            formulas[node] = node.rule(*operands) if node.rule else sympy.Symbol(node.label, real=True)
        replaced = {sympy.Symbol(record.names[node], real=True): formula for node, formula in formulas.items()}

        derivatives: dict[Value, Any] = {}  # of the result, by each variable
        for step in record:
            terms = [derivatives[term.child] * term.expression.xreplace(replaced) for term in step.terms]
            derivatives[step.variable] = sum(terms) if terms else sympy.Integer(1)

        asked = [sympy.Symbol(name, real=True) for name in variables]
        for leaf, expected in zip(leaves, listed(sympy, *asked), strict=True):
            name = f"∂({title})/∂{leaf.label}"
            numbers[name] = plain(derivatives[leaf])
            difference = sympy.simplify(derivatives[leaf] - expected)
            comparisons.append(Comparison(name=f"{name}: record − listed", engine=str(difference), closed_form="0"))
        comparisons.append(
            Comparison(
                name=f"∂({title}) at {', '.join(f'{leaf.label} = {leaf.data:g}' for leaf in leaves)}",
                engine=[leaf.grad for leaf in leaves],
                closed_form=listed(math, *(leaf.data for leaf in leaves)),
                torch=pytorch.gradient(f, *(leaf.data for leaf in leaves)),
            )
        )
        graphs[title] = result
        notes[f"The record of {title}"] = str(record)
    return Result(numbers=numbers, comparisons=comparisons, graphs=graphs, notes=notes)
