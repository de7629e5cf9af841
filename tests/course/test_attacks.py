"""Every problem set under attack: nothing gains a point, nothing goes unreported.

Points come only from the process that holds a submission's functions, and what it
has to do differs from set to set; so every attack is tried on every set.  The
notebook is executed in the same way for all sets, for reading; here that is done
for the attacks on the notebook itself, and `test_grading` does it for the others.
"""

from __future__ import annotations

import ast
import copy
from pathlib import Path

import nbformat
import pytest
from in_process import InProcess

from interpolab_course import checks, execution, grading, intake, sets
from interpolab_course.limits import Limits
from interpolab_course.sandbox import Sandbox
from interpolab_course.workspace import Submitted

ROOT = Path(__file__).resolve().parents[2]
NAMES = [path.stem for path in sorted((sets.COURSE / "hidden").glob("ps*.py"))]
pytestmark = pytest.mark.usefixtures("bubblewrap")
# The set-up cells need up to 350 MB and a second or two.
LIMITS = Limits(
    seconds=90, call_seconds=8, memory=700 * 2**20, processes=64, output=2**20
)
SNOOP = """
import os
wanted = ("{name}.py", "{name}.ipynb", "gradebook.db", "roster.csv")
for top in ({places}):
    for folder, folders, files in os.walk(top):
        folders[:] = [each for each in folders if each != "site-packages"]
        for file in files:
            if file in wanted:
                raise RuntimeError("found " + os.path.join(folder, file))
"""
WRITE = """
import os
for folder in ({places}, "/", "/usr", "/etc", "/inside", "/kit"):
    try:
        with open(os.path.join(folder, "attacked"), "w") as file:
            file.write("x")
    except OSError:
        continue
    raise RuntimeError("wrote to " + folder)
"""
BOMB = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""
PATCH = """
import numpy.testing
numpy.testing.assert_allclose = lambda *a, **k: None
np.testing.assert_allclose = lambda *a, **k: None
selfcheck.check = lambda *a, **k: print("passed")
"""
BLANKER = """
from IPython import get_ipython
get_ipython().input_transformers_cleanup.append(lambda lines: ["pass"])
"""
# What stands in the first answer cell, and what must be said of it.
IN_THE_PROCESS = {
    "endless loop": ("while True: pass", "took longer than"),
    "exit": ("import os\nos._exit(0)", "ended by itself"),
    "raising at import": ("raise RuntimeError('at import')", "RuntimeError: at import"),
    "memory hog": ("x = []\nwhile True: x.append(bytearray(10**7))", "more memory"),
    "fork bomb": (BOMB, "more processes"),
    "printing without end": ("while True: print('x' * 10**6)", "printed more"),
    "network": (
        "import socket\nsocket.create_connection(('127.0.0.1', 80), 1)",
        "Error",
    ),
    "filling the disk": ("open('big', 'wb').write(bytes(300 * 2**20))", "OSError"),
}
# Where nothing is found and nothing can be written there is nothing to report.
SILENT = {"snooping": SNOOP, "writing": WRITE}
IN_THE_NOTEBOOK = {
    "patched tests": (PATCH, "tampering"),
    "blanked cells": (BLANKER, "tampering"),
}
JUNK = ("float('nan')", "float('inf')", "True", "[[]] * 3")


def hostile(kit, source):
    """Return the untouched release with an attack in its first answer cell."""
    found = copy.deepcopy(kit.release)
    cell = next(
        cell
        for cell in found.cells
        if cell.cell_type == "code" and sets.metadata(cell).get("solution")
    )
    cell.source = source
    return found


def graded(kit, text, folder):
    """Grade a file as the command does."""
    path = folder / f"{kit.variant.name}.ipynb"
    path.write_text(text, encoding="utf-8")
    return grading.grade_one(kit, Submitted("mallory", path, None), Sandbox(LIMITS))[0]


