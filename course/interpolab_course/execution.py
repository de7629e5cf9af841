"""Execute a submission with nbgrader in the sandbox, and ask the canary.

The executed notebook is for reading: feedback, figures, written answers.  No point
depends on it.  The canary is two cells that must fail; where they do not, something
in the submission has changed what ``assert`` or ``np.testing`` mean, or keeps cells
from running.
"""

from __future__ import annotations

import copy
import json
import secrets
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from interpolab_course import inside, wire
from interpolab_course.inert import inert
from interpolab_course.remote import ENDED
from interpolab_course.sandbox import INSIDE, Sandbox

KIT = "/kit"
CANARIES = (
    "import numpy as np\nnp.testing.assert_allclose(1.0, 2.0, err_msg={token!r})",
    "assert 1 + 1 == 3, {token!r}",
)


@dataclass
class Executed:
    """What came of executing a submission.

    Attributes
    ----------
    notebook
        The executed notebook without the canary and without anything that a browser
        would run; None if there is none.
    tampered
        Whether the canary lived although it must not.
    problem
        Why there is no notebook, in words; empty if there is one.
    """

    notebook: NotebookNode | None
    tampered: bool
    problem: str


def execute(
    name: str,
    notebook: NotebookNode,
    database: bytes,
    sandbox: Sandbox,
) -> Executed:
    """Execute a submission that was taken in."""
    token = secrets.token_hex(8)
    with tempfile.TemporaryDirectory(prefix="interpolab-") as folder:
        kit = Path(folder) / "kit"
        kit.mkdir(mode=0o755)
        nbformat.write(with_canary(notebook, token), kit / f"{name}.ipynb")
        (kit / "gradebook.db").write_bytes(database)
        answer, reason = _run(name, kit, Path(folder), sandbox)
    if not isinstance(answer, dict) or "notebook" not in answer:
        said = answer.get("error", "") if isinstance(answer, dict) else ""
        return Executed(None, False, reason or _last_line(said))
    try:
        found = nbformat.reads(str(answer["notebook"]), as_version=4)
        return _without_canary(inert(found), token)
    except Exception:  # noqa: BLE001 - what a hostile kernel may have left
        return Executed(None, True, "the executed notebook is damaged")


def _run(name: str, kit: Path, folder: Path, sandbox: Sandbox) -> tuple[Any, str]:
    limits = sandbox.limits
    programs = folder / "inside"
    shutil.copytree(Path(inside.__file__).parent, programs)
    shutil.copy(wire.__file__, programs / "wire.py")
    programs.chmod(0o755)
    scratch = folder / "scratch"
    scratch.mkdir()
    where = (str(programs), str(kit)) if sandbox.unsafe else (INSIDE, KIT)
    program = [sys.executable, "-I", f"{where[0]}/autograde.py", name]
    program += ["--kit", where[1], "--user", str(sandbox.user)]
    program += ["--processes", str(limits.processes), "--disk", str(limits.disk)]
    program += ["--cell-seconds", str(limits.cell_seconds)]
    program += ["--unsafe"] if sandbox.unsafe else []
    with sandbox.start(program, {programs: INSIDE, kit: KIT}, scratch) as running:
        try:
            return wire.read(running.answers), running.reason
        except (EOFError, OSError, ValueError):
            return None, ENDED[running.reason]


def with_canary(notebook: NotebookNode, token: str) -> NotebookNode:
    """Return a copy that ends with the cells that must fail."""
    found = copy.deepcopy(notebook)
    for number, source in enumerate(CANARIES):
        cell = nbformat.v4.new_code_cell(source.format(token=token))
        cell["id"] = f"canary-{number}"
        found.cells.append(cell)
    return found


def _without_canary(found: NotebookNode, token: str) -> Executed:
    canaries, found.cells = found.cells[-len(CANARIES) :], found.cells[: -len(CANARIES)]
    failed = [
        any(
            output.get("output_type") == "error"
            and output.get("ename") == "AssertionError"
            and token in str(output.get("evalue"))
            for output in cell.get("outputs", [])
        )
        for cell in canaries
    ]
    reached = [cell.get("execution_count") is not None for cell in canaries]
    if not any(reached) and not any(failed):
        dead = "DeadKernelError" in json.dumps(found) or _died(found)
        if dead:
            return Executed(found, False, "the kernel died while it ran the notebook")
    return Executed(found, not all(failed), "")


def _died(found: NotebookNode) -> bool:
    """Return whether the notebook stopped being executed before its end."""
    code = [cell for cell in found.cells if cell.cell_type == "code" and cell.source]
    return bool(code) and code[-1].get("execution_count") is None


def _last_line(text: str) -> str:
    if "DeadKernelError" in text:
        return "the kernel died while it ran the notebook"
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1][:300] if lines else "nbgrader has not said why"
