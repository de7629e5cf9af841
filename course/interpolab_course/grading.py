"""Grade a folder of submissions: each in its sandbox, all of them, once."""

from __future__ import annotations

import hashlib
import json
import queue
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import nbformat

from interpolab_course import checks, execution, intake, remote
from interpolab_course.inert import inert
from interpolab_course.limits import Limits
from interpolab_course.release import Kit
from interpolab_course.sandbox import Sandbox, require_once
from interpolab_course.workspace import (
    Submitted,
    Workspace,
    read_json,
    write_atomically,
)


@dataclass
class Result:
    """What grading found in one submission.

    Attributes
    ----------
    student, set, term
        Whose, which, when.
    status
        ``"graded"``, or in words why it could not be.
    flags
        What a person should look at.
    scores
        Points by graded cell; None where a person grades.
    outcomes
        Every hidden check, by graded cell.
    unanswered
        Answer cells that are as released.
    fingerprint
        Of the submission and of what it was graded with.
    """

    student: str
    set: str
    term: str
    status: str = "graded"
    flags: list[str] = field(default_factory=list)
    scores: dict[str, float | None] = field(default_factory=dict)
    outcomes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    submitted: str = ""
    graded: str = ""
    fingerprint: str = ""

    @property
    def automatic(self) -> float:
        """The points that the checks gave."""
        return sum(score for score in self.scores.values() if score is not None)


def grade_one(kit: Kit, submitted: Submitted, sandbox: Sandbox) -> tuple[Result, Any]:
    """Grade one submission; return the result and a notebook to read, if any."""
    variant = kit.variant
    result = Result(submitted.student, variant.name, variant.term)
    result.submitted = submitted.when.isoformat() if submitted.when else ""
    taken = _taken(kit, submitted, result)
    marks = _marked(kit, taken, sandbox, result)
    notebook = None
    if taken is not None:
        done = execution.execute(variant.name, taken.notebook, kit.database, sandbox)
        # What could not be executed must still be read by whoever grades by hand.
        notebook = done.notebook or inert(taken.notebook)
        if done.problem:
            result.flags.append(f"the notebook could not be executed: {done.problem}")
        if done.tampered:
            result.flags.append(
                "tampering: cells that must fail did not; the submission changes "
                "what assert or np.testing mean, or keeps cells from running"
            )
    _score(kit, marks, result)
    return result, notebook


def _taken(kit: Kit, submitted: Submitted, result: Result) -> intake.Intake | None:
    try:
        if not submitted.path.is_file():
            raise intake.IntakeError(f"there is no file {submitted.path.name}")
        taken = intake.take_in(intake.read(submitted.path), kit.release)
    except intake.IntakeError as error:
        result.status = f"not graded: {error}"
        result.flags.append(str(error))
        return None
    if taken.edited:
        result.flags.append(
            f"locked cells were edited and put back: {', '.join(taken.edited)}"
        )
    if taken.missing:
        result.flags.append(f"cells were missing: {', '.join(taken.missing)}")
    result.unanswered = taken.unanswered
    return taken


def _marked(
    kit: Kit, taken: intake.Intake | None, sandbox: Sandbox, result: Result
) -> checks.Marks:
    variant = kit.variant
    if taken is None:
        return checks.mark(None, variant, ended=result.status)
    try:
        with remote.submission(taken.cells, sandbox) as submission:
            marks = checks.mark(submission, variant)
    except remote.CallError as error:
        marks = checks.mark(None, variant, ended=f"the cells could not be run: {error}")
        result.flags.append(f"the cells could not be run: {error}")
        return marks
    result.errors = marks.errors
    answered = {k: v for k, v in marks.errors.items() if "NotImplemented" not in v}
    result.flags += [f"{name} stops with {said}" for name, said in answered.items()]
    if marks.ended:
        result.flags.append(remote.ENDED[marks.ended])
    return marks


