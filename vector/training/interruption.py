"""Ctrl-C and SIGTERM, with which clusters end a job, wait for the step to end."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def interruption() -> Iterator[Callable[[], bool]]:
    """Within the block, SIGINT or SIGTERM makes the function return True; a second SIGINT interrupts at once.

    A second SIGTERM does not: a launcher sends it to a group of processes, and hands on its own. Python delivers
    signals to the main thread; in another one this changes nothing.
    """
    received: list[int] = []

    def receive(number: int, _: object) -> None:
        received.append(number)
        if number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = {number: signal.signal(number, receive) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
