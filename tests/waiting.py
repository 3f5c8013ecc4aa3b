"""Tests that wait for another thread, process or page: for an event, never for a time, however busy the machine is."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

PATIENCE = 300.0
"""Seconds after which a test that waits gives up. It guards against hanging, and tells nothing else."""


all_calls = pytest.mark.parametrize("calls", [30, pytest.param(1_000, marks=pytest.mark.slow)])
"""How often each thread does what threads do at once."""


@pytest.fixture
def often() -> Iterator[None]:
    """Threads take turns as often as Python lets them."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(*work: Callable[[], object]) -> None:
    """Run each in a thread of its own, all at the same time, and pass on what the first to fail raises."""
    errors: list[BaseException] = []
    together = threading.Barrier(len(work), timeout=PATIENCE)

    def guarded(job: Callable[[], object]) -> None:
        try:
            together.wait()
            job()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(job,), daemon=True) for job in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    if errors:
        raise errors[0]
    if any(thread.is_alive() for thread in threads):
        raise TimeoutError("threads that wait without end")


@contextmanager
def another_thread_in(context: AbstractContextManager[object]) -> Iterator[None]:
    """A block that runs while another thread is inside of `context`."""
    inside, done = threading.Event(), threading.Event()

    def stay() -> None:
        with context:
            inside.set()
            done.wait(PATIENCE)

    thread = threading.Thread(target=stay, daemon=True)
    thread.start()
    try:
        assert inside.wait(PATIENCE)
        yield
        assert thread.is_alive()  # it was inside all the while
    finally:
        done.set()
        thread.join(PATIENCE)
