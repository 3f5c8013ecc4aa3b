"""A server of a folder's files, on this machine alone."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from demos.console import CommandError

HOST = "127.0.0.1"


class Files(SimpleHTTPRequestHandler):
    """The files of one folder; it logs nothing, for the page shows what happens."""

    def end_headers(self) -> None:
        """Have every file asked for anew: the service worker keeps what is to be kept."""
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def listen(port: int) -> Iterator[ThreadingHTTPServer]:
    """A server that listens on this machine alone; browsers may connect from now on.

    Raises:
        CommandError: the port is in use, or not ours to take.
    """
    try:
        server = ThreadingHTTPServer((HOST, port), SimpleHTTPRequestHandler)
    except OSError as error:
        raise CommandError(
            f"cannot listen on port {port}: {error.strerror or error}; choose another with --port"
        ) from None
    with server:
        yield server


def serve(server: ThreadingHTTPServer, folder: Path) -> None:
    """Answer until Ctrl-C, which is the way to end it and no failure."""
    server.RequestHandlerClass = functools.partial(Files, directory=str(folder))
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
