"""Every problem set: the reference is right, wrong answers lose what they should."""

from __future__ import annotations

import contextlib
import copy
import importlib.util
from pathlib import Path

import nbformat
import pytest
from in_process import InProcess
from nbclient import NotebookClient

from interpolab_course import checks, intake, remote, sets
from interpolab_course.limits import Limits
from interpolab_course.release import pack, secret_lines
from interpolab_course.sandbox import Sandbox
from interpolab_course.variants import DEFAULT_TERM

HERE = Path(__file__).parent
TERMS = (DEFAULT_TERM, "2027-spring", "2028-autumn")
NAMES = [path.stem for path in sorted((sets.COURSE / "hidden").glob("ps*.py"))]
pytestmark = pytest.mark.usefixtures("bubblewrap")


def lost(kit, notebook, asked=InProcess):
    """Return the points that a submission loses, by graded cell."""
    submission = asked(intake.take_in(notebook, kit.release).cells)
    marks = checks.mark(submission, kit.variant)
    worth = automatic(kit)
    gaps = {name: worth[name] - marks.earned(name) for name in worth}
    return {name: gap for name, gap in gaps.items() if gap}


def automatic(kit):
    """Return what the cells are worth that no person grades."""
    return {q.grade_id: q.points for q in kit.questions if not q.manual}


def replaced(notebook, sources):
    """Return a copy of a notebook with some answers exchanged."""
    found = copy.deepcopy(notebook)
    for cell in found.cells:
        name = sets.metadata(cell).get("grade_id")
        cell.source = sources.get(name, cell.source)
    return found


def wrong(name):
    """Return a set's plausible wrong answers and what each must lose."""
    path = HERE / "wrong" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"wrong_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.WRONG


WRONG = [(name, mistake) for name in NAMES for mistake in wrong(name)]


@pytest.mark.parametrize("name", NAMES)
def test_points_add_up(kit_of, name):
    kit = kit_of(name)
    worth = {q.grade_id: q.points for q in kit.questions}
    assert sum(worth.values()) == 100
    assert set(automatic(kit)) == set(kit.variant.hidden.CHECKS)
    for grade_id, listed in kit.variant.hidden.CHECKS.items():
        assert sum(check.points for check in listed) == worth[grade_id]


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("name", NAMES)
def test_the_reference_gets_full_marks_and_the_untouched_release_none(
    kit_of, name, term
):
    kit = kit_of(name, term)
    assert lost(kit, kit.variant.notebook) == {}
    assert lost(kit, kit.release) == automatic(kit)


@pytest.mark.parametrize("name", NAMES)
def test_the_sandbox_gives_the_same_marks(kit_of, name):
    kit = kit_of(name)
    with contextlib.ExitStack() as stack:

        def asked(cells):
            return stack.enter_context(remote.submission(cells, Sandbox(Limits())))

        assert lost(kit, kit.variant.notebook, asked) == {}
        assert lost(kit, kit.release, asked) == automatic(kit)


@pytest.mark.parametrize("name", NAMES)
def test_terms_differ_in_numbers_and_in_answers(kit_of, name):
    texts = {nbformat.writes(kit_of(name, term).release) for term in TERMS}
    assert len(texts) == len(TERMS)


@pytest.mark.parametrize("name", NAMES)
def test_there_are_at_least_six_wrong_answers(name):
    assert len(wrong(name)) >= 6


@pytest.mark.parametrize(("name", "mistake"), WRONG)
def test_a_wrong_answer_loses_exactly_what_it_should(kit_of, name, mistake):
    kit = kit_of(name)
    sources, expected = wrong(name)[mistake]
    assert lost(kit, replaced(kit.variant.notebook, sources)) == expected


@pytest.mark.parametrize("name", NAMES)
def test_the_authors_notebook_runs_and_draws_its_figure(kit_of, name):
    notebook = copy.deepcopy(kit_of(name).variant.notebook)
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    drawn = [
        output
        for cell in notebook.cells
        if "experiment" in cell.metadata.get("tags", [])
        for output in cell.get("outputs", [])
    ]
    assert any("image/png" in output.get("data", {}) for output in drawn)
    assert any(output.get("name") == "stdout" for output in drawn)


@pytest.mark.parametrize("name", NAMES)
def test_the_published_release_is_the_one_that_the_source_gives(kit_of, name, tmp_path):
    published = sets.RELEASE / name / f"{name}.ipynb"
    made = tmp_path / f"{name}.ipynb"
    nbformat.write(kit_of(name).release, made)
    assert published.read_text() == made.read_text(), "run `make course`"
    pack(made, tmp_path / "a.zip")
    assert (sets.RELEASE / f"{name}.zip").read_bytes() == (
        tmp_path / "a.zip"
    ).read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_hidden_is_in_the_published_files(kit_of, name):
    hidden = secret_lines(kit_of(name).variant.notebook)
    assert len(hidden) > 20
    text = (sets.RELEASE / name / f"{name}.ipynb").read_text()
    assert not [line for line in hidden if line in text]
