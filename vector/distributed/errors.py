"""What can go wrong between processes."""


class RanksError(Exception):
    """The processes do not train the same thing, or cannot find each other."""
