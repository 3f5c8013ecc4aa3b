"""The page of a run: every text, number and picture decided here, laid out by the templates."""

from __future__ import annotations

import base64
import datetime
import functools
import hashlib
import importlib.util
import math
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demos.report.parts import ROLES
from demos.report.results import reached
from demos.report.run import Run
from demos.report.scores import MISSING as MORE

if TYPE_CHECKING:
    import jinja2
    from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"
MISSING = 'no report.html: it needs Jinja; install it with: pip install "twingrad[train]"'

FIGURES: Mapping[str, tuple[str, str]] = {
    "accuracy": ("accuracy", "the share of the rows that are said right"),
    "balanced_accuracy": ("balanced accuracy", "the mean of the classes' recalls: each class counts alike"),
    "f1": ("F1, mean of the classes", "of each class 2·precision·recall / (precision + recall)"),
    "f1_second": ("F1 of the second class", ""),
    "auc": ("AUC", "how surely a row of a class is put above one of another: 1 always, 0.5 as a coin would"),
    "r2": ("R²", "the share of the target's variance that is explained"),
    "rmse": ("RMSE", "the root of the mean square error, in the target's unit"),
    "mae": ("MAE", "the mean absolute error, in the target's unit"),
    "loss": ("loss", "what the training makes small"),
}
"""By their keys in results.json, in the order of pages: the names, and what they say."""
SHARES = ("accuracy", "balanced_accuracy")
_OF_ONE = ("f1", "f1_second", "auc")
SMALLER_IS_BETTER = ("rmse", "mae", "loss")

_LARGEST = 1_500_000  # bytes of a picture inside the page
_FILES: Mapping[str, str] = {
    "config.json": "every option",
    "run.json": "how far the run is, and where it ran",
    "metrics.jsonl": "a line for each step and each epoch",
    "results.json": "the figures of this page",
    "model.safetensors": "the model's weights",
    "best.safetensors": "the weights of the best epoch so far",
    "model.onnx": "the whole model, for other programs",
    "mistakes.csv": "the worst mistakes by their lines",
    "loss.svg": "the loss",
    "accuracy.svg": "accuracies by epoch",
    "confusion.svg": "what was taken for what",
    "predictions.svg": "predicted beside true",
    "boundary.svg": "where the model draws the line",
    "mistakes.png": "the worst mistakes",
    "features.png": "the first layer's weights",
    "checkpoints": "what --resume goes on from",
}


def has_templates() -> bool:
    """Whether pages can be made: Jinja is installed."""
    return importlib.util.find_spec("jinja2") is not None


def run_page(run: Run) -> str:
    """The whole page, as far as the run is.

    Raises:
        ImportError: Jinja is not installed.
    """
    templates()  # its absence is reported, not that of what it brings
    state = run.state
    return rendered(
        "run.html",
        run=run,
        state=state,
        going=state["state"] == "running",
        lead=lead(run),
        written_at=datetime.datetime.fromtimestamp(state["written"]).strftime("%Y-%m-%d %H:%M:%S"),
        resume=resume(run),
        figures=figures(run),
        more="" if run.results is None or "baseline" in run.results["training"] else MORE,
        curves=list(curves(run)),
        epochs=epoch_table(run),
        confusion=confusion(run),
        strengths=strengths(run),
        predictions=predictions(run),
        pictures=list(pictures(run)),
        options=options(run),
        files=[(name, told) for name, told in _FILES.items() if (run.folder / name).exists()],
    )  # fmt: skip


def rendered(name: str, **parts: Any) -> str:
    """A page by its template; it may run its own script and no other, and fetch nothing."""
    found = templates()
    style, script = ((TEMPLATES / file).read_text(encoding="utf-8") for file in ("report.css", "report.js"))
    hashes = {"style_hash": _fingerprint(style), "script_hash": _fingerprint(script)}
    return found.get_template(name).render(**parts, **hashes, style=style, script=script)


