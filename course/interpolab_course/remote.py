"""A submission's functions, called from outside its process."""

from __future__ import annotations

import contextlib
import copy
import json
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from interpolab_course import inside, wire
from interpolab_course.sandbox import INSIDE, Running, Sandbox

ENDED = {
    "time": "stopped: it ran longer than it may",
    "memory": "stopped: it used more memory than it may",
    "processes": "stopped: it started more processes than it may",
    "output": "stopped: it printed more than it may",
    "": "the program ended by itself",
}


class CallError(Exception):
    """A call of a submission's function did not return a value."""


class Submission:
    """The functions of one submission, alive in a sandbox.

    Attributes
    ----------
    errors
        For every cell that could not be run, what it said.
    """

    def __init__(self, running: Running, cells: list[dict[str, str]]) -> None:
        self._running = running
        self.errors: dict[str, str] = {}
        self._known: dict[str, Any] = {}
        reply = self._exchange(json.dumps(cells))
        errors = reply.get("errors", {}) if isinstance(reply, dict) else {}
        self.errors = {str(k): str(v) for k, v in dict(errors).items()}

    @property
    def reason(self) -> str:
        """Why the sandbox was ended, or empty."""
        return self._running.reason

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call one of its functions.

        Raises
        ------
        CallError
            If the function is missing, raises, is too slow, changes its
            arguments, or returns what is neither number, text nor array.
        """
        # An experiment takes no arguments and some seconds: it is asked once.
        if args or kwargs:
            reply = self._ask(name, args, kwargs)
        else:
            if name not in self._known:
                self._known[name] = self._ask(name, args, kwargs)
            reply = copy.deepcopy(self._known[name])
        if not isinstance(reply, dict):
            raise CallError("the program sent no answer")
        if "value" not in reply:
            raise CallError(str(reply.get("error", "the program sent no answer")))
        if reply.get("changed"):
            raise CallError(f"{name} changes its arguments; work on a copy")
        return reply["value"]

    def _ask(self, name: str, args: tuple, kwargs: dict[str, Any]) -> Any:
        return self._exchange({"name": name, "args": list(args), "kwargs": kwargs})

    def __getattr__(self, name: str) -> Any:
        """Return a function that calls the submission's function of that name."""
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self.call(name, *args, **kwargs)

    def _exchange(self, message: Any) -> Any:
        limit = self._running.limits.call_seconds + 10
        timer = threading.Timer(limit, self._running.end, args=("time",))
        timer.start()
        try:
            self._running.calls.write(wire.encode(message))
            self._running.calls.flush()
            return wire.read(self._running.answers)
        except (EOFError, OSError, wire.WireError, ValueError) as error:
            if isinstance(error, wire.WireError):
                raise CallError(str(error)) from None
            raise CallError(ENDED[self._running.reason]) from None
        finally:
            timer.cancel()


@contextlib.contextmanager
def submission(cells: list[dict[str, str]], sandbox: Sandbox) -> Iterator[Submission]:
    """Start a submission's code cells in a sandbox and offer their functions.

    Parameters
    ----------
    cells
        Code cells in their order, each with ``name`` and ``source``.
    sandbox
        Where to run them.

    Raises
    ------
    CallError
        If the process ends before it has loaded the cells.
    """
    limits = sandbox.limits
    with tempfile.TemporaryDirectory(prefix="interpolab-") as folder:
        kit = Path(folder) / "inside"
        shutil.copytree(Path(inside.__file__).parent, kit)
        shutil.copy(wire.__file__, kit / "wire.py")
        folder_inside = str(kit) if sandbox.unsafe else INSIDE
        program = [sys.executable, "-I", f"{folder_inside}/worker.py"]
        program += ["--user", str(sandbox.user), "--disk", str(limits.disk)]
        program += ["--processes", str(limits.processes)]
        program += ["--seconds", str(int(limits.call_seconds))]
        program += ["--unsafe"] if sandbox.unsafe else []
        scratch = Path(folder) / "scratch"
        scratch.mkdir()
        kit.chmod(0o755)
        with sandbox.start(program, {kit: INSIDE}, scratch) as running:
            yield Submission(running, cells)
