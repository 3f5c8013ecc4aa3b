"""Public names that have changed: the error for a former name gives the one that replaced it."""

RENAMED = {"vector.distributed.share": "shard", "vector.training.Ahead": "Prefetch"}
"""Former name → new name in the same module; docs/renamed.md has the same rows."""


def missing(module: str, name: str) -> AttributeError:
    """The error for an attribute that a module lacks."""
    new = RENAMED.get(f"{module}.{name}")
    return AttributeError(f"module {module!r} has no attribute {name!r}" + (f"; it is called {new} now" if new else ""))
