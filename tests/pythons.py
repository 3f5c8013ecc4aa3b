"""Where a Python of a certain version is: on PATH, or where pyenv keeps those that it is not set to."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path


def python(version: str) -> str | None:
    """The path of a Python 3.x that runs and makes environments; None where there is none."""
    for found in _candidates(f"python{version}", version):
        if not subprocess.run([found, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode:
            return found
    return None


def _candidates(name: str, version: str) -> Iterator[str]:
    if found := shutil.which(name):
        yield found
    home = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from (str(path) for path in sorted(home.glob(f"versions/{version}.*/bin/{name}")) if path.is_file())
