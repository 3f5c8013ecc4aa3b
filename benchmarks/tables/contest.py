"""One table, one seed: our default training and scikit-learn's models on the same rows."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tables.cases import Case
from demos.problems import table_task
from demos.recipes import TABLE, Recipe, sized
from demos.tables import Source, Table
from demos.train_run import make_trainer
from vector.training import evaluate

TEST = 0.2
NAMES = ("twingrad", "MLP", "MLP, scaled target", "linear")
"""The contestants: ours, and scikit-learn's, with their defaults. Its perceptron for regressions does not standardise
the target, as ours does, so there is one that is given a standardised target, too."""


def scores(case: Case, path: Path, seed: int, recipe: Recipe = TABLE) -> dict[str, Any]:
    """Accuracy, or R², on the same test rows, by contestant; and the table's size and task."""
    table = Table(Source(str(path), case.target, case.drop, test=TEST), seed)
    classes = table.target.classes
    facts = {"rows": len(table.rows), "columns": len(table.features), "classes": len(classes) if classes else 0}
    return {**facts, **_peers(case, path, table, seed), "twingrad": ours(table, recipe, seed)}


def ours(table: Table, recipe: Recipe, seed: int) -> float:
    """What `twingrad train --csv` reaches with default options."""
    recipe = sized(recipe, len(table.kept))
    recipe = Recipe(**{**vars(recipe), "options": {**recipe.options, "seed": seed}})
    task = table_task(table, recipe.options["validation"], seed)
    trainer = make_trainer(task, recipe, None, False, [])
    trainer.run()
    if trainer.samples.test is None:
        raise ValueError("expected test rows")
    figures = evaluate(trainer.model, trainer.objective, *trainer.samples.test)
    return figures["accuracy" if table.target.classes else "r2"]


def _peers(case: Case, path: Path, table: Table, seed: int) -> Mapping[str, float]:
    import pandas as pd
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.preprocessing import StandardScaler

    frame = pd.read_csv(path).drop(columns=list(case.drop)).iloc[table.rows].reset_index(drop=True)
    for name in case.dates:  # scikit-learn reads no dates: it gets the numbers that ours become
        then = pd.to_datetime(frame.pop(name))
        days = (then - pd.Timestamp("1970-01-01")).dt.days
        frame = frame.assign(
            **{f"{name} days": days, f"{name} month": then.dt.month, f"{name} weekday": then.dt.weekday}
        )
    y = frame.pop(case.target).to_numpy()
    models: Mapping[str, Any] = (
        {"MLP": MLPClassifier(random_state=seed), "linear": LogisticRegression()}
        if table.target.classes
        else {
            "MLP": MLPRegressor(random_state=seed),
            "MLP, scaled target": TransformedTargetRegressor(
                MLPRegressor(random_state=seed), transformer=StandardScaler()
            ),
            "linear": Ridge(),
        }
    )
    return {name: _fitted(model, frame, y, table.kept, table.test) for name, model in models.items()}


def _fitted(model: Any, frame: Any, y: Any, kept: Any, test: Any) -> float:
    """The test score of a model behind scikit-learn's usual preparation."""
    from sklearn.compose import ColumnTransformer
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [name for name in frame if frame[name].dtype.kind in "iuf"]
    words = [name for name in frame if name not in numbers]
    frame = frame.assign(**{name: frame[name].astype(object).where(frame[name].notna(), np.nan) for name in words})
    prepared = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
            (
                "words",
                make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")),
                words,
            ),
        ]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # as many steps as its defaults take
        fitted = make_pipeline(prepared, model).fit(frame.iloc[kept], y[kept])
    return float(fitted.score(frame.iloc[test], y[test]))
