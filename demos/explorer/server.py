"""The server: one socket on 127.0.0.1, a thread per connection, and no log."""

from __future__ import annotations

import errno
import socket
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from demos.console import CommandError
from demos.explorer.app import create_app

HOST = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """A socket that listens on this machine alone; browsers may connect from now on.

    Raises:
        CommandError: the port is in use, or not ours to take.
    """
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} is in use: choose another with --port, or --port 0 for any that is free"
            raise CommandError(message) from None
        raise CommandError(f"cannot listen on port {port}: {error.strerror or error}") from None


def serve(listener: socket.socket) -> None:
    """Answer until Ctrl-C, which is the way to end it and no failure."""
    app = create_app()
    with make_server(HOST, 0, app, threaded=True, request_handler=_Quiet, fd=listener.fileno()) as server:
        server.serve_forever()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: the page shows what happens."""
