"""What students get: derived, the same every time, without what must stay hidden."""

import nbformat
import pytest
from sqlalchemy import text

from interpolab_course import sets
from interpolab_course.release import derive, new_database, release_all
from interpolab_course.sets import SetError
from interpolab_course.variants import Variant, filled


def test_the_release_has_stubs_and_no_solution(kit):
    written = nbformat.writes(kit.release)
    assert "this question has no answer yet" in written
    for secret in ("np.asarray(x, dtype=float)", "nobody may see", "BEGIN SOLUTION"):
        assert secret not in written


def test_the_same_term_gives_the_same_bytes_and_another_term_another_set(toy, tmp_path):
    for folder in ("a", "b"):
        release_all("2027-spring", tmp_path / folder)
    release_all("2028-spring", tmp_path / "c")
    one, same, other = (
        [(tmp_path / f / p).read_bytes() for p in ("ps1/ps1.ipynb", "ps1.zip")]
        for f in "abc"
    )
    assert one == same
    assert one[0] != other[0]


def test_a_new_gradebook_has_the_version_that_nbgrader_would_give(
    tmp_path, monkeypatch
):
    import os
    import sys
    from pathlib import Path

    from nbgrader.api import Gradebook

    programs = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", programs + os.pathsep + os.environ["PATH"])
    new_database(tmp_path / "ours.db")
    versions = []
    for name in ("ours", "theirs"):
        with Gradebook(f"sqlite:///{tmp_path}/{name}.db") as book:
            asked = text("SELECT version_num FROM alembic_version")
            versions.append(book.db.execute(asked).scalars().all())
    assert versions[0] == versions[1] != []


def test_answers_follow_the_terms_parameters(toy):
    first, second = (Variant("ps1", term) for term in ("a", "b"))
    assert first.parameters != second.parameters
    call = next(c for c in first.notebook.cells if c["id"] and "check(" in c.source)
    assert str(first.parameters["PENALTY"]) in call.source


def test_a_solution_left_outside_its_markers_is_refused(toy):
    leaky = Variant("ps1", "x")
    leaky.notebook.cells[
        0
    ].source += "\nreturn np.asarray(x, dtype=float) / (1 + penalty)"
    with pytest.raises(SetError, match="solution's line is left"):
        derive(leaky)


def test_a_placeholder_without_a_value_is_refused(toy):
    source = sets.read(sets.notebook_path("ps1"))
    with pytest.raises(SetError, match="<<PENALTY>> has no value"):
        filled(source, {})


@pytest.mark.parametrize("term", ["", "../x", "a b", "x" * 60])
def test_terms_that_are_no_names_are_refused(toy, term):
    with pytest.raises(SetError, match="TERM must be"):
        Variant("ps1", term)


def test_an_unknown_set_names_the_known_ones(toy):
    with pytest.raises(SetError, match="known sets: ps1"):
        Variant("ps9")
