"""From an engine's nodes to the plain data of a drawing: every decision is made here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from viz import labels
from viz.clusters import clusters
from viz.fold import check_names, cut
from viz.graph import Card, Edge, Graph, Message, Row
from viz.heat import heat
from viz.node import Node, Term, Use
from viz.options import Options
from viz.palette import PALETTES, role_of
from viz.verify import Stamps, verify
from viz.walk import distances, topological

# The order of these operations' operands does not matter; every other's is shown, by numbered pins.
COMMUTATIVE = frozenset({"+", "×", "max", "min", "sum"})
MAX_PINS = 8  # operands; more numbers are too many to read
MAX_CHECKED = 2000  # nodes; in a drawing with more, nobody computes one number from the others
MAX_THUMBNAILS = 200  # in a drawing with more, each is too small to matter


def trace(outputs: Sequence[Node], options: Options, names: Mapping[int, str]) -> Graph:
    """The graph behind `outputs` as plain data.

    `names` say what to call a node without a label, by its `id`. Linear in the number of nodes and edges; no recursion.
    """
    order = topological(outputs)
    ids = {id(node): f"n{position}" for position, node in enumerate(order, start=1)}
    ends = {id(node) for node in outputs}
    palette = PALETTES[options.palette]
    near = distances(order, outputs) if options.depth is not None else {}
    hidden = {node for node, distance in near.items() if distance > (options.depth or 0)}
    shown = [node for node in order if id(node) not in hidden]
    terms, written = _ledger(outputs, shown, options)
    judge = None if isinstance(options.verify, bool) else options.verify
    stamps = verify(order, shown, terms, options.precision, judge) if options.verify else Stamps()
    rows = _rows(shown, stamps, options)
    modules, places = clusters(options.model, order) if options.model is not None else ((), {})
    check_names(options.fold, modules)

    def card(node: Node) -> Card:
        me, role = id(node), role_of(node, is_output=id(node) in ends)
        called = "" if names.get(me) and not (node.label or options.formulas) else written.get(me, "")
        shown = "" if called == "constant" else getattr(called, "symbol", called)
        name = labels.clean(shown or node.label or names.get(me, ""))
        symbol, style = labels.symbol(labels.operation(node)), palette.style(role)
        place, pins = places.get(me, ""), _pins(node)
        return Card(ids[me], role, symbol, name, rows.get(me, ()), style, pins, place, labels.clean(called))

    def edge(head: Node, argument: int, tail: Node) -> Edge:
        use, ends = (id(head), argument), (ids[id(tail)], ids[id(head)], argument + 1)
        told = (_message(terms[use], options), _formula(terms[use], options)) if use in terms else (None, "")
        return Edge(*ends, _pins(head) > 0, *told, stamps.locals.get(use))

    cards = tuple(card(node) for node in order)
    edges = tuple(edge(node, *operand) for node in order for operand in enumerate(node.parents))
    drawn = tuple(dict.fromkeys(ids[id(node)] for node in outputs))
    judges, title = ("difference quotients", *filter(None, [stamps.second])), labels.clean(options.title)
    graph = Graph(title, options.direction, palette, cards, edges, drawn, modules, judges, options.legend)
    return cut(graph, {ids[node] for node in hidden})


def _pins(node: Node) -> int:
    operands = len(node.parents)
    return operands if 1 < operands <= MAX_PINS and node.op not in COMMUTATIVE else 0


def _rows(order: Sequence[Node], stamps: Stamps, options: Options) -> dict[int, tuple[Row, ...]]:
    after_backward = any(node.grad is not None for node in order)
    digits = labels.digits(order, options.precision) if len(order) <= MAX_CHECKED else {}
    thumbnails = sum(labels.is_long(part) for node in order for part in (node.data, node.grad)) <= MAX_THUMBNAILS

    def row(key: str, number: object, text: str) -> Row:
        return Row(key, text, heat(number) if thumbnails and labels.is_long(number) else None)

    def rows(node: Node) -> list[Row]:
        value = labels.data(node.data, digits.get(id(node), options.precision))
        lines = [Row("shape", labels.shape(node.data))] if labels.is_array(node.data) else []
        if node.role == "constant":  # its number is all there is to say
            return [*lines, row("value" if lines else "", node.data, value)]
        if options.values:
            lines.append(row("value", node.data, value))
        if options.gradients:
            gradient = labels.gradient(node, options.precision, after_backward=after_backward)
            lines.append(replace(row("grad", node.grad, gradient), stamp=stamps.gradients.get(id(node))))
        return lines

    return {id(node): tuple(rows(node)) for node in order}


def _ledger(
    outputs: Sequence[Node], shown: Sequence[Node], options: Options
) -> tuple[Mapping[Use, Term], Mapping[int, str]]:
    """The terms of the one output's ledger, for the nodes that are shown, if an option asks for it, and the names.

    Names are the engine's, where it has any, and those that its ledger cites.

    Raises ValueError: there are several outputs; TypeError: the output's engine keeps no ledger.
    """
    asked = [option for option in ("messages", "formulas", "verify") if getattr(options, option)]
    names: dict[Node, str] = {}
    for engine in dict.fromkeys(map(type, outputs)):
        if name_all := getattr(engine, "name_all", None):
            names |= name_all(*(output for output in outputs if type(output) is engine))
    terms: dict[Use, Term] = {}
    if asked:
        if len(outputs) != 1:
            raise ValueError(f"{asked[0]}=True draws the chain rule of one output; got {len(outputs)} outputs")
        if not hasattr(outputs[0], "chain_rule"):
            lacking = f"a node with chain_rule(), which {type(outputs[0]).__name__} does not have"
            raise TypeError(f"{asked[0]}=True needs {lacking}; draw without it")
        chain_rule, heads = outputs[0].chain_rule(), {id(node) for node in shown}
        uses = (term for step in chain_rule for term in step.terms if id(term.child) in heads)
        terms = {(id(term.child), term.argument): term for term in uses}
        names = names or getattr(chain_rule, "names", {})
    numbers = {x for x in names if x.role == "constant" and getattr(x.data, "size", 1) == 1}  # called what they are
    return terms, {id(node): node.label or "constant" if node in numbers else name for node, name in names.items()}


def _message(term: Term, options: Options) -> Message | None:
    """What is sent along the edge, where the options ask for it."""
    if not options.messages:
        return None
    told = lambda upstream, local: labels.number(upstream * local, options.precision)  # noqa: E731
    digits = labels.enough(told, (term.upstream, term.local), options.precision)
    upstream, local = (labels.factor(part, digits) for part in (term.upstream, term.local))
    return Message(upstream, local, labels.factor(term.product, options.precision))


def _formula(term: Term, options: Options) -> str:
    """The local derivative in symbols and as a number; the number alone where that is the formula."""
    if not options.formulas:
        return ""
    number = labels.factor(term.local, options.precision)
    formula = labels.clean(getattr(term, "formula", "")).replace("\n", " ")
    if any(map(str.isalpha, formula)):
        return f"{formula} = {number}"
    return "" if options.messages else number  # a message says the number too