@pytest.fixture
def unread(monkeypatch):
    """Leave out the execution for reading, on which no point depends."""
    nothing = execution.Executed(None, False, "")
    monkeypatch.setattr(execution, "execute", lambda *_, **__: nothing)


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("attack", IN_THE_PROCESS)
@pytest.mark.parametrize("name", NAMES)
def test_an_attack_on_the_process_gains_nothing_and_is_reported(
    kit_of, name, attack, tmp_path
):
    source, said = IN_THE_PROCESS[attack]
    kit = kit_of(name)
    result = graded(kit, nbformat.writes(hostile(kit, source)), tmp_path)
    assert result.automatic == 0
    assert any(said in flag for flag in result.flags), result.flags


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("attack", SILENT)
@pytest.mark.parametrize("name", NAMES)
def test_an_attack_on_files_finds_none(kit_of, name, attack, tmp_path):
    other = tmp_path / "submitted" / "victim" / name
    other.mkdir(parents=True)
    (other / f"{name}.ipynb").write_text("{}")
    (tmp_path / "gradebook.db").write_text("")
    places = [str(tmp_path), str(ROOT), str(ROOT / "course"), "/root", "/home", "/srv"]
    listed = ", ".join(map(repr, places))
    source = SILENT[attack].format(name=name, places=listed)
    kit = kit_of(name)
    result = graded(kit, nbformat.writes(hostile(kit, source)), tmp_path)
    assert result.automatic == 0
    assert result.flags == []
    assert not [p for p in places if (Path(p) / "attacked").exists()]
    assert (other / f"{name}.ipynb").read_text() == "{}"


@pytest.mark.parametrize("attack", IN_THE_NOTEBOOK)
@pytest.mark.parametrize("name", NAMES)
def test_an_attack_on_the_notebook_is_flagged_as_tampering(
    kit_of, name, attack, tmp_path
):
    source, said = IN_THE_NOTEBOOK[attack]
    kit = kit_of(name)
    result = graded(kit, nbformat.writes(hostile(kit, source)), tmp_path)
    assert result.automatic == 0
    assert any(said in flag for flag in result.flags), result.flags


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("name", NAMES)
def test_files_that_are_no_notebook_and_tests_that_were_edited(kit_of, name, tmp_path):
    kit = kit_of(name)
    whole = nbformat.writes(kit.variant.notebook)
    cut = graded(kit, whole[: len(whole) // 2], tmp_path)
    assert "cut off or damaged" in cut.status
    assert graded(kit, '{"cells": 3}', tmp_path).automatic == 0
    tests = [q.grade_id for q in kit.questions if not q.manual]
    edited, missing = copy.deepcopy(kit.release), copy.deepcopy(kit.release)
    for cell in edited.cells:
        if sets.metadata(cell).get("grade_id") in tests:
            cell.source = "pass"
    missing.cells = [
        c for c in missing.cells if sets.metadata(c).get("grade_id") not in tests
    ]
    for notebook, said in ((edited, "put back"), (missing, "cells were missing")):
        result = graded(kit, nbformat.writes(notebook), tmp_path)
        assert result.automatic == 0
        assert any(said in flag and tests[0] in flag for flag in result.flags)


@pytest.mark.parametrize("name", NAMES)
def test_answers_that_are_no_answers_pass_no_check(kit_of, name):
    """NaN compares as false, an empty list agrees with itself: neither may help."""
    kit = kit_of(name)
    for junk in JUNK:
        found = copy.deepcopy(kit.release)
        for theirs, own in zip(found.cells, kit.variant.notebook.cells, strict=True):
            if own.cell_type == "code" and sets.metadata(own).get("solution"):
                names = [
                    each.name
                    for each in ast.parse(own.source).body
                    if isinstance(each, ast.FunctionDef)
                ]
                lines = [f"def {each}(*a, **k): return {junk}" for each in names]
                theirs.source = "\n".join(lines)
        cells = intake.take_in(found, kit.release).cells
        outcomes = checks.mark(InProcess(cells), kit.variant).outcomes.values()
        passed = [each.title for listed in outcomes for each in listed if each.earned]
        assert passed == [], f"returning {junk}"