def _score(kit: Kit, marks: checks.Marks, result: Result) -> None:
    for question in kit.questions:
        if question.manual:
            blank = question.grade_id in result.unanswered or result.status != "graded"
            result.scores[question.grade_id] = 0.0 if blank else None
        else:
            result.scores[question.grade_id] = marks.earned(question.grade_id)
    result.outcomes = {
        grade_id: [asdict(each) for each in listed]
        for grade_id, listed in marks.outcomes.items()
    }


def grade_folder(
    kit: Kit,
    workspace: Workspace,
    *,
    limits: Limits | None = None,
    unsafe: bool = False,
    workers: int = 2,
    report: Callable[[Result, bool], None] = lambda result, new: None,
) -> list[Result]:
    """Grade every submission of a set that is new or has changed.

    A submission that breaks is recorded with its reason and the rest go on.  Each
    result is on disk before the next is reported, so an interrupted run goes on
    where it stopped.

    Parameters
    ----------
    kit
        What the set is graded with.
    workspace
        Where submissions are and results go.
    limits
        What each submission may use.
    unsafe
        Grade without bubblewrap.
    workers
        Submissions graded at one time.
    report
        Called with each result and whether it is new.
    """
    if not unsafe:
        require_once()
    slots: queue.Queue[int] = queue.Queue()
    for slot in range(workers):
        slots.put(slot)
    own = kit.variant.fingerprint

    def work(submitted: Submitted) -> tuple[Result, bool]:
        mark = hashlib.sha256((own + submitted.fingerprint).encode()).hexdigest()
        known = stored(workspace, kit.variant.name, submitted.student)
        if known is not None and known.fingerprint == mark:
            return known, False
        slot = slots.get()
        try:
            sandbox = Sandbox(limits or Limits(), unsafe=unsafe, slot=slot)
            result, notebook = grade_one(kit, submitted, sandbox)
            result.fingerprint = mark
        except Exception as error:  # noqa: BLE001 - one must not stop the rest
            # Without a fingerprint it is tried again the next time.
            result, notebook = _failed(kit, submitted, error), None
        finally:
            slots.put(slot)
        store(workspace, result, notebook)
        return result, True

    found: list[Result] = []
    with ThreadPoolExecutor(workers) as pool:
        pending = {
            pool.submit(work, each) for each in workspace.submissions(kit.variant.name)
        }
        try:
            for result, new in _finished(pending):
                found.append(result)
                report(result, new)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return sorted(found, key=lambda result: result.student)


def _finished(pending: set[Future]) -> Iterable[tuple[Result, bool]]:
    while pending:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        for each in done:
            yield each.result()


def _failed(kit: Kit, submitted: Submitted, error: Exception) -> Result:
    result = Result(submitted.student, kit.variant.name, kit.variant.term)
    result.status = f"not graded: the grader failed ({type(error).__name__}: {error})"
    result.flags.append("the grader failed: grade this submission by hand")
    result.scores = {q.grade_id: None for q in kit.questions}
    return result


def stored(workspace: Workspace, name: str, student: str) -> Result | None:
    """Return the result on disk for a submission, if there is a whole one."""
    found = read_json(workspace.root / "results" / name / f"{student}.json")
    if found is None:
        return None
    try:
        return Result(**found)
    except TypeError:
        return None


def store(workspace: Workspace, result: Result, notebook: Any) -> None:
    """Write a result; the one that it replaces moves to the history."""
    result.graded = datetime.now(UTC).isoformat(timespec="seconds")
    folder = workspace.folder("results", result.set)
    path = folder / f"{result.student}.json"
    if path.is_file():
        stamp = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        kept = workspace.folder("results", result.set, "history")
        name = f"{result.student}-{stamp:%Y%m%dT%H%M%S.%f}.json"
        shutil.copy2(path, kept / name)
    if notebook is not None:
        target = workspace.folder("autograded", result.student, result.set)
        text = nbformat.writes(nbformat.from_dict(notebook))
        write_atomically(target / f"{result.set}.ipynb", text)
    write_atomically(path, json.dumps(asdict(result), indent=1) + "\n")
