"""Give up privileges and set limits before anything of the submission is read."""

from __future__ import annotations

import os
import resource


def confine(*, user: int, processes: int, disk: int) -> None:
    """Become nobody in particular and lower the limits, for good.

    As root each sandbox takes a user number of its own, so that its limit on
    processes counts its processes only; without root the sandbox has a user
    namespace, which does the same.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (disk, disk))
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, 512))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
