"""The user's file, imported as Python does, and the object in it that is verified."""

from __future__ import annotations

import importlib.util
import linecache
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any

from demos.console import CommandError

PLACE = re.compile(r"(?P<path>.+\.py):(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)")
"""`file.py:name`, or `file.py:object.attribute`."""
_HOUSE = Path(__file__).parents[2]


def load(place: str) -> Any:
    """The object at `file.py:name`.

    Its file is imported as Python imports a module: all of it runs but what stands behind `if __name__ == "__main__"`.

    Raises:
        CommandError: there is no such file or name, or the file raises; the message has the line.
    """
    match = PLACE.fullmatch(place)
    if not match:
        raise CommandError(f"expected file.py:function, got {place!r}")
    path = Path(match["path"])
    if not path.is_file():
        raise CommandError(f"there is no file {path}")
    found: Any = _imported(path.resolve())
    for name in match["name"].split("."):
        if not hasattr(found, name):
            raise CommandError(f"{path} has no {match['name']}{_instead(found, name)}")
        found = getattr(found, name)
    return found


def _instead(found: Any, name: str) -> str:
    own = [known for known in vars(found) if not known.startswith("_")] if hasattr(found, "__dict__") else []
    close = get_close_matches(name, own, 1) or [
        known for known in own if getattr(getattr(found, known), "__module__", "") == getattr(found, "__name__", "-")
    ]
    return f"; it has {', '.join(close[:8])}" if close else ""


def _imported(path: Path) -> ModuleType:
    known = [module for module in list(sys.modules.values()) if getattr(module, "__file__", None) == str(path)]
    if known:
        return known[0]
    name = path.stem if path.stem not in sys.modules and path.stem.isidentifier() else f"_verified_{len(sys.modules)}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise CommandError(f"Python cannot import {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))  # as for a script, whose neighbours it may import
    try:
        with in_plain_words(f"importing {path.name}"):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


@contextmanager
def in_plain_words(doing: str) -> Iterator[None]:
    """Turn what the user's code raises into a CommandError with the line of it."""
    try:
        yield
    except (CommandError, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # SystemExit, too
        raise CommandError(f"{doing}: {told(error)}") from error


def told(error: BaseException) -> str:
    """What an exception says, after the last line of the user's own code that it went through."""
    if isinstance(error, CommandError):
        return str(error)
    said = f"{type(error).__name__}: {error}".strip().replace("\n", " ").removesuffix(":")
    if isinstance(error, SyntaxError) and error.filename:
        line = (error.text or "").strip()
        return f"{Path(error.filename).name}, line {error.lineno}: {line}: {type(error).__name__}: {error.msg}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_users(frame.filename)]
    if not frames:
        return said
    frame = frames[-1]
    line = (frame.line or linecache.getline(frame.filename, frame.lineno or 0)).strip()
    inside = "" if frame.name == "<module>" else f" in {frame.name}"
    return f"{Path(frame.filename).name}, line {frame.lineno}{inside}: {line}: {said}"


def _is_users(file: str) -> bool:
    """Whether a line is the user's: neither this house's nor a library's."""
    if file.startswith(("<", sys.prefix, sys.base_prefix + "/lib")) or "site-packages" in file:
        return False
    packages = [_HOUSE / name for name in ("scalar", "vector", "viz", "demos")]
    return not any(Path(file).is_relative_to(package) for package in packages)
