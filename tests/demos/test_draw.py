from pathlib import Path

import pytest

from tests.demos.conftest import Cli

EXPRESSION = ("ln(x1) + x1*x2 - sin(x2)", "x1=2", "x2=5")


def test_the_terminal_shows_the_graph_and_the_chain_rule(cli: Cli) -> None:
    outcome = cli("draw", *EXPRESSION)
    assert outcome.status == 0
    graph, ledger = outcome.out.split("\n\n\n")
    assert "x1  input  value 2  grad 5.5  ← 1·0.5 = 0.5" in graph
    assert "= 1·5 + 1·0.5" in ledger
    assert "multivariate" in ledger


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "html", "dot", "mmd", "txt"])
def test_every_format_is_written(cli: Cli, suffix: str) -> None:
    outcome = cli("draw", *EXPRESSION, "-o", f"g.{suffix}")
    assert outcome.out == f"wrote g.{suffix}\n"
    assert Path(f"g.{suffix}").stat().st_size > 100


def test_the_vector_engine_draws_its_messages_and_intermediate_gradients(cli: Cli) -> None:
    outcome = cli("draw", *EXPRESSION, "--engine", "vector")
    assert "grad 5.5" in outcome.out
    assert "← 1·5 = 5" in outcome.out
    assert "value 10  grad 1" in outcome.out


def test_options_reach_the_drawing(cli: Cli) -> None:
    cli("draw", *EXPRESSION, "--no-messages", "--direction", "TB", "--palette", "dark", "-o", "g.dot")
    source = Path("g.dot").read_text()
    assert "rankdir=TB" in source
    assert "#14181d" in source
    assert "message sent back" not in source


@pytest.mark.parametrize("engine", ["scalar", "vector"])
@pytest.mark.parametrize(
    ("expression", "value", "operation"),
    [("ln(x)", -1, "log"), ("1/x", 0, "÷"), ("exp(x)", 1000, "exp"), ("sqrt(x)", -1, "sqrt"), ("x**0.5", -1, r"**")],
)
def test_a_domain_error_names_the_operation(cli: Cli, engine: str, expression: str, value: int, operation: str) -> None:
    outcome = cli("draw", expression, f"x={value}", "--engine", engine)
    assert outcome.status == 2
    assert outcome.out == ""
    assert outcome.err.startswith("error: ")
    assert operation in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("engine", ["scalar", "vector"])
def test_an_infinite_derivative_is_a_domain_error(cli: Cli, engine: str) -> None:
    outcome = cli("draw", "sqrt(x)", "x=0", "--engine", engine)
    assert outcome.status == 2
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("g.gif", "expected a name ending in .svg"),
        ("g", "expected a name ending in .svg"),
        ("missing/g.svg", "cannot write missing/g.svg: No such file or directory"),
        ("folder.svg", "cannot write folder.svg: Is a directory"),
    ],
)
def test_an_output_that_cannot_be_written(cli: Cli, path: str, message: str) -> None:
    Path("folder.svg").mkdir()
    outcome = cli("draw", *EXPRESSION, "-o", path)
    assert outcome.status == 2
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_graph_too_large_for_graphviz_is_still_drawn_as_text(cli: Cli) -> None:
    expression = "+".join(["sin(cos(x))"] * 700)
    refused = cli("draw", expression, "x=1", "-o", "g.svg")
    assert refused.status == 2
    assert "nodes" in refused.err
    assert cli("draw", expression, "x=1", "-o", "g.txt").status == 0
