"""What can go wrong in a training besides bad data (`vector.data.DataError`): one line each."""


class CheckpointError(Exception):
    """A checkpoint or weights file that cannot be written, is damaged, or belongs to something else."""


class DivergedError(ArithmeticError):
    """The loss or a parameter left the finite numbers."""


class WorkerError(RuntimeError):
    """The process that prepares minibatches ended by itself."""
