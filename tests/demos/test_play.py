"""`play`: the page of an expression, written and opened."""

from pathlib import Path

import pytest

from tests.demos.conftest import Cli

EXPRESSION = ("ln(x1) + x1*x2 - sin(x2)", "x1=2", "x2=5")


@pytest.mark.parametrize("engine", ["scalar", "vector"])
def test_the_player_is_written_and_opened(cli: Cli, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    outcome = cli("play", *EXPRESSION, "--engine", engine)
    assert outcome == (0, "wrote player.html\n", "")
    assert opened == [Path("player.html").absolute().as_uri()]
    page = Path("player.html").read_text(encoding="utf-8")
    assert '<h1 dir="auto">ln(x1) + x1*x2 - sin(x2)</h1>' in page
    assert "its gradient is the sum of 2 messages, 5.5." in page


def test_no_browser_and_another_name(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webbrowser.open", lambda _: pytest.fail("a browser was opened"))
    assert cli("play", "-x**2", "x=3", "--no-browser", "-o", "p.html").out == "wrote p.html\n"
    assert Path("p.html").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x*y", "x=1"], "y"),
        (["ln(x)", "x=-1"], "log"),
        (["x*x", "x=1", "-o", "p.svg"], "expected a name ending in .html; got 'p.svg'"),
        (["x*x", "x=1", "-o", "missing/p.html"], "cannot write missing/p.html: No such file or directory"),
    ],
)
def test_mistakes(cli: Cli, arguments: list[str], message: str) -> None:
    outcome = cli("play", *arguments, "--no-browser")
    assert outcome.status == 2
    assert outcome.out == ""
    assert message in outcome.err
