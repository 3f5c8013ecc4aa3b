"""`python -m demos`."""

import sys

if __name__ == "__main__":
    try:
        from demos.cli import main  # inside, so that Ctrl-C during the imports is quiet as well

        main()
    except KeyboardInterrupt:
        sys.exit(130)
