"""Last words: what to tell the user when the processes are killed, which none of them can do by itself then."""

from __future__ import annotations

import atexit
import contextlib
import subprocess
import sys

_WAITING = """\
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
said = ""
for line in sys.stdin:
    said = line
if said.strip():
    sys.stderr.write(said)
    sys.stderr.flush()
"""


class Notice:
    """A small process that waits for the end of this one, and then prints the last line that it was told.

    MPI's launcher kills all processes when one dies, without a warning that could be caught. It does not know this
    one, which is in a session of its own. It says nothing when Python ends in an orderly way, whatever the exit status.
    """

    def __init__(self) -> None:
        command = [sys.executable, "-S", "-E", "-c", _WAITING]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)
        atexit.register(self.withdraw)

    def say(self, line: str) -> None:
        """What to print, instead of what was said before."""
        with contextlib.suppress(OSError):  # it is not there any more: nobody will be told
            print(line, file=self._process.stdin, flush=True)

    def withdraw(self) -> None:
        """Say nothing after all."""
        with contextlib.suppress(OSError, ValueError):
            self._process.communicate("\n")
