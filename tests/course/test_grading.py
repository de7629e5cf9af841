"""A whole folder: right, wrong and hostile submissions side by side."""

import copy
import json
import time
from datetime import UTC, datetime

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from interpolab_course import gradebook, grading, intake
from interpolab_course.__main__ import main
from interpolab_course.grading import stored
from interpolab_course.inert import inert
from interpolab_course.workspace import Workspace, WorkspaceError

pytestmark = pytest.mark.usefixtures("bubblewrap")
RIGHT = "def shrink(x, penalty):\n    return np.asarray(x) / (1 + penalty)"
WRITTEN = "An argument of my own."
PATCH = """import numpy.testing
numpy.testing.assert_allclose = lambda *a, **k: None
np.testing.assert_allclose = lambda *a, **k: None
selfcheck.check = lambda *a, **k: print("passed")
def shrink(x, penalty): return 0.0"""
BLANKER = """get_ipython().input_transformers_cleanup.append(lambda lines: ["pass"])
def shrink(x, penalty): return 0.0"""
SNOOP = """import os
found = []
for top in ("/home", "/root", "/work", "/tmp", "/srv", "/opt", "/mnt"):
    for folder, folders, files in os.walk(top):
        folders[:] = [each for each in folders if each != "site-packages"]
        found += [f for f in files if f in ("ps1.py", "gradebook.db", "ps1.ipynb")]
assert not found, found
def shrink(x, penalty): return 0.0"""
ANSWERS = {
    "right": RIGHT,
    "negative": "def shrink(x, penalty):\n    return -np.asarray(x) / (1 + penalty)",
    "flat": "def shrink(x, penalty):\n    return np.asarray(x)",
    "loop": "while True: pass",
    "exit": "import os\nos._exit(0)",
    "patch": PATCH,
    "blanker": BLANKER,
    "snoop": SNOOP,
    "network": "import socket\nsocket.create_connection(('1.1.1.1', 80), 1)",
    "printer": "while True: print('x' * 10**6)",
}
POINTS = {"right": 60, "flat": 20}


def answered(kit, source):
    """Return the released notebook with an answer filled in."""
    found = copy.deepcopy(kit.release)
    for cell in found.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name == "ps1-q1" and source is not None:
            cell.source = source
        if name == "ps1-argument":
            cell.source = WRITTEN
    return found