@functools.cache
def templates() -> jinja2.Environment:
    """Where the pages' templates are.

    Raises:
        ImportError: Jinja is not installed; the error says how.
    """
    try:
        import jinja2
    except ImportError:
        raise ImportError(MISSING) from None
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "percent": percent, "duration": duration, "minus": minus, "own": Markup}
    environment.globals |= {"FIGURES": FIGURES}
    return environment


def _fingerprint(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# ---------------------------------------------------------------- how numbers are written


def number(value: float | None) -> str:
    """Four digits, whole ones in full.

    >>> number(0.123456), number(12345), number(-2.5e-7), number(None)
    ('0.1235', '12,345', '−2.5e−07', '–')
    """
    if value is None:
        return "–"
    return minus(f"{value:,}" if isinstance(value, int) else f"{value:.4g}")


def minus(text: str) -> str:
    """A number with the sign that is as wide as a plus."""
    return text.replace("-", "−")


def percent(value: float | None, digits: int = 1) -> str:
    """A share of one; what is not quite all is not written as all.

    >>> percent(0.5), percent(1.0), percent(0.99999), percent(0.00001), percent(None)
    ('50.0 %', '100 %', '99.9 %', '0.1 %', '–')
    """
    if value is None:
        return "–"
    if value in (0.0, 1.0):
        return f"{100 * value:.0f} %"
    least = 10.0**-digits
    return f"{min(max(100 * value, least), 100 - least):.{digits}f} %"


def duration(seconds: float) -> str:
    """Time as people say it.

    >>> duration(0.8), duration(75), duration(8000)
    ('0.8 s', '1 min 15 s', '2 h 13 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def figure(key: str, value: float | None) -> str:
    """A figure of results.json."""
    if value is None or key in SHARES:
        return percent(value, 2)
    return minus(f"{value:.4f}") if key in _OF_ONE else number(value)


# ---------------------------------------------------------------- what the run says


def lead(run: Run) -> str:
    """How well it does, in a sentence; "" before it is measured."""
    found = run.results
    if found is None or not run.done:
        return ""
    part = found["details"]
    measured, rows = found[part], f"{part} {found['unit']}, which {ROLES[part]}"
    if "accuracy" in measured:
        return f"{percent(measured['accuracy'], 2)} of the {measured['rows']:,} {rows}, are right.{_stated(run)}"
    told = f"RMSE {number(measured['rmse'])}"
    if "r2" in measured:
        told = f"R² {number(measured['r2'])}, {told}"
    return f"{told} on the {measured['rows']:,} {rows}."


def _stated(run: Run) -> str:
    goal, share = run.recipe["goal"], reached(run.results or {})
    if not goal or share is None:
        return ""
    of = " of all points" if run.state["data"]["unit"] == "points" else ""
    return f" At least {percent(goal)}{of} are stated, which it {'reaches' if share >= goal else 'misses'}."


def resume(run: Run) -> str:
    """The command that goes on with it; "" where there is none."""
    command = run.state["command"]
    if run.state["state"] == "done" or not run.state["resumable"] or not command:
        return ""
    return f"{command} {shlex.join(['--resume', '--out', str(run.folder)])}"


def figures(run: Run) -> list[dict[str, Any]]:
    """The rows of the table of figures: a name, what it says, and a cell for each part; the baselines last."""
    found = run.results
    if found is None:
        return []
    there = [name for name in ROLES if name in found]
    rows = [
        {"name": name, "says": says, "cells": [figure(key, found[part].get(key)) for part in there]}
        for key, (name, says) in FIGURES.items()
        if any(key in found[part] for part in there)
    ]
    if "baseline" in found["training"]:
        base = found["training"]["baseline"]
        key = "rmse" if "rmse" in base else "accuracy"
        name = "RMSE of the training mean" if key == "rmse" else f"accuracy of saying “{base['says']}” always"
        says = "what a model has to beat" if key == "rmse" else "the most frequent class: what a model has to beat"
        rows.insert(1 if key == "accuracy" else len(rows) - 1, {
            "name": name, "says": says, "cells": [figure(key, found[part]["baseline"][key]) for part in there],
        })  # fmt: skip
    return rows


def curves(run: Run) -> Iterator[dict[str, Any]]:
    """Loss, and accuracy or RMSE, by step: a title, a key, the chart."""
    from demos.report.charts import Curve, curves, thinned

    if not run.losses:
        return
    x, y, window = thinned(range(1, len(run.losses) + 1), run.losses)
    told = f"training (mean of {window} steps)" if window > 1 else "training"
    lines = [Curve(told, x, y)]
    lines += [
        Curve(part, *by_epoch(run, f"{part}_loss"), style=(index, index))
        for index, part in ((1, "validation"), (2, "test"))
        if any(f"{part}_loss" in line for line in run.epochs)
    ]
    mark = _best(run)
    label = f"Loss by step: {ends(lines)}"
    yield {"title": "Loss", "lines": lines, "chart": curves(lines, label=label, y="loss", log=True, mark=mark)}
    key, title = ("rmse", "RMSE") if run.regression else ("accuracy", "Accuracy")
    lines = [
        Curve(part, *by_epoch(run, f"{part}_{key}"), style=(index, index))
        for index, part in ((1, "validation"), (2, "test"))
        if any(f"{part}_{key}" in line for line in run.epochs)
    ]
    if lines:
        label = f"{title} by step: {ends(lines)}"
        shares = key == "accuracy"
        chart = curves(lines, label=label, y=title.lower() if shares else title, percent=shares, mark=mark)
        yield {"title": title, "lines": lines, "chart": chart}


def by_epoch(run: Run, key: str) -> tuple[list[float], list[float]]:
    """The steps at which epochs ended, and a metric there."""
    lines = [line for line in run.epochs if key in line]
    return [float(line["step"]) for line in lines], [float(line[key]) for line in lines]


def _best(run: Run) -> tuple[float, str] | None:
    best = run.results["best_epoch"] if run.results is not None else None
    if best is None or best > len(run.epochs) or len(run.epochs) < 2:
        return None
    return float(run.epochs[best - 1]["step"]), f"best epoch, {best}"


def ends(lines: Sequence[Any]) -> str:
    """How each line begins and ends, in words."""
    return "; ".join(f"{line.name} from {number(line.y[0])} to {number(line.y[-1])}" for line in lines if line.y)


def epoch_table(run: Run, most: int = 30) -> dict[str, Any] | None:
    """The metrics of the epochs, at most 30, evenly spread: the curves for who does not see them."""
    if not run.epochs:
        return None
    count = len(run.epochs)
    places = sorted({round(i * (count - 1) / max(min(count, most) - 1, 1)) for i in range(min(count, most))})
    keys = [key for key in ("loss", "validation_loss", "test_loss", "validation_accuracy", "test_accuracy",
                            "validation_rmse", "test_rmse") if key in run.epochs[-1]]  # fmt: skip
    names = ["training loss" if key == "loss" else key.replace("_", " ").replace("rmse", "RMSE") for key in keys]
    rows = [
        [number(int(run.epochs[i]["epoch"])), number(int(run.epochs[i]["step"])),
         *(figure(key.rpartition("_")[2], run.epochs[i].get(key)) for key in keys)]
        for i in places
    ]  # fmt: skip
    return {"heads": ["epoch", "step", *names], "rows": rows, "all": len(places) == count}


def confusion(run: Run) -> dict[str, Any] | None:
    """Counts with the class of a colour: the row's share, from 0 to 10; mistakes are rare, so a tenth is full red."""
    if run.results is None or "confusion" not in run.results:
        return None
    found = run.results["confusion"]
    rows = []
    for i, (name, counts) in enumerate(zip(found["classes"], found["counts"], strict=True)):
        whole = sum(counts) or 1
        cells = []
        for j, count in enumerate(counts):
            share = count / whole
            level = math.ceil(10 * share) if i == j else math.ceil(10 * min(10 * share, 1.0))
            cells.append({"count": count, "shade": f"{'right' if i == j else 'wrong'}{level}" if count else "none"})
        rows.append({"name": name, "cells": cells})
    return {"names": found["classes"], "rows": rows}


def strengths(run: Run, most: int = 20) -> dict[str, Any] | None:
    """The strongest columns with their bars."""
    from demos.report.charts import bar

    if run.results is None or "strengths" not in run.results:
        return None
    found = run.results["strengths"]
    columns = found["columns"][:most]
    low = min(0.0, *(row["mean"] - row["deviation"] for row in columns))
    high = max(1e-12, *(row["mean"] + row["deviation"] for row in columns))
    shares = found["of"] == "accuracy"

    def told(value: float) -> str:
        return f"{100 * value:.1f}".replace("-", "−") if shares else number(value)

    rows = [
        {
            "name": row["column"],
            "bar": bar(low, high, row["mean"], row["deviation"]),
            "told": f"{told(row['mean'])} ± {told(row['deviation'])}",
        }
        for row in columns
    ]
    return {**found, "rows": rows, "counted": found["rows"], "more": len(found["columns"]) - len(columns)}


def predictions(run: Run) -> Markup | None:
    """Predicted beside true numbers."""
    from demos.report.charts import dots

    if run.results is None or "predictions" not in run.results:
        return None
    found, target = run.results["predictions"], run.state["data"]["target"] or ""
    label = f"Predicted beside true numbers of {len(found['true'])} {run.results['unit']}; on the line they are equal"
    x, y = f"true {target}".rstrip(), f"predicted {target}".rstrip()
    return dots(found["true"], found["said"], label=label, x=x, y=y)


def pictures(run: Run) -> Iterator[dict[str, str]]:
    """Files of the run that are shown inside the page."""
    if not run.done:
        return
    boundary, features = run.folder / "boundary.svg", run.folder / "features.png"
    if boundary.exists() and boundary.stat().st_size < _LARGEST:
        from demos.plots.scheme import recoloured

        svg = recoloured(boundary.read_text(encoding="utf-8"))
        yield {
            "title": "Where it draws the line",
            "source": "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode(),
            "kind": "plot",
            "alt": "The points of both classes in the plane, and the line at which the model's score changes its sign.",
            "caption": "Colours are the model's score, whose sign says the class; on the line it is 0.",
        }
    if features.exists() and features.stat().st_size < _LARGEST:
        yield {
            "title": "What the first layer looks for",
            "source": "data:image/png;base64," + base64.b64encode(features.read_bytes()).decode(),
            "kind": "pixels",
            "alt": "The weights of the first layer's units, each an image of the size of the samples.",
            "caption": "Each image is a unit of the first layer: what is red speaks for it, what is blue against it. "
            "The units shown first are the first, not the best.",
        }


def options(run: Run) -> list[tuple[str, str]]:
    """The options of the training, by name."""
    recipe = dict(run.recipe)
    config = dict(recipe.pop("options"))
    ours = ("objective", "checkpoint_seconds", "keep")
    shown = {
        "hidden layers": ", ".join(map(str, recipe["hidden"])) or "none",
        "activation": recipe["activation"],
        "objective": config.get("objective") or run.state["data"]["task"],
        **{name.replace("_", " "): config[name] for name in config if name not in ours},
    }
    if recipe["augment"] is not None:
        distorted = {name: value for name, value in recipe["augment"].items() if name != "shape" and value}
        shown["distortions"] = ", ".join(f"{name} {value:g}" for name, value in distorted.items())
    if recipe["source"]:
        shown["source"] = recipe["source"]
    unset = {"patience": "none", "weight decay": "the optimizer's default"}
    return [(name, unset.get(name, "–") if value is None else _told(value)) for name, value in shown.items()]


def _told(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
