"""What comes out of grading: tables, feedback pages and one plot."""

from __future__ import annotations

import contextlib
import html
import logging
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from interpolab_course import gradebook
from interpolab_course.grading import Result
from interpolab_course.release import Kit
from interpolab_course.workspace import Workspace, write_atomically


def table(
    kit: Kit,
    workspace: Workspace,
    results: list[Result],
    *,
    due: datetime | None = None,
    penalty: float = 0.0,
    grace: timedelta = timedelta(0),
) -> pd.DataFrame:
    """Return one row for each student of the roster and each submission.

    Parameters
    ----------
    kit, workspace, results
        What was graded, where, and what was found.
    due
        The deadline; None for none.
    penalty
        Share of the points taken for each day late that has begun.
    grace
        How much later than the deadline is not late.
    """
    roster = workspace.roster()
    known = {result.student: result for result in results}
    rows = []
    for student in sorted({*roster, *known}):
        about = roster.get(student, {})
        row: dict[str, Any] = {"id": student, **about}
        row |= _row(kit, workspace, known.get(student), due, penalty, grace)
        rows.append(row)
    return pd.DataFrame(rows)


def _row(
    kit: Kit,
    workspace: Workspace,
    result: Result | None,
    due: datetime | None,
    penalty: float,
    grace: timedelta,
) -> dict[str, Any]:
    worth = sum(question.points for question in kit.questions)
    if result is None:
        return {"total": 0.0, "out_of": worth, "status": "nothing handed in"}
    given = gradebook.by_hand(workspace, result)
    row: dict[str, Any] = {}
    open_points = 0.0
    for question in kit.questions:
        score = given.get(question.grade_id, result.scores.get(question.grade_id))
        row[question.grade_id] = score
        open_points += question.points if score is None else 0.0
    points = sum(value for value in row.values() if value is not None)
    late = gradebook.days_late(result, due, grace)
    lost = min(1.0, penalty * late) * points
    row |= {"points": points, "days_late": late, "late_penalty": lost}
    row |= {"total": points - lost, "out_of": worth, "to_grade_by_hand": open_points}
    return row | {"status": result.status, "flags": "; ".join(result.flags)}


def write_tables(rows: pd.DataFrame, kit: Kit, workspace: Workspace) -> list[Path]:
    """Write the full table and one that a learning management system imports."""
    name = kit.variant.name
    folder = workspace.folder("reports")
    full, lms = folder / f"{name}.csv", folder / f"{name}-lms.csv"
    write_atomically(full, rows.to_csv(index=False))
    names = pd.DataFrame(
        {
            "Student": [_full_name(row) for _, row in rows.iterrows()],
            "ID": rows["id"],
            "SIS Login ID": rows["id"],
            "Section": "",
            f"{name}": rows["total"].round(2),
        }
    )
    write_atomically(lms, names.to_csv(index=False))
    return [full, lms]


def _full_name(row: pd.Series) -> str:
    first, last = str(row.get("first_name", "")), str(row.get("last_name", ""))
    named = ", ".join(part for part in (last, first) if part and part != "nan")
    return named or str(row["id"])


WAITING = {"facecolor": "none", "edgecolor": "0.5", "hatch": "///"}


