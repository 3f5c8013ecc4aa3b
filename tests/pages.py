"""Write what is made from the rule tables: docs/coverage.md, and the stubs that type checkers and editors read."""

from tests.coverage_page import PAGE, page
from tests.stubs import stubs

if __name__ == "__main__":
    for path, text in {PAGE: page(), **stubs()}.items():
        path.write_text(text, encoding="utf-8")
