"""A small problem set of its own for the engine's tests, and where the course is."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "course"), str(Path(__file__).parent)]

HIDDEN = """
from interpolab_course.checks import Check, agree


def parameters(rng):
    return {"PENALTY": round(float(rng.uniform(1, 2)), 3)}


def answers(reference, parameters):
    return {"Q1": reference.shrink([1.0, 2.0], parameters.PENALTY)}


def value(student, reference, parameters, rng):
    x = rng.normal(size=5)
    agree(student.shrink(x, 0.5), reference.shrink(x, 0.5))


def limit(student, reference, parameters, rng):
    x = rng.normal(size=3)
    agree(student.shrink(x, 0.0), x, what="without a penalty")


CHECKS = {
    "ps1-q1-test": [
        Check("the value on random input", 40, value),
        Check("no penalty changes nothing", 20, limit),
    ]
}
"""
SOLUTION = '''def shrink(x, penalty):
    """Return x / (1 + penalty)."""
    ### BEGIN SOLUTION
    return np.asarray(x, dtype=float) / (1 + penalty)
    ### END SOLUTION'''


class BySet(LoadScopeScheduling):
    """Give all tests of one problem set to one worker, which derives it once."""

    def _split_scope(self, nodeid):
        found = re.search(r"::.*\[(ps\d)\b", nodeid)
        return found[1] if found else nodeid.split("::")[0]


def pytest_xdist_make_scheduler(config, log):
    """Spread the problem sets over the workers."""
    return BySet(config, log)


def about(**given):
    """Return nbgrader's metadata of a cell."""
    base = {"grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": {"schema_version": 3, **base, **given}}


def author_notebook():
    """Return the author's notebook of the toy set."""
    setup = about(grade_id="ps1-setup", locked=True) | {"tags": ["setup"]}
    test = about(grade_id="ps1-q1-test", grade=True, locked=True, points=60)
    argue = about(grade_id="ps1-argument", grade=True, solution=True, points=40)
    call = "'Question 1', shrink, [1.0, 2.0], <<PENALTY>>, expected=<<Q1>>"
    check = f"selfcheck.check({call})"
    model = "### BEGIN SOLUTION\nthe model answer nobody may see\n### END SOLUTION"
    cells = [
        new_markdown_cell("# Toy, penalty <<PENALTY>>"),
        new_code_cell(
            "import numpy as np\nfrom interpolab import selfcheck", metadata=setup
        ),
        new_code_cell(SOLUTION, metadata=about(grade_id="ps1-q1", solution=True)),
        new_code_cell(check, metadata=test),
        new_markdown_cell(model, metadata=argue),
    ]
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """Put the toy set where the course looks for sets; return its folder."""
    from interpolab_course import sets

    folder = tmp_path_factory.mktemp("toy")
    (folder / "source" / "ps1").mkdir(parents=True)
    nbformat.write(author_notebook(), folder / "source" / "ps1" / "ps1.ipynb")
    (folder / "hidden").mkdir()
    (folder / "hidden" / "ps1.py").write_text(HIDDEN)
    kept = sets.SOURCE, sets.HIDDEN
    sets.SOURCE, sets.HIDDEN = folder / "source", folder / "hidden"
    yield folder
    sets.SOURCE, sets.HIDDEN = kept
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def kit(toy):
    """Return what the toy set is graded with."""
    from interpolab_course.release import derive
    from interpolab_course.variants import Variant

    return derive(Variant("ps1", "test-term"))


@pytest.fixture(scope="session")
def kit_of():
    """Return a function that gives a real set's kit, derived once in a term."""
    from interpolab_course.release import derive
    from interpolab_course.variants import DEFAULT_TERM, Variant

    known = {}

    def kit_of(name, term=DEFAULT_TERM):
        if (name, term) not in known:
            known[name, term] = derive(Variant(name, term))
        return known[name, term]

    return kit_of


@pytest.fixture(scope="session")
def bubblewrap():
    """Skip where there is no sandbox; in continuous integration that is a failure."""
    import os

    from interpolab_course.sandbox import NoSandboxError, require

    try:
        return require()
    except NoSandboxError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
