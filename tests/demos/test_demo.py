import math
from pathlib import Path

import pytest

import demos.demo
from demos.console import ResultMissedError
from demos.demo import draw_regularised_loss, verify_regularised_loss
from tests.demos.conftest import Cli


@pytest.mark.slow
def test_the_tour_without_mnist(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demos.demo, "mnist_available", lambda: False)
    outcome = cli("demo")
    assert outcome.status == 0
    digits = ["loss.svg", "confusion.svg", "mistakes.png", "features.png"]
    written = ["regularised_loss.svg", "moons/loss.svg", "moons/boundary.svg", *(f"digits/{name}" for name in digits)]
    assert outcome.out.splitlines()[-7:] == [str(Path("out", name)) for name in written]
    assert all(Path("out", name).stat().st_size > 1000 for name in written)
    assert "moons: 100.00% of the 100 points right (it learnt from all of them)" in outcome.out
    assert "multivariate" in outcome.out


def test_a_wrong_gradient_stops_the_tour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demos.demo, "sigmoid", lambda z: 1 / (1 + math.exp(-z.data)) + 0 * z)  # cuts the graph
    with pytest.raises(ResultMissedError, match=r"∂L_reg/∂w is .*, and by hand"):
        draw_regularised_loss(tmp_path)


def test_the_expression_is_the_one_that_was_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    verify_regularised_loss()
    row = next(line for line in capsys.readouterr().out.splitlines() if line.strip().startswith("w "))
    assert row.split() == ["w", *["0.2375004"] * 5, "agrees"]
