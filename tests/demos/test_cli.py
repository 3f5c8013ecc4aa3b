"""How the command line as a whole ends: help, mistakes, interruptions, closed pipes."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.demos.conftest import Cli
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]

# The command, with a first step that waits for a line.
STEP = "in the first step"
IN_A_STEP = f"""
import runpy
from demos.train_progress import Follow

def wait(self, trainer, loss):
    if trainer.progress.step == 1:
        print({STEP!r}, flush=True)
        input()

Follow.on_step = wait
runpy.run_module("demos", run_name="__main__")
"""


def start(
    *arguments: str,
    folder: Path,
    encoding: str = "utf-8",
    program: Sequence[str] = ("-m", "demos"),
    stdout: int = subprocess.PIPE,
) -> subprocess.Popen[str]:
    """A command in a process of its own, in an empty folder, on a terminal of the given encoding."""
    return subprocess.Popen(
        [sys.executable, *program, *arguments],
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding=encoding,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding},
        cwd=folder,
    )


def test_help_lists_the_commands(cli: Cli) -> None:
    outcome = cli("--help")
    assert outcome.status == 0
    for command in ("draw", "play", "verify", "train", "show", "explore", "exercise", "gallery", "demo", "doctor"):
        assert f"│ {command} " in outcome.out


@pytest.mark.parametrize(
    "command", ["draw", "play", "verify", "train", "show", "explore", "exercise", "gallery", "demo"]
)
def test_every_command_has_help(cli: Cli, command: str) -> None:
    outcome = cli(command, "--help")
    assert outcome.status == 0
    assert f"python -m demos {command}" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["drew"], "Did you mean 'draw'"),
        (["draw"], "Missing argument 'EXPRESSION'"),
        (["draw", "x", "x=1", "--ouput", "g.svg"], "No such option: --ouput"),
        (["draw", "x", "x=1", "--engine", "jax"], "'jax' is not one of"),
        (["train", "cifar"], "'cifar' is not one of"),
        (["train", "moons", "--seed", "-1"], "greater than or equal to 0|-1 is not in the range 0<=x"),
        (["train", "digits", "--seed", "-1"], "greater than or equal to 0|-1 is not in the range 0<=x"),
        (["train", "moons", "--seed", "4294967296"], "(less than or equal to |range 0<=x<=)4294967295"),
    ],
)
def test_a_wrong_call_is_explained(cli: Cli, arguments: list[str], message: str) -> None:
    outcome = cli(*arguments)
    assert outcome.status == 2
    assert re.search(message, " ".join(outcome.err.replace("│", " ").split()))  # its box breaks lines


@pytest.mark.parametrize("command", ["draw", "verify"])
def test_a_bad_expression_gets_one_line_and_a_caret(cli: Cli, command: str) -> None:
    outcome = cli(command, "ln(x1) + lg(x2)", "x1=2", "x2=5")
    assert outcome.status == 2
    assert outcome.out == ""
    assert outcome.err.splitlines() == [
        "error: unknown function lg; did you mean log?",
        "  ln(x1) + lg(x2)",
        "           ^",
    ]


def test_the_caret_stands_right_behind_wide_and_combining_characters(cli: Cli) -> None:
    source = "日本 + e\N{COMBINING ACUTE ACCENT} + Σ + lg(x)"
    _, shown, caret = cli("draw", source).err.splitlines()
    assert caret.index("^") == cell_len(shown[: shown.index("lg")])


def test_a_mistake_in_a_value_points_at_the_value(cli: Cli) -> None:
    outcome = cli("verify", "x1*x2", "x1=2", "x2=five")
    assert outcome.status == 2
    assert outcome.err.splitlines()[1:] == ["  x2=five", "     ^"]


def test_a_long_expression_is_cut_around_the_caret(cli: Cli) -> None:
    message, shown, caret = cli("draw", "x + " * 500 + "lg(x)" + " + x" * 500, "x=1").err.splitlines()
    assert "unknown function lg" in message
    assert len(shown) < 80
    assert shown[caret.index("^") :].startswith("lg(x) + x")


def test_control_characters_never_reach_the_terminal(cli: Cli) -> None:
    outcome = cli("draw", "x + \x1b[31m", "x=1")
    assert outcome.status == 2
    assert "\x1b" not in outcome.err


def test_a_leading_minus_is_no_option(cli: Cli) -> None:
    assert "grad −6" in cli("draw", "-x1**2", "x1=3").out
    assert cli("draw", "-x1**2", "x1=3", "-og.txt").out == "wrote g.txt\n"


def test_as_a_process(tmp_path: Path) -> None:
    process = start("verify", "x1 ^ 2", "x1=3", folder=tmp_path)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (2, "", "error: write ** for powers\n  x1 ^ 2\n     ^\n")


def test_a_terminal_without_greek_gets_the_names_of_letters(tmp_path: Path) -> None:
    process = start("draw", "λ**2", "λ=3", folder=tmp_path, encoding="ascii")
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, "")
    assert "lambda' = v1'*2*lambda = 1*6 = 6" in out


def test_a_file_name_that_is_no_text_is_written_all_the_same(tmp_path: Path) -> None:
    process = start("draw", "x**2", "x=3", "-o", "\udcff.txt", folder=tmp_path)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (0, "wrote \\udcff.txt\n", "")


def test_ctrl_c_ends_quietly(tmp_path: Path) -> None:
    process = start("train", "moons", "--engine", "vector", folder=tmp_path, program=("-c", IN_A_STEP))
    assert process.stdout is not None
    assert "report.html shows how it goes" in process.stdout.readline()
    assert process.stdout.readline() == f"{STEP}\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate("go on\n", timeout=PATIENCE)
    assert process.returncode == 130
    assert err == ""
    assert re.search("stopped after step 1 of .*; --resume goes on in runs/moons", out)


@pytest.mark.parametrize("arguments", [["--help"], ["draw", "x**2", "x=3"], ["verify", "x**2", "x=3"]])
def test_a_closed_pipe_is_no_accident(tmp_path: Path, arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = start(*arguments, folder=tmp_path, stdout=writer)
    os.close(writer)
    _, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in err
    assert "BrokenPipeError" not in err
