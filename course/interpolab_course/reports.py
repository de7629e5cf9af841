"""What comes out of grading: tables, feedback pages and one plot."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment

from interpolab_course import gradebook, sets
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


WAITING: dict[str, Any] = {"facecolor": "none", "edgecolor": "0.5", "hatch": "///"}


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


def write_feedback(
    rows: pd.DataFrame, kit: Kit, workspace: Workspace, results: list[Result]
) -> list[Path]:
    """Write a page for each student: points, what was found, and their own work.

    ``rows`` is the table of all students.  Of the hidden checks the page has their
    titles and what was wrong, so it reveals no hidden test.
    """
    written = []
    known = rows.set_index("id")
    for result in results:
        folder = workspace.folder("feedback", result.student, result.set)
        path = folder / f"{result.set}.html"
        page = feedback_page(known.loc[result.student], kit, workspace, result)
        if not path.is_file() or path.read_text(encoding="utf-8") != page:
            write_atomically(path, page)
            written.append(path)
    return written


def feedback_page(
    row: pd.Series, kit: Kit, workspace: Workspace, result: Result
) -> str:
    """Return one student's page; ``row`` is the student's line of the table."""
    scores = {
        question.grade_id: None if pd.isna(score) else float(score)
        for question in kit.questions
        for score in [row[question.grade_id]]
    }
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(FEEDBACK).render(
        result=result,
        row=row,
        titles=titles(kit),
        questions=kit.questions,
        scores=scores,
        work=_own_work(kit, workspace, result),
    )


def titles(kit: Kit) -> dict[str, str]:
    """Return for each graded cell the heading that it stands under."""
    found: dict[str, str] = {}
    heading = ""
    for cell in kit.release.cells:
        for line in cell.source.splitlines() if cell.cell_type == "markdown" else ():
            if line.startswith("#"):
                heading = line.lstrip("# ").split(" (")[0].replace("$", "")
        about = sets.metadata(cell)
        if about.get("grade") or about.get("task"):
            title = heading or about["grade_id"]
            again = title in found.values()
            found[about["grade_id"]] = title + (", in writing" if again else "")
    return found


def _own_work(
    kit: Kit, workspace: Workspace, result: Result
) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return the student's cells and the visible checks: kind, text, outputs."""
    path = workspace.root / "autograded" / result.student / result.set
    notebook = path / f"{result.set}.ipynb"
    if not notebook.is_file():
        return []
    released = {cell.source for cell in kit.release.cells if not sets.metadata(cell)}
    found = []
    for cell in sets.read(notebook).cells:
        if cell.cell_type == "code" or cell.source not in released:
            about = sets.metadata(cell)
            if cell.cell_type == "code" or about.get("solution"):
                outputs = [_shown(each) for each in cell.get("outputs", [])]
                found.append((cell.cell_type, cell.source, outputs))
    return found


def _shown(output: dict[str, Any]) -> tuple[str, str]:
    """Return an output's kind, text or picture, and its content."""
    data = output.get("data", {})
    if "image/png" in data:
        return "image/png", "".join(data["image/png"].split())
    if output.get("output_type") == "error":
        return "text", f"{output.get('ename')}: {output.get('evalue')}"
    return "text", str(output.get("text", data.get("text/plain", "")))


FEEDBACK = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ result.set }}: {{ result.student }}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto;
       padding: 0 1rem; color: #222; background: #fff; }
table { border-collapse: collapse; }
td, th { padding: .2rem 1.2rem .2rem 0; text-align: left; }
td.n, th.n { text-align: right; }
tfoot td { border-top: 1px solid #888; font-weight: 600; }
ul { list-style: none; padding-left: 0; }
pre { overflow-x: auto; background: #f6f7f8; padding: .6rem; white-space: pre-wrap; }
pre.out { background: none; border-left: 3px solid #bbb; }
img { max-width: 100%; }
</style>
</head>
<body>
<h1>{{ result.set }}: {{ result.student }}</h1>
{% if result.status != "graded" %}
<p><strong>{{ result.status }}</strong></p>
{% endif %}
<table>
<thead><tr><th>question</th><th class="n">points</th><th class="n">of</th></tr></thead>
<tbody>
{% for question in questions %}
{% set score = scores[question.grade_id] %}
<tr><td>{{ titles[question.grade_id] }}</td>
<td class="n">{{ "open" if score is none else "%g" % score }}</td>
<td class="n">{{ "%g" % question.points }}</td></tr>
{% endfor %}
</tbody>
<tfoot>
{% if row.late_penalty %}
<tr><td>{{ "%d" % row.days_late }} day{{ "s" if row.days_late > 1 }} late</td>
<td class="n">−{{ "%.4g" % row.late_penalty }}</td><td></td></tr>
{% endif %}
<tr><td>Together{% if row.to_grade_by_hand %}, {{ "%g" % row.to_grade_by_hand }} still
open{% endif %}</td>
<td class="n">{{ "%.4g" % row.total }}</td>
<td class="n">{{ "%g" % row.out_of }}</td></tr>
</tfoot>
</table>
{% for grade_id, checks in result.outcomes.items() %}
<h2>{{ titles[grade_id] }}</h2>
{% set stopped = result.errors.get(grade_id.removesuffix("-test")) %}
{% if stopped %}
<p>The cell stops with {{ stopped }}.</p>
{% endif %}
<ul>
{% for check in checks %}
{% if check.earned >= check.points %}
<li>✓ {{ check.title }} ({{ "%g" % check.points }})</li>
{% else %}
<li>✗ {{ check.title }} (0 of {{ "%g" % check.points }}): {{ check.message }}</li>
{% endif %}
{% endfor %}
</ul>
{% endfor %}
{% if work %}
<hr>
<h1>Your work, as it was executed</h1>
{% for kind, text, outputs in work %}
<pre>{{ text }}</pre>
{% for form, content in outputs %}
{% if form == "image/png" %}
<img alt="A figure that the cell above draws" src="data:image/png;base64,{{ content }}">
{% else %}
<pre class="out">{{ content }}</pre>
{% endif %}
{% endfor %}
{% endfor %}
{% endif %}
</body>
</html>
"""
