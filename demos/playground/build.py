"""The page, put together: a folder to be served, and a single file that works from a disk.

esbuild bundles the scripts; here they get their policy, a list of the hashes of all that may run, and the files that
Python needs are packed with gzip. Two builds of the same files are the same bytes.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

import scalar
import viz
from demos.errors import CommandError
from demos.explorer.answer import MAX_PARTS
from demos.explorer.link import EXAMPLES
from demos.parser import CONSTANTS, FUNCTIONS, MAX_DEPTH, MAX_LENGTH
from demos.playground import npm, parts
from demos.playground.examples import read_examples
from demos.playground.inside.training.catalogue import catalogue
from viz.page import asset

FONT = ("latin", "greek")  # of Arimo, whose widths are those that Graphviz knows of Arial
STYLES = ("400-normal", "400-italic", "700-normal", "700-italic")
COMPLETE = "twingrad.html"
"""The single file's name, also in the folder: from there the page offers it as a download."""


def cache() -> Path:
    """Where npm's packages are kept: in the checkout or, for an installed copy, in the user's folder of caches."""
    if (parts.ROOT / "pyproject.toml").is_file():
        return parts.ROOT / "build" / "playground"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "twingrad", "playground")


class Built(NamedTuple):
    """The page before it is written: its text without files, and the files, packed."""

    page: Mapping[str, str]
    hashes: Sequence[str]
    files: Mapping[str, bytes]
    licences: str


def build_folder(folder: Path, tell: Callable[[str], object] = lambda line: None) -> Path:
    """Write the page, its files, a service worker for when there is no network, and the single file; the page's path.

    Raises:
        CommandError: something that the build needs is missing, or fails.
    """
    built = _built(tell)
    files = folder / "files"
    files.mkdir(parents=True, exist_ok=True)
    for name, packed in built.files.items():
        (files / f"{name}.gz").write_bytes(packed)
    page = _page(built, connect="'self'", inside={})
    (folder / "index.html").write_text(page, encoding="utf-8")
    (folder / "LICENSES.txt").write_text(built.licences, encoding="utf-8")
    (folder / COMPLETE).write_text(_single(built), encoding="utf-8")
    kept = ["./", *(f"files/{name}.gz" for name in built.files if name not in ON_REQUEST)]
    version = _digest(page.encode() + b"".join(built.files.values()))
    worker = (npm.WEB / "service_worker.js").read_text(encoding="utf-8")
    told = f"const VERSION = {json.dumps(version)};\nconst FILES = {json.dumps(kept)};\n"
    (folder / "service_worker.js").write_text(told + worker, encoding="utf-8")
    return folder / "index.html"


def build_single(path: Path, tell: Callable[[str], object] = lambda line: None) -> Path:
    """Write the page as one file, which works from a disk.

    Raises:
        CommandError: something that the build needs is missing, or fails.
    """
    built = _built(tell)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_single(built), encoding="utf-8")
    return path


ON_REQUEST = ("sympy.zip",)


def _single(built: Built) -> str:
    inside = {name: packed for name, packed in built.files.items() if name not in ON_REQUEST}
    return _page(built, connect="'none'", inside=inside)


def _page(built: Built, *, connect: str, inside: Mapping[str, bytes]) -> str:
    hashes = " ".join(f"'{fingerprint}'" for fingerprint in built.hashes)
    policy = (
        f"default-src 'none'; script-src {hashes} 'wasm-unsafe-eval'; worker-src 'self' blob:; "
        f"style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
        f"connect-src {connect}; base-uri 'none'; form-action 'none'"
    )
    blocks = [
        f'<script type="application/octet-stream" id="file:{name}">{base64.b64encode(packed).decode()}</script>'
        for name, packed in inside.items()
    ]
    if inside:
        blocks.append(f'<script type="text/plain" id="licences">{html.escape(built.licences, quote=False)}</script>')
    template = (npm.WEB / "page.html").read_text(encoding="utf-8")
    return _filled(template, policy=policy, files="\n".join(blocks), **built.page)


def _filled(template: str, **texts: str) -> str:
    """The template with each $name that is given, once: what is filled in is not read again."""
    return re.sub(rf"\$({'|'.join(texts)})\b", lambda place: texts[place[1]], template)


def _built(tell: Callable[[str], object]) -> Built:
    tell("fetching the npm packages (once)")
    modules = npm.packages(cache())
    tell("bundling")
    with tempfile.TemporaryDirectory(dir=cache()) as folder:
        stage = Path(folder, "web")
        shutil.copytree(npm.WEB, stage, ignore=shutil.ignore_patterns("node_modules"))
        Path(folder, "node_modules").symlink_to(modules)
        bundle = _bundler(stage, modules)
        fonts = _font_faces(modules)
        _generate(stage, fonts)
        frame = bundle("src/frame.js")
        _fill(stage / "frame.html", frame_hash=_hash(frame), frame_script=frame)
        explorer = bundle("src/generated/explorer.js")
        _fill(stage / "src/generated/explorer.html", explorer_script=explorer)
        worker, script = bundle("src/worker.js"), bundle("src/main.js")
        style = (stage / "main.css").read_text(encoding="utf-8")
    icon = (parts.ROOT / "demos/explorer/static/icon.svg").read_bytes()
    page = {
        "icon": "data:image/svg+xml;base64," + base64.b64encode(icon).decode(),
        "style": fonts + style,
        "body": (npm.WEB / "body.html").read_text(encoding="utf-8"),
        "script": script,
    }
    files = {
        "worker.js": worker.encode(),
        "pyodide.asm.wasm": (modules / "pyodide/pyodide.asm.wasm").read_bytes(),
        "python_stdlib.zip": (modules / "pyodide/python_stdlib.zip").read_bytes(),
        "packages.zip": parts.zipped(own_and_installed()),
        "sympy.zip": parts.zipped(file for name in parts.ON_REQUEST for file in parts.installed_files(name)),
    }
    packed = {name: gzip.compress(content, 9, mtime=0) for name, content in files.items()}
    return Built(page, [*map(_hash, (script, frame, explorer)), player_hash()], packed, _licences(modules))


