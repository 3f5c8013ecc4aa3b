"""The step of the chain rule behind a weight, a neuron or a point, for one example and the parameters as they are."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

import viz
from demos.explorer import ledger as explorer
from demos.explorer.answer import told as told_convention
from demos.explorer.ledger import MathML
from demos.playground.inside.training import network
from demos.playground.inside.training.network import Example
from demos.playground.inside.training.trainer import Trainer
from scalar import ChainRule, Step, Value, rules
from scalar.diagnostics import anomaly
from scalar.diagnostics.conventions import conventions
from scalar.diagnostics.notation import legend
from scalar.formulas import enough, value
from scalar.names import Name, bar, written
from scalar.sweep import gradients


def at(trainer: Trainer, index: int) -> Example:
    """The graph of one of the points, those to train on first; its numbers may be infinite."""
    with anomaly.ignored():
        return network.example(trainer.setup, trainer.model, trainer.points[index % len(trainer.points)])


def numbers(trainer: Trainer, index: int) -> dict[str, Any]:
    """What one example makes of every neuron: z, a and their gradients, and each parameter's gradient."""
    graph = at(trainer, index)
    found = gradients(graph.loss)

    def slopes(values: Sequence[Value]) -> list[float]:
        return [found.get(one, 0.0) for one in values]

    return {
        "index": index % len(trainer.points),
        "score": graph.score.data,
        "loss": graph.loss.data,
        "target": graph.target.data,
        "inputs": [one.data for one in graph.inputs],
        "input_slopes": slopes(graph.inputs),
        "z": [[one.data for one in layer.z] for layer in graph.layers],
        "a": [[one.data for one in layer.a] for layer in graph.layers],
        "z_slopes": [slopes(layer.z) for layer in graph.layers],
        "a_slopes": [slopes(layer.a) for layer in graph.layers],
        "slopes": slopes(trainer.parameters),
    }


def told(trainer: Trainer, index: int, kind: str, place: Sequence[int]) -> dict[str, Any]:
    """All about one thing.

    Args:
        trainer: whose parameters are read as they are.
        index: of the point.
        kind: "weight", whose place is its number among the parameters; "neuron", its layer and its number there, or
            −1 and the number of an input; "point", the point itself.
        place: see `kind`.

    Returns:
        `title`; `index` of the point, and `step`; `forward`, the equations by which it is computed, as rows of a table;
        `table`, `places`, `reasons`, `rules`, `conventions` and `note`, of the chain rule, as the page's ledger takes
        them; `update`, what the next step does to a weight, in a sentence.

    Raises:
        LookupError: there is no such thing.
    """
    graph = at(trainer, index)
    rule = graph.loss.chain_rule()
    title, forward, backward = _about(trainer, graph, rule, kind, place)
    steps = [step for step in rule if step.variable in set(backward)]
    met = [one for one in conventions(graph.loss) if one.node in set(forward)]
    return {
        "title": title,
        "index": index % len(trainer.points),
        "step": trainer.step,
        "forward": str(
            Markup("<table><tbody>{}</tbody></table>").format(Markup().join(_equation(one, rule) for one in forward))
        ),
        "table": str(explorer.table(rule, steps)),
        "places": [*explorer.numbers(steps)],
        "reasons": [_reasons(step) for step in steps],
        "rules": legend(term.reason for step in steps for term in step.terms),
        "conventions": [told_convention(one, rule) for one in met],
        "update": _update(trainer, rule, place[0]) if kind == "weight" else "",
        "note": "",
    }


def _about(
    trainer: Trainer, graph: Example, rule: ChainRule, kind: str, place: Sequence[int]
) -> tuple[str, Sequence[Any], Sequence[Any]]:
    """A title, the values whose equations are shown, and those whose gradients are."""
    if kind == "point":
        inner = [step.variable for step in rule if step.variable.number >= graph.score.number]
        return "The loss of this point", [graph.score, graph.loss], inner
    if kind == "neuron" and place[0] == -1:
        number = _found(graph.inputs, place[1])
        return f"The input {rule.names[number].symbol}", [number] * bool(number.parents), [number]
    if kind == "neuron":
        layer = _found(graph.layers, place[0])
        z, a = _found(layer.z, place[1]), layer.a[place[1]]
        both = [z] if a is z else [z, a]
        where = "The output" if place[0] == len(graph.layers) - 1 else f"Neuron {place[1] + 1} of layer {place[0] + 1}"
        return where, [layer.sums[place[1]], *both], [*both]
    if kind != "weight":
        raise LookupError(f"expected a weight, a neuron or a point, got {kind!r}")
    parameter = _found(trainer.parameters, place[0])
    use = next(step for step in rule if step.variable is parameter).terms[0].child
    where = "The bias" if rule.names[parameter].parts[0] == "b" else "The weight"
    return f"{where} {rule.names[parameter].symbol}", [use], [use, parameter]


