"""What the commands that take an expression share: its arguments, and how a leading minus is read."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

ExpressionText = Annotated[
    str, typer.Argument(metavar="EXPRESSION", help='What to differentiate, such as "ln(x1) + x1*x2 - sin(x2)".')
]
Assignments = Annotated[
    list[str] | None, typer.Argument(metavar="NAME=VALUE", help="A value for each input, such as x1=2 x2=-pi/2.")
]


class ExpressionCommand(TyperCommand):
    """A command whose expression may begin with a minus, as in "-x1**2", and is no option for that."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Mark the expression before typer looks for options."""
        options = tuple(option for parameter in self.get_params(ctx) for option in parameter.opts)

        def is_expression(argument: str) -> bool:
            return argument.startswith("-") and not argument.startswith(("--", *options)) and len(argument) > 1

        # An argument that begins with a space cannot be taken for an option.
        return super().parse_args(ctx, [f" {arg}" if is_expression(arg) else arg for arg in args])
