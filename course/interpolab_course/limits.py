"""How much a submission may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits of one sandboxed process tree.

    Attributes
    ----------
    seconds
        Wall-clock time of the whole run.
    call_seconds
        Wall-clock time of one call of a function.
    memory
        Bytes of memory, all processes together; what they share counts once.
    disk
        Bytes of scratch space.
    processes
        Processes and threads at one time.  A third as many *processes* end the run:
        no answer needs them, and a fork bomb is not left to go on until its time is
        up.
    output
        Bytes printed before the run is stopped.
    """

    seconds: float = 120.0
    call_seconds: float = 20.0
    memory: int = 1536 * 2**20
    disk: int = 256 * 2**20
    processes: int = 96
    output: int = 4 * 2**20
