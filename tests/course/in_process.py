"""The authors' own answers, right and wrong, asked in this process.

What a set's checks say of an answer does not depend on the sandbox, and starting one
takes longer than most checks.  Calls and values still pass through the wire.  That
the sandbox gives the same marks is tested for every set, and strangers' code runs
nowhere else.
"""

from __future__ import annotations

import json
import sys
import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np

from interpolab_course import wire
from interpolab_course.limits import Limits
from interpolab_course.remote import Submission

sys.modules.setdefault("wire", wire)  # where it lies beside the worker
from interpolab_course.inside import worker  # noqa: E402

LIMITS = Limits()


class InProcess(Submission):
    """A submission that is trusted with this process."""

    def __init__(self, cells: list[dict[str, str]]) -> None:
        self._names: dict[str, Any] | None = None
        super().__init__(SimpleNamespace(limits=LIMITS, reason=""), cells)

    def _exchange(self, message: Any) -> Any:
        seconds = int(LIMITS.call_seconds)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if self._names is None:
                errors: dict[str, str] = {}
                self._names = worker.load(json.loads(message), errors, seconds)
                return carried({"errors": errors})
            return carried(worker.answer(self._names, carried(message), seconds))


def carried(value: Any) -> Any:
    """Return what arrives when a value is sent."""
    return wire.decode(wire.encode(value)[4:])
