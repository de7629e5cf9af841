"""The folder where an instructor grades: submissions in, grades out.

::

    submitted/STUDENT/ps1/ps1.ipynb    what came in (or submitted/STUDENT.ipynb)
    results/ps1/STUDENT.json           what grading found, one file a submission
    results/ps1/history/               what it found before
    autograded/STUDENT/ps1/            executed notebooks, for grading by hand
    feedback/STUDENT/ps1/ps1.html      what a student gets
    gradebook.db, backups/             nbgrader's gradebook and its copies
    reports/ps1.csv, ps1-lms.csv, ps1.png
    roster.csv                         optional: id, first_name, last_name, email
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

STUDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,80}")


class WorkspaceError(ValueError):
    """Something about the folder is not as grading needs it."""


@dataclass(frozen=True)
class Submitted:
    """One student's file for one set.

    Attributes
    ----------
    student
        The student's id: the name of the folder.
    path
        The notebook; it may be missing.
    when
        When it was handed in, from ``timestamp.txt``; None if that is not there.
    """

    student: str
    path: Path
    when: datetime | None

    @property
    def fingerprint(self) -> str:
        """A hash of the file and its time."""
        digest = hashlib.sha256()
        if self.path.is_file():
            digest.update(self.path.read_bytes())
        digest.update(str(self.when).encode())
        return digest.hexdigest()


class Workspace:
    """The folder's parts."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, *parts: str) -> Path:
        """Return a folder of the workspace, made if it is missing."""
        path = self.root.joinpath(*parts)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def submissions(self, name: str) -> list[Submitted]:
        """Return every submission of a set, by student.

        Raises
        ------
        WorkspaceError
            If the folder is missing or empty, or a student's id could be mistaken
            for a path.
        """
        folder = self.root / "submitted"
        if not folder.is_dir():
            raise WorkspaceError(
                f"there is no folder {folder}: put each submission into "
                f"submitted/STUDENT/{name}/{name}.ipynb"
            )
        found = []
        for path in sorted(folder.iterdir()):
            if path.is_dir() and (path / name).is_dir():
                found.append(self._of_folder(path, name))
            elif path.suffix == ".ipynb":
                found.append(Submitted(_student(path.stem), path, None))
        if not found:
            raise WorkspaceError(f"no submission of {name} in {folder}")
        return found

    def _of_folder(self, path: Path, name: str) -> Submitted:
        stamp = path / name / "timestamp.txt"
        when = _time(stamp) if stamp.is_file() else None
        notebook = path / name / f"{name}.ipynb"
        others = sorted((path / name).glob("*.ipynb"))
        if not notebook.exists() and len(others) == 1:
            notebook = others[0]
        if notebook.is_symlink():
            raise WorkspaceError(f"{notebook} is a link; submissions must be files")
        return Submitted(_student(path.name), notebook, when)

    def roster(self) -> dict[str, dict[str, str]]:
        """Return what ``roster.csv`` says of each student; empty without the file.

        Raises
        ------
        WorkspaceError
            If the file has no column ``id``, or an id twice.
        """
        path = self.root / "roster.csv"
        if not path.is_file():
            return {}
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
        if rows and "id" not in rows[0]:
            raise WorkspaceError("roster.csv needs a column named id")
        found: dict[str, dict[str, str]] = {}
        for row in rows:
            student = _student((row["id"] or "").strip())
            if student in found:
                raise WorkspaceError(f"roster.csv has {student!r} twice")
            wanted = ("first_name", "last_name", "email")
            found[student] = {key: (row.get(key) or "").strip() for key in wanted}
        return found


def _student(name: str) -> str:
    if not STUDENT.fullmatch(name):
        raise WorkspaceError(
            f"a student's id must be letters, digits, dots, dashes or @; got {name!r}"
        )
    return name


def _time(path: Path) -> datetime:
    text = path.read_text(encoding="utf-8", errors="replace").strip()[:64]
    text = re.sub(r"\s+UTC$", "+00:00", text)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise WorkspaceError(
            f"{path}: not a time such as 2027-03-01 23:59:00 UTC: {text!r}"
        ) from None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that an interruption leaves the old or the new one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(name, path)


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a result; None if it is missing or damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
