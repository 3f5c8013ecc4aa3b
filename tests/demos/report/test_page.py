import base64
import contextlib
import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import sys
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from demos.cli import main
from demos.report import page as pages
from demos.report.page import run_page
from demos.report.repeat import command, typed
from demos.report.run import read_run
from demos.train_progress import Follow
from tests.demos.conftest import Cli
from tests.demos.report.runs import HOSTILE, table
from vector import training


class Reading(HTMLParser):
    """What a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.inside: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.inside):
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


def read(folder: str) -> Reading:
    return Reading(Path(folder, "report.html").read_text(encoding="utf-8"))


RUNS = {
    "digits": ["digits", "--epochs", "2", "--validation", "0.1"],
    "xor": ["xor", "--engine", "vector"],
    "kind": ["--csv", "flowers.csv", "--test", "0", "--validation", "0.2", "--target", "kind", "--epochs", "3"],
    "height": ["--csv", "flowers.csv", "--test", "0", "--validation", "0.2", "--target", "height", "--epochs", "3"],
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of each kind, whose command was given in the folder above its own."""
    made = {}
    for name, words in RUNS.items():
        folder = tmp_path_factory.mktemp(name)
        table(folder / "flowers.csv")
        with contextlib.chdir(folder), contextlib.suppress(SystemExit):
            main(["train", *words, "--out", "here"])
        made[name] = folder / "here"
    return made


