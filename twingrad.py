"""The command `twingrad`: it looks whether the packages that it needs are its own, and hands over to `demos.cli`.

Their names, short as they are, are those of other distributions too. An installer lets these overwrite one another
without a word, and a folder of that name beside a script hides them.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import NoReturn

PACKAGES = ("scalar", "vector", "viz", "demos")
ADVICE = "install twingrad in an environment of its own (python -m venv), and start Python where no folder hides it"


def foreign(home: Path | None = None, owners: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """What stands in the place of packages of ours, a line each; none where all are our own.

    Args:
        home: the folder where they are, by default that of this file.
        owners: the distributions of each top-level name, by default those that are installed.
    """
    home = home or Path(__file__).parent
    recorded = _recorded(home)
    return [line for name in PACKAGES for line in _told(name, home, recorded, owners)]


def _told(
    name: str, home: Path, recorded: Mapping[str, str], owners: Mapping[str, Sequence[str]] | None
) -> Iterator[str]:
    spec, own = importlib.util.find_spec(name), home / name / "__init__.py"
    if spec is None or spec.origin is None:
        yield f"{name} is not there, but expected in {own.parent}"
    elif Path(spec.origin).resolve() != own.resolve():
        yield f"{name} is another package, {spec.origin}, which hides ours, {own}"
    elif any(path.startswith(f"{name}/") and _changed(home / path, hash) for path, hash in recorded.items()):
        found = (metadata.packages_distributions() if owners is None else owners).get(name, ())
        others = [f"{other} {_version(other)}".strip() for other in dict.fromkeys(found) if other != "twingrad"]
        by = f", of the distribution {' and '.join(others)}" if others else ""
        yield f"{name} has files that are not ours{by}"


def sharing(owners: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """Other distributions that have brought a package of the name of one of ours, which pip overwrote, a line each.

    Nothing of ours need be wrong now; whatever installs or removes the other one next takes our files with it.
    """
    found = metadata.packages_distributions() if owners is None else owners
    pairs = [(name, other) for name in PACKAGES for other in dict.fromkeys(found.get(name, ())) if other != "twingrad"]
    return [f"{name} is also the name of a package of {f'{other} {_version(other)}'.strip()}" for name, other in pairs]


def _recorded(home: Path) -> dict[str, str]:
    """The hash of each file that a wheel installed there, by its path; a checkout has none."""
    try:
        files = metadata.distribution("twingrad").files or []
    except metadata.PackageNotFoundError:
        return {}
    known = {str(file): file.hash.value for file in files if file.hash and file.suffix == ".py"}
    here = any(Path(str(file.locate())).resolve() == Path(__file__).resolve() for file in files)
    return known if here and home == Path(__file__).parent else {}


def _changed(path: Path, hash: str) -> bool:
    try:
        digest = hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return True
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != hash


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def main() -> None:
    """Run a command; exit status 2 where packages are not ours."""
    if lines := foreign():
        _end("; ".join([*lines, ADVICE]))
    try:
        from demos.cli import main as run

        run(prog_name="twingrad")
    except KeyboardInterrupt:
        sys.exit(130)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in PACKAGES:
            raise
        _end(f"the command needs {error.name}, which comes with it: pip install --force-reinstall twingrad")


def _end(message: str) -> NoReturn:
    sys.stderr.write(f"error: {message}\n")
    sys.exit(2)


if __name__ == "__main__":
    main()
