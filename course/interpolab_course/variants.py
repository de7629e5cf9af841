"""A set's variant for one term: other seeds, constants and data, other answers.

The author's notebook names what varies as ``<<NAME>>``.  The values come from the
set's ``parameters(rng)``, and the answers that visible checks show come from its
``answers(reference, parameters)``, which runs the author's own solution.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable
from functools import wraps
from inspect import isfunction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode

from interpolab_course import sets

DEFAULT_TERM = "book"
PLACEHOLDER = re.compile(r"<<([A-Z][A-Z0-9_]*)>>")


def generator(term: str, *purpose: str) -> np.random.Generator:
    """Return a generator that depends on the term and the purpose, and on no more."""
    text = "\0".join([term, *purpose]).encode()
    digest = hashlib.sha256(text).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def check_term(term: str) -> str:
    """Refuse a term that could not be part of a folder's name."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,40}", term):
        raise sets.SetError(
            f"TERM must be letters, digits, dots or dashes, such as 2027-spring; "
            f"got {term!r}"
        )
    return term


class Variant:
    """One problem set in one term.

    Attributes
    ----------
    name, term
        Which set, which term.
    parameters
        The values of the term.
    notebook
        The author's notebook with all placeholders filled, solutions included.
    reference
        The names that the author's solution defines.
    """

    def __init__(self, name: str, term: str = DEFAULT_TERM) -> None:
        self.name, self.term = name, check_term(term)
        source = sets.read(sets.notebook_path(name))
        self.hidden = sets.hidden(name)
        self.parameters = dict(self.hidden.parameters(generator(term, name)))
        self._refuse_undefined(source)
        first = filled(source, self.parameters, partial=True)
        self.reference = solution(first)
        answers = self.hidden.answers(self.reference, self.values)
        self.notebook = filled(source, {**self.parameters, **answers})
        self.notebook.metadata["interpolab"] = {"term": term, "set": name}

    @property
    def values(self) -> SimpleNamespace:
        """The parameters as attributes."""
        return SimpleNamespace(**self.parameters)

    def _refuse_undefined(self, source: NotebookNode) -> None:
        for cell in source.cells:
            if "<<" in cell.source and not PLACEHOLDER.search(cell.source):
                raise sets.SetError(f"{self.name}: a stray '<<' in {cell.source!r}")

    @property
    def fingerprint(self) -> str:
        """A hash of all that decides a grade besides the submission."""
        digest = hashlib.sha256(nbformat.writes(self.notebook).encode())
        digest.update(Path(str(self.hidden.__file__)).read_bytes())
        return digest.hexdigest()

    def rng(self, *purpose: str) -> np.random.Generator:
        """Return the generator of one hidden check."""
        return generator(self.term, self.name, "check", *purpose)


def filled(
    source: NotebookNode, values: dict[str, Any], *, partial: bool = False
) -> NotebookNode:
    """Return a copy of a notebook with its placeholders replaced.

    Raises
    ------
    SetError
        If a placeholder has no value, unless ``partial``.
    """
    notebook = copy.deepcopy(source)

    def value(match: re.Match[str]) -> str:
        if match[1] in values:
            return written(values[match[1]])
        if partial:
            return match[0]
        raise sets.SetError(f"the placeholder {match[0]} has no value")

    for cell in notebook.cells:
        cell.source = PLACEHOLDER.sub(value, cell.source)
    return notebook


def written(value: Any) -> str:
    """Write a value as Python would read it, without a type's name around it."""
    if isinstance(value, np.ndarray):
        return repr(value.tolist())
    if isinstance(value, np.generic):
        return repr(value.item())
    return value if isinstance(value, str) else repr(value)


def solution(notebook: NotebookNode) -> SimpleNamespace:
    """Run the author's set-up and solution cells and return what they define."""
    names: dict[str, Any] = {"__name__": "reference"}
    for cell in code_cells(notebook):
        exec(compile(cell["source"], f"<{cell['name']}>", "exec"), names)
    shown = {k: v for k, v in names.items() if not k.startswith("_")}
    return SimpleNamespace(
        **{k: remembering(v) if isfunction(v) else v for k, v in shown.items()}
    )


def remembering(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the same function that runs only once without arguments.

    Experiments take none and some seconds, and every submission asks for them.
    """
    known: list[Any] = []

    @wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        if arguments or named:
            return function(*arguments, **named)
        if not known:
            known.append(function())
        return copy.deepcopy(known[0])

    return call


def code_cells(notebook: NotebookNode) -> list[dict[str, str]]:
    """Return the cells that define functions: set-up and solutions, not experiments.

    A cell tagged ``setup`` is the author's; a solution cell is the student's.  Cells
    tagged ``experiment`` call what the others define and are not needed for it.
    """
    found = []
    for number, cell in enumerate(notebook.cells):
        tags = cell.metadata.get("tags", [])
        about = sets.metadata(cell)
        graded_by_hand = about.get("grade") and about.get("solution")
        if cell.cell_type != "code" or "experiment" in tags or graded_by_hand:
            continue
        if "setup" in tags or about.get("solution"):
            name = about.get("grade_id", f"cell {number + 1}")
            found.append({"name": name, "source": cell.source})
    return found
