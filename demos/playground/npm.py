"""The npm packages of the page, by `web/package-lock.json`: their exact versions, with the checksums of their files."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from demos.console import CommandError

WEB = Path(__file__).parent / "web"
FILES = ("package.json", "package-lock.json", ".npmrc")
NEEDED = "the playground's page is built with npm, which is not here: install Node.js, version 20 or later"


def packages(cache: Path) -> Path:
    """The folder `node_modules`, filled once per lock file; no script of a package runs.

    Raises:
        CommandError: npm is not installed, or cannot fetch the packages.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise CommandError(NEEDED)
    fingerprint = hashlib.sha256(b"".join((WEB / name).read_bytes() for name in FILES)).hexdigest()[:12]
    home = cache / f"npm-{fingerprint}"
    if not home.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            for name in FILES:
                shutil.copyfile(WEB / name, Path(folder, name))
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode:
                told = (done.stderr.strip() or done.stdout.strip()).splitlines()
                raise CommandError(
                    f"npm could not fetch the packages of the page: {told[0] if told else 'no reason told'}"
                )
            try:
                Path(folder).rename(home)
            except OSError:
                if not home.exists():  # another process was quicker
                    raise
            Path(folder).mkdir(exist_ok=True)  # for the context manager to remove
    return home / "node_modules"


def licences(modules: Path) -> Iterator[tuple[str, str]]:
    """The name and version of each npm package of which something is shipped, and the licence that lies in it."""
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
    for place, about in sorted(lock["packages"].items()):
        if not place or about.get("dev") or about.get("optional"):
            continue
        folder = modules.parent / place
        if not folder.exists():
            continue
        found = sorted(
            path for path in folder.iterdir() if path.name.lower().startswith(("licen", "copying", "notice"))
        )
        text = "\n\n".join(path.read_text(encoding="utf-8", errors="replace") for path in found)
        yield f"{place.removeprefix('node_modules/')} {about['version']} ({about.get('license', '')})", text