def hand_in(root, student, text):
    folder = root / "submitted" / student / "ps1"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ps1.ipynb").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def graded(kit, tmp_path_factory):
    """Grade one folder with everything in it, once."""
    root = tmp_path_factory.mktemp("course")
    for student, source in ANSWERS.items():
        hand_in(root, student, nbformat.writes(answered(kit, source)))
    hand_in(root, "untouched", nbformat.writes(kit.release))
    whole = nbformat.writes(answered(kit, RIGHT))
    hand_in(root, "truncated", whole[: len(whole) // 2])
    hand_in(root, "nobook", '{"cells": 3}')
    short = answered(kit, RIGHT)
    short.cells = [cell for cell in short.cells if "q1-test" not in cell["id"]]
    hand_in(root, "missing", nbformat.writes(short))
    edited = answered(kit, "def shrink(x, penalty): return 0.0")
    for cell in edited.cells:
        if cell["id"] == "ps1-q1-test":
            cell.source = "pass"
    hand_in(root, "edited", nbformat.writes(edited))
    (root / "roster.csv").write_text(
        "id,first_name,last_name,email\nright,Ada,Lovelace,a@x\nabsent,No,Body,n@x\n"
    )
    arguments = ["grade", "ps1", str(root), "--term", "test-term"]
    arguments += ["--seconds", "60", "--call-seconds", "4"]
    assert main(arguments) == 0
    return root, arguments


def result(graded, student):
    return stored(Workspace(graded[0]), "ps1", student)


@pytest.mark.parametrize("student", [*ANSWERS, "untouched", "truncated", "nobook"])
def test_only_what_is_right_earns_points(graded, student):
    assert result(graded, student).automatic == POINTS.get(student, 0)


def test_missing_and_edited_cells_neither_cost_nor_gain(graded):
    assert result(graded, "missing").automatic == 60
    assert result(graded, "edited").automatic == 0


@pytest.mark.parametrize(
    ("student", "said"),
    [
        ("loop", "longer than"),
        ("exit", "ended by itself"),
        ("patch", "tampering"),
        ("blanker", "tampering"),
        ("network", "unreachable"),
        ("printer", "printed more"),
        ("truncated", "cut off or damaged"),
        ("nobook", "no list of cells"),
        ("missing", "cells were missing: ps1-q1-test"),
        ("edited", "edited and put back: ps1-q1-test"),
    ],
)
def test_each_is_reported_for_what_it_is(graded, student, said):
    assert any(said in flag for flag in result(graded, student).flags)


@pytest.mark.parametrize("student", ["right", "negative", "flat", "untouched"])
def test_the_honest_are_not_suspected(graded, student):
    assert result(graded, student).flags == []


def test_snooping_finds_nothing(graded):
    assert not any("AssertionError" in flag for flag in result(graded, "snoop").flags)


def test_tables_have_everybody(graded):
    rows = pd.read_csv(graded[0] / "reports" / "ps1.csv", index_col="id")
    assert rows.loc["right", "total"] == 60
    assert rows.loc["right", "to_grade_by_hand"] == 40
    assert rows.loc["absent", "status"] == "nothing handed in"
    lms = pd.read_csv(graded[0] / "reports" / "ps1-lms.csv", index_col="ID")
    assert lms.loc["right", "Student"] == "Lovelace, Ada"
    assert (graded[0] / "reports" / "ps1.png").stat().st_size > 1000


def test_feedback_says_what_is_wrong_and_reveals_no_hidden_test(graded, kit):
    page = (graded[0] / "feedback" / "negative" / "ps1" / "ps1.html").read_text()
    assert "the sign is wrong" in page
    assert "no penalty changes nothing" in page
    for secret in ("rng.normal", "nobody may see", "BEGIN SOLUTION", "canary"):
        assert secret not in page
    broken = (graded[0] / "feedback" / "truncated" / "ps1" / "ps1.html").read_text()
    assert "cut off or damaged" in broken


def test_a_second_run_grades_nothing_and_is_quick(graded, capsys):
    before = result(graded, "right").graded
    start = time.perf_counter()
    assert main(graded[1]) == 0
    # A new process adds about two seconds of imports to what is timed here.
    assert time.perf_counter() - start < 8
    assert "none of them new" in capsys.readouterr().out
    assert result(graded, "right").graded == before


def test_a_changed_submission_is_graded_again_and_the_old_result_kept(graded, kit):
    root, arguments = graded
    hand_in(root, "flat", nbformat.writes(answered(kit, RIGHT)))
    assert main(arguments) == 0
    assert result(graded, "flat").automatic == 60
    kept = list((root / "results" / "ps1" / "history").glob("flat-*.json"))
    assert [json.loads(p.read_text())["scores"]["ps1-q1-test"] for p in kept] == [20]
    assert list((root / "backups").glob("gradebook-*.db"))
    hand_in(root, "flat", nbformat.writes(answered(kit, ANSWERS["flat"])))
    assert main(arguments) == 0


def test_an_interrupted_run_goes_on_where_it_stopped(kit, tmp_path, monkeypatch):
    for number in range(6):
        hand_in(tmp_path, f"s{number}", nbformat.writes(kit.release))
    asked = []

    def graded_one(kit, submitted, sandbox):
        asked.append(submitted.student)
        return grading.Result(submitted.student, "ps1", "test-term"), None

    def interrupt(result, new):
        if len(asked) >= 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(grading, "grade_one", graded_one)
    workspace = Workspace(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        grading.grade_folder(kit, workspace, workers=1, report=interrupt)
    first = len(asked)
    results = grading.grade_folder(kit, workspace, workers=1)
    assert len(results) == 6
    assert 2 <= first < 6
    assert sorted(asked) == [f"s{number}" for number in range(6)], "each once"


def test_points_given_by_hand_survive_and_reach_the_table(graded):
    from nbgrader.api import Gradebook

    root, arguments = graded
    with Gradebook(gradebook.url(Workspace(root))) as book:
        grade = book.find_grade("ps1-argument", "ps1", "ps1", "right")
        assert grade.needs_manual_grade
        grade.manual_score = 30
        book.db.commit()
    again = ["report", "ps1", str(root), "--term", "test-term"]
    assert main(again) == 0
    rows = pd.read_csv(root / "reports" / "ps1.csv", index_col="id")
    assert rows.loc["right", "total"] == 90
    assert rows.loc["right", "to_grade_by_hand"] == 0


def test_a_damaged_result_is_graded_again(graded):
    path = graded[0] / "results" / "ps1" / "right.json"
    path.write_text(path.read_text()[:100])
    assert main(graded[1]) == 0
    assert result(graded, "right").automatic == 60


def test_late_days_and_their_price():
    from datetime import timedelta

    from interpolab_course.grading import Result

    due = datetime(2027, 3, 1, 12, tzinfo=UTC)
    late = Result("a", "ps1", "t", submitted="2027-03-02T12:30:00+00:00")
    assert gradebook.days_late(late, due, timedelta(0)) == 2
    assert gradebook.days_late(late, due, timedelta(hours=1)) == 1
    on_time = Result("a", "ps1", "t", submitted="2027-03-01T12:00:00+00:00")
    assert gradebook.days_late(on_time, due, timedelta(0)) == 0
    assert gradebook.days_late(Result("a", "ps1", "t"), due, timedelta(0)) == 0


def test_own_helper_cells_and_magics_are_welcome(kit):
    nb = answered(
        kit, "%matplotlib inline\n" + RIGHT.replace("1 + penalty", "one(penalty)")
    )
    nb.cells.insert(2, new_code_cell("def one(p):\n    return 1 + p"))
    taken = intake.take_in(nb, kit.release)
    assert [cell["name"] for cell in taken.cells][-1] == "ps1-q1"
    names: dict = {}
    for cell in taken.cells:
        exec(cell["source"], names)
    assert names["shrink"](4.0, 1.0) == 2.0


def test_what_a_person_opens_is_inert():
    evil = "<script>run()</script><img src=x onerror=run()>"
    data = {
        "text/plain": ["a < ", "b"],
        "text/html": evil,
        "image/svg+xml": evil,
        "application/javascript": "run()",
        "image/png": '"><script>run()</script>',
        "image/jpeg": "aGVsbG8=\n",
    }
    shown = new_output("display_data", data=data, metadata={"evil": evil})
    code = new_code_cell("1 <b", outputs=[shown])
    links = "[x](javascript:run()) [y][z] <javascript:run()>\n\n[z]: javascript:run()"
    written = "If $a<b$ and $c>d$, " + evil + " then 1 < 2. " + links
    nb = inert(new_notebook(cells=[code, new_markdown_cell(written)]))
    assert nb.cells[0].source == "1 <b"
    kept = {"text/plain": "a < b", "image/jpeg": "aGVsbG8=\n"}
    assert nb.cells[0].outputs[0].data == kept
    assert nb.cells[0].outputs[0].metadata == {}
    assert nb.cells[1].source.startswith("If $a< b$ and $c>d$, < script>")
    from nbconvert import HTMLExporter

    page, _ = HTMLExporter(template_name="basic").from_notebook_node(nb)
    answer = page.split("If $a")[1]
    assert not [each for each in ("<script", "<img", "<a ", "href") if each in answer]


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "x" * 200])
def test_names_that_are_paths_are_refused(tmp_path, name):
    from interpolab_course.workspace import _student

    with pytest.raises(WorkspaceError, match="student's id"):
        _student(name)


@pytest.mark.parametrize("seconds", ["0", "0.5", "-1", "nan", "inf", "soon"])
def test_a_limit_that_is_none_is_refused(tmp_path, capsys, seconds):
    for option in ("--seconds", "--call-seconds"):
        with pytest.raises(SystemExit):
            main(["grade", "ps1", str(tmp_path), f"{option}={seconds}"])
        assert option in capsys.readouterr().err


def test_an_empty_folder_says_where_submissions_go(tmp_path):
    with pytest.raises(WorkspaceError, match="submitted/STUDENT"):
        Workspace(tmp_path).submissions("ps1")


def test_without_bubblewrap_it_refuses_and_says_what_to_install(
    graded, monkeypatch, capsys
):
    from interpolab_course import sandbox

    monkeypatch.setattr(sandbox, "_bwrap", None)
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    path = graded[0] / "results" / "ps1" / "right.json"
    path.unlink()
    assert main(graded[1]) == 2
    said = capsys.readouterr().err
    assert "apt-get install bubblewrap" in said
    assert "--unsafe" in said
    monkeypatch.undo()
    assert main(graded[1]) == 0