def own_and_installed() -> Iterator[tuple[str, bytes]]:
    """All that is unpacked in the page: our files, and those of the wheels they need."""
    yield from parts.own_files()
    for name in parts.WHEELS:
        yield from parts.installed_files(name)


def _fill(path: Path, **texts: str) -> None:
    path.write_text(_filled(path.read_text(encoding="utf-8"), **texts), encoding="utf-8")


def _generate(stage: Path, fonts: str) -> None:
    """What the scripts import of ours: the viewer of pictures, the explorer's page."""
    made = stage / "src" / "generated"
    made.mkdir()
    (made / "window.js").write_text(
        asset("window.js") + "\nexport { pictureWindow, make, makeSvg };\n", encoding="utf-8"
    )
    (made / "nudge.js").write_text(
        asset("nudge.js") + "\nexport { drawNudge, nudgeWords, part, short };\n", encoding="utf-8"
    )
    (made / "window.css").write_text(asset("window.css"), encoding="utf-8")
    (made / "home.js").write_text("globalThis.explorerHome = parent.twingrad.explorer;\n", encoding="utf-8")
    explorer = (parts.ROOT / "demos/explorer/static/explorer.js").read_text(encoding="utf-8")
    imports = (
        'import "./home.js";\nimport { pictureWindow } from "./window.js";\n'
        'import { drawNudge, nudgeWords } from "./nudge.js";\n'
    )
    (made / "explorer.js").write_text(imports + explorer, encoding="utf-8")
    (made / "explorer.html").write_text(_explorer_page(fonts), encoding="utf-8")
    (made / "training.json").write_text(json.dumps(catalogue()), encoding="utf-8")
    (made / "examples.json").write_text(
        json.dumps([example._asdict() for example in read_examples()]), encoding="utf-8"
    )


def _explorer_page(fonts: str) -> str:
    """The explorer's own page, with its style inside and a place for its script."""
    environment = Environment(loader=FileSystemLoader(parts.ROOT / "demos/explorer/templates"), autoescape=True)
    style = (parts.ROOT / "demos/explorer/static/explorer.css").read_text(encoding="utf-8")
    inside = (npm.WEB / "inside.css").read_text(encoding="utf-8")
    style = Markup(fonts + style + asset("window.css") + inside)  # ours, and not to be escaped
    bounds = {"length": MAX_LENGTH, "depth": MAX_DEPTH, "parts": MAX_PARTS}
    page = environment.get_template("inside.html")
    return page.render(style=style, examples=EXAMPLES, functions=FUNCTIONS, constants=CONSTANTS, bounds=bounds)


def _bundler(stage: Path, modules: Path) -> Callable[[str], str]:
    """A function that bundles a script with all that it imports."""

    def bundle(entry: str) -> str:
        out = stage / (Path(entry).stem + ".js")
        command = [
            str(modules / ".bin" / "esbuild"), entry, "--bundle", "--minify", "--format=iife", "--target=es2022",
            "--charset=utf8", "--legal-comments=none", "--loader:.html=text", "--loader:.svg=text",
            '--define:import.meta.url="memory://python/"', "--external:node:*", "--log-level=error", f"--outfile={out}",
        ]  # fmt: skip
        done = subprocess.run(command, cwd=stage, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CommandError(f"esbuild could not bundle {entry}: {done.stderr.strip()}")
        return out.read_text(encoding="utf-8").strip().replace("</script", "<\\/script")

    return bundle


def player_hash() -> str:
    """The fingerprint of the script that every player has, as the player's own policy gives it."""
    x = scalar.Value(1.0, "x")
    page = viz.player(x * x).html
    return page.partition("script-src '")[2].partition("'")[0]


def _font_faces(modules: Path) -> str:
    ranges = json.loads((modules / "@fontsource/arimo/unicode.json").read_text(encoding="utf-8"))
    faces = []
    for subset in FONT:
        for style in STYLES:
            weight, slant = style.split("-")
            font = (modules / f"@fontsource/arimo/files/arimo-{subset}-{style}.woff2").read_bytes()
            source = f"url(data:font/woff2;base64,{base64.b64encode(font).decode()}) format('woff2')"
            faces.append(
                f"@font-face {{ font-family: Arimo; font-style: {slant}; font-weight: {weight}; font-display: block; "
                f"src: {source}; unicode-range: {ranges[subset]}; }}"
            )
    return "\n".join(faces) + "\n"


def _licences(modules: Path) -> str:
    """What is shipped beside twingrad, and under which licences."""
    lying = parts.ROOT / "LICENSE"  # in a checkout; an installed copy has it beside its metadata
    ours = lying.read_text(encoding="utf-8") if lying.is_file() else parts.licence_of("twingrad")
    told = [("twingrad (MIT)", ours), *npm.licences(modules)]
    missing = ("MPL-2.0", "Python")  # of Pyodide and of the Python in it, whose npm package has neither
    told += [(name, (npm.WEB / "licences" / f"{name}.txt").read_text(encoding="utf-8")) for name in missing]
    told.append(("Graphviz, in @hpcc-js/wasm-graphviz", parts.licence_of("pygraphviz", "graphviz")))
    told += [(f"{name} (Python)", parts.licence_of(name)) for name in (*parts.WHEELS, *parts.ON_REQUEST)]
    line = "=" * 78
    return "\n".join(f"{line}\n{title}\n{line}\n\n{text.strip()}\n" for title, text in told)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
