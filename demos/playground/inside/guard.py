"""What keeps a program from running for ever, printing for ever, or waiting for somebody to type.

A program's own lines are watched by `sys.monitoring`: each tells where the program is, and whether its time is over.
What takes its time inside one line, such as 10**10**9, only the page can end, with the worker; by then it has been told
the line. Before Python 3.12 there is no monitoring, and nothing is watched.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import CodeType
from typing import Any

from demos.playground.inside import channel

MOST_PRINTED = 20_000  # characters that are kept of what a program prints
OFTEN = 500  # lines that are told each; then one in RARELY seconds
RARELY = 0.02
_TOOL = "twingrad"


class OutOfTimeError(BaseException):
    """The program has had its time. No `except Exception` of the program's holds it."""


class Printed(io.TextIOBase):
    """What a program prints: the beginning is kept, the rest is counted."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._room = MOST_PRINTED
        self.lost = 0

    def writable(self) -> bool:
        """Whether it can be printed to: always."""
        return True

    def write(self, text: str) -> int:
        """Keep the text, as far as there is room."""
        if self._room > 0:
            self._parts.append(text[: self._room])
        self.lost += max(0, len(text) - max(self._room, 0))
        self._room -= len(text)
        return len(text)

    @property
    def text(self) -> str:
        """What is kept."""
        return "".join(self._parts)


@contextmanager
def watched(codes: Sequence[CodeType], seconds: float) -> Iterator[None]:
    """Within, the lines of these codes are told to the page, and end in `OutOfTimeError` when the time is over."""
    monitoring: Any = getattr(sys, "monitoring", None)
    if monitoring is None:
        yield
        return
    end = time.perf_counter() + seconds
    tell_from, told, count = 0.0, 0, 0

    def look(code: CodeType, line: int) -> None:
        nonlocal tell_from, told, count
        now = time.perf_counter()
        if now > end:
            raise OutOfTimeError
        if line != told and (count < OFTEN or now > tell_from):
            told, tell_from, count = line, now + RARELY, count + 1
            channel.say("line", line)

    def jump(code: CodeType, start: int, target: int) -> None:
        if time.perf_counter() > end:
            raise OutOfTimeError

    tool, events = monitoring.PROFILER_ID, monitoring.events
    monitoring.use_tool_id(tool, _TOOL)
    parts = [*_parts(codes)]
    try:
        monitoring.register_callback(tool, events.LINE, look)
        monitoring.register_callback(tool, events.JUMP, jump)
        for part in parts:
            monitoring.set_local_events(tool, part, events.LINE | events.JUMP)
        yield
    finally:
        for part in parts:
            monitoring.set_local_events(tool, part, 0)
        for event in (events.LINE, events.JUMP):
            monitoring.register_callback(tool, event, None)
        monitoring.free_tool_id(tool)


def _parts(codes: Sequence[CodeType]) -> Iterator[CodeType]:
    """The codes, and those of the functions and classes inside them."""
    waiting = [*codes]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += [constant for constant in part.co_consts if isinstance(constant, CodeType)]


def no_input(prompt: object = "") -> str:
    """What stands for `input`: there is nobody to answer while a program runs."""
    raise RuntimeError(
        "input() cannot ask here, where the program runs anew at each key: write the answer into the code"
    )
