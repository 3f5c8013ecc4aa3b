"""A line for the user when processes that train together are killed, which none of them could print itself."""

import atexit
import contextlib
import subprocess
import sys

_PRINT_LAST_LINE = """\
import collections, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.stderr.writelines(collections.deque(sys.stdin, 1))
"""


class DeathNotice:
    """A small process that waits for the end of this one, and then prints the last line that it was sent.

    When one process dies, MPI's launcher kills all, without a signal that could be caught. It does not know this one,
    which is in a session of its own. Nothing is printed when Python ends in an orderly way, whatever the exit status.
    """

    def __init__(self) -> None:
        command = [sys.executable, "-S", "-E", "-c", _PRINT_LAST_LINE]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)
        atexit.register(self.withdraw)

    def write(self, line: str) -> None:
        """Replace the line to print."""
        with contextlib.suppress(OSError):  # without the process there is no notice
            print(line, file=self._process.stdin, flush=True)

    def withdraw(self) -> None:
        """Print nothing."""
        self._process.kill()
        self._process.communicate()
