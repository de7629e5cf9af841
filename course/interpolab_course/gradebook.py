"""nbgrader's gradebook: results go in, grades by hand come out, nothing is lost."""

from __future__ import annotations

import shutil
import sqlite3
import warnings
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy.exc import SAWarning

from interpolab_course.grading import Result
from interpolab_course.release import Kit
from interpolab_course.workspace import Workspace

KEPT = 20


def url(workspace: Workspace) -> str:
    """Return the address of a workspace's gradebook."""
    return f"sqlite:///{workspace.root.absolute()}/gradebook.db"


def back_up(workspace: Workspace) -> Path | None:
    """Copy the gradebook before it is changed; keep the last copies."""
    path = workspace.root / "gradebook.db"
    if not path.is_file():
        return None
    folder = workspace.folder("backups")
    copy = folder / f"gradebook-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}.db"
    with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)
    for stale in sorted(folder.glob("gradebook-*.db"))[:-KEPT]:
        stale.unlink()
    return copy


def register(workspace: Workspace, kit: Kit) -> None:
    """Make sure that the gradebook knows the set as it was released.

    A new gradebook starts as the kit's; an old one gets the set added.
    """
    path = workspace.root / "gradebook.db"
    if not path.is_file():
        workspace.root.mkdir(parents=True, exist_ok=True)
        path.write_bytes(kit.database)
        return
    name = kit.variant.name
    with Gradebook(url(workspace)) as book:
        try:
            book.find_notebook(name, name)
        except MissingEntry:
            book.update_or_create_assignment(name)
            _copy_cells(kit, book, workspace)


def _copy_cells(kit: Kit, book: Gradebook, workspace: Workspace) -> None:
    name = kit.variant.name
    other = workspace.folder(".kit") / f"{name}.db"
    other.write_bytes(kit.database)
    book.update_or_create_notebook(name, name)
    with Gradebook(f"sqlite:///{other.absolute()}") as source:
        notebook = source.find_notebook(name, name)
        for cell in notebook.grade_cells:
            book.update_or_create_grade_cell(
                cell.name,
                name,
                name,
                max_score=cell.max_score,
                cell_type=cell.cell_type,
            )
        for cell in notebook.task_cells:
            book.update_or_create_task_cell(
                cell.name,
                name,
                name,
                max_score=cell.max_score,
                cell_type=cell.cell_type,
            )
        for cell in notebook.solution_cells:
            book.update_or_create_solution_cell(cell.name, name, name)
        for cell in notebook.source_cells:
            book.update_or_create_source_cell(
                cell.name,
                name,
                name,
                cell_type=cell.cell_type,
                locked=cell.locked,
                source=cell.source,
                checksum=cell.checksum,
            )
    shutil.rmtree(other.parent)


def record(workspace: Workspace, results: list[Result]) -> None:
    """Write results into the gradebook; points given by hand stay as they are."""
    roster = workspace.roster()
    with warnings.catch_warnings(), Gradebook(url(workspace)) as book:
        warnings.simplefilter("ignore", SAWarning)
        for student, about in roster.items():
            book.update_or_create_student(student, **about)
        for result in results:
            about = roster.get(result.student, {})
            book.update_or_create_student(result.student, **about)
            _record_one(book, result)


def _record_one(book: Gradebook, result: Result) -> None:
    when = None
    if result.submitted:
        when = datetime.fromisoformat(result.submitted).astimezone(UTC)
        when = when.replace(tzinfo=None)
    book.update_or_create_submission(result.set, result.student, timestamp=when)
    for grade_id, score in result.scores.items():
        grade = book.find_grade(grade_id, result.set, result.set, result.student)
        grade.auto_score = score
        grade.needs_manual_grade = score is None and grade.manual_score is None
    for comment in book.find_submission_notebook(
        result.set, result.set, result.student
    ).comments:
        comment.auto_comment = comment_on(result, comment.name)
    book.db.commit()


def comment_on(result: Result, cell: str) -> str:
    """Write what the hidden checks say of one answer cell, for the student."""
    listed = result.outcomes.get(f"{cell}-test", [])
    lines = []
    if cell in result.errors:
        lines.append(f"The cell stops with {result.errors[cell]}.")
    for each in listed:
        passed = each["earned"] >= each["points"]
        verdict = "passed" if passed else f"not passed: {each['message']}"
        lines.append(f"{each['title']} ({each['points']:g}): {verdict}.")
    return "\n".join(lines)


def by_hand(workspace: Workspace, result: Result) -> dict[str, float]:
    """Return the points that a person has given, by graded cell."""
    found: dict[str, float] = {}
    with Gradebook(url(workspace)) as book:
        try:
            notebook = book.find_submission_notebook(
                result.set, result.set, result.student
            )
        except MissingEntry:
            return found
        for grade in notebook.grades:
            if grade.manual_score is not None:
                found[grade.name] = float(grade.manual_score)
            if grade.extra_credit:
                found[grade.name] = found.get(grade.name, grade.auto_score or 0.0)
                found[grade.name] += float(grade.extra_credit)
    return found


def days_late(result: Result, due: datetime | None, grace: timedelta) -> int:
    """Return how many days, begun ones counted, a submission is late."""
    if due is None or not result.submitted:
        return 0
    late = datetime.fromisoformat(result.submitted) - due - grace
    return max(0, -((-late) // timedelta(days=1)))
