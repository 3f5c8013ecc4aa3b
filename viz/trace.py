"""From an engine's nodes to the plain data of a drawing: every decision is made here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from viz import labels, ledger
from viz.clusters import clusters
from viz.fold import check_names, cut, fold
from viz.graph import Card, Edge, Graph, Row
from viz.heat import heat
from viz.node import Node
from viz.options import Options
from viz.palette import PALETTES, role_of
from viz.verify import Stamps, verify
from viz.walk import distances, topological

# The order of these operations' operands does not matter; every other's is shown, by numbered pins.
COMMUTATIVE = frozenset({"+", "×", "max", "min", "sum"})
MAX_PINS = 8  # operands; more numbers are too many to read
MAX_THUMBNAILS = 200  # in a drawing with more, each is too small to matter


def trace(outputs: Sequence[Node], options: Options, names: Mapping[int, str]) -> Graph:
    """The graph behind `outputs` as plain data.

    Cost: linear in the number of nodes and edges; no recursion.

    Args:
        outputs: what is drawn.
        options: see `viz.draw`.
        names: by the `id` of a node without a label, what to call it.
    """
    order = topological(outputs)
    ids = {id(node): f"n{position}" for position, node in enumerate(order, start=1)}
    ends = {id(node) for node in outputs}
    palette = PALETTES[options.palette]
    hidden: set[int] = set()
    if options.depth is not None:
        hidden = {node for node, distance in distances(order, outputs).items() if distance > options.depth}
    shown = [node for node in order if id(node) not in hidden]
    terms, written = ledger.read(outputs, shown, options)
    stamps = Stamps()
    if options.verify:
        judge = None if isinstance(options.verify, bool) else options.verify
        stamps = verify(order, shown, terms, options.precision, judge)
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
        use = id(head), argument
        message, formula = ledger.message(terms.get(use), options), ledger.formula(terms.get(use), options)
        pinned, stamp = _pins(head) > 0, stamps.locals.get(use)
        return Edge(ids[id(tail)], ids[id(head)], argument + 1, pinned, message, formula, stamp)

    cards = tuple(card(node) for node in order)
    edges = tuple(edge(node, *operand) for node in order for operand in enumerate(node.parents))
    drawn = tuple(dict.fromkeys(ids[id(node)] for node in outputs))
    judges, title = ("difference quotients", *filter(None, [stamps.second])), labels.clean(options.title)
    graph = Graph(title, options.direction, palette, cards, edges, drawn, modules, judges, options.legend)
    return fold(cut(graph, {ids[node] for node in hidden}), options.fold)


def _pins(node: Node) -> int:
    operands = len(node.parents)
    return operands if 1 < operands <= MAX_PINS and node.op not in COMMUTATIVE else 0


def _rows(order: Sequence[Node], stamps: Stamps, options: Options) -> dict[int, tuple[Row, ...]]:
    after_backward = any(node.grad is not None for node in order)
    digits = labels.digits(order, options.precision)
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
