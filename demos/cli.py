"""The command line's frame: its commands, and how mistakes and interruptions end."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

import typer

from demos import legible
from demos.console import CommandError, ResultMissedError, complain, point_at
from demos.demo import demo_command
from demos.doctor.command import doctor_command
from demos.draw import draw_command
from demos.exercise.command import exercise_command
from demos.explore import explore_command
from demos.expression import ExpressionError
from demos.gallery.command import gallery_command
from demos.options import ExpressionCommand
from demos.play import play_command
from demos.playground.command import playground_command
from demos.predict import predict_command
from demos.ranks import mute_followers
from demos.report.command import show_command
from demos.report.repeat import typed
from demos.results import results_command
from demos.train import train_command
from demos.verify import verify_command

app = typer.Typer(
    help="Backpropagation you can see and verify: draw a compute graph, verify its gradients, train a network.",
    epilog="Exit status: 0 when all went well, 1 when a result is not the stated one, 2 for a mistake in the input.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("draw", cls=ExpressionCommand)(draw_command)
app.command("verify", cls=ExpressionCommand)(verify_command)
app.command("play", cls=ExpressionCommand)(play_command)
app.command("explore", cls=ExpressionCommand)(explore_command)
app.command("playground")(playground_command)
app.command("exercise")(exercise_command)
app.command("train")(train_command)
app.command("predict")(predict_command)
app.command("show")(show_command)
app.command("results")(results_command)
app.command("gallery")(gallery_command)
app.command("demo")(demo_command)
app.command("doctor")(doctor_command)


def main(arguments: Sequence[str] | None = None, prog_name: str = "python -m demos") -> None:
    """Run one command and end the process with its exit status; `prog_name` is what its help calls it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=legible.ERRORS)  # λ̄ or a strange file name on a terminal that lacks it
    mute_followers()
    typed.set((prog_name, sys.argv[1:] if arguments is None else arguments))
    try:
        app(args=arguments, prog_name=prog_name)
    except ExpressionError as error:
        point_at(error)
        sys.exit(2)
    except CommandError as error:
        complain(str(error))
        sys.exit(2)
    except ResultMissedError as error:
        complain(str(error))
        sys.exit(1)
