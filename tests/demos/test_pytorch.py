"""PyTorch as the second judge of drawings, on both engines."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scalar
import vector
import viz
from demos import pytorch
from tests.demos.conftest import Cli
from viz.differences import Judgement
from viz.graph import Graph

pytest.importorskip("torch", reason="PyTorch is not installed")


def judged(output: Any) -> Graph:
    return viz.draw(output, verify=pytorch.Judge()).graph


def stamps(graph: Graph) -> list[str]:
    return [str(edge.stamp or "") for edge in graph.edges]


def test_numbers() -> None:
    x, y = scalar.Value(0.5, "x"), scalar.Value(2.0, "y")
    z = scalar.sigmoid(x * y) / y - scalar.exp(x) ** 2 + scalar.maximum(x, y)
    z.backward()
    graph = judged(z)
    assert {stamp[:1] for stamp in stamps(graph)} == {"✓", ""}  # constants have none
    assert graph.judges == ("difference quotients", "PyTorch")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_arrays(dtype: type) -> None:
    generator = np.random.default_rng(0)
    W = vector.tensor(generator.normal(size=(3, 4)).astype(dtype), requires_grad=True)
    x = vector.tensor(generator.normal(size=(4, 2)).astype(dtype), requires_grad=True)
    loss = vector.tanh(W @ x).sum()
    loss.backward(retain_all=True)
    graph = judged(loss)
    assert set(stamps(graph)) == {"✓"}
    assert graph.judges == ("difference quotients", "PyTorch")


def wrong_tanh(monkeypatch: pytest.MonkeyPatch) -> scalar.Value:
    monkeypatch.setattr(scalar.rules.tanh, "local", lambda out, x: (1 - out,))
    y = scalar.tanh(scalar.Value(0.5, "x"))
    y.backward()
    return y


def test_a_wrong_rule_is_found_by_quotients_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    y = wrong_tanh(monkeypatch)
    assert stamps(viz.draw(y, verify=True).graph) == ["✗ measured 0.7864"]


def test_a_wrong_rule_is_found_by_pytorch_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    y = wrong_tanh(monkeypatch)
    silent = Judgement("unknown", None, smooth=False, reason="silent")
    monkeypatch.setattr("viz.verify.judge", lambda *claimed, **options: silent)
    drawing = viz.draw(y, verify=pytorch.Judge())
    assert stamps(drawing.graph) == ["✗ PyTorch 0.7864"]
    assert f'color="{drawing.graph.palette.verdicts["mismatch"]}" penwidth=2.5' in drawing.source


def test_what_it_computes_otherwise_it_says_nothing_of() -> None:
    x = vector.tensor(np.ones((2, 3)), requires_grad=True)
    row = x.sum(axis=0)  # PyTorch, which is told of no axis, sums all
    assert pytorch.Judge()(row, np.ones(3)) is None


def test_the_command_stamps_with_both(cli: Cli) -> None:
    outcome = cli("draw", "x*sin(y)", "x=1", "y=2", "--verify")
    assert outcome.status == 0
    assert "grad 0.9093 ✓" in outcome.out
    cli("draw", "x*sin(y)", "x=1", "y=2", "--verify", "-o", "g.dot")
    text = Path("g.dot").read_text(encoding="utf-8")
    assert "agrees with difference quotients and PyTorch" in text


def test_the_command_does_without_pytorch(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytorch, "installed", lambda: False)
    cli("draw", "x*sin(y)", "x=1", "y=2", "--verify", "-o", "g.svg")
    text = Path("g.svg").read_text(encoding="utf-8")
    assert "agrees with difference quotients<" in text
