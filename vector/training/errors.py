"""What can go wrong in a training besides bad data (`vector.data.DataError`): one line each."""

import pickle


class CheckpointError(Exception):
    """A checkpoint or weights file that cannot be written, is damaged, or belongs to something else."""


class DivergedError(ArithmeticError):
    """The loss or a parameter left the finite numbers."""


def portable(error: Exception) -> Exception:
    """The error, if it can be pickled for another process; else a RuntimeError with its name and text."""
    try:
        pickle.loads(pickle.dumps(error))  # made in this line
        return error
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
