"""The examples are programs, which a test of their own runs: they are no modules to look for doctests in."""

collect_ignore_glob = ["examples/[!_]*.py"]
