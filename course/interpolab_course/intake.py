"""Take a submitted notebook in: read it, put its locked cells right, say what was odd.

What the student may write is kept as it is.  Every other cell of the release is put
back as released, wherever the student has left it, moved it or thrown it away.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from interpolab_course import sets
from interpolab_course.variants import code_cells

MAX_BYTES = 20 * 2**20
MAGIC = re.compile(r"^\s*[%!?].*$", re.MULTILINE)


class IntakeError(ValueError):
    """A submission that is no notebook."""


@dataclass
class Intake:
    """A submission that was taken in.

    Attributes
    ----------
    notebook
        The notebook to execute, its locked cells as released.
    cells
        The code that defines the student's functions, in order.
    edited, missing
        Names of locked cells that were changed, of cells that were gone.
    unanswered
        Names of answer cells that are as released.
    """

    notebook: NotebookNode
    cells: list[dict[str, str]]
    edited: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)


def read(path: Path) -> NotebookNode:
    """Read a submitted file as a notebook.

    Raises
    ------
    IntakeError
        If it is too large, not JSON, or not a notebook.
    """
    if path.stat().st_size > MAX_BYTES:
        raise IntakeError(
            f"the file is larger than {MAX_BYTES // 2**20} MB: clear its outputs"
        )
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        notebook = nbformat.reads(json.dumps(_cleared(raw)), as_version=4)
        nbformat.validate(notebook)
    except IntakeError:
        raise
    except UnicodeDecodeError:
        raise IntakeError("the file is not text, so not a notebook") from None
    except json.JSONDecodeError as error:
        raise IntakeError(f"the file is cut off or damaged: {error}") from None
    except RecursionError:
        raise IntakeError("the file is nested too deeply for a notebook") from None
    except Exception as error:  # noqa: BLE001 - nbformat raises many kinds
        raise IntakeError(
            f"the file is not a notebook: {str(error).splitlines()[0][:200]}"
        ) from None
    return notebook


def _cleared(raw: Any) -> Any:
    if not isinstance(raw, dict) or not isinstance(raw.get("cells"), list):
        raise IntakeError("the file is not a notebook: it has no list of cells")
    for cell in raw["cells"]:
        if not isinstance(cell, dict):
            raise IntakeError("the file is not a notebook: a cell is not an object")
        if cell.get("cell_type") == "code":
            cell["outputs"], cell["execution_count"] = [], None
        cell.pop("attachments", None)
        cell.pop("id", None)
    raw["nbformat"], raw["nbformat_minor"] = 4, 4
    return raw


def take_in(submitted: NotebookNode, release: NotebookNode) -> Intake:
    """Join a submission with the release it belongs to."""
    theirs = first_of_each(submitted)
    taken = Intake(NotebookNode(copy.deepcopy(release)), [])
    extra = own_cells(submitted, theirs, {cell.source for cell in release.cells})
    cells = list(extra.get("", []))
    for cell in release.cells:
        about = sets.metadata(cell)
        name = about.get("grade_id")
        if name:
            cells.append(_joined(cell, theirs.get(name), taken))
            cells += extra.get(name, [])
        else:
            cells.append(copy.deepcopy(cell))
    taken.notebook.cells = _numbered(cells)
    taken.cells = runnable(taken.notebook)
    return taken


def first_of_each(submitted: NotebookNode) -> dict[str, NotebookNode]:
    """Return the graded cells of a submission by name; a copy does not count."""
    found: dict[str, NotebookNode] = {}
    for cell in submitted.cells:
        about = sets.metadata(cell)
        name = about.get("grade_id") if isinstance(about, dict) else None
        if isinstance(name, str):
            found.setdefault(name, cell)
    return found


def own_cells(
    submitted: NotebookNode, theirs: dict[str, NotebookNode], released: set[str]
) -> dict[str, list[NotebookNode]]:
    """Return the student's own code cells by the graded cell that they follow."""
    found: dict[str, list[NotebookNode]] = {}
    last = ""
    for cell in submitted.cells:
        name = sets.metadata(cell).get("grade_id")
        if isinstance(name, str) and theirs.get(name) is cell:
            last = name
        elif cell.cell_type == "code" and cell.source not in released:
            own = nbformat.v4.new_code_cell(cell.source, metadata={"own": True})
            found.setdefault(last, []).append(own)
    return found


def _joined(
    released: NotebookNode, theirs: NotebookNode | None, taken: Intake
) -> NotebookNode:
    cell = copy.deepcopy(released)
    about = sets.metadata(released)
    name = about["grade_id"]
    if theirs is None:
        taken.missing.append(name)
        if about.get("solution"):
            taken.unanswered.append(name)
        return cell
    if about.get("solution") or about.get("task"):
        cell.source = theirs.source
        if theirs.source.strip() == released.source.strip():
            taken.unanswered.append(name)
    elif theirs.source.strip() != released.source.strip():
        taken.edited.append(name)
    return cell


def _numbered(cells: list[NotebookNode]) -> list[NotebookNode]:
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number:03d}"
    return cells


def runnable(notebook: NotebookNode) -> list[dict[str, str]]:
    """Return the code that defines functions, without the notebook's magics.

    The student's own cells belong to it: a helper may live there.
    """
    wanted = {cell["source"]: cell["name"] for cell in code_cells(notebook)}
    found = []
    for number, cell in enumerate(notebook.cells):
        own = cell.metadata.get("own", False)
        if cell.cell_type == "code" and (own or cell.source in wanted):
            name = wanted.get(cell.source, f"your own cell {number + 1}")
            found.append({"name": name, "source": MAGIC.sub("", cell.source)})
    return found