def plot(rows: pd.DataFrame, kit: Kit, workspace: Workspace) -> Path:
    """Draw how the points of each question are distributed over the class."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    questions = kit.questions
    figure = Figure(figsize=(7.5, 0.5 * len(questions) + 1.6), layout="constrained")
    axes = figure.subplots()
    colors = mpl.colormaps["viridis"]
    for place, question in enumerate(questions):
        shares = _shares(rows, question.grade_id, question.points)
        left = 0.0
        for level, width in enumerate(shares):
            color = colors(0.15 + 0.75 * level / 4)
            axes.barh(place, width, left=left, color=color, edgecolor="white")
            left += width
        waiting = int((rows["status"] != "nothing handed in").sum() - sum(shares))
        axes.barh(place, waiting, left=left, **WAITING)
    axes.set_yticks(range(len(questions)), [q.grade_id for q in questions])
    axes.invert_yaxis()
    axes.set_xlabel("submissions")
    axes.set_title(f"{kit.variant.name}: points of each question, by share", loc="left")
    handles = [
        mpl.patches.Patch(color=colors(0.15 + 0.75 * i / 4), label=label)
        for i, label in enumerate(("0", "< ½", "½ to 1", "all"))
    ]
    handles.append(mpl.patches.Patch(**WAITING, label="to be graded by hand"))
    figure.legend(handles=handles, loc="outside lower center", ncols=5, frameon=False)
    path = workspace.folder("reports") / f"{kit.variant.name}.png"
    figure.savefig(path, dpi=150)
    return path


def _shares(rows: pd.DataFrame, grade_id: str, points: float) -> list[int]:
    if grade_id not in rows or points == 0:
        return [0, 0, 0, 0]
    share = pd.to_numeric(rows[grade_id], errors="coerce").dropna() / points
    none, full = int((share <= 0).sum()), int((share >= 1).sum())
    low = int(((share > 0) & (share < 0.5)).sum())
    return [none, low, len(share) - none - low - full, full]


def write_feedback(kit: Kit, workspace: Workspace, results: list[Result]) -> list[Path]:
    """Write a page for each student: the executed notebook and what was found.

    The notebook holds the visible checks only, and of the hidden ones the page has
    their titles and what was wrong, so it reveals no hidden test.
    """
    written = []
    for result in results:
        folder = workspace.folder("feedback", result.student, result.set)
        path = folder / f"{result.set}.html"
        source = workspace.root / "results" / result.set / f"{result.student}.json"
        if path.is_file() and path.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        write_atomically(path, feedback_page(kit, workspace, result))
        written.append(path)
    return written


def feedback_page(kit: Kit, workspace: Workspace, result: Result) -> str:
    """Return one student's page."""
    given = gradebook.by_hand(workspace, result)
    parts = [f"<h1>{html.escape(result.set)}: {html.escape(result.student)}</h1>"]
    if result.status != "graded":
        parts.append(f"<p><strong>{html.escape(result.status)}</strong></p>")
    parts.append("<table><tr><th>question<th>points<th>out of</tr>")
    for question in kit.questions:
        score = given.get(question.grade_id, result.scores.get(question.grade_id))
        shown = "graded by hand, open" if score is None else f"{score:g}"
        parts.append(
            f"<tr><td>{html.escape(question.grade_id)}<td>{shown}"
            f"<td>{question.points:g}</tr>"
        )
    parts.append("</table>")
    for grade_id in result.outcomes:
        cell = grade_id.removesuffix("-test")
        comment = html.escape(gradebook.comment_on(result, cell))
        lines = comment.replace("\n", "<br>")
        parts.append(f"<h2>{html.escape(cell)}</h2><p>{lines}</p>")
    return STYLE + "".join(parts) + _notebook_html(workspace, result)


STYLE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Feedback</title>'
    "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;"
    "padding:0 1rem}td,th{padding:.2rem 1rem .2rem 0;text-align:left}"
    "pre{overflow-x:auto;background:#f6f7f8;padding:.6rem}img{max-width:100%}</style>"
)


def _notebook_html(workspace: Workspace, result: Result) -> str:
    """Return the executed notebook without anything that a browser would run."""
    path = workspace.root / "autograded" / result.student / result.set
    notebook = path / f"{result.set}.ipynb"
    if not notebook.is_file():
        return ""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(template_name="basic", sanitize_html=True)
    logging.getLogger("traitlets").setLevel(logging.ERROR)
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        body, _ = exporter.from_filename(str(notebook))
    return "<hr><h1>Your notebook, as it was executed</h1>" + body
