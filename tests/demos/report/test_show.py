import json
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from tests.demos.conftest import Cli
from tests.demos.report.runs import table
from tests.demos.report.test_page import Reading

pytestmark = pytest.mark.slow  # each of them trains


def flowers(cli: Cli, name: str, *options: str) -> None:
    """A run on 48 rows of a table, measured on 12 others."""
    table(Path("flowers.csv"))
    words = ["--csv", "flowers.csv", "--target", "kind", "--drop", "height", "--test", "0"]
    words += ["--validation", "0.2", "--epochs", "2", "--hidden", "8"]
    cli("train", *words, *options, "--out", f"runs/{name}")


def changed(folder: str, file: str = "run.json", **values: object) -> None:
    path = Path(folder, file)
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses at which a browser is opened."""
    addresses: list[str] = []
    monkeypatch.setattr("webbrowser.open", addresses.append)
    return addresses


def test_one_run_is_summed_up_and_its_page_opened(cli: Cli, opened: list[str]) -> None:
    flowers(cli, "a", "--lr", "0.01")
    outcome = cli("show", "runs/a")
    assert outcome.status == 0
    first, model, rows, lead = outcome.out.splitlines()
    assert first.startswith("flowers: done, step 4 of 4, ")
    assert model == "Tabular( (body): MLP(5 → 8 → relu → 2) ), 66 parameters"
    assert rows == "rows: 48 training, 12 validation"
    accuracy = json.loads(Path("runs/a/results.json").read_text())["validation"]["accuracy"]
    assert lead == f"{100 * accuracy:.2f} % of the 12 validation rows, which chose the epoch, are right."
    assert opened == [Path("runs/a/report.html").absolute().as_uri()]


def test_no_browser_where_none_is_asked_for(cli: Cli, opened: list[str]) -> None:
    cli("train", "xor", "--engine", "vector")
    assert cli("show", "runs/xor", "--no-open").status == 0
    assert cli("show", "runs/xor", "--no-browser").status == 0
    assert opened == []


def test_a_page_that_is_missing_is_made_anew(cli: Cli) -> None:
    cli("train", "xor", "--engine", "vector")
    page = Path("runs/xor/report.html")
    before = page.read_bytes()
    page.unlink()
    assert "wrote runs/xor/report.html" in cli("show", "runs/xor", "--no-open").out
    assert page.read_bytes() == before


def test_a_run_that_is_not_done_tells_how_it_goes_on(cli: Cli) -> None:
    cli("train", "xor", "--engine", "vector")
    Path("runs/xor/results.json").unlink()
    changed("runs/xor", state="stopped", step=3)
    told = cli("show", "runs/xor", "--no-open").out.splitlines()
    assert told[0].startswith("xor: stopped, step 3 of 50")
    assert told[-1] == "to go on: python -m demos train xor --engine vector --resume --out runs/xor"


def test_a_run_that_failed_tells_why(cli: Cli) -> None:
    cli("train", "xor", "--engine", "vector", "--lr", "1e200")
    assert "the first to go wrong is step" in cli("show", "runs/xor", "--no-open").out


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (lambda: None, ["nix"], "expected the folder of a run, such as runs/digits, got nix, which is not there"),
        (lambda: Path("file").touch(), ["file"], "got file, which is not there"),
        (lambda: Path("empty").mkdir(), ["empty"], "got empty, which is no run: `twingrad train` makes one"),
        (lambda: Path("runs/xor/run.json").unlink(), ["runs/xor"], "of an earlier version or of another command"),
        (lambda: Path("runs/xor/run.json").write_text("{"), ["runs/xor"], "run.json: expected what a run wrote ("),
        (lambda: Path("runs/xor/run.json").write_text("[]"), ["runs/xor"], "expected title, state, step, steps"),
        (lambda: Path("runs/xor/results.json").write_text("{}"), ["runs/xor"], "expected steps, training in it"),
        (lambda: None, ["runs/xor", "-o", "x.html"], "-o names the page of a comparison"),
        (lambda: shutil.copytree("runs/xor", "b"), ["runs/xor", "b", "-o", "runs/xor/run.json/x"], "cannot write"),
    ],
)
def test_what_cannot_be_shown_is_told_in_one_line(cli: Cli, make: object, arguments: list[str], message: str) -> None:
    cli("train", "xor", "--engine", "vector", "--epochs", "2")
    make()  # type: ignore[operator]
    outcome = cli("show", *arguments, "--no-open")
    assert outcome.status == 2
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


# ---------------------------------------------------------------- several runs


def stars(page: str) -> dict[str, list[str]]:
    """By the title of a table's region, the runs in whose rows something is marked as the best."""
    found: dict[str, list[str]] = {}
    for part in page.split("<section>")[1:]:
        title = part.partition("<h2>")[2].partition("</h2>")[0]
        rows = part.split('<tr><th scope="row">')[1:]
        found[title] = [row.partition("</th>")[0] for row in rows if 'class="best"' in row]
    return found


def test_the_best_on_the_same_rows_is_marked(cli: Cli) -> None:
    flowers(cli, "fast", "--lr", "0.1")
    flowers(cli, "slow", "--lr", "0.0001")
    outcome = cli("show", "runs/slow", "runs/fast", "--no-open")
    assert outcome.status == 0
    page = Path("compare.html").read_text(encoding="utf-8")
    assert stars(page)["Figures on the validation rows"] == ["fast"]
    assert stars(page)["Figures on the training rows"] == ["fast"]
    best = next(line for line in outcome.out.splitlines() if "fast" in line and "★" in line)
    assert best.count("★") == 3  # accuracy, F1, loss
    words = Reading(page).words
    assert "What differs" in words
    assert "lr" in words.split("What differs")[1].split("Figures on")[0]
    assert "hidden" not in words.split("What differs")[1].split("Figures on")[0]


