"""The gallery in the terminal: the list of examples, and one example with its numbers, ledger and graph."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from demos.console import console, say
from demos.gallery.catalogue import CATALOGUE
from demos.gallery.drawings import draw
from demos.gallery.example import Claim, Course, Example, Result
from demos.gallery.judgement import Judgement
from demos.gallery.written import difference, in_a_cell, written

LEDGER_LINES = 40
GRAPH_LINES = 60


def list_examples(courses: Sequence[Course]) -> None:
    """One line an example, by course."""
    for course in courses:
        say(f"\n{course.name}")
        for example in course.examples.values():
            console.print(Text.assemble(f"  {example.id:<4}", example.title, (f"  {_told(example)}", "dim")))
    total = sum(len(entry.titles) for entry in CATALOGUE.values())
    say(f"\n{total} examples. python -m demos gallery T2 shows one, --html out/gallery builds the site of all.")


def _told(example: Example) -> str:
    needs = f"; needs {', '.join(example.needs)}" if example.needs else ""
    return f"{' and '.join(example.engines)}{needs}"


def show(course: Course, example: Example, result: Result, judgements: Sequence[Judgement]) -> None:
    """Everything about one example that a terminal can show."""
    console.rule(f"[bold]{example.id}[/] {escape(example.title)}")
    say(f"{example.statement}\n")
    console.print(Text(course.name, "dim"))
    if result.numbers:
        _section("Numbers")
        console.print(_numbers(result.numbers))
    if judgements:
        _section("Compared")
        console.print(_comparisons(judgements))
    if result.claims:
        _section("Claimed and measured")
        console.print(_claims(result.claims))
    for title, text in result.notes.items():
        _section(title)
        say(text)
    for title, node in result.graphs.items():
        _graph(title, node)
    if first := next(iter(result.graphs.values()), None):
        _ledger(first)


def _section(title: str) -> None:
    console.print(Padding(Text(title, "bold"), (1, 0, 0, 0)))


def _numbers(numbers: Mapping[str, Any]) -> Table:
    table = Table.grid(padding=(0, 3))
    for name, answer in numbers.items():
        table.add_row(Text(name, "cyan"), Text(written(answer)))
    return table


def _comparisons(judgements: Sequence[Judgement]) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
    for title in ("", "engine", "closed form", "PyTorch", "difference", ""):
        table.add_column(title, justify="right" if title == "difference" else "left")
    for one in judgements:
        verdict = Text("agrees", "green") if one.agrees else Text(one.error or "differs", "bold red")
        engine, closed_form, torch = map(_cell, (one.engine, one.closed_form, one.torch))
        answers = [engine, closed_form, "not installed" if one.torch_is_missing else torch]
        name = Text(one.comparison.name, "cyan")
        table.add_row(name, *answers, difference(one.difference), verdict if one.answers or one.error else "")
    return table


def _cell(answer: Any) -> Text:
    return Text("–" if answer is None else in_a_cell(answer))


def _claims(claims: Sequence[Claim]) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
    for title in ("", "claimed", "measured"):
        table.add_column(title)
    for claim in claims:
        table.add_row(Text(claim.statement), Text(claim.claimed), Text(claim.measured))
    return table


def _graph(title: str, node: Any) -> None:
    drawing, _, caption = draw(node)
    _section(f"Graph: {title}")
    _print_at_most(drawing.text(console.width).rstrip("\n").split("\n"), GRAPH_LINES)
    if caption:
        console.print(Text(caption, "dim"))


def _ledger(node: Any) -> None:
    """The scalar engine's ledger; on arrays there is none to be written out."""
    text = str(node.chain_rule()) if type(node).__module__.startswith("scalar") else ""
    if text:
        _section("Chain rule")
        _print_at_most(text.split("\n"), LEDGER_LINES)


def _print_at_most(lines: Sequence[str], most: int) -> None:
    say("\n".join(itertools.islice(lines, most)))
    if len(lines) > most:
        console.print(Text(f"… and {len(lines) - most} more lines", "dim"))
