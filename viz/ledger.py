"""What the chain rule of a drawing's output says on its edges."""

from collections.abc import Mapping, Sequence

from viz import labels
from viz.graph import Message
from viz.node import Node, Term
from viz.options import Options

Use = tuple[int, int]  # an edge of an engine's graph: the `id` of the result, and which operand of it


def read(
    outputs: Sequence[Node], shown: Sequence[Node], options: Options
) -> tuple[Mapping[Use, Term], Mapping[int, str]]:
    """The terms of the one output's ledger, for the nodes that are shown, if an option asks for it, and the names.

    Names are the engine's, where it has any, and those that its ledger cites.

    Raises:
        ValueError: there are several outputs.
        TypeError: the output's engine keeps no ledger.
    """
    asked = [option for option in ("messages", "formulas", "verify") if getattr(options, option)]
    names: dict[Node, str] = {}
    for engine in dict.fromkeys(map(type, outputs)):
        if name_all := getattr(engine, "name_all", None):
            names |= name_all(*(output for output in outputs if type(output) is engine))
    if not asked:
        return {}, _told(names)
    if len(outputs) != 1:
        raise ValueError(f"{asked[0]}=True draws the chain rule of one output; got {len(outputs)} outputs")
    if not hasattr(outputs[0], "chain_rule"):
        kind = type(outputs[0]).__name__
        raise TypeError(f"{asked[0]}=True needs a node with chain_rule(), which {kind} does not have; draw without it")
    chain_rule = outputs[0].chain_rule()
    heads = {id(node) for node in shown}
    terms: dict[Use, Term] = {
        (id(term.child), term.argument): term for step in chain_rule for term in step.terms if id(term.child) in heads
    }
    return terms, _told(names or getattr(chain_rule, "names", {}))


def _told(names: Mapping[Node, str]) -> Mapping[int, str]:
    """The names by the `id` of the node. That of a single constant, its number, is called what it is."""
    return {
        id(node): node.label or "constant" if node.role == "constant" and getattr(node.data, "size", 1) == 1 else name
        for node, name in names.items()
    }


def message(term: Term | None, options: Options) -> Message | None:
    """What is sent along the edge, where the options ask for it."""
    if term is None or not options.messages:
        return None
    told = lambda upstream, local: labels.number(upstream * local, options.precision)  # noqa: E731
    digits = labels.enough(told, (term.upstream, term.local), options.precision)
    upstream, local = (labels.factor(part, digits) for part in (term.upstream, term.local))
    return Message(upstream, local, labels.factor(term.product, options.precision))


def formula(term: Term | None, options: Options) -> str:
    """The local derivative in symbols and as a number; the number alone where that is the formula."""
    if term is None or not options.formulas:
        return ""
    number = labels.factor(term.local, options.precision)
    formula = labels.clean(getattr(term, "formula", "")).replace("\n", " ")
    if any(map(str.isalpha, formula)):
        return f"{formula} = {number}"
    return "" if options.messages else number  # a message says the number too
