"""A class of thirty: one real problem set, graded in time and in memory."""

from __future__ import annotations

import copy
import os
import threading
import time

import nbformat
import pytest

from interpolab_course import sets
from interpolab_course.__main__ import main
from interpolab_course.grading import stored
from interpolab_course.sandbox import family, resident
from interpolab_course.variants import Variant
from interpolab_course.workspace import Workspace

pytestmark = [pytest.mark.usefixtures("bubblewrap"), pytest.mark.slow]
NAME, STUDENTS, SECONDS, BYTES = "ps4", 30, 360, 2 * 2**30


def submissions(variant):
    """Return right, half-right and blank notebooks by turns."""
    whole = copy.deepcopy(variant.notebook)
    half = copy.deepcopy(whole)
    for cell in half.cells:
        if sets.metadata(cell).get("grade_id") == f"{NAME}-q2":
            cell.source = "def harmful_labels(X, x, budget):\n    return 0.0"
    return [whole, half]


@pytest.mark.skipif(
    not (sets.SOURCE / NAME).is_dir(), reason="the sources are kept private"
)
def test_thirty_submissions(tmp_path, capsys):
    kinds = submissions(Variant(NAME))
    for number in range(STUDENTS):
        folder = tmp_path / "submitted" / f"student{number:02d}" / NAME
        folder.mkdir(parents=True)
        nbformat.write(kinds[number % 2], folder / f"{NAME}.ipynb")
    peak, over = [0], threading.Event()

    def watch():
        while not over.wait(0.2):
            peak[0] = max(peak[0], resident(family(os.getpid())))

    own = resident(family(os.getpid()))
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    start = time.perf_counter()
    assert main(["grade", NAME, str(tmp_path)]) == 0
    taken = time.perf_counter() - start
    over.set()
    watcher.join()
    capsys.readouterr()
    print(f"{STUDENTS} submissions: {taken:.0f} s, {peak[0] / 2**20:.0f} MiB")
    found = [
        stored(Workspace(tmp_path), NAME, f"student{number:02d}")
        for number in range(STUDENTS)
    ]
    assert all(each is not None and not each.flags for each in found)
    right = {each.automatic for each in found[::2]}
    half = {each.automatic for each in found[1::2]}
    assert right == {81.0}
    assert half == {67.0}
    for kind in (
        "autograded/student00/{0}/{0}.ipynb",
        "feedback/student00/{0}/{0}.html",
    ):
        text = (tmp_path / kind.format(NAME)).read_text()
        assert "image/png" in text, "whoever grades or gets feedback sees the figure"
    assert taken < SECONDS
    assert peak[0] - own < BYTES
