"""The page of scores on tables, made from the record alone."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from demos.markdown import table

OURS = "twingrad"
LINEAR = "linear"
READING = """\
`python -m benchmarks tables` makes this page; the scores of each seed stand in [tables.json](tables.json). A score is
the accuracy, or R² of a regression, on a fifth of the rows that choose nothing, drawn by the seed; the other rows are
for the contestants. `twingrad` is what `twingrad train --csv` does with default options: where it holds rows out to
choose the epoch, they are of these. The others are scikit-learn's MLPClassifier or MLPRegressor and its
LogisticRegression or Ridge, with their defaults, behind SimpleImputer, StandardScaler and OneHotEncoder; they train
with all of these rows. MLPRegressor does not standardise the target; "scaled" does, by TransformedTargetRegressor,
and the better of both is compared. Dates are days, month and weekday for all. Where the texts of a column are
different in each row, nobody gets it. Figures are means over the seeds ± their standard error; a difference is taken
seed by seed. The defaults were chosen on other splits, most on these tables."""


def page(record: Mapping[str, Any]) -> str:
    """The whole page, in Markdown."""
    rows = [line(name, found) for name, found in record["tables"].items()]
    head = ["table", "rows", "columns", "task", OURS, "MLP", "MLP, scaled", "linear", "ours − MLP", "", "ours − linear"]
    parts = ["# Tables beside scikit-learn", READING, table(head, rows), *verdict(record["tables"])]
    about = [f"- {name}: {found['about']}; learnt: `{found['target']}`" for name, found in record["tables"].items()]
    parts += ["## The tables", "\n".join(about)]
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    return "\n\n".join(parts) + f"\n\nMeasured on {record['date']}, {record['seeds']} seeds, with {versions}.\n"


def line(name: str, found: Mapping[str, Any]) -> list[str]:
    """A table's line."""
    scores = found["scores"]
    task = f"{found['classes']} classes" if found["classes"] else "regression"
    cells = [shown(scores[one]) if one in scores else "" for one in (OURS, "MLP", "MLP, scaled target", LINEAR)]
    beside = differences(scores, peer(scores))
    word = "" if not below(beside) else "**below**"
    return [
        name, f"{found['rows']:,}", str(found["columns"]), task, *cells, shown(beside, sign=True), word,
        shown(differences(scores, LINEAR), sign=True),
    ]  # fmt: skip


def verdict(tables: Mapping[str, Any]) -> Iterator[str]:
    """How many tables are not below, and all of them together."""
    beside = {name: differences(found["scores"], peer(found["scores"])) for name, found in tables.items()}
    missed = [name for name, one in beside.items() if below(one)]
    all_ = [statistics.fmean(seeds) for seeds in zip(*beside.values(), strict=True)]
    others = f"; on {', '.join(missed)} it is" if missed else ""
    yield (
        f"On {len(tables) - len(missed)} of {len(tables)} tables the mean is not below that of scikit-learn's MLP by "
        f"more than one standard error of the difference{others}. The mean difference over all tables is "
        f"{shown(all_, sign=True)}."
    )


def peer(scores: Mapping[str, Sequence[float]]) -> str:
    """The better of scikit-learn's perceptrons."""
    names = [name for name in ("MLP", "MLP, scaled target") if name in scores]
    return max(names, key=lambda name: statistics.fmean(scores[name]))


def differences(scores: Mapping[str, Sequence[float]], other: str) -> list[float]:
    """Ours less another's, seed by seed."""
    return [a - b for a, b in zip(scores[OURS], scores[other], strict=True)]


def below(differences: Sequence[float]) -> bool:
    """Whether their mean is below 0 by more than its standard error."""
    mean, one = statistics.fmean(differences), error(differences)
    return mean < 0 and -mean > one and not math.isclose(-mean, one)  # a single seed that differs has both alike


def error(values: Sequence[float]) -> float:
    """The standard error of their mean."""
    return statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0


def shown(values: Sequence[float], *, sign: bool = False) -> str:
    """Mean ± standard error."""
    mean = statistics.fmean(values)
    if abs(mean) >= 10:
        return f"{mean:.0f} ± {error(values):.0f}"
    return f"{mean:{'+' if sign else ''}.3f} ± {error(values):.3f}"
