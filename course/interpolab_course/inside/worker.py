"""Load a submission's code and answer calls of its functions.

The parent writes calls to standard input and reads answers from the file
descriptor named on the command line.  What the submission prints goes to standard
output, where the parent counts and drops it.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import confine  # noqa: E402
import wire  # noqa: E402


class TooSlowError(Exception):
    """A call took longer than it may."""


def main() -> None:
    """Confine the process, load the cells, serve calls until the parent hangs up."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--user", type=int, required=True)
    parser.add_argument("--processes", type=int, required=True)
    parser.add_argument("--disk", type=int, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--unsafe", action="store_true")
    options = parser.parse_args()
    answers = os.fdopen(os.dup(1), "wb")
    calls = os.fdopen(os.dup(0), "rb")
    os.dup2(2, 1)
    if not options.unsafe:
        confine.confine(
            user=options.user, processes=options.processes, disk=options.disk
        )
    serve(calls, answers, options.seconds)


def serve(calls: Any, answers: Any, seconds: int) -> None:
    """Answer the first message, the cells, and then every call."""
    cells = json.loads(wire.read(calls))
    errors: dict[str, str] = {}
    names = load(cells, errors, seconds)
    send(answers, {"errors": errors})
    while True:
        try:
            call = wire.read(calls)
        except EOFError:
            return
        send(answers, answer(names, call, seconds))


def load(
    cells: list[dict[str, str]], errors: dict[str, str], seconds: int
) -> dict[str, Any]:
    """Run the cells one after another; note the error of each that has one."""
    module = type(sys)("submission")
    sys.modules["submission"] = module
    for cell in cells:
        try:
            with_alarm(lambda c=cell: run(c["source"], module.__dict__), seconds)
        except BaseException as error:  # noqa: BLE001 - a stranger's code
            errors[cell["name"]] = describe(error)
    return module.__dict__


def run(source: str, names: dict[str, Any]) -> None:
    """Run one cell's code as a module's, without the notebook's conveniences."""
    exec(compile(source, "<your notebook>", "exec"), names)


def answer(names: dict[str, Any], call: dict[str, Any], seconds: int) -> dict[str, Any]:
    """Call one function and pack what it returns, or say why it has not."""
    function = names.get(call["name"])
    if not callable(function):
        return {"error": f"NameError: no function named {call['name']}"}
    given = (list(call["args"]), dict(call["kwargs"]))
    kept = copy.deepcopy(given)
    try:
        value = with_alarm(lambda: function(*given[0], **given[1]), seconds)
        wire.encode(value)
    except BaseException as error:  # noqa: BLE001 - a stranger's code
        return {"error": describe(error)}
    return {"value": value, "changed": wire.encode(kept) != wire.encode(given)}


def with_alarm(function: Any, seconds: int) -> Any:
    """Call a function and interrupt it after so many seconds."""

    def stop(*_: Any) -> None:
        raise TooSlowError(f"took longer than {seconds} s")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        return function()
    finally:
        signal.alarm(0)


def describe(error: BaseException) -> str:
    """Return an error's kind and message, with the line of the submission."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == "<your notebook>"
    ]
    where = f" (line {lines[-1]} of the cell)" if lines else ""
    return f"{type(error).__name__}: {error}"[:400] + where


def send(answers: Any, value: Any) -> None:
    """Write one message."""
    answers.write(wire.encode(value))
    answers.flush()


if __name__ == "__main__":
    main()
