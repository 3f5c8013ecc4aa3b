"""Runs a person's program, finds the value that it is about, and tells all that the page shows of it."""

from __future__ import annotations

import ast
import builtins
import contextlib
import random
import warnings
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any, NamedTuple

import scalar
from demos.playground.inside import guard
from demos.playground.inside.channel import answers, number
from demos.playground.inside.leaves import MOST, Leaves, moved
from demos.playground.inside.mistakes import FILE, Mistake, mistake
from demos.playground.inside.size import dismantle, nodes_behind
from scalar import Value
from scalar.names import written
from scalar.nn import Module
from viz import Drawing

SECONDS = 5.0  # that a program has, unless more is asked for
SEED = 0  # of `random` before each run, so that a network starts with the same weights each time
MOST_NODES = 5_000  # of a graph that is drawn or explained


class Ran(NamedTuple):
    """What a program left behind."""

    names: Mapping[str, Any]
    output: Value | None
    drawing: Drawing | None  # which the program has made as its last line
    leaves: Leaves
    printed: guard.Printed
    mistake: Mistake | None


_last: list[Ran] = []


@answers
def run(source: str, inputs: Mapping[str, float] | None = None, seconds: float = SECONDS) -> dict[str, Any]:
    """Run a program, and tell its value, its gradients and its leaves.

    Args:
        source: Python.
        inputs: numbers for leaves, by their places, instead of the program's own; see `leaves`.
        seconds: the time that it has.

    Returns:
        `value`, `gradients` by name, `error` (None, or `line` and `message`), `printed`, `lost` (characters that were
        printed and not kept), `output` (its name and number, written), `leaves`, `nodes` (in the graph, None for too
        many), `modules` (the kinds that can be folded), `conventions`.
    """
    given = {int(place): float(value) for place, value in (inputs or {}).items()}
    _forget()
    _last[:] = [ran := perform(source, given, seconds)]
    told: dict[str, Any] = {
        "value": None, "gradients": {}, "error": ran.mistake.as_json() if ran.mistake else None,
        "printed": ran.printed.text, "lost": ran.printed.lost, "output": None, "leaves": [], "others": 0, "nodes": 0,
        "modules": [],
    }  # fmt: skip
    if ran.output is not None:
        told |= about(ran)
    return told


def _forget() -> None:
    """Free the latest program's graphs."""
    for ran in _last:
        values = [x for x in ran.names.values() if isinstance(x, Value)]
        values += [x for group in ran.names.values() if isinstance(group, list | tuple | set) for x in group
                   if isinstance(x, Value)]  # fmt: skip
        values += [x for x in (ran.output, ran.leaves.backward) if x is not None]
        dismantle(values)
    _last.clear()


def about(ran: Ran) -> dict[str, Any]:
    """What there is to say of the value that a program is about."""
    output: Any = ran.output
    count = nodes_behind(output, MOST_NODES)
    if count is None:
        return {
            "value": number(output.data),
            "output": f"{output.label or 'the output'} = {written(output.data)}",
            "nodes": None,
        }
    rule = output.chain_rule()
    totals = {step.variable: step.total for step in rule}
    leaves = [node for node in totals if not node.parents]
    leaves.sort(key=lambda node: node.number)
    name = rule.names[output]
    return {
        "value": number(output.data),
        "output": f"{name.symbol} = {written(output.data)}",
        "gradients": {rule.names[node]: number(totals[node]) for node in leaves},
        "leaves": [
            _leaf(node, rule.names[node].symbol, name.symbol, totals[node], ran.leaves) for node in leaves[:MOST]
        ],
        "others": max(0, len(leaves) - MOST),
        "nodes": count,
        "modules": kinds(ran.names),
    }


def _leaf(node: Value, name: str, output: str, gradient: float, leaves: Leaves) -> dict[str, Any]:
    place = leaves.place(node)
    own = node.data if place is None else leaves.own(node)
    return {
        "place": place, "name": name, "role": node.role, "value": number(node.data), "own": number(own),
        "gradient": f"∂{output}/∂{name} = {written(gradient)}", "slope": number(gradient),
    }  # fmt: skip


