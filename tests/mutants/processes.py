"""Processes forked from this one, which has already loaded what takes long."""

import contextlib
import os
import resource
import signal
import time
import traceback
from collections.abc import Callable

MEMORY = 8 * 2**30
"""Bytes that a mutant may take."""
PATIENCE = 20
"""How many times its processor time a process may wait for the processor; one that waits for ever is ended, too."""


def forked(work: Callable[[], int], quiet: bool = False, seconds: float = 0) -> int:
    """The id of a process that does the work and exits with what it gives; after so much processor time it is killed.

    The time is the process's own: on a busy machine it takes longer by the clock, and ends as on a quiet one.
    """
    child = os.fork()
    if child == 0:
        status = 1
        with contextlib.suppress(BaseException):
            if quiet:
                nothing = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nothing, 1)
                os.dup2(nothing, 2)
            if seconds:
                signal.signal(signal.SIGXCPU, signal.SIG_DFL)
                resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
                resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
            try:
                status = work()
            except BaseException:
                traceback.print_exc()
                raise
        os._exit(status)
    return child


def finished(child: int, wait: bool = False, until: float = float("inf")) -> int | None:
    """Its exit status, −n where signal n ended it; None while it runs. By the clock, it ends `until` at the latest."""
    done, status = os.waitpid(child, 0 if wait else os.WNOHANG)
    if done:
        return os.waitstatus_to_exitcode(status)
    if time.monotonic() > until:
        os.kill(child, signal.SIGKILL)
    return None
