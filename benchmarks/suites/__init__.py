"""The suites, a module each, with its `SUITE`; one is imported only where it runs."""

from __future__ import annotations

from importlib import import_module

from benchmarks.suite import Suite

NAMES = ("mnist", "overhead", "moons", "growth", "imports", "memory")


def load(name: str) -> Suite:
    """A suite by its name."""
    suite: Suite = import_module(f"benchmarks.suites.{name}").SUITE
    return suite