@pytest.fixture(params=RUNS)
def run(request: pytest.FixtureRequest, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> str:
    """A run's kind, whose folder is `here`."""
    monkeypatch.chdir(folders[request.param].parent)
    return str(request.param)


def test_a_page_stands_alone(run: str) -> None:
    page = Path("here/report.html").read_text(encoding="utf-8")
    found = Reading(page)
    for tag, attributes in found.tags:
        assert "style" not in attributes  # which the page's own policy forbids
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            assert (attributes.get(name) or "#").startswith(("data:", "#")), (tag, attributes)
        if tag == "img":
            assert attributes["alt"]
        if tag == "svg":
            assert attributes.get("aria-label") or attributes.get("aria-hidden") == "true"
    assert "url(" not in page
    ids = Counter(attributes["id"] for _, attributes in found.tags if "id" in attributes)
    assert max(ids.values()) == 1
    levels = [int(tag[1]) for tag, _ in found.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_page_runs_its_own_script_and_no_other(run: str) -> None:
    page = Path("here/report.html").read_text(encoding="utf-8")
    (policy,) = (a["content"] or "" for _, a in Reading(page).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; img-src data:;")
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert f"{tag}-src 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy


def test_a_page_is_made_anew_from_the_runs_files(run: str) -> None:
    assert run_page(read_run(Path("here"))) == Path("here/report.html").read_text(encoding="utf-8")


def test_what_a_page_tells(run: str) -> None:
    words = read("here").words
    parts = {"digits": "360 test images, which chose nothing", "xor": "4 training points, which chose the weights"}
    assert parts.get(run, "12 validation rows, which chose the epoch") in words
    headings = {
        "digits": ["Class by class", "The worst mistakes", "What the first layer looks for"],
        "xor": ["Class by class", "Where it draws the line"],
        "kind": ["Class by class", "The worst mistakes", "What it leans on"],
        "height": ["Predicted beside true", "The worst mistakes", "What it leans on"],
    }[run]
    for heading in ["Figures", "How it went", *headings, "What was trained, and on what", "Once more"]:
        assert heading in words
    for word in ("NumPy".lower(), "processor", "cores", "seed", "learnt" if run in ("kind", "height") else "task"):
        assert word in words
    assert shlex.join(["python", "-m", "demos", "train", *RUNS[run]]) in words
    assert "--out" not in words
    charts = [json.loads(a["data-chart"] or "") for _, a in read("here").tags if "data-chart" in a]
    named = [line["name"].partition(" (")[0] for line in charts[0]["lines"]]
    parts_measured = {"digits": ["validation", "test"], "xor": []}.get(run, ["validation"])
    assert named == ["training", *parts_measured]


def test_hostile_names_are_escaped(cli: Cli) -> None:
    path = table(Path("hostile.csv"), names=(HOSTILE, "b"))
    path.write_text(
        path.read_text().replace("<script>alert('x')</script>&\"$1", '"<script>alert(\'x\')</script>&""$1"')
    )
    head, _, rows = path.read_text().partition("\n")
    names = {"width": "<b>wide", "kind": "<img src=x>kind"}
    for old, new in names.items():
        head = head.replace(old, new)
    path.write_text(f"{head}\n{rows}")
    outcome = cli("train", "--csv", "hostile.csv", "--target", names["kind"], "--epochs", "2", "--out", "runs/<i>&")
    assert outcome.status == 0
    found = read("runs/<i>&")
    assert HOSTILE in found.words
    assert "<b>wide" in found.words
    assert not [tag for tag, _ in found.tags if tag in ("b", "i")]
    assert [tag for tag, _ in found.tags].count("script") == 1
    assert not [a for tag, a in found.tags if tag == "img" and not (a["src"] or "").startswith("data:")]
    cli("train", "--csv", "hostile.csv", "--target", names["kind"], "--epochs", "2", "--out", "runs/<s>")
    assert cli("show", "runs/<i>&", "runs/<s>", "--no-open").status == 0
    compared = Reading(Path("compare.html").read_text(encoding="utf-8"))
    assert "<i>&" in compared.words
    assert not {"i", "s"} & {tag for tag, _ in compared.tags}


@pytest.mark.slow
def test_what_stands_in_empty_cells_is_told(cli: Cli) -> None:
    path = table(Path("gaps.csv"))
    head, *rows = path.read_text().splitlines()
    rows = [",".join(["" if i % 4 == 0 else row.split(",")[0], *row.split(",")[1:]]) for i, row in enumerate(rows)]
    path.write_text("\n".join([head, *rows]))
    outcome = cli("train", "--csv", "gaps.csv", "--target", "height", "--drop", "kind", "--epochs", "1")
    assert outcome.status == 0
    width = json.loads(Path("runs/gaps/run.json").read_text())["config"]["schema"]["features"][0]
    words = read("runs/gaps").words
    assert f"width numbers the number the median, {width['fill']:.6g}, and a column says so" in words
    assert "soil words 0 or 1 for each of clay, loam, sand nothing is missing in training rows" in words


def test_a_table_is_told_part_by_part(cli: Cli) -> None:
    table(Path("flowers.csv"))
    words = ["--target", "kind", "--epochs", "1", "--test", "0.2", "--validation", "0.25"]
    told = cli("train", "--csv", "flowers.csv", *words).out.splitlines()
    assert [line.partition(" of the ")[2] for line in told[-3:]] == [
        "36 training rows right (they chose the weights)",
        "12 validation rows right (they chose the epoch)",
        "12 test rows right (they chose nothing)",
    ]
    assert told[:2] == ["flowers.csv: 60 rows", "target 'kind': words: classification, 2 classes"]
    assert f"how it was read {told[0]} {told[1]}" in read("runs/flowers").words


# ---------------------------------------------------------------- how a run ends


def test_an_interrupted_run_says_how_to_go_on(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def press(self: Follow, trainer: training.Trainer, loss: float) -> None:
        if trainer.progress.step == 7:
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(Follow, "on_step", press)
        cli("train", "xor", "--engine", "vector", "--out", "runs/my xor", "--epochs", "20")
    words = read("runs/my xor").words
    assert "stopped" in words
    assert "Stopped after step 7 of 20." in words
    resumed = "python -m demos train xor --engine vector --epochs 20 --resume --out 'runs/my xor'"
    assert resumed in words
    assert cli(*shlex.split(resumed)[3:]).status == 0
    words = read("runs/my xor").words
    assert "Stopped" not in words
    assert "python -m demos train xor --engine vector --epochs 20 " in words  # repeats it from its beginning


def test_a_run_that_diverged_says_the_error(cli: Cli) -> None:
    told = cli("train", "xor", "--engine", "vector", "--lr", "1e200").err
    words = read("runs/xor").words
    assert json.loads(Path("runs/xor/run.json").read_text())["state"] == "failed"
    assert "the first to go wrong is step" in words
    assert " ".join(told.removeprefix("error: ").partition("; try a smaller")[0].split()) in words


def test_a_run_that_goes_on_says_how_far_it_is(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def look(self: Follow, trainer: training.Trainer, loss: float) -> None:
        if trainer.progress.step == 5:
            seen.append(Path("runs/xor/report.html").read_text(encoding="utf-8"))

    monkeypatch.setattr("demos.report.watch._LEAST", 0.0)
    monkeypatch.setattr("demos.report.watch._SHARE", 0)
    monkeypatch.setattr(Follow, "on_step", look)
    cli("train", "xor", "--engine", "vector", "--epochs", "20")
    going = Reading(seen[0])  # by the step before
    assert "Step 4 of 20" in going.words
    assert "running" in going.words
    assert next(a for tag, a in going.tags if tag == "progress") == {
        "max": "20", "value": "4", "aria-label": "Steps that are done",
    }  # fmt: skip
    assert "Loss" in going.words
    done = read("runs/xor")
    assert "progress" not in [tag for tag, _ in done.tags]


@pytest.mark.slow
def test_a_former_end_is_forgotten_when_a_run_goes_on(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("train", "xor", "--engine", "vector")
    there: list[bool] = []
    with monkeypatch.context() as patch:
        patch.setattr(Follow, "on_end", lambda *_: there.extend([Path("runs/xor/results.json").exists()]))
        cli("train", "xor", "--resume")
    assert there == [False]


@pytest.mark.slow
def test_a_missed_goal_is_told(cli: Cli) -> None:
    cli("train", "digits", "--epochs", "1", "--lr", "1e-6")
    assert "At least 95.0 % are stated, which it misses." in read("runs/digits").words


# ---------------------------------------------------------------- what is not installed


@pytest.mark.slow
def test_without_jinja_there_is_no_page_and_one_line(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demos.report.watch.has_templates", lambda: False)
    outcome = cli("train", "xor", "--engine", "vector")
    assert outcome.status == 0
    assert pages.MISSING in outcome.out.splitlines()
    assert not Path("runs/xor/report.html").exists()
    pages.templates.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    monkeypatch.setitem(sys.modules, "markupsafe", None)  # which Jinja brings
    monkeypatch.delitem(sys.modules, "demos.report.charts", raising=False)
    shutil.copytree("runs/xor", "runs/again")
    for runs in (["runs/xor"], ["runs/xor", "runs/again"]):
        outcome = cli("show", *runs, "--no-open")
        assert (outcome.status, outcome.err) == (2, f"error: {pages.MISSING}\n")
    pages.templates.cache_clear()


def test_without_scikit_learn_the_page_says_what_to_install(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    cli("train", "xor", "--engine", "vector")
    words = read("runs/xor").words
    assert 'more figures than these need scikit-learn: pip install "twingrad[train]"' in words
    assert "Class by class" not in words


# ---------------------------------------------------------------- the command


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["train", "xor", "--out", "a b"], "twingrad train xor"),
        (["train", "xor", "--out=a", "--lr=0.1", "--resume"], "twingrad train xor --lr=0.1"),
        (["train", "--csv", "my file.csv", "--target", "a;b"], "twingrad train --csv 'my file.csv' --target 'a;b'"),
        (["train", "mnist", "--hidden", ""], "twingrad train mnist --hidden ''"),
    ],
)
def test_the_command_is_what_was_typed_less_its_folder(words: list[str], told: str) -> None:
    token = typed.set(("twingrad", words))
    assert command() == told
    assert command(4) == f"mpiexec -n 4 {told}"
    typed.reset(token)


def test_a_run_that_python_started_has_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    token = typed.set(None)
    assert command() is None
    typed.reset(token)


@pytest.mark.slow
def test_the_command_repeats_the_run(cli: Cli) -> None:
    table(Path("my flowers.csv"))
    cli("train", "--csv", "my flowers.csv", "--target", "kind", "--epochs", "2", "--hidden", "5", "--out", "runs/first")
    told = json.loads(Path("runs/first/run.json").read_text())["command"]
    cli(*shlex.split(told)[3:])
    first, second = (Path("runs", name, "model.safetensors").read_bytes() for name in ("first", "my flowers"))
    assert first == second


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.99999, "99.9 %"), (1.0, "100 %"), (0.0, "0 %"), (1e-9, "0.1 %"), (0.25, "25.0 %"), (None, "–")],
)
def test_what_is_not_quite_all_is_not_written_as_all(share: Any, told: str) -> None:
    assert pages.percent(share) == told
