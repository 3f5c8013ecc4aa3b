"""The page, and the two questions it asks: what are the numbers, and what do graph and ledger look like.

A request must name this machine as its host, so that a page from elsewhere cannot have its own name resolved to
127.0.0.1 and read the answers; and must send JSON, which pages from elsewhere may not do unasked, and the
server grants no such permission. The player is a link: others may lead to it, and read nothing. Nothing is kept
between two questions.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import BadRequest

import viz
from demos.console import CommandError
from demos.explorer import ledger, picture
from demos.explorer.answer import MAX_PARTS, answer, differentiate, nudge, read
from demos.explorer.link import EXAMPLES
from demos.explorer.question import read_look, read_nudge, read_question
from demos.explorer.request import read_body, read_link
from demos.expression import ExpressionError
from demos.parser import CONSTANTS, FUNCTIONS, MAX_DEPTH, MAX_LENGTH
from viz.page import asset

HOSTS = ["127.0.0.1", "localhost"]
MAX_BODY = 64 * 1024  # bytes; MAX_LENGTH characters and the inputs fit in

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def create_app() -> Flask:
    """The page as a Flask application."""
    app = Flask(__name__)
    app.config.update(TRUSTED_HOSTS=HOSTS, MAX_CONTENT_LENGTH=MAX_BODY)
    app.get("/")(page)
    app.get("/play")(play)
    app.post("/numbers")(numbers)
    app.post("/drawing")(drawing)
    app.post("/nudge")(nudged)
    app.get("/nudge.js")(nudge_script)
    app.get("/window.js")(window_script)
    app.get("/window.css")(window_style)
    app.after_request(secure)
    return app


def page() -> str:
    """The page itself, empty until its script has asked."""
    bounds = {"length": MAX_LENGTH, "depth": MAX_DEPTH, "parts": MAX_PARTS}
    return render_template("page.html", examples=EXAMPLES, functions=FUNCTIONS, constants=CONSTANTS, bounds=bounds)


def play() -> Response:
    """The player of an expression, a page that allows its own scripts and no other."""
    question = read_link(request)
    try:
        rule = differentiate(*read(question))
    except (ExpressionError, CommandError) as error:
        raise BadRequest(str(error)) from None
    page = viz.player(rule.output, title=question.expression).html
    return Response(page, headers={"Content-Security-Policy": "frame-ancestors 'none'"})


def numbers() -> dict[str, Any]:
    """What changes with each move of a slider."""
    return answer(read_body(request, read_question))


def nudged() -> dict[str, Any]:
    """What one input's move does to the output."""
    return nudge(read_body(request, read_question), *read_body(request, read_nudge))


def nudge_script() -> Response:
    """How a curve with its tangent is drawn: the player's own script."""
    return Response(asset("nudge.js"), mimetype="text/javascript")


def window_script() -> Response:
    """How a picture fits, zooms and moves: as in a page that `viz.draw` saves."""
    return Response(asset("window.js"), mimetype="text/javascript")


def window_style() -> Response:
    """How it looks."""
    return Response(asset("window.css"), mimetype="text/css")


def drawing() -> dict[str, Any]:
    """What changes with the expression: graph and ledger, with places for the numbers."""
    question, look = read_body(request, read_question), read_body(request, read_look)
    try:
        rule = differentiate(*read(question))
    except (ExpressionError, CommandError) as error:
        raise BadRequest(f"ask for the numbers first: {error}") from None
    with ThreadPoolExecutor(max_workers=1) as beside:  # while Graphviz works, in a process of its own
        drawn = beside.submit(picture.draw, rule, look)
        table = ledger.table(rule)
    try:
        return {"ledger": table, "svg": drawn.result()}
    except (viz.RendererNotFoundError, viz.RenderError) as error:
        return {"ledger": table, "error": str(error)}


def secure(response: Response) -> Response:
    """Forbid the browser everything that the page does not need; the player's page says itself what it needs."""
    own = response.headers.get("Content-Security-Policy")
    response.headers.update(HEADERS | ({"Content-Security-Policy": own} if own else {}))
    return response
