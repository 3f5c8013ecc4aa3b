"""Machine code kept between processes: what one compiled, the next ones load from a folder of the user's.

A file holds the object code of one function; its name is made of all that the code depends on. It is loaded only if the
user, and nobody else, may write to it and to its folder, and if it is whole. Where no such folder can be had, code is
compiled as if there were none.
"""

import contextlib
import ctypes
import functools
import hashlib
import importlib
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vector.compilation import blas
from vector.rules import numerics

LARGEST = 64 << 20
"""Bytes that the folder may hold; beyond them the files that were not used for longest go."""


class Code(NamedTuple):
    """A function in machine code.

    address: where it is. owner: what must live as long as the function. kept: whether it comes from the folder.
    """

    address: int
    owner: Any
    kept: bool


class Object(NamedTuple):
    """What a compiler makes.

    names: of the function, and of those that it calls.
    code: the object file.
    """

    names: Sequence[str]
    code: bytes


@functools.cache  # which keeps it: machine code is freed with its owner
def code(module: str, text: str) -> Code:
    """What a module's `compiled` makes of a text, for all who ask: from the folder, or compiled now, and kept there."""
    link()
    home = folder()
    path = home / _name(f"{module}: {text}") if home else None
    if path and (found := _loaded(path)):
        return found
    made = importlib.import_module(f"vector.compilation.{module}").compiled(text)  # only here, for it imports llvmlite
    if path:
        _keep(path, made)
    linked = _linked(made, kept=False)
    if linked is None:
        raise RuntimeError(f"compile: expected {', '.join(made.names[1:])} in this process, got only some of them")
    return linked


def folder() -> Path | None:
    """Where machine code is kept, `$TWINGRAD_CACHE` or in the user's cache; None if others may write there, or nobody.

    A folder that is not there is made, for the user alone.
    """
    homes = {"darwin": "~/Library/Caches", "win32": os.environ.get("LOCALAPPDATA", "~/AppData/Local")}
    home = homes.get(sys.platform, os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    path = Path(os.environ.get("TWINGRAD_CACHE") or Path(home, "twingrad")).expanduser() / "kernels"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path if _is_own(path.lstat()) and not path.is_symlink() else None
    except (OSError, RuntimeError):
        return None


def _is_own(status: os.stat_result) -> bool:
    """Whether the user, and nobody else, may write to a file; Windows has folders for that."""
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)


def _name(text: str) -> str:
    return hashlib.sha256(f"{_surroundings()}\n{text}".encode()).hexdigest()


@functools.cache
def _surroundings() -> str:
    """What machine code depends on besides its text: versions, the code that makes it, BLAS's types, the processor."""
    import llvmlite.binding as llvm

    files = [*sorted(Path(__file__).parent.glob("*.py")), Path(numerics.__file__)]
    sources = b"".join(path.read_bytes() for path in files)
    products = blas.library().gemm.values()
    types = [[kind.__name__ for kind in product.argtypes] for product in products]
    kinds = types, blas.library().set_threads is None
    machine = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten(), llvm.get_process_triple()
    own = hashlib.sha256(sources).hexdigest()
    return repr((llvm.llvm_version_info, np.__version__, platform.python_version(), own, kinds, machine))


@functools.cache
def link() -> None:
    """Tell what links machine code where BLAS's functions, and the system's, are in this process."""
    import llvmlite.binding as llvm

    with contextlib.suppress(RuntimeError):  # which newer ones raise, as they do it by themselves
        llvm.initialize()
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    for name, function in symbols().items():
        llvm.add_symbol(name, ctypes.cast(function, ctypes.c_void_p).value)


@functools.cache
def symbols() -> dict[str, Any]:
    """Functions that machine code calls, by the names that stand for them there."""
    library = blas.library()
    give_way = ctypes.CDLL(None).sched_yield if os.name == "posix" else ctypes.CDLL("kernel32").SwitchToThread
    give_way.argtypes, give_way.restype = (), ctypes.c_int
    found = {f"vector_gemm_{np.dtype(char)}": product for char, product in library.gemm.items()}
    found["vector_give_way"] = give_way
    if library.set_threads is not None:
        found |= {"vector_threads": library.threads, "vector_set_threads": library.set_threads}
    return found


def _loaded(path: Path) -> Code | None:
    """The code in a file; None if there is none, or if it may not be run."""
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NOFOLLOW", 0))) as file:
            own = _is_own(os.fstat(file.fileno()))
            digest, _, content = file.read().partition(b"\n")
        os.utime(path)
    except OSError:
        return None
    if not own or digest != _digest(path, content):
        return None
    names, _, machine_code = content.partition(b"\n")
    return _linked(Object(names.decode().split(), machine_code), kept=True)


def _linked(made: Object, *, kept: bool) -> Code | None:
    """A function that can be called; None if another that it calls is not in this process."""
    import llvmlite.binding as llvm

    machine = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)  # which makes the process's symbols known
    entry, *needed = made.names
    if any(llvm.address_of_symbol(name) is None for name in needed):
        return None
    engine.add_object_file(llvm.ObjectFileRef.from_data(made.code))
    engine.finalize_object()
    return Code(engine.get_function_address(entry), engine, kept)


def _digest(path: Path, content: bytes) -> bytes:
    return hashlib.sha256(path.name.encode() + content).hexdigest().encode()


def _keep(path: Path, made: Object) -> None:
    """Write code to a file, whole or not at all."""
    content = " ".join(made.names).encode() + b"\n" + made.code
    # An error of the system, such as that of a full disk, keeps nothing.
    with contextlib.suppress(OSError), tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(_digest(path, content) + b"\n" + content)
            file.close()
            Path(file.name).replace(path)
            _forget_old(path.parent)
        finally:
            Path(file.name).unlink(missing_ok=True)


def _forget_old(home: Path) -> None:
    """Delete the files that were not used for longest, where all together are too large."""
    files = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in home.iterdir())
    excess = sum(size for _, size, _ in files) - LARGEST
    for _, size, path in files:
        if excess > 0:
            path.unlink(missing_ok=True)
            excess -= size
