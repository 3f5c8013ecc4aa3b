"""Each step of the player as a sentence, for the eye and for a screen reader."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from viz import labels
from viz.playback.data import Edge, Path, Step, Variable
from viz.playback.quantity import Quantity


def sentence(step: Step) -> str:
    """What happens at `step`."""
    variable = step.variables[0]
    if step.told:
        return step.told
    if step.phase == "backward":
        return _received(variable, step.edges, step.uses or len(step.edges))
    return _computed(variable, step) if step.edges else f"Given: {_given(step.variables)}."


def names(variables: Sequence[Variable]) -> str:
    """What names are short for, and what a sign means that stands for an array."""
    notes = labels.shortened([f"{x.name} = {x.path}" for x in variables if x.path not in ("", x.name)])
    values = [value for x in variables for value in (x.value, x.gradient) if value and value.is_array]
    signs = {"·": "the product of matrices, or with a number", "⊙": "element by element"} if values else {}
    signs |= {"norm": "√Σx²"} if any("norm" in value.short for value in values) else {}
    return "; ".join([*notes, *(f"{sign}: {meaning}" for sign, meaning in signs.items())])


def path_count(step: Step) -> str:
    """How many paths lead from the step's variable to the output, in full up to fifteen digits."""
    count = f"{step.path_count:,}" if step.path_count < 10**15 else f"{Decimal(step.path_count):.4g}"
    return f"{count} path{'' if step.path_count == 1 else 's'} from {_name(step.variables[0])} to the output"


def path_line(path: Path) -> str:
    """The variables on a path and the product of its local derivatives; the middle of a long one is left out."""
    names = " → ".join(labels.shortened([_name(variable) for variable in path.variables]))
    if path.product is None:
        return names
    factors = " · ".join(labels.shortened([factor.factor for factor in path.locals]))
    return f"{names}: {factors}{f' = {path.product.full}' if len(path.locals) > 1 else ''}"


def formula(step: Step) -> str:
    """The operation with the names of its operands."""
    op, edges = step.variables[0].symbol, step.edges
    names = [labels.operand(edge.tail.name, op, at, len(edges)) for at, edge in enumerate(edges)]
    return labels.expression(op, [*map(labels.isolated, names)])


def _given(leaves: Sequence[Variable]) -> str:
    groups = []
    for role in dict.fromkeys(leaf.role for leaf in leaves):
        group = [leaf for leaf in leaves if leaf.role == role]
        names = [leaf.name if role == "constant" else _name(leaf) + _is(leaf.value) for leaf in group]
        groups.append(f"{role}{'' if len(group) == 1 else 's'} {_listed(names)}")
    return "; ".join(groups)


def _computed(variable: Variable, step: Step) -> str:
    known = [_name(edge.tail) + _is(edge.operand) for edge in step.edges if edge.tail.role != "constant"]
    given = f"With {_listed([*dict.fromkeys(known)])}: " if known else ""
    first, where, more = (labels.isolated(step.reading) or formula(step)).partition("; ")
    return f"{given}{_name(variable)} = {first}{_is(variable.value)}{where and ', where '}{more}."


def arriving(cards: Iterable[Variable]) -> str:
    """Where a scene begins."""
    return f"Given, some of it from outside: {_listed([*map(_name, cards)])}."


def arriving_back(cards: Iterable[Variable]) -> str:
    """Where its backward pass begins."""
    return f"The backward pass comes from outside: the gradients of {_listed([*map(_name, cards)])} are known."


def leaving(cards: Iterable[Variable]) -> str:
    """Where it ends."""
    return f"Messages go back to what was given from outside: {_listed([*map(_name, cards)])}."


def inside(card: Variable, count: int, edges: Sequence[Edge] | None = None) -> str:
    """What a card does that stands for several variables: forward, from where its edges come; or backward."""
    tails = [*dict.fromkeys(_name(edge.tail) for edge in edges or ())]
    does = f"computes {_values(count)} from {_listed(tails or ['what is inside'])}"
    if edges is None:
        does = f"has the gradient of {_values(count)}, and passes it on to all that is inside"
    return f"{_name(card)} {does}.{' A click on it shows how.' * bool(card.door)}"


def _values(count: int) -> str:
    return f"its {count:,} values" if count > 1 else "its value"


def _received(variable: Variable, edges: Sequence[Edge], count: int) -> str:
    name = _name(variable)
    if not edges:
        return f"The backward pass starts here: the derivative of {name} by itself is {_total(variable)}."
    users = _listed([*dict.fromkeys(_name(edge.head) for edge in edges)])
    if count == 1:
        return f"{name} is used once, in {users}: its gradient is the message from there, {_total(variable)}."
    uses = f"{name} is used {count:,} times, in {users}{' and others' * (count > len(edges))}"
    return f"{uses}: its gradient is the sum of {count:,} messages, {_total(variable)}."


def _name(variable: Variable) -> str:
    return labels.isolated(variable.name)


def _is(quantity: Quantity) -> str:
    return f" = {quantity.short}" if quantity.whole else f" of shape {quantity.short}"


def _total(variable: Variable) -> str:
    return variable.gradient.short if variable.gradient else ""


def _listed(items: Sequence[str]) -> str:
    if len(items) > labels.LISTED:
        items = [*items[: labels.LISTED - 1], f"{len(items) - labels.LISTED + 1} more"]
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]]))
