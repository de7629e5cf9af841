"""The course's commands: ``python -m interpolab_course --help``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tqdm import tqdm

from interpolab_course import sets
from interpolab_course.grading import Result
from interpolab_course.limits import Limits
from interpolab_course.release import Kit
from interpolab_course.sandbox import NoSandboxError
from interpolab_course.variants import DEFAULT_TERM, Variant
from interpolab_course.workspace import Workspace, WorkspaceError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0 if it has done all that was asked."""
    options = parser().parse_args(arguments)
    try:
        return options.command(options)
    except (sets.SetError, WorkspaceError, NoSandboxError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ninterrupted; run the same command again to go on", file=sys.stderr)
        return 130


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    found = argparse.ArgumentParser(prog="interpolab_course", description=__doc__)
    commands = found.add_subparsers(required=True, metavar="COMMAND")

    release = commands.add_parser("release", help="write the student versions")
    release.add_argument("sets", nargs="*", metavar="SET", help="default: all")
    release.add_argument("--term", default=DEFAULT_TERM, help="such as 2027-spring")
    release.add_argument("--to", type=Path, default=sets.RELEASE)
    release.set_defaults(command=do_release)

    grade = commands.add_parser("grade", help="grade a folder of submissions")
    grade.add_argument("set", metavar="SET")
    grade.add_argument("workspace", type=Path, help="the folder with submitted/")
    grade.add_argument("--term", default=DEFAULT_TERM)
    grade.add_argument("--due", type=_moment, help="such as 2027-03-01T23:59")
    grade.add_argument("--late-penalty", type=float, default=0.0, metavar="PERCENT")
    grade.add_argument("--grace-minutes", type=int, default=0)
    grade.add_argument("--workers", type=int, default=2)
    grade.add_argument(
        "--seconds",
        type=_seconds,
        default=Limits.seconds,
        help="one submission at most",
    )
    grade.add_argument(
        "--call-seconds",
        type=_seconds,
        default=Limits.call_seconds,
        help="one call of a function at most; a cell may take half as long again",
    )
    grade.add_argument("--memory-mb", type=int, default=Limits.memory // 2**20)
    grade.add_argument(
        "--unsafe",
        action="store_true",
        help="without a sandbox: only for submissions that you trust",
    )
    grade.set_defaults(command=do_grade)

    report = commands.add_parser(
        "report", help="write tables and feedback again, after grading by hand"
    )
    report.add_argument("set", metavar="SET")
    report.add_argument("workspace", type=Path)
    report.add_argument("--term", default=DEFAULT_TERM)
    report.add_argument("--due", type=_moment)
    report.add_argument("--late-penalty", type=float, default=0.0, metavar="PERCENT")
    report.add_argument("--grace-minutes", type=int, default=0)
    report.set_defaults(command=do_report)
    return found


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 1 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError("a limit is from 1 to 86400 seconds")
    return seconds


def _moment(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def do_release(options: argparse.Namespace) -> int:
    """Write the student versions."""
    from interpolab_course.release import release_all

    for path in release_all(options.term, options.to, options.sets or None):
        print(f"{path.parent.name}: {path}")
    return 0


def do_grade(options: argparse.Namespace) -> int:
    """Grade what is new, then write gradebook, tables, plot and feedback."""
    from interpolab_course.grading import grade_folder
    from interpolab_course.release import derive_once

    if options.unsafe:
        print(
            "WARNING: --unsafe: submissions run on this machine without a sandbox.\n"
            "They can read and write all that you can.",
            file=sys.stderr,
        )
    workspace = Workspace(options.workspace)
    waiting = len(workspace.submissions(options.set))
    kit = derive_once(Variant(options.set, options.term), workspace.root / ".kits")
    fresh = 0
    with tqdm(total=waiting, unit=" submissions") as bar:

        def report(result: Result, new: bool) -> None:
            nonlocal fresh
            fresh += new
            bar.update()
            if new and (result.flags or result.status != "graded"):
                tqdm.write(f"{result.student}: {'; '.join(result.flags)}")

        results = grade_folder(
            kit,
            workspace,
            limits=Limits(
                seconds=options.seconds,
                call_seconds=options.call_seconds,
                memory=options.memory_mb * 2**20,
            ),
            unsafe=options.unsafe,
            workers=max(1, options.workers),
            report=report,
        )
    if not fresh and (workspace.root / "reports" / f"{options.set}.csv").is_file():
        print(f"{len(results)} submissions, none of them new; `report` writes again")
        return 0
    return _write(kit, workspace, results, options)


def do_report(options: argparse.Namespace) -> int:
    """Write tables, plot and feedback from what is on disk."""
    from interpolab_course.grading import stored
    from interpolab_course.release import derive_once

    workspace = Workspace(options.workspace)
    kit = derive_once(Variant(options.set, options.term), workspace.root / ".kits")
    listed = workspace.submissions(options.set)
    found = [stored(workspace, options.set, each.student) for each in listed]
    results = [result for result in found if result is not None]
    if len(results) < len(listed):
        print(f"{len(listed) - len(results)} submissions are not graded yet")
    return _write(kit, workspace, results, options)


def _write(
    kit: Kit, workspace: Workspace, results: list[Result], options: argparse.Namespace
) -> int:
    from interpolab_course import gradebook, reports

    gradebook.back_up(workspace)
    gradebook.register(workspace, kit)
    gradebook.record(workspace, results)
    rows = reports.table(
        kit,
        workspace,
        results,
        due=options.due,
        penalty=options.late_penalty / 100,
        grace=timedelta(minutes=options.grace_minutes),
    )
    full, lms = reports.write_tables(rows, kit, workspace)
    picture = reports.plot(rows, kit, workspace)
    reports.write_feedback(rows, kit, workspace, results)
    broken = [each for each in results if each.status != "graded"]
    flagged = [each for each in results if each.flags]
    print(f"{len(results)} submissions, {len(flagged)} with flags; {full}, {lms}")
    print(f"feedback: {workspace.root / 'feedback'}; distribution: {picture}")
    for each in broken:
        print(f"  {each.student}: {each.status}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
