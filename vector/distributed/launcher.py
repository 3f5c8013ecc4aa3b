"""Who started this process, and with how many others."""

from __future__ import annotations

import functools
import os
import sys
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from vector.distributed.death_notice import Notice
from vector.distributed.ranks import Ranks, RanksError
from vector.training.group import Alone

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
def world() -> Alone:
    """All processes that `mpiexec -n N` started with this one; this process alone when it did not.

    The first call starts MPI. From then on an error that nobody catches on one rank ends all of them, and where no
    environment variable says otherwise, the ranks of a machine share its cores: each one's BLAS takes its part.

    Raises:
        ImportError: mpiexec started several processes, which without mpi4py would not know of each other.
        RanksError: mpi4py belongs to another MPI than mpiexec.
    """
    rank, size = launched()
    if size == 1:
        return Alone()
    notice = Notice() if rank == 0 else None  # before MPI, some of whose networks do not like new processes
    MPI = _mpi(size)  # as mpi4py calls it
    comm = MPI.COMM_WORLD
    if comm.size != size:
        raise RanksError(
            f"mpiexec started {size} processes, but mpi4py sees {comm.size}: they belong to different MPI libraries "
            f"(mpi4py's is {MPI.Get_library_version().splitlines()[0]}); use the mpiexec beside {sys.executable}"
        )
    neighbours = comm.Split_type(MPI.COMM_TYPE_SHARED).size
    _share_cores(neighbours)
    ranks = Ranks(comm, MPI.IN_PLACE, neighbours=neighbours == size, notice=notice)
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


def _share_cores(neighbours: int) -> None:
    """Give this process's BLAS its part of the cores, instead of as many threads as there are cores to each rank."""
    if any(name in os.environ for name in _THREADS):
        return
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threadpool_limits(max(1, cores // neighbours))


def _end_all(ranks: Ranks, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell an error that nobody caught, and end the other ranks too: they would wait for this one for ever."""
    if issubclass(kind, KeyboardInterrupt):  # which every rank met after the same step: none is lost
        if ranks.notice is not None:
            ranks.notice.withdraw()
        if ranks.leads:
            sys.stderr.write(f"stopped; {ranks.kept}\n")
        sys.stdout.flush()
        sys.stderr.flush()
        _mpi(ranks.size).Finalize()
        os._exit(130)  # what is left would end the process by the signal, of which mpiexec makes an error
    lines = "".join(traceback.format_exception(kind, error, trace))
    sys.stderr.write(f"rank {ranks.rank}: {lines}error: this ends all {ranks.size} ranks; {ranks.kept}\n")
    sys.stderr.flush()
    ranks.comm.Abort(1)
