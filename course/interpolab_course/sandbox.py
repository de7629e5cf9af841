"""Run a stranger's code where it can harm nothing: bubblewrap and limits.

The process sees the interpreter, the packages and what it is handed, all read-only,
and an empty scratch folder in memory.  It has no network, no other process, no
repository, no gradebook.  Time, memory, disk, processes and output are bounded.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import site
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import psutil

from interpolab_course.limits import Limits

SCRATCH = "/scratch"
INSIDE = "/inside"
HOW_TO_GET_IT = (
    "Grading runs strangers' programs and needs bubblewrap to contain them.\n"
    "  Debian, Ubuntu:  sudo apt-get install bubblewrap\n"
    "  Fedora:          sudo dnf install bubblewrap\n"
    "  elsewhere:       grade inside a Linux container or virtual machine\n"
    "--unsafe grades without it: only for submissions that you trust."
)


class NoSandboxError(RuntimeError):
    """Bubblewrap is missing or not allowed to work here."""


def require() -> str:
    """Return the path of a bubblewrap that works, or say how to get one."""
    path = shutil.which("bwrap")
    if path is None:
        raise NoSandboxError(HOW_TO_GET_IT)
    trial = [path, "--ro-bind", "/", "/", "--unshare-all", "true"]
    done = subprocess.run(trial, capture_output=True, text=True, timeout=30)
    if done.returncode:
        raise NoSandboxError(
            f"bubblewrap is installed but may not run here: {done.stderr.strip()}\n"
            "A container needs unprivileged user namespaces for it.\n" + HOW_TO_GET_IT
        )
    return path


def visible_paths() -> list[Path]:
    """Return what a submission needs to see: the interpreter and its packages."""
    import interpolab

    wanted = [
        Path(each)
        for each in ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache")
    ]
    wanted += [Path(each) for each in ("/etc/fonts", "/etc/alternatives")]
    wanted += [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).parent]
    wanted += [Path(each) for each in site.getsitepackages()]
    wanted.append(Path(interpolab.__file__).parent)
    if data := os.environ.get("INTERPOLAB_DATA"):
        wanted.append(Path(data).absolute())
    return [path for path in dict.fromkeys(wanted) if path.exists()]


def parents(paths: list[Path]) -> list[Path]:
    """Return the folders on the way to some paths, outermost first."""
    found = {folder for path in paths for folder in path.parents}
    return sorted(found - {Path("/")}, key=lambda folder: len(folder.parts))


@dataclass
class Sandbox:
    """How to start a process in the sandbox, or beside it with ``unsafe``.

    Attributes
    ----------
    limits
        What the process tree may use.
    unsafe
        Run without bubblewrap.  Limits on time and memory still hold; nothing
        protects the machine.
    slot
        A number that no other sandbox of this process has at the same time.
    """

    limits: Limits = field(default_factory=Limits)
    unsafe: bool = False
    slot: int = 0

    @property
    def user(self) -> int:
        """The user number that a sandbox takes where the grader is root.

        The kernel counts processes by user, so that graders at work side by side
        need different ones: a fork bomb of one would starve the other.
        """
        return 61000 + (16 * os.getpid() + self.slot) % 4000

    def command(
        self, program: Sequence[str], read_only: Mapping[Path, str], scratch: Path
    ) -> list[str]:
        """Return the command line that runs ``program`` inside."""
        if self.unsafe:
            return list(program)
        size = str(self.limits.disk)
        line = [require_once(), "--die-with-parent", "--new-session", "--clearenv"]
        line += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
        if os.geteuid():
            line += ["--unshare-user", "--unshare-cgroup-try"]
        # Empty folders first: the interpreter may live below one of them.
        line += ["--proc", "/proc", "--dev", "/dev"]
        for place in (SCRATCH, "/tmp", "/dev/shm"):
            line += ["--perms", "1777", "--size", size, "--tmpfs", place]
        for folder in parents(visible_paths()):
            line += ["--perms", "0755", "--dir", str(folder)]
        for path in visible_paths():
            line += ["--ro-bind", str(path), str(path)]
        line += ["--perms", "1777", "--dir", f"{SCRATCH}/.matplotlib"]
        fonts = {path: f"{SCRATCH}/.matplotlib/{path.name}" for path in font_lists()}
        for source, target in {**read_only, **fonts}.items():
            line += ["--ro-bind", str(source), target]
        for name, value in environment(SCRATCH).items():
            line += ["--setenv", name, value]
        return [*line, "--chdir", SCRATCH, *program]

    @contextlib.contextmanager
    def start(
        self, program: Sequence[str], read_only: Mapping[Path, str], scratch: Path
    ) -> Iterator[Running]:
        """Start a program, watch it, and end everything that it has started."""
        line = self.command(program, read_only, scratch)
        process = subprocess.Popen(
            line,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=scratch,
            env={**environment(str(scratch)), "PATH": os.environ.get("PATH", "")},
            start_new_session=True,
        )
        running = Running(process, self.limits)
        try:
            yield running
        finally:
            running.stop()


@functools.cache
def font_lists() -> list[Path]:
    """Return matplotlib's lists of fonts, which it would make anew in every sandbox."""
    import matplotlib
    from matplotlib import font_manager  # makes the list where there is none

    assert font_manager.fontManager
    return sorted(Path(matplotlib.get_cachedir()).glob("fontlist-*.json"))


