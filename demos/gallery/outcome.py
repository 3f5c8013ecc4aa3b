"""Running an example: what it computed, or in one sentence why it computed nothing."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from demos.gallery.example import Example, Result
from vector.data import mnist_available

MODULES = {"scikit-learn": "sklearn"}  # the others are imported by the name that they are installed by
OUR_PACKAGES = {"scalar", "vector", "viz", "demos"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """An example and its result; without one, `skipped` says what is missing or `failed` what went wrong."""

    example: Example
    result: Result | None = None
    skipped: str = ""
    failed: str = ""


def run(example: Example, *, download: bool = False) -> Outcome:
    """Run the example where this machine has what it needs.

    download: MNIST may be downloaded where it is not on disk.
    """
    if reason := lacks(example, download=download):
        return Outcome(example, skipped=reason)
    try:
        return Outcome(example, example.function())
    except Exception as error:  # whatever it is, the other examples have their turn
        reason = missing_module(error)
        return Outcome(example, skipped=reason) if reason else Outcome(example, failed=in_one_line(error))


def lacks(example: Example, *, download: bool = False) -> str:
    """What the example needs and this machine does not have; "" where nothing is missing."""
    for need in example.needs:
        if need == "mnist":
            if not (download or mnist_available()):
                return "it needs MNIST, which is not on disk; with --mnist it is downloaded"
        elif importlib.util.find_spec(MODULES.get(need, need)) is None:
            return _needs(need)
    return ""


def missing_module(error: BaseException) -> str:
    """What to install, when the error comes of a module that is not installed; else ""."""
    while isinstance(error, ImportError) and not isinstance(error, ModuleNotFoundError) and error.__cause__:
        error = error.__cause__
    name = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    return _needs(name) if name and name not in OUR_PACKAGES else ""


def in_one_line(error: BaseException) -> str:
    """The error as one sentence."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")


def _needs(module: str) -> str:
    return f'it needs {module}: pip install "twingrad[all]"' if module != "torch" else "it needs PyTorch"
