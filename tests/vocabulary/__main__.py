"""`make vocabulary`: look up everything, and write docs/vocabulary.md."""

import sys

from tests.vocabulary.page import PAGE, page

if __name__ == "__main__":
    text = page()
    PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write("\n".join([line for line in text.splitlines() if line.startswith(("| names", "| par"))] + [""]))