def last() -> Ran:
    """The latest program.

    Raises:
        LookupError: there is none, or it left no value.
    """
    if not _last or _last[0].output is None:
        raise LookupError("there is no value yet: run a program first")
    return _last[0]


def perform(source: str, inputs: Mapping[int, float], seconds: float) -> Ran:
    """Run a program in names of its own."""
    names: dict[str, Any] = {"__name__": "__main__", "__builtins__": {**vars(builtins), "input": guard.no_input}}
    printed = guard.Printed()
    state = random.getstate()
    random.seed(SEED)
    shown: Any = None
    wrong: Mistake | None = None
    with moved(inputs) as leaves, contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            with warnings.catch_warnings(action="ignore", category=SyntaxWarning):
                whole = ast.parse(source, FILE)
                shown = _execute(whole, names, seconds)
        except SystemExit:
            pass
        except BaseException as error:
            wrong = mistake(error, seconds, names)
        finally:
            random.setstate(state)
    scalar.label_all({name: x for name, x in names.items() if isinstance(x, Value)})
    output = _output(shown, names, leaves)
    drawing = shown if isinstance(shown, Drawing) else None
    silent = wrong is None and leaves.backward is None
    if output is not None and silent and nodes_behind(output, MOST_NODES) is not None:
        output.backward()  # so that the picture has gradients, where the program asks for none
    return Ran(names, output, drawing, leaves, printed, wrong)


def _execute(whole: ast.Module, names: dict[str, Any], seconds: float) -> Any:
    """Run it; the value of its last line, where that is an expression, which a notebook would show."""
    last = whole.body.pop() if whole.body and isinstance(whole.body[-1], ast.Expr) else None
    parts: list[tuple[CodeType, Callable[..., Any]]] = [(compile(whole, FILE, "exec"), exec)]
    if isinstance(last, ast.Expr):
        parts.append((compile(ast.Expression(last.value), FILE, "eval"), eval))
    shown: Any = None
    with guard.watched([code for code, _ in parts], seconds):
        for code, carry_out in parts:
            shown = carry_out(code, names)
    if shown is not None and not isinstance(shown, Value | Drawing):
        print(repr(shown))  # noqa: T201  # as a notebook does
    return shown


def _output(shown: Any, names: Mapping[str, Any], leaves: Leaves) -> Value | None:
    """The value that a program is about.

    Its last line's, else the one on which it called `backward` last, else the latest that has a name.
    """
    if isinstance(shown, Value):
        return shown
    if leaves.backward is not None:
        return leaves.backward
    named = [x for name, x in names.items() if isinstance(x, Value) and not name.startswith("_")]
    computed = [x for x in named if x.parents] or named
    return max(computed, key=lambda x: x.number, default=None)


def models(names: Mapping[str, Any]) -> list[Module]:
    """The networks that a program has given names to, without those inside others."""
    found = [x for x in names.values() if isinstance(x, Module)]
    found += [x for group in names.values() if isinstance(group, list | tuple) for x in group if isinstance(x, Module)]
    found = [*{id(x): x for x in found}.values()]
    inner = {id(y) for x in found for y in _inside(x)}
    return [x for x in found if id(x) not in inner]


def kinds(names: Mapping[str, Any]) -> list[str]:
    """The classes of a program's networks and of what is inside them, from the outermost to the innermost."""
    everything = [x for model in models(names) for x in (model, *_inside(model))]
    return [*dict.fromkeys(type(x).__name__ for x in everything)]


def _inside(module: Module) -> list[Module]:
    found: list[Module] = []
    waiting: list[Any] = [*vars(module).values()]
    while waiting:
        x = waiting.pop(0)
        if isinstance(x, Module):
            found.append(x)
            waiting += vars(x).values()
        elif isinstance(x, list | tuple):
            waiting += x
        elif isinstance(x, dict):
            waiting += x.values()
    return found
