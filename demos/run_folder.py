"""A run's folder: where it is, and the options of the run in its config.json."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demos.console import CommandError, writing
from demos.distortion import Distortion
from demos.engines import Engine
from demos.problems import Problem, Source
from demos.recipes import Recipe
from vector.training.checkpoints.files import write_whole

RUNS = Path("runs")
CONFIG = "config.json"


@dataclass(frozen=True)
class Stored:
    """What the config.json of a run holds: what is learnt, by which recipe, and all of it as it stands there."""

    source: Problem | Source
    recipe: Recipe
    contents: Mapping[str, Any]


def free_folder(name: str) -> Path:
    """runs/NAME, or the first of runs/NAME-2, runs/NAME-3, … that is not there."""
    number = 1
    while (folder := _numbered(name, number)).exists():
        number += 1
    return folder


def newest_folder(name: str) -> Path:
    """The last of runs/NAME, runs/NAME-2, … that is there; the first of them where there is none."""
    number = 1
    while _numbered(name, number + 1).exists():
        number += 1
    return _numbered(name, number)


def _numbered(name: str, number: int) -> Path:
    return RUNS / (name if number == 1 else f"{name}-{number}")


def has_checkpoints(folder: Path) -> bool:
    """Whether there is something to resume."""
    return any((folder / "checkpoints").glob("step-*.safetensors"))


def read_run(folder: Path) -> Stored | None:
    """The options of the run in a folder; None where there is none.

    Raises:
        CommandError: they cannot be read.
    """
    path = folder / CONFIG
    try:
        contents = json.loads(path.read_text(encoding="utf-8"))
        return Stored(_source(contents), _recipe(contents["recipe"]), contents)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path}: expected the options of a run ({error})") from None


def write_run(folder: Path, contents: Mapping[str, Any]) -> None:
    """Write config.json, whole or not at all.

    Raises:
        CommandError: it cannot be written.
    """
    path = folder / CONFIG
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, (json.dumps(contents, indent=1) + "\n").encode())


def _source(contents: Mapping[str, Any]) -> Problem | Source:
    if "problem" in contents:
        return Problem(contents["problem"])
    names = [field.name for field in dataclasses.fields(Source)]
    found: dict[str, Any] = {name: contents[name] for name in names if name in contents}
    lists = {name: tuple(value) for name, value in found.items() if isinstance(value, list)}
    return Source(**{**found, **lists})


def _recipe(contents: Mapping[str, Any]) -> Recipe:
    recipe = {**contents, "engine": Engine(contents["engine"]), "hidden": tuple(contents["hidden"])}
    if (strengths := recipe["augment"]) is not None:
        recipe["augment"] = Distortion(**{**strengths, "shape": tuple(strengths["shape"])})
    return Recipe(**recipe)


def agreed(stored: Stored, given: Problem | Source, folder: Path) -> Problem | Source:
    """What a stored run learns, if nothing that is given says otherwise.

    given: what the command line names; of a Source, what is left at its default is not given.

    Raises:
        CommandError: something does; it is named.
    """
    ours = stored.source
    if isinstance(ours, Problem) or isinstance(given, Problem):
        if ours != given:
            there, here = (one.value if isinstance(one, Problem) else one.csv for one in (ours, given))
            raise CommandError(f"{folder} is a run of {there}, not of {here}: name another folder with --out")
        return ours
    for field in dataclasses.fields(Source):
        there, here = getattr(ours, field.name), getattr(given, field.name)
        if here == field.default or here == there:
            continue
        if field.name == "csv" and Path(here).resolve() == Path(there).resolve():
            continue
        option = field.name.replace("_", "-")
        raise CommandError(
            f"--{option}: the run in {folder} has {_said(there)}, here {_said(here)}: leave it out to resume, or take "
            "another folder"
        )
    return ours


def _said(x: Any) -> str:
    return ",".join(x) if isinstance(x, tuple) else repr(x) if isinstance(x, str) else str(x)
