"""Where the problem sets are and what an author's notebook holds."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import nbformat
from nbformat import NotebookNode

COURSE = Path(__file__).resolve().parents[1]
SOURCE = COURSE / "source"
HIDDEN = COURSE / "hidden"
RELEASE = COURSE / "release"


class SetError(ValueError):
    """A problem set is missing, or its source is not in order."""


def names() -> list[str]:
    """Return the names of all problem sets, in order."""
    return sorted(path.parent.name for path in SOURCE.glob("ps*/ps*.ipynb"))


def notebook_path(name: str) -> Path:
    """Return the author's notebook of a set."""
    path = SOURCE / name / f"{name}.ipynb"
    if not path.is_file():
        known = ", ".join(names()) or "none here: the sources are kept private"
        raise SetError(f"there is no problem set {name!r}; known sets: {known}")
    return path


def hidden(name: str) -> ModuleType:
    """Load a set's parameters and hidden checks."""
    path = HIDDEN / f"{name}.py"
    if not path.is_file():
        raise SetError(f"the hidden checks of {name!r} are missing: {path.name}")
    spec = importlib.util.spec_from_file_location(f"hidden_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def metadata(cell: NotebookNode) -> dict:
    """Return what nbgrader knows about a cell; empty for an ordinary cell."""
    return cell.metadata.get("nbgrader", {})


@dataclass(frozen=True)
class Question:
    """One graded cell.

    Attributes
    ----------
    grade_id
        Its name.
    points
        What it is worth.
    manual
        Whether a person grades it.
    """

    grade_id: str
    points: float
    manual: bool


def questions(notebook: NotebookNode) -> list[Question]:
    """Return the graded cells of a notebook, in order."""
    found = []
    for cell in notebook.cells:
        about = metadata(cell)
        if about.get("grade") or about.get("task"):
            manual = bool(about.get("task") or about.get("solution"))
            found.append(Question(about["grade_id"], float(about["points"]), manual))
    return found


def read(path: Path) -> NotebookNode:
    """Read a notebook in the current format."""
    return nbformat.read(path, as_version=4)
