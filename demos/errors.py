"""What commands end with, apart from how that is printed (`demos.console`)."""


class CommandError(Exception):
    """A user's mistake, or something the machine lacks, told in one line: exit status 2."""


class ResultMissedError(Exception):
    """A command ran, and its result is not the one it states: exit status 1."""
