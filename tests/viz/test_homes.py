"""Homes where little can be imported, such as a browser: `scalar` and `viz` run there, with an installed renderer."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import viz
from tests.viz.stub import neuron
from viz import render

ROOT = Path(__file__).parents[2]
BARE = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("numpy", "sympy", "pygraphviz", "subprocess", "graphviz", "matplotlib"):
            raise ImportError(f"{name} is absent here")

sys.meta_path.insert(0, Absent())
for name in ("numpy", "sympy", "pygraphviz", "subprocess", "graphviz", "matplotlib"):
    assert sys.modules.pop(name, None) is None, name

import scalar, viz

asked = []
def renderer(dot, file_format):
    asked.append(file_format)
    return b'<svg width="9pt"><!-- ' + dot[:7].encode() + b" --></svg>"

viz.use_renderer(renderer)
w, x = scalar.Value(0.5, "w", role="parameter"), scalar.Value(2.0, "x")
y = scalar.tanh(w * x)
y.backward()
print(viz.draw(y, messages=True).render("svg").decode())
viz.draw(y).save(sys.argv[1])
print(y.chain_rule())
print(asked)
"""


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    viz.use_renderer(None)


def test_numbers_and_pictures_need_the_standard_library_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    command = [sys.executable, "-S", "-c", BARE, str(page)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.startswith('<svg width="9pt"><!-- digraph --></svg>\n')
    assert "w̄" in done.stdout
    assert done.stdout.endswith("['svg', 'svg']\n")
    assert "<!-- digraph -->" in page.read_text(encoding="utf-8")


def test_an_installed_renderer_makes_every_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not render.available()
    viz.use_renderer(lambda dot, file_format: f"{file_format} of {len(dot)}".encode())
    assert render.available()
    drawing = viz.draw(neuron())
    assert drawing.render("png").decode() == f"png of {len(drawing.source)}"
    viz.use_renderer(None)
    assert not render.available()


def test_a_renderer_is_a_function() -> None:
    with pytest.raises(TypeError, match=r"expected a function \(dot, format\) → bytes, or None; got 'dot'"):
        viz.use_renderer("dot")  # type: ignore[arg-type]