def test_nothing_is_marked_where_the_rows_differ(cli: Cli) -> None:
    flowers(cli, "a", "--lr", "0.01")
    flowers(cli, "b", "--lr", "0.001", "--seed", "1")
    told = cli("show", "runs/a", "runs/b", "--no-open").out
    page = Path("compare.html").read_text(encoding="utf-8")
    assert stars(page)["Figures on the validation rows"] == []
    assert stars(page)["Figures on the training rows"] == []
    words = Reading(page).words
    assert words.count("They are not the same rows in all runs, so none is marked as the best.") == 2
    assert told.count("not the same in all runs, so none is marked as the best") == 2
    assert "★" not in told


def test_a_regressions_loss_is_marked_where_its_unit_is_the_same(cli: Cli) -> None:
    learnt = ["--csv", str(table(Path("flowers.csv"))), "--target", "height", "--epochs", "3", "--drop", "kind"]
    learnt += ["--test", "0", "--validation", "0.2"]
    cli("train", *learnt, "--lr", "0.01", "--out", "runs/a")
    cli("train", *learnt, "--lr", "0.001", "--out", "runs/b")
    part = "Figures on the validation rows"
    cli("show", "runs/a", "runs/b", "--no-open")
    same = Path("compare.html").read_text(encoding="utf-8")
    results = json.loads(Path("runs/b/results.json").read_text())
    results["training"]["mark"] = "other"
    changed("runs/b", "results.json", **results)
    cli("show", "runs/a", "runs/b", "--no-open")
    other = Path("compare.html").read_text(encoding="utf-8")

    def marked(page: str) -> int:
        return page.partition(f"<h2>{part}")[2].partition("</section>")[0].count('class="best"')

    assert (marked(same), marked(other)) == (4, 3)  # R², RMSE, MAE, and the loss in units of the training's variance


def test_ties_and_runs_without_figures(cli: Cli) -> None:
    flowers(cli, "a")
    shutil.copytree("runs/a", "runs/b")
    shutil.copytree("runs/a", "runs/c")
    Path("runs/c/results.json").unlink()
    changed("runs/c", state="stopped", step=3)
    outcome = cli("show", "runs/a", "runs/b", "runs/c", "--no-open")
    page = Path("compare.html").read_text(encoding="utf-8")
    assert not any(stars(page).values())
    assert "c: stopped at step 3 of 4, and not measured" in outcome.out.splitlines()
    assert "Nothing: the options, the data and the machine are the same." in Reading(page).words


def test_one_run_without_the_others_rows_is_not_the_best_of_them(cli: Cli) -> None:
    flowers(cli, "a")
    flowers(cli, "b", "--validation", "0")
    cli("show", "runs/a", "runs/b", "--no-open")
    assert stars(Path("compare.html").read_text(encoding="utf-8"))["Figures on the validation rows"] == []


@pytest.mark.parametrize("other", ["moons", "xor"])
def test_runs_of_different_problems_are_told_apart(cli: Cli, other: str) -> None:
    flowers(cli, "a")
    cli("train", other, "--engine", "vector", "--epochs", "1")
    outcome = cli("show", "runs/a", f"runs/{other}", "--no-open")
    assert outcome.status == 2
    assert f"expected runs of one problem, got flowers in runs/a and {other} in runs/{other}" in outcome.err


def test_tables_with_other_targets_are_told_apart(cli: Cli) -> None:
    table(Path("flowers.csv"))
    for target in ("kind", "soil"):
        cli("train", "--csv", "flowers.csv", "--target", target, "--epochs", "1", "--out", f"runs/{target}")
    assert "with other classes or another target" in cli("show", "runs/kind", "runs/soil", "--no-open").err


def test_twenty_runs_are_all_named(cli: Cli) -> None:
    flowers(cli, "r0", "--lr", "0.01")
    for number in range(1, 20):
        shutil.copytree("runs/r0", f"runs/r{number}")
        changed(f"runs/r{number}", environment={"seed": number})
    outcome = cli("show", *(f"runs/r{number}" for number in range(20)), "--no-open", "-o", "all/of them.html")
    assert outcome.status == 0
    page = Reading(Path("all/of them.html").read_text(encoding="utf-8"))
    charts = [json.loads(a["data-chart"] or "") for _, a in page.tags if "data-chart" in a]
    assert len(charts) == 3
    for chart in charts:
        assert [line["name"] for line in chart["lines"]] == [f"r{number}" for number in range(20)]
        assert len({line["kind"] for line in chart["lines"]}) == 20
    names = [a for tag, a in page.tags if tag == "text" and (a.get("class") or "").startswith("name")]
    heights = [float(a["y"] or "") for a in names[:20]]
    gaps = [b - a for a, b in pairwise(sorted(heights))]
    assert min(gaps) > 10  # units of a chart whose text is 9.5 high


def test_a_run_named_twice_is_one_run(cli: Cli) -> None:
    cli("train", "xor", "--engine", "vector")
    assert "wrote compare.html" not in cli("show", "runs/xor", "runs/xor", "--no-open").out


def test_folders_of_one_name_are_told_by_their_paths(cli: Cli) -> None:
    flowers(cli, "a/x")
    flowers(cli, "b/x", "--lr", "0.1")
    told = cli("show", "runs/a/x", "runs/b/x", "--no-open").out
    assert " runs/a/x " in told
    assert " runs/b/x " in told