def environment(home: str) -> dict[str, str]:
    """Return the few variables that a submission sees."""
    variables = {
        "HOME": home,
        "TMPDIR": home,
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": f"{home}/.matplotlib",
        "IPYTHONDIR": f"{home}/.ipython",
        "JUPYTER_PREFER_ENV_PATH": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if data := os.environ.get("INTERPOLAB_DATA"):
        variables["INTERPOLAB_DATA"] = str(Path(data).absolute())
    return variables


_bwrap: str | None = None


def require_once() -> str:
    """Return the path of bubblewrap, tried once."""
    global _bwrap
    if _bwrap is None:
        _bwrap = require()
    return _bwrap


class Running:
    """A sandboxed process tree under watch.

    Attributes
    ----------
    reason
        Why the watch ended it: ``"time"``, ``"memory"``, ``"processes"`` or
        ``"output"``; empty if it did not.
    peak
        The largest memory seen, in bytes.
    """

    def __init__(self, process: subprocess.Popen[bytes], limits: Limits) -> None:
        self.process = process
        self.limits = limits
        self.reason = ""
        self.peak = 0
        self._over = threading.Event()
        self._deadline = time.monotonic() + limits.seconds
        for task in (self._watching, self._draining):
            threading.Thread(target=task, daemon=True).start()

    @property
    def calls(self) -> BinaryIO:
        """What the process reads."""
        return cast(BinaryIO, self.process.stdin)

    @property
    def answers(self) -> BinaryIO:
        """What it writes as answers."""
        return cast(BinaryIO, self.process.stdout)

    def _draining(self) -> None:
        """Count and drop what the submission prints."""
        seen = 0
        with contextlib.suppress(OSError, ValueError):
            while part := os.read(cast(BinaryIO, self.process.stderr).fileno(), 65536):
                seen += len(part)
                if seen > self.limits.output:
                    self.end("output")
                    return

    def _watching(self) -> None:
        while not self._over.wait(0.1):
            if self.process.poll() is not None:
                return
            alive = family(self.process.pid)
            if len(alive) > self.limits.processes // 3:
                self.end("processes")
                return
            # The exact figure takes milliseconds, so it is asked for when it matters.
            used = resident(alive)
            if used > self.limits.memory:
                used = memory(alive)
            self.peak = max(self.peak, used)
            if used > self.limits.memory:
                self.end("memory")
            elif time.monotonic() > self._deadline:
                self.end("time")

    def end(self, reason: str) -> None:
        """End the process tree and note why."""
        if not self.reason:
            self.reason = reason
        kill_tree(self.process.pid)

    def stop(self) -> None:
        """End what is left, close the pipes and wait."""
        self._over.set()
        kill_tree(self.process.pid)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self.process.wait()


def resident(processes: list[psutil.Process]) -> int:
    """Return the resident memory of processes in bytes, shared pages several times."""
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def memory(processes: list[psutil.Process]) -> int:
    """Return the memory of processes in bytes, what they share divided between them.

    So a process that forks eight times is not taken for eight large ones.
    """
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            total += proportional(process)
    return total


def proportional(process: psutil.Process) -> int:
    """Return a process's share of memory; its resident memory where that is hidden."""
    try:
        text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        return 1024 * int(text.split("\nPss:")[1].split()[0])
    except (OSError, IndexError, ValueError):
        return process.memory_info().rss


def family(pid: int) -> list[psutil.Process]:
    """Return a process and all that it started."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def kill_tree(pid: int) -> None:
    """Kill a process and all that it started; in bubblewrap the kernel helps."""
    for _ in range(3):
        alive = family(pid)
        for process in reversed(alive):
            with contextlib.suppress(psutil.Error):
                process.kill()
        if len(alive) <= 1:
            return
