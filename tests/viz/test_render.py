"""Finding and running Graphviz."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from viz import render

SOURCE = "digraph { a -> b }"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a Python script on PATH as the `dot` program, and nothing else."""

    def install(script: str) -> None:
        path = tmp_path / "dot"
        path.write_text(f"#!{sys.executable}\n{script}")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return install


@pytest.fixture
def without_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")


def test_dot_program_is_used_when_it_is_on_path(program: Callable[[str], None]) -> None:
    program(
        "import json, os, sys\nprint(json.dumps([sys.argv[1:], sys.stdin.read(), os.environ['SOURCE_DATE_EPOCH']]))"
    )
    assert json.loads(render.render(SOURCE, "svg")) == [["-Tsvg"], SOURCE, "0"]
    assert json.loads(render.render(SOURCE, "png")) == [["-Tpng", "-Gdpi=192"], SOURCE, "0"]


def test_pygraphviz_is_used_without_the_program(without_dot: None) -> None:
    assert render.available()
    assert b"<title>a&#45;&gt;b</title>" in render.render(SOURCE, "svg")


def test_png_is_drawn_at_twice_the_resolution(without_dot: None) -> None:
    png = render.render(SOURCE, "png")
    (points,) = re.findall(rb'<svg width="(\d+)pt"', render.render(SOURCE, "svg"))
    assert int.from_bytes(png[16:20]) == pytest.approx(int(points) / 72 * 192, abs=2)


def test_pdf_has_a_fixed_date(without_dot: None) -> None:
    assert b"/CreationDate (D:19700101000000Z)" in render.render(SOURCE, "pdf")


def test_without_any_renderer_the_error_names_the_command(without_dot: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not render.available()
    with pytest.raises(render.RendererNotFoundError, match=r"python -m pip install pygraphviz$"):
        render.render(SOURCE, "svg")


def test_failure_of_the_program_is_told_in_its_words(program: Callable[[str], None]) -> None:
    program("import sys\nsys.exit('Format: \"pdf\" not recognized.')")
    with pytest.raises(render.RenderError, match='as pdf: Format: "pdf" not recognized'):
        render.render(SOURCE, "pdf")


def test_label_that_pygraphviz_cannot_read_is_an_error(without_dot: None) -> None:
    with pytest.raises(render.RenderError, match=r"could not draw the graph as svg: .*syntax error"):
        render.render("digraph { a [label=<<TABLE><TR></TR></TABLE>>] }", "svg")


def test_crash_of_the_program_is_an_error_here_and_no_crash(program: Callable[[str], None]) -> None:
    program("import os\nos.abort()")
    with pytest.raises(render.RenderError, match=r"exit status -6"):
        render.render(SOURCE, "svg")


def test_endless_layout_is_stopped_with_advice(program: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "TIME_LIMIT", 0.2)
    program("import signal\nsignal.pause()")
    with pytest.raises(render.RenderError, match=r"no layout in 0.2 s: .* save it as \.txt or \.dot"):
        render.render(SOURCE, "svg")


def test_a_layout_that_takes_long_is_stopped_and_another_one_drawn(
    program: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "PATIENCE", 0.2)
    program("import signal, sys\nprint(sys.argv[-1]) if '-Gnslimit=0.1' in sys.argv else signal.pause()")
    assert render.render(SOURCE, "svg") == b"-Gsplines=polyline\n"


def test_module_of_the_users_folder_cannot_stand_in_for_pygraphviz(tmp_path: Path, without_dot: None) -> None:
    (tmp_path / "pygraphviz.py").write_text("raise SystemExit('not the real one')")
    code = f"from viz import render; print(len(render.render({SOURCE!r}, 'svg')))"
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path)))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert int(done.stdout) > 500, done.stderr