MOST_REASONS = 2  # that are told in full; of more, what they come to


def _reasons(step: Step) -> list[str]:
    """Why each local derivative is what it is."""
    lines = [*dict.fromkeys(term.reason.lines[0] for term in step.terms)]
    return lines if len(lines) <= MOST_REASONS else [", ".join(line.rpartition(", so ")[2] for line in lines)]


def _found(values: Sequence[Any], place: int) -> Any:
    if not 0 <= place < len(values):
        raise LookupError(f"expected a number below {len(values)}, got {place}")
    return values[place]


def _update(trainer: Trainer, rule: ChainRule, place: int) -> str:
    """The next step of a weight in words and numbers."""
    parameter = trainer.parameters[place]
    losses, slopes = trainer.gradients()
    name, count, optimizer = rule.names[parameter].symbol, len(losses), trainer.setup.optimizer
    over = "this one example" if count == 1 else f"the {count} examples of the next step"
    after = trainer.preview()[place]
    return (
        f"Over {over} the mean of {bar(name)} is {written(slopes[place])}; {optimizer} with rate "
        f"{written(trainer.rate)} takes {name} from {written(parameter.data)} to {written(after)}."
    )


_ROW = Markup('<tr><th scope="row"><span class="spoken">{}</span>{}</th><td>{}</td><td>{}</td><td>{}</td></tr>')


def _equation(node: Value, rule: ChainRule) -> Markup:
    """z = u + b | = 0.3 + 0.1 | = 0.4 as a row of a table."""
    formula = _formula(node, rule.names)
    numbers: dict[str, float] = {rule.names[one]: one.data for one in _behind(node)}
    digits = enough(node.data, lambda read: value(formula, numbers, read))
    equals = Markup("<mo>=</mo>")
    name, inside = Markup(MathML.name(rule.names[node])), _parts(formula, MathML())
    shown = _parts(formula, MathML(numbers, digits))
    result = Markup("<mn>{}</mn>").format(written(node.data))
    return _ROW.format(
        rule.names[node].symbol, _math(name), _lines(equals, inside), _lines(equals, shown), _math(equals + result)
    )


def _formula(node: Any, names: Mapping[Any, Name], top: bool = True) -> Any:
    """The operations down to those that have names."""
    if node.role == "constant":
        return float(node.data)
    if node.rule is None or (node.label and not top):
        return names[node]
    return (node.rule, *(_formula(parent, names, top=False) for parent in node.parents))


def _behind(node: Value) -> list[Value]:
    """What the formula names."""
    found = []
    for parent in node.parents:
        if parent.role != "constant":
            found += [parent] if parent.label or not parent.parents else _behind(parent)
    return found


def _parts(formula: Any, style: MathML) -> list[Markup]:
    """The formula; of a weighted sum, its terms, so that lines may be broken between them."""
    if formula[0] is not rules.dot:
        return [Markup(style.write(formula).partition("\0")[0])]
    half = (len(formula) - 1) // 2
    pairs = zip(formula[1 : half + 1], formula[half + 1 :], strict=True)
    return [Markup(style.write((rules.multiply, *pair))) for pair in pairs]


def _lines(first: Markup, parts: Sequence[Markup]) -> Markup:
    plus = Markup('<mo form="infix">+</mo>')
    return Markup(" ").join(_math((plus if place else first) + part) for place, part in enumerate(parts))


def _math(content: Markup) -> Markup:
    return Markup("<math>{}</math>").format(content)


def player(trainer: Trainer, index: int, kind: str, place: Sequence[int]) -> tuple[str, int]:
    """The player's page of the loss of one example, and its step, counted from 1, at which this gets its gradient."""
    graph = at(trainer, index)
    rule = graph.loss.chain_rule()
    title, _, backward = _about(trainer, graph, rule, kind, place)
    page = viz.player(graph.loss, title=f"{title}, step {trainer.step}", model=trainer.model).html
    wanted = bar(rule.names[backward[-1]].symbol)
    found = [number for number, step in enumerate(steps_of(page), 1) if step.get("gradient") == wanted]
    return page, found[-1] if found else 0


def steps_of(page: str) -> list[dict[str, Any]]:
    """The steps of a player's page, those of its rooms too, which are packed until a door is opened."""
    steps, _ = json.JSONDecoder().raw_decode(page, page.index('"steps":') + len('"steps":'))
    for packed in re.findall(r'<script class="packed"[^>]*>([^<]+)<', page):
        steps += json.loads(zlib.decompress(base64.b64decode(packed)))[0]
    found: list[dict[str, Any]] = steps
    return found
