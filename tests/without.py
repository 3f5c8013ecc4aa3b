"""Tests without PyTorch, where it is left out on purpose: what asks it for anything is skipped, test by test.

`TWINGRAD_WITHOUT=torch`, which `tests/versions.py` sets, puts a stand-in in its place. Any name can be imported from
it; to call one, or to derive a class from it, skips the test, whoever catches that, or the file that does so while it
is read. Other tests run: judged by NumPy, mpmath, SciPy, differences and the complex step.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NoReturn

REASON = "not here: PyTorch, which this run does without"


class StandIn(ModuleType):
    """A module, and everything in it."""

    asked = False
    """Whether anything was called, or a class derived, since a test began."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []  # it has modules inside

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self.__name__}.{name}")

    def __call__(self, *_: object, **__: object) -> NoReturn:
        StandIn.asked = True
        import pytest  # only here, for tests/versions.py needs the standard library alone

        pytest.skip(REASON, allow_module_level=True)

    __bool__ = __enter__ = __iter__ = __len__ = __call__

    def __instancecheck__(self, _: object) -> bool:
        return False

    __subclasscheck__ = __instancecheck__

    def __mro_entries__(self, _: object) -> tuple[type, ...]:
        StandIn.asked = True
        return ()


class _Finder(Loader):
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] == "torch" else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


def leave_out_torch() -> None:
    """Put the stand-in in PyTorch's place, for this process."""
    sys.meta_path.insert(0, _Finder())
