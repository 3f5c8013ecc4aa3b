"""The suites, a module each, with its `SUITE`; one is imported only where it runs."""

from __future__ import annotations

from importlib import import_module

from benchmarks.suite import Suite

PAGES = {
    "docs/benchmarks": ("mnist", "overhead", "moons", "growth", "imports", "memory"),
    "docs/benchmarks/models": ("models", "rows"),
}
"""The folder of each page, and the suites that stand on it."""
NAMES = tuple(name for names in PAGES.values() for name in names)


def load(name: str) -> Suite:
    """A suite by its name."""
    suite: Suite = import_module(f"benchmarks.suites.{name}").SUITE
    return suite
