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
        Wall-clock time of one call of a function.  A cell of the notebook may take
        half as long again: it does more than define them.
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

    @property
    def cell_seconds(self) -> int:
        """Wall-clock time of one cell when the notebook is executed."""
        return max(1, int(1.5 * self.call_seconds))
