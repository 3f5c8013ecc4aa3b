"""`make conformance`: call everything, and write docs/conformance.md."""

from tests.conformance.page import PAGE, page

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print("\n".join(line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(("| all", "| without"))))
