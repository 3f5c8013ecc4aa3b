"""The processes that an MPI launcher started with this one."""

import contextlib
import functools
import os
import sys
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from vector.distributed.ranks import Ranks, RanksError
from vector.training.processes import SingleProcess

_VARIABLES = {
    "PMI_RANK": "PMI_SIZE",  # MPICH, Intel MPI
    "OMPI_COMM_WORLD_RANK": "OMPI_COMM_WORLD_SIZE",  # Open MPI
    "MV2_COMM_WORLD_RANK": "MV2_COMM_WORLD_SIZE",  # MVAPICH
}
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def launched(environment: Mapping[str, str] = os.environ) -> tuple[int, int]:
    """(rank, size) by the variables that an MPI launcher sets; (0, 1) when none did.

    >>> launched({"PMI_RANK": "2", "PMI_SIZE": "4"})
    (2, 4)
    """
    for rank, size in _VARIABLES.items():
        if rank in environment and size in environment:
            return int(environment[rank]), int(environment[size])
    return 0, 1


@functools.cache
def world() -> SingleProcess:
    """All processes that `mpiexec -n N` started; a `SingleProcess` without mpiexec.

    The first call starts MPI. From then on an uncaught error on one rank ends all of them, and BLAS gets an equal part
    of the machine's cores on each of its ranks, unless an environment variable sets its threads.

    Raises ImportError: mpiexec started several processes, and mpi4py is not installed; RanksError: mpi4py belongs to
    another MPI than mpiexec.
    """
    if (size := launched()[1]) == 1:
        return SingleProcess()
    MPI = _mpi(size)  # as mpi4py calls it
    comm = MPI.COMM_WORLD
    if comm.size != size:
        raise RanksError(
            f"mpiexec started {size} processes, but mpi4py sees {comm.size}: they belong to different MPI libraries "
            f"(mpi4py's is {MPI.Get_library_version().splitlines()[0]}); use the mpiexec beside {sys.executable}"
        )
    on_this_machine = comm.Split_type(MPI.COMM_TYPE_SHARED).size
    _divide_cores(on_this_machine)
    ranks = Ranks(comm, MPI.IN_PLACE, shared_memory=on_this_machine == size)
    sys.excepthook = functools.partial(_end_all, ranks)
    return ranks


def _mpi(size: int) -> Any:
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:  # the latter: there is mpi4py, but no MPI library
        raise ImportError(
            f"mpiexec started {size} processes, which without MPI for Python would each train alone and write the same "
            f'files ({error}); install it with: pip install "twingrad[mpi]"'
        ) from error
    return MPI


def _divide_cores(processes: int) -> None:
    """Limit this process's BLAS to its part of the cores; by default each process takes all of them."""
    if any(name in os.environ for name in _THREADS):
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with contextlib.suppress(ImportError):
        from threadpoolctl import threadpool_limits

        threadpool_limits(max(1, cores // processes))


def _end_all(ranks: Ranks, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an uncaught error, and end the other ranks, which would wait for this one."""
    if issubclass(kind, KeyboardInterrupt):  # raised on every rank, after the same step
        if ranks.death_notice is not None:
            ranks.death_notice.withdraw()
        if ranks.leads:
            sys.stderr.write(f"stopped; {ranks.kept}\n")
        sys.stdout.flush()
        ranks.comm.Barrier()  # MPICH before 5 kills those that come later than a first one that has ended
        _mpi(ranks.size).Finalize()
        os._exit(130)  # Python's own exit would be by the signal, which mpiexec reports as an error
    lines = "".join(traceback.format_exception(kind, error, trace))
    sys.stderr.write(f"rank {ranks.rank}: {lines}error: this ends all {ranks.size} ranks; {ranks.kept}\n")
    sys.stderr.flush()
    ranks.comm.Abort(1)
