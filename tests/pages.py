"""Write what is made from the rule tables: docs/coverage.md, and the stubs that type checkers and editors read."""

import sys

import scalar.rules
from tests import table
from tests.coverage_page import PAGE, ROOT, page
from tests.stubs import stubs

if __name__ == "__main__":
    if missing := {*vars(scalar.rules)["__all__"]} - {row.name for row in table.SCALAR_ROWS}:
        sys.exit(f"tests/table.py has no row for {', '.join(sorted(missing))}, from which docs/coverage.md is made")
    for path, text in {PAGE: page(), **stubs()}.items():
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")
